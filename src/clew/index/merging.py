"""Several segments made one: lists of each account put one behind the other, range of accounts by range.

Each segment is read once from its beginning to its end and nothing is sorted, as the lists of one account follow each
other in time. What references need is where each row went: four bytes for each transfer, the only memory that grows
with them.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import inlined, kernel
from clew.index.directory import Directory, add_degrees, fill_owners, is_dense, position, rows_before, sparse_directory
from clew.index.segment import PLAIN, Segment
from clew.index.storage import NAMES, SegmentWriter, Stored, new_name, place_of

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_AHEAD = 16
RANGE = 1 << 24
"""Accounts of a range at most, and rows of it but for an account that has more."""
THREADS = 2


class _Part(NamedTuple):
    """The merged lists of a range of accounts."""

    data: Any
    counts: Any
    first_account: int
    first_row: int


def merge_segments(
    folder: Path,
    segments: Sequence[Segment],
    accounts: int,
    busy: Any,
    *,
    names: bytes = b"",
    progress: Callable[[int], None],
    rows_done: Callable[[], None] = lambda: None,
) -> Stored:
    """Write the segment that holds what `segments`, each of which follows the one before, hold together.

    `busy` as of `Segment.busy`; `progress` is told how many rows are done, twice for each transfer; `rows_done` is
    called when `Segment.rows` are needed no more, and may take them out of `segments`.
    """
    first, transfers = segments[0].first, sum(segment.transfers for segment in segments)
    moved = [np.empty(segment.transfers, np.uint32) for segment in segments]
    shifts = []
    with SegmentWriter(folder / new_name()) as writer:
        for side, name in ((0, "rows"), (1, "refs")):
            merged = _Merger(segments, moved, side)
            active = sum(merged.directory(segment).active for segment in segments)
            directory = _DirectoryWriter(writer, "into-" if side else "out-", accounts, is_dense(accounts, active))
            for part in _in_order(merged.part, merged.ranges(accounts)):
                writer.write(name, part.data)
                directory.add(part)
                progress(len(part.data))
            shifts.append(directory.finish(transfers))
            if not side:
                rows_done()
        for name in ("wide", "times"):
            writer.write(name, np.concatenate([segment.files()[name] for segment in segments]))
        writer.write("busy", busy)
        if names:
            writer.write(NAMES, names)
        return writer.finish(place_of(first, transfers), first, transfers, (shifts[0], shifts[1]))


class _Merger:
    """Merges one side: rows by sender (0), which writes down where each went, or references by receiver (1)."""

    def __init__(self, segments: Sequence[Segment], moved: Sequence[Any], side: int) -> None:
        self._segments = segments
        self._moved = moved
        self._side = side
        sizes = [len(segment.wide) for segment in segments]
        self._wide = [sum(sizes[:i]) for i in range(len(sizes))]

    def directory(self, segment: Segment) -> Directory:
        """The one of this side."""
        return segment.into if self._side else segment.out

    def _before(self, account: int) -> int:
        return sum(int(rows_before(self.directory(segment), account)) for segment in self._segments)

    def ranges(self, accounts: int) -> Iterator[tuple[int, int]]:
        """Ranges of accounts that have about `RANGE` rows, one account at least."""
        start = 0
        while start < accounts:
            most = self._before(start) + RANGE
            low, high = start + 1, min(accounts, start + RANGE)
            while low < high:
                middle = (low + high + 1) >> 1
                low, high = (middle, high) if self._before(middle) <= most else (low, middle - 1)
            yield start, low
            start = low

    def part(self, first: int, last: int) -> _Part:
        """The lists of the accounts from `first` to before `last`."""
        counts = np.zeros(last - first, np.uint32)
        for segment in self._segments:
            add_degrees(self.directory(segment), first, counts)
        cursor = np.cumsum(counts, dtype=np.int64)
        total = int(cursor[-1])
        cursor -= counts
        base = self._before(first)
        target = np.empty(total, np.uint32) if self._side else np.empty((total, 2), np.uint64)
        for segment, moved, wide in zip(self._segments, self._moved, self._wide, strict=True):
            if self._side:
                copy_refs(segment.into, segment.refs, first, last, cursor, target, moved)
            else:
                copy_rows(segment.out, segment.rows, first, last, cursor, target, moved, base, np.uint64(wide))
        return _Part(target, counts, first, base)


class _DirectoryWriter:
    """Writes the directory of merged lists as they come."""

    def __init__(self, writer: SegmentWriter, prefix: str, accounts: int, dense: bool) -> None:
        self._writer, self._prefix, self._accounts, self._dense = writer, prefix, accounts, dense
        self._entries: list[Any] = []
        self._last_row = 0
        self._owners: list[Any] = []

    def add(self, part: _Part) -> None:
        """The accounts of one range."""
        starts = part.first_row + np.cumsum(part.counts, dtype=np.int64) - part.counts
        if self._dense:
            self._writer.write(f"{self._prefix}table", starts.astype(np.uint32))
            self._add_owners(part, starts)
            return
        used = np.flatnonzero(part.counts)
        accounts = (used + part.first_account).astype(np.uint64)
        self._entries.append(accounts << _HALF | starts[used].astype(np.uint64))

    def _add_owners(self, part: _Part, starts: Any) -> None:
        if self._prefix == "out-":
            first, last = (part.first_row + 63) >> 6, (part.first_row + len(part.data) + 63) >> 6
            rows = np.arange(first, last, dtype=np.int64) << 6
            found = np.searchsorted(starts, rows, side="right") - 1 + part.first_account
            self._owners.append(found.astype(np.uint32))

    def finish(self, rows: int) -> int:
        """Write what is left; the directory's shift."""
        if self._dense:
            self._writer.write(f"{self._prefix}table", np.array([rows], np.uint32))
            if self._prefix == "out-":
                self._owners.append(np.array([self._accounts - 1], np.uint32))
                self._writer.write("owners", np.concatenate(self._owners))
            return 0
        end = np.array([~_LOW | np.uint64(rows)], np.uint64)
        directory = sparse_directory(np.concatenate([*self._entries, end]), self._accounts)
        for name, array in directory.arrays.items():
            self._writer.write(f"{self._prefix}{name}", array)
        if self._prefix == "out-":
            owners = np.empty(((rows + 63) >> 6) + 1, np.uint32)
            fill_owners(directory, owners)
            self._writer.write("owners", owners)
        return directory.shift


