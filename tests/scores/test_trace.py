"""The table of a trace: Clew's own walk and the baselines on one small ledger, against figures worked out by hand."""

from typing import Any

import pytest
from tests.tracing.test_candidates import FEE, NOTE, POOL, TAGS, Notes, trace

from clew.attribution import Attribution
from clew.model import Kind
from clew.scores.edges import CHAIN, Edge, edge_case
from clew.scores.trace import BASELINES, ON, SHARED, THROUGH, Subject, Way, claims_of, score, walk_table, ways
from clew.scores.truth import Truth
from clew.tracing.policies import Policy

S, A, B, CLEAN, T, U = (f"0x{digit * 40}" for digit in "abcdef")
DOLLAR = 10**6
EDGES = [
    Edge(1, 1, "0x1", S, A, 100 * DOLLAR),
    Edge(2, 2, "0x2", CLEAN, A, 100 * DOLLAR),
    Edge(3, 3, "0x3", A, T, 100 * DOLLAR),
    Edge(4, 4, "0x4", A, U, 100 * DOLLAR),
]
"""100 stolen dollars, then 100 clean ones, into A; the first 100 to T, the others to U."""
PLACE = (CHAIN.id, T)


def subject_of(edges: list[Edge], ends: list[str]) -> Subject:
    """A theft at S over some edges, with labelled places to end at."""
    found = edge_case(edges, [S], ends)
    return Subject(
        found.table,
        found.case,
        Attribution(found.case.tags),
        lambda _asset, amount: amount,
        covers=frozenset({Kind.TOKEN}),
    )


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    subject, true = subject_of(EDGES, [T, U]), {PLACE: 100 * DOLLAR}
    return {row["method"]: row for row in score(subject, Truth(true, true, true, {}), [10])}


@pytest.mark.parametrize(
    ("method", "precision", "recall"),
    [
        ("fifo", 1.0, 1.0),
        ("lifo", 0.0, 0.0),
        ("haircut", 0.5, 0.5),
        ("dirty-first", 1.0, 1.0),
        ("clean-first", 0.0, 0.0),
    ],
)
def test_each_policy_is_measured_against_the_truth(
    rows: dict[str, Any], method: str, precision: float, recall: float
) -> None:
    value = rows[method]["exchanges"]["value"]
    assert (value["precision"], value["recall"]) == (precision, recall)
    assert rows[method]["loaded"] == 2


def test_a_place_that_passed_on_all_but_a_thousandth_is_not_named_though_its_value_counts() -> None:
    edges = [
        Edge(1, 1, "0x1", CLEAN, A, 2 * DOLLAR),
        Edge(2, 2, "0x2", S, A, 5000 * DOLLAR),
        Edge(3, 3, "0x3", A, T, 5000 * DOLLAR),
    ]
    subject = subject_of(edges, [T])
    claims = claims_of(walk_table(subject, Way("fifo", Policy.FIFO), 10), subject)
    assert claims.everywhere == {PLACE: 4998 * DOLLAR, (CHAIN.id, A): 2 * DOLLAR}
    assert claims.doubted == {(CHAIN.id, A)}


def test_of_what_came_as_a_share_an_exchange_is_named_and_a_person_only_where_it_is_as_likely_as_not() -> None:
    """The thief's note is one of three; three are paid out, of which one goes on to an exchange."""
    story = Notes(())
    story.world.pay("exchange", "other", NOTE)
    story.world.pay("other", POOL, NOTE, kind=Kind.CALL)
    for name in ("alice", "bob", "carol"):
        story.pay_out(name)
    story.world.pay("alice", "exchange", NOTE - FEE)
    found = trace(story)
    subject = Subject(found.table, story.case, Attribution(TAGS), lambda _asset, amount: amount * DOLLAR // 10**18)
    claims = claims_of(found, subject)
    assert {name for (_, name), worth in claims.everywhere.items() if worth} == {"exchange", "bob", "carol"}
    assert {name for _, name in claims.doubted} == {"bob", "carol"}


@pytest.mark.parametrize(
    ("method", "precision", "recall"),
    [("breadth-first", 0.5, 1.0), ("poison-whole", 0.5, 1.0), ("haircut-no-time", 0.5, 0.5), ("ttr", 0.5, 0.5)],
)
def test_each_baseline_is_measured_likewise(rows: dict[str, Any], method: str, precision: float, recall: float) -> None:
    value = rows[method]["exchanges"]["value"]
    assert (value["precision"], value["recall"]) == (precision, recall)


def test_poison_has_addresses_alone(rows: dict[str, Any]) -> None:
    assert rows["poison"]["exchanges"]["value"] is None
    assert rows["poison"]["exchanges"]["addresses"]["recall"] == 1.0


def test_every_policy_and_baseline_is_in_the_table(rows: dict[str, Any]) -> None:
    assert set(rows) == set(Policy) | {THROUGH} | set(BASELINES)


def test_with_an_exchanger_named_fifo_walks_on_from_it_in_a_row_of_its_own() -> None:
    assert [way.name for way in ways([Policy.FIFO, Policy.LIFO], ["Exch"])] == ["fifo", "lifo", THROUGH, ON, SHARED]
    assert [way.name for way in ways([Policy.LIFO], ["Exch"])] == ["lifo"]


def test_claims_beyond_what_was_stolen_are_cut_down_to_it(rows: dict[str, Any]) -> None:
    """Breadth-first search claims all 200 dollars at T and U; 100 were stolen."""
    fair = rows["breadth-first"]["scaled"]["exchanges"]
    assert (fair["claimed"], fair["right"]) == (str(100 * DOLLAR), str(50 * DOLLAR))
    assert (fair["precision"], fair["recall"], fair["f1"]) == (0.5, 0.5, 0.5)
    assert rows["fifo"]["scaled"]["exchanges"] == rows["fifo"]["exchanges"]["value"]
    assert rows["poison"]["scaled"] == {"exchanges": None, "visible": None, "everywhere": None}
