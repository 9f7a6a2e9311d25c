"""A chunk of the ledger, sorted into a segment by two sorts of 64-bit keys: by sender, then the result by receiver."""

from typing import Any, NamedTuple

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import kernel
from clew.index.directory import Directory, directory_of, fill_owners
from clew.index.segment import PLAIN, Segment

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_AHEAD = 16


class Chunk(NamedTuple):
    """`n` transfers in ledger order."""

    sender: Any
    """``uint32[n]``."""
    receiver: Any
    """``uint32[n]``."""
    amount: Any
    """``uint64[n]``, or ``uint64[n, 2]`` with the least limb first."""
    time: Any
    """``uint32[n]``: seconds since 1970."""


def sort_chunk(chunk: Chunk, first: int, accounts: int) -> Segment:
    """The segment of a chunk whose first transfer has the ordinal `first`."""
    words, wide = _words(chunk.amount)
    keys = np.empty(len(words), np.uint64)
    number_keys(chunk.sender, keys)
    keys.sort()
    out = directory_of(keys, accounts)
    rows = np.empty((len(words), 2), np.uint64)
    lay_rows(keys, chunk.receiver, words, rows, first)
    key_receivers(rows, keys)
    keys.sort()
    into = directory_of(keys, accounts)
    refs = np.empty(len(words), np.uint32)
    lower_halves(keys, refs)
    return Segment(first, rows, refs, owners_of(out, len(rows)), wide, times_of(chunk.time, first), NO_PAIRS, out, into)


NO_PAIRS = np.zeros((0, 2), np.uint32)


def owners_of(out: Directory, rows: int) -> Any:
    """The sender of every 64th row."""
    owners = np.empty(((rows + 63) >> 6) + 1, np.uint32)
    fill_owners(out, owners)
    return owners


def times_of(time: Any, first: int) -> Any:
    """Where each time begins to hold."""
    starts = np.flatnonzero(np.concatenate([[True], time[1:] != time[:-1]])) if len(time) else np.zeros(0, np.int64)
    return np.stack([(starts + first).astype(np.uint32), time[starts]], axis=1)


def _words(amount: Any) -> tuple[Any, Any]:
    """The amount words, and the amounts that do not fit one."""
    low, high = (amount, None) if amount.ndim == 1 else (amount[:, 0], amount[:, 1])
    escaped = low >= PLAIN if high is None else (low >= PLAIN) | (high != 0)
    if not escaped.any():
        return np.ascontiguousarray(low), np.zeros((0, 2), np.uint64)
    words = low.copy()
    count = int(escaped.sum())
    words[escaped] = PLAIN | np.arange(count, dtype=np.uint64)
    wide = np.zeros((count, 2), np.uint64)
    wide[:, 0] = low[escaped]
    if high is not None:
        wide[:, 1] = high[escaped]
    return words, wide


@kernel
def number_keys(account, keys):
    """Account in the upper half, place in the lower."""
    for i in range(len(keys)):
        keys[i] = np.uint64(account[i]) << _HALF | np.uint64(i)


@kernel
def lay_rows(keys, receiver, words, rows, first):
    """The rows in the order of their keys."""
    for row in range(len(keys)):
        if row + _AHEAD < len(keys):
            prefetch_to_read(receiver, np.int64(keys[row + _AHEAD] & _LOW))
            prefetch_to_read(words, np.int64(keys[row + _AHEAD] & _LOW))
        place = np.int64(keys[row] & _LOW)
        rows[row, 0] = np.uint64(first + place) << _HALF | np.uint64(receiver[place])
        rows[row, 1] = words[place]


@kernel
def key_receivers(rows, keys):
    """Receiver in the upper half, row in the lower."""
    for row in range(len(keys)):
        keys[row] = (rows[row, 0] & _LOW) << _HALF | np.uint64(row)


@kernel
def lower_halves(keys, refs):
    """The rows that keys stand for."""
    for i in range(len(keys)):
        refs[i] = np.uint32(keys[i] & _LOW)
