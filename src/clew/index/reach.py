"""What can be reached from accounts in time, or could have reached them: transfers of an index, in ledger order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.errors import VerificationError
from clew.index.arranging import in_order
from clew.index.directory import rows_of
from clew.index.frontier import (
    ACCOUNT,
    BLOCK,
    BLOCKS,
    DONE,
    FAR,
    FOUND,
    FULL,
    HEAD,
    LISTS,
    LOCALS,
    LOOKED,
    NEED,
    TORN,
    WINDOWS,
    Walk,
    begin,
    look_up_all,
    marks_of,
    rehash,
    start_at,
    stop_at,
    visited_of,
)
from clew.index.histories import add_received, add_sent
from clew.index.segment import PLAIN, Segment, amounts_of
from clew.index.walking import walk_on

MOST_REACHED = 20_000_000
_RESERVED = 1 << 25
"""Transfers for which room is kept from the start; the system gives memory when it is first touched."""
_GROWTH = 2
"""Bits by which the table of slots grows: a copy costs less than the pages of a table that stays empty."""
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """`n` transfers in ledger order, among `k` accounts that have local numbers; number `k` is the outside."""

    ordinal: Any
    """``uint32[n]``."""
    sender: Any
    """``int32[n]``: local numbers."""
    receiver: Any
    amount: Any
    """``uint64[n]``, or ``uint64[n, 2]`` with the least limb first where one needs more than 63 bits."""
    accounts: Any
    """``uint32[k]``: account of each local number."""
    since: Any
    """``uint32[k]``: ordinal at which it is reached first (backwards: behind the last at which it can matter);
    `UNREACHED` for a busy account that is not reached."""
    followed: Any
    """``bool[k]``: reached, and not a busy one at which the walk stops."""
    horizon: int
    """The last ordinal up to which all is there (backwards: the first from which on)."""
    cut: bool
    """Whether the horizon is nearer than was asked for, because more would be reached than may be."""
    backward: bool


class Walker:
    """One walk over the segments of an index, for one `run` and then, where it is wanted, `complete`.

    Segments are of one time after the other, so the walk goes through each once: what is reached in a later one is
    never news in an earlier one.
    """

    def __init__(self, segments: Sequence[Segment], *, backward: bool = False, most: int = MOST_REACHED) -> None:
        self._segments = segments
        self._backward = backward
        self._most = most
        self._wide_from = np.cumsum([0, *(len(segment.wide) for segment in segments)])
        self._placed = 0
        self._sources: list[int] = []
        self._walked = 0
        found = min(2 * most, _RESERVED)
        self._walk = Walk(
            slots=np.zeros((1 << 12, 2), np.uint64),
            accounts=np.empty(found, np.uint32),
            windows=np.full((WINDOWS, 2), -1, np.int64),
            due=np.empty(2 * WINDOWS * BLOCK, np.uint32),
            after=np.empty(2 * WINDOWS, np.int64),
            lists=np.full((LISTS, 3), -1, np.int64),
            frame=np.zeros(2, np.uint64),
            keys=np.empty(found, np.uint64),
            ends=np.empty((found, 2), np.uint32),
            words=np.empty(found, np.uint64),
            counters=np.zeros(9, np.int64),
        )

    def run(self, sources: Sequence[tuple[int, int]], *, stops: Any, horizon: int) -> Reach:
        """Walk from (account, ordinal) to the ordinal `horizon`, and not on from the accounts `stops`.

        Forward, a source has taint from its ordinal on; backwards, all it received up to its ordinal counts.
        VerificationError where a segment is not what was written.
        """
        self._grow(len(sources) + len(stops))
        stop_at(self._walk, stops)
        edge = self._value(horizon)
        for account, ordinal in sources:
            mark = self._value(ordinal + 1) if self._backward else self._value(ordinal)
            self._sources.append(start_at(self._walk, account, mark))
        cut = False
        for number in self._order():
            segment = self._segments[number]
            if self._value(segment.end - 1 if self._backward else segment.first) > edge:
                break
            self._grow(self._walk.counters[LOCALS])
            begin(self._walk, edge)
            while (status := self._step(number, edge)) != DONE:
                if status == FULL:
                    edge, cut = self._keep_first(self._known(number, edge)), True
                else:
                    self._grow(self._walk.counters[NEED])
            self._place_words(number)
        if self._walk.counters[FOUND] > self._most:
            edge, cut = self._keep_first(self._walk.keys[: self._walk.counters[FOUND]] >> _HALF), True
        self._walked = int(self._walk.counters[FOUND])
        if self._backward:
            self._turn_round(self._walked)
        return self._reach(int(self._value(int(edge))), cut)

    def complete(self, reach: Reach) -> Reach:
        """The reach of `run` with the rest of the histories that matter (`clew.index.histories`).

        Of every account that was walked on from: what it sent before it was reached (backwards: up to when it can
        matter) and, forward, what it received from outside.
        """
        active = np.zeros(len(reach.accounts), np.bool_)
        active[self._walk.ends[: self._walked, int(self._backward)]] = True
        active[self._sources] = True
        locals_ = np.flatnonzero(active & reach.followed)
        limits = reach.since[locals_].astype(np.uint64) - np.uint64(self._backward)
        outside = len(reach.accounts)
        for number, segment in enumerate(self._segments):
            self._add_all(number, lambda walk: add_sent(walk, segment, locals_, limits, outside))  # noqa: B023
        for number, segment in enumerate([] if self._backward else self._segments):
            limit = np.uint64(reach.horizon)
            self._add_all(number, lambda walk: add_received(walk, segment, locals_, limit, outside))  # noqa: B023
        return self._reach(reach.horizon, reach.cut)

    def _turn_round(self, found: int) -> None:
        """Let what was found against time be told as it happened."""
        keys, ends = self._walk.keys[:found], self._walk.ends[:found]
        keys[:] = ((FAR << _HALF) - (keys & ~_LOW)) | (keys & _LOW)
        ends[:] = ends[:, ::-1].copy()

    def _order(self) -> range:
        count = len(self._segments)
        return range(count - 1, -1, -1) if self._backward else range(count)

    def _value(self, ordinal: int) -> Any:
        """An ordinal as the kernels count it; and back."""
        return FAR - np.uint64(ordinal) if self._backward else np.uint64(ordinal)

    def _step(self, number: int, edge: Any) -> int:
        return self._checked(
            number, int(walk_on(self._walk, self._segments[number], edge, 2 * self._most, self._backward))
        )

    def _checked(self, number: int, status: int) -> int:
        if status == TORN:
            place = f"segment {number} of the index"
            raise VerificationError("it is not what was written", where=place, mend="clew index status --check")
        return status

    def _add_all(self, number: int, step: Callable[[Walk], int]) -> None:
        """Run a step of `complete` over one segment."""
        self._walk.counters[HEAD] = 0
        while self._checked(number, int(step(self._walk))) != DONE:
            self._grow(self._walk.counters[NEED])
        self._place_words(number)

    def _place_words(self, number: int) -> None:
        """Let the amount words that were added since refer to the wide amounts of all segments."""
        found, base = int(self._walk.counters[FOUND]), np.uint64(self._wide_from[number])
        words = self._walk.words[self._placed : found]
        if len(self._segments[number].wide) and base:
            words[words >= PLAIN] += base
        self._placed = found

    def _grow(self, need: int) -> None:
        """Room for `need` more of everything."""
        walk, counters = self._walk, self._walk.counters
        slots, locals_ = walk.slots, int(counters[LOCALS] + need)
        if 2 * locals_ > len(slots):
            bits = max((2 * locals_ - 1).bit_length(), len(slots).bit_length() - 1 + _GROWTH)
            slots = np.zeros((1 << bits, 2), np.uint64)
            rehash(walk.slots, slots)
        blocks = int(counters[BLOCKS] + need // BLOCK + WINDOWS + 2)
        found = counters[FOUND] + need
        self._walk = walk._replace(
            slots=slots,
            accounts=_longer(walk.accounts, locals_),
            due=_longer(walk.due, blocks * BLOCK),
            after=_longer(walk.after, blocks),
            keys=_longer(walk.keys, found),
            ends=_longer(walk.ends, found),
            words=_longer(walk.words, found),
        )

    def _known(self, number: int, edge: Any) -> Any:
        """Where all stands that was found, or would be by the visit that has no room."""
        self._grow(self._walk.counters[FOUND] - self._walk.counters[LOOKED])
        walk, counters, segment = self._walk, self._walk.counters, self._segments[number]
        look_up_all(walk)
        self._place_words(number)
        account = int(counters[ACCOUNT])
        first, last = rows_of(segment.into if self._backward else segment.out, account)
        rows = segment.refs[first:last] if self._backward else slice(first, last)
        due = segment.rows[rows, 0] >> _HALF
        due = FAR - due if self._backward else due
        word = visited_of(walk.slots, account)
        due = due[(due > word & _LOW) & (due <= min(word >> _HALF, edge))]
        return np.concatenate([walk.keys[: counters[FOUND]] >> _HALF, due])

    def _keep_first(self, known: Any) -> Any:
        """Draw the horizon so near that no more than may be stands within it, and keep what does.

        What is not known yet can only bring it nearer; so in the end it is the same, in whatever order accounts are
        visited: the first `most` transfers that can be reached.
        """
        walk, counters = self._walk, self._walk.counters
        edge = np.partition(known, self._most - 1)[self._most - 1]
        found = int(counters[FOUND])
        kept = np.flatnonzero(walk.keys[:found] >> _HALF <= edge)
        count = len(kept)
        walk.keys[:count] = (walk.keys[kept] & ~_LOW) | np.arange(count, dtype=np.uint64)
        walk.ends[:count], walk.words[:count] = walk.ends[kept], walk.words[kept]
        counters[FOUND] = counters[LOOKED] = self._placed = count
        return edge

    def _reach(self, horizon: int, cut: bool) -> Reach:
        walk, counters = self._walk, self._walk.counters
        found, locals_ = int(counters[FOUND]), int(counters[LOCALS])
        ordinal, sender, receiver, words = in_order(walk.keys[:found], walk.ends, walk.words)
        since, stopped = np.empty(locals_, np.uint64), np.empty(locals_, np.bool_)
        marks_of(walk.slots, since, stopped)
        reached = since <= self._value(horizon)  # a mark beyond it was set before the horizon was cut
        since = np.where(reached, FAR - since if self._backward else since, FAR).astype(np.uint32)
        amount, followed = self._amounts(words), reached & ~stopped
        accounts = walk.accounts[:locals_]
        return Reach(ordinal, sender, receiver, amount, accounts, since, followed, horizon, cut, self._backward)

    def _amounts(self, words: Any) -> Any:
        if not self._wide_from[-1] or not (words >= PLAIN).any():
            return words
        return amounts_of(words, np.concatenate([segment.wide for segment in self._segments]))


def _longer(column: Any, count: int) -> Any:
    if count <= len(column):
        return column
    grown = np.empty((2 * int(count), *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown
