"""Events of two sides that agree in all a rule asks, paired in order of time, with the doubt that the order leaves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.links.latency import Latency

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_ENOUGH = 20
"""Neighbours from which the share that kept their order is learnt."""
_TIME_BITS = 36


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs, as columns, sorted by what they agree in and then by time."""

    deposit: Ints
    withdrawal: Ints
    group: Ints
    """Number of the set of equals the pair belongs to."""
    size_deposits: Ints
    """Deposits in that set."""
    size_withdrawals: Ints
    candidates: Ints
    """Deposits of the set that are early enough for the pair's withdrawal."""
    rivals: tuple[tuple[int, Ints, Ints], ...] = ()
    """(pair, deposits, withdrawals) that were left over and could have stood in the pair's place."""

    @classmethod
    def none(cls) -> "Pairing":
        """No pair."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty, empty, empty, empty)

    def __len__(self) -> int:
        return len(self.deposit)

    def only(self, keep: npt.NDArray[np.bool_]) -> "Pairing":
        """The pairs that are kept; what the others were is left over, and taken for nobody's rival."""
        place = np.cumsum(keep) - 1
        return Pairing(
            self.deposit[keep],
            self.withdrawal[keep],
            self.group[keep],
            self.size_deposits[keep],
            self.size_withdrawals[keep],
            self.candidates[keep],
            tuple((int(place[pair]), spare, late) for pair, spare, late in self.rivals if keep[pair]),
        )

    def latency(self, times: Ints, out: Ints) -> Ints:
        """Seconds between the two events of each pair."""
        return out[self.withdrawal] - times[self.deposit]

    def swappable(self, times: Ints, out: Ints, finality: int) -> npt.NDArray[np.bool_]:
        """For each pair but the last: whether it and the next are equals and could be paired crosswise as well."""
        same = self.group[1:] == self.group[:-1]
        crossed: npt.NDArray[np.bool_] = same & (times[self.deposit[1:]] + finality <= out[self.withdrawal[:-1]])
        return crossed

    def probability(self, kept: float, latency: Latency, times: Ints, out: Ints, finality: int) -> Floats:
        """Of each pair: that its neighbours kept their order, and that no event left over belongs in its place."""
        crossed = self.swappable(times, out, finality)
        doubts = np.zeros(len(self), dtype=np.int64)
        doubts[:-1] += crossed
        doubts[1:] += crossed
        found: Floats = np.float64(kept) ** doubts
        for pair, deposits, withdrawals in self.rivals:
            own = latency.at(out[self.withdrawal[pair : pair + 1]] - times[self.deposit[pair : pair + 1]])[0]
            others = latency.at(out[self.withdrawal[pair]] - times[deposits]).sum()
            others += latency.at(out[withdrawals] - times[self.deposit[pair]]).sum()
            found[pair] *= own / (own + others)
        return found


