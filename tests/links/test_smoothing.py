"""Histograms under bells: nothing is lost, and a count is seen most where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.links.smoothing import smoothed


@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.sampled_from([0.0, 0.5, 1.5, 8.0]))
def test_nothing_is_lost_or_made(counts: list[int], width: float) -> None:
    seen = np.array([counts, counts[::-1]], dtype=np.float64)
    found = smoothed(seen, width)
    assert found.sum(axis=1) == pytest.approx(seen.sum(axis=1))
    assert (found >= 0).all()
    assert found[1] == pytest.approx(found[0][::-1])


def test_a_count_lies_under_a_bell_around_its_bin_and_of_no_width_where_it_was() -> None:
    seen = np.eye(1, 21, 10)[0]
    bell = smoothed(seen, 2.0)
    assert bell.argmax() == 10
    assert bell[8] / bell[10] == pytest.approx(np.exp(-0.5))
    assert (smoothed(seen, 0.0) == seen).all()
