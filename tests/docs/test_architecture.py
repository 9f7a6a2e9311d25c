"""docs/architecture.md: every layer, every name it mentions, and every worked example."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, ROOT, Block, blocks, prose, rows, section

from clew.cases import read_case
from clew.model import Grade

PAGE = DOCS / "architecture.md"
PATCHES = [block for block in blocks(PAGE) if block.comment.startswith("patch: ")]
FILES = [block for block in blocks(PAGE) if block.comment.startswith("file: ")]
RUNS = {block.comment.removeprefix("run: "): block for block in blocks(PAGE) if block.comment.startswith("run: ")}


def test_the_layers_are_those_of_the_import_contract_in_its_order() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in config["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    shown = rows(section(PAGE, "Data flows one way through the layers"))
    assert [cells[0].strip("`").replace("\\|", "|") for cells in shown] == contract["layers"]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(clew(?:\.\w+)+)`", prose(PAGE)))))
def test_every_name_on_the_page_exists(name: str) -> None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(src/[\w/.]+)`", prose(PAGE)))))
def test_every_file_on_the_page_exists(path: str) -> None:
    assert (ROOT / path).exists()


# --- the worked examples


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with every file and line of the page.

    The kernels' folder stays where it is: Numba keeps compiled code by the path of its source.
    """
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for block in FILES:
        target = folder / block.comment.removeprefix("file: ")
        assert not target.exists(), f"{target.name} is there already"
        target.write_text(block.text, encoding="utf-8")
    for block in PATCHES:
        patch(folder / block.comment.removeprefix("patch: "), block)
    kernels = Path("src", "clew", "tracing")
    assert not any(f"{kernels}/" in block.comment for block in (*FILES, *PATCHES))
    with (folder / kernels / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"__path__ = [{str(ROOT / kernels)!r}]\n")
    return folder


def patch(path: Path, block: Block) -> None:
    lines = block.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} does not hold these lines once:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_the_example_runs(name: str, copy: Path, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    origin = f"import clew\nassert clew.__file__.startswith({str(copy)!r}), clew.__file__\n"
    script.write_text(origin + RUNS[name].text, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(copy / "src")}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_is_an_example_for_each_thing_to_add() -> None:
    assert set(RUNS) == {"chain", "source", "list", "protocol"}
    assert len(FILES) == 2


def test_the_example_of_a_conversion_is_a_case_file_and_is_asserted(tmp_path: Path) -> None:
    (stated,) = [block.text for block in blocks(PAGE) if block.comment == "case"]
    theft = '[[theft]]\nchain = "ethereum"\nasset = "USDC"\namount = "1"\n'
    theft += f'tx = "{"1" * 64}"\nto = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"\n'
    path = tmp_path / "case.toml"
    path.write_text(f'id = "example"\n{theft}{stated}', encoding="utf-8")
    (conversion,) = read_case(path).conversions
    assert (conversion.asset_in.symbol, conversion.asset_out.symbol) == ("USDC", "ETH")
    assert conversion.grade is Grade.ASSERTED
