"""Chunks of lots, the nodes of a rope: made, laid out, filled, cut and weakened, each by itself."""

import numpy as np

from clew.tracing.compiled import apart, inlined
from clew.tracing.labels import GRADES, weaken
from clew.tracing.lots import FREE_NODE, NODES, SEED, add
from clew.tracing.uint128 import load, load_or, muldiv, small, store, store_if

# Columns of `node`.
LEFT, RIGHT, LOTS, PRIORITY = range(4)
# Columns of `tally`.
COUNT, STRONGEST, STRONGEST_BELOW, TURN = range(4)
# Bits of TURN.
SUBTREE, CHUNK = 1, 2

_NO_GRADE = len(GRADES)
"""Stands for the grade of clean lots."""


@inlined
def new_node(ropes):
    """A chunk without lots, by itself."""
    counters = ropes.counters
    node = counters[FREE_NODE]
    if node >= 0:
        counters[FREE_NODE] = ropes.node[node, LEFT]
    else:
        node = counters[NODES]
        counters[NODES] = node + 1
    # Every number below 2**31 once in a period (Knuth, The Art of Computer Programming 2, 3.2.1.2, theorem A).
    counters[SEED] = (counters[SEED] * 1103515245 + 12345) & 0x7FFFFFFF
    zero = small(ropes.own, 0)
    ropes.node[node, LEFT] = -1
    ropes.node[node, RIGHT] = -1
    ropes.node[node, LOTS] = 0
    ropes.node[node, PRIORITY] = counters[SEED]
    ropes.tally[node, COUNT] = 0
    ropes.tally[node, STRONGEST] = _NO_GRADE
    ropes.tally[node, STRONGEST_BELOW] = _NO_GRADE
    ropes.tally[node, TURN] = 0
    store(ropes.own, node, zero)
    store(ropes.below, node, zero)
    return node


@inlined
def free_node(ropes, node):
    """Give a chunk back, to be used again."""
    ropes.node[node, LEFT] = ropes.counters[FREE_NODE]
    ropes.counters[FREE_NODE] = node


@inlined
def pull(ropes, node):
    """Set what a node says of all below it, from its children."""
    lots = np.int64(ropes.tally[node, COUNT])
    strongest = ropes.tally[node, STRONGEST]
    units = load(ropes.own, node)
    for side in range(2):
        child = ropes.node[node, side]
        if child >= 0:
            lots += ropes.node[child, LOTS]
            units = units + load(ropes.below, child)
            strongest = min(strongest, ropes.tally[child, STRONGEST_BELOW])
    ropes.node[node, LOTS] = lots
    ropes.tally[node, STRONGEST_BELOW] = strongest
    store(ropes.below, node, units)


@inlined
def push(ropes, node):
    """Turn a node around if that is due, and make it due for its children."""
    if ropes.tally[node, TURN] & SUBTREE:
        left, right = ropes.node[node, LEFT], ropes.node[node, RIGHT]
        ropes.node[node, LEFT], ropes.node[node, RIGHT] = right, left
        if left >= 0:
            ropes.tally[left, TURN] ^= SUBTREE
        if right >= 0:
            ropes.tally[right, TURN] ^= SUBTREE
        ropes.tally[node, TURN] ^= SUBTREE | CHUNK


@inlined
def swap_lots(ropes, one, other):
    """Let two lots change places."""
    ropes.lot[one], ropes.lot[other] = ropes.lot[other], ropes.lot[one]
    amount, origin = load(ropes.lot_amount, one), load_or(ropes.lot_origin, one, small(ropes.own, 0))
    store(ropes.lot_amount, one, load(ropes.lot_amount, other))
    store_if(ropes.lot_origin, one, load_or(ropes.lot_origin, other, small(ropes.own, 0)))
    store(ropes.lot_amount, other, amount)
    store_if(ropes.lot_origin, other, origin)


