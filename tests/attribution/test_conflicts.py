"""Tags that contradict each other: shown side by side, weighed by confidence and sources, never merged."""

from dataclasses import replace

import pytest

from clew.attribution.conflicts import find_conflicts
from clew.model import Category, Tag

HUOBI = Tag("eip155:1", "0xaa", "Huobi 33", "Huobi", Category.EXCHANGE, "https://a.example", 50)


def test_tags_that_agree_are_no_conflict() -> None:
    again = replace(HUOBI, label="huobi cold", entity="HUOBI", source="https://b.example", confidence=20)
    nameless = replace(HUOBI, entity="", category=Category.OTHER)
    assert find_conflicts([HUOBI, again, nameless]) == ()
    assert find_conflicts([]) == ()


def test_two_entities_are_weighed_by_confidence_and_then_by_sources() -> None:
    htx = replace(HUOBI, entity="HTX", confidence=50)
    other = replace(htx, source="https://b.example", confidence=20)
    (conflict,) = find_conflicts([HUOBI, htx, other])
    assert conflict.about == "entity"
    assert [(side.value, side.confidence, side.sources) for side in conflict.sides] == [
        ("HTX", 50, 2),
        ("Huobi", 50, 1),
    ]
    assert [tag for side in conflict.sides for tag in side.tags] == [htx, other, HUOBI]
    assert not conflict.open


def test_equal_weights_leave_it_open() -> None:
    (conflict,) = find_conflicts([HUOBI, replace(HUOBI, entity="HTX")])
    assert conflict.open


def test_two_categories_are_a_conflict() -> None:
    mixer = replace(HUOBI, category=Category.MIXER, confidence=90)
    (conflict,) = find_conflicts([HUOBI, mixer])
    assert (conflict.about, [side.value for side in conflict.sides]) == ("category", ["mixer", "exchange"])


@pytest.mark.parametrize("category", [Category.SANCTIONED, Category.FROZEN, Category.OTHER, Category.WALLET])
def test_a_standing_says_nothing_against_what_one_does(category: Category) -> None:
    assert find_conflicts([HUOBI, replace(HUOBI, category=category, source="https://b.example")]) == ()
