"""The memory of FIFO and LIFO: the queue of every account, as flat arrays that kernels change in place.

A run is (label, amount, origin units). The front run of an account stands in the account's own row, so that most
transfers touch two rows and no run; further runs are linked, and relinked rather than copied. A queue that was seen to
move many runs at once is kept as a rope (`ropes`): chunks of lots under a balanced tree.

Two neighbours of a queue never bear the same label. So what a queue holds is written in one way only, whichever of the
two forms it is in, and whichever way it came there.
"""

from typing import Any, NamedTuple

from clew.tracing.compiled import inlined
from clew.tracing.uint128 import Amounts, load, load_or, small, store, store_if

# Entries of `counters`, the first five of them of every policy's state.
USED, FREE, RECORDS, MARK, STATUS = range(5)
NODES, FREE_NODE, SEED, RUNS_WANTED, NODES_WANTED, RECORDS_WANTED = range(5, 11)
COUNTERS = 11

# Values of counters[STATUS]: why a kernel stopped before the end.
DONE, GROW, OVERFLOW, COLLISION, LONG = range(5)

# Columns of `head`.
LABEL, FIRST, LAST, ROPE = range(4)

# Columns of `run`.
NAME, NEXT = range(2)


class Lists(NamedTuple):
    """The accounts, and the queues that are lists. `n` accounts, room for `cap` runs."""

    head: Any
    """``int32[n, 4]``: label of the front run, first and last of the further runs (-1: none), the queue's rope (-1)."""
    units: Amounts
    """Amount of the front run; 0 where the account is empty, or its queue a rope."""
    units_origin: Any
    """Its origin units; None where they equal the amount throughout (one asset, no conversion)."""
    unexplained: Amounts
    """Clean units added because an account spent more than it was seen to hold."""
    run: Any
    """``int32[cap, 2]``: label and next run."""
    amount: Amounts
    origin: Any
    """Origin units of each run, or None."""
    counters: Any
    """``int64[11]``: runs used, first free run, records used, next mark, status, chunks used, first free chunk, the
    seed of priorities; and where the status is GROW, how many runs, chunks and records there must be."""
    long: int
    """A list of which more runs than this move at once becomes a rope."""


class Ropes(NamedTuple):
    """The queues that are ropes. Room for `m` chunks."""

    node: Any
    """``int32[m, 4]``: a chunk's left and right child (-1: none), the lots below it and its own, its priority."""
    tally: Any
    """``int16[m, 4]``: the chunk's own lots, the strongest grade among them, the strongest below, how it is turned."""
    below: Amounts
    """Units of a chunk and of all below it."""
    own: Amounts
    """Units of a chunk."""
    lot: Any
    """``int32[m * chunk]``: labels of the lots, a chunk's in one stretch."""
    lot_amount: Amounts
    lot_origin: Any
    path: Any
    """``int32``: room for the way down a tree."""
    counters: Any
    """As of `Lists`: the same array."""
    chunk: int
    """Lots of a full chunk."""
    short: int
    """A rope with no more lots than this becomes a list."""


class Records(NamedTuple):
    """What moved, one row per event and run of one label."""

    event: Any
    label: Any
    amount: Amounts
    origin: Amounts


@inlined
def take_run(lists, label, amount, origin):
    """A run of its own, linked to none."""
    counters = lists.counters
    node = counters[FREE]
    if node >= 0:
        counters[FREE] = lists.run[node, NEXT]
    else:
        node = counters[USED]
        counters[USED] = node + 1
    lists.run[node, NAME] = label
    lists.run[node, NEXT] = -1
    store(lists.amount, node, amount)
    store_if(lists.origin, node, origin)
    return node


@inlined
def free_run(lists, node):
    """Give a run back."""
    lists.run[node, NEXT] = lists.counters[FREE]
    lists.counters[FREE] = node


@inlined
def origin_of(lists, node):
    """Origin units of a run."""
    return load_or(lists.origin, node, load(lists.amount, node))


@inlined
def add(state, array, index, value):
    """Add to an entry of a column, if it is kept; a sum that does not fit is said in the status."""
    before = load_or(array, index, value - value)
    after = before + value
    store_if(array, index, after)
    if after < before:
        state.counters[STATUS] = OVERFLOW


@inlined
def set_front(lists, account, label, amount, origin):
    """Write the front run of an account."""
    lists.head[account, LABEL] = label
    store(lists.units, account, amount)
    store_if(lists.units_origin, account, origin)


@inlined
def front_origin(lists, account):
    """Origin units of the front run."""
    return load_or(lists.units_origin, account, load(lists.units, account))


@inlined
def empty(lists, account):
    """Leave an account with nothing."""
    zero = small(lists.units, 0)
    set_front(lists, account, 0, zero, zero)
    lists.head[account, FIRST] = -1
    lists.head[account, LAST] = -1
    lists.head[account, ROPE] = -1


@inlined
def absorb(lists, into, node):
    """Merge a run into another of the same label."""
    add(lists, lists.amount, into, load(lists.amount, node))
    add(lists, lists.origin, into, load_or(lists.origin, node, small(lists.amount, 0)))
    free_run(lists, node)
