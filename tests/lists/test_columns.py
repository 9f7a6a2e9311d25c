"""Releases as Parquet: what is read is what was written, and a damaged file says so."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from tests.lists.entries import ENTRIES

from clew.lists.changes import Entries
from clew.lists.columns import PartyFile, read_parties, read_wallets, write_columns
from clew.lists.parties import Release
from clew.lists.wallets import Found, wallets_of


@given(entries=ENTRIES)
def test_what_is_read_is_what_was_written(tmp_path_factory: pytest.TempPathFactory, entries: Entries) -> None:
    folder = tmp_path_factory.mktemp("columns")
    write_columns(Release("own", "", entries.parties, entries.wallets), folder)
    assert read_parties(folder, "own") == entries.parties
    assert [PartyFile(folder, "own").find(party.id) for party in entries.parties] == list(entries.parties)
    assert PartyFile(folder, "own").find("no such party") is None
    assert read_wallets(folder, "own") == entries.wallets
    assert [one.place for one in read_wallets(folder, "own")] == [one.place for one in entries.wallets]


def test_a_changed_byte_is_seen(tmp_path: Path) -> None:
    found = [Found(f"0x{number:040x}", "ETH", "", "") for number in range(2000)]
    write_columns(Release("own", "", (), wallets_of("own", found)), tmp_path)
    path = tmp_path / "wallets.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 1
    path.write_bytes(data)
    with pytest.raises((pa.ArrowException, OSError, ValueError)):
        read_wallets(tmp_path, "own")
