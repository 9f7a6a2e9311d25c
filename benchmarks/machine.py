"""The machine's own limit, measured in the same run: what no kernel that touches memory at random can exceed.

A touch reads, changes and writes back one record at a random place of an array as large as the accounts' state: 8
bytes (a balance), 16, or 64 (a line of the cache). It is measured in pages of 4 KiB and in pages of 2 MiB, which are
asked for by madvise and which the system may not grant, and with and without asking for the line some touches ahead.
A transfer touches two records, its sender's and its receiver's, unless they are still in the cache.

Run ``python -m benchmarks.machine [tiny|usual|full]``.
"""

import mmap
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.table import Row, Scale, print_rows
from numba import njit

from clew.compiled import prefetch

RECORDS = {Scale.TINY: 1 << 16, Scale.USUAL: 1 << 25, Scale.FULL: 50_000_000}
TOUCHES = {Scale.TINY: 1 << 14, Scale.USUAL: 10_000_000, Scale.FULL: 30_000_000}
WIDTHS = (8, 16, 64)
"""Bytes of a record."""
ROUNDS = 3
_AHEAD = 16
_HUGE, _SMALL = getattr(mmap, "MADV_HUGEPAGE", None), getattr(mmap, "MADV_NOHUGEPAGE", None)
_SMAPS = Path("/proc/self/smaps_rollup")


@njit(nogil=True)
def _touch(records, places):
    for at in range(len(places)):
        records[places[at], 0] += np.uint64(1)


@njit(nogil=True)
def _touch_ahead(records, places):
    for at in range(len(places)):
        if at + _AHEAD < len(places):
            prefetch(records, np.int64(places[at + _AHEAD]))
        records[places[at], 0] += np.uint64(1)


@njit(nogil=True)
def _add_up(words):
    total = np.uint64(0)
    for at in range(len(words)):
        total += words[at]
    return total


def granted() -> int:
    """Bytes of this process in pages of 2 MiB; 0 where the system does not say."""
    if not _SMAPS.is_file():
        return 0
    (line,) = (line for line in _SMAPS.read_text().splitlines() if line.startswith("AnonHugePages"))
    return int(line.split()[1]) << 10


def array(records: int, width: int, advice: int | None) -> Any:
    """``uint64[records, width / 8]``, every page of it touched; `advice` is for madvise."""
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    memory = mmap.mmap(-1, records * width, **private)
    if advice is not None:
        memory.madvise(advice)
    found = np.frombuffer(memory, np.uint64).reshape(records, width // 8)
    found[:] = 1
    return found


def seconds(work: Callable[[], object]) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def rate(count: int, work: Callable[[Any], object], parts: Sequence[Any], pool: ThreadPoolExecutor) -> float:
    """Millions a second of `count` things done with each part, all parts at once."""
    return len(parts) * count / seconds(lambda: list(pool.map(work, parts))) / 1e6


def touches(records: int, count: int, width: int, pool: ThreadPoolExecutor) -> Iterator[Row]:
    """Random touches a second of records of one width."""
    random = np.random.default_rng(1)
    parts = [random.integers(0, records, count, dtype=np.int32) for _ in range(2)]
    for pages, advice in (("4 KiB", _SMALL), ("2 MiB", _HUGE)):
        before = granted()
        memory = array(records, width, advice)
        share = max(0, granted() - before) / memory.nbytes
        note = f"the system granted {share:.0%} in pages of 2 MiB" if pages == "2 MiB" else ""
        job = f"random touches, {records:,} x {width} bytes, {pages} pages"
        ahead = partial(_touch_ahead, memory)
        yield Row(job, rate(count, partial(_touch, memory), parts[:1], pool), "M touches/s", note=note)
        yield Row(f"{job}, fetched ahead", rate(count, ahead, parts[:1], pool), "M touches/s", note=note)
        yield Row(f"{job}, ahead, two cores", rate(count, ahead, parts, pool), "M touches/s", note=note)


def rows(scale: Scale) -> Iterator[Row]:
    """Random touches and sequential reading, on one core and on two."""
    records, count = RECORDS[scale], TOUCHES[scale]
    for kernel in (_touch, _touch_ahead):
        kernel(np.zeros((4, 1), np.uint64), np.zeros(1, np.int32))
    with ThreadPoolExecutor(2) as pool:
        for width in WIDTHS:
            yield from touches(records, count, width, pool)
        words = np.ones(records * 4, np.uint64)
        _add_up(words[:1])
        for cores, parts in (("one core", [words]), ("two cores", np.array_split(words, 2))):
            read = rate(words.nbytes // len(parts), _add_up, parts, pool) / 1e3
            yield Row(f"sequential reading of {words.nbytes / 1e9:.2f} GB, {cores}", read, "GB/s")


if __name__ == "__main__":
    print_rows(rows(Scale.of(sys.argv)))
