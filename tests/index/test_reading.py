"""Ledgers as an index takes them in: Parquet, and Clew's own."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.ledger.test_ledger import BITCOIN, ETH, ETHEREUM, append, transfer

from clew.errors import InputError
from clew.index import Index, ParquetLedger, TableLedger, build_index, known_names, reading
from clew.ledger import Ledger

COLUMNS = {"position": [0, 1, 2], "time": [9, 9, 10], "sender": [0, 1, 1], "receiver": [1, 2, 3], "amount": [5, 3, 2]}


def written(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table({**COLUMNS, **columns}), path, row_group_size=2)
    return path


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BATCH", 3)


def test_chunks_are_the_rows_in_their_order_wherever_a_file_or_row_group_ends(tmp_path: Path) -> None:
    for part in range(4):
        start = 5 * part
        columns = {name: np.arange(start, start + 5) for name in COLUMNS}
        pq.write_table(pa.table(columns), tmp_path / f"{part}.parquet", row_group_size=4)
    ledger = ParquetLedger(tmp_path)
    assert ledger.transfers == 20
    for first in (0, 3, 19):
        for size in (1, 4, 7, 50):
            chunks = list(ledger.chunks(first, size))
            assert [len(chunk.sender) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
            for column in ("sender", "receiver", "amount", "time"):
                assert np.concatenate([getattr(chunk, column) for chunk in chunks]).tolist() == list(range(first, 20))
    assert [len(chunk.sender) for chunk in ParquetLedger(tmp_path, most=11).chunks(1, 6)] == [6, 4]
    assert ledger.marker(7) == (6, 6, 6, 6, 6)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"position": [0, 2, 2]}, "positions do not rise"),
        ({"sender": [0, -1, 1]}, "sender -1 is not between"),
        ({"receiver": [1, 2**32 - 1, 3]}, "receiver 4294967295 is not between"),
        ({"amount": pa.array([1, None, 2], pa.int64())}, "without amount"),
        ({"time": [1, 2**40, 3]}, "time 1099511627776 is not between"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, columns: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        list(ParquetLedger(written(tmp_path / "l.parquet", **columns)).chunks(0, 10))


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    for columns, what in (({"amount": [0.5, 1.0, 2.0]}, "'amount' of integers"), ({"sender": list("abc")}, "'sender'")):
        with pytest.raises(InputError, match=what):
            ParquetLedger(written(tmp_path / "l.parquet", **columns))
    (tmp_path / "n.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match="clew simulate --ledger"):
        ParquetLedger(tmp_path / "n.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no Parquet file"):
        ParquetLedger(tmp_path / "empty")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open(":memory:") as opened:
        append(opened, "1", transfer("0x1", 2**70, height=1), transfer("0x2", 7, height=2, sender="b", receiver="c"))
        append(opened, "2", transfer("0x9", 4, chain=BITCOIN, asset=f"{BITCOIN}/slip44:0"))
        yield opened


def test_clews_own_ledger_is_indexed_by_chain_and_asset_and_goes_on_with_new_blocks(
    ledger: Ledger, tmp_path: Path
) -> None:
    build_index(tmp_path, TableLedger(ledger.view, ETHEREUM, ETH), memory=1 << 30)
    append(ledger, "3", transfer("0x3", 3, height=3, sender="c", receiver="_first_by_name"))
    build_index(tmp_path, TableLedger(ledger.view, ETHEREUM, ETH, known_names(tmp_path)), memory=1 << 30)
    index = Index.open(tmp_path)
    assert (index.manifest.chain, index.manifest.asset, index.manifest.transfers) == (ETHEREUM, ETH, 3)
    found = index.walk([(index.account_of("b"), 0)])
    names = [index.name_of(int(account)) for account in found.accounts]
    ways = [(names[s], names[r]) for s, r in zip(found.sender, found.receiver, strict=True)]
    assert ways == [("b", "c"), ("c", "_first_by_name")]
    assert index.received(index.account_of("b"), 0) == 2**70
    assert index.times_of(np.array([0, 1, 2])).tolist() == [1001, 1002, 1003]
    with pytest.raises(InputError, match="no account 'd'"):
        index.account_of("d")


def test_what_an_index_cannot_hold_of_it_is_refused(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="no transfer of nothing"):
        TableLedger(ledger.view, ETHEREUM, "nothing")
    append(ledger, "4", transfer("0x4", 2**128, height=4))
    with pytest.raises(InputError, match="more than 128 bits"):
        TableLedger(ledger.view, ETHEREUM, ETH)


def test_a_ledger_that_changed_below_what_was_indexed_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    build_index(tmp_path, TableLedger(ledger.view, ETHEREUM, ETH), memory=1 << 30)
    append(ledger, "5", transfer("0x5", 1, height=1, tx_index=9))
    with pytest.raises(InputError, match="changed since"):
        build_index(tmp_path, TableLedger(ledger.view, ETHEREUM, ETH, known_names(tmp_path)), memory=1 << 30)
