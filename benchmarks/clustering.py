"""Speed of the union-find kernel: links for a second of one core (processor time), and its peers on the same links.

The links join random ids, half of them near each other as the addresses of one wallet are. At sizes where they finish
soon, scipy's connected components and a plain Python union-find run on the same links, and must agree.

Run ``python -m benchmarks.clustering [usual|full]``: under a minute, or with 1.4 billion ids and 1.5 billion links
(6 GB and some minutes; links are made in parts, and only their union is timed).
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from benchmarks.table import Row, Scale, print_rows
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clew.clustering.unionfind import flatten, singletons, unite

ROUNDS = 3
PART = 50_000_000
SIZES = {
    Scale.TINY: ((2_000, 3_000, True),),
    Scale.USUAL: ((200_000, 300_000, True), (20_000_000, 30_000_000, False)),
    Scale.FULL: ((200_000, 300_000, True), (20_000_000, 30_000_000, False)),
}
"""Ids, links, and whether plain Python is asked too."""
LARGE = (1_400_000_000, 1_500_000_000)
GOAL_SECONDS, GOAL_GIGABYTES = 60, 6


def make_links(ids: int, links: int, seed: int = 1) -> tuple[Any, Any]:
    """Both ends of each link: the second is anywhere for one half, within a thousand ids for the other."""
    random = np.random.default_rng(seed)
    left = random.integers(0, ids, links, dtype=np.uint32)
    right = random.integers(0, ids, links, dtype=np.uint32)
    near = np.arange(links) % 2 == 0
    right[near] = (left[near].astype(np.int64) + random.integers(1, 1000, int(near.sum()))) % ids
    return left, right


def native(ids: int, left: Any, right: Any) -> tuple[float, float, Any]:
    """Best seconds of some rounds, with allocation and flattening and without, and the labels."""
    best = alone = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        parent = singletons(ids)
        made = time.process_time()
        unite(parent, left, right)
        alone = min(alone, time.process_time() - made)
        labels = flatten(parent)
        best = min(best, time.process_time() - start)
    return best, alone, labels


def scipy_labels(ids: int, left: Any, right: Any) -> tuple[float, Any]:
    """Seconds of scipy, and its labels."""
    start = time.process_time()
    matrix = coo_array((np.ones(len(left), np.int8), (left.astype(np.int32), right.astype(np.int32))), shape=(ids, ids))
    _, labels = connected_components(matrix, directed=False)
    return time.process_time() - start, labels


def python_labels(ids: int, left: Any, right: Any) -> tuple[float, Any]:
    """Seconds of the same algorithm on a list, and its labels."""
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    start = time.process_time()
    parent = list(range(ids))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in pairs:
        a, b = root(a), root(b)
        if a != b:
            parent[max(a, b)] = min(a, b)
    labels = [root(node) for node in range(ids)]
    return time.process_time() - start, np.array(labels)


def smallest(labels: Any) -> Any:
    """Each component's smallest id in place of its label."""
    first = np.full(int(labels.max()) + 1, len(labels), np.int64)
    np.minimum.at(first, labels, np.arange(len(labels)))
    return first[labels]


def parts(ids: int, links: int) -> Iterator[tuple[Any, Any]]:
    """The links in parts that fit memory."""
    for seed, start in enumerate(range(0, links, PART)):
        yield make_links(ids, min(PART, links - start), seed)


def large(ids: int, links: int) -> Iterator[Row]:
    """The size of a whole chain."""
    start = time.process_time()
    parent = singletons(ids)
    made = time.process_time() - start
    spent = 0.0
    for left, right in parts(ids, links):
        start = time.process_time()
        unite(parent, left, right)
        spent += time.process_time() - start
    start = time.process_time()
    flatten(parent)
    last = time.process_time() - start
    job = f"cluster {ids:,} ids, {links:,} links"
    note = (
        f"allocation {made:.1f} s, unions {spent:.1f} s ({links / spent / 1e6:.1f} M links/s), flattening {last:.1f} s"
    )
    yield Row(job, made + spent + last, "s", GOAL_SECONDS, less=True, note=note)
    yield Row(f"{job}: memory", parent.nbytes / 1e9, "GB", GOAL_GIGABYTES, less=True)


def rows(scale: Scale) -> Iterator[Row]:
    """Links a second, and each peer that can do the same; at full scale the goal's size too."""
    native(1000, *make_links(1000, 1000))
    for ids, links, slow in SIZES[scale]:
        left, right = make_links(ids, links)
        seconds, alone, labels = native(ids, left, right)
        job = f"cluster {ids:,} ids, {links:,} links"
        yield Row(job, links / seconds / 1e6, "M links/s", note=f"unions alone {links / alone / 1e6:.1f} M links/s")
        peers = {"scipy connected components": scipy_labels} | ({"plain Python": python_labels} if slow else {})
        for name, peer in peers.items():
            taken, other = peer(ids, left, right)
            if not np.array_equal(smallest(other), labels):
                sys.exit(f"{job}: {name} gives another answer")
            yield Row(
                f"  {name}", links / taken / 1e6, "M links/s", note=f"Clew is {taken / seconds:.1f} times as fast"
            )
    if scale is Scale.FULL:
        yield from large(*LARGE)


if __name__ == "__main__":
    print_rows(rows(Scale.of(sys.argv)))
