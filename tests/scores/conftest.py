"""What several scores are measured on, read once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clew.links.mixers import Events
from clew.scores.mixer_files import read_events


@pytest.fixture(scope="session")
def ether_pools(shared_data: Callable[[str], Path]) -> Events:
    """Every event of Tornado Cash's ether pools, that of 100 until April 2023."""
    pools = ("0.1", "1", "10", "100-to-2023-04")
    sides = ("deposits", "withdrawals")
    return read_events(*([shared_data(f"tornado/{side}-eth-{pool}.json.zip") for pool in pools] for side in sides))
