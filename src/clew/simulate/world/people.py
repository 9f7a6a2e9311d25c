"""Ordinary people: they earn, pay, trade, mix and bridge, as heavy-tailed as people do, and know of no theft."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from clew.simulate.dice import Dice, Weighted
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part
from clew.simulate.world.intentions import Intent
from clew.simulate.world.services import (
    ETHER,
    POOLS,
    Broker,
    Exchange,
    Exchanger,
    Mixer,
    OrderBridge,
    Swaps,
    Thorchain,
)
from clew.simulate.world.state import DAY, HOUR, START, Owner, Purse, World

SATOSHI = 10**8
DOLLAR = 10**6
"""Base units of USDT."""
_FEWEST = 10
"""Ordinary people without whom no round of a CoinJoin takes place."""


@dataclass(slots=True)
class Person:
    """Somebody with a wallet on each chain and an account at one exchange."""

    name: str
    wallet: str
    tron: str
    purse: Purse
    exchange: Exchange
    habit: Intent
    """Which coins he spends first."""


@dataclass(slots=True)
class Town:
    """All services and people of a world."""

    exchanges: list[Exchange]
    swaps: Swaps
    thorchain: Thorchain
    bridge: OrderBridge
    exchanger: Exchanger
    mixer: Mixer
    brokers: list[Broker]
    merchants: list[str]
    """Ethereum addresses; each also takes bitcoin at one address."""
    shops: list[Purse]
    people: list[Person]


class Life:
    """What people do, one act at a time."""

    def __init__(self, world: World, town: Town) -> None:
        self._world, self._town = world, town
        self._dice = Dice(world.seed, "people")
        busiest = max(2, world.preset.economy.busiest)
        self._activity = Weighted([self._dice.heavy(1, busiest) for _ in town.people])
        acts: list[tuple[int, Callable[[int, Person], None]]] = [
            (240, self._pay_person),
            (130, self._pay_merchant),
            (140, self._deposit_eth),
            (150, self._withdraw_eth),
            (60, self._pay_usdt),
            (60, self._trade),
            (100, self._pay_bitcoin),
            (50, self._deposit_bitcoin),
            (70, self._withdraw_bitcoin),
            (20, self._swap_to_bitcoin),
            (20, self._bridge_to_tron),
            (70, self._pay_tron),
            (30, self._deposit_tron),
            (60, self._withdraw_tron),
            (20, self._fail),
        ]
        self._acts = [act for _, act in acts]
        self._choice = Weighted([weight for weight, _ in acts])

    def begin(self) -> None:
        """Plan every act of everybody."""
        world, economy = self._world, self._world.preset.economy
        for _ in range(world.scaled(economy.events)):
            world.at(self._dice.between(START + DAY, world.end), self._act)
        for _ in range(world.scaled(economy.notes)):
            world.at(self._dice.between(START + DAY, world.end), self._mix)
        for _ in range(world.preset.economy.orders * world.scale // 1000):
            world.at(self._dice.between(START + DAY, world.end), self._order)
        for exchange in self._town.exchanges:
            world.at(START + DAY, exchange.chill)
            world.at(START + DAY + HOUR, partial(self._mine, exchange))
        for broker in self._town.brokers:
            world.at(START + DAY + self._dice.below(DAY), partial(self._deal, broker))

    def _act(self, time: int) -> None:
        person = self._town.people[self._activity.draw(self._dice)]
        self._acts[self._choice.draw(self._dice)](time, person)

    def anybody(self) -> Person:
        """A person, the active ones more often."""
        return self._town.people[self._activity.draw(self._dice)]

    def _ether(self, person: Person, least: int = ETHER // 50) -> int:
        """What somebody may spend: a heavy-tailed sum, at most nine tenths of what he has; 0 if that is too little."""
        most = self._world.evm.balance(person.wallet) * 9 // 10 - ETHER // 50
        return min(most, self._dice.heavy(least, 500 * ETHER)) if most > least else 0

    # --- Ethereum

    def _pay_person(self, time: int, person: Person) -> None:
        other = self.anybody()
        if other is not person and (amount := self._ether(person)):
            self._world.pay_eth(time, person.wallet, other.wallet, amount, person.habit)

    def _pay_merchant(self, time: int, person: Person) -> None:
        if amount := self._ether(person):
            self._world.pay_eth(
                time, person.wallet, self._dice.pick(self._town.merchants), amount // 4 + 1, person.habit
            )

    def _deposit_eth(self, time: int, person: Person) -> None:
        if amount := self._ether(person, ETHER // 10):
            address = person.exchange.address(evm.CHAIN.id, person.name)
            self._world.pay_eth(time, person.wallet, address, amount, person.habit)

    def _withdraw_eth(self, time: int, person: Person) -> None:
        amount = self._dice.heavy(ETHER // 10, 300 * ETHER)
        self._world.pay_eth(time, person.exchange.hot, person.wallet, amount)

    def _pay_usdt(self, time: int, person: Person) -> None:
        have = self._world.evm.balance(person.wallet, evm.USDT)
        if have > 100 * DOLLAR and self._world.evm.balance(person.wallet) > ETHER // 50:
            other = self.anybody()
            to = other.wallet if self._dice.chance(600) else other.exchange.address(evm.CHAIN.id, other.name)
            self._world.pay_usdt(time, person.wallet, to, have * self._dice.between(50, 900) // 1000, person.habit)

    def _trade(self, time: int, person: Person) -> None:
        have = self._world.evm.balance(person.wallet, evm.USDT)
        if have > 100 * DOLLAR and self._dice.chance(500) and self._world.evm.balance(person.wallet) > ETHER // 50:
            self._town.swaps.sell_usdt(time, person.wallet, have // 2, person.habit)
        elif amount := self._ether(person):
            self._town.swaps.sell_eth(time, person.wallet, amount, person.habit)

    def _swap_to_bitcoin(self, time: int, person: Person) -> None:
        if amount := self._ether(person, ETHER):
            address = person.purse.fresh()
            self._world.on_arrival[bitcoin.CHAIN.id, address] = lambda coin: (
                person.purse.coins.append(coin) if coin else None
            )
            self._town.thorchain.to_bitcoin(time, person.wallet, amount // 10**10 * 10**10, address, person.habit)

    def _order(self, time: int) -> None:
        """Ether for bitcoin at the exchanger without records."""
        person = self.anybody()
        if amount := self._ether(person, ETHER):
            address = person.purse.fresh()
            self._world.on_arrival[bitcoin.CHAIN.id, address] = lambda coin: (
                person.purse.coins.append(coin) if coin else None
            )
            self._town.exchanger.to_bitcoin(time, person.wallet, amount, address, person.habit)

    def _bridge_to_tron(self, time: int, person: Person) -> None:
        if amount := self._ether(person, ETHER // 2):
            self._town.bridge.to_tron(time, person.wallet, amount, person.tron, person.habit)

    def _fail(self, time: int, person: Person) -> None:
        if self._world.evm.balance(person.wallet) > ETHER // 10:
            self._world.evm.send(
                time, person.wallet, self._town.swaps.router, ETHER // 100, data="0x5ae401dc", gas=90_000, failed=True
            )

    def _mix(self, time: int) -> None:
        """A note, and its payout after a heavy-tailed wait, mostly to a new wallet, at times to the old one."""
        person, economy = self.anybody(), self._world.preset.economy
        size = self._dice.pick(list(POOLS))
        if self._world.evm.balance(person.wallet) < (size + 1) * ETHER:
            self._world.pay_eth(time, person.exchange.hot, person.wallet, (size + 2) * ETHER)
        note = self._town.mixer.put(time, person.wallet, size, person.name, person.habit)
        reused, relayed = self._dice.chance(economy.reuse), self._dice.chance(economy.relayed)
        names = self._world.names
        recipient = (
            person.wallet if reused else self._world.own(evm.CHAIN.id, names.evm_address(), person.name, "person")
        )

        def pay_out(then: int) -> None:
            if not relayed and self._world.evm.balance(recipient) < ETHER // 20:
                self._world.pay_eth(then, person.exchange.hot, recipient, ETHER // 10)
            price = note.gas_price if self._dice.chance(150) else 0
            self._town.mixer.pay_out(then, note, recipient, relayed=relayed, price=price)

        self._world.at(time + self._dice.heavy(HOUR, 60 * DAY), pay_out)

    # --- Bitcoin

    def _pay_bitcoin(self, time: int, person: Person) -> None:
        most = person.purse.balance * 9 // 10
        if most > SATOSHI // 1000:
            amount = min(most, self._dice.heavy(SATOSHI // 1000, 20 * SATOSHI))
            shop = self._dice.chance(400)
            purse = self._dice.pick(self._town.shops) if shop else self.anybody().purse
            paid = person.purse.pay(time, [(purse.fresh(), amount)], intent=person.habit)
            purse.coins += paid

    def _deposit_bitcoin(self, time: int, person: Person) -> None:
        most = person.purse.balance * 9 // 10
        if most > SATOSHI // 100:
            address = person.exchange.address(bitcoin.CHAIN.id, person.name)
            person.purse.pay(time, [(address, min(most, self._dice.heavy(SATOSHI // 100, 50 * SATOSHI)))])

    def _withdraw_bitcoin(self, time: int, person: Person) -> None:
        """Exchanges pay several customers at once."""
        customers = [person, *(self.anybody() for _ in range(self._dice.below(6)))]
        purses = list({customer.name: customer.purse for customer in customers}.values())
        wanted = [(purse.fresh(), self._dice.heavy(SATOSHI // 100, 5 * SATOSHI)) for purse in purses]
        for purse, coin in zip(purses, person.exchange.purse.pay(time, wanted), strict=False):
            purse.coins.append(coin)

    def _mine(self, exchange: Exchange, time: int) -> None:
        """A miner's daily income at an exchange: keeps hot wallets liquid."""
        exchange.purse.coins.append(self._world.bitcoin.grant(exchange.purse.address))
        self._world.at(time + DAY, partial(self._mine, exchange))

    def round(self, time: int, others: list[Part]) -> None:
        """A round of a CoinJoin (WabiSabi denominations): the parts of ordinary people beside those given."""
        economy = self._world.preset.economy
        size = self._dice.between(economy.round_least, max(economy.round_least, economy.round_most))
        sizes = denominations(self._dice)
        taken: dict[str, tuple[Person, list[Coin]]] = {}
        for _ in range(20 * size):
            person = self.anybody()
            coins = [coin for coin in person.purse.coins if coin.amount > 2 * sizes[-1]][: self._dice.between(1, 2)]
            if coins and person.name not in taken and len(taken) + len(others) < size:
                taken[person.name] = person, coins
        if len(taken) < _FEWEST:
            return
        parts = [_filled(part, sizes, self._world) for part in others]
        for person, coins in taken.values():
            person.purse.coins = [coin for coin in person.purse.coins if coin not in coins]
            amounts = decompose(sum(coin.amount for coin in coins), sizes)
            parts.append(Part(coins, [(person.purse.fresh(), amount) for amount in amounts], person.habit))
        self._world.pay_btc(time, parts, ordered=True)
        made = self._world.bitcoin.mix_outputs[-1][len(others) :]
        for (person, _), coins in zip(taken.values(), made, strict=True):
            person.purse.coins += coins

    # --- TRON

    def _pay_tron(self, time: int, person: Person) -> None:
        have = self._world.tron.balance(person.tron)
        if have > 50 * DOLLAR and self._world.tron.balance(person.tron, tron.TRX.id) > 2 * tron.FEE_SUN:
            other = self.anybody()
            to = self._dice.pick(self._town.brokers).wallet if self._dice.chance(200) else other.tron
            if to != person.tron:
                self._world.pay_tron(time, person.tron, to, have * self._dice.between(50, 800) // 1000, person.habit)

    def _deposit_tron(self, time: int, person: Person) -> None:
        have = self._world.tron.balance(person.tron)
        if have > 50 * DOLLAR and self._world.tron.balance(person.tron, tron.TRX.id) > 2 * tron.FEE_SUN:
            address = person.exchange.address(tron.CHAIN.id, person.name)
            self._world.pay_tron(time, person.tron, address, have * self._dice.between(100, 1000) // 1000, person.habit)

    def _withdraw_tron(self, time: int, person: Person) -> None:
        amount = self._dice.heavy(50 * DOLLAR, 500_000 * DOLLAR)
        self._world.pay_tron(time, person.exchange.tron_hot, person.tron, amount)

    def _deal(self, broker: Broker, time: int) -> None:
        """A broker sells dollars on, to somebody or at an exchange, a few times a week."""
        exchange = self._dice.pick(self._town.exchanges)
        to = exchange.address(tron.CHAIN.id, broker.name) if self._dice.chance(500) else self.anybody().tron
        broker.sell(time, to)
        self._world.at(time + self._dice.between(HOUR, 40 * HOUR), partial(self._deal, broker))


def denominations(dice: Dice) -> list[int]:
    """The sizes of one round, falling: neighbouring powers of two and three, as WabiSabi's coordinators allow."""
    allowed = sorted({2**n for n in range(17, 31)} | {3**n for n in range(11, 19)} | {2 * 3**n for n in range(11, 18)})
    first = dice.between(4, len(allowed) - 7)
    return allowed[first : first + 6][::-1]


def decompose(amount: int, sizes: list[int]) -> list[int]:
    """An amount as outputs of a round: as many of each size as fit, four at most, then the change."""
    rest, found = amount - 3 * 6 * 100, list[int]()
    for size in sizes:
        fits = min(4, rest // size)
        found += [size] * fits
        rest -= size * fits
    return [*found, rest] if rest > 5_000 else found


def _filled(part: Part, sizes: list[int], world: World) -> Part:
    """A thief's part with the round's sizes: `payments` of such a part are made here, at new addresses of his."""
    amounts = decompose(sum(coin.amount for coin in part.coins), sizes)
    payments = []
    for amount in amounts:
        address = world.names.bitcoin_address()
        world.own(bitcoin.CHAIN.id, address, "thief", "thief")
        payments.append((address, amount))
    return part._replace(payments=payments)


def found_town(world: World) -> Town:
    """Everybody, with what he has when the world begins."""
    economy, dice = world.preset.economy, Dice(world.seed, "town")
    names = world.names
    exchanges = [Exchange(world, dice, f"Simulated Exchange {n}") for n in range(1, economy.exchanges + 1)]
    town = Town(
        exchanges,
        Swaps(world, dice),
        Thorchain(world, dice),
        OrderBridge(world, dice),
        Exchanger(world, dice),
        Mixer(world, dice),
        [
            Broker(world, dice, f"Broker {n}", labelled=dice.chance(economy.labelled_brokers))
            for n in range(1, economy.brokers + 1)
        ],
        [world.serve(evm.CHAIN.id, names.evm_address(), f"Merchant {n}", "merchant") for n in range(1, 9)],
        [],
        [],
    )
    for number in range(1, 9):
        address = world.serve(bitcoin.CHAIN.id, names.bitcoin_address(), f"Merchant {number}", "merchant")
        town.shops.append(Purse(world, address))
    habits = (Intent.OLDEST, Intent.OLDEST, Intent.NEWEST, Intent.LOOT, Intent.OWN)
    for number in range(world.scaled(economy.users)):
        name, habit = f"Person {number}", dice.pick(habits)
        wallet = world.own(evm.CHAIN.id, names.evm_address(), name, "person")
        on_tron = world.own(tron.CHAIN.id, world.tron.address(), name, "person")
        world.tron.accounts.add(on_tron)
        purse = Purse(world, owner=Owner(name, "person"))
        town.people.append(Person(name, wallet, on_tron, purse, dice.pick(exchanges), habit))
    _endow(world, town, dice)
    return town


def _endow(world: World, town: Town, dice: Dice) -> None:
    """Opening balances: withdrawals of validators on Ethereum, a mint of USDT, coinbases, TRON as it stands."""
    for relayer in town.mixer.relayers:
        world.evm.grant(relayer, 100 * ETHER)
    for exchange in town.exchanges:
        world.evm.grant(exchange.hot, 60_000 * ETHER)
        world.tron.grant(exchange.tron_hot, 10**13, 10**15)
        exchange.purse.coins += [world.bitcoin.grant(exchange.purse.address) for _ in range(4)]
    world.evm.grant(town.swaps.pool, 400_000 * ETHER)
    world.tron.grant(town.bridge.tron, 10**13, 10**16)
    for broker in town.brokers:
        source = dice.pick(town.exchanges).tron_hot
        world.tron.send_trx(START, source, broker.wallet, 10**10)
        world.pay_tron(START, source, broker.wallet, dice.heavy(100_000, 3_000_000) * DOLLAR)
    issuer = world.serve(evm.CHAIN.id, world.names.evm_address(), "Tether", "issuer")
    world.evm.grant(issuer, 100 * ETHER)
    for person in town.people:
        world.evm.grant(person.wallet, dice.heavy(ETHER // 2, 2_000 * ETHER))
        world.tron.send_trx(START, person.exchange.tron_hot, person.tron, 2_000 * 10**6)
    world.evm.mint(START, issuer, town.swaps.pool, 10**9 * DOLLAR)
    for person in town.people[::2]:
        world.evm.mint(START, issuer, person.wallet, dice.heavy(500 * DOLLAR, 10**6 * DOLLAR))
    for first in range(0, len(town.people), 40):
        group = town.people[first : first + 40]
        exchange = town.exchanges[first // 40 % len(town.exchanges)]
        wanted = [(p.purse.fresh(), dice.heavy(SATOSHI // 20, 3 * SATOSHI)) for p in group]
        for person, coin in zip(group, exchange.purse.pay(START, wanted), strict=False):
            person.purse.coins.append(coin)
