"""The weights of a name scorecard from labelled pairs: ridge logistic regression drawn towards a prior. Pure.

A weight never changes its prior's sign: a contradiction cannot come to speak for a match because few pairs say so. The
optimum is found by accelerated projected gradient steps (Beck and Teboulle, 2009), which need no library beyond numpy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.screening.names.features import FEATURES, name_of
from clew.screening.names.scorecards import prior

RIDGE = 2.0
"""How strongly weights are drawn to the prior: as much as the curvature of eight undecided pairs."""
STEPS = 3000


@dataclass(frozen=True)
class Fit:
    """An intercept and the weights of a scorecard's features."""

    intercept: float
    weights: Any

    def points(self, table: Any) -> Any:
        """Log-odds of each row of feature values."""
        return self.intercept + table @ self.weights

    def rounded(self, card: str) -> dict[str, float]:
        """As ``weights.toml`` holds it: to one decimal."""
        named = zip(map(name_of, FEATURES[card]), self.weights, strict=True)
        return {"intercept": round(self.intercept, 1), **{name: round(float(w), 1) + 0.0 for name, w in named}}


def fit(table: Any, truth: Any, card: str) -> Fit:
    """The weights for rows of feature values and whether each is a match."""
    drawn = np.array([0.0, *prior(card)])
    rows = np.column_stack([np.ones(len(table)), table])
    ridge = np.array([0.0] + [RIDGE] * table.shape[1])
    step = 1 / (np.linalg.eigvalsh(rows.T @ rows)[-1] / 4 + RIDGE)
    weights, ahead, pace = drawn.copy(), drawn.copy(), 1.0
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ ahead))
        moved = ahead - step * (rows.T @ (chance - truth) + ridge * (ahead - drawn))
        moved[1:] = np.where(drawn[1:] > 0, np.maximum(moved[1:], 0), np.minimum(moved[1:], 0))
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    return Fit(float(weights[0]), weights[1:])
