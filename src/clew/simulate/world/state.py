"""What every actor of a world shares: its chains, its clock, its book of truth, and who is who."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clew.amounts import Asset
from clew.model import Category, Conversion, Tag, Theft
from clew.simulate.dice import Dice
from clew.simulate.lots import Account, Lot
from clew.simulate.names import Names
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part, RawBitcoin
from clew.simulate.world.evm import Evm
from clew.simulate.world.intentions import Intent, Intentions
from clew.simulate.world.preset import Preset
from clew.simulate.world.tron import Tron

START = 1_735_689_600
"""2025-01-01 00:00:00 UTC."""
HOUR, DAY = 3_600, 86_400

DOLLARS: dict[str, int] = {
    evm.ETH.id: 2_700,
    evm.USDT.id: 1,
    bitcoin.BTC.id: 90_000,
    tron.USDT.id: 1,
}
"""Dollars of a whole unit, the same on every day; what a swap pays differs by up to half a percent."""
_SAT_PER_BYTE = 6


class Owner(NamedTuple):
    """Who holds an address."""

    name: str
    kind: str
    """``exchange``, ``mixer``, ``bridge``, ``broker``, ``merchant``, ``person``, ``thief``, ..."""


class Passage(NamedTuple):
    """What came out of a mixer, a bridge or a swap for what went in: the link nobody outside can see, or everybody."""

    kind: str
    """``mixer``, ``bridge``, ``exchanger``, ``swap`` or ``coinjoin``."""
    service: str
    sent: str
    """The transaction that went in; of a CoinJoin the output spent."""
    received: str
    """The transaction that came out; of a CoinJoin the output made."""
    owner: str


@dataclass(slots=True)
class World:
    """Everything that happens writes here."""

    preset: Preset
    seed: int
    scale: int
    """Thousandths of the preset's own numbers of people and events."""
    names: Names
    book: Intentions
    evm: Evm
    bitcoin: RawBitcoin
    tron: Tron
    end: int
    owners: dict[tuple[str, str], Owner] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    thefts: list[Theft] = field(default_factory=list)
    orders: list[Conversion] = field(default_factory=list)
    """What the order pages of bridges show to anybody."""
    actions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(Chain, transaction) -> what Midgard answers about it."""
    passages: list[Passage] = field(default_factory=list)
    standing_for: dict[str, str] = field(default_factory=dict)
    """Place of the book that is no address (a note, an order) -> the service's address."""
    roles: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(Typology, chain, address) -> of how many parts: what the thief's wallets truly did."""
    on_arrival: dict[tuple[str, str], Callable[[Coin | None], None]] = field(default_factory=dict)
    """What a payment to an address sets off."""
    now: int = START
    _waiting: list[tuple[int, int, Callable[[int], None]]] = field(default_factory=list)
    _scheduled: int = 0

    def at(self, time: int, act: Callable[[int], None]) -> None:
        """Let something happen at a time; what is later than the world's end never does."""
        self._scheduled += 1
        heapq.heappush(self._waiting, (max(time, self.now), self._scheduled, act))

    def run(self) -> None:
        """Let everything happen, in order of time."""
        while self._waiting and self._waiting[0][0] < self.end:
            self.now, _, act = heapq.heappop(self._waiting)
            act(self.now)

    def scaled(self, number: int) -> int:
        """A preset's number at this world's scale, at least 1."""
        return max(1, number * self.scale // 1000)

    # --- who is who

    def own(self, chain: str, address: str, name: str, kind: str) -> str:
        """Note who holds an address; the address."""
        self.owners[chain, address] = Owner(name, kind)
        return address

    def serve(
        self, chain: str, address: str, name: str, kind: str, category: Category | None = None, label: str = ""
    ) -> str:
        """An address of a service, whose coins are commingled; with a category, one that a public tag names."""
        self.own(chain, address, name, kind)
        self.book.outside.add(address)
        if category is not None:
            tag = Tag(chain, address, label or name, name, category, "the simulation", 90)
            self.tags.append(tag)
        return address

    def arrived(self, chain: str, address: str, coin: Coin | None = None) -> None:
        """Tell whoever waits for a payment to an address."""
        act = self.on_arrival.get((chain, address))
        if act is not None:
            act(coin)

    # --- orders: what is handed to a service to be paid out elsewhere

    def hold(self, name: str, service: str, asset: Asset, lots: Sequence[Lot]) -> Account:
        """Keep the lots of an order or a note until it is paid out."""
        place = Account(asset.chain, f"@held:{name}", asset.id)
        self.standing_for[place.place] = service
        self.book.give(place, lots)
        return place

    def release(self, held: Account) -> list[Lot]:
        """All lots of an order."""
        return self.book.spend(held, self.book.balance(held))

    # --- moving coins

    def pay_eth(self, time: int, sender: str, receiver: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """A plain payment of ETH."""
        tx = self.evm.send(time, sender, receiver, amount, intent=intent)
        self.arrived(evm.CHAIN.id, receiver)
        return tx

    def pay_usdt(self, time: int, sender: str, receiver: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """A payment of USDT on Ethereum."""
        data = evm.TOKEN_CALL + evm.word(receiver) + evm.word(amount)
        effect = evm.Token(sender, receiver, amount, evm.USDT, intent)
        to = evm.contract(evm.USDT)
        tx = self.evm.send(time, sender, to, data=data, gas=evm.TOKEN_GAS, effects=[effect])
        self.arrived(evm.CHAIN.id, receiver)
        return tx

    def pay_tron(self, time: int, sender: str, receiver: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """A payment of USDT on TRON."""
        tx = self.tron.send(time, sender, receiver, amount, intent)
        self.arrived(tron.CHAIN.id, receiver)
        return tx

    def pay_btc(self, time: int, parts: Sequence[Part], *, ordered: bool = False) -> list[Coin]:
        """A Bitcoin transaction."""
        created = self.bitcoin.spend(time, parts, ordered=ordered)
        for coin in created:
            self.arrived(bitcoin.CHAIN.id, coin.address, coin)
        return created


class Purse:
    """The coins of one holder on Bitcoin. A service uses one address again and again, a person a new one each time."""

    def __init__(self, world: World, address: str = "", owner: Owner | None = None) -> None:
        self.coins: list[Coin] = []
        self._world, self.address, self._owner = world, address, owner

    def fresh(self) -> str:
        """Where the next coins should go."""
        if self.address or self._owner is None:
            return self.address
        address = self._world.names.bitcoin_address()
        return self._world.own(bitcoin.CHAIN.id, address, *self._owner)

    @property
    def balance(self) -> int:
        """Satoshi."""
        return sum(coin.amount for coin in self.coins)

    def pay(
        self,
        time: int,
        payments: Sequence[tuple[str, int]],
        *,
        brought: Sequence[Lot] | None = None,
        intent: Intent = Intent.OLDEST,
    ) -> list[Coin]:
        """Pay from the oldest coins, the rest to oneself; the payments' coins, or none where it is not enough."""
        need, chosen, total = sum(amount for _, amount in payments), list[Coin](), 0
        for coin in self.coins:
            if total >= need + btc_fee(len(chosen), len(payments) + 1):
                break
            chosen.append(coin)
            total += coin.amount
        rest = total - need - btc_fee(len(chosen), len(payments) + 1)
        if rest < 0:
            return []
        change = [(self.fresh(), rest)] if rest > bitcoin.DUST else []
        self.coins = self.coins[len(chosen) :]
        made = self._world.pay_btc(time, [Part(chosen, [*payments, *change], intent, brought)])
        self.coins += made[len(payments) :]
        return made[: len(payments)]


def btc_fee(inputs: int, outputs: int) -> int:
    """What a transaction costs: bytes of its pay-to-witness-public-key-hash inputs and outputs."""
    return _SAT_PER_BYTE * (11 + 68 * inputs + 31 * outputs)


def exchanged(dice: Dice, amount: int, given: Asset, got: Asset, fee: int = 3) -> int:
    """What an amount of one asset buys of another, less a fee in thousandths, within half a percent of the prices."""
    value = amount * DOLLARS[given.id] * 10**got.decimals * (1000 - fee) * dice.between(9_950, 10_050)
    return int(value // (DOLLARS[got.id] * 10**given.decimals * 1000 * 10_000))
