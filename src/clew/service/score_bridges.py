"""Score the bridge matcher on labelled files: what ``clew score bridges`` calls."""

from pathlib import Path
from typing import Any

from clew.scores.bridges import read_bridge, score


def score_bridges(
    deposits: Path,
    withdrawals: Path,
    truth: Path,
    *,
    tokens: Path | None = None,
    forged: Path | None = None,
    columns: str = "auto",
    finality: int | None = None,
    ids: bool = True,
) -> dict[str, Any]:
    """The figures without ids and, where `ids` and the files have them, with ids; InputError for a wrong file."""
    bridge = read_bridge(deposits, withdrawals, truth, tokens=tokens, forged=forged, columns=columns, finality=finality)
    figures = {"kind": "bridges", "finality": bridge.finality, "without_ids": score(bridge, ids=False)}
    if ids and bridge.deposits.id is not None and bridge.withdrawals.id is not None:
        figures["with_ids"] = score(bridge)
    return figures
