"""The story of the simulated theft: a bridge is robbed, and the loot is laundered the way such loot is.

The playbook is that of state-backed thieves: tokens to ETH at once, equal parcels to fresh wallets, peel chains into
exchanges, a mixer, wrapped coins, a bridge to Bitcoin, and coins that simply wait. Around it goes what misleads a
tracer: fees, failed transactions, dust, clean customers' money, and poisoned addresses.
"""

from dataclasses import dataclass, field
from random import Random

from clew.amounts import Asset
from clew.chains.execution import token_id
from clew.model import Category, Conversion, Tag, Theft
from clew.simulate.bitcoin import BTC, Bitcoin, Coin
from clew.simulate.ethereum import CHAIN, ETH, USDC, WETH, Ethereum
from clew.simulate.lots import Lot, Lots
from clew.simulate.names import Names

TORNADO_ROUTER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
"""Tornado Cash's router on Ethereum, a public fact: https://docs.tornadoeth.cash."""
_TORNADO_DEPOSIT = "0x13d98d13" + "00" * 128
"""Call data of its deposit; the arguments do not matter here."""

_STOLEN_ETH = 41_000 * 10**18
_STOLEN_USDC = 8_500_000 * 10**6
_USDC_CENTS_PER_ETH = 223_145
_SATOSHI_PER_ETH = 2_617_345
_START = 1_740_787_200
"""2025-03-01 00:00:00 UTC."""


@dataclass(slots=True)
class Places:
    """Contracts and services of the world, none of them the thief's."""

    bridge: str
    """The robbed one."""
    router: str
    """A swap router, and where it takes tokens to:"""
    pool: str
    exchange: str
    """Hot wallet on Ethereum."""
    bitcoin_exchange: str
    carrier: str
    """The bridge to Bitcoin: where ETH is handed in."""
    vault: str
    """Its address on Bitcoin."""


@dataclass(slots=True)
class World:
    """Everything a step of the story needs, and what the case file will state."""

    names: Names
    random: Random
    lots: Lots
    ethereum: Ethereum
    bitcoin: Bitcoin
    places: Places
    wallets: list[str] = field(default_factory=list)
    """The thief's Ethereum addresses and the exchange's deposit addresses: everything that is no service."""
    thefts: list[Theft] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)

    def wallet(self) -> str:
        """A fresh Ethereum address that takes part in the story."""
        self.wallets.append(self.names.evm_address())
        return self.wallets[-1]

    def stranger(self) -> str:
        """Somebody with clean money of his own."""
        address = self.names.evm_address()
        self.lots.outside.add(address)
        return address

    def dust(self, wallet: str) -> None:
        """A stranger sends next to nothing."""
        self.ethereum.pay(self.stranger(), wallet, self.random.randrange(1, 10**14))

    def poison(self, wallet: str, partner: str) -> None:
        """A stranger shows transfers to an address that looks like the partner: one of nothing, one of a fake token."""
        poisoner, lookalike = self.stranger(), self.names.lookalike(partner)
        fake = Asset(token_id(CHAIN, self.names.evm_address()), "USDC", 6)
        self.ethereum.pretend(poisoner, wallet, lookalike, 0, USDC)
        self.ethereum.pretend(poisoner, wallet, lookalike, self.random.randrange(10**9, 10**12), fake)


def tell(seed: int) -> World:
    """The whole story, once through."""
    world = _new_world(seed)
    thief = _rob(world)
    _sell_tokens(world, thief)
    first = _split(world, thief)
    for wallet in first[0:3]:
        _mix(world, wallet)
    for wallet in first[3:6]:
        _peel(world, wallet)
    for wallet in first[6:8]:
        _wrap(world, wallet)
    coins = [coin for wallet in first[8:11] for coin in _carry_to_bitcoin(world, wallet)]
    _launder_bitcoin(world, coins)
    world.dust(first[11])  # the twelfth wallet waits
    return world


