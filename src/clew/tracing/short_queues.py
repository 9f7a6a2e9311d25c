"""Queues as lists: the front run in the account's row, further runs linked behind it; drawn from and put to.

What moves is a front run by itself (label, amount, origin units) and a list of runs behind it (first and last, or -1).
Whole runs are relinked, never copied, and at most one is split.
"""

import numpy as np

from clew.tracing.compiled import inlined
from clew.tracing.lots import (
    FIRST,
    LABEL,
    LAST,
    NAME,
    NEXT,
    add,
    empty,
    free_run,
    front_origin,
    origin_of,
    set_front,
    take_run,
)
from clew.tracing.uint128 import load, muldiv, small, store, store_if


@inlined
def _part_of(origin, part, amount):
    """Origin units that leave with a part of a run: in proportion, rounded down."""
    if origin == amount:
        return part
    return origin if origin == origin - origin else muldiv(origin, part, amount)


@inlined
def reach(lists, account, amount):
    """How far a draw goes: the runs it moves; and the last it takes whole, the run it stops at, what it needs there."""
    count, last = 1, np.int64(-1)
    node = np.int64(lists.head[account, FIRST])
    front = load(lists.units, account)
    if front >= amount:
        return count, (last, node, amount - amount)
    need = amount - front
    while node >= 0 and load(lists.amount, node) <= need:
        need = need - load(lists.amount, node)
        count += 1
        last = node
        node = np.int64(lists.run[node, NEXT])
        if need == amount - amount:
            break
    return count, (last, node, need)


@inlined
def _draw_part(lists, account, amount):
    """Take a part of the front run; its origin units."""
    front, origin = load(lists.units, account), front_origin(lists, account)
    moved = _part_of(origin, amount, front)
    store(lists.units, account, front - amount)
    store_if(lists.units_origin, account, origin - moved)
    return moved


@inlined
def _advance_front(lists, account, node, need):
    """Make a run the front run. `need` units of it (0: none) go, as that same run, with their origin units."""
    label, amount, origin = lists.run[node, NAME], load(lists.amount, node), origin_of(lists, node)
    after = lists.run[node, NEXT]
    lists.head[account, FIRST] = after
    if after < 0:
        lists.head[account, LAST] = -1
    if need > need - need:
        moved = _part_of(origin, need, amount)
        set_front(lists, account, label, amount - need, origin - moved)
        store(lists.amount, node, need)
        store_if(lists.origin, node, moved)
        lists.run[node, NEXT] = -1
    else:
        set_front(lists, account, label, amount, origin)
        free_run(lists, node)


@inlined
def draw(lists, account, amount, last, node, need):
    """Take units off the front, as far as `reach` said: (label, amount, origin) of the first run, and a list."""
    zero = small(lists.units, 0)
    front = load(lists.units, account)
    label = np.int64(lists.head[account, LABEL])
    if amount < front:
        return label, amount, _draw_part(lists, account, amount), np.int64(-1), np.int64(-1)
    origin = front_origin(lists, account)
    first = np.int64(lists.head[account, FIRST]) if last >= 0 else -1
    extra = node
    if node >= 0:
        _advance_front(lists, account, node, need)
    else:
        empty(lists, account)
        if need > zero:
            # What was spent beyond what was seen to be held is clean, behind all the rest.
            add(lists, lists.unexplained, account, need)
            if last >= 0 and lists.run[last, NAME] == 0:
                add(lists, lists.amount, last, need)
                need = zero
            elif last < 0 and label == 0:
                front = front + need
                need = zero
            else:
                extra = take_run(lists, 0, need, zero)
    if last >= 0:
        lists.run[last, NEXT] = -1
    if need > zero:
        if last >= 0:
            lists.run[last, NEXT] = extra
        else:
            first = extra
        last = extra
    return label, front, origin, first, last


@inlined
def put_back(lists, account, label, amount, origin, first, last):
    """FIFO: append a front run and the list behind it."""
    if load(lists.units, account) == small(lists.units, 0):
        set_front(lists, account, label, amount, origin)
        lists.head[account, FIRST] = first
        lists.head[account, LAST] = last
        return
    tail = np.int64(lists.head[account, LAST])
    if tail < 0 and lists.head[account, LABEL] == label:
        add(lists, lists.units, account, amount)
        add(lists, lists.units_origin, account, origin)
    elif tail >= 0 and lists.run[tail, NAME] == label:
        add(lists, lists.amount, tail, amount)
        add(lists, lists.origin, tail, origin)
    else:
        node = np.int64(take_run(lists, label, amount, origin))
        if tail < 0:
            lists.head[account, FIRST] = node
        else:
            lists.run[tail, NEXT] = node
        tail = node
    if first >= 0:
        if tail < 0:
            lists.head[account, FIRST] = first
        else:
            lists.run[tail, NEXT] = first
        tail = last
    lists.head[account, LAST] = tail


@inlined
def _stack(lists, account, label, amount, origin):
    """Put one run in front of the others."""
    zero = small(lists.units, 0)
    front = load(lists.units, account)
    if front > zero and lists.head[account, LABEL] == label:
        add(lists, lists.units, account, amount)
        add(lists, lists.units_origin, account, origin)
        return
    if front > zero:
        node = take_run(lists, lists.head[account, LABEL], front, front_origin(lists, account))
        if lists.head[account, FIRST] < 0:
            lists.head[account, LAST] = node
        lists.run[node, NEXT] = lists.head[account, FIRST]
        lists.head[account, FIRST] = node
    set_front(lists, account, label, amount, origin)


@inlined
def put_top(lists, account, label, amount, origin, first, sink):
    """Stack runs in the order in which they were drawn; a sink, never drawn from, keeps what is tainted."""
    if not sink or label != 0:
        _stack(lists, account, label, amount, origin)
    node = first
    while node >= 0:
        after = np.int64(lists.run[node, NEXT])
        label, amount, origin = np.int64(lists.run[node, NAME]), load(lists.amount, node), origin_of(lists, node)
        free_run(lists, node)
        if not sink or label != 0:
            _stack(lists, account, label, amount, origin)
        node = after


@inlined
def front_of(lists, first, last):
    """A list of runs with its first run told apart, as what moves is given."""
    label, amount, origin = np.int64(lists.run[first, NAME]), load(lists.amount, first), origin_of(lists, first)
    after = np.int64(lists.run[first, NEXT])
    free_run(lists, first)
    return label, amount, origin, after, last if after >= 0 else np.int64(-1)


@inlined
def length(lists, account):
    """Runs of a list, and one where there is none."""
    count, node = 1, np.int64(lists.head[account, FIRST])
    while node >= 0:
        count += 1
        node = np.int64(lists.run[node, NEXT])
    return count
