"""``clew trace`` as a specification: what it answers, and what it says of bad input, bad sources and interruptions."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.sources.conftest import Asked, Server

from clew import cli
from clew.amounts import format_units
from clew.service.outputs import OUTPUTS
from clew.simulate import simulate_theft
from clew.sources.transport import HttpTransport

Json = dict[str, Any]
FETCHED = 1_750_000_000
"""When every reply of these tests was fetched: the clock of the transports stands still."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    said: str
    """On the error stream."""

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.out)
        return found


Clew = Callable[..., Ended]


@pytest.fixture
def clew(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clew:
    """Runs a command in this process."""
    defaults = HttpTransport.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "now", lambda: FETCHED * 10**9)

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["clew", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@dataclass(frozen=True)
class World:
    """The simulated theft on disk."""

    folder: Path

    @property
    def case(self) -> Path:
        return self.folder / "case.toml"

    @property
    def replies(self) -> Path:
        return self.folder / "replies.jsonl.gz"

    @property
    def offline(self) -> tuple[object, ...]:
        """Options that trace from what was recorded."""
        return ("--recorded", self.replies, "--offline")

    def stated(self, *changes: tuple[str, str]) -> str:
        """The case file with words changed, each of which has to be there."""
        text = self.case.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"))
    simulate_theft(1, made.folder)
    return made


STILL = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from clew.cli import main
from clew.sources.transport import HttpTransport
HttpTransport.__init__.__kwdefaults__["now"] = lambda: {FETCHED} * 10**9
main()
"""
"""The command in a process of its own, with a clock that stands still. It can be stopped although these tests may run
where that is switched off, as behind a script's ``&``."""


# What it answers


@pytest.fixture(scope="module")
def traced(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Json]:
    """The folder of a whole trace, and the summary it printed."""
    folder = tmp_path_factory.mktemp("traced") / "out"
    command = [sys.executable, "-c", STILL, "trace", world.case, *world.offline, "--out", folder, "--json"]
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return folder, json.loads(ended.stdout)


def test_the_trace_of_a_simulated_theft_is_its_truth_to_the_last_unit(world: World, traced: tuple[Path, Json]) -> None:
    truth = json.loads((world.folder / "truth.json").read_text(encoding="utf-8"))
    expected = {
        (row["theft"], row["chain"], row["address"], row["asset"]): (int(row["amount"]), int(row["origin_amount"]))
        for row in truth["standing"]
    }
    result = json.loads((traced[0] / "result.json").read_text(encoding="utf-8"))
    found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for row in result["dispositions"]:
        key = row["theft"], row["chain"], row["address"] or row["account"], row["asset"]
        amount, origin = found.get(key, (0, 0))
        found[key] = amount + int(row["amount"]), origin + int(row["origin_amount"])
    assert found == expected
    assert {row["difference"] for row in result["conservation"]} == {"0"}


def test_the_summary_has_the_fields_of_the_design(traced: tuple[Path, Json]) -> None:
    folder, summary = traced
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert list(summary) == [
        "case", "policy", "result_sha256", "stolen", "dispositions", "conservation", "limitations"
    ]  # fmt: skip
    assert summary == {name: result[name] for name in summary}
    assert {"asset", "symbol", "amount"} <= summary["stolen"][0].keys()
    row = summary["dispositions"][0]
    assert {
        "kind", "category", "entity", "chain", "address", "asset", "amount", "origin_amount", "origin_asset", "grade",
        "hops", "last_tx", "last_time",
    } <= row.keys()  # fmt: skip
    assert {"asset", "stolen", "accounted", "difference"} <= summary["conservation"][0].keys()
    assert all(isinstance(row[name], str) for name in ("amount", "origin_amount"))
    assert all({"code", "address", "detail"} <= limit.keys() for limit in summary["limitations"])


@pytest.mark.slow
def test_all_policies_are_compared(world: World, traced: tuple[Path, Json], tmp_path: Path, clew: Clew) -> None:
    folder = tmp_path / "all"
    ended = clew("trace", world.case, *world.offline, "--out", folder, "--policy", "all")
    assert (ended.code, ended.said) == (0, "")
    assert "Every policy, in units of what was stolen" in ended.out
    for policy in ("fifo", "lifo", "haircut", "poison", "clean-first", "dirty-first"):
        assert policy in ended.out
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert result["dispositions"] == traced[1]["dispositions"]
    stolen = {row["theft"]: int(row["amount"]) for row in result["stolen"]}
    for policy, rows in result["compared"].items():
        totals = Counter(dict.fromkeys(stolen, 0))
        for row in rows:
            totals[row["theft"]] += int(row["origin_amount"] or 0)
        assert totals == (stolen if policy != "poison" else dict.fromkeys(stolen, 0))
    for theft, amount in stolen.items():
        assert format_units(amount, 18 if theft == "eth" else 6) in ended.out


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (("--max-hops", 1), "more than 1 hops away"),
        (("--max-addresses", 5), "5 accounts were loaded already"),
        (("--min-amount", "3000 ETH"), "holds less than the least amount followed"),
        (("--max-transfers", 3), "more than 3 transfers: too busy to be one person's"),
    ],
)
def test_a_bound_ends_the_walk_and_is_named(
    world: World, tmp_path: Path, clew: Clew, bound: tuple[object, ...], said: str
) -> None:
    summary = clew("trace", world.case, *world.offline, "--out", tmp_path / "out", "--json", *bound).json
    details = {row["detail"] for row in summary["dispositions"] if row["kind"] == "not-followed"}
    assert said in details
    assert {row["difference"] for row in summary["conservation"]} == {"0"}


