"""Clusters keep their witnesses: what joined can be told, and taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.clustering.clusters import Clusters, Link, Links, Rule
from clew.errors import InputError

SPENT_TOGETHER = Rule("multi-input", 90)
CHANGE = Rule("change", 60, dynamic=True)
NAMES = [f"a{number:02}" for number in range(12)]
TXS = [f"tx{number}" for number in range(6)]


class Union(NamedTuple):
    left: int
    right: int
    tx: int
    rule: Rule


def links_of(unions: Iterable[Union], rule: Rule, height: int = -1) -> Links:
    chosen = [union for union in unions if union.rule is rule]
    left, right, tx = (np.array([union[column] for union in chosen], np.int64) for column in range(3))
    return Links(rule, left, right, tx, height)


def joined(unions: Sequence[Union]) -> Clusters:
    clusters = Clusters("chain")
    for rule in (SPENT_TOGETHER, CHANGE):
        clusters.join(links_of(unions, rule), NAMES, TXS)
    clusters.add(NAMES)
    return clusters


def partition(unions: Iterable[Union]) -> dict[str, str]:
    """Each address with the smallest one it is joined with, by growing sets."""
    groups = [{name} for name in NAMES]
    for union in unions:
        together = [group for group in groups if group & {NAMES[union.left], NAMES[union.right]}]
        groups = [group for group in groups if group not in together] + [set().union(*together)]
    return {name: min(group) for group in groups for name in sorted(group)}


def a(left: int, right: int, tx: int = 0, rule: Rule = SPENT_TOGETHER) -> Union:
    return Union(left, right, tx, rule)


CODES = st.integers(0, len(NAMES) - 1)
UNIONS = st.lists(
    st.builds(Union, CODES, CODES, st.integers(0, len(TXS) - 1), st.sampled_from([SPENT_TOGETHER, CHANGE])), max_size=25
)


def test_a_cluster_is_named_by_its_smallest_member() -> None:
    clusters = joined([a(7, 3), a(3, 9)])
    assert clusters.members("a09") == ("a03", "a07", "a09")
    assert clusters.cluster_of("a09") == "a03"
    assert clusters.clusters()["a07"] == "a03"
    assert clusters.cluster_of("never met") == "never met"


@settings(max_examples=200)
@given(UNIONS, st.lists(st.sampled_from(TXS), max_size=4), UNIONS)
def test_joining_taking_back_and_joining_on_is_what_one_pass_over_the_remaining_links_gives(
    before: list[Union], taken_back: list[str], after: list[Union]
) -> None:
    clusters = joined(before)
    for tx in taken_back:
        clusters.retract(tx=tx)
    for union in after:
        clusters.join(links_of([union], union.rule), NAMES, TXS)
    standing = [union for union in before if TXS[union.tx] not in taken_back] + after
    assert clusters.clusters() == partition(standing) == joined(standing).clusters()
    for name in NAMES:
        assert set(clusters.members(name)) == {
            n for n, c in partition(standing).items() if c == partition(standing)[name]
        }


@settings(max_examples=100)
@given(UNIONS, CODES, CODES)
def test_why_is_a_way_of_witnesses_from_one_address_to_the_other_if_and_only_if_they_are_together(
    unions: list[Union], start: int, goal: int
) -> None:
    way = joined(unions).why(NAMES[start], NAMES[goal])
    together = partition(unions)
    said = {(NAMES[u.left], NAMES[u.right], TXS[u.tx], u.rule) for u in unions}
    assert (way is not None) == (together[NAMES[start]] == together[NAMES[goal]])
    at = NAMES[start]
    for link in way or ():
        assert at in (link.left, link.right)
        at = link.right if at == link.left else link.left
        assert (link.left, link.right, link.tx, link.rule) in said
    assert way is None or at == NAMES[goal]


def test_why_takes_the_fewest_links() -> None:
    clusters = joined([a(0, 1, 0), a(1, 2, 1), a(2, 3, 2), a(0, 3, 3)])
    assert clusters.why("a00", "a03") == (Link("a00", "a03", "tx3", SPENT_TOGETHER, -1),)
    assert clusters.why("a00", "a00") == ()
    assert clusters.why("a00", "a05") is None


def test_taking_a_link_back_leaves_what_another_witness_joins() -> None:
    clusters = joined([a(0, 1, 0), a(0, 1, 1), a(1, 2, 0)])
    assert clusters.retract(tx="tx0") == 2
    assert clusters.members("a00") == ("a00", "a01")
    assert [link.tx for link in clusters.why("a00", "a01") or ()] == ["tx1"]
    assert clusters.retract(tx="tx0") == 0


def test_other_components_are_not_touched_when_a_link_is_taken_back() -> None:
    clusters = joined([a(0, 1, 0), a(5, 6, 1), a(6, 7, 2)])
    rejoined: list[int] = []
    inner = clusters._rejoin

    def watched(root: int) -> None:
        rejoined.append(root)
        inner(root)

    clusters._rejoin = watched  # type: ignore[method-assign]
    clusters.retract(tx="tx0")
    assert len(rejoined) == 1
    assert clusters.members("a07") == ("a05", "a06", "a07")


def test_a_dynamic_rule_evaluated_anew_replaces_what_it_said_and_keeps_the_height() -> None:
    clusters = joined([a(0, 1, 0)])
    clusters.refresh(links_of([a(1, 2, 1, CHANGE), a(3, 4, 2, CHANGE)], CHANGE, height=100), NAMES, TXS)
    clusters.refresh(links_of([a(1, 2, 1, CHANGE)], CHANGE, height=200), NAMES, TXS)
    assert clusters.members("a00") == ("a00", "a01", "a02")
    assert clusters.members("a03") == ("a03",)
    assert [link.height for link in clusters.links()] == [-1, 200]


def test_a_code_that_is_no_address_is_refused() -> None:
    with pytest.raises(InputError, match="where there are 12"):
        joined([a(0, 12)])


def test_a_retraction_that_names_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing says which"):
        Clusters("chain").retract()


def test_one_name_cannot_stand_for_two_rules() -> None:
    clusters = joined([a(0, 1)])
    with pytest.raises(InputError, match="another confidence"):
        clusters.join(replace(links_of([a(1, 2)], SPENT_TOGETHER), rule=Rule("multi-input", 5)), NAMES, TXS)
