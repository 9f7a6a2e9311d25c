"""What a model says of withdrawals whose deposit is known: to which ages and depositors it gives how much.

Two models. By age alone, each withdrawal for itself: `links.waiting`. And where nearly every withdrawal of the pools
is known, so that the pairs are not a kind of people but everybody, all withdrawals at once: `links.spendings`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.links.mixers import Events
from clew.links.spendings import Density, draw_spendings, may_be_drawn
from clew.links.waiting import BINS, Waiting, bin_of, count_by_age
from clew.scores.calibration import Stated
from clew.scores.columns import KINDS, TENTHS, Columns, depositors_of, kinds_of, tenth
from clew.scores.mixer_files import Pair

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_EVERYBODY = 0.9
"""Share of the withdrawals that must be known for them to stand for everybody."""
_MOST_NOTES = 1_000
"""Of a pool, for assignments to be drawn: ten times as many take ten times as long, and that is minutes."""


class Known(NamedTuple):
    """Known pairs as columns."""

    events: Events
    pools: Sequence[Columns]
    pool: Ints
    """Of each pair, its place in `pools`."""
    paid: Ints
    """Place of its withdrawal in the pool."""
    spent: Ints
    """Place of its deposit in the pool."""
    waits: Ints
    """Blocks."""
    part: Ints
    """Its tenth."""
    counts: Ints
    """Candidates of the withdrawal by bin of age."""

    @classmethod
    def of(cls, events: Events, pools: Sequence[Columns], pairs: Sequence[Pair]) -> "Known":
        """The columns of pairs whose rows are of these pools."""
        at = {pool.name: number for number, pool in enumerate(pools)}
        pool = np.array([at[events.withdrawals[pair.withdrawal].pool] for pair in pairs], dtype=np.int64)
        put = np.array([pair.deposit for pair in pairs], dtype=np.int64)
        got = np.array([pair.withdrawal for pair in pairs], dtype=np.int64)
        counts = np.zeros((len(pairs), BINS), dtype=np.int64)
        waits, paid, spent = (np.zeros(len(pairs), dtype=np.int64) for _ in range(3))
        for number, columns in enumerate(pools):
            here = np.flatnonzero(pool == number)
            spent[here] = np.searchsorted(columns.rows, put[here])
            paid[here] = np.searchsorted(columns.paid, got[here])
            waits[here] = columns.withdrawn[paid[here]] - columns.deposited[spent[here]]
            counts[here] = count_by_age(columns.deposited, columns.withdrawn[paid[here]])
        part = np.array([tenth(events.withdrawals[pair.withdrawal].nullifier) for pair in pairs], dtype=np.int64)
        return cls(events, pools, pool, paid, spent, waits, part, counts)

    def are_everybody(self) -> bool:
        """Whether they are nearly all withdrawals of every pool, each of which can spend a note of its own.

        Not asked of pools with more notes than are drawn in seconds.
        """
        if max(len(pool.rows) for pool in self.pools) > _MOST_NOTES:
            return False
        enough = all(
            (self.pool == number).sum() >= _EVERYBODY * len(pool.paid) for number, pool in enumerate(self.pools)
        )
        return enough and all(may_be_drawn(pool.deposited, pool.withdrawn) for pool in self.pools)


class Passing(NamedTuple):
    """A model's answers on known pairs, each learnt from the pairs of other tenths."""

    model: str
    """``age`` or ``assignment``."""
    mass: Floats
    """Of each pair (rows): the probability that the right deposit is in each bin of age."""
    given: Callable[[Ints], Floats]
    """The probability of one deposit for each pair, by its place in the pair's pool."""
    by_depositor: Stated
    """Of "it spends a note of this depositor": for each known depositor who has a candidate, but not every one."""


