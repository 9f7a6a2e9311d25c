"""A file's lock: one holder at a time, until the file is closed."""

from pathlib import Path

import pytest

from clew.disk import lock_file


def test_a_lock_is_one_holders_until_the_file_is_closed(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("wb") as first, (tmp_path / "lock").open("wb") as second:
        lock_file(first.fileno())
        with pytest.raises(BlockingIOError):
            lock_file(second.fileno())
        first.close()
        lock_file(second.fileno())
