"""How claims are measured against truth, on figures worked out by hand."""

import json
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.truth import MICRO, compared, read_truth, scaled

A, B, C = ("chain", "a"), ("chain", "b"), ("chain", "c")


def test_value_is_right_as_far_as_the_place_holds_it() -> None:
    dollars = {A: 50 * MICRO, B: 30 * MICRO, C: 20 * MICRO}
    figures = compared(dollars, {A: 40 * MICRO, B: 60 * MICRO})
    assert figures["value"] == {
        "precision": 0.7,
        "recall": 0.7,
        "f1": 0.7,
        "right": "70000000",
        "claimed": "100000000",
        "true": "100000000",
    }
    assert figures["addresses"] == {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "claimed": 3, "true": 2}


def test_an_address_is_looked_at_for_what_it_holds_from_a_hundred_dollars() -> None:
    """A fee's remainder at C is named and not true; of A and B, both of weight, one is true."""
    claimed = {A: 100 * MICRO, B: 100 * MICRO, C: 99 * MICRO}
    figures = compared(claimed, {A: 100 * MICRO, C: MICRO})
    assert figures["addresses"] == {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "claimed": 3, "true": 2}
    assert figures["material"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "claimed": 2, "true": 1}


def test_a_place_that_is_doubted_is_not_named_though_its_value_counts() -> None:
    figures = compared({A: 100 * MICRO, B: 100 * MICRO}, {A: 100 * MICRO}, {B})
    assert figures["addresses"]["precision"] == figures["material"]["precision"] == 1.0
    assert figures["value"]["precision"] == 0.5


def test_nothing_claimed_has_no_precision_and_nothing_true_no_recall() -> None:
    assert compared({}, {A: 1})["value"]["precision"] is None
    assert compared({A: 1}, {})["value"]["recall"] is None
    assert compared({A: MICRO - 1}, {B: MICRO})["addresses"] == {
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "claimed": 0,
        "true": 1,
    }


def test_claims_are_cut_down_in_whole_micro_dollars_and_only_where_they_exceed_the_theft() -> None:
    claimed = {A: 5, B: 4, C: 1}
    assert scaled(claimed, 10, 10) == claimed
    assert scaled(claimed, 10, 7) == {A: 3, B: 2, C: 0}
    assert scaled({}, 0, 7) == {}


def test_a_worlds_truth_is_read_in_dollars_of_what_was_stolen(tmp_path: Path) -> None:
    row = {"theft": "loot", "chain": "c", "address": "a", "owner": "X", "kind": "exchange", "asset": "other"}
    rows = [row | {"origin_amount": "150", "hidden": False}, row | {"origin_amount": "50", "hidden": True}]
    rows.append(row | {"origin_amount": "100", "hidden": False, "kind": "thief", "address": "b"})
    stolen = [{"theft": "loot", "asset": "coin"}]
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"dollars_per_unit": {"coin": "3"}, "stolen": stolen, "standing": rows}))
    truth = read_truth(path, {"coin": 2})
    assert truth.everywhere == {("c", "a"): 6_000_000, ("c", "b"): 3_000_000}
    assert truth.exchanges == {("c", "a"): 6_000_000}
    assert truth.visible == {("c", "a"): 4_500_000}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"dollars_per_unit": {}, "stolen": [{}], "standing": []}'])
def test_what_is_no_truth_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(InputError, match="no truth"):
        read_truth(path, {})
