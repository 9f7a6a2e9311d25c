"""Fitting a scorecard: it learns what the rows say, and keeps to its signs and, without rows' say, to its prior."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clew.scores.name_fit import fit
from clew.scores.names import feature_values, read_pairs
from clew.screening.names.features import FEATURES, name_of
from clew.screening.names.scorecards import intercept, prior, weighted
from clew.screening.names.scorer import card_of

NAMES = [name_of(measure) for measure in FEATURES["person"]]


def test_a_feature_that_never_holds_keeps_its_prior() -> None:
    table = np.zeros((20, len(NAMES)))
    table[:10, NAMES.index("agreement")] = 1
    found = fit(table, np.arange(20) < 10, "person")
    assert found.weights[NAMES.index("agreement")] > prior("person")[NAMES.index("agreement")]
    assert found.weights[NAMES.index("lone-word")] == pytest.approx(prior("person")[NAMES.index("lone-word")], abs=1e-6)


def test_no_weight_changes_its_sign() -> None:
    table = np.zeros((40, len(NAMES)))
    table[:20, NAMES.index("contradiction")] = 1
    found = fit(table, np.arange(40) < 20, "person")
    assert found.weights[NAMES.index("contradiction")] == 0


@pytest.mark.data
def test_the_shipped_weights_are_those_of_the_benchmark(shared_data: Callable[[str], Path]) -> None:
    pairs = read_pairs(shared_data("names/cases.csv"))
    for card in FEATURES:
        rows = [
            (values, pair.match) for pair in pairs if card_of(pair.kind) == card and (values := feature_values(pair))
        ]
        found = fit(np.array([values for values, _ in rows]), np.array([match for _, match in rows]), card).rounded(
            card
        )
        shipped = {"intercept": intercept(card), **{name: weight for _, name, weight in weighted(card)}}
        assert found == pytest.approx(shipped, abs=0.11)
