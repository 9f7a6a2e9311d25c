"""Tables of what went in and came out: nothing is spent twice, and what came out is paid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clew.links.scaling import scaled


def test_a_choice_that_only_one_can_make_leaves_the_other_to_the_other() -> None:
    """The first may have spent either note, the second only the first: so it did, and the first spent the second."""
    found = scaled(np.array([[0.5, 0.5], [1.0, 0.0]]), np.ones(2), np.ones(2))
    assert np.allclose(found, [[0, 1], [1, 0]], atol=0.01)


def test_what_nobody_can_have_paid_is_not_explained() -> None:
    found = scaled(np.array([[0.0], [1.0]]), np.array([5.0, 3.0]), np.array([8.0]))
    assert found.tolist() == [[0.0], [3.0]]


def test_more_than_went_in_never_comes_out() -> None:
    found = scaled(np.ones((3, 1)), np.ones(3), np.array([2.0]))
    assert np.allclose(found, 2 / 3)


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_no_row_and_no_column_is_more_than_its_total(rows: int, columns: int, data: st.DataObject) -> None:
    cells = st.lists(st.sampled_from([0.0, 0.1, 1.0, 3.0]), min_size=columns, max_size=columns)
    guess = np.array(data.draw(st.lists(cells, min_size=rows, max_size=rows)))
    totals = st.floats(0.5, 9.0)
    came = np.array(data.draw(st.lists(totals, min_size=rows, max_size=rows)))
    went = np.array(data.draw(st.lists(totals, min_size=columns, max_size=columns)))
    found = scaled(guess, came, went)
    assert (found >= 0).all()
    assert (found.sum(axis=1) <= came * (1 + 1e-9)).all()
    assert (found.sum(axis=0) <= went * (1 + 1e-9)).all()
    assert not found[guess == 0].any()
