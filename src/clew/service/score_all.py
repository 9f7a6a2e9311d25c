"""All scores on small fixed seeds and on the labelled data at hand: what ``clew score all`` and ``make score`` run."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.errors import InputError, RunError
from clew.scores.page import TYPOLOGIES, figures_of, page, shortfalls
from clew.service.score_dealings import score_dealings
from clew.service.score_sets import SETS, missing
from clew.service.score_trace import score_edges, score_world
from clew.service.score_typologies import score_typologies
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

    `data` is the folder of the labelled data; what is not there is left out, and the page says so.
    """
    if out.is_dir():
        raise InputError("it is a folder", where=str(out), mend="name the page to write")
    worlds, others = _worlds(progress)
    edges, left_out = _edges(data, progress)
    for one in SETS:
        why = missing(one.needs, data)
        progress(f"{one.name}: left out, {why}" if why else one.name)
        if why:
            left_out[one.name] = why
            continue
        with tempfile.TemporaryDirectory() as scratch:
            others[one.name] = one.run(data or Path(), Path(scratch))
    try:
        out.write_text(page(worlds, edges, others, left_out), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out)) from error
    wrong = shortfalls(figures_of(worlds, edges, others))
    if wrong:
        raise RunError("a score fell: " + "; ".join(wrong), where=str(out), mend="find what made it fall")


def _worlds(progress: Progress) -> tuple[dict[str, Json], dict[str, Json]]:
    """The tables of the worlds; and of the first of them, what else is measured in a world."""
    worlds: dict[str, Json] = {}
    others: dict[str, Json] = {}
    for preset, seed, scale, bounds, policies in WORLDS:
        name = f"{preset} {seed}"
        progress(f"world {name}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "world"
            simulate_world(preset, seed, folder, scale=scale)
            worlds[name] = score_world(folder, bounds=bounds, policies=policies)
            found = score_typologies(folder)
            worlds[name][TYPOLOGIES] = {str(each): found[each] for each in Typology}
            if not others:
                progress(f"clustering and exposure in world {name}")
                others = {f"{kind}, world {name}": figures for kind, figures in score_dealings(folder).items()}
    return worlds, others


def _edges(data: Path | None, progress: Progress) -> tuple[dict[str, Json], dict[str, str]]:
    """The tables of labelled edges; what was left out, and why."""
    files = ("edges.csv.gz", "sources.txt", "terminals.txt")
    name, needs = "Harmony 2023", tuple(f"harmony-2023/{file}" for file in files)
    why = missing(needs, data)
    progress(f"{name}: left out, {why}" if why else name)
    if why or data is None:
        return {}, {name: why}
    edges, sources, terminals = (data / need for need in needs)
    return {name: score_edges(edges, sources, terminals, bounds=EDGE_BOUNDS)}, {}
