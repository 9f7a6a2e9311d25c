"""Deposits of a trace into an instant exchanger, and its payouts that may be theirs: by value at a price that the
ledger itself shows, and by time.

What a bridge or an exchange with records gave for the same asset at about that time is a price, in whole numbers on
both sides. Each deposit has at most one payout, each payout at most one deposit. A pair's weight is the odds that it is
the true one against chance; its probability is its share in all matchings (`matchings`), so a deposit whose payouts but
one are spoken for is in no doubt. Of deposits that could have each other's payouts, and no others could, it is sure
that the payouts are theirs, not which is whose: they are paired in order of time, and that they share them is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from clew.links.crossings import Terms
from clew.links.matchings import shares

_MILLION = 10**6
SURE = 0.95
"""Probability from which a payout is followed."""
PAYS = 0.9
"""How often the payout of a deposit is among those shown, before any is seen; a judgement, that of `crossings`."""
SWING = 10_000
"""Parts per million by which a price may be off: it is another trade's, of another minute."""
FRESH = 21_600
"""Seconds from a deposit within which a price counts."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody gave and got at a time, in base units of the two assets."""

    time: int
    given: int
    got: int


@dataclass(frozen=True, slots=True)
class Deposit:
    """What was paid into the exchanger."""

    time: int
    amount: int


@dataclass(frozen=True, slots=True)
class Payout:
    """What the exchanger paid somebody."""

    time: int
    amount: int
    tx: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Match:
    """A payout that a deposit may have bought; both by their place in what was given."""

    deposit: int
    payout: int
    probability: float
    """That it bought this payout; where several share theirs, that one of them did."""
    base_rate: float
    """Payouts that would fit by chance, expected from how many fit at other times."""
    candidates: int
    """Payouts that fit the deposit, this one among them."""
    sharing: int = 1
    """Deposits, this one among them, that share as many payouts."""


def amounts_out(deposit: Deposit, quotes: Sequence[Quote], terms: Terms) -> tuple[int, int] | None:
    """Fewest and most base units that a deposit may have bought, at the middle one of the prices about its time; None
    where there is no price."""
    near = [quote for quote in quotes if abs(quote.time - deposit.time) <= FRESH and quote.given > 0]
    if not near:
        return None
    middle = sorted(near, key=lambda quote: (Fraction(quote.got, quote.given), quote.time))[len(near) // 2]
    least = deposit.amount * middle.got * (_MILLION - terms.most - SWING) // (middle.given * _MILLION)
    return least, deposit.amount * middle.got * (_MILLION + SWING) // (middle.given * _MILLION)


def match_payouts(
    deposits: Sequence[Deposit], payouts: Sequence[Payout], quotes: Sequence[Quote], terms: Terms
) -> list[Match]:
    """Every pair that fits, with its probability; in the order of deposits, then of payouts.

    With a prior chance `p` that a deposit's payout is shown, and a Poisson number with mean `b` of others that fit it,
    a pair weighs p / ((1 - p) b) against both being single. `b` is learnt from the exchanger's own payouts: those of
    fitting value at other times, one half more counted, over the time that all of them span.
    """
    pairs: list[tuple[int, int]] = []
    weights: list[float] = []
    rates: dict[int, float] = {}
    span = max((p.time for p in payouts), default=0) - min((p.time for p in payouts), default=0)
    for number, deposit in enumerate(deposits):
        amounts = amounts_out(deposit, quotes, terms)
        if amounts is None:
            continue
        fitting = [place for place, payout in enumerate(payouts) if amounts[0] <= payout.amount <= amounts[1]]
        inside = [place for place in fitting if 0 <= payouts[place].time - deposit.time <= terms.window]
        rates[number] = (len(fitting) - len(inside) + 0.5) * terms.window / max(span, terms.window)
        pairs += [(number, place) for place in inside]
        weights += [PAYS / ((1 - PAYS) * rates[number])] * len(inside)
    if not pairs:
        return []
    deposit_of, payout_of = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    weight = np.array(weights)
    found = shares(deposit_of, payout_of, weight, np.zeros(len(pairs)), len(deposits), len(payouts))
    counts = np.bincount(deposit_of, minlength=len(deposits))
    return [
        Match(number, place, float(share), rates[number], int(counts[number]))
        for (number, place), share in zip(pairs, found.tolist(), strict=True)
    ]


def choose_payouts(matches: Sequence[Match]) -> list[Match]:
    """The matches to follow, of deposits and payouts in order of time: those that are sure by themselves, then of
    deposits that share as many payouts, each with its own place in the order. No event is in two."""
    chosen = [match for match in matches if match.probability >= SURE]
    deposits, payouts = ({getattr(match, side) for match in chosen} for side in ("deposit", "payout"))
    left = [match for match in matches if match.deposit not in deposits and match.payout not in payouts]
    bought: dict[int, float] = {}
    sold: dict[int, float] = {}
    for match in left:
        bought[match.deposit] = bought.get(match.deposit, 0.0) + match.probability
        sold[match.payout] = sold.get(match.payout, 0.0) + match.probability
    sure = [match for match in left if bought[match.deposit] >= SURE and sold[match.payout] >= SURE]
    for group in _components(sure):
        mine, theirs = sorted({match.deposit for match in group}), sorted({match.payout for match in group})
        pairs = {(match.deposit, match.payout): match for match in group}
        if len(mine) == len(theirs) and all(pair in pairs for pair in zip(mine, theirs, strict=True)):
            chosen += [
                replace(pairs[pair], probability=min(1.0, sold[pair[1]]), sharing=len(mine))
                for pair in zip(mine, theirs, strict=True)
            ]
    return chosen


def _components(matches: Sequence[Match]) -> list[list[Match]]:
    """Matches that hang together by a deposit or a payout."""
    groups: list[list[Match]] = []
    for match in matches:
        near = [group for group in groups if any(m.deposit == match.deposit or m.payout == match.payout for m in group)]
        groups = [group for group in groups if group not in near] + [[match, *(m for group in near for m in group)]]
    return groups