def _new_world(seed: int) -> World:
    names, random, lots = Names(seed), Random(seed), Lots()  # noqa: S311 - a repeatable world is the point
    ethereum = Ethereum(names, random, lots, time=_START, height=21_946_000)
    bitcoin = Bitcoin(names, random, lots, height=885_900)
    places = Places(
        bridge=names.evm_address(),
        router=names.evm_address(),
        pool=names.evm_address(),
        exchange=names.evm_address(),
        bitcoin_exchange=names.bitcoin_address(),
        carrier=names.evm_address(),
        vault=names.bitcoin_address(),
    )
    lots.outside |= {places.bridge, places.router, places.pool, places.exchange, places.carrier, TORNADO_ROUTER}
    world = World(names, random, lots, ethereum, bitcoin, places)
    for chain, address in ((CHAIN.id, places.exchange), (BTC.chain, places.bitcoin_exchange)):
        tag = Tag(chain, address, "Simulated Exchange hot wallet", "Simulated Exchange", Category.EXCHANGE, "", 100)
        world.tags.append(tag)
    return world


def _rob(world: World) -> str:
    """The bridge pays one address, which had a little clean ETH for its fees."""
    thief, bridge = world.wallet(), world.places.bridge
    world.ethereum.pay(world.stranger(), thief, 2 * 10**18)
    for theft, asset, amount in (("eth", ETH, _STOLEN_ETH), ("usdc", USDC, _STOLEN_USDC)):
        tx = world.ethereum.steal(thief, bridge, amount, asset, theft)
        world.thefts.append(Theft(theft, asset, amount, tx, thief))
    return thief


def _sell_tokens(world: World, thief: str) -> None:
    """Most USDC becomes ETH before anybody can freeze it: part at once, part by a second wallet, a part too late."""
    second = world.wallet()
    _swap(world, thief, 5_000_000 * 10**6)
    world.ethereum.pay(thief, second, 5 * 10**17)
    world.ethereum.send_token(thief, second, 3_500_000 * 10**6, USDC)
    world.poison(thief, second)
    world.ethereum.fail(second, world.places.router, 0)
    _swap(world, second, 3_200_000 * 10**6)
    world.ethereum.sweep(second, thief)


def _swap(world: World, owner: str, amount: int) -> None:
    cents = _USDC_CENTS_PER_ETH + world.random.randrange(-900, 900)
    proceeds = amount * 10**14 // cents
    tx = world.ethereum.swap(owner, world.places.router, world.places.pool, amount, proceeds)
    world.conversions.append(Conversion(USDC, amount, owner, ETH, proceeds, owner, tx, note="Sold at a swap router"))


def _split(world: World, thief: str) -> list[str]:
    """Twelve equal parcels; the rest, in which both thefts and the thief's own money stand, waits at the thief's."""
    wallets = [world.wallet() for _ in range(12)]
    for number, wallet in enumerate(wallets):
        world.ethereum.pay(thief, wallet, 3_550 * 10**18)
        if number % 4 == 1:
            world.poison(thief, wallet)
        if number % 4 == 2:
            world.dust(wallet)
    world.ethereum.fail(thief, wallets[0], 10**18)
    return wallets


def _mix(world: World, wallet: str) -> None:
    """Over two depositors into the mixer, 100 ETH at a time; what is less than that stays."""
    for depositor in (world.wallet(), world.wallet()):
        world.ethereum.pay(wallet, depositor, 1_250 * 10**18)
        for _ in range(12):
            world.ethereum.deposit(depositor, TORNADO_ROUTER, 100 * 10**18, _TORNADO_DEPOSIT)
    world.ethereum.fail(wallet, TORNADO_ROUTER, 100 * 10**18)


def _peel(world: World, wallet: str) -> None:
    """A chain of wallets, each of which sends a little to an exchange and the rest to the next; the last one waits."""
    for _ in range(5):
        _cash_out(world, wallet, world.random.randrange(90, 240) * 10**18)
        following = world.wallet()
        world.ethereum.sweep(wallet, following)
        wallet = following
    world.dust(wallet)


