"""Long queues: chunks of lots under a balanced tree, so that a split by units and a join are logarithmic.

A treap (Seidel and Aragon, Randomized Search Trees, 1996) in the order of the queue: every chunk has a random
priority, no child's is above its parent's, and each node keeps the units and lots below it. A split cuts at most one
chunk and one lot. Beside each cut, and where two ropes meet, neighbours that fit one chunk become one, so any two
neighbours hold more lots than one chunk has room for. LIFO turns what it moves around: a mark on a node that its
subtree is to be read from behind, pushed down when somebody comes by.
"""

import numpy as np

from clew.tracing.chunks import (
    COUNT,
    LEFT,
    LOTS,
    PRIORITY,
    RIGHT,
    STRONGEST,
    STRONGEST_BELOW,
    SUBTREE,
    TURN,
    append,
    copy_lots,
    cut,
    free_node,
    lay_out,
    new_node,
    pull,
    push,
    straighten,
    swap_lots,
    weaken_chunk,
)
from clew.tracing.compiled import apart, inlined
from clew.tracing.lots import NAME, NEXT, add, free_run, origin_of, take_run
from clew.tracing.uint128 import load, load_or, small, store


@inlined
def _below(ropes, node):
    return load(ropes.below, node) if node >= 0 else small(ropes.below, 0)


@inlined
def _hang(ropes, root, at, side, node):
    """Hang a node below another, or make it the root where there is none; the root."""
    if at < 0:
        return np.int64(node)
    ropes.node[at, side] = node
    return np.int64(root)


@inlined
def _gain(ropes, node, other):
    """Count another tree in below a node."""
    ropes.node[node, LOTS] += ropes.node[other, LOTS]
    ropes.tally[node, STRONGEST_BELOW] = min(ropes.tally[node, STRONGEST_BELOW], ropes.tally[other, STRONGEST_BELOW])
    add(ropes, ropes.below, node, load(ropes.below, other))


@apart
def join(ropes, front, back):
    """One tree of two, the first before the second; either may be none. Their edges are the caller's."""
    root, at, side = np.int64(-1), np.int64(-1), LEFT
    front, back = np.int64(front), np.int64(back)
    while front >= 0 and back >= 0:
        if ropes.node[front, PRIORITY] > ropes.node[back, PRIORITY]:
            push(ropes, front)
            _gain(ropes, front, back)
            root = _hang(ropes, root, at, side, front)
            at, side = front, RIGHT
            front = np.int64(ropes.node[front, RIGHT])
        else:
            push(ropes, back)
            _gain(ropes, back, front)
            root = _hang(ropes, root, at, side, back)
            at, side = back, LEFT
            back = np.int64(ropes.node[back, LEFT])
    return _hang(ropes, root, at, side, front if front >= 0 else back)


@apart
def split(ropes, root, units):
    """The first `units` of a tree and the rest; ``0 < units <`` all of them."""
    front, back, front_at, back_at = np.int64(-1), np.int64(-1), np.int64(-1), np.int64(-1)
    depth, node, need = 0, np.int64(root), units
    while True:
        push(ropes, node)
        ropes.path[depth] = node
        depth += 1
        left, right = np.int64(ropes.node[node, LEFT]), np.int64(ropes.node[node, RIGHT])
        before, own = _below(ropes, left), load(ropes.own, node)
        if need <= before:
            back = _hang(ropes, back, back_at, LEFT, node)
            back_at = node
            if need == before:
                ropes.node[node, LEFT] = -1
                front = _hang(ropes, front, front_at, RIGHT, left)
                break
            node = left
            continue
        need = need - before
        front = _hang(ropes, front, front_at, RIGHT, node)
        front_at = node
        if need <= own:
            ropes.node[node, RIGHT] = -1
            if need < own:
                right = join(ropes, cut(ropes, node, need), right)
            back = _hang(ropes, back, back_at, LEFT, right)
            break
        need = need - own
        node = right
    _pull_path(ropes, depth)
    return front, back


@inlined
def _pull_path(ropes, depth):
    while depth > 0:
        depth -= 1
        pull(ropes, ropes.path[depth])


@inlined
def _descend(ropes, root, side):
    """Write the way to the outermost chunk of a side into the path; its length."""
    depth, node = 0, np.int64(root)
    while node >= 0:
        push(ropes, node)
        ropes.path[depth] = node
        depth += 1
        node = np.int64(ropes.node[node, side])
    return depth


@apart
def _pop(ropes, root, side):
    """Take the outermost chunk of a side off: the chunk by itself, and the rest (-1: none)."""
    depth = _descend(ropes, root, side) - 1
    node = np.int64(ropes.path[depth])
    inner = np.int64(ropes.node[node, RIGHT if side == LEFT else LEFT])
    ropes.node[node, LEFT] = -1
    ropes.node[node, RIGHT] = -1
    rest = np.int64(root)
    if depth == 0:
        rest = inner
    else:
        ropes.node[ropes.path[depth - 1], side] = inner
    _pull_path(ropes, depth)
    pull(ropes, node)
    return node, rest


