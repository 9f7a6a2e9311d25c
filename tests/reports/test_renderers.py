"""What every renderer must do: the same bytes for the same facts, whatever the size, and one line to register."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from clew.errors import InputError
from clew.reports import RENDERERS, render
from clew.reports.facts import gather_facts

Sample = tuple[dict[str, Any], Any]
each = pytest.mark.parametrize("name", sorted(RENDERERS))

PROGRAM = """
import sys, orjson, pyarrow.parquet as pq
from pathlib import Path
from clew.reports import render
from clew.reports.facts import gather_facts
folder = Path(sys.argv[1])
result = orjson.loads((folder / "result.json").read_bytes())
facts = gather_facts(result, pq.read_table(folder / "transfers.parquet"))
(folder / "report").write_bytes(render(sys.argv[2], facts))
"""


@each
def test_the_same_facts_give_the_same_bytes(name: str, sample: Sample) -> None:
    assert render(name, gather_facts(*sample)) == render(name, gather_facts(*sample))


@each
@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_on_another_day_gives_the_same_bytes(
    name: str, seed: str, sample: Sample, tmp_path: Path
) -> None:
    (tmp_path / "result.json").write_bytes(orjson.dumps(sample[0]))
    pq.write_table(sample[1], tmp_path / "transfers.parquet")
    env = {"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LANG": "C", "PATH": os.environ.get("PATH", "")}
    subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), name], check=True, env=env, timeout=120)
    assert (tmp_path / "report").read_bytes() == render(name, gather_facts(*sample))


@each
def test_nothing_traced_still_gives_a_report(name: str, nothing: Sample) -> None:
    assert len(render(name, gather_facts(*nothing))) > 5_000


@each
def test_no_theft_still_gives_a_report(name: str, nothing: Sample) -> None:
    result = nothing[0] | {"stolen": [], "conservation": [], "sources": [], "note": "", "as_of": None, "bounds": {}}
    assert len(render(name, gather_facts(result, nothing[1]))) > 5_000


@each
def test_one_transfer_gives_a_report(name: str, make: Callable[[int], Sample]) -> None:
    result, table = make(1)
    assert len(render(name, gather_facts(result, table.slice(0, 1)))) > 5_000


@each
def test_five_thousand_transfers_give_a_report_of_modest_size(name: str, make: Callable[[int], Sample]) -> None:
    result, table = make(2_500)
    assert table.num_rows > 5_000
    assert len(render(name, gather_facts(result, table))) < 1_500_000


@each
def test_poison_is_reported_without_amounts(name: str, sample: Sample) -> None:
    bare: dict[str, Any] = {"amount": None, "origin_amount": None}
    result = sample[0] | {
        "policy": "poison",
        "dispositions": [entry | bare | {"path": []} for entry in sample[0]["dispositions"]],
        "grades": [entry | {"origin_amount": None} for entry in sample[0]["grades"]],
        "worklist": [entry | bare for entry in sample[0]["worklist"]],
    }
    facts = gather_facts(result, sample[1])
    assert facts.headline.startswith("The theft of 10,000 ETH touches 12 places; poison keeps no value")
    assert not facts.flows
    assert not facts.timelines
    assert len(render(name, facts)) > 5_000


def test_an_unknown_format_is_refused_with_the_known_ones(sample: Sample) -> None:
    with pytest.raises(InputError, match="html, pdf"):
        render("docx", gather_facts(*sample))
