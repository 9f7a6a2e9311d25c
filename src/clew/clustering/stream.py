"""The partition of more ids than links fit beside in memory: links come in chunks, and threads share the partition."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from clew.clustering.unionfind import Labels, empty_partition, flatten_part, memory_needed, number, unite

_PART = 1 << 22
"""Ids that a thread numbers or labels at a time."""

Chunk = tuple[Labels, Labels]
"""The left and the right ends of some links."""


def cluster_stream(
    count: int, chunks: Iterable[Chunk], *, threads: int = 2, progress: Callable[[str], None] = lambda _line: None
) -> Labels:
    """The label of each of `count` ids, the smallest of its component, after the links of all chunks.

    Threads take one chunk at a time; a chunk may be written over when the thread that took it asks for another.
    `progress` is called by any of them. Errors are those of `empty_partition`, before a chunk is read, and of `unite`.
    """
    progress(f"{count:,} ids need {memory_needed(count) / 1e9:.1f} GB of memory, and what their links take")
    parent = empty_partition(count)
    with ThreadPoolExecutor(threads) as pool:
        _in_parts(pool, threads, number, parent)
        source = _OneAtATime(chunks)
        work = [pool.submit(_take_chunks, parent, source, progress) for _ in range(threads)]
        for done in work:
            done.result()
        _in_parts(pool, threads, flatten_part, parent)
    return parent


class _OneAtATime:
    """Chunks for several threads; they end for all when one of them fails."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks, self._lock, self._links = iter(chunks), threading.Lock(), 0

    def take(self) -> tuple[Chunk, int] | None:
        """The next chunk, and how many links there were up to its end."""
        with self._lock:
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            self._links += len(chunk[0])
            return chunk, self._links

    def end(self) -> None:
        """Give nothing more."""
        with self._lock:
            self._chunks = iter(())


def _take_chunks(parent: Labels, source: _OneAtATime, progress: Callable[[str], None]) -> None:
    """What one thread does."""
    try:
        while (taken := source.take()) is not None:
            (left, right), links = taken
            unite(parent, left, right)
            progress(f"{links:,} links")
    finally:
        source.end()


def _in_parts(pool: ThreadPoolExecutor, threads: int, kernel: Callable[..., None], parent: Labels) -> None:
    """Run a kernel over all ids, each thread on the lowest part left, so that what it looks at is mostly done."""
    lock = threading.Lock()
    starts: Iterator[int] = iter(range(0, len(parent), _PART))

    def take() -> int | None:
        with lock:
            return next(starts, None)

    def run() -> None:
        while (start := take()) is not None:
            kernel(parent, start, min(len(parent), start + _PART))

    for done in [pool.submit(run) for _ in range(threads)]:
        done.result()
