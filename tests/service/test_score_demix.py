"""The demix score from files to figures, as the command line asks for it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.scores.test_demix import made

from clew.service.score_demix import score_demix


def write(folder: Path) -> tuple[Path, Path, Path, Path]:
    """Events, depositors and pairs of a made pool as files, in the documented names."""
    events, truth = made(7, users=1500)
    paths = tuple(folder / name for name in ("deposits-eth-1.json", "withdrawals-eth-1.json", "who.csv", "pairs.csv"))
    put = [
        {"blockNumber": d.block, "transactionHash": d.tx, "commitment": d.commitment}
        | {"leafIndex": d.leaf, "timestamp": str(d.time)}
        for d in events.deposits
    ]
    got = [
        {"blockNumber": w.block, "transactionHash": w.tx, "nullifierHash": w.nullifier, "to": w.recipient, "fee": "0"}
        for w in events.withdrawals
    ]
    paths[0].write_text(json.dumps(put))
    paths[1].write_text(json.dumps(got))
    paths[2].write_text("\n".join(["transactionHash,depositor", *(f"{d.tx},{d.depositor}" for d in events.deposits)]))
    rows = [f"{events.deposits[p.deposit].tx},{events.withdrawals[p.withdrawal].tx}" for p in truth]
    paths[3].write_text("\n".join(["deposit_tx,withdrawal_tx", *rows]))
    return paths[0], paths[1], paths[2], paths[3]


def test_with_pairs_the_rules_are_measured_and_without_reuse_is_what_is_known(tmp_path: Path) -> None:
    deposits, withdrawals, who, pairs = write(tmp_path)
    full = score_demix([deposits], [withdrawals], depositors=who, pairs=pairs, shuffles=20)
    assert (full["kind"], full["calibration"]["known_by"]) == ("demix", {"stated": 1500})
    assert full["calibration"]["address-reuse"]["status"] == "calibrated"
    alone = score_demix([deposits], [withdrawals], depositors=who, shuffles=20)
    assert list(alone["calibration"]["known_by"]) == ["address-reuse"]
    assert alone["calibration"]["address-reuse"]["status"] == "not-calibrated"
    assert alone["calibration"]["timing"]["calibrated_on"] == ["address-reuse"]


def test_the_command_prints_the_same_json_at_every_run(tmp_path: Path) -> None:
    deposits, withdrawals, who, _ = write(tmp_path)
    options = ["--deposits", deposits, "--withdrawals", withdrawals, "--depositors", who, "--shuffles", "1000"]
    command = [sys.executable, "-c", "from clew.cli import main; main()", "score", "demix", *map(str, options)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]
    assert json.loads(runs[0])["shuffles"] == 1000


def test_a_wrong_file_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[")
    options = ["--deposits", str(wrong), "--withdrawals", str(wrong)]
    command = [sys.executable, "-c", "from clew.cli import main; main()", "score", "demix", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"clew: {wrong}: broken JSON")
