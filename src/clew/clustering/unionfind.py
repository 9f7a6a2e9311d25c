"""Union-find over uint32 ids: the label of a component is its smallest id, 4 bytes a member, no table beside it.

A parent is never larger than its child, so the root of a component is its smallest member whatever the order in which
links come, or the threads they come on. A link is followed from both ends at once, each time from the larger parent,
which on the way is hung below the smaller one (Rem's algorithm with splicing: Dijkstra, A Discipline of Programming,
1976; Patwary, Blair and Manne, SEA 2010); in the end both ends are hung where the two ways met. That takes the fewest
looks at memory, and they are what limits the rate.

Threads share the parents without a lock. A root is hung below another by compare-and-swap, so no two threads hang it at
different places; any other entry may be overwritten, for whatever stands there is joined to what stood there before by
entries of smaller ids, or by a link that a thread still holds (compare Jayanti and Tarjan, Concurrent disjoint set
union, 2021).
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from clew.clustering.memory import check_memory
from clew.compiled import compare_and_swap, load_shared, prefetch, store_shared
from clew.errors import InputError

Labels: TypeAlias = npt.NDArray[np.uint32]

MOST = 2**32
"""Ids that fit."""
_AHEAD = 12
"""Links between two steps of a way up that memory is asked for in advance."""
_FAR_AHEAD = 32
"""Ids between being labelled and being asked for: a step is shorter than one of a link."""
_compile: Any = njit
"""Numba states types of the Python functions, which a kernel never sees."""


def singletons(count: int) -> Labels:
    """The partition in which each of `count` ids is alone.

    InputError where they do not fit 32 bits, RunError where the machine has not the memory.
    """
    parent = empty_partition(count)
    number(parent, 0, count)
    return parent


def empty_partition(count: int) -> Labels:
    """Room for `count` ids, which `number` has to make singletons yet; errors as of `singletons`."""
    if not 0 <= count <= MOST:
        raise InputError(f"{count} ids do not fit 32 bits", where="clustering", mend="cluster one chain at a time")
    check_memory(memory_needed(count), f"clustering {count:,} ids")
    return np.zeros(count, np.uint32)  # NumPy asks for pages of 2 MiB, which halve the cost of random reads


def memory_needed(count: int) -> int:
    """Bytes of a partition of `count` ids; the links that are joined in it come on top."""
    return 4 * count


def unite(parent: Labels, left: Labels, right: Labels) -> int:
    """Join the ids of each link; how many links joined two components. InputError for an id beyond the partition."""
    check_ids(len(parent), left)
    check_ids(len(parent), right)
    if len(left) != len(right):
        raise InputError(f"{len(left)} left and {len(right)} right ends", where="clustering", mend="give pairs")
    return int(_unite(parent, left, right))


def flatten(parent: Labels) -> Labels:
    """Make each entry the label of its component, in place; returns it."""
    flatten_part(parent, 0, len(parent))
    return parent


def check_ids(count: int, ids: npt.NDArray[np.integer[Any]]) -> None:
    """InputError where an id is not below `count`."""
    if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < count:
        raise InputError(
            f"ids from {ids.min()} to {ids.max()} where there are {count}", where="clustering", mend="ids count from 0"
        )


@_compile(nogil=True, cache=True)
def number(parent, start, stop):
    """Make ids from `start` to `stop` singletons."""
    for i in range(start, stop):
        parent[i] = i


@_compile(nogil=True, cache=True, inline="always")
def _root(parent, node):
    up = parent[node]
    while up != node:
        above = parent[up]
        parent[node] = above
        node = above
        up = parent[node]
    return node


@_compile(nogil=True, cache=True, inline="always")
def _join(parent, left, right):
    """Join two ids while other threads may join others; whether this call made one component of two."""
    a, b = left, right
    x, y = load_shared(parent, np.int64(a)), load_shared(parent, np.int64(b))
    if x == y:
        return False
    made = False
    while x != y:
        if x < y:
            a, b, x, y = b, a, y, x
        if x != a:
            store_shared(parent, np.int64(a), y)
            a = x
            x = load_shared(parent, np.int64(a))
        elif compare_and_swap(parent, np.int64(a), a, y):
            made = True
            x = y
        else:  # another thread has just hung this root
            x = load_shared(parent, np.int64(a))
    _hang(parent, left, x)
    _hang(parent, right, x)
    return made


@_compile(nogil=True, cache=True, inline="always")
def _hang(parent, node, above):
    """Shorten the way of an id that is no root to one of its ancestors."""
    up = load_shared(parent, np.int64(node))
    if above < up < node:
        store_shared(parent, np.int64(node), above)


@_compile(nogil=True, cache=True)
def _unite(parent, left, right):
    joined = 0
    for i in range(len(left)):
        if i + 2 * _AHEAD < len(left):
            prefetch(parent, np.int64(left[i + 2 * _AHEAD]))
            prefetch(parent, np.int64(right[i + 2 * _AHEAD]))
            # Their entries are near by now: ask for the next one on the way up, where there is one.
            x = load_shared(parent, np.int64(left[i + _AHEAD]))
            y = load_shared(parent, np.int64(right[i + _AHEAD]))
            if x != y:
                prefetch(parent, np.int64(max(x, y)))
        joined += _join(parent, left[i], right[i])
    return joined


@_compile(nogil=True, cache=True)
def unite_rings(parent, ring, left, right):
    """`unite`, and join the rings of members too: `ring[i]` is the next member of the component of `i`."""
    for i in range(len(left)):
        a = _root(parent, left[i])
        b = _root(parent, right[i])
        if a == b:
            continue
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
        ring[a], ring[b] = ring[b], ring[a]


@_compile(nogil=True, cache=True)
def root_of(parent, node):
    """The label of an id's component."""
    return _root(parent, node)


@_compile(nogil=True, cache=True)
def flatten_part(parent, start, stop):
    """Make entries from `start` to `stop` labels, while other threads may flatten other parts and nobody joins."""
    for i in range(start, stop):
        if i + _FAR_AHEAD < stop:
            prefetch(parent, np.int64(load_shared(parent, i + _FAR_AHEAD)))
        label = load_shared(parent, i)
        up = load_shared(parent, np.int64(label))
        while up != label:
            label = up
            up = load_shared(parent, np.int64(label))
        store_shared(parent, i, label)