@apart
def concat(ropes, front, back):
    """One rope of two: lots of one label that meet become one, and chunks that meet and fit become one."""
    if front < 0 or back < 0:
        return np.int64(front if front >= 0 else back)
    front, back = np.int64(front), np.int64(back)
    head = np.int64(ropes.path[_descend(ropes, back, LEFT) - 1])
    depth = _descend(ropes, front, RIGHT)
    tail = np.int64(ropes.path[depth - 1])
    straighten(ropes, head)
    straighten(ropes, tail)
    count = ropes.tally[tail, COUNT]
    last, first = tail * ropes.chunk + count - 1, head * ropes.chunk
    meets = 1 if ropes.lot[last] == ropes.lot[first] else 0
    fits = count + ropes.tally[head, COUNT] - meets <= ropes.chunk
    if not meets and not fits:
        return join(ropes, front, back)
    head, back = _pop(ropes, back, LEFT)
    if meets:
        amount = load(ropes.lot_amount, first)
        add(ropes, ropes.lot_amount, last, amount)
        add(ropes, ropes.lot_origin, last, load_or(ropes.lot_origin, first, small(ropes.own, 0)))
        add(ropes, ropes.own, tail, amount)
        store(ropes.own, head, load(ropes.own, head) - amount)
    if fits:
        copy_lots(ropes, head, meets, tail)
        add(ropes, ropes.own, tail, load(ropes.own, head))
        free_node(ropes, head)
    else:
        ropes.tally[head, COUNT] -= 1
        for i in range(first, first + ropes.tally[head, COUNT]):
            swap_lots(ropes, i, i + 1)
        pull(ropes, head)
        back = join(ropes, head, back)
    _pull_path(ropes, _descend(ropes, front, RIGHT))
    return join(ropes, front, back)


@apart
def tidy(ropes, root, side):
    """Make the outermost two chunks of a side one if they fit: a cut may have left one with few lots."""
    depth = _descend(ropes, root, side)
    node = np.int64(ropes.path[depth - 1])
    beside = np.int64(ropes.node[node, RIGHT if side == LEFT else LEFT])
    if beside < 0:
        beside = np.int64(ropes.path[depth - 2]) if depth > 1 else np.int64(-1)
    else:
        push(ropes, beside)
        while ropes.node[beside, side] >= 0:
            beside = np.int64(ropes.node[beside, side])
            push(ropes, beside)
    if beside < 0 or ropes.tally[node, COUNT] + ropes.tally[beside, COUNT] > ropes.chunk:
        return np.int64(root)
    node, rest = _pop(ropes, root, side)
    return concat(ropes, node, rest) if side == LEFT else concat(ropes, rest, node)


@inlined
def turn(ropes, root):
    """Let a rope be read from behind."""
    ropes.tally[root, TURN] ^= SUBTREE


@apart
def rope_of(lists, ropes, label, amount, origin, first):
    """The rope of a front run and a list behind it, whose runs are given back."""
    root = np.int64(-1)
    node = np.int64(new_node(ropes))
    append(ropes, node, label, amount, origin)
    run = np.int64(first)
    while run >= 0:
        after = np.int64(lists.run[run, NEXT])
        if ropes.tally[node, COUNT] == ropes.chunk:
            pull(ropes, node)
            root = join(ropes, root, node)
            node = np.int64(new_node(ropes))
        append(ropes, node, lists.run[run, NAME], load(lists.amount, run), origin_of(lists, run))
        free_run(lists, run)
        run = after
    pull(ropes, node)
    return join(ropes, root, node)


@apart
def list_of(lists, ropes, root):
    """The list of a rope, (first, last), whose chunks are given back."""
    first, last, depth, node = np.int64(-1), np.int64(-1), 0, np.int64(root)
    while node >= 0 or depth > 0:
        if node >= 0:
            push(ropes, node)
            ropes.path[depth] = node
            depth += 1
            node = np.int64(ropes.node[node, LEFT])
            continue
        depth -= 1
        node = np.int64(ropes.path[depth])
        straighten(ropes, node)
        start = node * ropes.chunk
        for at in range(start, start + ropes.tally[node, COUNT]):
            amount = load(ropes.lot_amount, at)
            run = np.int64(take_run(lists, ropes.lot[at], amount, load_or(ropes.lot_origin, at, amount)))
            if last >= 0:
                lists.run[last, NEXT] = run
            else:
                first = run
            last = run
        after = np.int64(ropes.node[node, RIGHT])
        free_node(ropes, node)
        node = after
    return first, last


@apart
def weaken_rope(ropes, root, grade):
    """Weaken all lots of a rope. Only chunks with a stronger one are looked at; a lot is weakened thrice at most."""
    root = np.int64(root)
    while ropes.tally[root, STRONGEST_BELOW] < grade:
        node, before = root, small(ropes.own, 0)
        while True:
            push(ropes, node)
            left = np.int64(ropes.node[node, LEFT])
            if left >= 0 and ropes.tally[left, STRONGEST_BELOW] < grade:
                node = left
                continue
            before = before + _below(ropes, left)
            if ropes.tally[node, STRONGEST] < grade:
                break
            before = before + load(ropes.own, node)
            node = np.int64(ropes.node[node, RIGHT])
        front, middle, back = np.int64(-1), root, np.int64(-1)
        own = load(ropes.own, node)
        if before > small(ropes.own, 0):
            front, middle = split(ropes, middle, before)
        if own < load(ropes.below, middle):
            middle, back = split(ropes, middle, own)
        weaken_chunk(ropes, middle, grade)
        root = concat(ropes, concat(ropes, front, middle), back)
    return root


@apart
def lots_within(ropes, root, units):
    """How many lots the first `units` of a rope are in; one more where it has not so many units."""
    count, node, need = 0, np.int64(root), units
    while node >= 0:
        lay_out(ropes, node)
        left = np.int64(ropes.node[node, LEFT])
        before = _below(ropes, left)
        if need <= before:
            node = left
            continue
        need = need - before
        if left >= 0:
            count += ropes.node[left, LOTS]
        if need <= load(ropes.own, node):
            at = node * ropes.chunk
            while load(ropes.lot_amount, at) < need:
                need = need - load(ropes.lot_amount, at)
                at += 1
            return count + 1 + at - node * ropes.chunk
        need = need - load(ropes.own, node)
        count += ropes.tally[node, COUNT]
        node = np.int64(ropes.node[node, RIGHT])
    return count + 1
