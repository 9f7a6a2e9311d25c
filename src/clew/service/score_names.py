"""Score the name matcher on labelled pairs: what ``clew score names`` calls."""

from pathlib import Path
from typing import Any

from clew.scores.names import read_pairs, score


def score_names(cases: Path, *, wrong: bool = False) -> dict[str, Any]:
    """Precision, recall and F1 as shipped and cross-validated, by group, and the time of a pair.

    InputError for a wrong file.
    """
    return {"kind": "names", **score(read_pairs(cases), wrong=wrong)}
