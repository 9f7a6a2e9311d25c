"""FIFO and LIFO: the units of an account stand in a queue of runs, and leave from its front or from its top.

A transfer takes whole runs and splits at most one; whole runs are relinked, never copied, and where many would move at
once the queue becomes a rope, of which any part moves in logarithmic time (`long_queues`). An account with one run, as
one whose units are all clean, has it in its row. FIFO is Clayton's Case (1816); definitions: `docs/tracing.md`.

State is flat arrays that a kernel changes in place and Python grows, so a run can stop and go on at any event.
"""

import numpy as np

from clew.tracing.compiled import AHEAD, inlined, kernel, prefetch
from clew.tracing.long_queues import draw_long, prepare_long, put_long, record_long, unrope
from clew.tracing.lots import (
    COLLISION,
    DONE,
    FIRST,
    GROW,
    LAST,
    LONG,
    MARK,
    NEXT,
    NODES_WANTED,
    RECORDS,
    RECORDS_WANTED,
    ROPE,
    RUNS_WANTED,
    STATUS,
    USED,
)
from clew.tracing.movements import convert, mark, marks_of, record, weaken
from clew.tracing.ropes import weaken_rope
from clew.tracing.short_queues import draw, length, put_back, put_top, reach
from clew.tracing.uint128 import flag_or, load, small

_SPARE = 8
"""Runs one event may need beside those it moves: a split, a shortfall, a front run pushed back, the rest of a mark."""
_NEAR = 6
"""Events by which a kernel runs ahead to fetch the runs of an account whose row it fetched before; two further runs
are fetched two events apart behind that, each by the one before it."""
_NOTHING, _DRAWS, _CONVERTS = range(3)
"""What an event does to its sender: nothing where he is not followed."""


@inlined
def _fetch_behind(lists, events, event, hops):
    """Fetch the run so many behind the sender's first further one, where the front run will not do."""
    sender = np.int64(events.sender[event])
    if load(lists.units, sender) >= load(events.amount, event):
        return
    node = np.int64(lists.head[sender, FIRST])
    for _ in range(hops):
        if node < 0:
            return
        node = np.int64(lists.run[node, NEXT])
    prefetch(lists.run, node)


@inlined
def _fetch(lists, events, event, stop):
    if event + AHEAD < stop:
        prefetch(lists.head, np.int64(events.sender[event + AHEAD]))
        prefetch(lists.head, np.int64(events.receiver[event + AHEAD]))
    if event + _NEAR < stop:
        prefetch(lists.run, np.int64(lists.head[events.sender[event + _NEAR], FIRST]))
        prefetch(lists.run, np.int64(lists.head[events.receiver[event + _NEAR], LAST]))
        _fetch_behind(lists, events, event + _NEAR - 2, 1)
        _fetch_behind(lists, events, event + _NEAR - 4, 2)


@inlined
def _how(events, event, sender):
    if flag_or(events.converts, event, False):
        return _CONVERTS
    return _DRAWS if flag_or(events.follows, sender, True) else _NOTHING


@inlined
def _fits(lists, ropes, records, moving, marked):
    """Whether there is room for an event; else what is wanted is in the counters."""
    counters = lists.counters
    counters[RUNS_WANTED] += _SPARE + marked
    fits = counters[RUNS_WANTED] <= len(lists.run)
    if ropes is not None:
        fits = fits and counters[NODES_WANTED] <= len(ropes.node)
    if records is not None:
        counters[RECORDS_WANTED] = counters[RECORDS] + _SPARE + moving + marked
        fits = fits and counters[RECORDS_WANTED] <= len(records.event)
    return fits


@inlined
def _take(lists, ropes, sender, amount, how, sink, reached):
    """What an event takes from its sender: (label, amount, origin) of the first run, first and last of more, a rope."""
    zero, none = small(lists.units, 0), np.int64(-1)
    if ropes is not None:
        if how == _CONVERTS and lists.head[sender, ROPE] >= 0:
            unrope(lists, ropes, sender)
        elif how == _DRAWS and lists.head[sender, ROPE] >= 0:
            return draw_long(lists, ropes, sender, amount, sink)
    if how == _CONVERTS:
        label, units, origin, first, last = convert(lists, sender, amount)
        return label, units, origin, first, last, none
    if how == _DRAWS:
        label, units, origin, first, last = draw(lists, sender, amount, *reached)
        return label, units, origin, first, last, none
    return np.int64(0), amount, zero, none, none, none


