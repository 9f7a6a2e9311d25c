"""Pool events and calls: real calls of the Ronin thief, built ones of every form, and hostile bytes."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from clew.protocols.refusal import Fault, Refused
from clew.protocols.tornado import (
    CALLS,
    DEPOSIT_TOPIC,
    WITHDRAWAL_TOPIC,
    DepositCall,
    DepositEvent,
    WithdrawalEvent,
    WithdrawCall,
    decode_call,
    decode_event,
)

POOL, USER, RELAYER = (f"0x{digit * 40}" for digit in "123")
NOTE, ROOT, NULLIFIER = (bytes([value]) * 32 for value in (0xA1, 0xB2, 0xC3))
PROOF = bytes(range(256))
TOPIC = {"deposit": bytes.fromhex(DEPOSIT_TOPIC), "withdrawal": bytes.fromhex(WITHDRAWAL_TOPIC)}


def hashed(signature: str) -> str:
    return keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def word(value: int | str) -> bytes:
    return (int(value, 16) if isinstance(value, str) else value).to_bytes(32)


def tail(content: bytes) -> bytes:
    return word(len(content)) + content + bytes(-len(content) % 32)


def withdraw(selector: str, *first: bytes) -> bytes:
    """A withdrawal to USER by RELAYER with a fee of 7 and a refund of 9; `first` stands before the proof."""
    head = [*first, word(32 * (len(first) + 7)), ROOT, NULLIFIER, word(USER), word(RELAYER), word(7), word(9)]
    return bytes.fromhex(selector) + b"".join(head) + tail(PROOF)


def test_selectors_and_topics_are_the_hashes_of_their_signatures() -> None:
    assert {hashed(signature)[:8] for signature, _ in CALLS.values()} == set(CALLS)
    assert hashed("Deposit(bytes32,uint32,uint256)") == DEPOSIT_TOPIC
    assert hashed("Withdrawal(address,bytes32,address,uint256)") == WITHDRAWAL_TOPIC


def test_a_deposit_names_its_pool_and_commitment_through_the_router_too() -> None:
    direct = bytes.fromhex("b214faa5") + NOTE
    routed = bytes.fromhex("13d98d13") + word(POOL) + NOTE + word(96) + tail(b"note")
    assert decode_call(direct, to=POOL) == DepositCall(POOL, f"0x{NOTE.hex()}")
    assert decode_call(routed, to=RELAYER) == DepositCall(POOL, f"0x{NOTE.hex()}")


def test_a_withdrawal_names_recipient_relayer_and_fee_through_the_router_too() -> None:
    expected = WithdrawCall(POOL, USER, f"0x{NULLIFIER.hex()}", RELAYER, 7, 9)
    assert decode_call(withdraw("21a0adb6"), to=POOL) == expected
    assert decode_call(withdraw("b438689f", word(POOL)), to=RELAYER) == expected


def test_the_events_of_a_pool() -> None:
    assert decode_event([TOPIC["deposit"], NOTE], word(23340) + word(1649041718)) == DepositEvent(
        f"0x{NOTE.hex()}", 23340, 1649041718
    )
    assert decode_event([TOPIC["withdrawal"], word(RELAYER)], word(USER) + NULLIFIER + word(5)) == WithdrawalEvent(
        USER, f"0x{NULLIFIER.hex()}", RELAYER, 5
    )


@pytest.mark.data
def test_the_ronin_deposits_all_name_the_100_ether_pool(shared_data: Callable[[str], Path]) -> None:
    calls = {}
    with gzip.open(shared_data("ronin-2022/txlist-replies.jsonl.gz"), "rt") as lines:
        for line in lines:
            for row in json.loads(line)["response"]["result"]:
                if row["methodId"] == "0x13d98d13":
                    calls[row["hash"]] = decode_call(bytes.fromhex(row["input"][2:]), to=row["to"])
    assert len(calls) == 1751
    assert {type(call) for call in calls.values()} == {DepositCall}
    assert {getattr(call, "pool", "") for call in calls.values()} == {"0xa160cdab225685da1d56aa342ad8841c3b53f291"}
    assert len({getattr(call, "commitment", "") for call in calls.values()}) == 1751


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.UNKNOWN_FUNCTION),
        (bytes.fromhex("d0e30db0"), Fault.UNKNOWN_FUNCTION),
        (bytes.fromhex("b214faa5") + NOTE[:31], Fault.TRUNCATED),
        (bytes.fromhex("13d98d13") + word(2**160) + NOTE + word(96) + tail(b""), Fault.BAD_ADDRESS),
        (bytes.fromhex("13d98d13") + word(POOL) + NOTE + word(2**255) + tail(b""), Fault.BAD_OFFSET),
        (bytes.fromhex("13d98d13") + word(POOL) + NOTE + word(96) + word(2**200), Fault.TRUNCATED),
        (withdraw("21a0adb6")[:-200], Fault.TRUNCATED),
    ],
)
def test_bad_calls_are_refused_with_the_reason(data: bytes, fault: Fault) -> None:
    refused = decode_call(data, to=POOL)
    assert isinstance(refused, Refused)
    assert refused.fault is fault
    assert refused.detail


@pytest.mark.parametrize(
    ("topics", "data", "fault"),
    [
        ([], b"", Fault.UNKNOWN_FUNCTION),
        ([NOTE], b"", Fault.UNKNOWN_FUNCTION),
        ([TOPIC["deposit"]], word(1) + word(2), Fault.TRUNCATED),
        ([TOPIC["deposit"], NOTE], word(1), Fault.TRUNCATED),
        ([TOPIC["deposit"], NOTE], word(2**32) + word(2), Fault.BAD_NUMBER),
        ([TOPIC["withdrawal"], NOTE], word(USER) + NULLIFIER + word(5), Fault.BAD_ADDRESS),
    ],
)
def test_bad_events_are_refused_with_the_reason(topics: list[bytes], data: bytes, fault: Fault) -> None:
    refused = decode_event(topics, data)
    assert isinstance(refused, Refused)
    assert refused.fault is fault


@given(selector=st.sampled_from([bytes.fromhex(name) for name in CALLS]), rest=st.binary(max_size=600))
def test_any_call_is_read_or_refused(selector: bytes, rest: bytes) -> None:
    assert isinstance(decode_call(selector + rest, to=POOL), DepositCall | WithdrawCall | Refused)


@given(cut=st.integers(0, 600), at=st.integers(0, 600), value=st.binary(min_size=1, max_size=40))
def test_a_damaged_withdrawal_is_read_or_refused(cut: int, at: int, value: bytes) -> None:
    whole = withdraw("b438689f", word(POOL))
    damaged = (whole[:at] + value + whole[at + len(value) :])[: len(whole) - cut]
    assert isinstance(decode_call(damaged, to=POOL), WithdrawCall | DepositCall | Refused)


@given(
    st.lists(st.sampled_from([*TOPIC.values(), NOTE, word(USER)]) | st.binary(max_size=40), max_size=4),
    st.binary(max_size=200),
)
def test_any_event_is_read_or_refused(topics: list[bytes], data: bytes) -> None:
    assert isinstance(decode_event(topics, data), DepositEvent | WithdrawalEvent | Refused)
