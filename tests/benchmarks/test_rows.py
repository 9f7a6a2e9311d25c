"""Every benchmark runs at a tiny size and says sane things; how fast is not asked here."""

import importlib
import math

import pytest
from benchmarks.__main__ import NAMES, main, present, run
from benchmarks.table import LeftOutError, Row, Scale

from benchmarks import __main__ as runner


@pytest.mark.parametrize("name", ["machine", "taint", "clustering", "names"])
def test_a_tiny_run_gives_a_row_for_every_job(name: str) -> None:
    try:
        rows = list(importlib.import_module(f"benchmarks.{name}").rows(Scale.TINY))
    except LeftOutError as error:
        pytest.skip(str(error))
    assert rows
    assert len({row.job for row in rows}) == len(rows)
    assert all(row.job and row.unit and math.isfinite(row.measured) and row.measured >= 0 for row in rows)


def test_the_runner_names_only_benchmarks_and_takes_those_that_are_there() -> None:
    assert {"machine", "taint", "clustering", "names", "screening"} <= set(present(NAMES))
    assert present(["taint", "nothing"]) == ["taint"]


def test_a_benchmark_runs_in_a_process_of_its_own_and_its_rows_come_back(capfd: pytest.CaptureFixture[str]) -> None:
    rows, code = run("clustering", Scale.TINY)
    assert code == 0
    assert {row.unit for row in rows} == {"M links/s"}
    assert "scipy connected components" in capfd.readouterr().out


def test_a_benchmark_that_fails_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    rows, code = run("nothing", Scale.TINY)
    assert rows == []
    assert code != 0
    assert "nothing failed with exit code 1" in capfd.readouterr().out


def test_one_that_fails_or_hangs_costs_only_its_own_rows(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def runs(name: str, _scale: Scale) -> tuple[list[Row], int]:
        ran.append(name)
        return [Row(name, 1.0, "units", 2.0)], int(name == "taint")

    monkeypatch.setattr(runner, "run", runs)
    assert main(["tiny", "taint", "clustering"]) == 1
    assert ran == ["taint", "clustering"]
    told = capfd.readouterr().out
    assert "0 of 2 goals met" in told
    assert "failed: taint, after 1 rows" in told
    monkeypatch.undo()
    monkeypatch.setitem(runner.MOST, Scale.TINY, 0)
    rows, code = run("machine", Scale.TINY)
    assert not rows
    assert code != 0


@pytest.mark.parametrize(
    ("measured", "goal", "less", "met"),
    [(70.0, 70.0, False, True), (69.9, 70.0, False, False), (2.0, 2.0, True, True), (2.1, 2.0, True, False)],
)
def test_a_goal_is_met_or_missed(measured: float, goal: float, less: bool, met: bool) -> None:
    row = Row("job", measured, "units", goal, less)
    assert row.met is met
    assert ("missed" in row.line) is not met
