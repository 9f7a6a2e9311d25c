"""The three files of a simulated theft, as a user gets them."""

import hashlib
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.simulate import simulate_theft

FIRST_WORLD = "74987a13b69f99a5cfd869984b9a8b5aaa12782e59b079f733af12105b6990a4"
"""SHA-256 of the files of seed 1: the same on every machine. It changes when the story does, and then on purpose."""


def test_a_seed_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    simulate_theft(1, tmp_path / "new" / "world")
    files = sorted((tmp_path / "new" / "world").iterdir())
    assert [file.name for file in files] == ["case.toml", "replies.jsonl.gz", "truth.json"]
    assert hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() == FIRST_WORLD


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="file"):
        simulate_theft(1, tmp_path / "file")
