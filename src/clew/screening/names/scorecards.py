"""The weights behind a name score, as ``weights.toml`` gives them."""

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from clew.screening.names.features import FEATURES, Measure, name_of

_FILE = Path(__file__).with_name("weights.toml")


@cache
def _tables() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def threshold() -> float:
    """The score from which a comparison is a match."""
    return float(tomllib.loads(_FILE.read_text(encoding="utf-8"))["threshold"])


@cache
def least_points() -> float:
    """The threshold as log-odds."""
    return math.log(threshold() / (1 - threshold()))


@cache
def intercept(card: str) -> float:
    """Points that every comparison of a scorecard starts from."""
    return _tables()[card]["intercept"]


@cache
def weighted(card: str) -> tuple[tuple[Measure, str, float], ...]:
    """Each feature of a scorecard with its name and its weight."""
    weights = _tables()[card]
    return tuple((measure, name_of(measure), weights[name_of(measure)]) for measure in FEATURES[card])


def weight_of(card: str, measure: Measure) -> float:
    """The weight of one feature."""
    return _tables()[card][name_of(measure)]


@cache
def prior(card: str) -> tuple[float, ...]:
    """The judgement that fitting starts from, in the order of the scorecard's features."""
    return tuple(_tables()["prior"][name_of(measure)] for measure in FEATURES[card])


def qualifier(name: str) -> float:
    """Points of a qualifier."""
    return _tables()["qualifiers"][name]
