"""The scores of whole subjects: a simulated world, and the labelled edges of the Harmony theft."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clew.errors import InputError
from clew.scores.trace import BASELINES, ON, SHARED, THROUGH
from clew.service.score_trace import score_edges, score_passages, score_world
from clew.simulate.world import simulate_world
from clew.tracing.policies import Policy


def by_method(found: dict[str, Any]) -> dict[str, Any]:
    return {run["method"]: run for run in found["runs"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "out"
    simulate_world("structuring", 1, folder, scale=200)
    return folder


def test_a_world_is_scored_and_fifo_finds_what_was_cashed_out(world: Path) -> None:
    found = score_world(world, bounds=(500,), policies=(Policy.FIFO, Policy.POISON))
    runs = by_method(found)
    assert set(runs) == {"fifo", "poison", THROUGH, ON, SHARED, *BASELINES}
    assert runs["fifo"]["exchanges"]["value"]["precision"] > 0.98
    assert runs["fifo"]["exchanges"]["value"]["recall"] > 0.98
    assert runs["poison"]["exchanges"]["value"] is None
    true = {run["exchanges"]["addresses"]["true"] for run in found["runs"]}
    assert len(true) == 1
    assert found["mixer"]["pairs"] > 0


def test_a_bound_is_kept(world: Path) -> None:
    found = score_world(world, bounds=(3,), policies=(Policy.FIFO,), passages=False)
    assert all(run["loaded"] <= 3 for run in found["runs"])
    assert "mixer" not in found


def test_a_folder_that_is_no_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        score_world(tmp_path)


def test_what_is_stated_of_hidden_passages_is_scored_by_a_trace_and_as_if_all_were_stolen(world: Path) -> None:
    found = score_passages([world], bound=300)
    (figures,) = found["worlds"]
    asked = {kind + of for kind in ("coinjoins", "mixer") for of in ("", "_traced", "_any")}
    assert {name for name, value in figures.items() if isinstance(value, dict)} >= asked
    assert found["pairs"] == figures["pairs"] > 0
    assert found["pooled"]["mixer"] == figures["mixer"]
    assert sum(row["links"] for row in figures["mixer"]["bins"]) >= figures["pairs"]
    with pytest.raises(InputError):
        score_passages([world / "mixer"])


@pytest.mark.data
@pytest.mark.slow
def test_of_the_harmony_theft_fifo_finds_every_terminal_and_most_of_the_value(
    shared_data: Callable[[str], Path],
) -> None:
    folder = shared_data("harmony-2023")
    files = (folder / "edges.csv.gz", folder / "sources.txt", folder / "terminals.txt")
    found = score_edges(*files, bounds=(500,), policies=(Policy.FIFO,))
    assert (found["transfers"], found["addresses"]) == (3_887, 469)
    assert (found["terminals"], found["terminals_in_edges"]) == (14, 11)
    assert abs(int(found["into_terminals"]) - 99_922_423_450_000) < 10_000
    runs = by_method(found)
    assert runs["fifo"]["exchanges"]["addresses"]["recall"] == 1.0
    assert int(runs["fifo"]["exchanges"]["value"]["right"]) > 0.85 * int(found["stolen"])
    for name in ("haircut-no-time", "appr", "ttr"):
        assert int(runs[name]["exchanges"]["value"]["right"]) < int(runs["fifo"]["exchanges"]["value"]["right"])
    assert runs["breadth-first"]["exchanges"]["value"]["claimed"] == found["into_terminals"]