def test_an_answer_as_of_a_time_knows_nothing_later(world: World, tmp_path: Path, clew: Clew) -> None:
    until = "2025-03-01T06:00:00Z"
    summary = clew("trace", world.case, *world.offline, "--out", tmp_path / "out", "--json", "--until", until).json
    assert max(row["last_time"] for row in summary["dispositions"]) <= until
    assert {row["difference"] for row in summary["conservation"]} == {"0"}
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["bounds"]["until"] == until


def test_a_wallet_of_a_list_in_the_store_is_named(world: World, tmp_path: Path, clew: Clew) -> None:
    thief = "0xb4e700dbbd2c9a48b57f4205678f1951feaa4802"
    (tmp_path / "own.csv").write_text(f"address,holder,listed\n{thief},Kite Group,2025-06-01\n", encoding="utf-8")
    store = ("--store", tmp_path / "store")
    trace = ("trace", world.case, *world.offline, "--out", tmp_path / "out", "--max-addresses", 1, *store)
    refused = clew(*trace)
    assert (refused.code, refused.out) == (2, "")
    assert "no list is known (fetch them: clew lists update)" in refused.said
    assert clew("lists", "update", "own", "--from", tmp_path / "own.csv", "--dated", "2025-06-02", *store).code == 0
    ended = clew(*trace)
    assert ended.code == 0, ended.said
    assert f"sanctioned {thief}: Kite Group, since 2025-06-01, by own of 2025-06-02" in ended.out
    assert clew("verify", tmp_path / "out").code == 0


def test_help_loads_nothing_heavy() -> None:
    heavy = "('numba', 'llvmlite', 'numpy', 'duckdb', 'pyarrow', 'httpx', 'typst', 'jinja2', 'rich', 'yaml', 'orjson')"
    look = f"import sys, clew.cli\nsys.argv = ['clew', '--help']\ntry:\n  clew.cli.main()\nfinally:\n  print([m for m in {heavy} if m in sys.modules])"  # noqa: E501
    for words in ("['clew', '--help']", "['clew', 'trace', '--help']"):
        code = look.replace("['clew', '--help']", words)
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert ended.stdout.splitlines()[-1] == "[]", words


