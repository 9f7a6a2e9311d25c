"""How long the notes of the pools at hand wait, learnt from their events alone.

Which withdrawal spent which note is hidden, but that many come at one age of a note is no chance. So each withdrawal is
shared over the notes before it in proportion to the density of their ages, and the density is learnt anew from these
shares, again and again, each time smoothed over neighbouring ages (EMS: Silverman, Jones, Wilson and Nychka, Journal of
the Royal Statistical Society B 52, 1990). Ages can be learnt from whole assignments too, where those are drawn
(`withdrawals`). What known pairs say of other pools (`waiting`) is the first guess, and counts as few notes.
Withdrawals to addresses that are paid several notes wait otherwise than others, and are learnt apart, from all where
they are few. A note that was put in late was never seen to wait long: each age counts by the notes that have been there
so long.

A theft's notes are learnt apart from everybody's too. How thieves wait nobody has counted, and it is not how the crowd
does: until their own notes say more, they are as likely taken out at any time as at any other. They are few, so what is
seen of them is smoothed over an octave, lest a chance of two or three notes passes for a habit.

An address that is paid and had put in a note itself mostly takes back its own (Béres et al., arXiv 2005.14051). How
often chance alone pays such an address is told by those that were paid first and put in a note only later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.links.smoothing import smoothed
from clew.links.waiting import EDGES, Waiting

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_PER_OCTAVE = 8
AGES: Ints = np.array([0, *(round(20 * 2 ** (n / _PER_OCTAVE)) for n in range(15 * _PER_OCTAVE + 1)), 2**62])
"""Blocks: eight bins to an octave from 20 on, so that each of `waiting` begins where one of these does."""
_BINS = len(AGES) - 1
_NARROW, _WIDE = 1.5, 8.0
"""How wide the bell is under which a wait is seen, in bins: of everybody's notes, and of a theft's."""
_KNOWN = 7.0
"""Notes that the first guess counts as: one for each bin of `waiting`."""
_ROUNDS = 25
_LEAST_LEFT = 1e-3
"""The chance to be in the pool still is never held to be less."""


class Aged(NamedTuple):
    """One pool: its withdrawals (rows) and notes (columns)."""

    bin: Ints
    """Which of `AGES` the note was of when the withdrawal came; -1 where it was not there yet."""
    several: Ints
    """Of each withdrawal: 1 where its address is paid several notes, else 0."""
    recipient: Ints
    """Of each withdrawal: a number for the address that is paid, the same in all pools."""
    own: Flags
    """Whether the withdrawal is paid to who put in the note, be it later."""
    stood: Ints
    """Of each note: blocks from its deposit to the pool's last event."""
    stolen: Ints
    """Of each note: 1 where it is a theft's, as far as is known, else 0."""
    taken: Ints
    """Of each pair, its place in `Ages.taken`, flat."""
    taught: Ints
    """Of each pair, its place in `Ages.taught`, flat."""

    @classmethod
    def of(cls, blocks: tuple[Ints, Ints], holders: tuple[Ints, Ints], several: Ints, stolen: Ints) -> "Aged":
        """From deposits and withdrawals: their blocks, who put in and who was paid."""
        until = max(int(side.max(initial=0)) for side in blocks)
        age = blocks[1][:, None] - blocks[0][None, :]
        own = holders[1][:, None] == holders[0][None, :]
        bins = np.searchsorted(AGES, age, side="right").astype(np.int64) - 1
        taken = _cells(stolen[None, :], several[:, None], bins)
        taught = _cells(holders[1][:, None], stolen[None, :], bins)
        return cls(bins, several, holders[1], own, until - blocks[0], stolen, taken, taught)

    @property
    def back(self) -> Flags:
        """Whether the withdrawal may take back the note to who had put it in."""
        found: Flags = self.own & (self.bin >= 0)
        return found


@dataclass(frozen=True, slots=True)
class Ages:
    """How long notes wait."""

    taken: Floats
    """The chance to be taken out at each of `AGES` (last axis), of everybody's notes and of a theft's (first), to an
    address that is paid one note and to one that is paid several (second). Some notes never are."""
    taught: Floats
    """Of `taken`, by recipient, note (everybody's, a theft's) and age: what the withdrawals to him have added."""
    width: Floats
    """Blocks of each bin; the last goes as far as was seen."""
    returned: float
    """How often an address that had put in a note, and is paid one, takes back its own."""

    def weigh(self, pool: Aged) -> Floats:
        """Of each withdrawal and note: the density of the age between them; where an address may take back its own,
        shared between its notes and the others by how often that is so. 0 where the withdrawal came first.

        What the withdrawals to one address have taught does not count for them, else a chance would confirm itself; a
        little of it stays, in what all kinds of withdrawal teach each.
        """
        taken = (self.taken / self.width).ravel()[pool.taken]
        taken -= (self.taught / self.width).ravel()[pool.taught]
        found: Floats = np.where(pool.bin < 0, 0.0, np.maximum(taken, 0.0))
        rows, back = np.flatnonzero(pool.back.any(axis=1)), pool.back
        mine, others = (_rows(np.where(which[rows], found[rows], 0.0)) for which in (back, ~back))
        alone = np.where(others.any(axis=1, keepdims=True), self.returned, 1.0)
        found[rows] = alone * mine + (1 - alone) * others
        return found

    def left(self, pool: Aged) -> Floats:
        """The chance of each note to be in the pool still, of a thousandth at least."""
        edges = np.concatenate([[0.0], self.width.cumsum()])
        gone = [np.interp(pool.stood, edges, np.concatenate([[0.0], each.cumsum()])) for each in self.taken.sum(axis=1)]
        found: Floats = np.maximum(1 - np.where(pool.stolen, gone[1], gone[0]), _LEAST_LEFT)
        return found


