"""Change that a CoinJoin's own sums tell: what a participant's inputs pay is his outputs, and a little for fees.

An output whose amount is paid once is taken for somebody's change: his inputs, less so many of the sizes that are paid
several times, less his part of the fees. Each way to make up a change from one input or from two is a hypothesis. It
weighs what it presumes: one owner among so many, so many outputs of each size as participants have on the average, and
a fee, of which it is learnt on the way which are paid. Hypotheses compete, by belief propagation (Pearl, 1988): one
holds of each change, or none, where its owner has more inputs; and an input pays for one participant alone. That sums
tell owners is known of CoinJoins at large (Maurer, Neudecker and Florian, IEEE TrustCom 2017).

Where the sizes add up in too many ways every sum is met by chance, and nothing is told.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MOST_SUMS, _MOST_WAYS = 400_000, 1_000_000
"""Sums of sizes, and hypotheses, beyond which arithmetic does not tell."""
_RARE = 0.005
"""A number of outputs of one size that fewer participants than this have is not tried."""
_PAIRS, _OTHERS = 0.375, 0.25
"""Before anything is seen: that an owner has two inputs, and that he has more; the rest has one."""
_FEES, _STEPS = 3, 40
"""A participant's fee is three times the average at most; in so many steps it is learnt which are paid."""
_WIDE = 50
"""In a range so many times as wide it is counted how often chance meets a sum."""
_ROUNDS = 60


class Told(NamedTuple):
    """What the sums tell of a CoinJoin."""

    paid: Floats
    """Base units that each input (column) is expected to have paid of each output (row), by its hypotheses."""
    explained: Floats
    """Of each input: the probability that one of them holds."""


class _Sums(NamedTuple):
    """All numbers of outputs of each size that are tried, by what they add up to, rising."""

    total: Ints
    number: Ints
    """A row for each total, a column for each size."""
    prior: Floats


class _Ways(NamedTuple):
    """Hypotheses: of a change, by its place; of one input or two; with a row of the sums, and a fee as a step."""

    change: Ints
    one: Ints
    other: Ints
    """The same as `one` where there is no other."""
    sums: Ints
    fee: Ints
    prior: Floats


def read_sums(spent: Sequence[int], made: Sequence[int]) -> Told | None:
    """What the inputs' and the outputs' amounts (base units) tell; None where they tell nothing."""
    counts = Counter(made)
    sizes = sorted((size for size, count in counts.items() if count > 1), reverse=True)
    change = [place for place, amount in enumerate(made) if counts[amount] == 1]
    fees = sum(spent) - sum(made)
    if not sizes or not change or fees < 0:
        return None
    inputs, kept = np.array(spent, dtype=np.int64), np.array(made, dtype=np.int64)[change]
    participants = max(len(change), len(spent) / 2)
    pairs = np.array([(n, n) for n in range(len(spent))] + list(combinations(range(len(spent)), 2)), dtype=np.int64)
    worth = inputs[pairs[:, 0]] + np.where(pairs[:, 0] == pairs[:, 1], 0, inputs[pairs[:, 1]])
    sums = _add_up(sizes, [counts[size] / participants for size in sizes], int(worth.max()))
    if sums is None:
        return None
    most = int(_FEES * fees / participants) + 1
    found = _ways(pairs, worth, kept, sums, most)
    if found is None:
        return None
    ways, none = found
    holds = _weigh(ways, none, len(spent), most)
    return _told(ways, holds, sums, spent, made, sizes, change)