def _cash_out(world: World, wallet: str, amount: int) -> None:
    """Into a deposit address of the exchange, behind and before clean customers' money, and on to its hot wallet."""
    deposit_address, customer = world.wallet(), world.stranger()
    world.ethereum.pay(customer, deposit_address, world.random.randrange(1, 40) * 10**17)
    world.ethereum.pay(wallet, deposit_address, amount)
    world.ethereum.pay(customer, deposit_address, world.random.randrange(1, 40) * 10**17)
    if world.random.randrange(3):
        world.ethereum.sweep(deposit_address, world.places.exchange)
    else:
        world.ethereum.pay(deposit_address, world.places.exchange, amount // 2)


def _wrap(world: World, wallet: str) -> None:
    """ETH as WETH to another wallet, which unwraps a part of it and cashes that out."""
    other = world.wallet()
    world.ethereum.wrap(wallet, 3_000 * 10**18)
    world.ethereum.pay(wallet, other, 10**17)
    world.ethereum.send_token(wallet, other, 2_400 * 10**18, WETH)
    world.poison(other, wallet)
    world.ethereum.unwrap(other, 1_700 * 10**18)
    _cash_out(world, other, 1_650 * 10**18)


def _carry_to_bitcoin(world: World, wallet: str) -> list[Coin]:
    """Over the bridge to Bitcoin in three goes; its vault pays each to a fresh address."""
    coins = []
    for _ in range(3):
        amount, address = world.random.randrange(900, 1_150) * 10**18, world.names.bitcoin_address()
        satoshi = amount * (_SATOSHI_PER_ETH + world.random.randrange(-9_000, 9_000)) // 10**18
        tx, brought = world.ethereum.leave(wallet, world.places.carrier, amount)
        coin = _pay_from_vault(world, address, satoshi, world.lots.convert(brought, satoshi))
        note = "The bridge's own page names the payment"
        world.conversions.append(Conversion(ETH, amount, wallet, BTC, satoshi, address, tx, coin.tx, note=note))
        coins.append(coin)
    return coins


def _pay_from_vault(world: World, address: str, satoshi: int, brought: list[Lot]) -> Coin:
    change = world.random.randrange(10**7, 10**9)
    vault = world.bitcoin.outside_coin(world.places.vault, satoshi + change + 4_000)
    payments = [(address, satoshi), (world.places.vault, change)]
    return world.bitcoin.spend([vault], payments, time=world.ethereum.time, brought=brought)[0]


def _launder_bitcoin(world: World, coins: list[Coin]) -> None:
    """Three coins wait; two are merged with clean ones; the rest peel into an exchange."""
    for coin in coins[3:5]:
        _merge(world, coin)
    for coin in coins[5:]:
        _peel_bitcoin(world, coin)


def _merge(world: World, coin: Coin) -> None:
    """A clean input before, a clean one behind, a payment, change, and a fee."""
    clean = [
        world.bitcoin.outside_coin(world.names.bitcoin_address(), world.random.randrange(10**6, 10**9))
        for _ in range(2)
    ]
    whole = sum(spent.amount for spent in (*clean, coin)) - 6_200
    part = whole * world.random.randrange(30, 70) // 100
    payments = [(world.names.bitcoin_address(), part), (world.names.bitcoin_address(), whole - part)]
    first, _ = world.bitcoin.spend([clean[0], coin, clean[1]], payments, time=world.ethereum.time)
    _peel_bitcoin(world, first)


def _peel_bitcoin(world: World, coin: Coin) -> None:
    """Three times a part to the exchange, the rest to a fresh address as change."""
    for _ in range(3):
        part = coin.amount * world.random.randrange(10, 40) // 100
        payments = [(world.places.bitcoin_exchange, part), (world.names.bitcoin_address(), coin.amount - part - 2_900)]
        _, coin = world.bitcoin.spend([coin], payments, time=world.ethereum.time)
