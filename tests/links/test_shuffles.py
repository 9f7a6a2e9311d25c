"""Base rates by shuffling: what chance links, that it repeats, and that strata hold."""

import numpy as np
import pytest

from clew.links.shuffles import NEVER, base_rate, deals

RNG = np.random.default_rng(5)


def test_a_deal_moves_rows_inside_their_stratum_alone_and_repeats() -> None:
    stratum = RNG.integers(0, 4, 200)
    for deal, again in zip(deals(stratum, 20, 3), deals(stratum, 20, 3), strict=True):
        assert sorted(deal.tolist()) == list(range(200))
        assert (stratum[deal] == stratum).all()
        assert (deal == again).all()


def test_keys_of_their_own_beat_chance() -> None:
    """100 withdrawals of a day, ten of whose recipients deposited before: one of 10 dealt to another links."""
    keys, block = np.arange(100), np.full(100, 50)
    since = np.where(keys < 10, 20, NEVER)
    rate = base_rate(keys, since, block, np.zeros(100, dtype=np.int64), 2000)
    assert (rate.links, rate.eligible) == (10, 100)
    assert rate.by_chance == pytest.approx(10 * 9 / 99, rel=0.05)
    assert rate.probability == pytest.approx(1 - 9 / 99, rel=0.01)
    assert rate.beats_chance


def test_where_everybody_matches_a_match_says_nothing() -> None:
    keys, block = RNG.integers(0, 30, 300), np.full(300, 50)
    rate = base_rate(keys, np.zeros(30, dtype=np.int64), block, np.zeros(300, dtype=np.int64), 100)
    assert (rate.links, rate.by_chance, rate.probability, rate.lift) == (300, 300.0, 0.0, 1.0)
    assert not rate.beats_chance


def test_a_deposit_after_the_withdrawal_links_nothing() -> None:
    rate = base_rate(np.array([0]), np.array([51]), np.array([50]), np.array([0]), 10)
    assert (rate.links, rate.probability, rate.lift, rate.beats_chance) == (0, 0.0, None, False)
    assert rate.impossible == 1


def test_a_stratum_of_one_cannot_be_shuffled_and_so_not_told_from_chance() -> None:
    rate = base_rate(np.array([0, 1]), np.array([1, NEVER]), np.array([50, 9000]), np.array([0, 1]), 10)
    assert (rate.links, rate.by_chance, rate.beats_chance) == (1, 1.0, False)
