"""Wallets of sanctions lists in a trace: named with list, version and day, kept with the case, replayed without it."""

from pathlib import Path
from typing import Any

import pytest

from clew.errors import InputError, VerificationError
from clew.model import Category
from clew.service.listings import Listings, read_listings
from clew.service.lists import UpdateRequest, open_store, update_lists
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.settings import Settings
from clew.simulate import simulate_theft

THIEF = "0xb4e700dbbd2c9a48b57f4205678f1951feaa4802"
STRANGER = "0x000000000000000000000000000000000000dead"
ROWS = f"address,holder,listed\n{THIEF},Kite Group,2025-06-01\n{STRANGER},Nobody,2020-01-01\n1Kite,Broken,\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "own.csv").write_text(ROWS, encoding="utf-8")
    request = UpdateRequest(Settings(), ("own",), (folder / "own.csv",), folder / "store", "2025-06-02")
    assert [row["state"] for row in update_lists(request)] == ["new"]
    return folder / "store"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    simulate_theft(1, folder)
    return folder


def traced(case: Path, out: Path, **more: Any) -> dict[str, Any]:
    replies = case / "replies.jsonl.gz"
    return trace_case(
        TraceRequest(str(case / "case.toml"), out, recorded=replies, offline=True, max_addresses=1, **more)
    )


@pytest.fixture(scope="module")
def listed(case: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A traced folder, and its result, with the store at hand."""
    folder = tmp_path_factory.mktemp("traced") / "out"
    return folder, traced(case, folder, store=store)


def test_a_listed_wallet_that_stolen_units_reached_is_named_by_list_version_and_day(
    store: Path, listed: tuple[Path, dict[str, Any]]
) -> None:
    (version,) = open_store(Settings(), store).versions("own")
    stated = {"list": "own", "version": version.id, "effective": "2025-06-02"}
    result = listed[1]
    assert result["lists"] == [stated]
    (row,) = result["sanctioned"]
    first = min(one["time"] for one in result["stolen"])
    assert row == stated | {
        "chain": "eip155:1", "address": THIEF, "category": "sanctioned", "name": "Kite Group", "since": "2025-06-01",
        "first_time": first,
    }  # fmt: skip


def test_what_stands_there_is_called_sanctioned_and_the_trace_goes_on(
    case: Path, listed: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    plain = traced(case, tmp_path / "plain")
    assert (plain["lists"], plain["sanctioned"]) == ([], [])
    assert not (tmp_path / "plain" / "inputs" / "lists.json").exists()
    standing, before = (
        [(row["account"], row["asset"], row["kind"], row["origin_amount"]) for row in one["dispositions"]]
        for one in (listed[1], plain)
    )
    assert standing == before
    called = {(row["category"], row["entity"]) for row in listed[1]["dispositions"] if row["address"] == THIEF}
    assert called == {("sanctioned", "Kite Group")}


def test_the_case_replays_without_the_store_and_a_changed_list_is_named(listed: tuple[Path, dict[str, Any]]) -> None:
    folder, result = listed
    assert verify_case(folder)["result_sha256"] == result["result_sha256"]
    kept = folder / "inputs" / "lists.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b"Kite Group", b"Dove Group"))
    with pytest.raises(VerificationError, match="sanctioned differs"):
        verify_case(folder)
    kept.write_bytes(whole[:-9])
    with pytest.raises(InputError, match="not the lists of a case"):
        verify_case(folder)
    kept.write_bytes(whole)


def test_an_evm_wallet_is_sanctioned_on_every_evm_chain_and_a_broken_one_on_none(store: Path) -> None:
    found = read_listings(Settings(lists_folder=str(store)), None)
    tags = list(Listings.kept(found.to_bytes()).tags())
    assert tags == list(found.tags())
    assert {tag.address for tag in tags} == {THIEF, STRANGER}
    assert {"eip155:1", "eip155:56"} <= {tag.chain for tag in tags}
    assert {(tag.category, tag.stop, tag.source.partition(" ")[0]) for tag in tags} == {
        (Category.SANCTIONED, False, "own")
    }


def test_a_store_that_is_named_must_hold_a_list_and_the_settings_one_may_be_empty(tmp_path: Path) -> None:
    assert read_listings(Settings(), None) == Listings()
    assert read_listings(Settings(lists_folder=str(tmp_path)), None) == Listings()
    with pytest.raises(InputError, match="no list is known"):
        read_listings(Settings(), tmp_path)
