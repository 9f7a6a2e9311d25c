"""The page of scores is made from figures alone, and a figure that falls is named."""

from pathlib import Path
from typing import Any

import pytest

from clew.errors import InputError
from clew.scores.page import LEAST, figures_of, page, shortfalls


def table(recall: float) -> dict[str, Any]:
    value = {"precision": 1.0, "recall": recall, "right": "3500000", "claimed": "3500000", "true": "7000000"}
    part = {"value": value, "addresses": {"precision": None, "recall": 1.0, "claimed": 1, "true": 1}}
    part["material"] = {"precision": 0.25, "recall": 0.5}
    fair = {"precision": 0.875, "recall": recall, "f1": 0.75, "right": "2000000"}
    run = {"method": "fifo", "bound": 9, "loaded": 3, "seconds": 0.1}
    parts = ("exchanges", "visible", "everywhere")
    return {"runs": [run | dict.fromkeys(parts, part) | {"scaled": dict.fromkeys(parts, fair)}]}


FACTS = {
    "transfers": 5,
    "addresses": 4,
    "sources": 1,
    "terminals_in_edges": 1,
    "stolen": "7000000",
    "into_terminals": "1",
}


def told(points: float | None) -> dict[str, object]:
    """What is stated of a kind of passage."""
    if points is None:
        return {"bins": [], "largest_gap_points": None}
    known = {
        "expected_calibration_error_points": 0.4,
        "largest_gap_points": points,
        "largest_gap_interval": [-1.0, 4.0],
        "off_beyond_chance": points > 5,
    }
    return {"bins": [{"links": 1_000}, {"links": 200}], **known}


def passages(points: float | None, **timing: object) -> dict[str, dict[str, object]]:
    kinds = {"stated": told(points), "traced": told(None), "any": told(6.5)}
    calibration = {"timing": {"status": "not-calibrated", **timing}}
    return {
        "coinjoins": {"rounds": 2, "recognised": 1, **kinds},
        "mixer": {"pairs": 3, "calibration": calibration, **kinds},
    }


def test_the_page_shows_each_run_in_per_cent_and_no_times() -> None:
    world = table(0.1234) | passages(1.5)
    text = page({"dprk 1": world}, {}, {"bridge": {"pairs": 3, "f1_score": 1.0}}, {"names": "nobody gave them"})
    scaled, claimed = "87.5 | 12.3 | 75.0", "100.0 | 12.3"
    assert f"| fifo | 3 | {scaled} | {claimed} | 12.3 | - | 100.0 | {scaled} | - | 100.0 | 25.0 | 50.0 |" in text
    assert "At most 9 accounts" in text
    assert (
        "1 of 2 rounds recognised; pairs as stated (1,200), expected calibration error 0.4 points, "
        "largest gap 1.5 points (95 % interval -1.0 to 4.0)" in text
    )
    assert "of the theft's (0); any of the theft's (1,200), expected calibration error 0.4 points, largest" in text
    assert "-1.0 to 4.0, beyond chance)" in text
    assert "| bridge | pairs 3, f1 score 1.0 |" in text
    assert "- names: nobody gave them." in text


def test_typologies_stand_in_a_table_of_their_own_and_may_not_fall() -> None:
    row = {"flagged": 4, "true": 2, "right": 1, "precision": 0.25, "recall": 0.5, "base_rate": 0.01, "thiefs": None}
    worlds = {"dprk 1": table(0.5) | passages(None) | {"typologies": {"fan-in": row}}}
    assert "| dprk 1 | fan-in | 4 | 2 | 1 | 25.0 | 50.0 | 1.0 | - |" in page(worlds, {}, {}, {})
    figures = figures_of(worlds, {}, {})
    assert (figures["dprk 1/typologies/fan-in/precision"], figures["dprk 1/typologies/fan-in/recall"]) == (0.25, 0.5)


def test_what_is_stated_of_passages_may_not_hold_less() -> None:
    figures = figures_of({"dprk 1": table(0.5) | passages(1.5), "cycles 1": table(0.5) | passages(None)}, {}, {})
    assert figures["dprk 1/mixer/stated/held"] == figures["dprk 1/coinjoins/stated/held"] == 0.985
    assert "cycles 1/mixer/stated/held" not in figures


def test_of_an_edge_list_the_terminals_and_their_value_are_shown() -> None:
    text = page({}, {"List": table(0.5) | FACTS}, {}, {})
    assert "Stolen 7 USD" in text
    assert "| fifo | 9 | 3 | 1 | 2 | 28.6 | 50.0 |" in text
    assert "Left out" not in text


def test_a_figure_below_the_least_is_named_and_one_of_another_subject_is_not_asked_for(tmp_path: Path) -> None:
    least = tmp_path / "least.toml"
    least.write_text(
        '[least]\n"List/fifo/9/exchanges/value/recall" = 0.5\n"Other/fifo/9/exchanges/value/recall" = 0.5\n'
    )
    assert shortfalls(figures_of({}, {"List": table(0.5)}, {}), least) == []
    (words,) = shortfalls(figures_of({}, {"List": table(0.4)}, {}), least)
    assert words == "List/fifo/9/exchanges/value/recall is 0.4, recorded is at least 0.5"


def test_a_figure_that_is_gone_has_fallen(tmp_path: Path) -> None:
    least = tmp_path / "least.toml"
    least.write_text('[least]\n"List/lifo/9/exchanges/value/recall" = 0.5\n')
    assert len(shortfalls(figures_of({}, {"List": table(0.5)}, {}), least)) == 1


def test_a_fraction_of_another_score_may_not_fall_and_a_count_may(tmp_path: Path) -> None:
    least = tmp_path / "least.toml"
    least.write_text('[least]\n"names/f1" = 0.9\n')
    assert shortfalls(figures_of({}, {}, {"names": {"f1": 0.91, "pairs": 1}}), least) == []
    (words,) = shortfalls(figures_of({}, {}, {"names": {"f1": 0.89}}), least)
    assert words.startswith("names/f1 is 0.89")


def test_the_values_as_scaled_are_figures_too() -> None:
    assert figures_of({}, {"List": table(0.5)}, {})["List/fifo/9/scaled/exchanges/f1"] == 0.75


def test_the_recorded_figures_are_read_and_broken_ones_refused(tmp_path: Path) -> None:
    assert shortfalls({}, LEAST) == []
    (tmp_path / "least.toml").write_text("[")
    with pytest.raises(InputError):
        shortfalls({}, tmp_path / "least.toml")