def _add_up(sizes: Sequence[int], mean: Sequence[float], most: int) -> _Sums | None:
    """Sums of up to `most`; each participant has a geometric number of each size, of this mean. None: too many."""
    total, prior, count = np.zeros(1, dtype=np.int64), np.ones(1), np.zeros((1, 0), dtype=np.int64)
    for size, average in zip(sizes, mean, strict=True):
        more = average / (1 + average)
        number = np.arange(min(most // size, int(np.ceil(np.log(_RARE) / np.log(more)))) + 1)
        if len(total) * len(number) > _MOST_SUMS:
            return None
        count = np.hstack([np.repeat(count, len(number), axis=0), np.tile(number, len(count))[:, None]])
        total = (total[:, None] + number * size).ravel()
        prior = (prior[:, None] * more**number).ravel()
        inside = total <= most
        total, prior, count = total[inside], prior[inside], count[inside]
    order = np.argsort(total, kind="stable")
    return _Sums(total[order], count[order], prior[order])


def _ways(pairs: Ints, worth: Ints, kept: Ints, sums: _Sums, most: int) -> tuple[_Ways, Floats] | None:
    """All hypotheses with fees of up to `most`, and of each change the weight that none holds; None: too many."""
    alone = pairs[:, 0] == pairs[:, 1]
    owner = np.where(alone, (1 - _PAIRS - _OTHERS) / alone.sum(), _PAIRS / max(1, (~alone).sum()))
    upto = np.concatenate([[0.0], np.cumsum(sums.prior)])
    prior = owner / upto[np.searchsorted(sums.total, worth, side="right")]
    mixed = worth[None, :] - kept[:, None]
    first = np.searchsorted(sums.total, mixed - most, side="right")
    count = np.where(mixed >= 0, np.searchsorted(sums.total, mixed, side="right") - first, 0)
    if count.sum() > _MOST_WAYS:
        return None
    change, pair = (column.repeat(count[count > 0]) for column in np.nonzero(count))
    row = np.arange(len(change)) - np.repeat(np.cumsum(count[count > 0]) - count[count > 0], count[count > 0])
    row += first[change, pair]
    fee = (mixed[change, pair] - sums.total[row]) * _STEPS // most
    wide = _WIDE * most
    near = upto[np.searchsorted(sums.total, mixed + wide, side="right")]
    near -= upto[np.searchsorted(sums.total, mixed - wide, side="left")]
    chance = (np.where(mixed >= 0, near, 0.0) * prior).sum(axis=1) / (2 * wide) / (1 - _OTHERS)
    ways = _Ways(change, pairs[pair, 0], pairs[pair, 1], row, fee, prior[pair] * sums.prior[row])
    return ways, _OTHERS * chance


def _weigh(ways: _Ways, none: Floats, inputs: int, most: int) -> Floats:
    """The probability of each hypothesis. Messages to inputs are damped, for there are cycles."""
    two = ways.one != ways.other
    paid = np.full(_STEPS, 1 / most)
    from_change, from_one, from_other = (np.ones(len(two)) for _ in range(3))
    holds = np.zeros(len(two))
    for _ in range(_ROUNDS):
        weight = ways.prior * paid[ways.fee]
        to_change = weight * from_one * from_other
        total = none + np.bincount(ways.change, to_change, minlength=len(none))
        from_change = _without(total[ways.change], to_change)
        to_one, to_other = weight * from_change * from_other, np.where(two, weight * from_change * from_one, 0.0)
        total = np.ones(inputs) + np.bincount(ways.one, to_one, minlength=inputs)
        total += np.bincount(ways.other, to_other, minlength=inputs)
        from_one = np.sqrt(from_one * _without(total[ways.one], to_one))
        from_other = np.where(two, np.sqrt(from_other * _without(total[ways.other], to_other)), 1.0)
        odds = weight * from_change * from_one * from_other
        holds = odds / (1 + odds)
        holds /= np.maximum(1.0, np.bincount(ways.change, holds, minlength=len(none)))[ways.change]
        paid = (np.bincount(ways.fee, holds, minlength=_STEPS) + 1 / _STEPS) / (holds.sum() + 1) * _STEPS / most
    return holds


def _without(total: Floats, own: Floats) -> Floats:
    """The message of all others."""
    found: Floats = 1 / np.maximum(total - own, 1e-12 * total)
    return found


def _told(
    ways: _Ways,
    holds: Floats,
    sums: _Sums,
    spent: Sequence[int],
    made: Sequence[int],
    sizes: list[int],
    change: list[int],
) -> Told:
    """What the hypotheses say together; two inputs of one owner pay in proportion to their amounts."""
    inputs, two = np.array(spent, dtype=np.float64), ways.one != ways.other
    both = inputs[ways.one] + np.where(two, inputs[ways.other], 0.0)
    parts = (
        (ways.one, holds * inputs[ways.one] / both),
        (ways.other, holds * np.where(two, inputs[ways.other], 0) / both),
    )
    explained = np.bincount(ways.one, holds, minlength=len(spent))
    explained += np.bincount(ways.other, holds * two, minlength=len(spent))
    number, owned = np.zeros((len(spent), len(sizes))), np.zeros((len(change), len(spent)))
    for owner, part in parts:
        np.add.at(owned, (ways.change, owner), part)
        np.add.at(number, owner, part[:, None] * sums.number[ways.sums])
    paid, counts = np.zeros((len(made), len(spent))), Counter(made)
    paid[change] = owned * np.array(made, dtype=np.float64)[change, None]
    for place, amount in enumerate(made):
        if counts[amount] > 1:
            paid[place] = amount * number[:, sizes.index(amount)] / counts[amount]
    return Told(paid, np.minimum(explained, 1.0))
