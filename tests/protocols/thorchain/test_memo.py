"""Memos of THORChain and Maya: the 76 cases of the node's own tests, real memos, and hostile ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.protocols.refusal import Fault, Refused
from clew.protocols.thorchain.facts import MAYA
from clew.protocols.thorchain.memo import (
    FUNCTIONS,
    Affiliate,
    Direction,
    Kind,
    Memo,
    canonical,
    memo_of_bytes,
    parse_memo,
)

BTC = "bc1q6fxj6446h2gr40wtfkzqyfk848gw4q4t8akr2p"
TXID = "EA7D80B3EB709319A6577AF6CF4DEFF67975D4F5A93CD8817E7FF04A048D1C5C"


def read(text: str) -> Memo:
    memo = parse_memo(text)
    assert isinstance(memo, Memo), memo
    return memo


def fault(text: str) -> Fault:
    refused = parse_memo(text)
    assert isinstance(refused, Refused)
    assert refused.detail
    return refused.fault


def stated(memo: Memo) -> dict[str, object]:
    """A memo in the words of the cases."""
    first = memo.affiliates[0] if memo.affiliates else None
    return {
        "type": str(memo.kind),
        "asset": str(memo.asset or ""),
        "destination": memo.destination,
        "refund_address": memo.refund_address,
        "limit": memo.limit,
        "stream_interval": memo.stream_interval,
        "stream_quantity": memo.stream_quantity,
        "affiliate": first.payee if first else "",
        "affiliate_bps": first.basis_points if first else 0,
        "amount": memo.basis_points,
        "owner": memo.owner,
        "dex_aggregator": memo.dex_aggregator,
        "dex_target": memo.dex_target,
        "dex_limit": str(memo.dex_limit),
        "txid": memo.txid,
        "height": memo.height,
        "direction": str(memo.direction),
        "canonical": canonical(memo),
    }


@pytest.mark.data
def test_every_case_of_the_nodes_tests_is_read_as_the_node_reads_it(shared_data: Callable[[str], Path]) -> None:
    cases = json.loads(shared_data("thorchain/memo-cases.json").read_text(encoding="utf-8"))
    assert len(cases) == 76
    wrong: list[tuple[object, ...]] = []
    for case in cases:
        # `needs_name` of a valid case says which name was registered when the test was written.
        names = {case["needs_name"]} if case["valid"] and "needs_name" in case else set()
        memo = parse_memo(case["memo"], names=names)
        if isinstance(memo, Refused) is case["valid"]:
            wrong.append((case["memo"], memo))
        elif isinstance(memo, Memo):
            found = stated(memo)
            wrong += [
                (case["memo"], name, found[name]) for name in found.keys() & case.keys() if found[name] != case[name]
            ]
    assert wrong == []


def test_a_streaming_swap_with_an_affiliate() -> None:
    memo = read(f"=:b:{BTC}:0/1/0:dx:30")
    assert (memo.kind, str(memo.asset), memo.destination, memo.limit) == (Kind.SWAP, "BTC.BTC", BTC, 0)
    assert (memo.stream_interval, memo.stream_quantity, memo.streaming) == (1, 0, True)
    assert memo.affiliates == (Affiliate("dx", 30),)
    assert memo.names == ("dx",), "a name is kept as it stands, for it resolves at the memo's height"


def test_several_affiliates_share_one_fee_or_have_their_own() -> None:
    assert read(f"=:b:{BTC}:1:dx/te:30").affiliates == (Affiliate("dx", 30), Affiliate("te", 30))
    assert read(f"=:b:{BTC}:1:dx/te:10/20").affiliates == (Affiliate("dx", 10), Affiliate("te", 20))
    assert fault(f"=:b:{BTC}:1:dx/te:10/20/30") is Fault.BAD_NUMBER
    assert fault(f"=:b:{BTC}:1:dx/te:6000") is Fault.FEE_TOO_HIGH


@pytest.mark.parametrize(
    ("text", "asset", "caip19"),
    [
        ("=:e", "ETH.ETH", "eip155:1/slip44:60"),
        ("=:BTC/BTC", "BTC/BTC", ""),
        ("=:BTC~BTC", "BTC~BTC", ""),
        ("=:ETH.USDT-ec7", "ETH.USDT-EC7", ""),
        (
            "=:ETH.USDT-0xdac17f958d2ee523a2206206994597c13d831ec7",
            "ETH.USDT-0XDAC17F958D2EE523A2206206994597C13D831EC7",
            "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7",
        ),
    ],
)
def test_assets_keep_their_form_and_have_an_id_only_where_it_is_certain(text: str, asset: str, caip19: str) -> None:
    memo = read(text)
    assert memo.asset is not None
    assert (str(memo.asset), memo.asset.caip19) == (asset, caip19)


def test_maya_abbreviates_other_assets() -> None:
    thor, maya = parse_memo("=:c"), parse_memo("=:c", protocol=MAYA)
    assert isinstance(thor, Memo)
    assert isinstance(maya, Memo)
    assert (str(thor.asset), str(maya.asset)) == ("BCH.BCH", "MAYA.CACAO")


def test_outbounds_name_their_inbound_in_every_spelling() -> None:
    for spelling in (f"OUT:{TXID}", f"OUTBOUND:{TXID}", f"out:0x{TXID.lower()}"):
        assert (read(spelling).kind, read(spelling).txid) == (Kind.OUT, TXID)
    assert read(f"REFUND:{TXID}").kind is Kind.REFUND
    assert read("CONSOLIDATE").direction is Direction.INTERNAL


@pytest.mark.data
def test_memoless_swaps_register_a_memo_that_can_be_read(shared_data: Callable[[str], Path]) -> None:
    lines = shared_data("thorchain/memoless-references.txt").read_text(encoding="utf-8").splitlines()
    memos = [line.partition("memo: ")[2] for line in lines if line.strip().startswith("memo: REFERENCE")]
    assert len(memos) == 6
    for text in memos:
        outer = read(text)
        assert outer.kind is Kind.REFERENCE
        assert read(outer.registers).kind is Kind.SWAP


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Fault.EMPTY),
        ("tttt", Fault.UNKNOWN_FUNCTION),
        ("=:" + "A" * 300, Fault.TOO_LONG),
        ("=", Fault.MISSING_FIELD),
        ("=:ETH.:x", Fault.BAD_ASSET),
        ("s:ETH.USDT::shapeshift:100", Fault.BAD_NUMBER),
        (f"=:b:{BTC[:-1]}q", Fault.BAD_ADDRESS),
        (f"=:b:{BTC}:1e99", Fault.BAD_NUMBER),
        (f"=:b:{BTC}:9e77", Fault.BAD_NUMBER),
        ("OUT:1234", Fault.BAD_TXID),
    ],
)
def test_what_the_node_refuses_is_refused_with_its_reason(text: str, wanted: Fault) -> None:
    # `s:ETH.USDT::shapeshift:100` stands in open decoders' tests; its limit is no number, so the node pays it back.
    assert fault(text) is wanted


def test_bytes_that_are_no_text_are_refused() -> None:
    assert memo_of_bytes(b"\xff\xfe") == Refused(Fault.NOT_TEXT, "2 bytes are not UTF-8")


@given(st.text(max_size=260))
def test_any_text_gives_a_memo_or_a_reason(text: str) -> None:
    assert isinstance(parse_memo(text), Memo | Refused)


FIELD = st.one_of(
    st.sampled_from(["", "b", "ETH.ETH", BTC, "0/1/0", "1e8", "dx", "30", "/", "9" * 80, "1e77", "-1", "½", "٣", "|"]),
    st.text(alphabet="0123456789eE./-~abBTC", max_size=20),
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(FIELD, max_size=9))
def test_any_fields_give_a_memo_or_a_reason_and_what_is_read_reads_again(function: str, fields: list[str]) -> None:
    memo = parse_memo(":".join([function, *fields]))
    if isinstance(memo, Memo) and memo.kind in (Kind.SWAP, Kind.ADD):
        again = parse_memo(canonical(memo))
        assert isinstance(again, Memo), again
        assert (again.asset, again.destination, again.limit) == (memo.asset, memo.destination, memo.limit)
