"""The demix table of a mixer's events: what ``clew score demix`` calls, and ``clew score passages`` for worlds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clew.links.shuffles import SHUFFLES
from clew.scores.demix import demix
from clew.scores.mixer_files import Trace, read_depositors, read_events, read_pairs, reuse_pairs, with_trace
from clew.scores.passages import score_mixers


def score_demix(
    deposits: Sequence[Path],
    withdrawals: Sequence[Path],
    *,
    depositors: Path | None = None,
    pairs: Path | None = None,
    shuffles: int = SHUFFLES,
) -> dict[str, Any]:
    """Candidates, probabilities, base rates and calibration; without `pairs`, address reuse among known depositors is
    what is known. InputError for a wrong file.
    """
    events = read_events(deposits, withdrawals)
    trace = read_depositors(depositors) if depositors else Trace()
    known, aside = read_pairs(pairs, events) if pairs else reuse_pairs(with_trace(events, trace))
    return {"kind": "demix", **demix(events, trace, known, aside, shuffles=shuffles)}


def score_passages(worlds: Sequence[Path]) -> dict[str, Any]:
    """Calibration of the timing in simulated worlds, each and all together; InputError where one is no world."""
    return score_mixers([world / "mixer" for world in worlds])
