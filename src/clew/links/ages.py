"""How long the notes of the pools at hand wait, learnt from their events alone.

Which withdrawal spent which note is hidden, but that many come at one age of a note is no chance. So each withdrawal is
shared over the notes before it in proportion to the density of their ages, and the density is learnt anew from these
shares, again and again, each time smoothed over neighbouring ages (EMS: Silverman, Jones, Wilson and Nychka, Journal of
the Royal Statistical Society B 52, 1990). What known pairs say of other pools (`waiting`) is the first guess, and
counts as few notes. Withdrawals to addresses that are paid several notes wait otherwise than others, and are learnt
apart, from all where they are few. A note that was put in late was never seen to wait long: each age counts by the
notes that have been there so long.

An address that is paid and had put in a note itself mostly takes back its own (Béres et al., arXiv 2005.14051). How
often chance alone pays such an address is told by those that were paid first and put in a note only later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.links.waiting import EDGES, Waiting

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_PER_OCTAVE = 8
AGES: Ints = np.array([0, *(round(20 * 2 ** (n / _PER_OCTAVE)) for n in range(15 * _PER_OCTAVE + 1)), 2**62])
"""Blocks: eight bins to an octave from 20 on, so that each of `waiting` begins where one of these does."""
_BELL: Floats = np.array([1, 4, 6, 4, 1]) / 16
"""How much of its neighbours a bin is given."""
_BINS = len(AGES) - 1
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
    own: Flags
    """Whether the withdrawal is paid to who put in the note, be it later."""
    stood: Ints
    """Of each note: blocks from its deposit to the pool's last event."""

    @classmethod
    def of(cls, blocks: tuple[Ints, Ints], holders: tuple[Ints, Ints], several: Ints) -> "Aged":
        """From deposits and withdrawals: their blocks, who put in and who was paid."""
        until = max(int(side.max(initial=0)) for side in blocks)
        age = blocks[1][:, None] - blocks[0][None, :]
        own = holders[1][:, None] == holders[0][None, :]
        return cls(np.searchsorted(AGES, age, side="right").astype(np.int64) - 1, several, own, until - blocks[0])

    @property
    def back(self) -> Flags:
        """Whether the withdrawal may take back the note to who had put it in."""
        found: Flags = self.own & (self.bin >= 0)
        return found


@dataclass(frozen=True, slots=True)
class Ages:
    """How long notes wait."""

    mass: Floats
    """The chance of each bin of `AGES` (columns), of a note that one withdrawal alone is paid for, and one of several
    (rows)."""
    taken: Floats
    """The chance of a note, of either kind, to be taken out at each of `AGES`; some never are."""
    width: Floats
    """Blocks of each bin; the last goes as far as was seen."""
    returned: float
    """How often an address that had put in a note, and is paid one, takes back its own."""

    @classmethod
    def learn(cls, pools: Sequence[Aged], waiting: Waiting) -> "Ages":
        """From the events of pools, and a first guess."""
        longest = max((int(pool.stood.max(initial=0)) for pool in pools), default=0)
        width = np.diff(np.minimum(AGES, max(longest, 2 * int(AGES[-2])))).astype(np.float64)
        guess = _spread(waiting)
        stood = np.concatenate([pool.stood for pool in pools]) if pools else np.zeros(0, dtype=np.int64)
        there = np.clip((stood[:, None] - AGES[None, :-1]) / width, 0, 1).sum(axis=0)
        found = cls(np.array([guess, guess]), guess, width, _returned(pools))
        for _ in range(_ROUNDS):
            found = found._again(pools, guess, there)
        return found

    def _again(self, pools: Sequence[Aged], guess: Floats, there: Floats) -> "Ages":
        """Learnt from the shares that these ages give. `there`: notes that have been in a pool for each bin."""
        seen = np.zeros((2, _BINS))
        for pool in pools:
            share = _rows(self.weigh(pool))
            for kind in (0, 1):
                rows = pool.several == kind
                which, weight = np.maximum(pool.bin[rows], 0).ravel(), share[rows].ravel()
                seen[kind] += np.bincount(which, weight, minlength=_BINS)
        seen = np.array([_smoothed(each) for each in seen])
        taken = (seen.sum(axis=0) + _KNOWN * guess) / (there + _KNOWN)
        part = (seen.sum(axis=1) / max(1.0, float(seen.sum())))[:, None]
        mass = (seen + _KNOWN * taken / taken.sum()) / (there * part + _KNOWN)
        return Ages(mass / mass.sum(axis=1, keepdims=True), taken, self.width, self.returned)

    def weigh(self, pool: Aged) -> Floats:
        """Of each withdrawal and note: the density of the age between them; where an address may take back its own,
        shared between its notes and the others by how often that is so. 0 where the withdrawal came first."""
        density = (self.mass / self.width)[pool.several[:, None], pool.bin]
        found: Floats = np.where(pool.bin < 0, 0.0, density)
        rows, back = np.flatnonzero(pool.back.any(axis=1)), pool.back
        mine, others = (_rows(np.where(which[rows], found[rows], 0.0)) for which in (back, ~back))
        alone = np.where(others.any(axis=1, keepdims=True), self.returned, 1.0)
        found[rows] = alone * mine + (1 - alone) * others
        return found

    def left(self, pool: Aged) -> Floats:
        """The chance of each note to be in the pool still, of a thousandth at least."""
        gone = np.concatenate([[0.0], self.taken.cumsum()])
        edges = np.concatenate([[0.0], self.width.cumsum()])
        found: Floats = np.maximum(1 - np.interp(pool.stood, edges, gone), _LEAST_LEFT)
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


def _smoothed(seen: Floats) -> Floats:
    """Over neighbouring bins; beyond the ends it is as at them."""
    found: Floats = np.convolve(np.pad(seen, len(_BELL) // 2, mode="edge"), _BELL, "valid")
    return found


def _rows(table: Floats) -> Floats:
    """Each row in proportion, adding up to 1 where it holds anything."""
    total = table.sum(axis=1, keepdims=True)
    found: Floats = np.divide(table, total, out=np.zeros(table.shape), where=total > 0)
    return found
