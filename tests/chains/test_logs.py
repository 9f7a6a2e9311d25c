"""The events of transactions, from every reply that holds receipts."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains.logs import Log, logs_of
from clew.errors import SourceError
from clew.model import Reply

TX, OTHER, CONTRACT = "0x" + "a1" * 32, "0x" + "a2" * 32, "0x" + "C0" * 20
TOPIC, DATA = "0x" + "0f" * 32, "0x" + "ee" * 64


def receipt(tx: str = TX, *indices: int) -> dict[str, Any]:
    logs = [{"address": CONTRACT, "topics": [TOPIC], "data": DATA, "logIndex": hex(index)} for index in indices]
    return {"transactionHash": tx, "logs": logs}


def reply(format_: str, body: Any) -> Reply:
    return Reply(format_, "eip155:1", {}, "0", json.dumps(body).encode())


def log(index: int, tx: str = TX) -> Log:
    return Log(CONTRACT.lower(), (bytes.fromhex(TOPIC[2:]),), bytes.fromhex(DATA[2:]), index, tx)


RECEIPTS = [receipt(TX, 0, 1), receipt(OTHER, 2)]


@pytest.mark.parametrize("receipts", [RECEIPTS, {"result": RECEIPTS}, [{"result": one} for one in RECEIPTS]])
def test_a_block_shows_the_events_of_each_transaction_in_order(receipts: Any) -> None:
    shown = logs_of(reply("evm/block", {"receipts": receipts}))
    assert shown == {TX: (log(0), log(1)), OTHER: (log(2, OTHER),)}


def test_an_explorers_receipt_shows_them() -> None:
    body = {"receipt": {"result": receipt(TX, 5)}, "transaction": {}, "block": None}
    assert logs_of(reply("etherscan/transaction", body)) == {TX: (log(5),)}


def test_a_transaction_without_events_is_not_one_without_a_receipt() -> None:
    assert logs_of(reply("etherscan/transaction", {"receipt": {"result": receipt()}})) == {TX: ()}
    assert logs_of(reply("etherscan/txlist", {"result": []})) == {}


def test_a_malformed_event_is_named() -> None:
    bad = receipt(TX, 5)
    bad["logs"][0]["topics"] = ["0x12"]
    with pytest.raises(SourceError, match="topics"):
        logs_of(reply("etherscan/transaction", {"receipt": {"result": bad}}))


NAMES = st.sampled_from(["receipts", "receipt", "result", "logs", "topics", "data", "transactionHash"])


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner))
)
def test_whatever_a_reply_holds_it_is_read_or_refused(body: Any) -> None:
    for format_ in ("evm/block", "etherscan/transaction"):
        with suppress(SourceError):
            logs_of(reply(format_, body))
