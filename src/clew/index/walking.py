"""The loop that walks from account to account through one segment, in time or against it.

Each account has a *mark*: how early taint can stand there; against time, how late it may leave. Time runs backwards by
taking ordinals from `FAR`, so a smaller mark is always the wider one. An account whose mark falls is visited again, for
the transfers between the new mark and the old one only: so every transfer is found once, in whatever order accounts are
visited. They are visited in the order of their marks but for what stands in one of `WINDOWS` of time, so that few marks
fall again, and nothing has to be kept in exact order.

The accounts of successive visits lie far apart in files far larger than any cache, so steps that ask for memory run
ahead of each visit, and look-ups of receivers run behind.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.compiled import prefetch, prefetch_to_read
from clew.index.compiled import inlined, kernel
from clew.index.directory import approach, find, owner
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

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_STOP = np.uint64(1 << 31)
_LOCAL = np.uint64((1 << 31) - 1)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_LAG = 32
LISTS = 64
_SHORT = 8
"""Rows of a list that is searched from its beginning."""


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
def _ask_for_slot(slots, account):
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
    return np.int64(slots[slot, 0] & _LOCAL) - 1


@kernel
def start_at(walk, account, mark):
    """`enter`, for a source."""
    return enter(walk, account, mark)


@kernel
def look_up_all(walk):
    """`look_up` of all that was found."""
    look_up(walk, walk.counters[FOUND])


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
def split_at(keys, middle, target):
    """Copy the keys below `middle` to the front and the others behind them; how many are below."""
    low, high = 0, len(keys) - 1
    for i in range(len(keys)):
        key = keys[i]
        below = 1 if key < middle else 0
        target[low] = key  # both places are free: no branch, which would be guessed wrong half of the time
        target[high] = key
        low += below
        high -= 1 - below
    return low


@kernel
def arrange(keys, ends, words, order, sender, receiver, word):
    """Transfers in the order of their sorted keys, the first of those with one ordinal; how many."""
    count = 0
    for i in range(len(keys)):
        if i + _LAG < len(keys):
            ahead = np.int64(keys[i + _LAG] & _LOW)
            prefetch_to_read(ends, ahead)
            prefetch_to_read(words, ahead)
        if i > 0 and keys[i] >> _HALF == keys[i - 1] >> _HALF:
            continue
        at = np.int64(keys[i] & _LOW)
        order[count] = keys[i] >> _HALF
        sender[count] = ends[at, 0]
        receiver[count] = ends[at, 1]
        word[count] = words[at]
        count += 1
    return count


@kernel
def marks_of(slots, marks, stopped):
    """The mark of every local number, and whether the walk stops there."""
    for slot in range(len(slots)):
        if slots[slot, 0] != 0:
            local = np.int64(slots[slot, 0] & _LOCAL) - 1
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


@inlined
def _add(walk, value, local, other, word):
    """Write a transfer down."""
    _ask_for_slot(walk.slots, other)
    at = walk.counters[FOUND]
    walk.keys[at] = value << _HALF | np.uint64(at)
    walk.ends[at, 0] = local
    walk.ends[at, 1] = other
    walk.words[at] = word
    walk.counters[FOUND] = at + 1


@inlined
def _has_room(walk, need):
    """Whether `need` more transfers have room, with those that wait to be looked up."""
    counters = walk.counters
    more = counters[FOUND] - counters[LOOKED] + need
    counters[NEED] = more
    return (
        counters[FOUND] + need <= len(walk.keys)
        and counters[LOCALS] + more <= len(walk.accounts)
        and 2 * (counters[LOCALS] + more) <= len(walk.slots)
        and counters[BLOCKS] + more // BLOCK + WINDOWS < len(walk.after)
    )


@inlined
def _guess(rows, first, last, ordinal):
    """About where the rows become later than `ordinal`, if they are spread evenly over time."""
    low, high = rows[first, 0] >> _HALF, rows[last - 1, 0] >> _HALF
    if ordinal <= low:
        return first
    return first + np.int64((min(ordinal, high) - low) * np.uint64(last - first - 1) // max(high - low, np.uint64(1)))


@inlined
def behind(rows, first, last, ordinal):
    """The first of an account's rows that is later than `ordinal`: a guess, strides from it, halves of the last one."""
    if first == last:
        return first
    at, stride = first, 1
    if first + _SHORT < last:
        at = _guess(rows, first, last, ordinal)
    if rows[at, 0] >> _HALF <= ordinal:
        low, high = at + 1, last
        while at + stride < last and rows[at + stride, 0] >> _HALF <= ordinal:
            low = at + stride + 1
            stride *= 2
        high = min(last, at + stride)
    else:
        low, high = first, at
        while at - stride >= first and rows[at - stride, 0] >> _HALF > ordinal:
            high = at - stride
            stride *= 2
        low = max(first, at - stride + 1)
    while low < high:
        middle = (low + high) >> 1
        if rows[middle, 0] >> _HALF <= ordinal:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _visit_sent(walk, segment, slot, first, last, edge, most):
    """Find what an account sent behind its mark, up to where it was visited before, or the edge."""
    rows, mark = segment.rows, walk.slots[slot, 1] & _LOW
    edge = min(walk.slots[slot, 1] >> _HALF, edge)
    row = behind(rows, first, last, mark)
    room = most - walk.counters[FOUND]
    if last - row > room:
        last = behind(rows, row, last, edge)
        if last - row > room:
            return FULL
    if not _has_room(walk, last - row):
        return GROW
    local = np.int64(walk.slots[slot, 0] & _LOCAL) - 1
    while row < last and rows[row, 0] >> _HALF <= edge:
        _add(walk, rows[row, 0] >> _HALF, local, rows[row, 0] & _LOW, rows[row, 1])
        row += 1
    return DONE


