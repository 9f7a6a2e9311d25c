"""The loop that walks from account to account through one segment, in time or against it.

Each account has a *mark*: how early taint can stand there; against time, how late it may leave. Time runs backwards by
taking ordinals from `FAR`, so a smaller mark is always the wider one. An account whose mark falls is visited again, for
the transfers between the new mark and the old one only: so every transfer is found once, in whatever order accounts are
visited. They are visited in the order of their marks but for what stands in one of `WINDOWS` of time, so that few marks
fall again, and nothing has to be kept in exact order.

The accounts of successive visits lie far apart in files far larger than any cache, so steps that ask for memory run
ahead of each visit, and look-ups of receivers run behind.
"""

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import inlined, kernel
from clew.index.directory import approach, find, owner
from clew.index.frontier import (
    ACCOUNT,
    BLOCK,
    BLOCKS,
    DONE,
    FAR,
    FOUND,
    FREE,
    FULL,
    GROW,
    LISTS,
    LOCAL,
    LOCALS,
    LOOKED,
    NEED,
    TORN,
    WINDOW,
    WINDOWS,
    ask_for_slot,
    look_up,
    slot_of,
)

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_LAG = 32
_SHORT = 8
"""Rows of a list that is searched from its beginning."""


@inlined
def _add(walk, value, local, other, word):
    """Write a transfer down."""
    ask_for_slot(walk.slots, other)
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
    local = np.int64(walk.slots[slot, 0] & LOCAL) - 1
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
    local = np.int64(walk.slots[slot, 0] & LOCAL) - 1
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
        ask_for_slot(walk.slots, np.uint64(due[at + 32]))
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
