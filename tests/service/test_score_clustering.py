"""``clew score clustering`` on the emulated run, whose owners are known."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.cli import root
from clew.errors import InputError
from clew.service.score_clustering import score_clustering, score_clustering_world
from clew.simulate.world import simulate_world

SharedData = Callable[[str], Path]


@pytest.fixture
def owners(shared_data: SharedData, tmp_path: Path) -> Path:
    """The emulated run's addresses and wallets in the documented form."""
    path = tmp_path / "owners.csv"
    with shared_data("coinjoin/emulated/wallet-addresses.csv").open() as source, path.open("w") as target:
        rows = csv.writer(target)
        rows.writerow(("address", "owner"))
        rows.writerows((row["address"], row["wallet"]) for row in csv.DictReader(source))
    return path


@pytest.mark.data
def test_with_mixes_excluded_nothing_is_joined_wrongly_and_the_plain_rule_is_mostly_wrong(
    shared_data: SharedData, owners: Path
) -> None:
    blocks = shared_data("coinjoin/emulated/blocks.jsonl.gz")
    found = score_clustering(blocks, owners, chain="bitcoin-regtest", changes=["first", "peel"], suspects=True)
    assert (found["transactions"], found["mixes"], found["labelled"]) == (335, 6, 260)
    assert found["pairwise"]["pairs"] == found["clusters_of_several_owners"] == 0
    plain = score_clustering(blocks, owners, chain="bitcoin-regtest", mixes=False)
    assert (plain["pairwise"]["correct"], plain["pairwise"]["pairs"], plain["pairwise"]["truth"]) == (196, 1813, 4009)


@pytest.mark.data
def test_the_command_prints_the_figures(shared_data: SharedData, owners: Path) -> None:
    blocks = shared_data("coinjoin/emulated/blocks.jsonl.gz")
    words = [
        "score",
        "clustering",
        "--transactions",
        str(blocks),
        "--owners",
        str(owners),
        "--chain",
        "bitcoin-regtest",
    ]
    done = CliRunner().invoke(root, words)
    assert json.loads(done.output)["kind"] == "clustering"


def test_an_unknown_rule_and_labels_of_nobody_are_refused(tmp_path: Path) -> None:
    transactions, labels = tmp_path / "t.txt", tmp_path / "o.csv"
    transactions.write_text(f"{'a' * 64}:::{'b' * 64}:::0:::1600000000:::{'c' * 64}-0-9+51+x:::8+51+x\n")
    labels.write_text("address,owner\nnobody,x\n")
    with pytest.raises(InputError, match="unknown change rule 'best'"):
        score_clustering(transactions, labels, changes=["best"])
    with pytest.raises(InputError, match="none of its addresses"):
        score_clustering(transactions, labels)


# --- on a simulated world


def test_in_a_world_common_inputs_join_nobody_with_another_and_deposits_are_truly_the_exchanges(tmp_path: Path) -> None:
    simulate_world("structuring", 1, tmp_path / "world", scale=200)
    rows = {(row["chain"], row["rules"]): row for row in score_clustering_world(tmp_path / "world")}
    assert set(rows) == {
        ("bitcoin", "multi-input"),
        ("bitcoin", "multi-input and change"),
        ("ethereum", "deposit-reuse"),
        ("tron", "deposit-reuse"),
    }
    plain, change = rows["bitcoin", "multi-input"], rows["bitcoin", "multi-input and change"]
    assert plain["pairwise"]["precision"] == plain["per_address"]["precision"] == 1
    assert change["pairwise"]["recall"] > plain["pairwise"]["recall"] > 0
    for chain in ("ethereum", "tron"):
        row = rows[chain, "deposit-reuse"]
        assert row["deposit_addresses"] == row["deposit_addresses_correct"] > 3


def test_a_world_or_files_are_scored_and_not_both(tmp_path: Path) -> None:
    world = tmp_path / "world"
    world.mkdir()
    (tmp_path / "owners.csv").touch()
    for words in (["--world", str(world), "--owners", str(tmp_path / "owners.csv")], []):
        done = CliRunner().invoke(root, ["score", "clustering", *words])
        assert done.exit_code == 2
        assert "give --world alone" in done.output
    with pytest.raises(InputError):
        score_clustering_world(world)
