"""Speed of the union-find kernel: links for a second of one core (processor time), and its peers on the same links.

The links join random ids, half of them near each other as the addresses of one wallet are. At sizes where they finish
soon, scipy's connected components, networkx and a plain Python union-find run on the same links, and must agree.

Run ``python -m benchmarks.clustering [usual|full]``: under a minute, or with 1.4 billion ids and 1.5 billion links on
two threads (6 GB and some minutes, by the clock, from nothing to labels). These are of two kinds: both ends anywhere,
the worst that memory can meet; and in the order of a chain, both ends met before, as likely a hundred ids ago as a
million, since most coins are spent soon and some after years.
"""

import resource
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
from benchmarks.table import Row, Scale, print_rows
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clew.clustering.stream import cluster_stream
from clew.clustering.unionfind import flatten, singletons, unite

ROUNDS = 3
THREADS = 2
CHUNK = 8_000_000
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


def networkx_labels(ids: int, left: Any, right: Any) -> tuple[float, Any]:
    """Seconds of networkx, graph and components, and its labels."""
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    start = time.process_time()
    graph = nx.Graph()
    graph.add_nodes_from(range(ids))
    graph.add_edges_from(pairs)
    found = list(nx.connected_components(graph))
    taken = time.process_time() - start
    labels = np.empty(ids, np.int64)
    for number, members in enumerate(found):
        labels[list(members)] = number
    return taken, labels


def smallest(labels: Any) -> Any:
    """Each component's smallest id in place of its label."""
    first = np.full(int(labels.max()) + 1, len(labels), np.int64)
    np.minimum.at(first, labels, np.arange(len(labels)))
    return first[labels]


@njit(nogil=True)
def _mixed(number):
    """SplitMix64: a number that looks random, of one that does not."""
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


@njit(nogil=True)
def _anywhere(draw, ids):
    return (draw >> np.uint64(32)) * ids >> np.uint64(32)


@njit(nogil=True)
def _lately(draw, met):
    """An id met before: how long ago is as likely of 10 to 20 as of 10 million to 20 million ids."""
    bits = (draw & np.uint64(0xFFFF)) * np.uint64(32) >> np.uint64(16)
    age = (draw >> np.uint64(32)) >> (np.uint64(32) - bits) if bits else np.uint64(0)
    return met - age if age < met else _anywhere(draw, met)


@njit(nogil=True)
def _write_links(start, left, right, ids, links, lately):
    for i in range(len(left)):
        number = np.uint64(start + i)
        one = _mixed(number * np.uint64(0x9E3779B97F4A7C15))
        other = _mixed(one + np.uint64(0x9E3779B97F4A7C15))
        met = np.uint64((start + i) * (ids / links)) if lately else np.uint64(ids)
        left[i] = _lately(one, met) if lately else _anywhere(one, met)
        right[i] = _lately(other, met) if lately else _anywhere(other, met)


def chunks(ids: int, links: int, *, lately: bool) -> Iterator[tuple[Any, Any]]:
    """Links made chunk by chunk; a thread's next ones are written over those it has done."""
    rooms = [(np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)) for _ in range(THREADS)]
    ready: dict[int, tuple[Any, Any]] = {}
    for start in range(0, links, CHUNK):
        room = ready.setdefault(threading.get_ident(), rooms[len(ready) % THREADS])
        left, right = (end[: links - start] for end in room)
        _write_links(start, left, right, ids, links, lately)
        yield left, right


def large(ids: int, links: int) -> Iterator[Row]:
    """The size of a whole chain, on both cores, from nothing to labels; making the links is part of it."""
    for lately, kind in ((True, "in a chain's order"), (False, "anywhere")):
        start = time.perf_counter()
        labels = cluster_stream(ids, chunks(ids, links, lately=lately), threads=THREADS)
        seconds = time.perf_counter() - start
        alone = sum(
            int((labels[i : i + CHUNK] == np.arange(i, min(ids, i + CHUNK))).sum()) for i in range(0, ids, CHUNK)
        )
        del labels
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        job = f"cluster {ids:,} ids, {links:,} links {kind}, {THREADS} threads"
        yield Row(
            job,
            seconds,
            "s",
            GOAL_SECONDS,
            less=True,
            note=f"{links / seconds / 1e6:.1f} M links/s, {alone:,} clusters",
        )
        yield Row(f"{job}: memory of the process", memory, "GB", GOAL_GIGABYTES, less=True)


def rows(scale: Scale) -> Iterator[Row]:
    """Links a second, and each peer that can do the same; at full scale the goal's size too."""
    native(1000, *make_links(1000, 1000))
    for ids, links, slow in SIZES[scale]:
        left, right = make_links(ids, links)
        seconds, alone, labels = native(ids, left, right)
        job = f"cluster {ids:,} ids, {links:,} links"
        yield Row(job, links / seconds / 1e6, "M links/s", note=f"unions alone {links / alone / 1e6:.1f} M links/s")
        peers = {"scipy connected components": scipy_labels}
        if slow:
            peers |= {"networkx": networkx_labels, "plain Python": python_labels}
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
