"""How often the name matcher is right on labelled pairs, as shipped and where it learns without the answer.

Cross-validation puts a pair into one of five folds by the hash of its names, so that a pair that occurs twice stays in
one fold. For each fold the weights are fitted, and a threshold chosen, on the other four alone.
"""

import csv
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clew.errors import InputError
from clew.scores.name_fit import Fit, fit
from clew.screening.names import Kind, compare_names, threshold
from clew.screening.names.features import FEATURES
from clew.screening.names.scorer import align_names, card_of

FOLDS = 5
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Thresholds whose figures are told beside the shipped one's."""
KINDS = {
    "person": Kind.PERSON,
    "company": Kind.ORGANISATION,
    "organization": Kind.ORGANISATION,
    "legalentity": Kind.UNKNOWN,
    "vessel": Kind.VESSEL,
}
"""The schemas of a file of pairs, as FollowTheMoney names them."""
_NEEDED = ("schema", "name1", "name2", "is_match")
GROUPINGS = ("case_group", "schema", "quality", "category")


@dataclass(frozen=True, slots=True)
class NamePair:
    """Two names and whether they can be one bearer's."""

    one: str
    other: str
    kind: Kind
    match: bool
    groups: tuple[str, ...]
    """In the order of GROUPINGS."""


def read_pairs(path: Path) -> list[NamePair]:
    """The pairs of a CSV file; InputError names a missing column or a wrong line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error
    rows = csv.DictReader(text.splitlines())
    missing = [column for column in _NEEDED if column not in (rows.fieldnames or ())]
    if missing:
        mend = f"the first line names at least: {','.join(_NEEDED)}"
        raise InputError(f"no column {' or '.join(missing)}", where=str(path), mend=mend)
    pairs = [_pair(row, f"{path}, line {rows.line_num}") for row in rows]
    if not pairs:
        raise InputError("no pair", where=str(path))
    return pairs


def _pair(row: dict[str, str | None], where: str) -> NamePair:
    schema, label = (row["schema"] or "").strip().lower(), (row["is_match"] or "").strip().lower()
    if schema not in KINDS:
        raise InputError(f"unknown schema {schema!r}", where=where, mend=f"known: {', '.join(KINDS)}")
    if label not in ("true", "false"):
        raise InputError(f"is_match is {label!r}", where=where, mend="write true or false")
    groups = tuple((row.get(grouping) or "").strip() or "none" for grouping in GROUPINGS)
    return NamePair(row["name1"] or "", row["name2"] or "", KINDS[schema], label == "true", groups)


def score(pairs: Sequence[NamePair], *, wrong: bool = False) -> dict[str, Any]:
    """The figures that ``docs/names.md`` describes; with `wrong`, the pairs that are answered wrongly too."""
    scores, seconds = _answers(pairs)
    truth = np.array([pair.match for pair in pairs])
    best = best_threshold(scores, truth)
    found = {
        "pairs": len(pairs),
        "threshold": threshold(),
        **figures(scores >= threshold(), truth),
        "best": {"threshold": round(best, 3), **figures(scores >= best, truth)},
        "at": {str(level): figures(scores >= level, truth) for level in LEVELS},
        "cross_validated": cross_validate(pairs),
        "by": {grouping: _by(pairs, scores, truth, place) for place, grouping in enumerate(GROUPINGS)},
        "microseconds_per_pair": {
            "p50": round(float(np.percentile(seconds, 50)) * 1e6),
            "p95": round(float(np.percentile(seconds, 95)) * 1e6),
        },
    }
    if wrong:
        found["wrong"] = [
            {"name1": pair.one, "name2": pair.other, "is_match": pair.match, "score": round(float(value), 3)}
            for pair, value in zip(pairs, scores, strict=True)
            if (value >= threshold()) != pair.match
        ]
    return found


def _answers(pairs: Iterable[NamePair]) -> tuple[Any, Any]:
    """Score and CPU seconds of each pair."""
    scores, seconds = [], []
    for pair in pairs:
        start = time.thread_time()
        scores.append(compare_names(pair.one, pair.other, pair.kind).score)
        seconds.append(time.thread_time() - start)
    return np.array(scores), np.array(seconds)


def figures(found: Any, truth: Any) -> dict[str, Any]:
    """Counts, precision, recall and F1 of yes-or-no answers; None where there is nothing to divide by."""
    right, false, missed = int((found & truth).sum()), int((found & ~truth).sum()), int((~found & truth).sum())
    return {
        "true_positives": right,
        "false_positives": false,
        "false_negatives": missed,
        "true_negatives": int((~found & ~truth).sum()),
        "precision": _share(right, right + false),
        "recall": _share(right, right + missed),
        "f1": _share(2 * right, 2 * right + false + missed),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _by(pairs: Sequence[NamePair], scores: Any, truth: Any, place: int) -> dict[str, Any]:
    """Figures for each value of a grouping, in alphabetical order."""
    values = np.array([pair.groups[place] for pair in pairs])
    return {
        str(value): figures(scores[values == value] >= threshold(), truth[values == value])
        for value in np.unique(values)
    }


def best_threshold(scores: Any, truth: Any) -> float:
    """The score from which F1 is highest; the middle between it and the next lower score."""
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], np.cumsum(truth[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = 0  # a threshold cannot part equal scores
    last = int(np.argmax(f1))
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return float((ranked[last] + below) / 2)


def fold_of(pair: NamePair) -> int:
    """The fold of a pair: by the hash of its kind and of both names, in either order."""
    text = "\n".join((pair.kind, *sorted((pair.one, pair.other))))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] % FOLDS


def cross_validate(pairs: Sequence[NamePair], learn: Callable[[Any, Any, str], Fit] = fit) -> dict[str, Any]:
    """Figures over all pairs, each answered by weights and a threshold from the other folds."""
    folds, truth = np.array([fold_of(pair) for pair in pairs]), np.array([pair.match for pair in pairs])
    cards, values = np.array([card_of(pair.kind) for pair in pairs]), [feature_values(pair) for pair in pairs]
    found = np.zeros(len(pairs), bool)
    thresholds = []
    for fold in range(FOLDS):
        known = folds != fold
        if not known.any() or known.all():
            continue
        points = np.full(len(pairs), -np.inf)
        for card in FEATURES:
            rows = np.array([i for i, row in enumerate(values) if row is not None and cards[i] == card], int)
            if not len(rows):
                continue
            table = np.array([values[i] for i in rows])
            learned = learn(table[known[rows]], truth[rows][known[rows]], card)
            points[rows] = learned.points(table)
        chosen = best_threshold(1 / (1 + np.exp(-points[known])), truth[known])
        thresholds.append(round(chosen, 3))
        found[~known] = 1 / (1 + np.exp(-points[~known])) >= chosen
    return {"folds": FOLDS, "thresholds": thresholds, **figures(found, truth)}


def feature_values(pair: NamePair) -> list[float] | None:
    """The features' values; None where a name is empty."""
    aligned = align_names(pair.one, pair.other, pair.kind)
    return None if aligned is None else [measure(aligned)[0] for measure in FEATURES[card_of(pair.kind)]]
