"""The project keeps its own rules: what is committed, documented, packaged and pinned."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import clew
from clew.chains import DECODERS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "clew"
MODULES = sorted(SOURCE.rglob("*.py"))

REGISTRIES = [
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
"""Addresses of package registries: which one is used is the affair of the machine, not of the project."""

MACHINE_PATH = re.compile(rb"(?<![\w.~/-])/(?:work|root|home|Users)/\w")
"""A path that exists on somebody's machine alone."""

ACROSS = {
    "api/test_api.py": "the resources of the service over HTTP",
    "api/test_description.py": "the service against its own description",
    "benchmarks/test_rows.py": "the benchmarks, at tiny sizes",
    "docs/test_architecture.py": "docs/architecture.md",
    "docs/test_bridges.py": "docs/bridges.md",
    "docs/test_index_of_transfers.py": "docs/index-of-transfers.md",
    "docs/test_names.py": "docs/names.md",
    "docs/test_lists.py": "docs/lists.md",
    "docs/test_results.py": "docs/results.md",
    "docs/test_simulation.py": "docs/simulation.md",
    "docs/test_sources.py": "docs/sources.md",
    "docs/test_swaps.py": "docs/swaps.md",
    "docs/test_tracing.py": "docs/tracing.md",
    "test_docs.py": "the pages: command lines, options, links",
    "protocols/bridges/test_edges.py": "forgeries, fees, refunds and strangers, family by family",
    "fuzz/test_fuzz.py": "every decoder under hostile bytes",
    "reports/test_browser.py": "the HTML report in a real browser",
    "reports/test_renderers.py": "what every renderer must do",
    "service/test_ronin.py": "the Ronin case against known answers and a calculation of its own",
    "service/test_bridge_anvil.py": "a theft over a bridge between two real nodes, with reorganisations",
    "service/test_story_anvil.py": "one theft through swaps, wraps, a bridge and a mixer on a real node",
    "service/test_swaps_recorded.py": "swaps as an explorer shows them, end to end",
    "service/test_trades_anvil.py": "several trades in one transaction, and shares of a pool, on a real node",
    "service/test_trace_peers.py": "a trace from real nodes to the verified result",
    "tracing/test_vectors.py": "the kernels against known answers",
    "tracing/test_walk_swaps.py": "the walk at swaps, contracts and frozen balances",
    "tracing/test_walk_trades.py": "the walk through transactions of several trades",
}
"""Tests of several modules at once."""


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_names_a_package_registry() -> None:
    named = re.compile("|".join(re.escape(address) for address in REGISTRIES).encode())
    assert [name_of(path) for path in committed() if named.search(path.read_bytes())] == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert [name_of(path) for path in committed() if MACHINE_PATH.search(path.read_bytes())] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: name_of(path))
def test_modules_and_what_they_offer_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert len(ast.get_docstring(tree) or "") > 2, "the module has no docstring"
    offered = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    public = [node for node in offered if not node.name.startswith("_") and not is_overload(node)]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def is_overload(node: ast.stmt) -> bool:
    return any(isinstance(name, ast.Name) and name.id == "overload" for name in getattr(node, "decorator_list", []))


def test_tests_mirror_the_source() -> None:
    strays = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder, name = path.relative_to(ROOT / "tests").parent, path.stem.removeprefix("test_")
        module = SOURCE / folder / name
        of_package = name == folder.name and (SOURCE / folder).is_dir()
        known = str(folder / path.name) in ACROSS or path == Path(__file__)
        if not (module.with_suffix(".py").is_file() or module.is_dir() or of_package or known):
            strays.append(name_of(path))
    assert strays == [], "name a test file after its module, or say in ACROSS what it covers"


@pytest.mark.parametrize("target", sorted(set(DECODERS.values())))
def test_every_registered_decoder_is_there(target: str) -> None:
    module, _, function = target.partition(":")
    assert callable(getattr(import_module(f"clew.chains.{module}"), function, None))


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("clew/")}
    expected = {path.relative_to(ROOT / "src").as_posix() for path in committed() if path.is_relative_to(SOURCE)}
    assert expected <= packed
    assert any(name.endswith((".toml", ".yaml", ".html")) for name in packed)


def test_the_version_is_the_same_everywhere() -> None:
    assert project()["version"] == clew.__version__
    newest = re.search(
        r"^## \[(?P<version>[^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert newest["version"] == clew.__version__


def project() -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def test_every_direct_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    runtime = text.partition("\ndependencies = [\n")[2].partition("\n]")[0].splitlines()
    dev = (ROOT / "requirements" / "dev.in").read_text(encoding="utf-8").splitlines()
    lines = [line for line in runtime + dev if not line.startswith("#")]
    assert len(lines) > 20
    assert [line for line in lines if not re.search(r"\s# \w.{3,}", line)] == []


def pins(name: str) -> dict[str, list[str]]:
    """Name -> version and hashes in a requirements file, one entry for each range of Python versions."""
    found: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / "requirements" / name).read_text(encoding="utf-8").strip()):
        assert re.match(r"[\w.-]+==", entry), entry
        assert "--hash=sha256:" in entry, entry
        found.setdefault(entry.partition("==")[0], []).append(re.sub(r" ; [^\\]*", " ", entry))
    return found


def test_every_dependency_is_pinned_with_hashes() -> None:
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    stated = project()["dependencies"]
    assert isinstance(stated, list)
    assert {re.split(r"[<>=!~ ;\[]", entry)[0] for entry in stated} <= set(runtime)
    assert {name: dev.get(name) for name in runtime} == runtime, "make lock compiles both files"