@kernel
def _due_among(rows, refs, first, last, mark, edge):
    """How many of the references are of transfers that a visit against time would find."""
    count = 0
    for i in range(first, last):
        if np.int64(refs[i]) < len(rows):
            value = FAR - (rows[np.int64(refs[i]), 0] >> _HALF)
            count += mark < value <= edge
    return count


@inlined
def _visit_received(walk, segment, slot, first, last, edge, most):
    """The same against time: what it received before."""
    rows, refs, mark = segment.rows, segment.refs, walk.slots[slot, 1] & _LOW
    edge = min(walk.slots[slot, 1] >> _HALF, edge)
    room = most - walk.counters[FOUND]
    if last - first > room and _due_among(rows, refs, first, last, mark, edge) > room:
        return FULL
    if not _has_room(walk, last - first):
        return GROW
    local = np.int64(walk.slots[slot, 0] & _LOCAL) - 1
    for i in range(first, last):
        if i + 8 < last:
            prefetch_to_read(rows, np.int64(refs[i + 8]))
            prefetch_to_read(segment.owners, np.int64(refs[i + 8] >> 6))
        row = np.int64(refs[i])
        if row >= len(rows):
            return TORN
        value = FAR - (rows[row, 0] >> _HALF)
        if mark < value <= edge:
            _add(walk, value, local, owner(segment.out, segment.owners, row), rows[row, 1])
    return DONE


