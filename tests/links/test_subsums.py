"""Change of a CoinJoin that sums tell: rounds made by hand, in which it is known who paid what."""

import numpy as np
import pytest

from clew.links.coinjoins import output_shares
from clew.links.subsums import read_sums

SIZE, FEE = 1_000_000, 300


def test_a_change_is_the_inputs_that_it_and_the_sizes_add_up_to() -> None:
    change = [1_234_567, 500_000, 777_000]
    spent = [SIZE + change[0] + FEE, SIZE + change[1] + FEE, SIZE + change[2] + FEE]
    told = read_sums(spent, [SIZE] * 3 + change)
    assert told is not None
    shares = told.paid[3:] / np.array(change)[:, None]
    assert (np.diag(shares) > 0.95).all()
    assert (told.explained > 0.95).all()
    assert told.paid[:3] == pytest.approx(np.full((3, 3), SIZE / 3), rel=0.05), "any of the sizes alike"


def test_who_has_more_of_a_size_is_told_by_his_change() -> None:
    """The second takes two of three outputs."""
    spent = [SIZE + 345_678 + FEE, 2 * SIZE + 123_456 + FEE]
    shares = output_shares(spent, [SIZE, SIZE, SIZE, 345_678, 123_456])
    assert shares[:3] == pytest.approx(np.array([[1 / 3, 2 / 3]] * 3), abs=0.04)
    assert (np.diag(shares[3:]) > 0.95).all()


def test_two_inputs_of_one_owner_pay_his_change_in_proportion() -> None:
    spent = [700_100, 800_200, SIZE + 222_000 + FEE, SIZE + 654_321 + FEE]
    made = [SIZE] * 3 + [500_000, 222_000, 654_321]
    paid = output_shares(spent, made)[3]
    assert paid[:2] == pytest.approx([7_001 / 15_003, 8_002 / 15_003], abs=0.05)


def test_a_change_that_no_sum_explains_is_left_to_all() -> None:
    """Three inputs of one owner are not tried: of his change nothing is told for certain."""
    spent = [510_001, 520_002, 300_003, SIZE + 222_000 + FEE, SIZE + 654_321 + FEE]
    made = [SIZE] * 3 + [330_006 - FEE, 222_000, 654_321]
    shares = output_shares(spent, made)
    assert shares[3].max() < 0.6
    assert (np.diag(shares[4:, 3:]) > 0.9).all()


def test_where_nothing_is_change_or_sums_meet_everything_nothing_is_told() -> None:
    assert read_sums([SIZE + 10] * 5, [SIZE] * 5) is None
    small = [size for size in range(1_000, 1_040) for _ in range(2)]
    assert read_sums([sum(small), 5_000_000], [*small, 4_999_000]) is None
    assert read_sums([10, 20], [15, 16]) is None, "more is paid than there is"


def test_every_output_is_paid_and_no_input_pays_more_than_it_has() -> None:
    rng = np.random.default_rng(11)
    owned = [int(rng.integers(1, 4)) for _ in range(8)]
    change = rng.integers(50_000, 900_000, 8).tolist()
    spent = [number * SIZE + kept + FEE for number, kept in zip(owned, change, strict=True)]
    made = [SIZE] * sum(owned) + change
    shares = output_shares(spent, made)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(made)))
    assert ((shares * np.array(made)[:, None]).sum(axis=0) <= 1.001 * np.array(spent)).all()
    assert np.diag(shares[sum(owned) :]).mean() > 0.9
