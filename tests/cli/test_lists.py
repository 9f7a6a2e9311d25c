"""``clew lists``: what it prints, and its exit codes."""

import json
from functools import partial
from pathlib import Path

from tests.cli.command import command

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


run = partial(command, "lists")


def test_versions_come_are_shown_and_compared(tmp_path: Path) -> None:
    store, path = tmp_path / "store", tmp_path / "desk.csv"
    path.write_text(f"address,entity,ticker\n{GENESIS},A,XBT\n")
    done = run("update", "own", "--from", path, "--store", store, "--dated", "2026-01-05")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("own: new: version 1 of 2026-01-05, 1 parties, 1 wallets")
    path.write_text(f"address,entity,ticker\n{GENESIS},A,XBT\n{EVM},B,USDT\n")
    assert run("update", "own", "--from", path, "--store", store, "--dated", "2026-02-05", "--json").returncode == 0
    shown = run("status", "--as-of", "2026-01-31", "--store", store).stdout.splitlines()
    assert shown[0].startswith("own               version 1 of 2026-01-05")
    assert "un-sc             not taken in" in shown
    changes = run("diff", "own", "--store", store)
    assert changes.stdout.splitlines() == [
        "own: from version 1 (2026-01-05) to 2 (2026-02-05)",
        "+ entity B B",
        f"+ wallet {EVM.lower()} USDT of B",
    ]
    as_json = json.loads(run("diff", "own", "--from", "2", "--to", "1", "--store", store, "--json").stdout)
    assert [wallet["address"] for wallet in as_json["removed_wallets"]] == [EVM.lower()]


def test_a_refused_release_names_its_reason_and_ends_with_1(tmp_path: Path) -> None:
    path = tmp_path / "desk.csv"
    path.write_text("address\nnonsense\n")
    done = run("update", "own", "--from", path, "--store", tmp_path / "store")
    assert done.returncode == 1
    assert "own: refused: sound in 0 % of the rows" in done.stderr
    forced = run("update", "own", "--from", path, "--store", tmp_path / "store", "--force")
    assert (forced.returncode, "taken all the same: sound" in forced.stderr) == (0, True)


def test_bad_input_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    for words in (["update", "nobody"], ["status", "--as-of", "soon"], ["diff", "own"]):
        done = run(*words, "--store", tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith("clew: ")
