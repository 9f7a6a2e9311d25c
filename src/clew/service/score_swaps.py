"""Score the exchanger matcher on labelled files: what ``clew score swaps`` calls."""

from pathlib import Path
from typing import Any

from clew.links.exchangers import SURE
from clew.scores.records import read_records, score_records
from clew.scores.swaps import read_exchanger, score


def score_swaps(deposits: Path, payouts: Path, rates: Path, truth: Path, *, threshold: float = SURE) -> dict[str, Any]:
    """Share paired, precision, recall and calibration of the matcher; InputError for a wrong file."""
    return {"kind": "swaps", **score(read_exchanger(deposits, payouts, rates, truth), threshold=threshold)}


def score_swap_records(records: Path) -> dict[str, Any]:
    """The share of records whose amount and asset single out one payout, and how often it is the right one."""
    return {"kind": "swap-records", **score_records(read_records(records))}
