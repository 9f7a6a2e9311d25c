"""``clew simulate``: which options go together, and what each kind leaves on disk."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.cli.simulate import command


@pytest.mark.parametrize(
    "wrong",
    [
        ["--scale", "2"],
        ["--ledger"],
        ["--transfers", "5"],
        ["--ledger", "--transfers", "5", "--preset", "dprk"],
        ["--preset", "dprk", "--scale", "0"],
    ],
)
def test_options_that_do_not_go_together_are_refused_and_nothing_is_written(wrong: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--out", str(tmp_path / "out"), *wrong])
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_ledger_says_what_it_holds(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--ledger", "--transfers", "500", "--out", str(tmp_path)])
    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert facts["transfers"] == facts["mints"] + facts["plain"] + facts["sweeps"] == 500
    assert (tmp_path / "transfers.parquet").is_file()


def test_a_world_is_written_at_its_scale(tmp_path: Path) -> None:
    words = ["--preset", "structuring", "--scale", "0.05", "--seed", "3", "--out", str(tmp_path / "world")]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "world" / "truth.json").read_text())["scale"] == 50
