"""The demix table of a mixer's events: what ``clew score demix`` calls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clew.links.shuffles import SHUFFLES
from clew.scores.demix import demix
from clew.scores.mixer_files import Trace, read_depositors, read_events, read_pairs, reuse_pairs, with_trace


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
