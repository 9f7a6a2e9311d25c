"""FIFO and LIFO: the units of an account stand in a queue of runs, and leave from its front or from its top.

A run is (label, amount, origin units). A transfer takes whole runs and splits at most one; whole runs are relinked,
never copied. An account whose units are all clean keeps a bare balance and no run, which is what makes a ledger in
which little is tainted fast. FIFO is Clayton's Case (1816); definitions: `docs/tracing.md`.

State is flat arrays that a kernel changes in place and Python grows, so a run can stop and go on at any event.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import AHEAD, inlined, kernel, prefetch
from clew.tracing.labels import weaken
from clew.tracing.uint128 import Amounts, flag_or, load, load_or, muldiv, small, store, store_if

# Entries of `counters`.
USED, FREE, RECORDS, MARK, STATUS = range(5)

# Values of counters[STATUS]: why a kernel stopped before the end.
DONE, GROW, OVERFLOW, COLLISION = range(4)

_SPARE = 8
"""Runs one event may need beside those it moves: a split, a shortfall, a clean balance, the rest of a mark."""


class Queues(NamedTuple):
    """State of all accounts. `n` accounts, room for `cap` runs."""

    ends: Any
    """``int32[n, 2]``: first and last run of the queue; -1, -1 where all units are clean."""
    clean: Amounts
    """Balance of an account that has no run."""
    unexplained: Amounts
    """Clean units added because an account spent more than it was seen to hold."""
    run: Any
    """``int32[cap, 2]``: label and next run."""
    amount: Amounts
    origin: Any
    """Origin units of each run; None where they equal the amount throughout (one asset, no conversion)."""
    counters: Any
    """``int64[5]``: runs used, first free run, records used, next mark, status."""


class Records(NamedTuple):
    """What moved, one row per event and run of one label."""

    event: Any
    label: Any
    amount: Amounts
    origin: Amounts


@inlined
def _take_run(state, label, amount, origin):
    counters = state.counters
    node = counters[FREE]
    if node >= 0:
        counters[FREE] = state.run[node, 1]
    else:
        node = counters[USED]
        counters[USED] = node + 1
    state.run[node, 0] = label
    state.run[node, 1] = -1
    store(state.amount, node, amount)
    store_if(state.origin, node, origin)
    return node


@inlined
def _free_run(state, node):
    state.run[node, 1] = state.counters[FREE]
    state.counters[FREE] = node


@inlined
def _origin_of(state, node):
    return load_or(state.origin, node, load(state.amount, node))


@inlined
def add(state, array, index, value):
    """Add to an entry of a column, if it is kept; a sum that does not fit is said in the status."""
    before = load_or(array, index, value)
    after = before + value
    store_if(array, index, after)
    if after < before:
        state.counters[STATUS] = OVERFLOW


@inlined
def _absorb(state, into, node):
    """Merge a run into another of the same label."""
    add(state, state.amount, into, load(state.amount, node))
    add(state, state.origin, into, load_or(state.origin, node, small(state.amount, 0)))
    _free_run(state, node)


@inlined
def _split(state, node, part):
    """Cut `part` units off a larger run; its origin units go in proportion, rounded down."""
    amount = load(state.amount, node)
    label = state.run[node, 0]
    origin = _origin_of(state, node)
    moved = part if origin == amount else muldiv(origin, part, amount)
    store_if(state.origin, node, origin - moved)
    store(state.amount, node, amount - part)
    return _take_run(state, label, part, moved)


@inlined
def _draw(state, account, amount):
    """Take units off the front: (first, last) of a detached list, or (-1, -1) where all of them are clean."""
    zero = small(state.amount, 0)
    first = state.ends[account, 0]
    if first < 0:
        balance = load(state.clean, account)
        if balance < amount:
            add(state, state.unexplained, account, amount - balance)
            store(state.clean, account, zero)
        else:
            store(state.clean, account, balance - amount)
        return -1, -1
    need = amount
    last = -1
    node = first
    while node >= 0 and load(state.amount, node) <= need:
        need = need - load(state.amount, node)
        last = node
        node = state.run[node, 1]
        if need == zero:
            break
    state.ends[account, 0] = node
    if node < 0:
        state.ends[account, 1] = -1
    if need > zero:
        if node >= 0:
            piece = _split(state, node, need)
        else:
            add(state, state.unexplained, account, need)
            piece = _take_run(state, 0, need, zero)
        if last >= 0:
            state.run[last, 1] = piece
        else:
            first = piece
        last = piece
    state.run[last, 1] = -1
    if node >= 0 and state.run[node, 1] < 0 and state.run[node, 0] == 0:
        store(state.clean, account, load(state.amount, node))
        state.ends[account, 0] = -1
        state.ends[account, 1] = -1
        _free_run(state, node)
    return first, last


@inlined
def _uncover(state, account):
    """Turn a bare clean balance into a run, so that tainted runs can stand behind or above it."""
    zero = small(state.amount, 0)
    balance = load(state.clean, account)
    if balance > zero:
        node = _take_run(state, 0, balance, zero)
        state.ends[account, 0] = node
        state.ends[account, 1] = node
        store(state.clean, account, zero)


@inlined
def _put_clean(state, account, amount, lifo):
    """Add clean units."""
    end = state.ends[account, 0] if lifo else state.ends[account, 1]
    if end < 0:
        add(state, state.clean, account, amount)
    elif state.run[end, 0] == 0:
        add(state, state.amount, end, amount)
    else:
        node = _take_run(state, 0, amount, small(state.amount, 0))
        if lifo:
            state.run[node, 1] = end
            state.ends[account, 0] = node
        else:
            state.run[end, 1] = node
            state.ends[account, 1] = node


@inlined
def _put_back(state, account, first, last):
    """FIFO: append a list of runs."""
    if state.ends[account, 0] < 0:
        _uncover(state, account)
    tail = state.ends[account, 1]
    if tail < 0:
        state.ends[account, 0] = first
        state.ends[account, 1] = last
        return
    if state.run[tail, 0] == state.run[first, 0]:
        rest = state.run[first, 1]
        _absorb(state, tail, first)
        if rest < 0:
            return
        first = rest
    state.run[tail, 1] = first
    state.ends[account, 1] = last


@inlined
def _put_top(state, account, first, sink):
    """Stack a list of runs in the order in which they were drawn; a sink, never drawn from, keeps what is tainted."""
    if state.ends[account, 0] < 0:
        _uncover(state, account)
    node = first
    while node >= 0:
        after = state.run[node, 1]
        top = state.ends[account, 0]
        if sink and state.run[node, 0] == 0:
            _free_run(state, node)
        elif top >= 0 and state.run[top, 0] == state.run[node, 0]:
            _absorb(state, top, node)
        else:
            state.run[node, 1] = top
            state.ends[account, 0] = node
        node = after


@inlined
def _convert(state, account, total_out):
    """Take all units of a conversion's account, scaled to `total_out` units of the other asset.

    Each run keeps its place and its origin units whole. Taint too small for one unit stays behind, and says so there.
    """
    zero = small(state.amount, 0)
    first = state.ends[account, 0]
    store(state.clean, account, zero)
    if first < 0:
        return -1, -1
    total = zero
    node = first
    while node >= 0:
        before = total
        total = total + load(state.amount, node)
        node = state.run[node, 1]
        if total < before:
            state.counters[STATUS] = OVERFLOW
            return -1, -1
    state.ends[account, 0] = -1
    state.ends[account, 1] = -1
    seen = zero
    given = zero
    start = -1
    last = -1
    node = first
    while node >= 0:
        after = state.run[node, 1]
        state.run[node, 1] = -1
        seen = seen + load(state.amount, node)
        upto = muldiv(seen, total_out, total)
        if upto > given:
            store(state.amount, node, upto - given)
            if last >= 0:
                state.run[last, 1] = node
            else:
                start = node
            last = node
        elif state.run[node, 0] != 0:
            _put_back(state, account, node, node)
        else:
            _free_run(state, node)
        given = upto
        node = after
    return start, last


@inlined
def _mark(state, marks, event, amount):
    """The runs of a theft: its marked units first, the rest clean."""
    zero = small(state.amount, 0)
    first = -1
    last = -1
    rest = amount
    at = state.counters[MARK]
    while at < len(marks.event) and marks.event[at] == event:
        stolen = load(marks.amount, at)
        if stolen > rest:
            state.counters[STATUS] = OVERFLOW
            return first, last
        node = _take_run(state, marks.label[at], stolen, stolen)
        if last >= 0:
            state.run[last, 1] = node
        else:
            first = node
        last = node
        rest = rest - stolen
        at += 1
    state.counters[MARK] = at
    if rest > zero:
        node = _take_run(state, 0, rest, zero)
        state.run[last, 1] = node
        last = node
    return first, last


@inlined
def _free_runs(state, first):
    node = first
    while node >= 0:
        after = state.run[node, 1]
        _free_run(state, node)
        node = after


@inlined
def _is_tainted(state, first):
    node = first
    while node >= 0:
        if state.run[node, 0] != 0:
            return True
        node = state.run[node, 1]
    return False


@inlined
def _weaken_runs(state, first, grade):
    node = first
    while node >= 0:
        state.run[node, 0] = weaken(state.run[node, 0], grade)
        node = state.run[node, 1]


@inlined
def _record(state, records, event, first):
    """Write down what is tainted in a list of runs, neighbours of one label in one row."""
    at = state.counters[RECORDS]
    node = first
    previous = 0
    while node >= 0:
        label = state.run[node, 0]
        if label != 0:
            if label == previous:
                add(state, records.amount, at - 1, load(state.amount, node))
                add(state, records.origin, at - 1, _origin_of(state, node))
            else:
                records.event[at] = event
                records.label[at] = label
                store(records.amount, at, load(state.amount, node))
                store(records.origin, at, _origin_of(state, node))
                at += 1
        previous = label
        node = state.run[node, 1]
    state.counters[RECORDS] = at


@inlined
def _runs_to_move(state, account, amount, whole):
    """An upper bound of the runs a draw will move."""
    count = 2
    seen = small(state.amount, 0)
    node = state.ends[account, 0]
    while node >= 0 and (whole or seen < amount):
        seen = seen + load(state.amount, node)
        count += 1
        node = state.run[node, 1]
    return count


@kernel
def run_queues(events, marks, state, records, start, stop, lifo):
    """Carry events `start` to `stop` through the queues; returns the event it stopped at, the reason in the counters.

    GROW: nothing of that event is done, call again with larger `run`, `amount`, `origin` and records. OVERFLOW: a sum
    does not fit, or a theft marks more than its event moves. COLLISION: a theft takes units already tainted.
    """
    counters = state.counters
    counters[STATUS] = DONE
    zero = small(state.amount, 0)
    next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
    for event in range(start, stop):
        if event + AHEAD < stop:
            prefetch(state.ends, np.int64(events.sender[event + AHEAD]))
            prefetch(state.ends, np.int64(events.receiver[event + AHEAD]))
        sender = events.sender[event]
        receiver = events.receiver[event]
        amount = load(events.amount, event)
        if sender == receiver or amount == zero:
            continue
        converts = flag_or(events.converts, event, False)
        if counters[USED] + _SPARE + len(marks.event) > len(state.run):
            counters[STATUS] = GROW
            return event
        if records is not None:
            moving = len(marks.event) if event == next_mark else _runs_to_move(state, sender, amount, converts)
            if counters[RECORDS] + moving > len(records.event):
                counters[STATUS] = GROW
                return event
        if converts:
            first, last = _convert(state, sender, amount)
        elif flag_or(events.follows, sender, True):
            first, last = _draw(state, sender, amount)
        else:
            first, last = -1, -1
        if event == next_mark:
            if _is_tainted(state, first):
                counters[STATUS] = COLLISION
            _free_runs(state, first)
            first, last = _mark(state, marks, event, amount)
            next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
        sink = not flag_or(events.follows, receiver, True)
        if first >= 0:
            grade = flag_or(events.grade, event, 0)
            if grade > 0:
                _weaken_runs(state, first, grade)
            if records is not None:
                _record(state, records, event, first)
            if sink or lifo:
                _put_top(state, receiver, first, sink)
            else:
                _put_back(state, receiver, first, last)
        elif not sink:
            _put_clean(state, receiver, amount, lifo)
        if counters[STATUS] != DONE:
            return event
    return stop


@kernel
def held_in_queues(state, account, label, amount, origin):
    """Write (account, label, amount, origin) of every tainted run; returns how many."""
    count = 0
    for holder in range(len(state.ends)):
        node = state.ends[holder, 0]
        while node >= 0:
            if state.run[node, 0] != 0:
                account[count] = holder
                label[count] = state.run[node, 0]
                store(amount, count, load(state.amount, node))
                store(origin, count, _origin_of(state, node))
                count += 1
            node = state.run[node, 1]
    return count
