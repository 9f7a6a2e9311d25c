"""How long a note waits in a pool, learnt from withdrawals whose deposit is known: each candidate's probability.

People wait as long as they wait, whoever else is there: each bin of age has a weight, a withdrawal's right deposit is
in one of the bins that hold a candidate with a probability in proportion to it, and is any of the bin's alike. Ages
are in blocks, so that order is exact and nothing is interpolated.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EDGES: Ints = np.array([0, 20, 160, 1_280, 10_240, 81_920, 655_360, 2**62], dtype=np.int64)
"""A bin holds ages from its edge to below the next: on Ethereum 5 and 35 minutes, 5 hours, 38 hours, 13 and 100 days.

So few that a few hundred pairs fill each with some dozens.
"""
BINS = len(EDGES) - 1
_ROUNDS = 200


def count_by_age(deposited: Ints, withdrawn: Ints) -> Ints:
    """Of each withdrawal (rows), how many deposits are in each bin of age; both as blocks, `deposited` ascending."""
    upto = np.searchsorted(deposited, withdrawn[:, None] - EDGES[None, :], side="right")
    counts: Ints = upto[:, :-1] - upto[:, 1:]
    return counts


def bin_of(age: Ints) -> Ints:
    """The bin of each age in blocks."""
    found: Ints = np.searchsorted(EDGES, age, side="right").astype(np.int64) - 1
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """The weight of each bin of age."""

    weight: Floats
    pairs: int
    """Known pairs it was learnt from."""

    @classmethod
    def learn(cls, counts: Ints, chosen: Ints) -> "Waiting":
        """The most likely weights (minorise-maximise: Hunter, Annals of Statistics 32, 2004).

        `counts`: candidates by age, a row for each pair; `chosen`: the bin of the right one. One pair of no meaning is
        added, spread evenly over its bins, so that an age never seen stays possible.
        """
        pairs, bins = counts.shape
        weight: Floats = np.ones(bins)
        if not pairs:
            return cls(weight, 0)
        held = (counts > 0).astype(np.float64)
        seen = np.bincount(chosen, minlength=bins) + (held / held.sum(axis=1, keepdims=True)).mean(axis=0)
        for _ in range(_ROUNDS):
            expected = weight * (held / (held @ weight)[:, None]).sum(axis=0) * (pairs + 1) / pairs
            weight = np.where(expected > 0, weight * seen / np.maximum(expected, 1e-300), weight)
            weight /= weight.max()
        return cls(weight, pairs)

    def probability(self, counts: Ints) -> Floats:
        """Of one candidate in each bin of age, for each row of counts; 0 where the bin is empty."""
        held = (counts > 0) * self.weight
        total = held.sum(axis=1, keepdims=True) * np.maximum(counts, 1)
        found: Floats = np.divide(held, total, out=np.zeros(counts.shape), where=total > 0)
        return found


@cache
def learnt_facts() -> dict[str, Any]:
    """What ships: weights learnt from known pairs of Ethereum's ether pools, on which pairs, and how well they held."""
    return tomllib.loads(Path(__file__).with_name("waiting.toml").read_text(encoding="utf-8"))


def learnt_waiting() -> Waiting:
    """The weights that ship; for chains with Ethereum's pace of blocks alone."""
    facts = learnt_facts()
    return Waiting(np.array(facts["weights"], dtype=np.float64), int(facts["pairs"]))