def pass_by_age(known: Known) -> Passing:
    """Each withdrawal for itself."""
    chosen = bin_of(known.waits)
    each = np.zeros(known.counts.shape)
    for number in range(TENTHS):
        here = known.part == number
        each[here] = Waiting.learn(known.counts[~here], chosen[~here]).probability(known.counts[here])
    blocks = [pool.deposited for pool in known.pools]

    def given(places: Ints) -> Floats:
        ages = np.zeros(len(places), dtype=np.int64)
        for number, pool in enumerate(known.pools):
            here = known.pool == number
            ages[here] = pool.withdrawn[known.paid[here]] - pool.deposited[places[here]]
        found: Floats = np.where(ages < 0, 0.0, each[np.arange(len(ages)), bin_of(np.maximum(ages, 0))])
        return found

    def row(pair: int) -> Floats:
        pool = int(known.pool[pair])
        block = known.pools[pool].withdrawn[known.paid[pair]]
        found: Floats = each[pair, bin_of(block - blocks[pool][: known.counts[pair].sum()])]
        return found

    return Passing("age", known.counts * each, given, _by_depositor(known, row))


def pass_by_assignment(known: Known) -> Passing:
    """All withdrawals of a pool at once."""
    drawn: list[Ints] = [np.zeros(0, dtype=np.int64)] * len(known.pool)
    kinds = kinds_of(known.events)
    for number in np.unique(known.part).tolist():
        density = learn_density(known, kinds, known.part != number)
        for place, pool in enumerate(known.pools):
            here = np.flatnonzero((known.part == number) & (known.pool == place))
            if len(here):
                found = draw_spendings(pool.deposited, pool.withdrawn, kinds[pool.paid], density)
                for pair in here.tolist():
                    drawn[pair] = found[:, known.paid[pair]]
    draws = np.array(drawn)
    mass = np.zeros(known.counts.shape)
    for pair, (place, paid) in enumerate(zip(known.pool.tolist(), known.paid.tolist(), strict=True)):
        pool = known.pools[place]
        ages = pool.withdrawn[paid] - pool.deposited[draws[pair]]
        mass[pair] = np.bincount(bin_of(ages), minlength=BINS) / draws.shape[1]
    most = max(len(pool.rows) for pool in known.pools)
    keys, times = np.unique((np.arange(len(draws)) * most)[:, None] + draws, return_counts=True)

    def given(places: Ints) -> Floats:
        wanted = np.arange(len(places)) * most + places
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found: Floats = np.where(keys[at] == wanted, times[at], 0) / draws.shape[1]
        return found

    def row(pair: int) -> Floats:
        found: Floats = np.bincount(draws[pair], minlength=int(known.counts[pair].sum())) / draws.shape[1]
        return found

    return Passing("assignment", mass, given, _by_depositor(known, row))


def learn_density(known: Known, kinds: Ints, chosen: npt.NDArray[np.bool_]) -> Density:
    """How long the chosen pairs' notes waited; `kinds` of all withdrawals. All notes tell how many are never spent."""
    kind = np.array([kinds[known.pools[p].paid[at]] for p, at in zip(known.pool, known.paid, strict=True)])
    ends = [max(int(pool.deposited[-1]), int(pool.withdrawn[-1])) for pool in known.pools]
    stood = np.concatenate([end - pool.deposited for end, pool in zip(ends, known.pools, strict=True)])
    part = float(chosen.sum()) / sum(len(pool.withdrawn) for pool in known.pools)
    return Density.learn(known.waits[chosen], kind[chosen], KINDS, stood, part)


def _by_depositor(known: Known, row: Callable[[int], Floats]) -> Stated:
    owner = depositors_of(known.events)
    probability, right, subject = [np.zeros(0)], [np.zeros(0, dtype=np.bool_)], [np.zeros(0, dtype=np.int64)]
    for pair, place in enumerate(known.pool.tolist()):
        pool = known.pools[place]
        if not pool.interest.any():
            continue
        shares = row(pair)
        own = owner[pool.rows[: len(shares)]]
        names, at = np.unique(own, return_inverse=True)
        kept = names >= 0
        if len(names) > 1 and kept.any():
            sums = np.bincount(at, shares, minlength=len(names))[kept]
            probability.append(np.minimum(sums, 1.0))
            right.append(names[kept] == owner[pool.rows[known.spent[pair]]])
            subject.append(np.full(len(sums), pair, dtype=np.int64))
    return Stated(np.concatenate(probability), np.concatenate(right), np.concatenate(subject))