@inlined
def _approach(walk, segment, backward, at, start, end):
    """Ask for the memory of visits to come: slot and table, entries, both ends of the list, the place in it."""
    due, rows, lists = walk.due, segment.rows, walk.lists
    directory = segment.into if backward else segment.out
    if at + 32 < end:
        _ask_for_slot(walk.slots, np.uint64(due[at + 32]))
        approach(directory, np.int64(due[at + 32]), 0)
    if start <= at + 24 < end:
        approach(directory, np.int64(due[at + 24]), 1)
    if start <= at + 16 < end:
        known = walk.slots[slot_of(walk.slots, due[at + 16]), 1]
        lists[(at + 16) % LISTS, 0] = -1
        if known & _LOW < known >> _HALF:
            first, last = find(directory, np.int64(due[at + 16]))
            lists[(at + 16) % LISTS, 0] = at + 16
            lists[(at + 16) % LISTS, 1] = first
            lists[(at + 16) % LISTS, 2] = last
            if first < last <= len(rows):
                if backward:
                    prefetch_to_read(segment.refs, first)
                else:
                    prefetch_to_read(rows, first)
                    prefetch_to_read(rows, last - 1)
    if not backward and start <= at + 8 < end and lists[(at + 8) % LISTS, 0] == at + 8:
        first, last = lists[(at + 8) % LISTS, 1], lists[(at + 8) % LISTS, 2]
        if first + _SHORT < last <= len(rows):
            mark = walk.slots[slot_of(walk.slots, due[at + 8]), 1] & _LOW
            prefetch_to_read(rows, _guess(rows, first, last, mark))


@inlined
def _visit(walk, segment, at, edge, most, backward):
    """Visit the account that is due at a place, if it was not visited from its mark on."""
    account = np.int64(walk.due[at])
    slot = slot_of(walk.slots, account)
    known = walk.lists[at % LISTS, 0] == at
    walk.lists[at % LISTS, 0] = -1  # the place may be another account's soon
    mark = walk.slots[slot, 1] & _LOW
    if mark >= walk.slots[slot, 1] >> _HALF:
        return DONE
    first, last = walk.lists[at % LISTS, 1], walk.lists[at % LISTS, 2]
    if not known:
        first, last = find(segment.into if backward else segment.out, account)
    if first > last or last > len(segment.rows):
        return TORN
    if backward:
        status = _visit_received(walk, segment, slot, first, last, edge, most)
    else:
        status = _visit_sent(walk, segment, slot, first, last, edge, most)
    if status == DONE:
        walk.slots[slot, 1] = mark << _HALF | mark
    return status


@inlined
def _visit_block(walk, segment, edge, most, backward):
    """Visit the accounts of the first block of the window that is open."""
    counters, windows = walk.counters, walk.windows
    open_ = counters[WINDOW]
    start = windows[open_, 0]
    limit = (start // BLOCK + 1) * BLOCK
    for at in range(start - _LAG, limit):
        end = windows[open_, 1] if start < windows[open_, 1] <= limit else limit
        if at >= end:
            break
        _approach(walk, segment, backward, at, start, end)
        if at >= start:
            status = _visit(walk, segment, at, edge, most, backward)
            if status != DONE:
                counters[ACCOUNT] = walk.due[at]
                return status
            windows[open_, 0] = at + 1
            look_up(walk, counters[FOUND] - _LAG)
    return DONE


@inlined
def _leave_block(walk):
    """Go on to the next block of the window that is open."""
    counters, windows = walk.counters, walk.windows
    open_ = counters[WINDOW]
    block = (windows[open_, 0] - 1) // BLOCK
    if windows[open_, 0] == windows[open_, 1]:
        windows[open_, 0] = -1
        windows[open_, 1] = -1
    else:
        windows[open_, 0] = walk.after[block] * BLOCK
    walk.after[block] = counters[FREE]
    counters[FREE] = block


@kernel
def walk_on(walk, segment, edge, most, backward):
    """Visit every account that is due, to transfers not beyond `edge`, and those that become due by it."""
    counters = walk.counters
    while counters[WINDOW] < WINDOWS:
        if walk.windows[counters[WINDOW], 0] >= 0:
            status = _visit_block(walk, segment, edge, most, backward)
            if status != DONE:
                return status
            _leave_block(walk)
        elif counters[LOOKED] < counters[FOUND]:
            look_up(walk, counters[FOUND])
        else:
            counters[WINDOW] += 1
    return DONE
