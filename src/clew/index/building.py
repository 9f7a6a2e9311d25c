"""Building an index, and adding to one what is new in its ledger.

What fits memory is sorted at once. What does not is sorted chunk by chunk, each chunk spilled as a segment, and the
spilled segments are merged. A segment that is added stands beside the others until they are at most `RATIO` times as
large as what follows them: then they become one. So a day's transfers cost a day's work, and each transfer is written
again only a few times in its life.
"""

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clew.errors import InputError, RunError
from clew.index.busy import count_busy, recount_busy
from clew.index.merging import RANGE, merge_segments
from clew.index.reading import Source
from clew.index.segment import MOST, SHAPES, Segment, segment_of
from clew.index.sorting import Chunk, sort_chunk
from clew.index.storage import (
    MANIFEST,
    NAMES,
    Manifest,
    Stored,
    mapped,
    open_segment,
    read_manifest,
    remove_unnamed,
    shifts_of,
    write_manifest,
    write_segment,
    writing,
)
from clew.memory import available_memory

RATIO = 4
THREADS = 2
_SORTED, _READ, _MERGED, _MOVED = 64, 28, 64, 4
"""Bytes of memory for each transfer of a chunk that is sorted, or read; of a range that is merged; of all, merged."""
_LASTING, _SPILLED = 24, 44
"""Bytes of disk for each transfer of the index, and of one that is spilled before the index has all of it; about, as it
depends on how many accounts there are."""
_RANGES = (THREADS + 2) * RANGE
_LARGEST_CHUNK = 1 << 25

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will need; bytes, of disk about, as it depends on how many accounts and large amounts there are."""

    transfers: int
    chunk: int
    """Transfers sorted at once."""
    memory: int
    disk: int

    @property
    def spills(self) -> bool:
        """Whether it is more than one chunk."""
        return self.transfers > self.chunk


def plan_build(transfers: int, memory: int) -> Plan:
    """The plan for so many new transfers in so much memory; InputError where the least chunk does not fit."""
    if transfers <= min(_LARGEST_CHUNK, memory // (_SORTED + _READ)):
        return Plan(transfers, transfers, transfers * (_SORTED + _READ), transfers * _LASTING)
    room = THREADS * (_SORTED + _READ) + _READ
    chunk = max(1, min(_LARGEST_CHUNK, memory // room))
    least = _to_merge(transfers)
    if least > memory:
        raise RunError(
            f"{transfers:,} transfers need {least / 1e9:.1f} GB of memory and there are {memory / 1e9:.1f} GB",
            where="index",
            mend="free memory, or build the index in parts: a ledger of fewer files first, the others after it",
        )
    return Plan(transfers, chunk, max(chunk * room, least), transfers * _SPILLED)


def _to_merge(transfers: int) -> int:
    """Bytes of memory for merging segments of so many transfers."""
    return transfers * _MOVED + min(_RANGES, transfers) * _MERGED


def build_index(
    folder: Path, source: Source, *, memory: int | None = None, progress: Progress = lambda _line: None
) -> Manifest:
    """Index what `source` has and the index in `folder` has not; makes the index where there is none.

    `memory` is how many bytes may be used; by default three quarters of what is free. InputError where the index is of
    another ledger; RunError where memory or disk are too small, before anything is written.
    """
    with writing(folder):
        before = read_manifest(folder) if (folder / MANIFEST).exists() else Manifest()
        _check_same(folder, before, source)
        remove_unnamed(folder, before)
        todo = source.transfers - before.transfers
        room = memory if memory is not None else free_memory() * 3 // 4
        if todo:
            plan = plan_build(todo, room)
            check_room(folder, plan.disk)
            need = f"up to {plan.memory / 1e9:.1f} GB of memory, about {plan.disk / 1e9:.1f} GB of disk"
            progress(f"{todo:,} transfers: {need}")
            before = _append(folder, before, source, plan, progress)
        after = _merge_tail(folder, before, room, progress)
        remove_unnamed(folder, after)
    return after


def free_memory() -> int:
    """Bytes that can be used without swapping; InputError where the system does not say it."""
    free = available_memory()
    if free is None:
        raise InputError("the system does not say how much memory is free", mend="name it with --memory")
    return free


def check_room(folder: Path, need: int) -> None:
    """RunError where the disk has less than so many bytes free."""
    free = shutil.disk_usage(folder).free
    if free < need:
        raise RunError(
            f"the index needs about {need / 1e9:.1f} GB of disk while it is built, and {free / 1e9:.1f} GB are free",
            where=str(folder),
            mend="make room, or name a folder on a larger disk",
        )


def _check_same(folder: Path, manifest: Manifest, source: Source) -> None:
    """InputError where the ledger is not the one that was indexed, or is too long or empty."""
    if not 0 < source.transfers <= MOST:
        raise InputError(f"a ledger of {source.transfers:,} transfers", where=str(folder), mend=f"give 1 to {MOST:,}")
    if not manifest.segments:
        return
    same = (manifest.chain, manifest.asset) == (source.chain, source.asset)
    known = same and source.transfers >= manifest.transfers
    if not known or source.marker(manifest.transfers) != manifest.last:
        raise InputError(
            "the index is of another ledger, or what was indexed of this one has changed since",
            where=str(folder),
            mend="name another folder, or delete this one and build it again",
        )


def _append(folder: Path, before: Manifest, source: Source, plan: Plan, progress: Progress) -> Manifest:
    """One more segment for all that is new."""
    chunks = source.chunks(before.transfers, plan.chunk)
    old = [open_segment(folder, stored) for stored in before.segments]
    if plan.spills:
        spilled, accounts = _spill(folder, chunks, before.transfers, progress)
        progress("counting busy accounts")
        busy = count_busy([*old, *spilled], max(accounts, before.accounts))
        names = _packed(source.new_names())
        stored = _merge(folder, spilled, accounts, busy, names, progress, lambda: _drop_rows(folder, spilled))
    else:
        chunk = next(chunks)
        accounts = accounts_of(chunk)
        segment = sort_chunk(chunk, before.transfers, accounts)
        segment = segment._replace(busy=recount_busy(old, segment))
        stored = write_segment(folder, segment, _packed(source.new_names()))
    manifest = Manifest(
        accounts=max(accounts, before.accounts),
        chain=source.chain,
        asset=source.asset,
        last=source.marker(source.transfers),
        segments=(*before.segments, stored),
    )
    write_manifest(folder, manifest)
    return manifest


def accounts_of(chunk: Chunk) -> int:
    """One more than the greatest account."""
    return 1 + max(int(chunk.sender.max()), int(chunk.receiver.max()))


def _spill(folder: Path, chunks: Iterator[Chunk], first: int, progress: Progress) -> tuple[list[Segment], int]:
    """Sort chunk after chunk, as many at once as there are threads, each into a folder of its own."""

    def work(chunk: Chunk, first: int) -> Segment:
        return _spilled(_spill_folder(folder, first), sort_chunk(chunk, first, accounts_of(chunk)))

    accounts = 0
    done: list[Segment] = []
    waiting: list[Future[Segment]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for chunk in chunks:
            accounts = max(accounts, accounts_of(chunk))
            waiting.append(pool.submit(work, chunk, first))
            first += len(chunk.sender)
            del chunk
            if len(waiting) >= THREADS:
                done.append(waiting.pop(0).result())
            progress(f"{first:,} transfers sorted")
        done += [future.result() for future in waiting]
    return done, accounts


def _spill_folder(folder: Path, first: int) -> Path:
    return folder / f"spill-{first:010}"


def _spilled(folder: Path, segment: Segment) -> Segment:
    """The same segment, in files."""
    folder.mkdir()
    files = {}
    for name, array in segment.files().items():
        array.tofile(folder / name)
        files[name] = mapped(folder / name, *SHAPES[name])
    return segment_of(segment.first, shifts_of(segment), files)


def _drop_rows(folder: Path, spilled: list[Segment]) -> None:
    """Remove the rows of spilled segments: the disk has to hold only one copy of them at the end."""
    for number, segment in enumerate(spilled):
        spilled[number] = segment._replace(rows=np.zeros((0, 2), np.uint64))
        (_spill_folder(folder, segment.first) / "rows").unlink()


def _merge(
    folder: Path,
    segments: Sequence[Segment],
    accounts: int,
    busy: Any,
    names: bytes,
    progress: Progress,
    rows_done: Callable[[], None] = lambda: None,
) -> Stored:
    total, done = 2 * sum(segment.transfers for segment in segments), 0

    def told(rows: int) -> None:
        nonlocal done
        done += rows
        progress(f"merging: {100 * done // total} %")

    return merge_segments(folder, segments, accounts, busy, names=names, progress=told, rows_done=rows_done)


def _merge_tail(folder: Path, manifest: Manifest, memory: int, progress: Progress) -> Manifest:
    """Merge the last segments that are not much larger than those behind them; later, where memory or disk is short."""
    sizes = [stored.transfers for stored in manifest.segments]
    small = (at for at, size in enumerate(sizes) if size <= RATIO * sum(sizes[at + 1 :]))
    start = next(small, len(sizes) - 1)
    tail = manifest.segments[start:]
    need = sum(size for stored in tail for size, _ in stored.files.values())
    short = shutil.disk_usage(folder).free < need or memory < _to_merge(sum(sizes[start:]))
    if len(tail) < 2 or short:
        return manifest
    segments = [open_segment(folder, stored) for stored in tail]
    names = _packed([name for stored in tail for name in read_names(folder, stored)])
    merged = _merge(folder, segments, manifest.accounts, segments[-1].busy, names, progress)
    after = replace(manifest, segments=(*manifest.segments[:start], merged))
    write_manifest(folder, after)
    return after


def _packed(names: Sequence[str]) -> bytes:
    """The names as a Parquet file; nothing where there are none."""
    if not names:
        return b""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"name": pa.array(names, pa.string())}), buffer, compression="zstd")
    return buffer.getvalue()


def read_names(folder: Path, stored: Stored) -> list[str]:
    """The names of the accounts that are new in a segment, in the order of their numbers."""
    if NAMES not in stored.files:
        return []
    names: list[str] = pq.read_table(folder / stored.folder / NAMES)["name"].to_pylist()
    return names


def known_names(folder: Path) -> list[str]:
    """The names of all accounts of an index, by number; empty where there is no index, or accounts are numbers."""
    if not (folder / MANIFEST).exists():
        return []
    return [name for stored in read_manifest(folder).segments for name in read_names(folder, stored)]
