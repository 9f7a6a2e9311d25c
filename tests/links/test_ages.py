"""How long notes wait, learnt from events alone: pools are made in which it is known."""

import numpy as np
import pytest

from clew.links.ages import AGES, Aged, Ages
from clew.links.waiting import BINS, Waiting

EVEN = Waiting(np.ones(BINS), 1)


def pool(seed: int, *, own: float = 0.0, several: bool = False) -> Aged:
    """300 notes that wait 300 to 600 blocks; of `own` the payer takes back his. With `several`, 40 of one more owner
    put in together, that wait 20,000."""
    rng = np.random.default_rng(seed)
    put, wait = rng.integers(0, 300_000, 300), rng.integers(300, 600, 300)
    payer = np.arange(300)
    taker = np.where(rng.random(300) < own, payer, 1_000 + payer)
    kind = np.zeros(300, dtype=np.int64)
    if several:
        put = np.concatenate([put, rng.integers(100_000, 100_400, 40)])
        wait = np.concatenate([wait, rng.integers(19_000, 20_000, 40)])
        payer, taker = np.concatenate([payer, np.full(40, 5_000)]), np.concatenate([taker, np.full(40, 6_000)])
        kind = np.concatenate([kind, np.ones(40, dtype=np.int64)])
    first, then = np.argsort(put, kind="stable"), np.argsort(put + wait, kind="stable")
    return Aged.of((put[first], (put + wait)[then]), (payer[first], taker[then]), kind[then])


def share(ages: Ages, kind: int, low: int, high: int) -> float:
    """Of waits from `low` to `high`, and a quarter of an octave to either side, over which they are smoothed."""
    inside = (AGES[1:] > low / 1.2) & (AGES[:-1] < high * 1.2)
    return float(ages.mass[kind][inside].sum())


def test_ages_are_learnt_though_no_pair_is_known() -> None:
    ages = Ages.learn([pool(1)], EVEN)
    assert share(ages, 0, 300, 600) > 0.85
    assert ages.mass.sum(axis=1) == pytest.approx([1, 1])


def test_who_is_paid_several_notes_is_learnt_apart() -> None:
    ages = Ages.learn([pool(2, several=True)], EVEN)
    assert share(ages, 0, 300, 600) > 0.8
    assert share(ages, 1, 19_000, 20_000) > 0.6 > 0.1 > share(ages, 1, 300, 600)


def test_an_address_that_is_paid_after_it_put_in_a_note_takes_back_its_own() -> None:
    made = pool(3, own=0.3)
    assert Ages.learn([made], EVEN).returned > 0.95
    weight = Ages.learn([made], EVEN).weigh(made)
    rows = made.back.any(axis=1)
    assert (weight[rows] * made.back[rows]).sum(axis=1) == pytest.approx(np.full(rows.sum(), 1.0), abs=0.05)
    assert Ages.learn([pool(3)], EVEN).returned == 0.5, "nothing is known"


def test_where_as_many_are_paid_before_they_put_in_a_note_it_is_chance() -> None:
    """Address 1 puts in, address 2 is paid, address 1 is paid, address 2 puts in."""
    made = Aged.of(
        (np.array([0, 9]), np.array([3, 5])), (np.array([1, 2]), np.array([2, 1])), np.zeros(2, dtype=np.int64)
    )
    assert Ages.learn([made], EVEN).returned == pytest.approx(1 / 3)


def test_without_events_the_first_guess_is_left() -> None:
    quick = Waiting(np.array([3.0] + [1.0] * (BINS - 1)), 1)
    ages = Ages.learn([], quick)
    assert float(ages.mass[0][AGES[1:] <= 20].sum()) == pytest.approx(3 / (BINS + 2), abs=0.05)


def test_a_note_is_less_likely_there_still_the_longer_it_stood() -> None:
    made = pool(4)
    left = Ages.learn([made], EVEN).left(made)
    assert (np.diff(left[np.argsort(made.stood)]) <= 0).all()
    assert left.min() > 0