# Bad input: exit code 2, what is wrong, where, and how to mend it


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("[[theft]]", "[[theft]")], ["not TOML", "line 5", "mend the place named"]),
        ([('chain = "ethereum"', 'chain = "etherium"')], ["theft[1].chain", "unknown chain 'etherium'", "ethereum"]),
        ([('to = "0xb4e7', 'to = "0xB4e7')], ["theft[1].to", "EIP-55 checksum", "position"]),
        ([('amount = "41000"', 'amount = "41000.1234567890123456789"')], ["theft[1].amount", "18"]),
        ([('policy = "fifo"', 'policy = "fi-fo"')], ["policy", "unknown policy 'fi-fo'", "haircut"]),
        ([('amount = "41000"', 'amount = "-1"'), ('"USDC"', '"USDCOIN"')], ["2 faults", "theft[1].amount", "theft[2]"]),
    ],
)
def test_a_case_file_with_faults_is_refused_before_anything_is_written(
    world: World, tmp_path: Path, clew: Clew, changes: list[tuple[str, str]], words: list[str]
) -> None:
    case = tmp_path / "case.toml"
    case.write_text(world.stated(*changes), encoding="utf-8")
    ended = clew("trace", case, *world.offline, "--out", tmp_path / "out")
    assert (ended.code, ended.out) == (2, "")
    assert ended.said.startswith(f"clew: {case}")
    assert [word for word in words if word not in ended.said] == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--policy", "newest"), ["unknown policy 'newest'", "fifo"]),
        (("--until", "yesterday"), ["--until", "'yesterday' is not a time", "2022-04-04"]),
        (("--min-amount", "5 DOGE"), ["--min-amount", "'DOGE' was not stolen", "ETH, USDC"]),
        (("--min-amount", "five"), ["--min-amount", "five"]),
        (("--max-hops", "-1"), ["--max-hops"]),
        (("--recorded", "/nowhere"), ["/nowhere"]),
        (("--tags", __file__), ["test_trace.py"]),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    world: World, tmp_path: Path, clew: Clew, options: tuple[str, ...], words: list[str]
) -> None:
    ended = clew("trace", world.case, *world.offline, "--out", tmp_path / "out", *options)
    assert (ended.code, ended.out) == (2, "")
    assert [word for word in words if word not in ended.said] == []
    assert not (tmp_path / "out").exists()


def test_a_case_that_is_nowhere_is_told(tmp_path: Path, clew: Clew) -> None:
    ended = clew("trace", "roning-2022", "--offline", "--out", tmp_path / "out")
    assert ended.code == 2
    assert "roning-2022" in ended.said


def test_a_theft_transaction_that_nobody_knows_is_told(world: World, tmp_path: Path, clew: Clew) -> None:
    case, none = tmp_path / "case.toml", "0x" + "99" * 32
    text = world.case.read_text(encoding="utf-8")
    start = text.index('tx = "') + len('tx = "')
    case.write_text(text[:start] + none + text[start + 66 :], encoding="utf-8")
    ended = clew("trace", case, *world.offline, "--out", tmp_path / "out")
    assert ended.code == 2
    assert f"theft eth: no reply shows transaction {none} (check the transaction and the chain" in ended.said
    assert list((tmp_path / "out" / "evidence").glob("*/*.gz")), "what was read is kept"
    assert not (tmp_path / "out" / "result.json").exists()


def test_a_theft_of_another_amount_is_told_with_both(world: World, tmp_path: Path, clew: Clew) -> None:
    case = tmp_path / "case.toml"
    case.write_text(world.stated(('amount = "41000"', 'amount = "40999.5"')), encoding="utf-8")
    ended = clew("trace", case, *world.offline, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "moves 41000000000000000000000 base units of ETH" in ended.said
    assert "the case says 40999500000000000000000" in ended.said
    assert "part = true" in ended.said


# Recorded files that are none


def line(response: str, **more: Any) -> bytes:
    query = {"module": "account", "action": "txlist", "address": "0x" + "a" * 40}
    return (json.dumps({"query": query, "fetched": FETCHED, **more})[:-1] + f', "response": {response}}}\n').encode()


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (gzip.compress(line("{}"), mtime=0)[:-9], 1, ["gzip file is broken", "copy it again"]),
        (line('{"status": "1"}') + b'{"query": {"mod', 1, ["line 2", "broken JSON"]),
        (line('""'), 1, ["line 1", "the recorded reply is empty", "record it again"]),
        (line('"<html>busy</html>"'), 1, ["line 1", "web page (HTML)"]),
        (line('{"status": "1"}', fetched="yesterday"), 1, ["line 1", "'yesterday'", "seconds since 1970"]),
        (b"", 2, ["the file is empty"]),
        (b"\x00\x01\x02", 1, ["line 1"]),
    ],
)
def test_a_broken_recorded_file_is_told_with_its_line(
    world: World, tmp_path: Path, clew: Clew, body: bytes, code: int, words: list[str]
) -> None:
    recorded = tmp_path / "replies.jsonl"
    recorded.write_bytes(body)
    ended = clew("trace", world.case, "--recorded", recorded, "--offline", "--out", tmp_path / "out")
    assert (ended.code, ended.out) == (code, "")
    assert [word for word in [str(recorded), *words] if word not in ended.said] == []


