"""Assignments of notes to withdrawals: drawn as often as their odds say, counted out here for pools of a few notes."""

from itertools import permutations

import numpy as np
import pytest

from clew.links.spendings import AGES, Density, Spendings, draw_spendings, may_be_drawn

RNG = np.random.default_rng(5)
WAITS = RNG.integers(1, 4_000, 300)
ONE = np.zeros(300, dtype=np.int64)


def odds(deposited: list[int], withdrawn: list[int], density: Density) -> np.ndarray:
    """Of each withdrawal and note: the share of the assignments that join them, by all permutations."""
    until = max(*deposited, *withdrawn)
    log, found, total = density.logarithm()[0], np.zeros((len(withdrawn), len(deposited))), 0.0
    for way in permutations(range(len(deposited))):
        spent, left = way[: len(withdrawn)], way[len(withdrawn) :]
        ages = [block - deposited[note] for block, note in zip(withdrawn, spent, strict=True)]
        if min(ages) < 0 or list(left) != sorted(left):
            continue
        staying = density.longer(np.array([until - deposited[note] for note in left], dtype=np.int64)).sum()
        weight = float(np.exp(sum(log[np.searchsorted(AGES, age, side="right") - 1] for age in ages) + staying))
        found[range(len(withdrawn)), list(spent)] += weight
        total += weight
    return found / total


@pytest.mark.parametrize(
    ("deposited", "withdrawn"),
    [([0, 10], [300, 310]), ([0, 900, 1_000, 1_300], [1_100, 1_200, 9_000]), ([0, 5, 50, 500, 5_000], [60, 6_000])],
)
def test_shares_of_the_draws_are_those_of_all_ways_counted_out(deposited: list[int], withdrawn: list[int]) -> None:
    density = Density.learn(WAITS, ONE, 1)
    kind = np.zeros(len(withdrawn), dtype=np.int64)
    drawn = draw_spendings(np.array(deposited), np.array(withdrawn), kind, density, 8_000)
    shares = (drawn[:, :, None] == np.arange(len(deposited))).mean(axis=0)
    assert shares == pytest.approx(odds(deposited, withdrawn, density), abs=0.03)


def test_a_note_is_spent_once_and_never_before_it_is_made_and_draws_are_the_same_at_every_run() -> None:
    deposited = np.sort(RNG.integers(0, 50_000, 80))
    withdrawn = np.sort(deposited[:60] + RNG.integers(1, 4_000, 60))
    density, kind = Density.learn(WAITS, ONE, 1), np.zeros(60, dtype=np.int64)
    drawn = draw_spendings(deposited, withdrawn, kind, density, 50)
    assert all(len(set(row)) == 60 for row in drawn.tolist())
    assert (deposited[drawn] <= withdrawn).all()
    assert (drawn == draw_spendings(deposited, withdrawn, kind, density, 50)).all()


def test_who_waits_otherwise_is_told_by_his_kind() -> None:
    """Two notes, two withdrawals: the patient kind takes the old one."""
    waits = np.concatenate([RNG.integers(1, 200, 200), RNG.integers(8_000, 12_000, 200)])
    density = Density.learn(waits, np.repeat([0, 1], 200), 2)
    pool = np.array([0, 10_000]), np.array([10_050, 10_060])
    for kind, old in (([0, 1], 1), ([1, 0], 0)):
        drawn = draw_spendings(*pool, np.array(kind), density, 200)
        assert (drawn[:, old] == 0).mean() > 0.95


def test_a_kind_borrows_from_all_in_so_far_as_that_predicts_it() -> None:
    rng = np.random.default_rng(7)
    apart, alike = rng.integers(36_000, 36_900, 36), rng.integers(1, 4_000, 36)
    kind = np.repeat([0, 1], [300, 36])
    own = Density.learn(np.concatenate([WAITS, apart]), kind, 2).mass
    first, last = np.searchsorted(AGES, [36_000, 36_900], side="right") - 1
    assert own[1, first : last + 1].sum() > 0.98
    shared = Density.learn(np.concatenate([WAITS, alike]), kind, 2).mass
    assert abs(shared[1] - shared[0]).sum() < 0.4 < abs(own[1] - own[0]).sum()