@inlined
def _weaken(lists, ropes, moved, grade):
    label, amount, origin, first, last, root = moved
    if ropes is not None and root >= 0:
        return label, amount, origin, first, last, weaken_rope(ropes, root, grade)
    label, amount, origin, first, last = weaken(lists, label, amount, origin, first, grade)
    return label, amount, origin, first, last, root


@inlined
def _record(lists, ropes, records, event, moved):
    label, amount, origin, first, _, root = moved
    record(lists, records, event, label, amount, origin, first)
    if ropes is not None and root >= 0:
        record_long(ropes, records, event, root)


@inlined
def _give(lists, ropes, receiver, moved, many, sink, lifo):
    """Put what was taken where it goes. A sink, never drawn from, keeps a list of what is tainted."""
    label, amount, origin, first, last, root = moved
    if ropes is not None:
        roped = lists.head[receiver, ROPE] >= 0
        if sink and roped:
            unrope(lists, ropes, receiver)
        elif not sink and (many or roped or root >= 0):
            put_long(lists, ropes, receiver, label, amount, origin, first, root, lifo)
            return
    if sink or lifo:
        put_top(lists, receiver, label, amount, origin, first, sink)
    else:
        put_back(lists, receiver, label, amount, origin, first, last)


@inlined
def _next_mark(marks, counters):
    return marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1


@kernel
def run_queues(events, marks, lists, ropes, records, start, stop, lifo):
    """Carry events `start` to `stop` through the queues; returns the event it stopped at, the reason in the counters.

    Without `ropes` (None) it stops with LONG where there must be some. GROW, as LONG: nothing of that event is done,
    call again with the room that the counters ask for. OVERFLOW: a sum does not fit, or a theft marks more than its
    event moves. COLLISION: a theft takes units already tainted.
    """
    counters = lists.counters
    counters[STATUS] = DONE
    zero = small(lists.units, 0)
    next_mark = _next_mark(marks, counters)
    for event in range(start, stop):
        _fetch(lists, events, event, stop)
        sender, receiver = np.int64(events.sender[event]), np.int64(events.receiver[event])
        amount = load(events.amount, event)
        if sender == receiver or amount == zero:
            continue
        how = _how(events, event, sender)
        sink = not flag_or(events.follows, receiver, True)
        marked = marks_of(marks, counters[MARK], event) if event == next_mark else 0
        moving, reached = 1, (np.int64(-1), np.int64(-1), zero)
        if how == _DRAWS and lists.head[sender, ROPE] < 0:
            moving, reached = reach(lists, sender, amount)
        elif how == _CONVERTS:
            moving = length(lists, sender)
        many = how == _DRAWS and moving > lists.long
        counters[RUNS_WANTED] = counters[USED]
        counters[NODES_WANTED] = 0
        if many or lists.head[sender, ROPE] >= 0 or lists.head[receiver, ROPE] >= 0:
            if ropes is None:
                counters[STATUS] = LONG
                return event
            moving = prepare_long(lists, ropes, sender, receiver, amount, moving, how == _CONVERTS, sink)
        if not _fits(lists, ropes, records, moving, marked):
            counters[STATUS] = GROW
            return event
        moved = _take(lists, ropes, sender, amount, how, sink, reached)
        if marked > 0:
            if moved[0] != 0 or moved[3] >= 0 or moved[5] >= 0:
                counters[STATUS] = COLLISION
            label, units, origin, first, last = mark(lists, marks, event, amount)
            moved = (label, units, origin, first, last, np.int64(-1))
            next_mark = _next_mark(marks, counters)
        grade = flag_or(events.grade, event, 0)
        if grade > 0:
            moved = _weaken(lists, ropes, moved, grade)
        if records is not None:
            _record(lists, ropes, records, event, moved)
        _give(lists, ropes, receiver, moved, many, sink, lifo)
        if counters[STATUS] != DONE:
            return event
    return stop
