"""How long notes wait, learnt from events alone: pools are made in which it is known."""

import numpy as np
import pytest

from clew.links.ages import AGES, Aged, Floats, Waits
from clew.links.waiting import BINS, Waiting

EVEN = Waiting(np.ones(BINS), 1)


def pool(seed: int, *, own: float = 0.0, several: bool = False, theft: bool = False) -> Aged:
    """300 notes that wait 300 to 600 blocks; of `own` the payer takes back his. With `several`, 40 of one more owner
    put in together, that wait 20,000; he may be a thief."""
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
    stolen = np.isin(payer[first], 5_000 if theft else -1).astype(np.int64)
    return Aged.of((put[first], (put + wait)[then]), (payer[first], taker[then]), kind[then], stolen)


def share(taken: Floats, low: int, high: int) -> float:
    """Of all waits that can be seen, those from `low` to `high` and a quarter of an octave to either side."""
    inside, seen = (AGES[1:] > low / 1.2) & (AGES[:-1] < high * 1.2), AGES[1:] < 300_000
    return float(taken[inside].sum() / taken[seen].sum())


def test_ages_are_learnt_though_no_pair_is_known() -> None:
    ages = Waits([pool(1)], EVEN).learn()
    assert share(ages.taken[0, 0], 300, 600) > 0.95
    assert ages.taken[0, :, AGES[1:] < 3_000].sum() == pytest.approx(1, abs=0.1), "all are taken out"


def test_who_is_paid_several_notes_is_learnt_apart() -> None:
    ages = Waits([pool(2, several=True)], EVEN).learn()
    assert share(ages.taken[0, 0], 300, 600) > 0.95
    assert share(ages.taken[0, 1], 19_000, 20_000) > 0.85 > 0.1 > share(ages.taken[0, 1], 300, 600)


def test_how_a_thief_waits_is_learnt_from_his_own_notes() -> None:
    ages = Waits([pool(2, several=True, theft=True)], EVEN).learn()
    everybodys, thiefs = ages.taken.sum(axis=1)
    assert share(everybodys, 300, 600) > 0.95
    assert share(thiefs, 10_000, 40_000) > 0.55 > 0.02 > share(thiefs, 300, 600)


def test_a_thief_of_whom_nothing_is_seen_takes_a_note_out_at_any_time_alike() -> None:
    """The crowd waits some 450 blocks, which says nothing of him."""
    made = pool(1)
    ages = Waits([made], EVEN).learn()
    everybodys, thiefs = ages.taken.sum(axis=1)
    assert share(everybodys, 300, 600) > 0.95
    density = (thiefs / ages.width)[AGES[:-1] < 300_000]
    assert density == pytest.approx(np.full(len(density), density[0]))
    assert thiefs[AGES[:-1] < 300_000].sum() == pytest.approx(1, abs=0.2), "by now he took it out as surely as others"


def test_an_address_that_is_paid_after_it_put_in_a_note_takes_back_its_own() -> None:
    made = pool(3, own=0.3)
    assert Waits([made], EVEN).learn().returned > 0.95
    weight = Waits([made], EVEN).learn().weigh(made)
    rows = made.back.any(axis=1)
    assert (weight[rows] * made.back[rows]).sum(axis=1) == pytest.approx(np.full(rows.sum(), 1.0), abs=0.05)
    assert Waits([pool(3)], EVEN).learn().returned == 0.5, "nothing is known"


def test_where_as_many_are_paid_before_they_put_in_a_note_it_is_chance() -> None:
    """Address 1 puts in, address 2 is paid, address 1 is paid, address 2 puts in."""
    none = np.zeros(2, dtype=np.int64)
    made = Aged.of((np.array([0, 9]), np.array([3, 5])), (np.array([1, 2]), np.array([2, 1])), none, none)
    assert Waits([made], EVEN).learn().returned == pytest.approx(1 / 3)


def test_without_events_the_first_guess_is_left() -> None:
    quick = Waiting(np.array([3.0] + [1.0] * (BINS - 1)), 1)
    ages = Waits([], quick).learn()
    assert float(ages.taken[0].sum(axis=0)[AGES[1:] <= 20].sum()) == pytest.approx(3 / (BINS + 2), abs=0.05)


def test_ages_are_those_of_the_pairs_they_are_learnt_from_each_counted_as_often_as_it_is_said_to_be() -> None:
    """Two notes, taken out after 400 and after 9,000 blocks; whoever took the second stands for 30 pairs."""
    none = np.zeros(2, dtype=np.int64)
    made = Aged.of((np.array([0, 1]), np.array([400, 9_001])), (np.array([1, 2]), np.array([3, 4])), none, none)
    waits = Waits([made], EVEN)
    assert waits.recipients == 5
    quick, slow = (waits.learn_from([np.diag(counts)]).taken[0, 0] for counts in ([30.0, 1.0], [1.0, 30.0]))
    assert share(quick, 400, 400) > 2 * share(slow, 400, 400)
    assert share(slow, 9_000, 9_000) > 2 * share(quick, 9_000, 9_000)


def test_a_note_is_less_likely_there_still_the_longer_it_stood() -> None:
    made = pool(4)
    left = Waits([made], EVEN).learn().left(made)
    assert (np.diff(left[np.argsort(made.stood)]) <= 0).all()
    assert left.min() > 0
