"""What the machine has, and what a container leaves of it."""

from pathlib import Path

import pytest

from clew import memory
from clew.memory import LINE, available_memory, zeros_on_lines


def test_what_the_machine_has_is_read_from_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limits = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(memory, "_LIMITS", limits)
    limits[1].write_text("300\n")
    limits[0].write_text("max\n")
    free = available_memory()
    assert free is None or free > 300
    limits[0].write_text("1000\n")
    assert available_memory() == 700


def test_the_machine_says_what_is_free() -> None:
    free = available_memory()
    assert free is None or 10_000_000 < free < 2**50


@pytest.mark.parametrize(("rows", "words"), [(0, 4), (1, 2), (5, 8), (1 << 20, 4)])
def test_rows_begin_where_a_line_of_memory_does(rows: int, words: int) -> None:
    found = zeros_on_lines(rows, words)
    assert found.shape == (rows, words)
    assert found.ctypes.data % LINE == 0 or not rows
    assert found.flags.c_contiguous
    assert not found.any()
