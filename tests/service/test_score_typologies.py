"""A simulated world's accounts against what its thief truly did with them."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.service.score_typologies import score_typologies
from clew.simulate.world import simulate_world


def test_a_world_is_scored(tmp_path: Path) -> None:
    simulate_world("structuring", 1, tmp_path / "world", scale=100)
    found = score_typologies(tmp_path / "world")
    assert found["structuring"]["recall"] == 1.0
    assert found["structuring"]["precision"] > 10 * found["structuring"]["base_rate"]
    assert found["structuring"]["true"] == 6
    (tmp_path / "world" / "typologies.csv").unlink()
    with pytest.raises(InputError, match="cannot be read as CSV"):
        score_typologies(tmp_path / "world")
