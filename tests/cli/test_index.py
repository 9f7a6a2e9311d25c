"""``clew index``: a simulated ledger indexed, added to, and traced over."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.command import Done, command

from clew.simulate.ledger import simulate_ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    simulate_ledger(1, 3_000, folder)
    return folder / "transfers.parquet"


def said(done: Done) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_an_index_is_built_added_to_and_told(ledger: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    rows = pq.read_table(ledger)
    pq.write_table(rows.slice(0, 2_900), parts / "1.parquet")
    first = said(command("index", "build", parts, "--out", tmp_path / "index"))
    pq.write_table(rows.slice(2_900), parts / "2.parquet")
    both = said(command("index", "build", parts, "--out", tmp_path / "index", "--memory", "1000"))
    assert (first["transfers"], both["transfers"]) == (2_900, 3_000)
    assert both["segments"] == [{"first": 0, "transfers": 2_900}, {"first": 2_900, "transfers": 100}]
    assert said(command("index", "status", tmp_path / "index", "--check")) == {**both, "checked": True}


def test_a_trace_accounts_for_every_unit(ledger: Path, tmp_path: Path) -> None:
    said(command("index", "build", ledger, "--out", tmp_path))
    rows = pq.read_table(ledger).to_pylist()
    theft = next(row for row in rows[500:] if row["kind"] == 2)
    place = f"{theft['receiver']}@{theft['position']}"
    found = said(command("index", "trace", tmp_path, "--from", place, "--policy", "haircut", "--top", "3"))
    assert found["stolen"] == found["accounted"] == str(theft["amount"])
    assert found["difference"] == "0"
    assert found["horizon"]["ordinal"] == 2_999  # type: ignore[index]
    holdings = found["holdings"]
    assert isinstance(holdings, list)
    assert len(holdings) == 3
    assert [int(one["amount"]) for one in holdings] == sorted((int(one["amount"]) for one in holdings), reverse=True)
    poisoned = said(command("index", "trace", tmp_path, "--from", place, "--policy", "poison", "--until", "2000"))
    assert poisoned["accounted"] is None
    assert poisoned["horizon"]["ordinal"] == 2_000  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--from", "5"), "ACCOUNT@ORDINAL"),
        (("--from", "x@1"), "no account 'x'"),
        (("--from", "0@1"), "did not pay 0"),
        (("--from", "0@99999"), "did not pay 0"),
        (("--from", "1@1", "--policy", "best"), "unknown policy"),
    ],
)
def test_a_theft_that_cannot_be_is_refused(ledger: Path, tmp_path: Path, words: tuple[str, ...], what: str) -> None:
    said(command("index", "build", ledger, "--out", tmp_path))
    done = command("index", "trace", tmp_path, *words)
    assert done.returncode == 2
    assert what in done.stderr


def test_a_ledger_of_many_assets_needs_one_named_and_a_file_of_one_none(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "case.duckdb").touch()
    for words, what in (
        ((tmp_path / "case.duckdb",), "--chain and --asset"),
        ((ledger, "--chain", "bitcoin"), "leave --chain and --asset out"),
    ):
        done = command("index", "build", *words, "--out", tmp_path / "index")
        assert done.returncode == 2
        assert what in done.stderr
