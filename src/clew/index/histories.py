"""The rest of the histories of accounts: what a walk did not find, because it can carry no taint on, but displaces it.

Under every policy that keeps value it matters what an account held before taint came, and what clean units came beside
it. One end of such a transfer is an account that was walked on from; the other, where the walk did not reach it, is
told as `outside`.
"""

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import inlined, kernel
from clew.index.directory import approach, find
from clew.index.frontier import DONE, FOUND, GROW, HEAD, LOCAL, NEED, TORN, slot_of

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@inlined
def _local(slots, account, outside):
    found = slots[slot_of(slots, account), 0]
    return np.int64(found & LOCAL) - 1 if found != 0 else outside


@kernel
def add_sent(walk, segment, locals_, limits, outside):
    """Transfers that the accounts of local numbers `locals_` sent, up to the ordinal `limits` of each."""
    counters, rows = walk.counters, segment.rows
    while counters[HEAD] < len(locals_):
        at = counters[HEAD]
        if at + 24 < len(locals_):
            approach(segment.out, np.int64(walk.accounts[locals_[at + 24]]), 0)
        if at + 16 < len(locals_):
            approach(segment.out, np.int64(walk.accounts[locals_[at + 16]]), 1)
        if at + 8 < len(locals_):
            prefetch_to_read(rows, find(segment.out, np.int64(walk.accounts[locals_[at + 8]]))[0])
        first, last = find(segment.out, np.int64(walk.accounts[locals_[at]]))
        if first > last or last > len(rows):
            return TORN
        if counters[FOUND] + last - first > len(walk.keys):
            counters[NEED] = last - first
            return GROW
        for row in range(first, last):
            if rows[row, 0] >> _HALF > limits[at]:
                break
            found = counters[FOUND]
            walk.keys[found] = (rows[row, 0] & ~_LOW) | np.uint64(found)
            walk.ends[found, 0] = locals_[at]
            walk.ends[found, 1] = _local(walk.slots, rows[row, 0] & _LOW, outside)
            walk.words[found] = rows[row, 1]
            counters[FOUND] = found + 1
        counters[HEAD] = at + 1
    return DONE


@kernel
def add_received(walk, segment, locals_, limit, outside):
    """Transfers that the accounts of local numbers `locals_` received, up to the ordinal `limit`; from outside."""
    counters, rows, refs = walk.counters, segment.rows, segment.refs
    while counters[HEAD] < len(locals_):
        at = counters[HEAD]
        if at + 24 < len(locals_):
            approach(segment.into, np.int64(walk.accounts[locals_[at + 24]]), 0)
        if at + 16 < len(locals_):
            approach(segment.into, np.int64(walk.accounts[locals_[at + 16]]), 1)
        if at + 12 < len(locals_):
            prefetch_to_read(refs, find(segment.into, np.int64(walk.accounts[locals_[at + 12]]))[0])
        if at + 6 < len(locals_):
            low, high = find(segment.into, np.int64(walk.accounts[locals_[at + 6]]))
            for i in range(low, min(high, low + 8, len(refs))):
                prefetch_to_read(rows, np.int64(refs[i]))
        first, last = find(segment.into, np.int64(walk.accounts[locals_[at]]))
        if first > last or last > len(refs):
            return TORN
        if counters[FOUND] + last - first > len(walk.keys):
            counters[NEED] = last - first
            return GROW
        for i in range(first, last):
            if i + 8 < last:
                prefetch_to_read(rows, np.int64(refs[i + 8]))
            row = np.int64(refs[i])
            if row >= len(rows):
                return TORN
            if rows[row, 0] >> _HALF > limit:
                continue
            found = counters[FOUND]
            walk.keys[found] = (rows[row, 0] & ~_LOW) | np.uint64(found)
            walk.ends[found, 0] = outside
            walk.ends[found, 1] = locals_[at]
            walk.words[found] = rows[row, 1]
            counters[FOUND] = found + 1
        counters[HEAD] = at + 1
    return DONE
