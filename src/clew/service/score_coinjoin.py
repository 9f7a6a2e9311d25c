"""Measure the CoinJoin rules on labelled transactions."""

from pathlib import Path
from typing import Any

from clew.errors import InputError
from clew.protocols.coinjoin import ASSERTED
from clew.scores.coinjoin import read_labels, score
from clew.scores.transactions import read_transactions


def score_coinjoin(transactions: Path, labels: Path, *, threshold: float = ASSERTED) -> dict[str, Any]:
    """Precision, recall, F1, confusion and false positives of the rules on a file of transactions and its labels.

    InputError where a line cannot be read, or where no transaction has a label.
    """
    known = read_labels(labels)
    result = {"kind": "coinjoin", **score(read_transactions(transactions), known, threshold)}
    if not result["transactions"]:
        raise InputError("no transaction", where=str(transactions))
    if not result["labelled"]:
        raise InputError(f"none of its transactions has a label in {labels}", where=str(transactions))
    return result