def pair_equals(deposits: Ints, withdrawals: Ints, key: Ints, split: int, time: Ints, finality: int) -> Pairing:
    """Pairs rows of the two sides whose keys are equal: the first deposit with the first payout, and so on.

    `key` and `time` hold both sides, withdrawals after `split`. A set where the order leaves somebody unpaired is
    walked one by one: each payout takes the earliest deposit that is left and early enough.
    """
    dense = np.unique(np.concatenate([key[deposits], key[withdrawals + split]]), return_inverse=True)[1]
    left = _Sorted.of(deposits, dense[: len(deposits)], time[deposits])
    right = _Sorted.of(withdrawals, dense[len(deposits) :], time[withdrawals + split])
    first = np.searchsorted(left.group, right.group, side="left")
    given = np.searchsorted(left.group, right.group, side="right") - first
    paid = right.size()
    at = np.minimum(first + right.rank(), len(left.group) - 1)
    early = (right.rank() < given) & (left.time[at] + finality <= right.time)
    odd = (given > 0) & ((given != paid) | ~early) & ~((given == 1) & (paid == 1))
    odd = np.isin(right.group, right.group[odd])
    plain = np.flatnonzero(early & ~odd)
    walked = [_walk(left, right, group, finality) for group in np.unique(right.group[odd]).tolist()]
    pairs = np.array([(d, w) for found in walked for d, w in found.pairs], dtype=np.int64).reshape(-1, 2)
    left_rows, right_rows = np.concatenate([at[plain], pairs[:, 0]]), np.concatenate([plain, pairs[:, 1]])
    rivals, start = [], len(plain)
    for found in walked:
        rivals += [(start + index, left.row[spare], right.row[late]) for index, spare, late in found.rivals]
        start += len(found.pairs)
    limits = (right.group[right_rows] << _TIME_BITS) + right.time[right_rows] - finality
    reach = np.searchsorted((left.group << _TIME_BITS) + left.time, limits, side="right")
    return Pairing(
        left.row[left_rows],
        right.row[right_rows],
        right.group[right_rows],
        given[right_rows],
        paid[right_rows],
        reach - first[right_rows],
        tuple(rivals),
    )


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows of one side by group, then time."""

    row: Ints
    group: Ints
    time: Ints

    @classmethod
    def of(cls, rows: Ints, group: Ints, time: Ints) -> "_Sorted":
        order = np.lexsort((rows, time, group))
        return cls(rows[order], group[order].astype(np.int64), time[order])

    def rank(self) -> Ints:
        """Place of each row within its group."""
        found: Ints = np.arange(len(self.group)) - np.searchsorted(self.group, self.group, side="left")
        return found

    def size(self) -> Ints:
        """Size of each row's group."""
        left = np.searchsorted(self.group, self.group, side="left")
        found: Ints = np.searchsorted(self.group, self.group, side="right") - left
        return found


@dataclass(frozen=True, slots=True)
class _Walked:
    pairs: list[tuple[int, int]]
    rivals: list[tuple[int, Ints, Ints]]


def _walk(left: _Sorted, right: _Sorted, group: int, finality: int) -> _Walked:
    """One set of equals that does not pair off plainly; numbers are places in the sorted columns."""
    d, end = (int(np.searchsorted(left.group, group, side=side)) for side in ("left", "right"))
    w, last = (int(np.searchsorted(right.group, group, side=side)) for side in ("left", "right"))
    first = d
    pairs, unpaid = [], []
    for payout in range(w, last):
        if d < end and left.time[d] + finality <= right.time[payout]:
            pairs.append((d, payout))
            d += 1
        else:
            unpaid.append(payout)
    spare, late = np.arange(first + len(pairs), end), np.array(unpaid, dtype=np.int64)
    rivals = []
    for index, (deposit, payout) in enumerate(pairs):
        deposits = spare[left.time[spare] + finality <= right.time[payout]]
        withdrawals = late[right.time[late] >= left.time[deposit] + finality]
        if len(deposits) or len(withdrawals):
            rivals.append((index, deposits, withdrawals))
    return _Walked(pairs, rivals)


def order_kept(pairs: Pairing, who: Ints, times: Ints, out: Ints, finality: int) -> float:
    """Of neighbouring unique pairs that could have been paid in either order, the share that kept it.

    Neighbours are two requests of one recipient in a row, where there are enough of them to learn from; else any two
    in a row. With few the answer tends to a half.
    """
    lone = np.flatnonzero(pairs.size_deposits * pairs.size_withdrawals == 1)
    deposit, withdrawal = pairs.deposit[lone], pairs.withdrawal[lone]
    for persons in (who[deposit], np.zeros(len(lone), dtype=np.int64)):
        order = np.lexsort((times[deposit], persons))
        asked, paid, person = times[deposit[order]], out[withdrawal[order]], persons[order]
        either = (person[1:] == person[:-1]) & (asked[1:] + finality <= np.minimum(paid[1:], paid[:-1]))
        kept = int((either & (paid[1:] >= paid[:-1])).sum())
        if either.sum() >= _ENOUGH:
            break
    return (kept + 1) / (int(either.sum()) + 2)
