"""Building an index and adding to it: what it costs, what it refuses, and what a kill leaves."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.index.ledgers import SPILLING, Rows

from clew.errors import InputError, RunError
from clew.index import Index, build_index, building, merging
from clew.index.storage import MANIFEST

LEDGER = [(i % 7, (i * i + 1) % 11, i % 50 + 2**63 * (i % 13 == 0)) for i in range(400)]
ROOM = 1 << 30


def told(folder: Path) -> list[tuple[int, int, int, int]]:
    """Every transfer of an index, by its ordinal, read from both directions."""
    paid: dict[int, int] = {}
    got: dict[int, tuple[int, int]] = {}
    index = Index.open(folder)
    index.check()
    for account in range(11):
        for ordinal in range(index.manifest.transfers):
            if (amount := index.received(account, ordinal)) is not None:
                got[ordinal] = (account, amount)
        sent = index.walk([(account, 0)], complete=True)
        accounts = [*sent.accounts.tolist(), -1]
        for at, sender in zip(sent.ordinal.tolist(), sent.sender.tolist(), strict=True):
            if accounts[sender] == account:
                paid[at] = account
    assert paid.keys() == got.keys()
    return [(at, paid[at], *got[at]) for at in sorted(got)]


def test_an_index_has_every_transfer_from_both_ends_however_it_was_built(tmp_path: Path) -> None:
    build_index(tmp_path / "once", Rows(LEDGER), memory=ROOM)
    build_index(tmp_path / "spilled", Rows(LEDGER), memory=SPILLING * len(LEDGER))
    for end in (*range(40, 400, 40), 400):
        build_index(tmp_path / "days", Rows(LEDGER[:end]), memory=ROOM)
    whole = [(at, *row) for at, row in enumerate(LEDGER)]
    for name in ("once", "spilled", "days"):
        assert told(tmp_path / name) == whole, name
    once, spilled = (Index.open(tmp_path / name).segments for name in ("once", "spilled"))
    assert len(once) == len(spilled) == 1
    assert np.array_equal(once[0].rows[:, 0], spilled[0].rows[:, 0])


def test_a_day_is_added_beside_the_rest_and_the_rest_is_not_written_again(tmp_path: Path) -> None:
    build_index(tmp_path, Rows(LEDGER[:390]), memory=ROOM)
    (large,) = Index.open(tmp_path).manifest.segments
    before = (tmp_path / large.folder / "rows").stat().st_mtime_ns
    build_index(tmp_path, Rows(LEDGER), memory=ROOM)
    first, day = Index.open(tmp_path).manifest.segments
    assert first == large
    assert (tmp_path / large.folder / "rows").stat().st_mtime_ns == before
    assert (day.first, day.transfers) == (390, 10)


def test_segments_are_merged_so_that_they_stay_few_and_each_transfer_is_seldom_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    merge = merging.merge_segments

    def counted(folder: Path, segments: Any, *rest: Any, **more: Any) -> Any:
        nonlocal written
        written += sum(segment.transfers for segment in segments)
        return merge(folder, segments, *rest, **more)

    monkeypatch.setattr(building, "merge_segments", counted)
    for end in range(5, 401, 5):
        build_index(tmp_path, Rows(LEDGER[:end]), memory=ROOM)
        sizes = [stored.transfers for stored in Index.open(tmp_path).manifest.segments]
        assert all(size > building.RATIO * sum(sizes[at + 1 :]) for at, size in enumerate(sizes[:-1]))
    assert sum(path.is_dir() for path in tmp_path.iterdir()) == len(sizes)
    assert written < 400 * 12


def test_what_it_will_need_is_said_and_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    with pytest.raises(RunError, match=r"400 transfers need 0\.0 GB of memory"):
        build_index(tmp_path / "a", Rows(LEDGER), memory=10 * len(LEDGER), progress=lines.append)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 100))
    with pytest.raises(RunError, match="of disk while it is built"):
        build_index(tmp_path / "a", Rows(LEDGER), memory=ROOM, progress=lines.append)
    assert lines == []
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["lock"]
    monkeypatch.undo()
    build_index(tmp_path / "a", Rows(LEDGER), memory=ROOM, progress=lines.append)
    assert lines[0].startswith("400 transfers: up to 0.0 GB of memory")


@pytest.mark.parametrize(
    ("transfers", "memory", "chunk"),
    [(10**6, 10**9, 10**6), (10**9, 16 * 10**9, 1 << 25), (10**8, 5 * 10**9, 5 * 10**9 // 212)],
)
def test_what_does_not_fit_is_sorted_in_chunks(transfers: int, memory: int, chunk: int) -> None:
    plan = building.plan_build(transfers, memory)
    assert plan.chunk == chunk
    assert plan.memory <= memory
    assert plan.spills == (chunk < transfers)


def test_another_ledger_is_refused(tmp_path: Path) -> None:
    build_index(tmp_path, Rows(LEDGER[:100]), memory=ROOM)
    changed = [*LEDGER[:99], (9, 9, 9), *LEDGER[100:]]
    for other in (Rows(LEDGER[:50]), Rows(changed), Rows(LEDGER, asset="eip155:1/slip44:60")):
        with pytest.raises(InputError, match="another ledger"):
            build_index(tmp_path, other, memory=ROOM)
    with pytest.raises(InputError, match="0 transfers"):
        build_index(tmp_path / "new", Rows([]), memory=ROOM)
    assert len(told(tmp_path)) == 100


class Killed(BaseException):
    """The process ends here."""


STEPS = ((os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "mkdir"), (shutil, "rmtree"))


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """The process ends instead of its step number `step` among those that leave something on the disk."""
    left = step

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real(*words, **more)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for place, name in STEPS:
            patch.setattr(place, name, dying(getattr(place, name)))
        yield


def test_whenever_it_is_killed_the_index_is_what_it_was_or_what_it_is_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_LARGEST_CHUNK", 10)
    before, after = LEDGER[:30], LEDGER[:60]
    build_index(tmp_path / "old", Rows(before), memory=ROOM)
    whole = [(at, *row) for at, row in enumerate(after)]
    seen = set()
    for step in range(200):
        place = tmp_path / str(step)
        shutil.copytree(tmp_path / "old", place)
        try:
            with killed_at(step):
                build_index(place, Rows(after), memory=ROOM)
        except Killed:
            kept = told(place)
            assert kept == whole[: len(kept)]
            seen.add(len(kept))
        else:
            break
        build_index(place, Rows(after), memory=ROOM)
        assert told(place) == whole
        named = {stored.folder for stored in Index.open(place).manifest.segments}
        assert {path.name for path in place.iterdir()} - {MANIFEST, "lock"} == named
    assert step > 40
    assert seen == {30, 60}
