"""Midgard's replies: recorded ones of both versions, and replies that are not what they say."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import SourceError
from clew.protocols.thorchain.memo import Kind, Memo, parse_memo
from clew.protocols.thorchain.midgard import Action, Outcome, Swap, decode_actions, swaps

Data = Callable[[str], Path]
pytestmark = pytest.mark.data


def recorded(shared_data: Data, name: str) -> tuple[Action, ...]:
    return decode_actions(shared_data(f"thorchain/{name}.json").read_bytes())


def every(shared_data: Data) -> list[str]:
    paths = sorted(shared_data("thorchain/midgard").glob("*.json"))
    return [f"midgard/{path.stem}" for path in paths if path.stem != "swaps-streaming"]


def test_all_samples_give_178_pairs_each_inbound_in_one(shared_data: Data) -> None:
    told = [swap for name in every(shared_data) for swap in swaps(recorded(shared_data, name))]
    found = {pair for swap in told if swap.outcome is not Outcome.REFUNDED for pair in swap.pairs}
    assert (len(found), len({inbound for inbound, _ in found})) == (178, 178)


def test_every_outbound_memo_of_version_1_names_its_own_inbound(shared_data: Data) -> None:
    named = []
    for name in every(shared_data):
        for action in recorded(shared_data, name) if "/v1-" in name else ():
            for leg in action.outbound:
                memo = parse_memo(leg.memo)
                assert isinstance(memo, Memo), leg.memo
                if memo.kind in (Kind.OUT, Kind.REFUND):
                    named.append(memo.txid == action.inbound[0].txid)
    assert (sum(named), len(named)) == (153, 153)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("v1-swap", {"swap": 50}),
        ("v1-dbl-swap", {"doubleSwap": 50}),
        ("v1-first-ever-txs", {"swap": 16, "refund": 20, "stake": 14}),
        ("v1-refund", {"refund": 13}),
        ("v2-swap", {"swap": 50}),
        ("v2-refund", {"refund": 30}),
        ("v2-refund-multi", {"refund": 11}),
        ("refunds", {"refund": 50}),
        ("swap-with-aff-new", {"swap": 50}),
    ],
)
def test_actions_are_counted_as_the_readme_counts_them(shared_data: Data, name: str, kinds: dict[str, int]) -> None:
    assert Counter(action.type for action in recorded(shared_data, f"midgard/{name}")) == kinds


def test_a_swap_with_an_affiliate_is_told_twice_and_counted_once(shared_data: Data) -> None:
    [swap] = swaps(recorded(shared_data, "midgard/example-swap-in-with-aff"))
    assert swap.txid == "0A06E67BC6CFA7AF8DCA1A93A7DA0957C38E8F1028983E4586CCC99C2F436C18"
    assert [(leg.address, leg.coins[0].amount) for leg in swap.payouts] == [
        ("3PnAWrDDgQ8isDWL7L6MsiWx9aCXVHHaW7", 65304276)
    ]
    assert [leg.coins[0].amount for leg in swap.affiliates] == [2554370565]
    assert sum(coin.amount for coin in swap.coins) == 2933227 + 974808948, "the affiliate's part and the rest"
    actions = recorded(shared_data, "midgard/affiliate-merge-test")
    merged = swaps(actions)
    told = Counter(action.inbound[0].txid for action in actions if action.type in ("swap", "refund"))
    assert len(merged) == len(told) < sum(told.values())
    assert all(len(swap.payouts) == 1 for swap in merged if swap.outcome is Outcome.SWAPPED)


def test_refunds_are_told_from_swaps(shared_data: Data) -> None:
    for name in ("midgard/v1-refund", "midgard/refunds", "midgard/v2-refund-multi"):
        found = swaps(recorded(shared_data, name))
        assert {swap.outcome for swap in found} == {Outcome.REFUNDED}
        assert not any(swap.payouts for swap in found)
        assert all(swap.reason for swap in found)


def test_where_only_the_affiliates_part_was_swapped_the_users_is_a_refund(shared_data: Data) -> None:
    [swap] = swaps(recorded(shared_data, "midgard/swap-aff-new"))
    assert (swap.outcome, swap.payouts) == (Outcome.PARTIAL, ())
    assert [leg.coins[0].amount for leg in swap.refunds] == [60601683]
    assert [leg.coins[0].amount for leg in swap.affiliates] == [176254664]


def test_what_is_pending_has_no_pair(shared_data: Data) -> None:
    pending = [s for s in swaps(recorded(shared_data, "midgard/v2-actions-pending")) if s.outcome is Outcome.PENDING]
    assert [swap.pairs for swap in pending] == [()]


def test_maya_speaks_the_same(shared_data: Data) -> None:
    found = swaps(recorded(shared_data, "maya/actions"))
    assert [swap.pairs for swap in found] == [
        (
            (
                "C238C07B31F0798B3C8DD3B3528F40BB466227F6460DCF9D260A8E836CF7C3FD",
                "EF562F3E1205BF7F53BE65E7FFCFF39614BEC08BEFC2B36FFD5E5326E32D17FF",
            ),
        ),
        (
            (
                "1B3EEB5F8DCB93E615E9651821F40CBEC98EA34CA103E4E2074F31FDCE810A8F",
                "AD0B4E35EF5255BDB1B723D97E931EFC43C51F2F52EB8CD890DD8D67C7F9B2F1",
            ),
        ),
    ]
    assert all(isinstance(parse_memo(swap.memo), Memo) for swap in found)
    pending = swaps(recorded(shared_data, "maya/actions-pending"))
    assert [swap.outcome for swap in pending] == [Outcome.PENDING, Outcome.SWAPPED, Outcome.SWAPPED]
    assert [[leg.coins[0].asset for leg in swap.payouts] for swap in pending] == [
        [],
        ["MAYA.CACAO"],
        ["ARB.TGT-0X429FED88F10285E61B12BDF00848315FBDFCC341"],
    ]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"actions": [1]}', b'{"txs": [{"date": "x"}]}', b'{"actions": {}}']
)
def test_a_reply_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        decode_actions(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**70) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["actions", "txs", "in", "out", "coins", "date", "metadata", "type", "txID", "swap"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_gives_actions_or_a_source_error(value: object) -> None:
    try:
        found = swaps(decode_actions(json.dumps(value).encode()))
    except SourceError:
        return
    assert all(isinstance(swap, Swap) for swap in found)