@inlined
def straighten(ropes, node):
    """Lay the lots of a chunk in the order of the queue."""
    if ropes.tally[node, TURN] & CHUNK:
        start = node * ropes.chunk
        end = start + ropes.tally[node, COUNT] - 1
        while start < end:
            swap_lots(ropes, start, end)
            start += 1
            end -= 1
        ropes.tally[node, TURN] ^= CHUNK


@inlined
def lay_out(ropes, node):
    """Have a chunk and its children stand as they are to be read."""
    push(ropes, node)
    straighten(ropes, node)


@inlined
def append(ropes, node, label, amount, origin):
    """Put a lot behind the others of a chunk."""
    at = node * ropes.chunk + ropes.tally[node, COUNT]
    ropes.lot[at] = label
    store(ropes.lot_amount, at, amount)
    store_if(ropes.lot_origin, at, origin)
    ropes.tally[node, COUNT] += 1
    if label != 0:
        ropes.tally[node, STRONGEST] = min(ropes.tally[node, STRONGEST], (label - 1) % _NO_GRADE)
    add(ropes, ropes.own, node, amount)


@inlined
def copy_lots(ropes, source, start, into):
    """Append the lots of a chunk from `start` on to another chunk; its units are the caller's."""
    count = ropes.tally[into, COUNT]
    source_at, into_at = source * ropes.chunk + start, into * ropes.chunk + count
    more = ropes.tally[source, COUNT] - start
    for i in range(more):
        ropes.lot[into_at + i] = ropes.lot[source_at + i]
        store(ropes.lot_amount, into_at + i, load(ropes.lot_amount, source_at + i))
        store_if(ropes.lot_origin, into_at + i, load_or(ropes.lot_origin, source_at + i, small(ropes.own, 0)))
    ropes.tally[into, COUNT] = count + more
    ropes.tally[into, STRONGEST] = min(ropes.tally[into, STRONGEST], ropes.tally[source, STRONGEST])


@apart
def cut(ropes, node, units):
    """Leave the first `units` in a chunk; the rest goes to a new one. One lot may be cut, its origin in proportion."""
    straighten(ropes, node)
    start = node * ropes.chunk
    at = start
    need = units
    while load(ropes.lot_amount, at) <= need:
        need = need - load(ropes.lot_amount, at)
        at += 1
    rest = np.int64(new_node(ropes))
    if need > small(ropes.own, 0):
        amount = load(ropes.lot_amount, at)
        origin = load_or(ropes.lot_origin, at, amount)
        moved = need if origin == amount else muldiv(origin, need, amount)
        append(ropes, rest, ropes.lot[at], amount - need, origin - moved)
        store(ropes.lot_amount, at, need)
        store_if(ropes.lot_origin, at, moved)
        at += 1
    copy_lots(ropes, node, at - start, rest)
    ropes.tally[node, COUNT] = at - start
    store(ropes.own, rest, load(ropes.own, node) - units)
    store(ropes.own, node, units)
    pull(ropes, rest)
    return rest


@inlined
def weaken_chunk(ropes, node, grade):
    """Weaken the lots of a chunk by itself; lots that come to bear one label become one."""
    straighten(ropes, node)
    start = node * ropes.chunk
    count = ropes.tally[node, COUNT]
    ropes.tally[node, COUNT] = 0
    ropes.tally[node, STRONGEST] = _NO_GRADE
    store(ropes.own, node, small(ropes.own, 0))
    for at in range(start, start + count):
        label = weaken(ropes.lot[at], grade)
        amount = load(ropes.lot_amount, at)
        origin = load_or(ropes.lot_origin, at, amount)
        last = start + ropes.tally[node, COUNT] - 1
        if last >= start and ropes.lot[last] == label:
            add(ropes, ropes.lot_amount, last, amount)
            add(ropes, ropes.lot_origin, last, origin)
            add(ropes, ropes.own, node, amount)
        else:
            append(ropes, node, label, amount, origin)
    pull(ropes, node)


@apart
def one_lot(ropes, label, amount, origin):
    """A rope of one lot."""
    node = np.int64(new_node(ropes))
    append(ropes, node, label, amount, origin)
    pull(ropes, node)
    return node
