"""Bridge requests and payouts: joined by id, then by value; what does not agree is listed with its reason."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.links.bridges import Events, Reason, Rule, map_tokens, match_bridge
from clew.model import Grade

Row = tuple[int, str, str, str] | tuple[int, str, str, str, str]
"""Time, recipient, token, amount, and the id if there is one."""


def events(rows: Sequence[Row]) -> Events:
    columns = [[row[i] if i < len(row) and row[i] else None for row in rows] for i in range(1, 5)]
    recipient, token, amount, name = (pa.array(column, pa.string()) for column in columns)
    return Events(np.array([row[0] for row in rows], dtype=np.int64), recipient, token, amount, name)


def pairs(deposits: Sequence[Row], withdrawals: Sequence[Row], finality: int = 10) -> list[tuple[int, int]]:
    return sorted(
        (link.deposit, link.withdrawal)
        for link in match_bridge(events(deposits), events(withdrawals), finality=finality)
    )


def test_an_id_joins_what_agrees_in_recipient_token_and_amount() -> None:
    deposits = [(0, "a", "T", "5", "7"), (0, "b", "T", "5", "8")]
    [first, second] = match_bridge(events(deposits), events([(90, "b", "T", "5", "8"), (91, "a", "T", "05", "7")]))
    assert (first.deposit, first.withdrawal, second.deposit, second.withdrawal) == (0, 1, 1, 0)
    assert (first.rule, first.grade, first.probability, first.base_rate) == (Rule.ID, Grade.DECODED, 1.0, 0.0)


@pytest.mark.parametrize(
    ("withdrawal", "reason"),
    [
        ((90, "a", "T", "5", "9"), Reason.NO_PARTNER),
        ((90, "x", "T", "5", "7"), Reason.RECIPIENT_DIFFERS),
        ((90, "a", "U", "5", "7"), Reason.TOKEN_DIFFERS),
        ((90, "a", "T", "6", "7"), Reason.AMOUNT_DIFFERS),
        ((9, "a", "T", "5", "7"), Reason.TOO_EARLY),
        ((-1, "a", "T", "5", "7"), Reason.INCOMPLETE),
        ((90, "a", "T", "5.0", "7"), Reason.INCOMPLETE),
        ((90, "a", "", "5", "7"), Reason.TOKEN_NOT_MAPPED),
    ],
)
def test_a_payout_that_breaks_the_rule_is_listed_with_what_it_breaks(withdrawal: Row, reason: Reason) -> None:
    matches = match_bridge(events([(0, "a", "T", "5", "7")]), events([withdrawal]), finality=10)
    assert len(matches) == 0, "a known id is never overruled by a like value"
    assert matches.unmatched_withdrawals() == [(0, reason)]


def test_a_second_payout_of_the_same_id_is_a_replay() -> None:
    payouts = [(50, "a", "T", "5", "7"), (60, "a", "T", "5", "7")]
    matches = match_bridge(events([(0, "a", "T", "5", "7")]), events(payouts), finality=10)
    assert [link.withdrawal for link in matches] == [0]
    assert matches.unmatched_withdrawals() == [(1, Reason.EXCESS)]


def test_without_ids_a_lone_pair_is_a_link_and_says_how_likely_chance_is() -> None:
    deposits = [(n, f"r{n}", "T", str(n)) for n in range(1, 40)]
    payouts = [(n + 50, f"r{n}", "T", str(n)) for n in range(1, 40)]
    matches = match_bridge(events(deposits), events(payouts), finality=10)
    links = list(matches)
    assert {(link.rule, link.grade, link.candidates) for link in links} == {(Rule.UNIQUE, Grade.INFERRED, 1)}
    assert matches.base_rate.by_chance == 0
    assert all(0.95 < link.probability < 1 for link in links), "no finite sample makes an inference certain"


def test_equals_are_paired_in_order_of_time_and_doubted_only_where_they_could_be_crossed() -> None:
    apart: list[Row] = [(0, "a", "T", "5"), (100, "a", "T", "5")]
    assert pairs(apart, [(50, "a", "T", "5"), (150, "a", "T", "5")]) == [(0, 0), (1, 1)]
    [first, _] = match_bridge(
        events(apart), events([(50, "a", "T", "5"), (150, "a", "T", "5")]), finality=10, shuffles=0
    )
    assert (first.rule, first.probability) == (Rule.ORDER, 1.0), "the second request came after the first payout"
    crossed = match_bridge(events(apart), events([(150, "a", "T", "5"), (160, "a", "T", "5")]), finality=10, shuffles=0)
    assert [(link.deposit, link.withdrawal, link.candidates) for link in crossed] == [(0, 0, 2), (1, 1, 2)]
    assert [link.probability for link in crossed] == [0.5, 0.5], "nothing was learnt of the order"


def test_the_share_that_keeps_its_order_is_learnt_from_unique_pairs() -> None:
    swapped = [(n * 100, f"r{n}", "T", str(n)) for n in range(40)]
    paid = [
        (9000 + (n ^ 1) * 100 if n % 8 == 0 or n % 8 == 1 else 9000 + n * 100, f"r{n}", "T", str(n)) for n in range(40)
    ]
    matches = match_bridge(events(swapped), events(paid), finality=10)
    assert matches.order_kept == pytest.approx((34 + 1) / (39 + 2))


def test_one_payout_for_two_requests_is_shared_out_and_the_other_request_is_left() -> None:
    matches = match_bridge(
        events([(0, "a", "T", "5"), (1, "a", "T", "5")]), events([(50, "a", "T", "5")]), finality=10, shuffles=0
    )
    [link] = matches
    assert (link.deposit, link.candidates) == (0, 2)
    assert link.probability == pytest.approx(0.5)
    assert matches.unmatched_deposits() == [(1, Reason.EXCESS)]


def test_tokens_are_mapped_and_a_contradiction_is_not_overlooked() -> None:
    token = pa.array(["m", "m", "x", "m"])
    stated = pa.array(["e", None, "e", "other"])
    assert map_tokens(token, {"m": "e"}, stated).to_pylist() == ["e", "e", None, None]


def test_empty_sides_give_no_link() -> None:
    matches = match_bridge(events([]), events([(1, "a", "T", "5")]))
    assert (len(matches), matches.unmatched_withdrawals()) == (0, [(0, Reason.NO_PARTNER)])
    assert len(match_bridge(events([]), events([]))) == 0


def test_two_ids_that_differ_are_not_joined_by_value_where_others_have_none() -> None:
    deposits: list[Row] = [(0, "a", "T", "5", "1"), (0, "a", "T", "5"), (0, "a", "T", "5")]
    payouts: list[Row] = [(0, "a", "T", "5"), (10, "a", "T", "5", "2")]
    assert (0, 1) not in pairs(deposits, payouts)


SIDE = st.lists(
    st.tuples(
        st.integers(-1, 60), st.sampled_from("ab"), st.sampled_from(["T", "U", ""]),
        st.sampled_from(["5", "6", "x", "9" * 78]), st.sampled_from(["", "", "1", "2"]),
    ),
    max_size=12,
)  # fmt: skip


@given(SIDE, SIDE)
def test_every_event_is_linked_once_or_listed_once_and_every_link_keeps_the_rule(
    left: list[Row], right: list[Row]
) -> None:
    deposits, withdrawals = events(left), events(right)
    matches = match_bridge(deposits, withdrawals, finality=10)
    for link in matches:
        asked, paid = left[link.deposit], right[link.withdrawal]
        assert asked[0] >= 0
        assert asked[0] + 10 <= paid[0]
        assert asked[1:4] == paid[1:4]
        assert link.rule is not Rule.ID or asked[4:] == paid[4:]
        assert not (asked[4:] != paid[4:] and all(asked[4:]) and all(paid[4:])), "two ids that differ are never joined"
        assert 0 <= link.probability <= 1
        assert link.candidates >= 1
    for used, left_over, rows in (
        (matches.deposit, matches.unmatched_deposits(), left),
        (matches.withdrawal, matches.unmatched_withdrawals(), right),
    ):
        assert sorted([*used.tolist(), *(row for row, _ in left_over)]) == list(range(len(rows)))
