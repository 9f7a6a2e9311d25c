"""Monitoring a ledger: what is written, who raises no alert, and that going on equals one run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.command import command
from tests.exposure.ledgers import CHAIN, ETH

from clew.errors import InputError, RunError
from clew.ledger import Ledger
from clew.model import Decoded, Kind, Reply, Transfer
from clew.service.typologies import monitor

EXCHANGE = "0x" + "e" * 40


def account(number: int) -> str:
    return f"0x{number:040x}"


def write_ledger(path: Path, moves: Sequence[tuple[str, str, int, int]]) -> Path:
    """A ledger of (sender, receiver, amount, time), a block each."""
    rows = [
        Transfer(CHAIN, height, 0, 0, f"0x{height:064x}", time, ETH, sender, receiver, amount, Kind.NATIVE)
        for height, (sender, receiver, amount, time) in enumerate(moves, 1)
    ]
    with Ledger.open(path) as ledger, ledger.writer.batch():
        ledger.writer.append(Decoded(tuple(rows)), ledger.writer.reply(Reply("x", CHAIN, {}, "0", b""), "00"))
    return path


def write_parquet(path: Path, rows: Sequence[tuple[int, int, int, int]]) -> Path:
    names = ("sender", "receiver", "amount", "time")
    columns = {name: np.array(column, np.int64) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    pq.write_table(pa.table(columns | {"amount": columns["amount"].astype(np.uint64)}), path)
    return path


def alerts(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


SPRAY = [(account(1), account(10 + n), 10**19, 1000 + n) for n in range(8)]
SWEEPS = [
    (account(5), account(7), 10**19, 2000),
    (account(7), EXCHANGE, 10**19 - 10**15, 2100),
    (account(5), account(6), 10**19, 2200),
    (account(6), account(9), 10**19, 2300),
]


def test_alerts_of_a_ledger_name_their_transfers(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger.duckdb", SPRAY)
    found = monitor(ledger, tmp_path / "alerts.jsonl")
    (alert,) = alerts(tmp_path / "alerts.jsonl")
    assert alert.items() >= {
        "typology": "fan-out", "chain": CHAIN, "asset": ETH, "account": account(1), "grade": "inferred",
        "since": "1970-01-01T00:16:40Z",
    }.items()  # fmt: skip
    assert alert["count"] >= 5
    assert alert["amount"] == str(alert["count"] * 10**19)
    heights = [one["height"] for one in alert["transfers"]]
    assert heights == list(range(1, alert["count"] + 1))
    assert alert["transfers"][0] == {"tx": f"0x{1:064x}", "height": 1, "tx_index": 0, "seq": 0}
    assert found["alerts"] == {"fan-out": 1, "fan-in": 0, "pass-through": 0, "structuring": 0, "peel-chain": 0}
    assert (found["accounts"], alert["rules"]) == (9, found["rules"])


def test_services_and_their_deposit_addresses_raise_no_alerts(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger.duckdb", SWEEPS)
    tags = tmp_path / "tags.csv"
    tags.write_text(
        f"chain,address,entity,category,label,source\nethereum,{EXCHANGE},An Exchange,exchange,hot,a test\n"
    )
    found = monitor(ledger, tmp_path / "alerts.jsonl", tags=[tags])
    assert [alert["account"] for alert in alerts(tmp_path / "alerts.jsonl")] == [account(6)]
    assert found["exempt"] == 1


PEELED = [
    (0, 1, 1000, 1),
    (1, 9, 200, 2),
    (1, 2, 790, 3),
    (2, 8, 100, 5),
    (2, 3, 690, 6),
    (3, 7, 50, 9),
    (3, 4, 640, 9),
]


@pytest.mark.parametrize("cut", [1, 3, 6])
def test_going_on_gives_the_alerts_that_are_new_and_all_together_those_of_one_run(tmp_path: Path, cut: int) -> None:
    whole = write_parquet(tmp_path / "whole.parquet", PEELED)
    monitor(whole, tmp_path / "at once.jsonl")
    told = []
    for rows in (PEELED[:cut], PEELED, PEELED):
        path = write_parquet(tmp_path / "part.parquet", rows)
        monitor(path, tmp_path / "part.jsonl", state=tmp_path / "state")
        told.append(alerts(tmp_path / "part.jsonl"))
    assert told[0] + told[1] == alerts(tmp_path / "at once.jsonl")
    assert told[2] == []
    peeled = [(one["account"], one["transfers"]) for one in told[1] if one["typology"] == "peel-chain"]
    assert peeled == [("3", [4, 5, 6]), ("2", [2, 3, 4]), ("1", [0, 1, 2])]


def test_a_ledger_that_changed_below_the_state_is_refused(tmp_path: Path) -> None:
    path, state = tmp_path / "part.parquet", tmp_path / "state"
    monitor(write_parquet(path, PEELED[:4]), tmp_path / "out.jsonl", state=state)
    for rows in (PEELED[:3], [(0, 1, 999, 1), *PEELED[1:]]):
        with pytest.raises(RunError, match="has changed below"):
            monitor(write_parquet(path, rows), tmp_path / "out.jsonl", state=state)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.parquet"
    path.write_bytes(b"none")
    with pytest.raises(InputError, match="as Parquet"):
        monitor(path, tmp_path / "out.jsonl")
    pq.write_table(pa.table({"sender": [1]}), path)
    with pytest.raises(InputError, match="no column receiver"):
        monitor(path, tmp_path / "out.jsonl")
    pq.write_table(pa.table({"sender": [1], "receiver": [2], "amount": [-1], "time": [1]}), path)
    with pytest.raises(InputError, match="does not fit"):
        monitor(path, tmp_path / "out.jsonl")


def test_the_command_prints_counts_and_shares(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "transfers.parquet", PEELED)
    done = command("monitor", tmp_path, "--out", tmp_path / "alerts.jsonl")
    assert done.returncode == 0, done.stderr
    assert "peel-chain            3 alerts,         3 accounts (30.000 %)" in done.stdout
    summary = json.loads(command("monitor", path, "--out", tmp_path / "alerts.jsonl", "--json").stdout)
    assert summary["flagged"]["peel-chain"] == 3
