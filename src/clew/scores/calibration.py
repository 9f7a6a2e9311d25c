"""Whether stated probabilities hold: of links said to be right with probability p, the share p should be right."""

from typing import Any

import numpy as np
import numpy.typing as npt


def calibration(
    probability: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = 10
) -> list[dict[str, Any]]:
    """A row for each bin of probability that holds links: their number, mean probability and share that is right."""
    which = np.minimum((probability * bins).astype(np.int64), bins - 1)
    table = []
    for number in np.unique(which).tolist():
        inside = which == number
        table.append(
            {
                "from": round(number / bins, 4),
                "to": round((number + 1) / bins, 4),
                "links": int(inside.sum()),
                "stated": round(float(probability[inside].mean()), 4),
                "right": round(float(right[inside].mean()), 4),
            }
        )
    return table


def quality(found: int, correct: int, truth: int) -> dict[str, Any]:
    """Precision, recall and F1 with the counts they come from; null where nothing was found, or nothing is true."""
    precision, recall = correct / found if found else None, correct / truth if truth else None
    f1 = 2 * correct / (found + truth) if found + truth else None
    figures = {"precision": precision, "recall": recall, "f1": f1}
    rounded = {name: None if value is None else round(value, 6) for name, value in figures.items()}
    return {"pairs": found, "correct": correct, "truth": truth, **rounded}
