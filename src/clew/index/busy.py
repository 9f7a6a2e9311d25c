"""Accounts with very many transfers: the few at which a walk may have to stop, known without counting."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from clew.index.directory import Directory, add_degrees, degrees_of
from clew.index.segment import Segment

BUSY = 1000
"""More transfers than these, of both directions, make an account busy."""
_SLICE = 1 << 22


def count_busy(segments: Sequence[Segment], accounts: int) -> Any:
    """``uint32[b, 2]``: the busy accounts of all segments, and how many transfers each has."""
    found = [np.zeros((0, 2), np.uint32)]
    for first in range(0, accounts, _SLICE):
        counts = np.zeros(min(_SLICE, accounts - first), np.uint32)
        for segment in segments:
            add_degrees(segment.out, first, counts)
            add_degrees(segment.into, first, counts)
        busy = np.flatnonzero(counts > BUSY)
        found.append(np.stack([(busy + first).astype(np.uint32), counts[busy]], axis=1))
    return np.concatenate(found)


def recount_busy(segments: Sequence[Segment], fresh: Segment) -> Any:
    """The same with a `fresh` segment behind `segments`: only accounts that have transfers in it are counted anew."""
    accounts = np.union1d(_active(fresh.out), _active(fresh.into))
    counts = np.zeros(len(accounts), np.int64)
    for segment in (*segments, fresh):
        degrees_of(segment.out, accounts, counts)
        degrees_of(segment.into, accounts, counts)
    before = segments[-1].busy if segments else np.zeros((0, 2), np.uint32)
    kept = before[~np.isin(before[:, 0], accounts)]
    busy = counts > BUSY
    anew = np.stack([accounts[busy].astype(np.uint32), counts[busy].astype(np.uint32)], axis=1)
    both = np.concatenate([kept, anew])
    return both[np.argsort(both[:, 0])]


def _active(directory: Directory) -> Any:
    if len(directory.entries):
        return (directory.entries[:-1] >> np.uint64(32)).astype(np.int64)
    return np.flatnonzero(directory.table[1:] != directory.table[:-1])
