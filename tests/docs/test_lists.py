"""docs/lists.md: each list with its address, licence and bounds, each column, verdict and doubt is that of the code."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, blocks, named, rows, section

from clew.chains.forms import Verdict
from clew.lists import SANCTIONS, find_facts
from clew.lists.listed import Likeness
from clew.lists.wallet_csv import COLUMNS

PAGE = DOCS / "lists.md"


def test_every_list_is_described_with_its_address_licence_and_bounds() -> None:
    listed = {
        re.findall(r"`([^`]+)`", cells[0])[0]: cells for cells in rows(section(PAGE, "The lists"))[: len(SANCTIONS)]
    }
    assert list(listed) == list(SANCTIONS)
    for name, cells in listed.items():
        facts = find_facts(name)
        assert cells[0].endswith("*") == facts.default
        assert facts.title in cells[1]
        assert facts.publisher in cells[1]
        assert re.findall(r"`([^`]+)`", cells[3]) == list(facts.files.values())
        assert cells[4] == facts.licence
        for kind in ("parties", "wallets"):
            assert f"{facts.least[kind]:,} to {facts.most[kind]:,} {kind}" in cells[5]


def test_every_column_of_ones_own_list_is_described() -> None:
    table = rows(section(PAGE, "A list of one's own: CSV with a header"))
    described = {cells[0].strip("`"): tuple(re.findall(r"`(\w+)`", f"{cells[0]} {cells[1]}")) for cells in table}
    assert described == COLUMNS | {name: (name, *(n for n in names if n != name)) for name, names in COLUMNS.items()}


def test_the_example_in_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = [block.text for block in blocks(PAGE) if block.language == "python"]
    exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102


def test_every_verdict_and_doubt_is_described() -> None:
    page = section(PAGE, "A wallet is one row, whatever chains it acts on")
    assert {str(verdict) for verdict in Verdict} <= named(page)
    assert {str(likeness) for likeness in Likeness} - {"address"} <= named(page)