def test_replies_that_do_not_say_when_they_were_fetched_are_as_old_as_what_they_show(
    world: World, tmp_path: Path, clew: Clew
) -> None:
    recorded = tmp_path / "replies.jsonl"
    with gzip.open(world.replies, "rt", encoding="utf-8") as lines, recorded.open("w", encoding="utf-8") as kept:
        for saved in map(json.loads, lines):
            del saved["fetched"]
            kept.write(json.dumps(saved) + "\n")
    options = ("--recorded", recorded, "--offline", "--out", tmp_path / "out", "--max-addresses", 1)
    assert clew("trace", world.case, *options).code == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["as_of"][:7] == "2025-03"
    assert clew("verify", tmp_path / "out").code == 0


def test_without_the_network_and_without_replies_it_is_said_that_nothing_is_known(
    world: World, tmp_path: Path, clew: Clew
) -> None:
    ended = clew("trace", world.case, "--offline", "--out", tmp_path / "out")
    assert ended.code == 2
    assert "nothing is recorded, and the network is forbidden (give --recorded" in ended.said


# The network: a local server that gives what the simulated explorers would


class Explorers:
    """Answers as Etherscan and Esplora would of the simulated world; counts, and waits where told."""

    def __init__(self, world: World, server: Server) -> None:
        self.server = server
        self.going = threading.Event()
        """Cleared: from question `held` on nothing is answered, so a run stands still there."""
        self.going.set()
        self.held = 0
        self.first: list[bytes] = []
        """Bodies to give before the first good one."""
        self._lists: dict[tuple[str, str], Json] = {}
        self._paths: dict[str, bytes] = {}
        self._places: dict[str, Json] = {}
        with gzip.open(world.replies, "rt", encoding="utf-8") as lines:
            for saved in map(json.loads, lines):
                query, response = saved["query"], saved["response"]
                if "path" in query:
                    self._paths[query["path"]] = json.dumps(response).encode()
                    continue
                self._lists[query["action"], query["address"]] = response
                for row in response["result"]:
                    if "transactionIndex" in row:
                        height, index = int(row["blockNumber"]), int(row["transactionIndex"])
                        self._places[row["hash"]] = {"blockNumber": hex(height), "transactionIndex": hex(index)}
        server.respond = self.respond

    def respond(self, asked: Asked) -> bytes:
        if len(self.server.asked) >= self.held:
            self.going.wait()
        if self.first:
            return self.first.pop(0)
        if asked.path != "/v2/api":
            return self._paths[asked.path]
        if asked.params["module"] == "proxy":
            tx = asked.params["txhash"]
            name = "hash" if asked.params["action"] == "eth_getTransactionByHash" else "transactionHash"
            return json.dumps({"jsonrpc": "2.0", "id": 1, "result": {name: tx, **self._places[tx]}}).encode()
        empty = {"status": "0", "message": "No transactions found", "result": []}
        return json.dumps(self._lists.get((asked.params["action"], asked.params["address"]), empty)).encode()

    def asked(self) -> list[tuple[str, str]]:
        """What was asked for, in order; without the height of the tip, which is asked for anew by every run."""
        shown = [(asked.path, json.dumps(asked.params, sort_keys=True)) for asked in list(self.server.asked)]
        return [question for question in shown if question[0] != "/blocks/tip/height"]

    @contextmanager
    def holding(self, count: int) -> Iterator[None]:
        """Whoever asks comes to a stand at question `count`, until the context ends."""
        self.held = count
        self.going.clear()
        try:
            yield
        finally:
            self.going.set()

    def wait_for(self, count: int) -> None:
        """Until so much was asked."""
        while len(self.server.asked) < count:
            time.sleep(0.01)


@pytest.fixture
def explorers(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Explorers]:
    server = Server()
    settings = tmp_path / "clew.toml"
    settings.write_text(
        f'requests_per_second = 100000.0\n[endpoints]\nethereum = "{server.base}/v2/api"\nbitcoin = "{server.base}"\n'
    )
    monkeypatch.setenv("CLEW_CONFIG", str(settings))
    yield Explorers(world, server)
    server.close()


def test_a_web_page_in_place_of_an_answer_is_told_and_never_kept(
    world: World, explorers: Explorers, tmp_path: Path, clew: Clew
) -> None:
    explorers.first = [b"<!DOCTYPE html><title>Just a moment...</title>"]
    ended = clew("trace", world.case, "--out", tmp_path / "out")
    assert ended.code == 1
    assert "a web page (HTML) in place of JSON" in ended.said
    assert "open it in a browser" in ended.said
    assert not (tmp_path / "out" / "evidence").exists()


