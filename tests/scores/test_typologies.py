"""Flagged accounts against the truth: what is counted, and what is wrong with a file."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.typologies import read_launderers, read_roles, score
from clew.typologies import TYPOLOGIES, Typology

A, B, C, D = (("eip155:1", f"0x{n}") for n in range(4))
NOBODY: dict[Typology, frozenset[tuple[str, str]]] = dict.fromkeys(TYPOLOGIES, frozenset())


def test_precision_recall_and_base_rate_are_of_the_accounts_that_the_ledger_shows() -> None:
    unseen = ("eip155:1", "0x9")
    flagged = NOBODY | {Typology.FAN_IN: {A, B}}
    found = score(flagged, NOBODY | {Typology.FAN_IN: {A, C, unseen}}, {A, B}, {A, B, C, D})
    assert found["fan-in"] == {
        "flagged": 2, "true": 2, "right": 1, "precision": 0.5, "recall": 0.5, "base_rate": 0.5, "thiefs": 1.0,
    }  # fmt: skip
    assert found["fan-out"]["precision"] is found["fan-out"]["recall"] is None
    assert found["fan-out"]["base_rate"] == 0.0


def test_the_files_of_a_world_are_read(tmp_path: Path) -> None:
    path = tmp_path / "typologies.csv"
    path.write_text("typology,chain,address,parts\nfan-in,eip155:1,0x0,3\n")
    assert read_roles(path) == NOBODY | {Typology.FAN_IN: frozenset({A})}
    path.write_text("typology,chain,address,parts\nfan-on,eip155:1,0x0,3\n")
    with pytest.raises(InputError, match="unknown typology 'fan-on'"):
        read_roles(path)
    path.write_text("chain,address,owner,kind\neip155:1,0x0,thief,thief\neip155:1,0x1,Person 1,person\n")
    assert read_launderers(path) == {A}
    with pytest.raises(InputError, match="no column typology"):
        read_roles(path)
