"""What a step of a scheme may do: each verb moves one pile at a time, and puts what came of it into pools."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part
from clew.simulate.world.intentions import Intent
from clew.simulate.world.preset import Step
from clew.simulate.world.scheme import FEES, THIEF, UNIT, Pile, Scheme, Verb, least
from clew.simulate.world.services import ETHER, POOLS, Note
from clew.simulate.world.state import DAY, HOUR, btc_fee
from clew.typologies import Typology


def parcels(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """Equal parcels of `size` units, or `parts` of them, to new wallets; what is left goes to `rest`."""
    unit, whole = UNIT[pile.asset], scheme.spendable(pile)
    size = step.size * unit or whole // max(1, step.parts)
    count = min(whole // max(1, size), 400)
    if not count or (not step.size and count < step.parts):
        scheme.put(step.to, pile, time)
        return
    scheme.plays(Typology.FAN_OUT, pile, count)
    if not step.size:
        scheme.plays(Typology.PASS_THROUGH, pile, count)
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
    scheme.plays(Typology.PASS_THROUGH, pile)
    made = scheme.pay(pile, time, [(scheme.somewhere(pile, time), scheme.spendable(pile))])
    scheme.put(step.to, made[0], time)


def peel(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """A part to an exchange's deposit address, the rest to a new wallet, `parts` times; then the rest to `rest`."""
    scheme.plays(Typology.PEEL_CHAIN, pile, pile.turn + 1)
    scheme.plays(Typology.PASS_THROUGH, pile, 2)
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
            scheme.world.at(time + wait, partial(scheme.take, step, again))
        else:
            scheme.put(step.rest, replace(again, turn=0), time)


def cash(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """All of it into exchanges' deposit addresses, in `parts` payments."""
    scheme.plays(Typology.PASS_THROUGH, pile, step.parts)
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
    scheme.plays(Typology.STRUCTURING, pile, step.parts)
    dollars = {evm.ETH.id: 2_700, bitcoin.BTC.id: 90_000}.get(pile.asset, 1)
    for _ in range(step.parts):
        below = step.size * scheme.dice.between(900, 995) * UNIT[pile.asset] // (1000 * dollars)
        amount = min(below, scheme.spendable(pile))
        if scheme.amount(pile) <= least(pile) or amount <= 0:
            return
        made = scheme.pay(pile, time, [(scheme.deposit(scheme.chain(pile)), amount)])
        if len(made) < 2:
            return
        pile = made[1]
    scheme.world.at(time + DAY, partial(scheme.take, step, pile))


def sell(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """USDT into ETH at the decentralised exchange."""
    if pile.asset != evm.USDT.id:
        scheme.put(step.to, pile, time)
        return
    scheme.plays(Typology.PASS_THROUGH, pile)
    if scheme.world.evm.balance(pile.address) < FEES:
        scheme.refuel(time, pile.address)
    scheme.town.swaps.sell_usdt(time, pile.address, scheme.amount(pile), Intent.LOOT)
    scheme.put(step.to, Pile(evm.ETH.id, pile.address), time)


def thorchain(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH over THORChain to a new Bitcoin address."""
    scheme.plays(Typology.PASS_THROUGH, pile)
    amount = (scheme.amount(pile) - FEES) // 10**10 * 10**10
    _to_bitcoin(scheme, step, lambda to: scheme.town.thorchain.to_bitcoin(time, pile.address, amount, to, Intent.LOOT))


def exchanger(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH through the exchanger without records to a new Bitcoin address."""
    scheme.plays(Typology.PASS_THROUGH, pile)
    amount = scheme.amount(pile) - FEES
    _to_bitcoin(scheme, step, lambda to: scheme.town.exchanger.to_bitcoin(time, pile.address, amount, to, Intent.LOOT))


def _to_bitcoin(scheme: Scheme, step: Step, order: Callable[[str], str]) -> None:
    address = scheme.bitcoin_wallet()

    def take_over(coin: Coin | None) -> None:
        scheme.put(step.to, Pile(bitcoin.BTC.id, address, coin), scheme.world.now)

    scheme.world.on_arrival[bitcoin.CHAIN.id, address] = take_over
    order(address)


def bridge(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH over the bridge with an order page to USDT at a new TRON address."""
    scheme.plays(Typology.PASS_THROUGH, pile)
    address = scheme.tron_wallet()
    scheme.world.on_arrival[tron.CHAIN.id, address] = lambda _: scheme.put(
        step.to, Pile(tron.USDT.id, address), scheme.world.now
    )
    scheme.town.bridge.to_tron(time, pile.address, scheme.amount(pile) - FEES, address, Intent.LOOT)


def mix(scheme: Scheme, step: Step, pile: Pile, time: int) -> None:
    """ETH into the mixer in the largest notes that fit, paid out in a wave to `parts` wallets; the rest to `rest`."""
    recipients = [scheme.wallet() for _ in range(max(1, step.parts))]
    wave = time + step.after_hours * HOUR + scheme.dice.below(max(1, step.over_hours * HOUR))
    for size in POOLS:
        while scheme.amount(pile) > size * ETHER + FEES * 2:
            note = scheme.town.mixer.put(time, pile.address, size, THIEF, Intent.LOOT)
            recipient, wait = scheme.dice.pick(recipients), scheme.dice.heavy(HOUR, 20 * DAY)
            scheme.world.at(wave + wait, partial(_pay_out, scheme, note, recipient))
    for recipient in recipients:
        scheme.world.at(wave + 20 * DAY, partial(scheme.put, step.to, Pile(evm.ETH.id, recipient)))
    scheme.put(step.rest, pile, time)


def _pay_out(scheme: Scheme, note: Note, recipient: str, time: int) -> None:
    scheme.town.mixer.pay_out(time, note, recipient, relayed=True)


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
    scheme.plays(Typology.FAN_IN, pile, len(piles), target)
    for each in piles:
        scheme.plays(Typology.PASS_THROUGH, each)
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
        scheme.plays(Typology.PASS_THROUGH, here)
        target = pile.address if last else scheme.somewhere(here, time)
        made = scheme.pay(here, time + number * HOUR, [(target, scheme.spendable(here))])
        here = made[0]
    scheme.put(step.to, replace(here, turn=0), time + step.parts * HOUR)


def broker(scheme: Scheme, _step: Step, pile: Pile, time: int) -> None:
    """To an over-the-counter broker's wallet on TRON; he pays in cash."""
    if pile.asset == tron.USDT.id:
        scheme.plays(Typology.PASS_THROUGH, pile)
        chosen = scheme.dice.pick(scheme.town.brokers)
        scheme.pay(pile, time, [(chosen.wallet, scheme.amount(pile))])


def trade(scheme: Scheme, _step: Step, pile: Pile, time: int) -> None:
    """Sold for cash to an ordinary person, who mixes it with his own coins and spends it by his own habit."""
    scheme.plays(Typology.PASS_THROUGH, pile)
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


VERBS: dict[str, Verb] = {
    act.__name__: act
    for act in (
        *(parcels, hop, peel, cash, structure, sell, thorchain, exchanger, bridge, mix, coinjoin, gather, cycle),
        *(broker, trade, blend, rest),
    )
}
"""What a step may do, by its name in a preset."""
