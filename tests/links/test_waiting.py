"""How long notes wait: weights learnt from made pairs, and probabilities that add up."""

import numpy as np
import pytest

from clew.links.waiting import BINS, EDGES, Waiting, bin_of, count_by_age

RNG = np.random.default_rng(11)


def test_candidates_are_counted_by_age_and_never_after_the_withdrawal() -> None:
    deposited = np.array([100, 100, 5_000, 9_990, 10_000, 10_001])
    counts = count_by_age(deposited, np.array([10_000]))
    expected = [0] * BINS
    for block in (100, 100, 5_000, 9_990, 10_000):
        expected[bin_of(np.array([10_000 - block]))[0]] += 1
    assert counts.tolist() == [expected]
    assert counts.sum() == 5


@pytest.mark.parametrize("edge", EDGES[:-1].tolist())
def test_an_edge_belongs_to_the_bin_it_begins(edge: int) -> None:
    assert EDGES[bin_of(np.array([edge]))[0]] == edge
    assert count_by_age(np.array([2**40]), np.array([2**40 + edge]))[0, bin_of(np.array([edge]))[0]] == 1


def test_what_was_put_in_is_learnt() -> None:
    """Bins hold a candidate at random; the right one is drawn by weight among those that do."""
    truth = np.array([4.0, 2.0, 1.0, 1.0, 0.5, 0.5, 1.0])
    counts = RNG.integers(0, 3, (4000, BINS)) * RNG.integers(1, 50, (4000, BINS))
    counts[:, -1] += 1
    chance = (counts > 0) * truth
    chance /= chance.sum(axis=1, keepdims=True)
    chosen = np.array([RNG.choice(BINS, p=row) for row in chance])
    learnt = Waiting.learn(counts, chosen)
    assert learnt.pairs == 4000
    assert learnt.weight * 4 == pytest.approx(truth, rel=0.15)
    each = learnt.probability(counts)
    assert (counts * each).sum(axis=1) == pytest.approx(np.ones(4000))
    assert (each[counts == 0] == 0).all()


def test_an_age_never_seen_stays_possible() -> None:
    learnt = Waiting.learn(np.ones((50, BINS), dtype=np.int64), np.zeros(50, dtype=np.int64))
    each = learnt.probability(np.ones((1, BINS), dtype=np.int64))[0]
    assert each[0] > 0.9
    assert (each > 0).all()


def test_nothing_known_makes_every_age_alike_and_nothing_there_is_nothing() -> None:
    plain = Waiting.learn(np.zeros((0, BINS), dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert plain.probability(np.zeros((1, BINS), dtype=np.int64)).sum() == 0
    assert plain.probability(np.ones((1, BINS), dtype=np.int64))[0] == pytest.approx(np.full(BINS, 1 / BINS))
