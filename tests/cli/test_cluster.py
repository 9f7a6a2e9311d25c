"""``clew cluster`` on a simulated world: what it writes, how it explains it, and that going on is starting anew."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.command import command

from clew.simulate.world import simulate_world

MAGIC = b"\xf9\xbe\xb4\xd9"
BLOCKS = Path("blocks", "blk00000.dat")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "out"
    simulate_world("dprk", 1, folder, scale=300)
    return folder


@pytest.fixture(scope="module")
def owners(world: Path) -> dict[str, str]:
    with (world / "owners.csv").open() as file:
        return {row["address"]: row["owner"] for row in csv.DictReader(file)}


def cluster(*words: str | Path) -> dict[str, object]:
    done = command("cluster", *words, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def rows(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return found


def first_half(world: Path, folder: Path) -> Path:
    """The world's block file, as a node had it halfway."""
    blocks = (world / BLOCKS).read_bytes().split(MAGIC)[1:]
    path = folder / "blk00000.dat"
    path.write_bytes(b"".join(MAGIC + block for block in blocks[: len(blocks) // 2]))
    return path


def test_every_member_names_the_link_that_joins_it_to_one_nearer_the_clusters_id(
    world: Path, owners: dict[str, str], tmp_path: Path
) -> None:
    found = cluster("--recorded", world / "evidence", "--out", tmp_path / "members.parquet")
    table = rows(tmp_path / "members.parquet")
    by_address = {str(row["address"]): row for row in table}
    assert len(by_address) == len(table) == found["addresses"]
    joined = [row for row in table if row["joined_to"] is not None]
    assert len(table) - len(joined) == found["clusters"]
    assert len(joined) > 20
    for row in joined:
        other = by_address[str(row["joined_to"])]
        assert other["cluster"] == row["cluster"]
        assert str(row["cluster"]) <= str(row["address"])
        assert row["rule"] in found["links"]  # type: ignore[operator]
        assert len(str(row["tx"])) == 64
        if row["rule"] == "multi-input":
            assert owners[str(row["address"])] == owners[str(row["joined_to"])]
    assert all(row["tx"] is None and row["cluster"] == row["address"] for row in table if row not in joined)


def test_the_forms_hold_the_same_rows(world: Path, tmp_path: Path) -> None:
    for name in ("m.parquet", "m.csv", "m.json"):
        cluster("--recorded", world / BLOCKS, "--out", tmp_path / name)
    table = rows(tmp_path / "m.parquet")
    told = json.loads((tmp_path / "m.json").read_text())
    assert told["members"] == table
    assert told["chain"].startswith("bip122:")
    with (tmp_path / "m.csv").open(newline="") as file:
        flat = list(csv.DictReader(file))
    assert flat == [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in table]


def test_going_on_after_new_blocks_writes_what_a_run_from_the_beginning_writes(world: Path, tmp_path: Path) -> None:
    half = first_half(world, tmp_path)
    before = cluster("--recorded", half, "--out", tmp_path / "on")
    assert "links_added" not in before
    after = cluster("--recorded", world / BLOCKS, "--out", tmp_path / "on")
    anew = cluster("--recorded", world / BLOCKS, "--out", tmp_path / "anew")
    assert after["links_added"] == sum(anew["links"].values()) - sum(before["links"].values())  # type: ignore[attr-defined]
    assert after["links_gone"] == 0
    for name in ("clusters.parquet", "links.parquet"):
        assert (tmp_path / "on" / name).read_bytes() == (tmp_path / "anew" / name).read_bytes()


def test_a_rule_that_is_no_longer_asked_for_takes_its_links_back(world: Path, tmp_path: Path) -> None:
    cluster("--recorded", world / BLOCKS, "--out", tmp_path / "plain")
    more = cluster("--recorded", world / BLOCKS, "--out", tmp_path / "on", "--suspects")
    less = cluster("--recorded", world / BLOCKS, "--out", tmp_path / "on")
    taken = more["links"]["multi-input-payjoin"]  # type: ignore[index]
    assert less["links_gone"] == taken > 0
    for name in ("clusters.parquet", "links.parquet"):
        assert (tmp_path / "on" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_on_ethereum_the_senders_to_one_deposit_address_are_one_and_the_address_is_the_exchanges(
    world: Path, owners: dict[str, str], tmp_path: Path
) -> None:
    tags = tmp_path / "tags.csv"
    case = (world / "case.toml").read_text().split("[[tag]]")[1:]
    fields = [dict(line.split(" = ", 1) for line in part.split("\n\n")[0].strip().splitlines()) for part in case]
    with tags.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("chain", "address", "label", "entity", "category"))
        writer.writerows(
            [tag[name].strip('"') for name in ("chain", "address", "label", "entity", "category")] for tag in fields
        )
    words = ("--recorded", world / "evidence", "--chain", "ethereum", "--tags", tags)
    found = cluster(*words, "--out", tmp_path / "members.parquet")
    assert int(str(found["deposit_addresses"])) > 3
    joined = [row for row in rows(tmp_path / "members.parquet") if row["joined_to"] is not None]
    assert joined
    assert {row["rule"] for row in joined} == {"deposit-reuse"}
    assert not any("Exchange" in owners[str(row["address"])] for row in joined)


def test_wrong_requests_say_what_is_wrong(world: Path, tmp_path: Path) -> None:
    neither = command("cluster", "--out", tmp_path / "x.csv")
    assert (neither.returncode, "either a ledger or recorded replies" in neither.stderr) == (2, True)
    nowhere = command("cluster", "--recorded", world / "evidence", "--chain", "litecoin", "--out", tmp_path / "x.csv")
    assert (nowhere.returncode, "no transfer on litecoin" in nowhere.stderr) == (2, True)
    blocks = command("cluster", "--recorded", world / BLOCKS, "--chain", "tron", "--out", tmp_path / "x.csv")
    assert (blocks.returncode, "block files are read of Bitcoin" in blocks.stderr) == (2, True)
    cluster("--recorded", world / BLOCKS, "--out", tmp_path / "bitcoin")
    other = command("cluster", "--recorded", world / "evidence", "--chain", "tron", "--out", tmp_path / "bitcoin")
    assert (other.returncode, "its clusters are of bitcoin" in other.stderr) == (2, True)
    assert not (tmp_path / "x.csv").exists()


def test_the_answer_reads_as_text(world: Path, tmp_path: Path) -> None:
    done = command("cluster", "--recorded", world / BLOCKS, "--out", tmp_path / "clusters")
    assert done.returncode == 0
    assert "multi-input: " in done.stdout
    assert done.stdout.splitlines()[-1] == f"Clusters: {tmp_path / 'clusters'}"
