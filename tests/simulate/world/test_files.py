"""What a world leaves on disk is what Clew's own readers take, the same bytes at each run, and true to its book."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from clew.cases import read_case
from clew.chains import DECODERS, decode
from clew.chains.bitcoin import BlockReader
from clew.errors import InputError
from clew.scores.mixer_files import read_depositors, read_events, read_pairs
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.simulate.world import simulate_world
from clew.simulate.world.files import write_world
from clew.simulate.world.people import Town
from clew.simulate.world.services import Exchanger
from clew.simulate.world.state import World
from clew.sources.blockfiles import BlockFileSource
from clew.sources.recorded import read_recorded
from clew.typologies import Typology


def digest(folder: Path) -> str:
    parts = [
        f"{p.relative_to(folder)} {hashlib.sha256(p.read_bytes()).hexdigest()}"
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes(preset_file: Path, folder: Path, tmp_path: Path) -> None:
    simulate_world(str(preset_file), 5, tmp_path / "again")
    simulate_world(str(preset_file), 6, tmp_path / "other")
    assert digest(tmp_path / "again") == digest(folder) != digest(tmp_path / "other")


def test_the_bytes_are_those_of_every_other_machine(folder: Path) -> None:
    """A change of the simulator changes this; nothing else may."""
    assert digest(folder) == "4b462d5d15e0e4d9f7f1eef3cbdbf9bf686514a5ec4c9eda71d18a724c814116"


def test_the_typologies_are_those_of_the_verbs_and_played_by_the_thief(folder: Path) -> None:
    with (folder / "typologies.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["typology"] for row in rows} == set(Typology)
    with (folder / "owners.csv").open(newline="") as file:
        owners = {(row["chain"], row["address"]): row["kind"] for row in csv.DictReader(file)}
    assert {owners[row["chain"], row["address"]] for row in rows} == {"thief"}
    assert {int(row["parts"]) for row in rows if row["typology"] == "fan-in"} == {3}


def test_every_reply_decodes_and_none_says_that_something_is_missing(folder: Path) -> None:
    replies = read_recorded(folder / "evidence", default_chain="")
    reader = next(BlockReader(reply.chain) for reply in replies if reply.format == "bitcoin/block")
    said: Counter[str] = Counter()
    for reply in replies:
        if reply.format in DECODERS:
            read = reader.read if reply.format == "bitcoin/block" else decode
            said.update(limitation.code for limitation in read(reply).limitations)
    assert not said
    formats = {reply.format for reply in replies}
    assert formats == {"evm/block", "bitcoin/block", "trongrid/transactions", "trongrid/trc20", "midgard/actions"}


def test_the_block_files_are_read_as_a_nodes(built: tuple[World, Town], folder: Path) -> None:
    source = BlockFileSource("bip122:000000000019d6689c085ae165831e93", folder / "blocks")
    bodies = [reply.body for reply in source.blocks(0, source.tip())]
    assert bodies == built[0].bitcoin.blocks


def test_the_case_file_states_thefts_orders_and_public_tags(built: tuple[World, Town], folder: Path) -> None:
    case = read_case(str(folder / "case.toml"))
    assert case.thefts == tuple(built[0].thefts)
    assert case.conversions == tuple(built[0].orders)
    kinds = {built[0].owners[tag.chain, tag.address].kind for tag in case.tags}
    assert kinds == {"exchange", "bridge", "mixer", "broker"}


def test_the_truth_partitions_each_theft_and_names_the_holders(folder: Path) -> None:
    truth = json.loads((folder / "truth.json").read_text())
    for stolen in truth["stolen"]:
        rows = [row for row in truth["standing"] if row["theft"] == stolen["theft"]]
        assert sum(int(row["origin_amount"]) for row in rows) == int(stolen["amount"])
        assert all(row["kind"] for row in rows if not row["address"].startswith("@"))
    assert any(row["hidden"] for row in truth["standing"])


def test_the_mixers_files_are_read_and_every_pair_joins(built: tuple[World, Town], folder: Path) -> None:
    mixer = folder / "mixer"
    events = read_events([mixer / "deposits.csv"], [mixer / "withdrawals.csv"])
    pairs, aside = read_pairs(mixer / "pairs.csv", events)
    assert len(pairs) == len(built[1].mixer.paid)
    assert aside == {}
    assert len(read_depositors(mixer / "depositors.csv").depositors) == len(events.deposits)


def test_the_passages_join_outputs_of_one_owner(built: tuple[World, Town], folder: Path) -> None:
    world, _ = built
    with (folder / "passages.csv").open(newline="") as text:
        joined = [row for row in csv.DictReader(text) if row["kind"] == "coinjoin"]
    assert joined
    for row in joined:
        owners = {
            world.owners["bip122:000000000019d6689c085ae165831e93", world.bitcoin.owners[row[side]]].name
            for side in ("sent", "received")
        }
        assert owners == {row["owner"]}


def test_a_world_is_never_written_over_another(built: tuple[World, Town], folder: Path) -> None:
    with pytest.raises(InputError, match="a world already"):
        write_world(*built, folder)


@pytest.mark.slow
def test_a_trace_of_the_recorded_world_adds_up_and_follows_onto_every_chain(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    request = TraceRequest(
        case=str(folder / "case.toml"),
        out=out,
        recorded=folder / "evidence",
        offline=True,
        through_exchanger=(Exchanger.NAME,),
    )
    result = trace_case(request)
    assert all(row["difference"] == "0" for row in result["conservation"])
    found = {
        (row["category"], row["chain"].partition(":")[0]) for row in result["dispositions"] if row["kind"] == "service"
    }
    assert {("exchange", "eip155"), ("exchange", "bip122"), ("exchange", "tron"), ("mixer", "eip155")} <= found
    grades = {row["grade"] for row in result["dispositions"]}
    assert {"observed", "decoded", "asserted"} <= grades
    assert result["bounds"]["through_exchangers"] == [Exchanger.NAME]
    assert verify_case(out)["result_sha256"] == result["result_sha256"]
