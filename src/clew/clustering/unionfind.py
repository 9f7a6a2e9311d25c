"""Union-find over uint32 ids: the label of a component is its smallest id, 4 bytes a member, no table beside it.

A parent is never larger than its child, so one ascending pass flattens the forest. Path halving: Tarjan and van
Leeuwen, Worst-case analysis of set union algorithms (1984).
"""

import mmap
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from clew.compiled import prefetch
from clew.errors import InputError

Labels: TypeAlias = npt.NDArray[np.uint32]

MOST = 2**32
"""Ids that fit."""
_HUGE = getattr(mmap, "MADV_HUGEPAGE", None)
_PAGE = 1 << 21
_AHEAD = 12
"""Links between two steps of the search for a root that memory is asked for in advance."""
_compile: Any = njit
"""Numba states types of the Python functions, which a kernel never sees."""


def allocate(count: int) -> Labels:
    """Zeros in pages of 2 MiB where the system gives them: random reads over gigabytes then cost less than half."""
    if 4 * count < 2 * _PAGE or _HUGE is None:
        return np.zeros(count, np.uint32)
    memory = mmap.mmap(-1, 4 * count)
    memory.madvise(_HUGE)
    return np.frombuffer(memory, np.uint32)


def singletons(count: int) -> Labels:
    """The partition in which each of `count` ids is alone; InputError where they do not fit 32 bits."""
    if not 0 <= count <= MOST:
        raise InputError(f"{count} ids do not fit 32 bits", where="clustering", mend="cluster one chain at a time")
    parent = allocate(count)
    _number(parent)
    return parent


def unite(parent: Labels, left: Labels, right: Labels) -> int:
    """Join the ids of each link; how many links joined two components. InputError for an id beyond the partition."""
    check_ids(len(parent), left)
    check_ids(len(parent), right)
    if len(left) != len(right):
        raise InputError(f"{len(left)} left and {len(right)} right ends", where="clustering", mend="give pairs")
    return int(_unite(parent, left, right))


def flatten(parent: Labels) -> Labels:
    """Make each entry the label of its component, in place; returns it."""
    _flatten(parent)
    return parent


def check_ids(count: int, ids: npt.NDArray[np.integer[Any]]) -> None:
    """InputError where an id is not below `count`."""
    if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < count:
        raise InputError(
            f"ids from {ids.min()} to {ids.max()} where there are {count}", where="clustering", mend="ids count from 0"
        )


@_compile(nogil=True, cache=True)
def _number(parent):
    for i in range(len(parent)):
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


@_compile(nogil=True, cache=True)
def _unite(parent, left, right):
    joined = 0
    for i in range(len(left)):
        if i + 3 * _AHEAD < len(left):
            # Ask for the first three entries on the way to each root, each when the one before it has come.
            prefetch(parent, np.int64(left[i + 3 * _AHEAD]))
            prefetch(parent, np.int64(right[i + 3 * _AHEAD]))
            prefetch(parent, np.int64(parent[left[i + 2 * _AHEAD]]))
            prefetch(parent, np.int64(parent[right[i + 2 * _AHEAD]]))
            prefetch(parent, np.int64(parent[parent[left[i + _AHEAD]]]))
            prefetch(parent, np.int64(parent[parent[right[i + _AHEAD]]]))
        a = _root(parent, left[i])
        b = _root(parent, right[i])
        if a < b:
            parent[b] = a
            joined += 1
        elif b < a:
            parent[a] = b
            joined += 1
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
def _flatten(parent):
    for i in range(len(parent)):
        parent[i] = parent[parent[i]]
