"""``clew tags``: what it prints, and its exit codes."""

from functools import partial
from pathlib import Path

from tests.cli.command import command

from clew.lists import read_tags

EVM = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"


run = partial(command, "tags")


def test_a_file_is_checked_shown_and_written(tmp_path: Path) -> None:
    path, out = tmp_path / "tags.csv", tmp_path / "pack.yaml"
    path.write_text(
        f"address,label,entity,category,confidence,lastmod\n{EVM},a,A,exchange,50,2022-01-01\n{EVM},b,B,,20,\n"
    )
    checked = run("check", path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(f"{path}: 2 tags of 1 addresses\n  chains: ethereum 2\n")
    shown = run("show", EVM, "--tags", path).stdout.splitlines()
    assert shown == [
        f"eip155:1:{EVM}: a | b",
        "   50 a (exchange, A), 2022-01-01, tags.csv",
        "   20 b (other, B), undated, tags.csv",
        "  conflict of entity: A (50, 1 sources) | B (20, 1 sources)",
    ]
    assert run("write", path, "--out", out, "--title", "Ours", "--creator", "desk").stdout == f"{out}: 2 tags\n"
    assert read_tags(out) == read_tags(path)
    assert "does not make it clean" in run("show", "0x" + "12" * 20).stdout


def test_a_wrong_entry_is_named_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    path.write_text("address\n0x123\n")
    done = run("check", path)
    assert done.returncode == 2
    assert "line 2" in done.stderr
    assert "1 wrong entries" in done.stderr
