"""What moves in one event, as `short_queues` gives it: converted, marked as stolen, weakened, written down."""

import numpy as np

from clew.tracing.compiled import apart, inlined
from clew.tracing.labels import weaken as weaker
from clew.tracing.lots import (
    DONE,
    FIRST,
    LABEL,
    MARK,
    NAME,
    NEXT,
    OVERFLOW,
    RECORDS,
    STATUS,
    absorb,
    add,
    empty,
    free_run,
    front_origin,
    origin_of,
    take_run,
)
from clew.tracing.short_queues import front_of, put_back
from clew.tracing.uint128 import load, muldiv, small, store


@inlined
def _all_of(lists, account):
    """Take a queue out as a list of runs, and leave the account empty; the first run (-1: all clean, or none)."""
    zero = small(lists.units, 0)
    label, amount = lists.head[account, LABEL], load(lists.units, account)
    first = np.int64(lists.head[account, FIRST])
    if amount > zero and (label != 0 or first >= 0):
        node = np.int64(take_run(lists, label, amount, front_origin(lists, account)))
        lists.run[node, NEXT] = first
        first = node
    empty(lists, account)
    return first


@inlined
def _sum_of(lists, first):
    total = small(lists.units, 0)
    node = first
    while node >= 0:
        before = total
        total = total + load(lists.amount, node)
        node = np.int64(lists.run[node, NEXT])
        if total < before:
            lists.counters[STATUS] = OVERFLOW
            break
    return total


@apart
def convert(lists, account, total_out):
    """Take all units of a conversion's account, scaled to `total_out` units of the other asset; as a draw.

    Each run keeps its place and its origin units whole. Taint too small for one unit stays behind, and says so there.
    """
    zero = small(lists.units, 0)
    first = _all_of(lists, account)
    total = _sum_of(lists, first)
    if first < 0 or lists.counters[STATUS] != DONE:
        return 0, total_out, zero, -1, -1
    seen, given = zero, zero
    start, last = np.int64(-1), np.int64(-1)
    node = first
    while node >= 0:
        after = np.int64(lists.run[node, NEXT])
        lists.run[node, NEXT] = -1
        seen = seen + load(lists.amount, node)
        upto = muldiv(seen, total_out, total)
        if upto > given:
            store(lists.amount, node, upto - given)
            if last >= 0 and lists.run[last, NAME] == lists.run[node, NAME]:
                absorb(lists, last, node)
            else:
                if last >= 0:
                    lists.run[last, NEXT] = node
                else:
                    start = node
                last = node
        else:
            label, amount, origin = np.int64(lists.run[node, NAME]), load(lists.amount, node), origin_of(lists, node)
            free_run(lists, node)
            if label != 0:
                put_back(lists, account, label, amount, origin, -1, -1)
        given = upto
        node = after
    return front_of(lists, start, last)


@inlined
def _behind(lists, last, label, amount, origin):
    """Link a run behind the last of a list, or make it one with it where both bear one label; the last run then."""
    if last >= 0 and lists.run[last, NAME] == label:
        add(lists, lists.amount, last, amount)
        add(lists, lists.origin, last, origin)
        return last
    node = np.int64(take_run(lists, label, amount, origin))
    if last >= 0:
        lists.run[last, NEXT] = node
    return node


@inlined
def mark(lists, marks, event, amount):
    """The runs of a theft: its marked units first, the rest clean; as a draw."""
    zero = small(lists.units, 0)
    label, front, rest = np.int64(0), zero, amount
    first, last = np.int64(-1), np.int64(-1)
    at = lists.counters[MARK]
    while at < len(marks.event) and marks.event[at] == event:
        stolen, name = load(marks.amount, at), np.int64(marks.label[at])
        if stolen > rest:
            lists.counters[STATUS] = OVERFLOW
            break
        rest = rest - stolen
        if front == zero or (last < 0 and label == name):
            label, front = name, front + stolen
        elif stolen > zero:
            last = _behind(lists, last, name, stolen, stolen)
            first = last if first < 0 else first
        at += 1
    lists.counters[MARK] = at
    if front == zero:
        return np.int64(0), amount, zero, first, last
    if rest > zero:
        last = _behind(lists, last, np.int64(0), rest, zero)
        first = last if first < 0 else first
    return label, front, front, first, last


@apart
def weaken(lists, label, amount, origin, first, grade):
    """Weaken what moves; runs that come to bear one label become one. As a draw."""
    label = np.int64(weaker(label, grade))
    start, last = np.int64(-1), np.int64(-1)
    node = first
    while node >= 0:
        after = np.int64(lists.run[node, NEXT])
        lists.run[node, NEXT] = -1
        lists.run[node, NAME] = weaker(lists.run[node, NAME], grade)
        if last >= 0 and lists.run[last, NAME] == lists.run[node, NAME]:
            absorb(lists, last, node)
        elif last < 0 and lists.run[node, NAME] == label:
            amount = amount + load(lists.amount, node)
            before = origin
            origin = origin + origin_of(lists, node)
            if origin < before:
                lists.counters[STATUS] = OVERFLOW
            free_run(lists, node)
        else:
            if last >= 0:
                lists.run[last, NEXT] = node
            else:
                start = node
            last = node
        node = after
    return label, amount, origin, start, last


@inlined
def _write(lists, records, event, label, amount, origin):
    if label != 0:
        at = lists.counters[RECORDS]
        records.event[at] = event
        records.label[at] = label
        store(records.amount, at, amount)
        store(records.origin, at, origin)
        lists.counters[RECORDS] = at + 1


@apart
def record(lists, records, event, label, amount, origin, first):
    """Write down what is tainted in what moves."""
    _write(lists, records, event, label, amount, origin)
    node = first
    while node >= 0:
        _write(lists, records, event, lists.run[node, NAME], load(lists.amount, node), origin_of(lists, node))
        node = np.int64(lists.run[node, NEXT])


@inlined
def marks_of(marks, at, event):
    """How many marks stand on an event, from the next one on."""
    count = 0
    while at + count < len(marks.event) and marks.event[at + count] == event:
        count += 1
    return count
