"""What the queues of FIFO and LIFO hold, read out row by row."""

import numpy as np

from clew.tracing.chunks import COUNT, LEFT, RIGHT
from clew.tracing.compiled import inlined, kernel
from clew.tracing.lots import FIRST, LABEL, NAME, NEXT, ROPE, front_origin, origin_of
from clew.tracing.uint128 import load, load_or, store


@inlined
def _row(out, count, account, label, amount, origin):
    """Write a row if it is tainted and there is room; the number of rows then."""
    if label == 0:
        return count
    if count < len(out.event):
        out.event[count] = account
        out.label[count] = label
        store(out.amount, count, amount)
        store(out.origin, count, origin)
    return count + 1


@inlined
def _rope_rows(lists, ropes, out, count, account):
    """The lots of a rope, in any order."""
    depth, node = 0, np.int64(lists.head[account, ROPE])
    while node >= 0 or depth > 0:
        if node < 0:
            depth -= 1
            node = np.int64(ropes.path[depth])
        for lot in range(node * ropes.chunk, node * ropes.chunk + ropes.tally[node, COUNT]):
            amount = load(ropes.lot_amount, lot)
            count = _row(out, count, account, ropes.lot[lot], amount, load_or(ropes.lot_origin, lot, amount))
        if ropes.node[node, RIGHT] >= 0:
            ropes.path[depth] = ropes.node[node, RIGHT]
            depth += 1
        node = np.int64(ropes.node[node, LEFT])
    return count


@kernel
def held_in_queues(lists, ropes, out):
    """Write every tainted run of every account as `lots.Records`, as far as there is room; returns how many it has."""
    count = 0
    for holder in range(len(lists.head)):
        front = load(lists.units, holder)
        count = _row(out, count, holder, lists.head[holder, LABEL], front, front_origin(lists, holder))
        run = np.int64(lists.head[holder, FIRST])
        while run >= 0:
            count = _row(out, count, holder, lists.run[run, NAME], load(lists.amount, run), origin_of(lists, run))
            run = np.int64(lists.run[run, NEXT])
        count = _rope_rows(lists, ropes, out, count, holder)
    return count