class Waits:
    """The events of pools and a first guess, from which ages are learnt."""

    def __init__(self, pools: Sequence[Aged], waiting: Waiting) -> None:
        self._pools, self._returned = pools, _returned(pools)
        longest = max([1, *(int(pool.stood.max(initial=0)) for pool in pools)])
        self._width = np.diff(np.minimum(AGES, max(longest, 2 * int(AGES[-2])))).astype(np.float64)
        self._first = _spread(waiting)
        self._passed: Floats = np.clip(longest - AGES[:-1], 0.0, self._width)
        """Blocks of each bin that have passed since the first note."""
        self._there = np.array([_there(pools, stolen, self._width) for stolen in (0, 1)])
        """How many notes, everybody's and a theft's, have stood so long."""
        self.recipients = 1 + max((int(pool.recipient.max(initial=-1)) for pool in pools), default=-1)
        self._several = np.zeros(self.recipients, dtype=np.int64)
        """Of each recipient, whether he is paid several notes."""
        for pool in pools:
            self._several[pool.recipient] = pool.several

    def learn(self) -> Ages:
        """From the events alone: each withdrawal is shared over the notes, again and again."""
        nothing = np.zeros((self.recipients, 2, _BINS))
        found = Ages(np.tile(self._first / 2, (2, 2, 1)), nothing, self._width, self._returned)
        for _ in range(_ROUNDS):
            found = self.learn_from([_rows(found.weigh(pool)) for pool in self._pools])
        return found

    def learn_from(self, shares: Sequence[Floats]) -> Ages:
        """From the notes that withdrawals spent: of each pool how much each withdrawal (row) has of each note (column),
        in pairs."""
        seen = np.zeros(self.recipients * 2 * _BINS)
        for pool, share in zip(self._pools, shares, strict=True):
            seen += np.bincount(pool.taught.ravel(), share.ravel(), minlength=len(seen))
        return self._learnt(seen.reshape(self.recipients, 2, _BINS))

    def _learnt(self, seen: Floats) -> Ages:
        """From the waits seen, by recipient, note and age."""
        seen = np.stack([smoothed(seen[:, 0], _NARROW), smoothed(seen[:, 1], _WIDE)], axis=1)
        crowd, theft = np.stack([seen[self._several == kind].sum(axis=0) for kind in (0, 1)], axis=1)
        there, part = self._there, _parts(crowd)
        by_all = _chance(crowd.sum(axis=0), there[0], self._first)
        by_each = _chance(crowd, there[0], part * by_all)
        rate = (by_each * self._passed / self._width).sum() / self._passed.sum()
        taken = np.array([by_each, _chance(theft, there[1], part * rate * self._width)])
        return Ages(taken, seen / (there + _KNOWN), self._width, self._returned)


def _cells(first: Ints, second: Ints, age: Ints) -> Ints:
    """Places in a flat array by `first`, by `second` (0 or 1) and by age; of no age, that of the first."""
    return (2 * first + second) * _BINS + np.maximum(age, 0)


def _there(pools: Sequence[Aged], stolen: int, width: Floats) -> Floats:
    """How many notes, stolen or not, have been in a pool for each bin."""
    stood = [pool.stood[pool.stolen == stolen] for pool in pools]
    found = (np.clip((each[:, None] - AGES[None, :-1]) / width, 0, 1).sum(axis=0) for each in stood)
    return sum(found, np.zeros(_BINS))


def _parts(seen: Floats) -> Floats:
    """The share of each kind of withdrawal (rows); one of them all is added, lest a kind be held impossible."""
    count = seen.sum(axis=1, keepdims=True)
    found: Floats = (count + 1 / len(count)) / (count.sum() + 1)
    return found


def _chance(seen: Floats, there: Floats, guess: Floats) -> Floats:
    """The chance to be taken out at each age, where a guess counts as few notes."""
    found: Floats = (seen + _KNOWN * guess) / (there + _KNOWN)
    return found


def _returned(pools: Sequence[Aged]) -> float:
    """The share of addresses paid after they had put in a note that is beyond those paid before they did.

    One of either meaning is added, so that few tell little.
    """
    after = sum(int(pool.back.any(axis=1).sum()) for pool in pools)
    before = sum(int((pool.own.any(axis=1) & ~pool.back.any(axis=1)).sum()) for pool in pools)
    return (max(0, after - before) + 1) / (after + 2)


def _spread(waiting: Waiting) -> Floats:
    """The weights of the coarse bins, each spread evenly over the fine ones in it."""
    coarse = np.searchsorted(EDGES, AGES[:-1], side="right") - 1
    weight = waiting.weight / waiting.weight.sum()
    found: Floats = weight[coarse] / np.bincount(coarse, minlength=len(weight))[coarse]
    return found


def _rows(table: Floats) -> Floats:
    """Each row in proportion, adding up to 1 where it holds anything."""
    total = table.sum(axis=1, keepdims=True)
    found: Floats = np.divide(table, total, out=np.zeros(table.shape), where=total > 0)
    return found
