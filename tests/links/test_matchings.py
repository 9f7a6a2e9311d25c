"""Shares of pairs in all matchings, against every matching counted one by one."""

import numpy as np
import numpy.typing as npt
import pytest

from clew.links.matchings import shares


def counted(
    deposit: npt.NDArray[np.int64], payout: npt.NDArray[np.int64], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The same by enumeration: of every subset of edges that is a matching, the product of its weights."""
    total, found = 0.0, np.zeros(len(weight))
    for subset in range(1 << len(weight)):
        edges = [edge for edge in range(len(weight)) if subset >> edge & 1]
        if len({deposit[e] for e in edges}) == len({payout[e] for e in edges}) == len(edges):
            product = float(np.prod(weight[edges]))
            total += product
            found[edges] += product
    return found / total


@pytest.mark.parametrize("seed", range(4))
def test_shares_are_those_of_every_matching_counted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.array([(d, p) for d in range(5) for p in range(5) if rng.random() < 0.45], dtype=np.int64)
    rng.shuffle(edges)
    weight = np.exp(rng.normal(2, 2, len(edges)))
    found = shares(edges[:, 0].copy(), edges[:, 1].copy(), weight, np.zeros(len(weight)), 5, 5, sweeps=2000)
    assert found == pytest.approx(counted(edges[:, 0], edges[:, 1], weight), abs=0.02)


def test_a_cycle_of_equal_candidates_is_shared_evenly() -> None:
    deposit, payout = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = shares(deposit, payout, np.full(4, 1e6), np.array([1.0, 0, 0, 1]), 2, 2)
    assert found == pytest.approx(np.full(4, 0.5), abs=1e-3)


def test_the_same_input_gives_the_same_answer() -> None:
    deposit, payout, weight = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([2.0, 3.0, 4.0])
    once, again = (shares(deposit, payout, weight, np.zeros(3), 2, 2, sweeps=50) for _ in range(2))
    assert np.array_equal(once, again)
