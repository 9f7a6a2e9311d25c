"""Files of transactions: text, Esplora's JSON and a node's blocks, zipped or not; a wrong line is named."""

import contextlib
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains.rawblock import Output
from clew.errors import InputError
from clew.protocols.coinjoin import Input, Transaction
from clew.scores.transactions import read_transactions

SharedData = Callable[[str], Path]
ONE, TWO = "1" * 64, "2" * 64
SCRIPT = "0014" + "ab" * 20
TEXT = (
    f"{ONE}:::{'0' * 64}:::7:::1539000000:::{TWO}-1-5000+{SCRIPT}+TxWitnessV0Keyhash:::4000+{SCRIPT}+Unknown}}{{1+6a+X"
)
READ = Transaction(
    ONE,
    (Input(f"{TWO}:1", Output(5_000, bytes.fromhex(SCRIPT))),),
    (Output(4_000, bytes.fromhex(SCRIPT)), Output(1, b"\x6a")),
    1_539_000_000,
)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "transactions"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def esplora(txid: str, spent: str, **changes: Any) -> dict[str, Any]:
    """A transaction as Esplora shows it, without what its input spends."""
    plain = {"txid": txid, "vin": [{"txid": spent, "vout": 0}], "vout": [{"value": 40, "scriptpubkey": SCRIPT}]}
    return plain | changes


def test_a_line_of_text_is_a_transaction(tmp_path: Path) -> None:
    assert list(read_transactions(written(tmp_path, TEXT, "", TEXT))) == [READ, READ]


def test_a_zipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "transactions"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert list(read_transactions(path)) == [READ]


def test_esploras_json_may_leave_out_the_status_and_what_was_made_earlier_in_the_file(tmp_path: Path) -> None:
    confirmed = {"confirmed": True, "block_height": 1, "block_hash": "0" * 64, "block_time": 9}
    path = written(tmp_path, json.dumps(esplora(ONE, "0" * 64, status=confirmed)), json.dumps(esplora(TWO, ONE)))
    made, spending = read_transactions(path)
    assert (made.time, made.inputs[0].spent) == (9, None)
    assert (spending.time, spending.inputs[0].spent) == (None, made.outputs[0])


def test_esploras_json_says_what_was_spent(tmp_path: Path) -> None:
    vin = [{"txid": TWO, "vout": 0, "prevout": {"value": 50, "scriptpubkey": SCRIPT}}]
    (read,) = read_transactions(written(tmp_path, json.dumps(esplora(ONE, TWO, vin=vin))))
    assert read.inputs == (Input(f"{TWO}:0", Output(50, bytes.fromhex(SCRIPT))),)


@pytest.mark.data
def test_a_nodes_blocks_are_read_and_their_coins_joined(shared_data: SharedData) -> None:
    transactions = list(read_transactions(shared_data("coinjoin/emulated/blocks.jsonl.gz")))
    assert len(transactions) == 335
    assert all(spent for transaction in transactions for _, spent in transaction.inputs)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hello", "line 2: 1 fields between ':::', 6 are expected"),
        (
            TEXT + TEXT,
            "11 fields between ':::', 6 are expected (txid:::block:::position:::time:::inputs:::outputs; is a",
        ),
        (TEXT.replace(ONE, "xyz"), "'xyz' is no transaction id"),
        (TEXT.replace("1539000000", "yesterday"), "'yesterday' is no time"),
        (TEXT.replace("-5000+", "-0.5+"), "is not txid-number-value+script+type"),
        (TEXT.replace("4000+", "-4000+"), "is not value+script+type"),
        (TEXT.replace("+6a+", "+6+"), "output '1+6+X' is not value+script+type"),
        ("{", "the reply is not JSON"),
        ('{"txid": 3, "vin": [], "vout": []}', "line 2"),
        ('{"tx": ["' + ONE + '"]}', "the transactions are ids alone"),
        (json.dumps(esplora(ONE, TWO, vout=[{"value": 0.5, "scriptpubkey": ""}])), "field 'value'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(InputError) as error:
        list(read_transactions(written(tmp_path, TEXT, line)))
    assert fault in str(error.value)


def test_a_cut_archive_and_binary_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "transactions"
    for data in (gzip.compress(TEXT.encode() * 50)[:60], b"\x80\x81\xff", b"\x1f\x8bnot an archive"):
        path.write_bytes(data)
        with pytest.raises(InputError, match=str(path)):
            list(read_transactions(path))


@given(st.text(max_size=200), st.integers(0, len(TEXT)), st.text(max_size=3))
def test_any_line_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, at: int, put: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    for line in (text, TEXT[:at] + put + TEXT[at + len(put) :], "{" + text):
        path.write_text(line, encoding="utf-8", errors="replace")
        with contextlib.suppress(InputError):
            assert all(isinstance(transaction, Transaction) for transaction in read_transactions(path))
