"""docs/sources.md: chains, settings, endpoints and formats are those of the code, and its examples are read."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, Block, blocks, named, read, rows, section
from tests.docs.test_results import codes

from clew.chains import CHAINS, DECODERS, find_chain
from clew.chains.events import READERS
from clew.model import Reply
from clew.service.connections import ESPLORA, Connections
from clew.service.midgard import MIDGARD
from clew.settings import Settings, read_settings
from clew.sources.archive import Archive
from clew.sources.etherscan import BLOCKSCOUT, ETHERSCAN
from clew.sources.recorded import read_recorded
from clew.sources.trongrid import TRONGRID

PAGE = DOCS / "sources.md"
PUBLIC = {**BLOCKSCOUT, **ESPLORA, find_chain("tron").id: TRONGRID}
FOR_DEVELOPMENT = {"anvil", "bitcoin-regtest", "litecoin-regtest"}


def block(comment: str) -> Block:
    (found,) = [one for one in blocks(PAGE) if one.comment == comment]
    return found


def test_the_public_sources_are_those_of_the_code() -> None:
    intro = section(PAGE, "Without settings, Clew asks public explorers")
    listed = {find_chain(cells[0].strip("`")).id: cells[1] for cells in rows(intro)}
    assert listed == PUBLIC
    assert all(address in intro for address in (ETHERSCAN, *MIDGARD.values()))
    missing = {chain.name for chain in CHAINS if chain.id not in PUBLIC} - FOR_DEVELOPMENT
    assert missing == set(re.findall(r"`([a-z]+)`", intro.rpartition("One key")[2]))


def test_the_settings_are_those_of_the_code_each_with_its_variable() -> None:
    listed = {
        cells[0].strip("`"): cells[1].strip("`") for cells in rows(section(PAGE, "Settings: a file, then variables"))
    }
    assert list(listed) == [field.name for field in fields(Settings)]
    for name, variable in listed.items():
        if variable:
            settings = read_settings({variable: "7", "CLEW_CONFIG": "/dev/null"})
            assert str(getattr(settings, name)) in ("7", "7.0")
    assert set(re.findall(r"CLEW_\w+", read(PAGE))) == {"CLEW_CONFIG", *filter(None, listed.values())}


def test_the_settings_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "clew.toml"
    path.write_text(block("settings").text, encoding="utf-8")
    settings = read_settings({"CLEW_CONFIG": str(path), "CLEW_TIMEOUT": "5"})
    assert settings.endpoints["bitcoin"] == "esplora:http://127.0.0.1:3000"
    assert (settings.timeout, settings.requests_per_second) == (5.0, 4.0)
    for chain in settings.endpoints:
        assert Connections(settings, Archive(tmp_path / "evidence")).open(find_chain(chain)).chain


@pytest.mark.parametrize(
    "cells", rows(section(PAGE, "Endpoints: your own node or explorer")), ids=lambda cells: f"{cells[0]} {cells[1]}"
)
def test_each_endpoint_opens_the_source_the_page_names(cells: list[str], tmp_path: Path) -> None:
    chain, endpoint, source = (cell.strip("`") for cell in cells[:3])
    if endpoint.startswith("blocks:"):
        (tmp_path / "blk00000.dat").write_bytes(b"")
        endpoint = f"blocks:{tmp_path}"
    connections = Connections(Settings(endpoints={chain: endpoint}), Archive(tmp_path / "evidence"))
    opened = connections.open(find_chain(chain))
    assert type(getattr(opened, "_inner", opened)).__name__ == source


def test_the_recording_is_read(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(block("recorded").text, encoding="utf-8")
    first, second = read_recorded(path, default_chain="eip155:1")
    assert (first.format, first.chain, first.fetched) == ("etherscan/txlist", "eip155:1", "1695295435")
    assert (second.format, second.chain) == ("esplora/tx", find_chain("bitcoin").id)
    assert named(section(PAGE, "Recorded replies stand in for the network").partition("These formats")[0]) == {
        *(field.name for field in fields(Reply) if field.name != "body"), "response"
    }  # fmt: skip


def test_every_format_that_is_read_is_listed() -> None:
    table = section(PAGE, "Recorded replies stand in for the network").partition("These formats")[2]
    assert named(table) == {*DECODERS, *READERS}, "docs/sources.md lists the formats that chains reads"


def test_limitations_that_the_page_names_exist() -> None:
    cells = [cells[2] for cells in rows(section(PAGE, "What each source cannot show"))]
    words = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    assert words <= codes() | {"fee"}
