"""``clew screen``, ``clew token`` and ``clew serve`` as a person uses them."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from click.testing import CliRunner
from tests.peers.local import free_port, process

from clew.cli import root
from clew.errors import ClewError
from clew.records.store import Answered, Records
from clew.service.screening import AddressQuestion

CLEW = [sys.executable, "-c", "from clew.cli import main; main()"]
"""For what has to run beside the test; all else runs in this process."""
LISTED = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
UNKNOWN = "0x" + "12" * 20


class Ended(NamedTuple):
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, stdin: str = "") -> Ended:
    done = CliRunner().invoke(root, list(arguments), input=stdin)
    error = done.exception
    if isinstance(error, ClewError):
        return Ended(error.exit_code, done.stdout, f"{done.stderr}clew: {error}")
    assert error is None or isinstance(error, SystemExit), error
    return Ended(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A list store with one list of one's own."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "own.csv").write_text(f"address,entity,program\n{LISTED},Some Group,DPRK\n")
    done = run("lists", "update", "own", "--from", str(folder / "own.csv"), "--store", str(folder / "store"))
    assert done.returncode == 0, done.stderr
    return str(folder / "store")


def test_addresses_are_told_with_decision_reasons_and_lists(store: str) -> None:
    done = run("screen", CHECKSUMMED, UNKNOWN, "0x12", "--store", store)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"BLOCK  {CHECKSUMMED}"
    assert "it is on a list: own, Some Group" in lines[1]
    assert f"CLEAR  {UNKNOWN}" in lines
    assert "NOT-SCREENED  0x12" in lines
    assert lines[-1].startswith("Against: own of ")


def test_json_has_everything(store: str) -> None:
    (answer,) = json.loads(run("screen", LISTED, "--chain", "polygon", "--format", "json", "--store", store).stdout)
    assert (answer["decision"], answer["chain"]) == ("block", "eip155:137")
    assert answer["listings"][0]["names"] == ["Some Group"]


@pytest.mark.parametrize("head", ["", "customer,address\n"])
def test_a_file_or_standard_input_gives_csv_in_its_order(store: str, head: str) -> None:
    prefix = "x," if head else ""
    text = head + "".join(f"{prefix}{address}\n" for address in (UNKNOWN, LISTED, "?"))
    done = run("screen", "--file", "-", "--format", "csv", "--store", store, stdin=text)
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert [row["decision"] for row in rows] == ["clear", "block", "not-screened"]
    assert [row["input"] for row in rows] == [UNKNOWN, LISTED, "?"]
    same = run("screen", "--file", "-", "--format", "csv", "--chain", "ethereum", "--store", store, stdin=text)
    assert [row["decision"] for row in csv.DictReader(StringIO(same.stdout))] == ["clear", "block", "not-screened"]


def test_names_are_told_with_score_and_features(store: str) -> None:
    done = run("screen", "--name", "Some Group", "--name", "Anna Oberhauser", "--store", store)
    lines = done.stdout.splitlines()
    assert lines[0] == "REVIEW  Some Group"
    assert "Some Group (organisation, own " in lines[1]
    assert lines[-1] == "CLEAR  Anna Oberhauser"
    rows = run("screen", "--name", "Some Group", "--format", "csv", "--store", store).stdout.splitlines()
    assert rows[1].startswith("Some Group,review,own,")
    assert run("screen", UNKNOWN, "--name", "x", "--store", store).returncode == 2


def test_without_lists_nothing_is_called_clear(tmp_path: Path) -> None:
    done = run("screen", UNKNOWN, "--store", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no list is known (fetch them: clew lists update)" in done.stderr
    assert run("screen", "--store", str(tmp_path)).returncode == 2


def test_a_day_before_the_first_version_has_no_answer(store: str) -> None:
    done = run("screen", UNKNOWN, "--as-of", "2001-01-01", "--store", store)
    assert done.returncode == 2
    assert "no list is known that was in force on 2001-01-01" in done.stderr


def test_tokens_are_made_listed_and_revoked(tmp_path: Path) -> None:
    records = ["--records", f"sqlite:///{tmp_path}/records.db"]
    secret = run("token", "add", "desk", "--scope", "screen", *records).stdout.strip()
    assert secret.startswith("clew_")
    assert "in force" in run("token", "list", *records).stdout
    assert secret not in run("token", "list", *records).stdout
    assert run("token", "revoke", "desk", *records).returncode == 0
    assert "revoked" in run("token", "list", *records).stdout
    assert run("token", "revoke", "desk", *records).returncode == 2
    assert run("token", "add", "x", "--scope", "all", *records).returncode == 2


def test_the_service_answers_reloads_and_ends_when_it_is_told(store: str, tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path}/records.db", free_port()
    secret = run("token", "add", "desk", "--scope", "screen", "--scope", "read", "--records", url).stdout.strip()
    base = f"http://127.0.0.1:{port}"

    def up() -> bool:
        try:
            return httpx.get(f"{base}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    command = [*CLEW, "serve", "--port", str(port), "--records", url, "--store", store, "--refresh", "0.1"]
    with (
        process(command, answers=up),
        httpx.Client(base_url=base, headers={"Authorization": f"Bearer {secret}"}, trust_env=False) as client,
    ):
        asked = {"addresses": [{"address": UNKNOWN}]}
        assert client.post("/v1/screen/addresses", json=asked).json()["answers"][0]["decision"] == "clear"
        newer = tmp_path / "own.csv"
        newer.write_text(f"address,entity,program\n{LISTED},Some Group,DPRK\n{UNKNOWN},Another,DPRK\n")
        assert run("lists", "update", "own", "--from", str(newer), "--store", store).returncode == 0
        while not (rows := client.get("/v1/changes").json()["rows"]):
            time.sleep(0.01)
        assert [(row["before"], row["after"]) for row in rows] == [("clear", "block")]


def test_past_questions_are_asked_again_once(tmp_path: Path) -> None:
    places = ["--store", str(tmp_path / "store"), "--records", f"sqlite:///{tmp_path}/records.db"]
    (tmp_path / "own.csv").write_text(f"address\n{UNKNOWN}\n")
    assert run("lists", "update", "own", "--from", str(tmp_path / "own.csv"), *places[:2]).returncode == 0
    records = Records(places[3])
    records.keep_answers([Answered("address", AddressQuestion(UNKNOWN).subject, "clear", "[]", "older")])
    assert run("rescreen", *places).stdout == "asked past questions again: 1 have another answer\n"
    assert [(row["before"], row["after"]) for row in records.changes()] == [("clear", "block")]
    assert run("rescreen", *places).stdout == "asked past questions again: 0 have another answer\n"
    assert len(records.changes()) == 1


def wait_until_up(started: "subprocess.Popen[str]") -> None:
    """Until it answers, and the process beside it has asked past questions again, in whichever order."""
    assert started.stderr is not None
    lines = sorted(started.stderr.readline() for _ in range(2))
    assert lines[0].startswith("Listening")
    assert lines[1] == "asked past questions again: 0 have another answer\n"


def children(process: "subprocess.Popen[str]") -> list[str]:
    """Ids of the processes that one started."""
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def test_a_killed_worker_is_started_again_and_all_end_together(store: str, tmp_path: Path) -> None:
    command = [*CLEW, "serve", "--workers", "2", "--port", str(free_port()), "--store", store]
    command += ["--records", f"sqlite:///{tmp_path}/r.db"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        lines = filter(lambda line: line.startswith(("Listening", "clew serve")), started.stderr)
        assert [next(lines)[:9] for _ in range(2)] == ["Listening", "Listening"]
        os.kill(int(children(started)[0]), signal.SIGKILL)
        assert [next(lines)[:10] for _ in range(2)] == ["clew serve", "Listening "]
        running = children(started)
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=60) == 0
        assert len(running) == 3, "two that answer, and one that asks past questions again"
        assert not any(Path(f"/proc/{each}").exists() for each in running)


def test_a_service_that_is_killed_leaves_nothing_running(store: str, tmp_path: Path) -> None:
    command = [*CLEW, "serve", "--port", str(free_port()), "--store", store, "--refresh", "0.1"]
    command += ["--records", f"sqlite:///{tmp_path}/r.db"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        wait_until_up(started)
        running = children(started)
        started.kill()
    while any(Path(f"/proc/{each}").exists() for each in running):
        time.sleep(0.05)


def test_a_worker_that_cannot_start_ends_all_with_its_code(tmp_path: Path) -> None:
    words = ["--workers", "2", "--port", str(free_port()), "--records", f"sqlite:///{tmp_path}/r.db"]
    done = subprocess.run([*CLEW, "serve", "--store", str(tmp_path), *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no list is known" in done.stderr


def test_a_port_in_use_is_told(store: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, "--records", f"sqlite:///{tmp_path}/r.db", "--store", store)
    assert done.returncode == 1
    assert "in use" in done.stderr


def test_stopping_it_is_no_error(store: str, tmp_path: Path) -> None:
    command = [*CLEW, "serve", "--port", str(free_port()), "--records", f"sqlite:///{tmp_path}/r.db", "--store", store]
    command += ["--refresh", "0.1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        wait_until_up(started)
        started.send_signal(signal.SIGINT)
        assert started.wait(timeout=60) == 0
