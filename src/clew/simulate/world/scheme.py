"""A thief's scheme: piles of loot move from pool to pool by the preset's steps, each in the words of its verb.

He knows his loot from his own money: he means to move loot, and pays fees from what is his own where he has any.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from clew.errors import InputError
from clew.simulate.dice import Dice
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part
from clew.simulate.world.intentions import Intent
from clew.simulate.world.people import DOLLAR, SATOSHI, Life, Town
from clew.simulate.world.preset import Step
from clew.simulate.world.services import ETHER, POOLS
from clew.simulate.world.state import DAY, HOUR, World, btc_fee

THIEF = "thief"
_UNIT = {evm.ETH.id: ETHER, evm.USDT.id: DOLLAR, bitcoin.BTC.id: SATOSHI, tron.USDT.id: DOLLAR}
_FEES = ETHER // 100
"""Left in an Ethereum wallet for the fees of a step."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Loot in one wallet and asset, or in one output."""

    asset: str
    address: str
    coin: Coin | None = None
    turn: int = 0
    """How often a repeating step has had it."""


@dataclass(slots=True)
class Scheme:
    """The thief at work."""

    world: World
    town: Town
    life: Life
    dice: Dice
    gathered: dict[int, list[Pile]] = field(default_factory=dict)
    """Piles that a step waits to have enough of, by the step's number."""
    waiting: list[tuple[Pile, Step]] = field(default_factory=list)
    """Coins that wait for the next round of a CoinJoin."""
    fuel: str = ""
    """His wallet of clean ETH, withdrawn from an exchange; so the one of TRX:"""
    tron_fuel: str = ""

    def begin(self) -> None:
        """Set up what he has before the theft: clean money for fees, accounts at exchanges that others pay into."""
        world, exchange = self.world, self.dice.pick(self.town.exchanges)
        self.fuel, self.tron_fuel = self.wallet(), self.tron_wallet()
        world.pay_eth(world.now, exchange.hot, self.fuel, 400 * ETHER)
        world.tron.send_trx(world.now, exchange.tron_hot, self.tron_fuel, 10**11)
        for number in range(12 * self.world.preset.thief.mules):
            world.at(world.now + number * 4 * DAY + self.dice.below(3 * DAY), self._honest)
        rounds = world.scaled(world.preset.economy.coinjoins)
        for number in range(rounds):
            span = (world.end - world.now) // rounds
            world.at(world.now + number * span + self.dice.below(span), self._round)

    def _honest(self, time: int) -> None:
        """Somebody honest pays into a mule's account."""
        person, address = self.life.anybody(), self.deposit(evm.CHAIN.id)
        most = self.world.evm.balance(person.wallet) * 9 // 10
        if most > ETHER:
            self.world.pay_eth(time, person.wallet, address, min(most, self.dice.heavy(ETHER // 5, 50 * ETHER)))

    # --- wallets

    def wallet(self) -> str:
        """A new Ethereum address of his."""
        return self.world.own(evm.CHAIN.id, self.world.names.evm_address(), THIEF, THIEF)

    def tron_wallet(self) -> str:
        """A new TRON address of his."""
        address = self.world.own(tron.CHAIN.id, self.world.tron.address(), THIEF, THIEF)
        self.world.tron.accounts.add(address)
        return address

    def bitcoin_wallet(self) -> str:
        """A new Bitcoin address of his."""
        return self.world.own(bitcoin.CHAIN.id, self.world.names.bitcoin_address(), THIEF, THIEF)

    def fresh(self, time: int, partner: str) -> str:
        """A new Ethereum wallet, at times with clean coins, dust, or look-alikes of its partner in its history."""
        address, thief = self.wallet(), self.world.preset.thief
        if self.dice.chance(thief.own):
            self.refuel(time, address, self.dice.between(2, 120) * ETHER // 100)
        if self.dice.chance(thief.dust):
            stranger = self.life.anybody().wallet
            if self.world.evm.balance(stranger) > ETHER:
                self.world.evm.send(time, stranger, address, self.dice.between(1, 10**12))
        if self.dice.chance(thief.poison):
            self._poison(time, address, partner)
        return address

    def _poison(self, time: int, wallet: str, partner: str) -> None:
        """A stranger has the token report transfers of nothing to an address that looks like the partner's."""
        stranger = self.life.anybody().wallet
        if self.world.evm.balance(stranger) > ETHER:
            lookalike = self.world.names.lookalike(partner)
            lie = evm.Token(wallet, lookalike, 0, evm.USDT, moves=False)
            self.world.evm.send(
                time, stranger, evm.contract(evm.USDT), data="0x23b872dd", gas=evm.TOKEN_GAS, effects=[lie]
            )

    def refuel(self, time: int, address: str, amount: int = ETHER // 20) -> None:
        """Clean ETH for fees; more is withdrawn from an exchange where it runs out."""
        if self.world.evm.balance(self.fuel) < amount + ETHER:
            self.world.pay_eth(time, self.dice.pick(self.town.exchanges).hot, self.fuel, 100 * ETHER)
        self.world.pay_eth(time, self.fuel, address, amount)

    def deposit(self, chain: str) -> str:
        """A mule's deposit address at some exchange."""
        mule = self.dice.between(1, max(1, self.world.preset.thief.mules))
        return self.dice.pick(self.town.exchanges).address(chain, f"mule {mule}")

    # --- pools and steps

    def put(self, pool: str, pile: Pile, time: int) -> None:
        """Let one of the steps that draw from a pool take a pile, or none."""
        if not pool or not self.amount(pile):
            return
        point = self.dice.below(1000)
        for step in self.world.preset.steps:
            if step.source != pool:
                continue
            if point < step.share:
                wait = step.after_hours * HOUR + self.dice.below(max(1, step.over_hours * HOUR))
                self.world.at(time + wait, lambda then, chosen=step: self.take(chosen, pile, then))  # type: ignore[misc]
                return
            point -= step.share

    def take(self, step: Step, pile: Pile, time: int) -> None:
        """Do a step to a pile."""
        act = VERBS.get(step.verb)
        if act is None:
            known = ", ".join(VERBS)
            raise InputError(f"unknown verb {step.verb!r}", where=self.world.preset.name, mend=f"known: {known}")
        if self.amount(pile) > least(pile):
            act(self, step, pile, time)

    def amount(self, pile: Pile) -> int:
        """Base units that a pile holds now."""
        if pile.coin is not None:
            return self.world.book.balance(pile.coin.account)
        if pile.asset == tron.USDT.id:
            return self.world.tron.balance(pile.address)
        return self.world.evm.balance(pile.address, evm.ETH if pile.asset == evm.ETH.id else evm.USDT)

    # --- one payment, on whatever chain

    def pay(self, pile: Pile, time: int, payments: list[tuple[str, int]], change: str = "") -> list[Pile]:
        """Pay loot out of a pile; what is left goes to `change` (by default where it was). Payments, then the rest."""
        if pile.coin is not None:
            return self._pay_coin(pile, time, payments, change or self.bitcoin_wallet())
        made = []
        for address, amount in payments:
            if pile.asset == evm.ETH.id:
                self.world.pay_eth(time, pile.address, address, amount, Intent.LOOT)
            elif pile.asset == evm.USDT.id:
                if self.world.evm.balance(pile.address) < _FEES:
                    self.refuel(time, pile.address)
                self.world.pay_usdt(time, pile.address, address, amount, Intent.LOOT)
            else:
                if self.world.tron.balance(pile.address, tron.TRX.id) < 2 * tron.FEE_SUN:
                    self.world.tron.send_trx(time, self.tron_fuel, pile.address, 10 * tron.FEE_SUN)
                self.world.pay_tron(time, pile.address, address, amount, Intent.LOOT)
            made.append(Pile(pile.asset, address))
        return [*made, pile]

    def _pay_coin(self, pile: Pile, time: int, payments: list[tuple[str, int]], change: str) -> list[Pile]:
        coin = pile.coin
        assert coin is not None  # noqa: S101 - the caller has looked
        rest = coin.amount - sum(amount for _, amount in payments) - btc_fee(1, len(payments) + 1)
        paid = [*payments, (change, rest)] if rest > bitcoin.DUST else payments
        made = self.world.pay_btc(time, [Part([coin], paid, Intent.LOOT)])
        return [Pile(pile.asset, made_coin.address, made_coin, pile.turn) for made_coin in made]

    def spendable(self, pile: Pile) -> int:
        """What can be paid on in one payment."""
        amount = self.amount(pile)
        if pile.coin is not None:
            return amount - btc_fee(1, 1) - 1
        return amount - _FEES // 5 if pile.asset == evm.ETH.id else amount

    def somewhere(self, pile: Pile, time: int) -> str:
        """A new wallet of his on the pile's chain."""
        if pile.coin is not None:
            return self.bitcoin_wallet()
        return self.tron_wallet() if pile.asset == tron.USDT.id else self.fresh(time, pile.address)

    def chain(self, pile: Pile) -> str:
        """The chain a pile stands on."""
        return pile.asset.partition("/")[0]

    def _round(self, time: int) -> None:
        """A round of a CoinJoin; a few of the coins that wait take part, each as a participant of its own."""
        chosen, self.waiting = self.waiting[:3], self.waiting[3:]
        parts = [Part([pile.coin], [], Intent.LOOT) for pile, _ in chosen if pile.coin is not None]
        before = len(self.world.bitcoin.mixes)
        self.life.round(time, parts)
        if len(self.world.bitcoin.mixes) == before:
            self.waiting = [*chosen, *self.waiting]
            return
        made = self.world.bitcoin.mix_outputs[-1]
        for number, (pile, step) in enumerate(chosen):
            for coin in made[number]:
                self.put(step.to, Pile(pile.asset, coin.address, coin), time)


def least(pile: Pile) -> int:
    """Base units below which nobody bothers."""
    return {evm.ETH.id: ETHER // 20, bitcoin.BTC.id: SATOSHI // 2000}.get(pile.asset, 20 * DOLLAR)


# --- the verbs


def parcels(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Equal parcels of `size` units, or `parts` of them, to new wallets; what is left goes to `rest`."""
    unit, whole = _UNIT[pile.asset], scheme.spendable(pile)
    size = step.size * unit or whole // max(1, step.parts)
    count = min(whole // max(1, size), 400)
    if not count or (not step.size and count < step.parts):
        scheme.put(step.to, pile, time)
        return
    fees = evm.PLAIN_GAS * 12 * evm.GWEI if pile.asset == evm.ETH.id else btc_fee(0, 1)
    size = min(size, whole // count - fees)
    if pile.coin is not None:
        made = scheme.pay(pile, time, [(scheme.bitcoin_wallet(), size) for _ in range(count)])
        for part in made[:count]:
            scheme.put(step.to, part, time)
        for part in made[count:]:
            scheme.put(step.rest, part, time)
        return
    for number in range(count):
        part = scheme.pay(pile, time + number * 60, [(scheme.somewhere(pile, time), size)])[0]
        scheme.put(step.to, part, time)
    scheme.put(step.rest, pile, time)


def hop(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """All of it to a new wallet."""
    made = scheme.pay(pile, time, [(scheme.somewhere(pile, time), scheme.spendable(pile))])
    scheme.put(step.to, made[0], time)


def peel(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """A part to an exchange's deposit address, the rest to a new wallet, `parts` times; then the rest to `rest`."""
    amount = scheme.spendable(pile) * scheme.dice.between(step.least, step.most) // 1000
    cash = scheme.deposit(scheme.chain(pile))
    if pile.coin is not None:
        left = scheme.pay(pile, time, [(cash, amount)])[1:]
    else:
        scheme.pay(pile, time, [(cash, amount)])
        rest = scheme.spendable(pile)
        left = scheme.pay(pile, time, [(scheme.somewhere(pile, time), rest)])[:1] if rest > least(pile) else []
    for part in left:
        again = replace(part, turn=pile.turn + 1)
        if again.turn < step.parts:
            wait = step.after_hours * HOUR + scheme.dice.below(max(1, step.over_hours * HOUR))
            scheme.world.at(time + wait, lambda then, next_=again: scheme.take(step, next_, then))  # type: ignore[misc]
        else:
            scheme.put(step.rest, replace(again, turn=0), time)


def cash(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """All of it into exchanges' deposit addresses, in `parts` payments."""
    whole = scheme.spendable(pile)
    if pile.coin is not None or step.parts < 2:
        scheme.pay(pile, time, [(scheme.deposit(scheme.chain(pile)), whole)])
        return
    for _ in range(step.parts):
        part = min(scheme.spendable(pile), whole // step.parts)
        if part > 0:
            scheme.pay(pile, time, [(scheme.deposit(scheme.chain(pile)), part)])


def structure(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Into exchanges in amounts just below `size` dollars, `parts` a day, until the pile is used up."""
    dollars = {evm.ETH.id: 2_700, bitcoin.BTC.id: 90_000}.get(pile.asset, 1)
    for _ in range(step.parts):
        below = step.size * scheme.dice.between(900, 995) * _UNIT[pile.asset] // (1000 * dollars)
        amount = min(below, scheme.spendable(pile))
        if scheme.amount(pile) <= least(pile) or amount <= 0:
            return
        made = scheme.pay(pile, time, [(scheme.deposit(scheme.chain(pile)), amount)])
        if len(made) < 2:
            return
        pile = made[1]
    scheme.world.at(time + DAY, lambda then: scheme.take(step, pile, then))


def sell(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """USDT into ETH at the decentralised exchange."""
    if pile.asset != evm.USDT.id:
        scheme.put(step.to, pile, time)
        return
    if scheme.world.evm.balance(pile.address) < _FEES:
        scheme.refuel(time, pile.address)
    scheme.town.swaps.sell_usdt(time, pile.address, scheme.amount(pile), Intent.LOOT)
    scheme.put(step.to, Pile(evm.ETH.id, pile.address), time)


def thorchain(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH over THORChain to a new Bitcoin address."""
    amount = (scheme.amount(pile) - _FEES) // 10**10 * 10**10
    _to_bitcoin(scheme, step, lambda to: scheme.town.thorchain.to_bitcoin(time, pile.address, amount, to, Intent.LOOT))


def exchanger(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH through the exchanger without records to a new Bitcoin address."""
    amount = scheme.amount(pile) - _FEES
    _to_bitcoin(scheme, step, lambda to: scheme.town.exchanger.to_bitcoin(time, pile.address, amount, to, Intent.LOOT))


def _to_bitcoin(scheme: Scheme, step: Step, order: Callable[[str], str]) -> None:
    address = scheme.bitcoin_wallet()

    def take_over(coin: Coin | None) -> None:
        scheme.put(step.to, Pile(bitcoin.BTC.id, address, coin), scheme.world.now)

    scheme.world.on_arrival[bitcoin.CHAIN.id, address] = take_over
    order(address)


def bridge(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH over the bridge with an order page to USDT at a new TRON address."""
    address = scheme.tron_wallet()
    scheme.world.on_arrival[tron.CHAIN.id, address] = lambda _: scheme.put(
        step.to, Pile(tron.USDT.id, address), scheme.world.now
    )
    scheme.town.bridge.to_tron(time, pile.address, scheme.amount(pile) - _FEES, address, Intent.LOOT)


def mix(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH into the mixer in the largest notes that fit, paid out in a wave to `parts` wallets; the rest to `rest`."""
    recipients = [scheme.wallet() for _ in range(max(1, step.parts))]
    wave = time + step.after_hours * HOUR + scheme.dice.below(max(1, step.over_hours * HOUR))
    for size in POOLS:
        while scheme.amount(pile) > size * ETHER + _FEES * 2:
            note = scheme.town.mixer.put(time, pile.address, size, THIEF, Intent.LOOT)
            recipient, wait = scheme.dice.pick(recipients), scheme.dice.heavy(HOUR, 20 * DAY)

            def pay_out(then: int, note: object = note, to: str = recipient) -> None:
                scheme.town.mixer.pay_out(then, note, to, relayed=True)  # type: ignore[arg-type]

            scheme.world.at(wave + wait, pay_out)
    for recipient in recipients:
        scheme.world.at(wave + 20 * DAY, lambda then, to=recipient: scheme.put(step.to, Pile(evm.ETH.id, to), then))  # type: ignore[misc]
    scheme.put(step.rest, pile, time)


def coinjoin(scheme: Scheme, step: Step, pile: Pile, _time: int) -> None:
    """Wait for the next round of a CoinJoin and take part; its outputs go to `to`."""
    if pile.coin is not None:
        scheme.waiting.append((pile, step))


def gather(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Wait for `parts` piles, then bring them together in one new wallet."""
    number = scheme.world.preset.steps.index(step)
    piles = scheme.gathered.setdefault(number, [])
    piles.append(pile)
    if len(piles) < step.parts:
        return
    scheme.gathered[number] = []
    target = scheme.somewhere(pile, time)
    if pile.coin is not None:
        coins = [each.coin for each in piles if each.coin is not None]
        whole = sum(coin.amount for coin in coins) - btc_fee(len(coins), 1)
        made = scheme.world.pay_btc(time, [Part(coins, [(target, whole)], Intent.LOOT)])
        scheme.put(step.to, Pile(pile.asset, target, made[0]), time)
        return
    for each in piles:
        scheme.pay(each, time, [(target, scheme.spendable(each))])
    scheme.put(step.to, Pile(pile.asset, target), time)


def cycle(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Through `parts` new wallets and back to where it was, a little less each time."""
    here = pile
    for number in range(step.parts):
        last = number == step.parts - 1
        target = pile.address if last else scheme.somewhere(here, time)
        made = scheme.pay(here, time + number * HOUR, [(target, scheme.spendable(here))])
        here = made[0]
    scheme.put(step.to, replace(here, turn=0), time + step.parts * HOUR)


def broker(scheme: Scheme, _step: Step, pile: Pile, time: int) -> None:
    """To an over-the-counter broker's wallet on TRON; he pays in cash."""
    if pile.asset == tron.USDT.id:
        chosen = scheme.dice.pick(scheme.town.brokers)
        scheme.pay(pile, time, [(chosen.wallet, scheme.amount(pile))])


def trade(scheme: Scheme, _step: Step, pile: Pile, time: int) -> None:
    """Sold for cash to an ordinary person, who mixes it with his own coins and spends it by his own habit."""
    person = scheme.life.anybody()
    if pile.coin is not None:
        payment = (person.purse.fresh(), scheme.spendable(pile))
        person.purse.coins += scheme.world.pay_btc(time, [Part([pile.coin], [payment], Intent.LOOT)])
        return
    wallet = person.tron if pile.asset == tron.USDT.id else person.wallet
    scheme.pay(pile, time, [(wallet, scheme.spendable(pile))])


def blend(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Clean coins of the same worth join the pile in one wallet; loot goes on to `to`, what is clean to an exchange."""
    source, amount = scheme.dice.pick(scheme.town.exchanges), scheme.spendable(pile)
    clean = amount * scheme.dice.between(step.least, step.most) // 1000
    if pile.coin is None:
        scheme.world.pay_eth(time, source.hot, pile.address, clean)
        scheme.world.pay_eth(time + HOUR, pile.address, scheme.deposit(evm.CHAIN.id), clean * 9 // 10, Intent.OWN)
        scheme.put(step.to, pile, time + HOUR)
        return
    mined = source.purse.pay(time, [(scheme.bitcoin_wallet(), clean)])
    if not mined:
        scheme.put(step.to, pile, time)
        return
    coins = scheme.dice.shuffled([pile.coin, mined[0]])
    payments = [(scheme.bitcoin_wallet(), amount), (scheme.deposit(bitcoin.CHAIN.id), clean - btc_fee(2, 2))]
    made = scheme.world.pay_btc(time, [Part(coins, payments, Intent.LOOT)])
    scheme.put(step.to, Pile(pile.asset, made[0].address, made[0]), time)


def rest(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Wait, and go on: a dormant phase."""
    scheme.put(step.to, pile, time)


VERBS: dict[str, Callable[[Scheme, Step, Pile, int], None]] = {
    act.__name__: act
    for act in (
        *(parcels, hop, peel, cash, structure, sell, thorchain, exchanger, bridge, mix, coinjoin, gather, cycle),
        *(broker, trade, blend, rest),
    )
}
"""What a step may do, by its name in a preset."""
