"""Speed of the union-find kernel: links for a second of one core (processor time), and ratios, all from one run.

The links join random ids, half of them near each other as the addresses of one wallet are. At sizes where they finish
soon, scipy's connected components and a plain Python union-find run on the same links, and must agree.

Run ``python -m benchmarks.clustering`` (under a minute), or ``python -m benchmarks.clustering large`` for 1.4 billion
ids and 1.5 billion links (6 GB and some minutes; links are made in parts, and only their union is timed).
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clew.clustering.unionfind import flatten, singletons, unite

ROUNDS = 3
PART = 50_000_000
SIZES = ((200_000, 300_000, True), (20_000_000, 30_000_000, False))
LARGE = (1_400_000_000, 1_500_000_000)


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


def large(ids: int, links: int) -> None:
    """Print the rate at the size of a whole chain."""
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
    print(f"{ids:,} ids, {links:,} links: {links / spent / 1e6:.1f} M links/s in {spent:.1f} s", end="")
    print(f"; allocation {made:.1f} s, flattening {last:.1f} s, {parent.nbytes / 1e9:.1f} GB")


def main() -> None:
    """Print the table."""
    native(1000, *make_links(1000, 1000))
    if sys.argv[1:] == ["large"]:
        large(*LARGE)
        return
    print(f"{'ids':>12} {'links':>12} {'engine':<8} {'M links/s':>10} {'of scipy':>9} {'unions alone':>13}")
    for ids, links, slow in SIZES:
        left, right = make_links(ids, links)
        seconds, alone, labels = native(ids, left, right)
        found = {"native": (seconds, labels), "scipy": scipy_labels(ids, left, right)}
        if slow:
            found["Python"] = python_labels(ids, left, right)
        for name, (taken, other) in found.items():
            agrees = np.array_equal(smallest(other), labels)
            rate, ratio = links / taken / 1e6, found["scipy"][0] / taken
            verdict = "" if agrees else "   ANOTHER ANSWER"
            unions = f"{links / alone / 1e6:>13.2f}" if name == "native" else ""
            print(f"{ids:>12,} {links:>12,} {name:<8} {rate:>10.2f} {ratio:>9.2f} {unions}{verdict}", flush=True)
            if not agrees:
                sys.exit(1)


if __name__ == "__main__":
    main()
