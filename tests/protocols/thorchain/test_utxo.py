"""Swaps on Bitcoin: the real transactions of the shared data, and OP_RETURN scripts of every shape."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chains.plainblock import read_transaction
from tests.protocols.thorchain.vectors import vectors

from clew.chains.networks import find_network
from clew.chains.rawblock import Output, Transaction
from clew.chains.script import script_owner
from clew.protocols.refusal import Fault, Refused
from clew.protocols.thorchain.utxo import Utxo, decode_transaction, pushed

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
AMOUNTS = {
    "inbound-swap": [781809, 59872],
    "outbound": [24574773, 37121763816],
    "outbound-streaming": [116388, 10127134200],
}
"""Of the outputs that pay, as the data's README states them."""


@pytest.mark.data
def test_the_real_transactions_decode_to_their_memo_and_meaning(shared_data: Callable[[str], Path]) -> None:
    records = vectors(shared_data, "BTC")
    assert len(records) == 3
    for record in records:
        plain, _ = read_transaction(bytes.fromhex(record["hex"]))
        transaction = Transaction(plain.id[::-1].hex(), plain.inputs, [Output(*output) for output in plain.outputs])
        found = decode_transaction(transaction, BITCOIN)
        assert isinstance(found, Utxo), found
        assert (found.txid, found.memo.text) == (record["txid"], record["memo_decoded"])
        assert [paid.amount for paid in found.paid] == AMOUNTS[record["kind"]]
        expected = record["expected"]
        assert found.memo.kind == expected["action"]
        first = found.paid[0]
        if expected["action"] == "swap":
            assert (first.address, first.amount) == (expected["vault"], expected["sats"])
            assert found.paid[1].address == expected["sender"], "the change goes back to the sender"
            assert found.memo.text == expected["memo"]
        else:
            assert found.memo.txid == expected["inbound_txid"]
            assert (first.address, first.amount) == (expected["dest"], expected["out_amount_1e8"])


def test_a_push_that_is_no_memo_is_refused() -> None:
    script = bytes.fromhex("6a0474747474")
    assert pushed(script) == b"tttt"
    refused = decode_transaction(Transaction("00", ["11:0"], [Output(1, b"\x51"), Output(0, script)]), BITCOIN)
    assert isinstance(refused, Refused)
    assert refused.fault is Fault.UNKNOWN_FUNCTION


def test_memos_may_be_pushed_in_parts_and_with_long_opcodes() -> None:
    assert pushed(bytes.fromhex("6a4c03") + b"=:b") == b"=:b"
    assert pushed(bytes.fromhex("6a4d0300") + b"=:b") == b"=:b"
    assert pushed(bytes.fromhex("6a013d023a62")) == b"=:b"
    assert pushed(bytes.fromhex("6a054162")) is None
    assert pushed(bytes.fromhex("6a51")) is None
    assert pushed(b"") is None


def test_an_output_without_an_address_keeps_its_place() -> None:
    assert script_owner(b"\x51", find_network(BITCOIN)) == ""
    found = decode_transaction(Transaction("00", ["11:0"], [Output(5, b"\x51"), Output(0, b"\x6a\x03=:b")]), BITCOIN)
    assert isinstance(found, Utxo)
    assert [(paid.vout, paid.address, paid.amount) for paid in found.paid] == [(0, "", 5)]


@given(st.binary(max_size=100))
def test_any_script_is_read_without_an_error(script: bytes) -> None:
    assert isinstance(pushed(b"\x6a" + script), bytes | None)
