"""Accounts that were reached: a hash table of their marks, and whose visit is due, by windows of time.

What a mark is, and why accounts are visited in windows, is told in `clew.index.walking`.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.compiled import prefetch
from clew.index.compiled import inlined, kernel
from clew.index.segment import UNREACHED

FAR = np.uint64(UNREACHED)
FOUND, LOOKED, LOCALS, NEED, ACCOUNT, WINDOW, BLOCKS, FREE, HEAD = range(9)
"""Counters: transfers found, and looked up; accounts; room that is missing, and the account whose visit wants it; the
window that is open; blocks used, and the first one free; a place for loops of others."""
DONE, GROW, FULL, TORN = range(4)
"""What ends the loop: nothing is due; it needs `NEED` more room; that is more than may be; a file is not an index."""
WINDOWS = 512
BLOCK = 256
"""Accounts that are due are kept in blocks of so many."""
LISTS = 64
LOCAL = np.uint64((1 << 31) - 1)
"""The bits of a slot's first word that hold the local number + 1."""

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_STOP = np.uint64(1 << 31)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Walk(NamedTuple):
    """What is known so far. Arrays grow as needed; the transfers are in the order in which they were found."""

    slots: Any
    """``uint64[2**b, 2]``, a hash table: account, whether to stop there, and local number + 1, of 32, 1 and 31 bits;
    then from which mark on it was visited, and its mark."""
    accounts: Any
    """``uint32[...]``: account of each local number."""
    windows: Any
    """``int64[WINDOWS, 2]``: place of the first account that is due in each, and behind the last; in `due`."""
    due: Any
    """``uint32[blocks * BLOCK]``: accounts, in blocks."""
    after: Any
    """``int64[blocks]``: the block behind each."""
    lists: Any
    """``int64[LISTS, 3]``: of places whose visit is near: the place, the first row of its list, and behind the last."""
    frame: Any
    """``uint64[2]``: the mark with which the first window begins, and the bits of a mark that stand within one."""
    keys: Any
    """``uint64[...]``: ordinal (against time: from `FAR`), and the number of the transfer, 32 bits each."""
    ends: Any
    """``uint32[..., 2]``: local numbers of the account visited and of the other; until looked up, the other's own."""
    words: Any
    """``uint64[...]``: amount words."""
    counters: Any


@inlined
def slot_of(slots, account):
    """The slot of an account, or the empty one where it belongs."""
    mask = np.int64(len(slots) - 1)
    slot = np.int64((np.uint64(account) * _MULTIPLIER) >> _HALF) & mask
    while slots[slot, 0] != 0 and slots[slot, 0] >> _HALF != np.uint64(account):
        slot = (slot + 1) & mask
    return slot


@inlined
def ask_for_slot(slots, account):
    """Ask for the memory of an account's slot."""
    slot = np.int64((np.uint64(account) * _MULTIPLIER) >> _HALF) & np.int64(len(slots) - 1)
    prefetch(slots, slot)


@inlined
def _new_block(walk):
    counters = walk.counters
    block = counters[FREE]
    if block >= 0:
        counters[FREE] = walk.after[block]
    else:
        block = counters[BLOCKS]
        counters[BLOCKS] = block + 1
    walk.after[block] = -1
    return block


@inlined
def _make_due(walk, account, mark):
    """Put an account into the window of its mark, but never into one that is closed."""
    window = np.int64((mark - min(walk.frame[0], mark)) >> walk.frame[1])
    window = max(min(window, np.int64(WINDOWS - 1)), walk.counters[WINDOW])
    end = walk.windows[window, 1]
    if end < 0:
        end = _new_block(walk) * BLOCK
        walk.windows[window, 0] = end
    elif end % BLOCK == 0:
        block = _new_block(walk)
        walk.after[end // BLOCK - 1] = block
        end = block * BLOCK
    walk.due[end] = account
    walk.windows[window, 1] = end + 1


@inlined
def enter(walk, account, mark):
    """The local number of an account that can be reached at `mark`; a visit is due where that is news."""
    slots, counters = walk.slots, walk.counters
    slot = slot_of(slots, account)
    if slots[slot, 0] == 0:
        local = counters[LOCALS]
        counters[LOCALS] = local + 1
        walk.accounts[local] = account
        slots[slot, 0] = np.uint64(account) << _HALF | np.uint64(local + 1)
        slots[slot, 1] = FAR << _HALF | FAR
    if mark < slots[slot, 1] & _LOW:
        slots[slot, 1] = (slots[slot, 1] & ~_LOW) | mark
        if slots[slot, 0] & _STOP == 0:
            _make_due(walk, account, mark)
    return np.int64(slots[slot, 0] & LOCAL) - 1


@kernel
def start_at(walk, account, mark):
    """`enter`, for a source."""
    return enter(walk, account, mark)


@kernel
def visited_of(slots, account):
    """From which mark on an account was visited, and its mark, 32 bits each."""
    return slots[slot_of(slots, account), 1]


@kernel
def stop_at(walk, accounts):
    """Accounts that taint may reach and that are not walked on from."""
    for account in accounts:
        enter(walk, account, FAR)
        walk.slots[slot_of(walk.slots, account), 0] |= _STOP


@kernel
def begin(walk, edge):
    """Lay the windows over the marks up to `edge`, and make a visit due at every account that was reached."""
    first = edge
    for slot in range(len(walk.slots)):
        if walk.slots[slot, 0] != 0:
            first = min(first, walk.slots[slot, 1] & _LOW)
    walk.frame[0] = first
    walk.frame[1] = 0
    while (edge - first) >> walk.frame[1] >= WINDOWS:
        walk.frame[1] += np.uint64(1)
    for window in range(WINDOWS):
        walk.windows[window, 0] = -1
        walk.windows[window, 1] = -1
    for place in range(LISTS):
        walk.lists[place, 0] = -1
    walk.counters[WINDOW] = 0
    walk.counters[BLOCKS] = 0
    walk.counters[FREE] = -1
    for slot in range(len(walk.slots)):
        mark = walk.slots[slot, 1] & _LOW
        if walk.slots[slot, 0] != 0 and walk.slots[slot, 0] & _STOP == 0 and mark < FAR:
            walk.slots[slot, 1] |= FAR << _HALF
            _make_due(walk, walk.slots[slot, 0] >> _HALF, mark)


@kernel
def rehash(slots, larger):
    """The same table in more room."""
    for slot in range(len(slots)):
        if slots[slot, 0] != 0:
            free = slot_of(larger, slots[slot, 0] >> _HALF)
            larger[free, 0] = slots[slot, 0]
            larger[free, 1] = slots[slot, 1]


@kernel
def marks_of(slots, marks, stopped):
    """The mark of every local number, and whether the walk stops there."""
    for slot in range(len(slots)):
        if slots[slot, 0] != 0:
            local = np.int64(slots[slot, 0] & LOCAL) - 1
            marks[local] = slots[slot, 1] & _LOW
            stopped[local] = slots[slot, 0] & _STOP != 0


@inlined
def look_up(walk, until):
    """Enter the other account of the transfers found, up to number `until`."""
    counters = walk.counters
    while counters[LOOKED] < until:
        at = counters[LOOKED]
        walk.ends[at, 1] = enter(walk, walk.ends[at, 1], walk.keys[at] >> _HALF)
        counters[LOOKED] = at + 1


@kernel
def look_up_all(walk):
    """`look_up` of all that was found."""
    look_up(walk, walk.counters[FOUND])
