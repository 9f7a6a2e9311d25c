"""The pages hold: each command line is real and runs, each option is documented, links and pictures are there."""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks, named, prose, read, section

from clew.cases import read_case
from clew.cli import COMMANDS, root

COMMANDS_PAGE = DOCS / "commands.md"
SHELL = ("sh", "console", "bash", "shell")
ELISION = "[...]"
TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def lines(block: Block) -> list[str]:
    """The command lines of a shell block, without prompts and output."""
    texts = block.text.splitlines()
    return [text[2:] for text in texts if text.startswith("$ ")] if block.language == "console" else texts


COMMAND_LINES = [
    pytest.param(line, id=f"{page.name}: {line}")
    for page in PAGES
    for block in blocks(page)
    if block.language in SHELL
    for line in lines(block)
]


def commands(group: click.Command = root, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for part in group.list_commands(context):
            found = group.get_command(context, part)
            assert found is not None
            yield from commands(found, f"{name} {part}".strip())
    else:
        yield name, group


# --- what the pages say of the command line


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_a_command_line_on_a_page_is_one_that_exists(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(line, comments=True)
    if words[:1] == ["make"]:
        assert set(words[1:]) <= TARGETS
    elif words[:1] == ["clew"]:
        for word in words:
            if "/" in word or word.endswith((".toml", ".gz")):
                monkeypatch.chdir(tmp_path)
                Path(word).parent.mkdir(parents=True, exist_ok=True)
                Path(word).touch()
        parse(root, words[1:], tmp_path)
    else:
        assert re.match(r"\. \.venv|export CLEW_|\.venv/bin/pre-commit", line), f"neither clew nor make: {line}"


def parse(command: click.Command, words: list[str], folder: Path) -> None:
    """Let click read the words; UsageError where it does not know one."""
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no command {words[0]!r}"
        if words[0] == "verify":
            words = [words[0], str(folder)]
        parse(found, words[1:], folder)
    else:
        command.make_context(command.name, words, resilient_parsing=False)


def documented_commands() -> dict[str, str]:
    titles = re.findall(r"^## `clew ([a-z ]+?)(?: [A-Z]+)?`: .*$", read(COMMANDS_PAGE), re.MULTILINE)
    heads = re.findall(r"^## (`clew [^\n]*)$", read(COMMANDS_PAGE), re.MULTILINE)
    return {title: section(COMMANDS_PAGE, head) for title, head in zip(titles, heads, strict=True)}


def test_every_command_is_documented_and_no_other() -> None:
    assert set(documented_commands()) == {name for name, _ in commands()}, "docs/commands.md"
    assert set(COMMANDS) == {name.partition(" ")[0] for name, _ in commands()}


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda value: str(value))
def test_every_option_is_documented_and_no_other(name: str, command: click.Command) -> None:
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    listed = {entry.partition(" ")[0] for entry in named(documented_commands()[name]) if entry.startswith("--")}
    assert listed == {option.opts[-1] for option in options}, "docs/commands.md"
    assert [option.name for option in options if not option.help] == []


def test_every_make_target_the_pages_name_exists() -> None:
    mentioned = {target for page in PAGES for target in re.findall(r"`make ([a-z]+)`", read(page))}
    assert {"demo", "test"} <= mentioned <= TARGETS


# --- what can run without a network runs


def runs(page: Path) -> list[str]:
    return [
        line
        for block in blocks(page)
        if block.language in SHELL and not block.comment
        for line in lines(block)
        if line.startswith("clew ")
    ]


def run(line: str, folder: Path) -> str:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CLEW_")}
    words = [sys.executable, "-c", "from clew.cli import main; main()", *shlex.split(line)[1:]]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if runs(page)], ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run_in_their_order_and_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    printed: dict[str, list[str]] = {}
    for line in runs(page):
        printed[line] = [text.rstrip() for text in run(line, tmp_path).splitlines()]
    for block in blocks(page):
        if block.language == "console" and not block.comment:
            for line, shown in outputs(block):
                check(shown, printed[line])


def outputs(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the output shown beneath it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        yield line, shown


def check(shown: list[str], printed: list[str]) -> None:
    """The page shows the output line by line, but for what it says it leaves out."""
    at = 0
    skips = False
    for line in shown:
        if line == ELISION:
            skips = True
            continue
        assert line in printed[at:] if skips else line == printed[at], line
        at = printed.index(line, at) + 1
        skips = False
    assert at == len(printed)


def test_the_commands_that_need_no_network_are_run() -> None:
    words = {shlex.split(line)[1] for page in PAGES for line in runs(page)}
    assert {"simulate", "trace", "verify", "incidents"} <= words


def test_the_case_file_of_the_readme_is_read(tmp_path: Path) -> None:
    (case,) = [block.text for block in blocks(ROOT / "README.md") if block.comment == "case"]
    path = tmp_path / "case.toml"
    path.write_text(case, encoding="utf-8")
    assert [theft.amount for theft in read_case(path).thefts] == [173_600 * 10**18]


# --- links and pictures

UNWRITTEN = {"docs/bridges.md", "docs/coinjoin.md"}
"""Pages that are being written: they may be named and linked before they are there. Take one out when it is."""


def targets(page: Path) -> list[str]:
    found: list[str] = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in found if not re.match(r"https?://|mailto:", target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in targets(page):
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_file() and str(file.relative_to(ROOT)) in UNWRITTEN:
            continue
        assert file.is_file(), f"{page.name}: {target}"
        if heading:
            anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings(file)]
            assert heading in anchors, f"{page.name}: {target}"


def headings(page: Path) -> list[str]:
    found: list[str] = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return found


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {(page.parent / target.partition("#")[0]).resolve() for target in targets(page)}
        waiting += [other for other in PAGES if other in linked - reached]
    assert sorted(name for page in set(PAGES) - reached if (name := str(page.relative_to(ROOT)))) == [], "link these"


def test_the_readmes_picture_is_there_and_small() -> None:
    (picture,) = [target for target in targets(ROOT / "README.md") if target.endswith(".png")]
    content = (ROOT / picture).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 300_000


def test_pages_that_messages_and_help_name_exist() -> None:
    texts = [command.help or "" for _, command in commands()]
    for path in sorted((ROOT / "src" / "clew").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
        texts += [node.value for node in constants if isinstance(node.value, str)]
    mentioned = {name for text in texts for name in re.findall(r"docs/[\w/-]+\.md", text)}
    assert "docs/case-files.md" in mentioned
    assert {name for name in mentioned if not (ROOT / name).is_file()} <= UNWRITTEN
