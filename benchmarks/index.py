"""The index of transfers: how fast it is built, how large it is, and how fast a case is traced over it.

The ledger is that of ``clew simulate --ledger``, whose first accounts are hot wallets with a share of all transfers
that falls as 1 / rank; accounts of more than ten thousand transfers are not walked on from. A case is traced twice over
an index that was just opened: the first time its pages are mapped one by one (*first*), the second time all is at hand
(*again*). The pages themselves are in memory from the building, where they fit; *cold* has them dropped before, as far
as the system agrees. The walk is what is timed; what exact taint needs beside it has rows of its own.

Run ``python -m benchmarks.index [tiny|usual|full|TRANSFERS] [FOLDER]``; full is 100 million transfers, in about 90 s
and 6 GB.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.table import Row, Scale, print_rows

from clew.index import Index, ParquetLedger, build_index
from clew.index.directory import rows_of
from clew.index.segment import SHAPES
from clew.simulate.ledger import simulate_ledger
from clew.tracing.indexed import trace_index
from clew.tracing.policies import Policy

TRANSFERS = {Scale.TINY: 10_000, Scale.USUAL: 2_000_000, Scale.FULL: 100_000_000}
BUSY = 10_000
REACHED = (100_000, 10_000_000)
GOALS = {100_000: 50.0, 10_000_000: 500.0}
DAY = 300
"""A day's transfers are this part of the ledger."""


def rows(scale: Scale) -> Iterator[Row]:
    """All figures of a scale."""
    return rows_of_ledger(TRANSFERS[scale])


def rows_of_ledger(count: int, folder: Path | None = None) -> Iterator[Row]:
    """Build and trace over `count` transfers, in a folder that is removed after."""
    place = Path(tempfile.mkdtemp(prefix="clew-index-", dir=folder))
    try:
        _compile(place / "small")
        start = time.perf_counter()
        simulate_ledger(1, count, place / "ledger")
        yield Row(_named("simulate the ledger", count), count / _since(start) / 1e6, "M transfers/s")
        yield from measure(place / "ledger" / "transfers.parquet", place / "index")
    finally:
        shutil.rmtree(place)


def measure(ledger: Path, out: Path) -> Iterator[Row]:
    """Index all but a day of a ledger, add the day, and trace."""
    count = ParquetLedger(ledger).transfers
    day = max(1, count // DAY)
    source = ParquetLedger(ledger, most=count - day)
    start = time.perf_counter()
    manifest = build_index(out, source)
    goal = 5.0 if count >= TRANSFERS[Scale.FULL] else None  # of a small one most is what any index costs
    yield Row(_named("build the index", count - day), (count - day) / _since(start) / 1e6, "M transfers/s", goal)
    size = manifest.size / manifest.transfers
    yield Row("size of the index, both directions, amounts, times", size, "bytes a transfer", 24.0, less=True)
    start = time.perf_counter()
    build_index(out, ParquetLedger(ledger))
    yield Row(_named("add a day", day), day / _since(start) / 1e6, "M transfers/s")
    for reached in REACHED:
        if 4 * reached <= count:
            yield from _walks(out, reached)
    yield from _taint(out)


def _walks(folder: Path, most: int) -> Iterator[Row]:
    """The time of a walk that reaches about `most` transfers."""
    sources, until = _case(Index.open(folder), most)

    def walk(index: Index) -> tuple[float, Any]:
        return _timed(lambda: index.walk(sources, until=until, busy=BUSY, most=2 * most))

    index = Index.open(folder)
    first, reach = walk(index)
    again = min(walk(index)[0] for _ in range(3))
    job = f"reach {len(reach.ordinal):,} of {index.manifest.transfers / 1e6:.0f} M transfers"
    accounts = f"{int((reach.since <= reach.horizon).sum()):,} accounts"
    yield Row(f"{job}, again", again * 1e3, "ms", GOALS[most], less=True, note=accounts)
    yield Row(f"{job}, first", first * 1e3, "ms", less=True)
    del index
    if _drop_pages(folder):
        cold, _ = walk(Index.open(folder))
        yield Row(f"{job}, cold", cold * 1e3, "ms", less=True, note="pages dropped before")


def _taint(folder: Path) -> Iterator[Row]:
    """An exact trace of the smaller case: walk, histories and kernel."""
    index = Index.open(folder)
    sources, until = _case(index, REACHED[0])
    for policy in (Policy.FIFO, Policy.HAIRCUT):

        def trace(policy: Policy = policy) -> Any:
            return trace_index(index, sources, policy, until=until, busy=BUSY, most=4 * REACHED[0])

        trace()
        seconds, found = _timed(trace)
        job = f"{policy} of it, histories and taint, {len(found.reach.ordinal):,} transfers"
        yield Row(job, seconds * 1e3, "ms", less=True)


def _case(index: Index, most: int) -> tuple[list[tuple[int, int]], int]:
    """A theft a third into the ledger, and the horizon up to which it reaches `most` transfers."""
    for theft in _thefts(index, index.manifest.transfers // 3):
        reach = index.walk([theft], busy=BUSY, most=most)
        if len(reach.ordinal) == most:
            return [theft], reach.horizon
    raise AssertionError(most)


def _thefts(index: Index, ordinal: int) -> Iterator[tuple[int, int]]:
    """Transfers to accounts that are neither busy nor idle, none before an ordinal: (account, ordinal)."""
    segment = index.segments[0]
    for account in range(3000, index.manifest.accounts):
        first, last = rows_of(segment.into, account)
        received = segment.rows[segment.refs[first:last], 0] >> np.uint64(32)
        later = received[received >= ordinal]
        if len(later):
            yield account, int(later.min())


def _drop_pages(folder: Path) -> bool:
    """Ask the system to forget the files' pages; whether it can be asked."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in folder.rglob("*"):
        if path.name in SHAPES:
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
    return True


def _compile(folder: Path) -> None:
    """Run everything once at a size where only compiling takes time."""
    simulate_ledger(1, 20_000, folder)
    source = ParquetLedger(folder / "transfers.parquet")
    for name, memory in (("sorted", 1 << 30), ("spilled", 80 * 20_000)):
        build_index(folder / name, source, memory=memory)
    index = Index.open(folder / "spilled")
    for policy in (Policy.FIFO, Policy.HAIRCUT):
        trace_index(index, [next(_thefts(index, 5_000))], policy, most=1000)


def _named(job: str, count: int) -> str:
    return f"{job}, {count / 1e6:.3g} M transfers"


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def _since(start: float) -> float:
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    size = sys.argv[1] if len(sys.argv) > 1 else Scale.USUAL
    count = TRANSFERS[Scale(size)] if size in list(Scale) else int(float(size))
    print_rows(rows_of_ledger(count, Path(sys.argv[2]) if len(sys.argv) > 2 else None))


if __name__ == "__main__":
    main()