def test_a_rate_limit_with_status_200_is_asked_again_and_never_kept(
    world: World, explorers: Explorers, tmp_path: Path, clew: Clew
) -> None:
    limit = b'{"status":"0","message":"NOTOK","result":"Max calls per sec rate limit reached (3/sec)"}'
    explorers.first = [limit, limit]
    ended = clew("trace", world.case, "--out", tmp_path / "out", "--max-addresses", "1", "--json")
    assert ended.code == 0, ended.said
    times = Counter(explorers.asked())
    assert sorted(times.values())[-2:] == [1, 3]
    kept = (gzip.decompress(path.read_bytes()) for path in (tmp_path / "out" / "evidence").glob("*/*.gz"))
    assert limit not in set(kept)


def test_a_source_that_is_not_there_is_told(world: World, tmp_path: Path, clew: Clew, monkeypatch: Any) -> None:
    settings = tmp_path / "clew.toml"
    settings.write_text('[endpoints]\nethereum = "esplora:http://127.0.0.1:1"\n')
    monkeypatch.setenv("CLEW_CONFIG", str(settings))
    ended = clew("trace", world.case, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "'esplora:http://127.0.0.1:1' is no source of ethereum (write kind:address; explorer, or rpc" in ended.said


# Interruptions


@contextmanager
def started(*words: object) -> Iterator[subprocess.Popen[str]]:
    """A command under way; it is gone when the context ends."""
    command = [sys.executable, "-c", STILL, *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def written(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


@pytest.mark.slow
def test_a_run_that_was_stopped_and_killed_goes_on_where_it_was(
    world: World, explorers: Explorers, tmp_path: Path, clew: Clew
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    few = ("--max-addresses", 20)
    with started("trace", world.case, "--out", whole, *few) as first:
        with explorers.holding(30):
            explorers.wait_for(30)
            second = clew("trace", world.case, "--out", whole, *few)
        out, said = first.communicate()
        assert (first.returncode, said) == (0, "")
    assert second.code == 1
    assert f"process {first.pid} " in second.said
    assert "wait for that run to end" in second.said
    once = Counter(explorers.asked())
    assert set(once.values()) == {1}

    stops = []
    for count, how in ((20, signal.SIGINT), (30, signal.SIGKILL)):
        there = len(explorers.server.asked) + count
        with explorers.holding(there), started("trace", world.case, "--out", broken, *few) as process:
            explorers.wait_for(there)
            process.send_signal(how)
            out, said = process.communicate()
        if how is signal.SIGINT:
            assert (process.returncode, out) == (1, "")
            assert said.strip() == "clew: stopped; what was fetched is kept, run the same command to go on"
        stops.append(len(explorers.asked()))
        assert not (broken / "result.json").exists()
    assert clew("trace", world.case, "--out", broken, *few).code == 0
    assert written(broken) == written(whole)
    again = Counter(explorers.asked()) - once
    # What was on its way at a stop never came to be kept; all else was asked once more than by the whole run.
    on_its_way = Counter(explorers.asked()[count - 1] for count in stops)
    assert again - on_its_way <= once
    assert clew("verify", broken).code == 0


@pytest.mark.slow
def test_on_a_full_disk_the_run_says_so_and_goes_on_when_there_is_room(
    world: World, tmp_path: Path, clew: Clew
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "clew-test", str(disk)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        few = ("--max-addresses", 12)
        for size in ("100k", "400k", "900k"):  # it gives out under the ledger, under the evidence, under the reports
            subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
            ended = clew("trace", world.case, *world.offline, "--out", disk / "out", *few)
            assert (ended.code, ended.out) == (1, "")
            assert ended.said.startswith(f"clew: {disk / 'out'}")
            assert "make room" in ended.said or "free the disk" in ended.said
            assert not list((disk / "out").rglob("*.part"))
            assert not (disk / "out" / "result.json").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert clew("trace", world.case, *world.offline, "--out", disk / "out", *few).code == 0
        assert clew("verify", disk / "out").code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Verification at the command line


def test_verify_passes_and_names_what_was_changed(world: World, tmp_path: Path, clew: Clew) -> None:
    folder = tmp_path / "out"
    assert clew("trace", world.case, *world.offline, "--out", folder, "--max-addresses", 3).code == 0
    assert "verified" in clew("verify", folder).out
    for path in (max((folder / "evidence").glob("*/*.gz")), folder / "transfers.parquet", folder / "result.json"):
        body = path.read_bytes()
        path.write_bytes(body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])
        ended = clew("verify", folder)
        assert (ended.code, ended.out) == (3, "")
        assert path.name in ended.said
        path.write_bytes(body)
    assert clew("verify", folder).code == 0
