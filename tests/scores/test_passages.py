"""Shares of a CoinJoin by its amounts alone, and how they are held against the truth."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.passages import Rounds, calibrated, coinjoin_shares, read_passages, score_mixers
from clew.simulate.world import simulate_world


def test_an_output_with_a_twin_may_be_of_any_input_not_smaller() -> None:
    inputs, outputs = {"a": 10, "b": 5, "c": 4}, {"x": 5, "y": 5, "z": 3}
    assert coinjoin_shares(inputs, outputs) == {(i, o): 0.5 for i in "ab" for o in "xy"}


def test_what_nobody_could_pay_has_no_share() -> None:
    assert coinjoin_shares({"a": 1}, {"x": 5, "y": 5}) == {}


def test_shares_that_hold_are_called_so_and_others_not() -> None:
    good = calibrated(Rounds(1, 1, [0.25] * 400, [True, False, False, False] * 100))
    bad = calibrated(Rounds(1, 1, [0.5] * 400, [True, False, False, False] * 100))
    assert (good["largest_gap_points"], good["within_5_points"]) == (0.0, True)
    assert (bad["largest_gap_points"], bad["within_5_points"]) == (25.0, False)


def test_passages_are_read_by_kind_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passages.csv"
    path.write_text("kind,service,sent,received,owner\ncoinjoin,t,a,b,\nmixer,m,c,d,\ncoinjoin,t,a,e,\n")
    assert read_passages(path, "coinjoin") == {"t": {("a", "b"), ("a", "e")}}
    path.write_text("nothing\nof it\n")
    with pytest.raises(InputError, match="no passages"):
        read_passages(path, "coinjoin")


def test_mixers_of_worlds_are_scored_each_and_with_all_pairs_in_one_table(tmp_path: Path) -> None:
    simulate_world("structuring", 1, tmp_path / "world", scale=200)
    mixer = tmp_path / "world" / "mixer"
    few = score_mixers([mixer])
    assert (few["kind"], few["pooled"]) == ("passages", {}), "too few pairs to learn from"
    assert few["worlds"][0]["pairs"] == few["pairs"] > 0
    with pytest.raises(InputError):
        score_mixers([tmp_path])