def _in_order(work: Callable[[int, int], _Part], ranges: Iterator[tuple[int, int]]) -> Iterator[_Part]:
    """The results in the order of the ranges, a few of them made ahead."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: list[Future[_Part]] = []
        for first, last in ranges:
            waiting.append(pool.submit(work, first, last))
            if len(waiting) > THREADS:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


@inlined
def _rows_of(directory, entry):
    """Account, first row and the row behind the last of an entry; of a dense directory, of an account."""
    if len(directory.entries) == 0:
        return np.int64(entry), np.int64(directory.table[entry]), np.int64(directory.table[entry + 1])
    here = directory.entries[entry]
    return np.int64(here >> _HALF), np.int64(here & _LOW), np.int64(directory.entries[entry + 1] & _LOW)


@inlined
def _entries_of(directory, first, last):
    """The entries of the accounts from `first` to before `last`."""
    if len(directory.entries) == 0:
        return np.int64(first), np.int64(min(last, len(directory.table) - 1))
    return position(directory, first), position(directory, last)


@kernel
def copy_rows(directory, rows, first, last, cursor, target, moved, base, wide):
    """Append the rows of a range of accounts to their merged lists, and say where each went."""
    low, high = _entries_of(directory, first, last)
    for entry in range(low, high):
        account, start, stop = _rows_of(directory, entry)
        at = cursor[account - first]
        for row in range(start, stop):
            target[at, 0] = rows[row, 0]
            target[at, 1] = rows[row, 1] + wide if rows[row, 1] >= PLAIN else rows[row, 1]
            moved[row] = base + at
            at += 1
        cursor[account - first] = at


@kernel
def copy_refs(directory, refs, first, last, cursor, target, moved):
    """Append the references of a range of accounts, as the rows moved."""
    low, high = _entries_of(directory, first, last)
    for entry in range(low, high):
        account, start, stop = _rows_of(directory, entry)
        at = cursor[account - first]
        for i in range(start, stop):
            if i + _AHEAD < len(refs):
                prefetch_to_read(moved, np.int64(refs[i + _AHEAD]))
            target[at] = moved[refs[i]]
            at += 1
        cursor[account - first] = at
