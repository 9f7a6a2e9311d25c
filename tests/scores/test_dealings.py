"""Who deals with services alone in a world, and to what he is exposed, from the transfers and the owners alone."""

from pathlib import Path

import pytest
from tests.tracing.worlds import ETH, ETHEREUM, Shelf, World

from clew.errors import InputError
from clew.scores.dealings import exposures_of, read_owners
from clew.scores.exposure import Known

OWNERS = {
    (ETHEREUM.id, name): (name, kind)
    for name, kind in {
        "alice": "person",
        "bob": "person",
        "carol": "person",
        "hot": "exchange",
        "pool": "mixer",
        "shop": "merchant",
    }.items()
}


def test_only_people_whose_every_dealing_is_with_a_known_kind_of_service_are_labelled() -> None:
    world = World()
    world.pay("hot", "alice", 5, asset=ETH)
    world.pay("alice", "pool", 4)
    world.pay("pool", "bob", 4)
    world.pay("hot", "bob", 0)
    world.pay("pool", "carol", 4)
    world.pay("carol", "shop", 1)
    table = Shelf(world.rows, read_whole=True).transfers()
    assert exposures_of(table, ETHEREUM.id, OWNERS, 9) == {
        "alice": [Known("received", "exchange", None), Known("sent", "mixer", None)],
        "bob": [Known("received", "mixer", None)],
    }
    assert list(exposures_of(table, ETHEREUM.id, OWNERS, 1)) == ["alice"]


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError):
        read_owners(tmp_path / "owners.csv")
