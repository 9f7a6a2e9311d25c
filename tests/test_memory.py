"""What the machine has, and what a container leaves of it."""

from pathlib import Path

import pytest

from clew import memory
from clew.memory import available_memory


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
