"""What an event does where a queue is a rope, or becomes one: drawn, put, and written down without a walk over it."""

import numpy as np

from clew.tracing.chunks import COUNT, LEFT, LOTS, RIGHT, lay_out, one_lot
from clew.tracing.compiled import apart
from clew.tracing.lots import (
    FIRST,
    LABEL,
    LAST,
    NODES,
    NODES_WANTED,
    RECORDS,
    ROPE,
    RUNS_WANTED,
    USED,
    add,
    empty,
    front_origin,
    set_front,
)
from clew.tracing.ropes import concat, list_of, lots_within, rope_of, split, tidy, turn
from clew.tracing.short_queues import front_of, length
from clew.tracing.uint128 import load, load_or, small, store

_SPARE = 6
"""Chunks one event may need beside those that lists become: a cut, a shortfall, what is put."""


@apart
def prepare_long(lists, ropes, sender, receiver, amount, count, converts, sink):
    """Add what an event wants of runs and chunks to the counters; an upper bound of the runs it moves.

    `count` runs of a list would move. The receiver's list is walked only where it becomes a rope.
    """
    counters = lists.counters
    root, other = np.int64(lists.head[sender, ROPE]), np.int64(lists.head[receiver, ROPE])
    moving, runs, most = count, 2 * ropes.short, lists.long
    if root >= 0 and converts:
        moving = np.int64(ropes.node[root, LOTS]) + 1
    elif root >= 0:
        moving, most = lots_within(ropes, root, amount), ropes.short
    if root >= 0 and (converts or sink):
        runs += ropes.node[root, LOTS]
    nodes = _SPARE + moving // ropes.chunk
    if other >= 0 and sink:
        runs += ropes.node[other, LOTS]
    elif other < 0 and moving > most and not converts and not sink:
        nodes += length(lists, receiver) // ropes.chunk
    counters[RUNS_WANTED] = counters[USED] + runs
    counters[NODES_WANTED] = counters[NODES] + nodes
    return moving


@apart
def unrope(lists, ropes, account):
    """Make the rope of an account a list again."""
    first, last = list_of(lists, ropes, np.int64(lists.head[account, ROPE]))
    label, amount, origin, first, last = front_of(lists, first, last)
    set_front(lists, account, label, amount, origin)
    lists.head[account, FIRST] = first
    lists.head[account, LAST] = last
    lists.head[account, ROPE] = -1


@apart
def draw_long(lists, ropes, account, amount, whole_list):
    """Take units off the front of a rope: a list as `queues` gives it, and the root of a rope in its place, or -1."""
    zero = small(ropes.own, 0)
    piece = np.int64(lists.head[account, ROPE])
    held = load(ropes.below, piece)
    if amount < held:
        piece, rest = split(ropes, piece, amount)
        piece = tidy(ropes, piece, RIGHT)
        lists.head[account, ROPE] = tidy(ropes, rest, LEFT)
        if ropes.node[lists.head[account, ROPE], LOTS] <= ropes.short:
            unrope(lists, ropes, account)
    else:
        empty(lists, account)
        if amount > held:
            add(lists, lists.unexplained, account, amount - held)
            piece = concat(ropes, piece, one_lot(ropes, 0, amount - held, zero))
    if whole_list or ropes.node[piece, LOTS] <= ropes.short:
        first, last = list_of(lists, ropes, piece)
        label, units, origin, first, last = front_of(lists, first, last)
        return label, units, origin, first, last, np.int64(-1)
    return np.int64(0), zero, zero, np.int64(-1), np.int64(-1), piece


@apart
def put_long(lists, ropes, account, label, amount, origin, first, root, lifo):
    """Put a list or a rope behind (FIFO), or turned around before (LIFO), what an account holds; all becomes a rope."""
    held = np.int64(lists.head[account, ROPE])
    front = load(lists.units, account)
    if held < 0 and front > small(lists.units, 0):
        behind = np.int64(lists.head[account, FIRST])
        held = rope_of(lists, ropes, np.int64(lists.head[account, LABEL]), front, front_origin(lists, account), behind)
    if root < 0:
        root = rope_of(lists, ropes, label, amount, origin, first)
    if lifo:
        turn(ropes, root)
        root = concat(ropes, root, held)
    else:
        root = concat(ropes, held, root)
    empty(lists, account)
    lists.head[account, ROPE] = root


@apart
def record_long(ropes, records, event, root):
    """Write down what is tainted in a rope, in the order of the queue."""
    depth, node = 0, root
    at = ropes.counters[RECORDS]
    while node >= 0 or depth > 0:
        if node >= 0:
            lay_out(ropes, node)
            ropes.path[depth] = node
            depth += 1
            node = np.int64(ropes.node[node, LEFT])
            continue
        depth -= 1
        node = np.int64(ropes.path[depth])
        start = node * ropes.chunk
        for lot in range(start, start + ropes.tally[node, COUNT]):
            if ropes.lot[lot] != 0:
                records.event[at] = event
                records.label[at] = ropes.lot[lot]
                amount = load(ropes.lot_amount, lot)
                store(records.amount, at, amount)
                store(records.origin, at, load_or(ropes.lot_origin, lot, amount))
                at += 1
        node = np.int64(ropes.node[node, RIGHT])
    ropes.counters[RECORDS] = at
