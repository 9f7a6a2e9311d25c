"""A thief's scheme: piles of loot move from pool to pool by the preset's steps, each in the words of its verb.

He knows his loot from his own money: he means to move loot, and pays fees from what is his own where he has any.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from clew.errors import InputError
from clew.simulate.dice import Dice
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part
from clew.simulate.world.intentions import Intent
from clew.simulate.world.people import DOLLAR, SATOSHI, Life, Town
from clew.simulate.world.preset import Step
from clew.simulate.world.services import ETHER
from clew.simulate.world.state import DAY, HOUR, World, btc_fee
from clew.typologies import Typology

THIEF = "thief"
UNIT = {evm.ETH.id: ETHER, evm.USDT.id: DOLLAR, bitcoin.BTC.id: SATOSHI, tron.USDT.id: DOLLAR}
FEES = ETHER // 100
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
    verbs: "Mapping[str, Verb]"
    """What a step may do, by its name in a preset."""
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
                self.world.at(time + wait, partial(self.take, step, pile))
                return
            point -= step.share

    def take(self, step: Step, pile: Pile, time: int) -> None:
        """Do a step to a pile."""
        act = self.verbs.get(step.verb)
        if act is None:
            known = ", ".join(self.verbs)
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

    def plays(self, typology: Typology, pile: Pile, parts: int = 1, address: str = "") -> None:
        """Note what a pile's wallet, or another address on its chain, does: truth for `typologies.csv`."""
        role = (str(typology), self.chain(pile), address or pile.address)
        self.world.roles[role] = max(parts, self.world.roles.get(role, 0))

    # --- one payment, on whatever chain

    def pay(self, pile: Pile, time: int, payments: list[tuple[str, int]], change: str = "") -> list[Pile]:
        """Pay loot out of a pile; what is left goes to `change` (by default where it was). Payments, then the rest."""
        if pile.coin is not None:
            return self._pay_coin(pile, pile.coin, time, payments, change or self.bitcoin_wallet())
        made = []
        for address, amount in payments:
            if pile.asset == evm.ETH.id:
                self.world.pay_eth(time, pile.address, address, amount, Intent.LOOT)
            elif pile.asset == evm.USDT.id:
                if self.world.evm.balance(pile.address) < FEES:
                    self.refuel(time, pile.address)
                self.world.pay_usdt(time, pile.address, address, amount, Intent.LOOT)
            else:
                if self.world.tron.balance(pile.address, tron.TRX.id) < 2 * tron.FEE_SUN:
                    self.world.tron.send_trx(time, self.tron_fuel, pile.address, 10 * tron.FEE_SUN)
                self.world.pay_tron(time, pile.address, address, amount, Intent.LOOT)
            made.append(Pile(pile.asset, address))
        return [*made, pile]

    def _pay_coin(self, pile: Pile, coin: Coin, time: int, payments: list[tuple[str, int]], change: str) -> list[Pile]:
        rest = coin.amount - sum(amount for _, amount in payments) - btc_fee(1, len(payments) + 1)
        paid = [*payments, (change, rest)] if rest > bitcoin.DUST else payments
        made = self.world.pay_btc(time, [Part([coin], paid, Intent.LOOT)])
        return [Pile(pile.asset, made_coin.address, made_coin, pile.turn) for made_coin in made]

    def spendable(self, pile: Pile) -> int:
        """What can be paid on in one payment."""
        amount = self.amount(pile)
        if pile.coin is not None:
            return amount - btc_fee(1, 1) - 1
        return amount - FEES // 5 if pile.asset == evm.ETH.id else amount

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


Verb = Callable[[Scheme, Step, Pile, int], None]


def least(pile: Pile) -> int:
    """Base units below which nobody bothers."""
    return {evm.ETH.id: ETHER // 20, bitcoin.BTC.id: SATOSHI // 2000}.get(pile.asset, 20 * DOLLAR)
