"""docs/results.md: every file, key, column, code and exit code, no more and no fewer than there are."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.docs.pages import DOCS, ROOT, named, read, rows, section

from clew import errors
from clew.cli.trace import _SUMMARY
from clew.model import Grade, Kind
from clew.reports.words import KINDS
from clew.service.outputs import COLUMNS, OUTPUTS
from clew.tracing.gaps import UNSWAPPED

PAGE = DOCS / "results.md"
BY_NAME = {"bounds.min_amount", "evidence[].query"}
"""Objects whose keys are names of the case's or of a source's own."""


def shapes(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path of an object, key) of everything in a JSON value; entries of a list share one path."""
    if isinstance(value, list):
        for entry in value:
            yield from shapes(entry, f"{path}[]")
    elif isinstance(value, dict) and path == "compared":
        for entries in value.values():
            yield from shapes(entries, "compared.*")
    elif isinstance(value, dict) and path not in BY_NAME:
        for key, entry in value.items():
            yield path, key
            yield from shapes(entry, f"{path}.{key}".lstrip("."))


def documented() -> set[tuple[str, str]]:
    page = section(PAGE, "`result.json`")
    parts = re.split(r"^### `([^`]+)`$", page, flags=re.MULTILINE)
    tables = {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    return {(path, key) for path, text in tables.items() for key in named(text)}


def test_every_key_that_a_run_writes_is_documented_and_no_other(
    traced: Path, blind: dict[str, Any], mixed: dict[str, Any]
) -> None:
    result = orjson.loads((traced / "result.json").read_bytes())
    written = {*shapes(result), *shapes(blind), *shapes(mixed)}
    assert written - documented() == set(), "docs/results.md lacks these"
    assert documented() - written == set(), "no run writes these"


def test_the_summary_lists_its_keys() -> None:
    listed = re.findall(r"`(\w+)`", section(PAGE, "The summary: `--json`").partition(":")[2])
    assert listed == list(_SUMMARY)


def test_every_file_of_a_case_folder_is_listed_and_no_other(traced: Path) -> None:
    there = {f"{path.name}/" if path.is_dir() else path.name for path in traced.iterdir()}
    table = named(section(PAGE, "A case folder holds the answer and all that proves it"))
    assert table - {"index.jsonl"} == there
    assert set(OUTPUTS) <= table


def test_every_column_of_the_traced_transfers_is_listed_with_its_type() -> None:
    listed = [
        (cells[0].strip("`"), cells[1]) for cells in rows(section(PAGE, "`transfers.parquet`: every traced transfer"))
    ]
    assert listed == [(field.name, str(field.type)) for field in COLUMNS]
    kinds = set(re.findall(r"`([a-z]+)`", rows(section(PAGE, "`transfers.parquet`: every traced transfer"))[6][2]))
    assert kinds <= set(Kind)


def test_the_exit_codes_are_those_of_the_errors() -> None:
    listed = {int(cells[0]) for cells in rows(section(PAGE, "Exit codes say what to do"))}
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ClewError)]
    assert listed == {0} | {kind.exit_code for kind in classes}


def test_dispositions_and_grades_are_listed() -> None:
    assert named(section(PAGE, "Dispositions: what became of the units")) == set(KINDS)
    assert [cells[0].strip("`") for cells in rows(section(PAGE, "Grades: how a link is known"))] == list(Grade)


# --- limitation codes

EXPANDED = {
    "{}-history": {"truncated-history", "unavailable-history"},
    "no-{}-transfers": {"no-native-transfers", "no-internal-transfers", "no-token-transfers"},
    "swap-{}": {f"swap-{reason}" for reason in UNSWAPPED},
}
"""Codes that the source composes -> what they can be."""


def codes() -> set[str]:
    """The codes of every limitation in the source: first arguments of `Limitation` and of its shorthands."""
    found: set[str] = set()
    for path in sorted((ROOT / "src" / "clew").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and name_of(node.func) in ("Limitation", "limitation", "limit"):
                found |= texts_of(node.args[0])
    return found


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def texts_of(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        pattern = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        assert pattern in EXPANDED, f"say in EXPANDED what {pattern!r} can be"
        return EXPANDED[pattern]
    return set()


def test_every_limitation_code_is_documented_and_no_other() -> None:
    table = rows(section(PAGE, "Limitations: what the answer could not see"))
    assert len(codes()) > 20
    assert {cells[0].strip("`") for cells in table} == codes()
    assert [cells for cells in table if len(cells) != 3 or not all(cells)] == []


def test_a_limitation_occurs_as_documented(blind: dict[str, Any]) -> None:
    assert {limit["code"] for limit in blind["limitations"]} >= {"no-token-transfers"}
    assert blind["bounds"]["min_amount"] == {"eth": str(5 * 10**18)}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_page_begins_with_its_title(page: Path) -> None:
    assert read(page).startswith("# ")
