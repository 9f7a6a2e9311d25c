"""Router calls and events: the real ones of the shared data, built ones of every version, and hostile bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.thorchain.vectors import string, vectors, word

from clew.protocols.refusal import Fault, Refused
from clew.protocols.thorchain.facts import routers
from clew.protocols.thorchain.memo import Memo, parse_memo
from clew.protocols.thorchain.router import CALLS, EVENTS, Action, Payment, decode_call, decode_event, memo_of_calldata

VAULT, USER, TOKEN, AGGREGATOR = (f"0x{digit * 40}" for digit in "1234")
MEMO = b"=:b:bc1q6fxj6446h2gr40wtfkzqyfk848gw4q4t8akr2p:0/1/0:dx:30"
OUT = b"OUT:EA7D80B3EB709319A6577AF6CF4DEFF67975D4F5A93CD8817E7FF04A048D1C5C"


def selector(signature: str) -> bytes:
    return keccak.new(data=signature.encode(), digest_bits=256).digest()


@pytest.mark.data
def test_every_real_call_decodes_to_its_memo_its_payee_and_its_meaning(shared_data: Callable[[str], Path]) -> None:
    records = vectors(shared_data, "ETH")
    assert len(records) == 5
    for record in records:
        payments = decode_call(
            bytes.fromhex(record["input"][2:]), value=int(record["value_wei"]), sender=record["from"].lower()
        )
        assert not isinstance(payments, Refused)
        [payment] = payments
        assert payment.memo == record["memo_decoded"]
        assert payment.to == record["internal_to"].lower()
        assert (payment.asset, payment.amount) == ("", int(record["value_wei"]))
        inbound = record["kind"].startswith("deposit")
        assert payment.action is (Action.DEPOSIT if inbound else Action.TRANSFER_OUT)
        assert payment.vault == (record["internal_to"] if inbound else record["from"]).lower()
        assert ("eip155:1", record["router"].lower()) in routers()
        check_meaning(parse_memo(payment.memo), payment.to, payment.amount, record["expected"])


def check_meaning(memo: Memo | Refused, to: str, wei: int, expected: dict[str, object]) -> None:
    assert isinstance(memo, Memo)
    affiliate = memo.affiliates[0] if memo.affiliates else None
    found: dict[str, object] = {
        "action": memo.kind,
        "to_asset": str(memo.asset),
        "dest": memo.destination or to,
        "affiliate": affiliate and affiliate.payee,
        "affiliate_bps": affiliate and affiliate.basis_points,
        "limit": memo.limit,
        "streaming": memo.streaming,
        "interval": memo.stream_interval,
        "quantity": memo.stream_quantity,
        "inbound_txid": memo.txid,
        "out_amount_1e8": wei // 10**10,
    }
    told_by_midgard_alone = {"in_asset", "in_amount_1e8", "out_asset", "failed_memo", "reason"}
    assert expected.keys() <= found.keys() | told_by_midgard_alone
    assert {name: found[name] for name in expected.keys() & found.keys()} == {
        name: value for name, value in expected.items() if name in found
    }


def test_selectors_and_topics_are_those_of_their_signatures() -> None:
    assert {selector(signature)[:4].hex() for signature, _ in CALLS.values()} == set(CALLS)
    assert {selector(signature).hex() for signature, _ in EVENTS.values()} == set(EVENTS)


def call(code: str, *words: bytes) -> bytes:
    return bytes.fromhex(code) + b"".join(words)


def test_a_token_deposit_counts_its_amount_and_a_coin_deposit_the_transactions_value() -> None:
    data = call("44bc937b", word(VAULT), word(TOKEN), word(7), word(160), word(99), string(MEMO))
    [payment] = decoded(data, value=0)
    assert (payment.asset, payment.amount, payment.expiry) == (TOKEN, 7, 99)
    data = call("44bc937b", word(VAULT), word(0), word(7), word(160), word(99), string(MEMO))
    [payment] = decoded(data, value=5)
    assert (payment.asset, payment.amount) == ("", 5), "the router forwards what it was sent, whatever the call says"


def decoded(data: bytes, value: int = 0) -> tuple[Payment, ...]:
    payments = decode_call(data, value=value, sender=VAULT)
    assert not isinstance(payments, Refused), payments
    return payments


def test_a_batch_of_version_5_pays_each_entry() -> None:
    entries = [word(USER) + word(0) + word(n) + word(128) + string(OUT) for n in (1, 2)]
    heads = word(64) + word(64 + len(entries[0]))
    data = call("d5c2a4bb", word(32), word(2), heads, *entries)
    payments = decoded(data, value=3)
    assert [(p.to, p.amount, p.memo) for p in payments] == [(USER, 1, OUT.decode()), (USER, 2, OUT.decode())]


def test_a_payout_through_an_aggregator_names_whom_it_is_for() -> None:
    data = call("4039fd4b", word(AGGREGATOR), word(TOKEN), word(USER), word(8), word(160), string(OUT))
    payments = decoded(data, value=9)
    [payment] = payments
    assert (payment.action, payment.to, payment.recipient) == (Action.TRANSFER_OUT_AND_CALL, AGGREGATOR, USER)
    assert (payment.asset, payment.amount, payment.final_asset, payment.least_out) == ("", 9, TOKEN, 8)
    inner = word(AGGREGATOR) + word(TOKEN) + word(6) + word(0) + word(USER) + word(8) + word(288) + word(0) + word(0)
    payments = decoded(call("dc4a6c89", word(32), inner, string(OUT)), value=0)
    assert [(p.asset, p.amount, p.recipient, p.final_asset) for p in payments] == [(TOKEN, 6, USER, "")]


def test_vaults_hand_over_several_coins() -> None:
    coins = word(2) + word(TOKEN) + word(5) + word(USER) + word(6)
    data = call("2923e82e", word(USER), word(VAULT), word(128), word(128 + len(coins)), coins, string(b"YGGDRASIL-:12"))
    payments = decode_call(data, value=4, sender=AGGREGATOR)
    assert not isinstance(payments, Refused)
    assert [(p.asset, p.amount) for p in payments] == [(TOKEN, 5), (USER, 6), ("", 4)]


def topic(signature: str) -> bytes:
    return selector(signature)


def test_events_show_what_was_moved() -> None:
    deposit = decode_event(
        [topic("Deposit(address,address,uint256,string)"), word(VAULT), word(TOKEN)], word(6) + word(64) + string(MEMO)
    )
    assert not isinstance(deposit, Refused)
    assert [(p.action, p.to, p.asset, p.amount, p.memo) for p in deposit] == [
        (Action.DEPOSIT, VAULT, TOKEN, 6, MEMO.decode())
    ]
    out = decode_event(
        [topic("TransferOut(address,address,address,uint256,string)"), word(VAULT), word(USER)],
        word(0) + word(6) + word(96) + string(OUT),
    )
    assert not isinstance(out, Refused)
    assert [(p.vault, p.to, p.asset, p.amount) for p in out] == [(VAULT, USER, "", 6)]
    event = "TransferOutAndCallV5(address,address,uint256,address,address,uint256,string,bytes,string)"
    data = word(AGGREGATOR) + word(6) + word(TOKEN) + word(1) + word(224) + word(0) + word(0) + string(OUT)
    aggregated = decode_event([topic(event), word(VAULT), word(USER)], data)
    assert not isinstance(aggregated, Refused)
    assert [(p.asset, p.recipient, p.final_asset) for p in aggregated] == [(None, USER, TOKEN)]


def test_a_plain_payment_to_a_vault_carries_its_memo_as_call_data() -> None:
    memo = memo_of_calldata(MEMO)
    assert isinstance(memo, Memo)
    assert str(memo.asset) == "BTC.BTC"
    assert memo_of_calldata(b"") == Refused(Fault.NO_MEMO, "the payment has no call data")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", Fault.UNKNOWN_FUNCTION),
        (b"\x1f\xec", Fault.UNKNOWN_FUNCTION),
        (call("1fece7b4", word(VAULT)), Fault.TRUNCATED),
        (call("1fece7b4", word(2**160), word(0), word(0), word(128), string(MEMO)), Fault.BAD_ADDRESS),
        (call("1fece7b4", word(VAULT), word(0), word(0), word(2**255), string(MEMO)), Fault.BAD_OFFSET),
        (call("1fece7b4", word(VAULT), word(0), word(0), word(128), string(MEMO)[:60]), Fault.TRUNCATED),
        (call("1fece7b4", word(VAULT), word(0), word(0), word(128), word(2**255)), Fault.TRUNCATED),
        (call("1fece7b4", word(VAULT), word(0), word(0), word(128), string(b"\xff\xfe")), Fault.NOT_TEXT),
        (call("d5c2a4bb", word(32), word(2**200)), Fault.TRUNCATED),
    ],
)
def test_hostile_or_cut_calls_are_refused_with_their_reason(data: bytes, wanted: Fault) -> None:
    refused = decode_call(data, value=0, sender=USER)
    assert isinstance(refused, Refused)
    assert refused.fault is wanted


WORDS = st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.integers(0, 400).map(word)), max_size=14).map(
    b"".join
)


@given(st.sampled_from(sorted(CALLS)), WORDS, st.binary(max_size=40))
def test_any_call_gives_payments_or_a_reason(code: str, words: bytes, tail: bytes) -> None:
    payments = decode_call(bytes.fromhex(code) + words + tail, value=1, sender=USER)
    assert isinstance(payments, tuple | Refused)


@given(st.sampled_from(sorted(EVENTS)), st.lists(st.binary(max_size=33), max_size=3), WORDS, st.binary(max_size=40))
def test_any_event_gives_payments_or_a_reason(code: str, topics: list[bytes], words: bytes, tail: bytes) -> None:
    assert isinstance(decode_event([bytes.fromhex(code), *topics], words + tail), tuple | Refused)
