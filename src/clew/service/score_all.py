"""All scores on small fixed seeds and on the labelled data at hand: what ``clew score all`` and ``make score`` run."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.errors import InputError, RunError
from clew.scores.page import TYPOLOGIES, figures_of, page, shortfalls
from clew.service.score_bridges import score_bridges
from clew.service.score_swaps import score_swap_records, score_swaps
from clew.service.score_trace import score_edges, score_world
from clew.service.score_typologies import score_typologies
from clew.simulate.exchanger import simulate_exchanger
from clew.simulate.world import simulate_world
from clew.tracing.policies import Policy
from clew.typologies import Typology

_FEW = (Policy.FIFO, Policy.HAIRCUT)
_KEPT = tuple(policy for policy in Policy if policy.keeps_value)
WORLDS: tuple[tuple[str, int, int, tuple[int, ...], tuple[Policy, ...]], ...] = (
    ("dprk", 1, 1000, (3_000,), _KEPT),
    ("ransomware", 1, 500, (3_000,), _FEW),
    ("phishing", 1, 500, (3_000,), _FEW),
    ("pig-butchering", 1, 500, (3_000,), _FEW),
    ("structuring", 1, 500, (3_000,), _FEW),
    ("scatter-gather", 1, 500, (3_000,), _FEW),
    ("cycles", 1, 500, (3_000,), _FEW),
    ("mining", 1, 500, (3_000,), _KEPT),
)
"""Preset, seed, scale in thousandths, bounds, policies."""
EDGE_BOUNDS = (200, 500)

Progress = Callable[[str], None]
Json = dict[str, Any]


def score_all(data: Path | None, out: Path, *, progress: Progress = lambda _line: None) -> None:
    """Write the page of scores. RunError names every figure that fell below the least recorded.

    `data` is the folder of the labelled data; what is not there is left out.
    """
    worlds: dict[str, Json] = {}
    if out.is_dir():
        raise InputError("it is a folder", where=str(out), mend="name the page to write")
    for preset, seed, scale, bounds, policies in WORLDS:
        progress(f"world {preset} {seed}")
        with tempfile.TemporaryDirectory() as scratch:
            simulate_world(preset, seed, Path(scratch) / "world", scale=scale)
            worlds[f"{preset} {seed}"] = score_world(Path(scratch) / "world", bounds=bounds, policies=policies)
            found = score_typologies(Path(scratch) / "world")
            worlds[f"{preset} {seed}"][TYPOLOGIES] = {str(each): found[each] for each in Typology}
    edges, others = _edges(data, progress), _others(data, progress)
    try:
        out.write_text(page(worlds, edges, others), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out)) from error
    wrong = shortfalls(figures_of(worlds, edges))
    if wrong:
        raise RunError("a score fell: " + "; ".join(wrong), where=str(out), mend="find what made it fall")


def _edges(data: Path | None, progress: Progress) -> dict[str, Json]:
    folder = data / "harmony-2023" if data else None
    if folder is None or not folder.is_dir():
        return {}
    progress("Harmony 2023")
    files = (folder / "edges.csv.gz", folder / "sources.txt", folder / "terminals.txt")
    return {"Harmony 2023": score_edges(*files, bounds=EDGE_BOUNDS)}


def _others(data: Path | None, progress: Progress) -> dict[str, str]:
    """One line for each matcher."""
    progress("instant exchanger, simulated")
    with tempfile.TemporaryDirectory() as scratch:
        files = simulate_exchanger(1, Path(scratch))
        swaps = score_swaps(files.deposits, files.payouts, files.rates, files.truth)
    found = {"exchanger, simulated, seed 1": _line(swaps)}
    if data is not None and (data / "nomad-bridge").is_dir():
        progress("Nomad bridge")
        nomad = data / "nomad-bridge"
        sides = (nomad / "moonbeam-withdrawals.csv.gz", nomad / "ethereum-withdrawals.csv.gz")
        bridge = score_bridges(*sides, nomad / "matched-withdrawals.csv.gz", forged=nomad / "attack-withdrawals.csv")
        found["Nomad bridge without ids"] = _line(bridge["without_ids"])
    if data is not None and (data / "shapeshift" / "swaps.json.gz").is_file():
        found["ShapeShift records"] = _line(score_swap_records(data / "shapeshift" / "swaps.json.gz"))
    return found


def _line(figures: Json) -> str:
    """The plain numbers of a score, in its own words."""
    plain = {k: v for k, v in figures.items() if isinstance(v, int | float) and "second" not in k}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain.items())
