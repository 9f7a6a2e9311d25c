"""Gaps between stated and observed: what chance explains is told from what it does not."""

import numpy as np
import pytest

from clew.scores.calibration import Stated, gaps, pooled


def worlds(seed: int, wrong: float = 0.0, *, pairs: int = 440) -> list[Stated]:
    """Five worlds of as many pairs, each with one statement that holds; what is said lies off by `wrong`."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(5):
        true = rng.beta(0.6, 0.6, pairs)
        said = np.clip(true + np.where((true > 0.2) & (true < 0.7), wrong, 0.0), 0, 1)
        found.append(Stated.alone(said, rng.random(pairs) < true))
    return found


@pytest.mark.parametrize("wrong", [0.08, -0.08])
def test_eight_points_off_are_found_in_the_table_of_five_worlds(wrong: float) -> None:
    for seed in range(5):
        found = gaps(pooled(worlds(seed, wrong)))
        assert found["off_beyond_chance"]
        assert not found["within_5_points"]


def test_statements_that_hold_are_not_called_off_where_chance_puts_a_world_beyond_five_points() -> None:
    each = [gaps(world) for seed in range(4) for world in worlds(seed)]
    assert sum(not found["within_5_points"] for found in each) >= 5, "a bin of a hundred cannot tell 5 points"
    assert sum(found["off_beyond_chance"] for found in each) <= 4, "of 20 worlds with 4 bins or so"
    beyond = [found["largest_gap_interval"] for found in each if not found["within_5_points"]]
    assert sum(low <= 0 <= high for low, high in beyond) > len(beyond) / 2
    assert not any(gaps(pooled(worlds(seed)))["off_beyond_chance"] for seed in range(4))


def test_the_error_is_that_of_a_share_and_counts_what_is_right_together_once() -> None:
    probability, right = np.full(400, 0.5), np.arange(400) % 2 == 0
    [alone] = gaps(Stated.alone(probability, right))["bins"]
    assert (alone["points"], alone["error_points"], alone["interval"]) == (0.0, 2.5, [-4.9, 4.9])
    together = np.arange(400) // 2 % 2 == 0
    [fours] = gaps(Stated(probability, together, np.arange(400) // 2))["bins"]
    assert fours["error_points"] == pytest.approx(2.5 * 2**0.5, abs=0.01), "two right together are one"


def test_bins_are_joined_until_they_hold_a_hundred_and_the_last_rest_goes_back() -> None:
    probability = np.repeat([0.05, 0.15, 0.45, 0.95], [60, 60, 150, 20])
    found = gaps(Stated.alone(probability, np.zeros(290, dtype=np.bool_)))["bins"]
    assert [(row["from"], row["to"], row["links"]) for row in found] == [(0.0, 0.2, 120), (0.4, 1.0, 170)]


def test_the_expected_calibration_error_weighs_each_bin_by_its_statements_whatever_the_sign_of_its_gap() -> None:
    """300 stated 0.1 of which none is, and 100 stated 0.8 of which all are: 10 points three times, 20 once."""
    said = Stated.alone(np.repeat([0.1, 0.8], [300, 100]), np.repeat([False, True], [300, 100]))
    found = gaps(said)
    assert (found["expected_calibration_error_points"], found["largest_gap_points"]) == (12.5, 20.0)
    assert found["overall_points"] == -2.5


def test_subjects_of_two_worlds_are_kept_apart_and_nothing_stated_is_no_gap() -> None:
    one = Stated(np.array([0.5, 0.5]), np.array([True, True]), np.array([0, 0]))
    assert pooled([one, one]).subject.tolist() == [0, 0, 1, 1]
    empty = gaps(Stated.alone(np.zeros(0), np.zeros(0, dtype=np.bool_)))
    assert (empty["bins"], empty["largest_gap_points"], empty["within_5_points"]) == ([], None, False)
    assert empty.keys() == gaps(one).keys()
