"""Which source answers for which chain; and replayed blocks are those of the branch that was read last."""

import json
from pathlib import Path

import pytest

from clew.chains import find_chain
from clew.errors import InputError, SourceError
from clew.model import Kind, Reply
from clew.service.connections import Connections, RecordedBlocks
from clew.settings import Settings
from clew.sources import BlockSource, Fetched, HistorySource
from clew.sources.archive import Archive
from clew.sources.etherscan import EtherscanSource

ANVIL = find_chain("anvil")


def block(height: int, branch: str, parent: str, *, traced: bool = True, fetched: str = "1") -> Reply:
    """An empty block; its hash is its height on its branch."""
    shown = {
        "number": hex(height), "hash": named(height, branch), "parentHash": named(height - 1, parent),
        "timestamp": hex(1000 + height), "transactions": [],
    }  # fmt: skip
    body: dict[str, object] = {"block": shown, "receipts": [], "traces": [] if traced else None}
    query = {"height": str(height), "hash": named(height, branch)}
    return Reply("evm/block", ANVIL.id, query, fetched, json.dumps(body).encode())


def named(height: int, branch: str) -> str:
    return f"0x{branch * 2}{height % 2**32:062x}"


def read(folder: Path, *replies: Reply) -> list[str]:
    """The hashes of all blocks, as replayed."""
    source = RecordedBlocks(ANVIL, replies, Archive(folder))
    return [reply.query["hash"] for reply in source.blocks(0, source.tip())]


OLD = [block(height, "a", "a") for height in range(6)]
NEW = [block(3, "b", "a"), block(4, "b", "b")]
"""From block 3 on another branch, so far a shorter one."""


def test_after_a_reorganisation_the_branch_that_was_read_last_is_replayed(tmp_path: Path) -> None:
    assert read(tmp_path, *OLD) == [named(height, "a") for height in range(6)]
    assert read(tmp_path, *OLD, *NEW) == [named(0, "a"), named(1, "a"), named(2, "a"), named(3, "b"), named(4, "b")]


def test_a_chain_that_goes_back_to_its_first_branch_is_replayed_on_it(tmp_path: Path) -> None:
    assert read(tmp_path, *OLD, *NEW, block(6, "a", "a")) == [named(height, "a") for height in range(7)]


def test_blocks_recorded_in_any_order_are_one_chain(tmp_path: Path) -> None:
    assert read(tmp_path, *reversed(OLD)) == [named(height, "a") for height in range(6)]


def test_a_block_that_is_missing_between_others_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="block 2 is not recorded"):
        read(tmp_path, *OLD[:2], *OLD[3:])


def test_replayed_blocks_cover_what_they_covered_when_they_were_read(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    whole = RecordedBlocks(ANVIL, OLD, archive).covers
    assert {Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP, Kind.FEE, Kind.BURN} <= whole
    blind = RecordedBlocks(ANVIL, [*OLD, block(6, "a", "a", traced=False)], archive).covers
    assert blind == whole - {Kind.INTERNAL}


def test_a_block_read_again_stands_as_of_the_first_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for fetched in ("1", "2"):
        source = RecordedBlocks(ANVIL, [block(0, "a", "a", fetched=fetched)], archive)
        assert [reply.fetched for reply in source.blocks(0, 0)] == ["1"]
    assert len(archive) == 1


@pytest.mark.parametrize(
    ("chain", "stated", "kind"),
    [
        ("anvil", "rpc:http://127.0.0.1:8545", BlockSource),
        ("ethereum", "http://127.0.0.1:4000/api", HistorySource),
        ("ethereum", "explorer:http://127.0.0.1:4000/v2/api", HistorySource),
        ("bitcoin", "http://127.0.0.1:3000", HistorySource),
        ("bitcoin", "bitcoind:http://user:word@127.0.0.1:8332", BlockSource),
    ],
)
def test_a_source_is_named_by_kind_and_address(tmp_path: Path, chain: str, stated: str, kind: type) -> None:
    source = Connections(Settings(endpoints={chain: stated}), Archive(tmp_path)).open(find_chain(chain))
    assert isinstance(source, HistorySource) is (kind is HistorySource)
    assert source.chain == find_chain(chain).id


@pytest.mark.parametrize(
    ("chain", "stated", "words"),
    [
        ("bitcoin", "rpc:http://127.0.0.1:1", "write kind:address; bitcoind, esplora or blocks"),
        ("ethereum", "bitcoind:http://127.0.0.1:1", "write kind:address; explorer, or rpc for EVM chains"),
        ("tron", "rpc:http://127.0.0.1:1", "is no source of tron"),
        ("anvil", "rpc:127.0.0.1:8545", "no http:// or https:// address"),
    ],
)
def test_a_source_that_cannot_be_is_told(tmp_path: Path, chain: str, stated: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Connections(Settings(endpoints={chain: stated}), Archive(tmp_path)).open(find_chain(chain))


def test_a_chain_without_a_public_explorer_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no public explorer of litecoin is known"):
        Connections(Settings(), Archive(tmp_path)).open(find_chain("litecoin"))


@pytest.mark.parametrize(("endpoints", "asked"), [({"ethereum": "explorer:http://127.0.0.1:9/api"}, 1), ({}, 0)])
def test_an_explorer_that_the_settings_name_is_asked_once_of_which_chain_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoints: dict[str, str], asked: int
) -> None:
    checks: list[str] = []
    monkeypatch.setattr(EtherscanSource, "check", lambda source: checks.append(source.chain))
    monkeypatch.setattr(EtherscanSource, "history", lambda *_args, **_more: Fetched((), "complete", frozenset()))
    source = Connections(Settings(endpoints=endpoints), Archive(tmp_path)).open(find_chain("ethereum"))
    assert isinstance(source, HistorySource)
    for _ in range(3):
        source.history("0x" + "11" * 20, limit=9)
    assert checks == ["eip155:1"] * asked
