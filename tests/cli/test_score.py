"""``clew score``: JSON on the terminal, and errors with their exit code."""

import json
import subprocess
import sys
from pathlib import Path

MIX = "1" * 64
SCRIPTS = ["0014" + f"{number:02x}" * 20 for number in range(10)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from clew.cli import main; main()", "score", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_mix_is_scored(tmp_path: Path) -> None:
    spent = "}{".join(f"{number:064x}-0-{1_000_000 + 9_000 * (number < 2)}+{SCRIPTS[number]}+W" for number in range(5))
    paid = "}{".join(f"1000000+{script}+W" for script in SCRIPTS[5:])
    transactions, labels = tmp_path / "transactions.txt", tmp_path / "labels.csv"
    transactions.write_text(f"{MIX}:::{'0' * 64}:::0:::1600000000:::{spent}:::{paid}\n")
    labels.write_text(f"txid,class\n{MIX},whirlpool\n")
    done = run("coinjoin", "--transactions", str(transactions), "--labels", str(labels))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["confusion"] == {"whirlpool": {"whirlpool": 1}}


def test_bad_input_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing of the kind\n")
    done = run("coinjoin", "--transactions", str(wrong), "--labels", str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"clew: {wrong}: no column")
    assert run("coinjoin", "--transactions", str(tmp_path / "none"), "--labels", str(wrong)).returncode == 2


def test_pairs_of_names_are_scored(tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("schema,name1,name2,is_match\nPerson,Анна Кайт,Anna Kait,true\nPerson,Анна,Peter,true\n", "utf-8")
    done = run("names", "--cases", str(cases), "--wrong")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["kind"], found["true_positives"], found["false_negatives"]) == ("names", 1, 1)
    assert [pair["name1"] for pair in found["wrong"]] == ["Анна"]


def test_help_lists_the_kinds() -> None:
    assert "coinjoin" in run("--help").stdout


def test_a_trace_is_scored_on_a_world_or_on_edges_not_on_both(tmp_path: Path) -> None:
    edges = tmp_path / "edges.csv"
    sender, receiver = "0x" + "a" * 40, "0x" + "b" * 40
    row = f"2023-01-13 20:34:11,1,0x1,{sender},{receiver},5.5"
    edges.write_text(f"Timestamp,Block,Tx_hash,From,To,Value_in_USD\n{row}\n")
    sources, terminals = tmp_path / "sources.txt", tmp_path / "terminals.txt"
    sources.write_text(sender)
    terminals.write_text(receiver)
    files = ["--edges", str(edges), "--sources", str(sources), "--terminals", str(terminals)]
    done = run("trace", *files, "--policy", "fifo", "--bound", "5")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["runs"][0]["exchanges"]["value"]["recall"] == 1.0
    assert run("trace", "--edges", str(edges)).returncode == 2
    assert run("trace", *files, "--world", str(tmp_path)).returncode == 2
    assert run("trace", *files, "--policy", "guess").returncode == 2


def test_all_scores_need_a_page_to_write(tmp_path: Path) -> None:
    done = run("all", "--out", str(tmp_path / "none" / "page.md"), "--data", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "nowhere" in done.stderr