def test_the_density_is_of_one_wait_and_an_age_never_seen_stays_possible() -> None:
    density = Density.learn(WAITS, ONE, 1)
    assert density.mass.sum(axis=1) == pytest.approx([1.0])
    assert (density.mass > 0).all()
    assert float(np.exp(density.longer(np.array([2_000]))[0])) == pytest.approx((WAITS > 2_000).mean(), abs=0.06)


def test_notes_that_are_never_spent_are_counted_among_those_that_stay() -> None:
    """One note in five is never taken out; half of the withdrawals are known."""
    stood = np.full(len(WAITS) * 5 // 4, 1_000_000)
    density = Density.learn(WAITS[::2], ONE[::2], 1, stood, 0.5)
    assert float(np.exp(density.longer(np.array([500_000]))[0])) == pytest.approx(0.2, abs=0.01)
    every = Density.learn(WAITS[::2], ONE[::2], 1)
    assert float(np.exp(every.longer(np.array([500_000]))[0])) < 0.01


def test_a_wait_counts_among_the_notes_that_stood_so_long() -> None:
    """Half of the notes came in too late to be seen waiting 2,000 blocks or more."""
    stood = np.concatenate([np.full(150, 10**6), np.full(150, 2_000)])
    seen = np.concatenate([WAITS[:150], WAITS[150:][WAITS[150:] <= 2_000]])
    density = Density.learn(seen, np.zeros(len(seen), dtype=np.int64), 1, stood, 1.0)
    assert float(np.exp(density.longer(np.array([3_000]))[0])) == pytest.approx((WAITS > 3_000).mean(), abs=0.06)


def test_more_withdrawals_than_notes_cannot_be_drawn() -> None:
    assert may_be_drawn(np.array([1, 2]), np.array([1, 2]))
    assert not may_be_drawn(np.array([1, 3]), np.array([2, 2]))
    assert not may_be_drawn(np.array([1]), np.array([2, 3]))


def test_shares_by_weight_are_counted_out_for_few_notes_and_drawn_for_many() -> None:
    """Two withdrawals of three notes: six assignments, each the product of two weights and what the third weighs."""
    weight, left = np.array([[3.0, 1.0, 0.0], [2.0, 2.0, 4.0]]), np.array([0.5, 1.0, 0.25])
    way = {(0, 1): 3 * 2 * 0.25, (0, 2): 3 * 4 * 1.0, (1, 0): 1 * 2 * 0.25, (1, 2): 1 * 4 * 0.5}
    total = sum(way.values())
    first = [sum(w for (one, _), w in way.items() if one == note) / total for note in range(3)]
    second = [sum(w for (_, two), w in way.items() if two == note) / total for note in range(3)]
    shares, drawn = Spendings(3).share(weight, left)
    assert shares == pytest.approx(np.array([first, second]), abs=1e-9)
    assert drawn is None
    far = np.full((2, 12), 0.0)
    many = np.concatenate([np.concatenate([weight, far], axis=1), np.eye(12, 15, 3)])
    shares, last = Spendings(15).share(many, np.concatenate([left, np.ones(12)]), 20_000)
    assert shares[:2, :3] == pytest.approx(np.array([first, second]), abs=0.02)
    assert shares.sum(axis=1) == pytest.approx(np.ones(14))
    assert last is not None
    assert (last.sum(axis=1) == 1).all()
    assert last.sum(axis=0).max() == 1


def test_where_weights_change_the_draws_go_on_from_the_last_one_and_follow_them() -> None:
    """Of 20 notes each withdrawal takes its own; then, by other weights, that of its neighbour."""
    own, left = np.full((20, 20), 0.01) + np.eye(20), np.ones(20)
    pool = Spendings(20)
    for place in (0, 1, 2):
        shares, last = pool.share(np.roll(own, place, axis=1), left, 200)
        assert np.roll(shares, -place, axis=1).diagonal().min() > 0.6
        assert last is not None
        assert np.roll(last, -place, axis=1).trace() > 12
