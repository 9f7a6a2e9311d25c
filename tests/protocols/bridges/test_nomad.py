"""Nomad's own records: each request and payout written as its event, read, and joined by id."""

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.protocols.bridges.encoding import ZERO, address, event, transfer
from tests.protocols.bridges.vectors.nomad import (
    BEAM,
    BEAM_HOME,
    BEAM_ROUTER,
    DISPATCH,
    ETH,
    RECEIVE,
    ROUTER,
    SEND,
    message,
)

from clew.protocols.bridges import Arrival, Departure, decode_messages

pytestmark = pytest.mark.data


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def requests(folder: Path) -> Iterator[tuple[str, Departure]]:
    validated = (row for row in rows(folder / "moonbeam-withdrawals.csv.gz") if row["kind"] != "unvalidated")
    for row in validated:
        nonce, amount, token = int(row["withdrawal_id"]), int(row["amount"]), row["origin_token"]
        said = message(nonce, row["beneficiary"], amount)
        logs = [
            transfer(0, token, row["sender"], ZERO, amount),
            event(1, BEAM_HOME, DISPATCH, bytes(32), 0, (ETH << 32) + nonce, bytes(32), said),
            event(2, BEAM_ROUTER, SEND, token, row["sender"], ETH, address(row["beneficiary"]), amount, False),
        ]
        [departure] = decode_messages("eip155:1284", logs)
        assert isinstance(departure, Departure), departure
        yield row["tx_hash"], departure


def payouts(folder: Path) -> Iterator[tuple[str, Arrival]]:
    for row in rows(folder / "ethereum-withdrawals.csv.gz"):
        amount, key = int(row["amount"]), (BEAM << 32) + int(row["withdrawal_id"])
        logs = [
            transfer(0, row["token"], ROUTER, row["beneficiary"], amount),
            event(1, ROUTER, RECEIVE, key, row["token"], row["beneficiary"], ZERO, amount),
        ]
        [arrival] = decode_messages("eip155:1", logs)
        assert isinstance(arrival, Arrival), arrival
        yield row["tx_hash"], arrival


def test_ids_join_the_pairs_that_belong_together(shared_data: Callable[[str], Path]) -> None:
    """A forged payout may bear a true id: with recipient and amount, exactly the known pairs."""
    folder = shared_data("nomad-bridge")
    by_key = {(d.id, d.recipient, d.amount): tx for tx, d in requests(folder)}
    found = {(by_key[key], tx) for tx, a in payouts(folder) if (key := (a.id, a.recipient, a.amount)) in by_key}
    known = {(row["orig_tx_hash"], row["dst_tx_hash"]) for row in rows(folder / "matched-withdrawals.csv.gz")}
    assert len(known) == 4_482
    assert found == known
