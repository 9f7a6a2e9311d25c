"""Ledgers: the same rows whatever the machine and the chunk, nobody overdrawn, activity as skewed as is said."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from clew.errors import InputError
from clew.simulate import ledger
from clew.simulate.ledger import accounts_of, simulate_ledger


def rows(folder: Path) -> list[dict[str, int]]:
    found: list[dict[str, int]] = pq.read_table(folder / "transfers.parquet").to_pylist()
    return found


def test_nobody_pays_what_he_lacks_and_a_sweep_empties(tmp_path: Path) -> None:
    facts = simulate_ledger(1, 20_000, tmp_path)
    balance: Counter[int] = Counter()
    for row in rows(tmp_path):
        if row["kind"]:
            assert 0 < row["amount"] <= balance[row["sender"]]
            balance[row["sender"]] -= row["amount"]
        else:
            assert row["sender"] == 0
        assert row["sender"] != row["receiver"]
        assert row["kind"] != 2 or balance[row["sender"]] == 0
        balance[row["receiver"]] += row["amount"]
    assert str(balance.total()) == facts["supply"]
    assert facts == json.loads((tmp_path / "ledger.json").read_text())


def test_the_rows_do_not_depend_on_the_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulate_ledger(7, 5_000, tmp_path / "whole")
    monkeypatch.setattr(ledger, "CHUNK", 999)
    simulate_ledger(7, 5_000, tmp_path / "chunks")
    assert rows(tmp_path / "whole") == rows(tmp_path / "chunks")
    assert whole["sha256"] != simulate_ledger(8, 5_000, tmp_path / "other")["sha256"]


def test_the_rows_are_those_of_every_other_machine(tmp_path: Path) -> None:
    assert (
        simulate_ledger(1, 1_000, tmp_path)["sha256"]
        == "99772f5fcc7ffdc55f57bc0b4dd7c7983d8032f0a4ada3741ad06dbf36fb3ca6"
    )


def test_each_octave_of_ranks_acts_alike(tmp_path: Path) -> None:
    simulate_ledger(3, 30_000, tmp_path)
    acting = (row["sender"] if row["kind"] else row["receiver"] for row in rows(tmp_path))
    octaves = Counter(account.bit_length() for account in acting)
    assert len(octaves) == (accounts_of(30_000) - 1).bit_length()
    assert max(octaves.values()) < 1.1 * min(octaves.values())


@pytest.mark.parametrize(("transfers", "accounts"), [(1, 256), (10_000_000, 2**21), (4_000_000_000, 2**29)])
def test_accounts_grow_with_the_ledger(transfers: int, accounts: int) -> None:
    assert accounts_of(transfers) == accounts


def test_an_impossible_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--transfers"):
        simulate_ledger(1, 0, tmp_path)
