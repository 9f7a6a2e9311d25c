"""The pages as tests read them: fenced blocks with the comment above each, tables, and links."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "examples" / "README.md"]
PAGES += sorted(DOCS.glob("*.md"))

_BLOCK = re.compile(
    r"^(?:<!-- (?P<comment>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_ROW = re.compile(r"^\| (?P<cells>.*) \|$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block; `comment` is that of the line above it."""

    comment: str
    language: str
    text: str


def read(path: Path) -> str:
    """The text of a page."""
    return path.read_text(encoding="utf-8")


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(found["comment"] or "", found["language"], found["text"]) for found in _BLOCK.finditer(f"{read(path)}\n")
    ]


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return _BLOCK.sub("", f"{read(path)}\n")


def section(path: Path, title: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    level = re.search(rf"^(#+) {re.escape(title)}$", read(path), re.MULTILINE)
    assert level is not None, f"{path.name} has no heading {title!r}"
    rest = read(path)[level.end() :]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without their heads and rules."""
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row["cells"])] for row in _ROW.finditer(text)]
    rules = [number for number, cells in enumerate(found) if set("".join(cells)) <= {"-", ":"}]
    return [cells for number, cells in enumerate(found) if number not in rules and number + 1 not in rules]


def named(text: str) -> set[str]:
    """The names in backticks in the first column of the tables of a text."""
    return {name for cells in rows(text) for name in re.findall(r"`([^`]+)`", cells[0])}
