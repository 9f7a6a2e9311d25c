"""The figures of hidden passages of worlds, each and with all their statements in one table."""

import numpy as np

from clew.scores.calibration import Stated
from clew.scores.hidden import Hidden, compared_passages


def hidden(right: list[float], **more: Stated) -> Hidden:
    said = Stated.alone(np.full(len(right), 0.25), np.array(right))
    return Hidden(2, 1, 3, {"coinjoins": said, **more})


def test_statements_that_hold_are_called_so_and_others_not() -> None:
    found = compared_passages([("good", hidden([1, 0, 0, 0] * 100)), ("bad", hidden([0.5, 0.5, 1, 0] * 100))])
    good, bad = found["worlds"]
    assert (good["world"], good["coinjoins"]["largest_gap_points"]) == ("good", 0.0)
    assert (bad["coinjoins"]["largest_gap_points"], bad["coinjoins"]["off_beyond_chance"]) == (25.0, True)
    assert found["pooled"]["coinjoins"]["largest_gap_points"] == 12.5
    assert (found["rounds"], found["recognised"], found["pairs"]) == (4, 2, 6)


def test_what_one_world_alone_states_is_pooled_all_the_same() -> None:
    alone = Stated.alone(np.array([0.5]), np.array([1.0]))
    found = compared_passages([("a", hidden([1.0])), ("b", hidden([1.0], by_age=alone))])
    assert len(found["pooled"]["by_age"]["bins"]) == 1
    assert "by_age" not in found["worlds"][0]
