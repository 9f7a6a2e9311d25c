"""Whether stated probabilities hold: of links said to be right with probability p, the share p should be right."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]
Truths = npt.NDArray[np.bool_] | npt.NDArray[np.float64]
POINTS = 0.05
FEWEST_IN_BIN = 100
"""Links below which a bin is joined with the next: the error of a share of so many is 5 points at worst."""
_BINS = 10
_SURE = 1.96
"""Standard errors to either side that hold 95 of 100 chances."""


class Stated(NamedTuple):
    """Statements, each with its truth."""

    probability: npt.NDArray[np.float64]
    right: Truths
    """Whether it is so; of a stated part of something, which part it truly is."""
    subject: npt.NDArray[np.int64]
    """What it is a statement about: those about one subject are right or wrong together."""

    @classmethod
    def alone(cls, probability: npt.NDArray[np.float64], right: Truths) -> "Stated":
        """Each about a subject of its own."""
        return cls(probability, right, np.arange(len(right)))


def pooled(each: Sequence[Stated]) -> Stated:
    """The statements of all, subjects kept apart."""
    ends = np.cumsum([0, *(int(stated.subject.max(initial=-1)) + 1 for stated in each)])
    subjects = [stated.subject + end for stated, end in zip(each, ends.tolist(), strict=False)]
    probability, right = ([*column] for column in zip(*((s.probability, s.right) for s in each), strict=True))
    return Stated(np.concatenate(probability), np.concatenate(right), np.concatenate(subjects))


def gaps(stated: Stated) -> Json:
    """Stated probabilities beside observed shares, in bins wide enough to be measured, each gap with its error.

    The error of a gap is that of calibrated statements of these probabilities (binomial), or what the sums of each
    subject's own gaps say where that is more. `interval` is 95 % wide. `off_beyond_chance`: some bin is off by more
    than 5 points, and its interval does not hold 0. The interval is of what came minus what was stated.
    `expected_calibration_error_points`: the mean gap over bins, whatever its sign, each bin weighing as many as it
    holds (Naeini, Cooper and Hauskrecht, AAAI 2015).
    """
    if not len(stated.right):
        nothing = dict.fromkeys(
            ("overall_points", "expected_calibration_error_points", "largest_gap_points", "largest_gap_interval")
        )
        return {"bins": [], **nothing, "within_5_points": False, "off_beyond_chance": False}
    which = np.minimum((stated.probability * _BINS).astype(np.int64), _BINS - 1)
    bins = [_row(stated, (which >= first) & (which <= last), first, last) for first, last in _wide(which)]
    worst = max(bins, key=lambda row: abs(row["points"]))
    limit = 100 * POINTS
    error = sum(row["links"] * abs(row["points"]) for row in bins) / len(stated.right)
    return {
        "bins": bins,
        "overall_points": round(100 * float(stated.right.mean() - stated.probability.mean()), 2),
        "expected_calibration_error_points": round(error, 2),
        "largest_gap_points": abs(worst["points"]),
        "largest_gap_interval": worst["interval"],
        "within_5_points": abs(worst["points"]) <= limit,
        "off_beyond_chance": any(
            abs(row["points"]) > limit and (row["interval"][0] > 0 or row["interval"][1] < 0) for row in bins
        ),
    }


def _row(stated: Stated, inside: npt.NDArray[np.bool_], first: int, last: int) -> Json:
    probability, right = stated.probability[inside], stated.right[inside]
    off = right - probability
    subjects = np.unique(stated.subject[inside], return_inverse=True)[1]
    variance = max(float((probability * (1 - probability)).sum()), float((np.bincount(subjects, off) ** 2).sum()))
    points, error = 100 * float(off.mean()), 100 * variance**0.5 / len(off)
    return _shares(probability, right, first / _BINS, (last + 1) / _BINS) | {
        "points": round(points, 2),
        "error_points": round(error, 2),
        "interval": [round(points - _SURE * error, 2), round(points + _SURE * error, 2)],
    }


def _shares(probability: npt.NDArray[np.float64], right: Truths, low: float, high: float) -> Json:
    return {
        "from": round(low, 4),
        "to": round(high, 4),
        "links": len(right),
        "stated": round(float(probability.mean()), 4),
        "right": round(float(right.mean()), 4),
    }


def _wide(which: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last of bins joined with the next until they hold enough; too few at the end go to the last."""
    rows: list[tuple[int, int, int]] = []
    numbers, counts = np.unique(which, return_counts=True)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        if rows and (rows[-1][2] < FEWEST_IN_BIN or (number == numbers[-1] and count < FEWEST_IN_BIN)):
            first, _, before = rows.pop()
            rows.append((first, number, before + count))
        else:
            rows.append((number, number, count))
    return [(first, last) for first, last, _ in rows]


def calibration(probability: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = 10) -> list[Json]:
    """A row for each bin of probability that holds links: their number, mean probability and share that is right."""
    which = np.minimum((probability * bins).astype(np.int64), bins - 1)
    table = []
    for number in np.unique(which).tolist():
        inside = which == number
        table.append(_shares(probability[inside], right[inside], number / bins, (number + 1) / bins))
    return table


def quality(found: int, correct: int, truth: int) -> dict[str, Any]:
    """Precision, recall and F1 with the counts they come from; null where nothing was found, or nothing is true."""
    precision, recall = correct / found if found else None, correct / truth if truth else None
    f1 = 2 * correct / (found + truth) if found + truth else None
    figures = {"precision": precision, "recall": recall, "f1": f1}
    rounded = {name: None if value is None else round(value, 6) for name, value in figures.items()}
    return {"pairs": found, "correct": correct, "truth": truth, **rounded}
