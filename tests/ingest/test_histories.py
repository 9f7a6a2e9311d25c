"""Loading histories: each account once, resumed after a kill at any point, positions completed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clew.errors import RetryError
from clew.ingest import Loader
from clew.ledger import Ledger
from clew.model import Decoded, History, Kind, Reply, Transfer
from clew.sources import Fetched, NotRecordedError

CHAIN, ETH = "eip155:1", "eip155:1/slip44:60"
COVERS = frozenset({Kind.NATIVE})


def reply(name: str, *rows: str) -> Reply:
    """A reply whose body is lines of ``tx height index seq sender receiver amount``."""
    return Reply("test/rows", CHAIN, {"name": name}, "1700000000", "\n".join(rows).encode())


def decode(shown: Reply) -> Decoded:
    """The decoder of `reply`."""
    rows = [line.split() for line in shown.body.decode().splitlines()]
    return Decoded(
        tuple(
            Transfer(CHAIN, int(h), int(i), int(s), tx, 1000 + int(h), ETH, a, b, int(amount), Kind.NATIVE)
            for tx, h, i, s, a, b, amount in rows
        )
    )


HISTORIES = {
    "a": Fetched((reply("a1", "t1 1 0 0 x a 100"), reply("a2", "t2 2 -1 0 a b 60")), "complete", COVERS),
    "b": Fetched((reply("b1", "t2 2 -1 0 a b 60", "t3 2 4 0 b c 50", "t4 3 -1 0 b c 1"),), "complete", COVERS),
    "c": Fetched((reply("c1", "t3 2 4 0 b c 50", "t4 3 -1 0 b c 1"),), "busy", COVERS, "too many"),
}
TRANSACTIONS = {"t2": (reply("t2", "t2 2 3 0 a b 60"), Reply("meta/tip", CHAIN, {}, "1", b"not to be decoded"))}


class Source:
    """A source with fixed answers that notes what it was asked."""

    name, chain = "test", CHAIN

    def __init__(self) -> None:
        self.asked: list[str] = []

    def history(self, account: str, *, limit: int) -> Fetched:
        self.asked.append(account)
        assert limit == 500
        if account not in HISTORIES:
            raise NotRecordedError("offline", where=account)
        return HISTORIES[account]

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        self.asked.append(tx)
        if tx not in TRANSACTIONS:
            raise NotRecordedError("offline", where=tx)
        return TRANSACTIONS[tx]


def rows(ledger: Ledger) -> list[tuple[object, ...]]:
    table = ledger.view.transfers()
    replies = ledger.view.replies()
    return [
        (
            table.txs[table.tx[i]],
            int(table.height[i]),
            int(table.tx_index[i]),
            table.account_name[table.sender[i]],
            table.account_name[table.receiver[i]],
            table.amount_of(i),
            replies[table.reply[i]].sha256,
        )
        for i in range(len(table))
    ]


def test_each_account_is_loaded_once_and_its_history_recorded() -> None:
    source = Source()
    told: list[tuple[int, int]] = []
    with Ledger.open(":memory:") as ledger:
        loader = Loader(ledger, source, limit=500, decode=decode)
        known = loader.load(["a", "c", "a"], progress=lambda done, of: told.append((done, of)))
        assert known == {
            "a": History(CHAIN, "a", "complete", COVERS),
            "c": History(CHAIN, "c", "busy", COVERS, "too many"),
        }
        assert told == [(1, 2), (2, 2)]
        assert Loader(ledger, source, limit=500, decode=decode).load(["c", "a"]) == known
        assert source.asked == ["a", "c", "t2"]


def test_a_position_that_matters_is_asked_for_once_and_completed() -> None:
    source = Source()
    with Ledger.open(":memory:") as ledger:
        loader = Loader(ledger, source, limit=500, decode=decode)
        loader.load(["a", "b"])
        assert source.asked == ["a", "b", "t2"]  # t4 is alone in its block
        assert [row[:3] for row in rows(ledger)] == [("t1", 1, 0), ("t2", 2, 3), ("t3", 2, 4), ("t4", 3, -1)]
        assert ledger.view.limitations() == []


def test_a_position_nobody_shows_is_a_limitation_and_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TRANSACTIONS, "t2")
    source = Source()
    with Ledger.open(":memory:") as ledger:
        loader = Loader(ledger, source, limit=500, decode=decode)
        for _ in range(2):
            loader.load(["a", "b"])
        assert source.asked == ["a", "b", "t2"]
        (limitation,) = ledger.view.limitations()
        assert (limitation.code, limitation.chain) == ("unknown-position", CHAIN)
        assert "transaction t2 " in limitation.detail
        assert [row[0] for row in rows(ledger)] == ["t1", "t3", "t2", "t4"]


def test_an_account_without_a_recorded_reply_is_unavailable_and_tried_by_the_next_run() -> None:
    source = Source()
    with Ledger.open(":memory:") as ledger:
        loader = Loader(ledger, source, limit=500, decode=decode)
        for _ in range(2):
            known = loader.load(["nobody"])["nobody"]
            assert (known.status, known.covers) == ("unavailable", frozenset())
            assert "offline" in known.detail
        Loader(ledger, source, limit=500, decode=decode).load(["nobody"])
        assert source.asked == ["nobody", "nobody"]


def test_a_failing_source_ends_the_load_and_what_was_loaded_stays() -> None:
    class Broken(Source):
        def history(self, account: str, *, limit: int) -> Fetched:
            if account == "b":
                raise RetryError("busy")
            return super().history(account, limit=limit)

    with Ledger.open(":memory:") as ledger:
        with pytest.raises(RetryError):
            Loader(ledger, Broken(), limit=500, decode=decode).load(["a", "b", "c"])
        assert ledger.view.history(CHAIN, "a") is not None
        assert ledger.view.history(CHAIN, "b") is None
        assert len(rows(ledger)) == 2


# Loads that kill themselves at their n-th step: a question (before and after it is archived), a decoding, or a commit.
# Each is a fork of one process that has loaded the modules and opened nothing.
KILLED = """
import importlib.util, os, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("histories", sys.argv[1])
test = importlib.util.module_from_spec(spec)
spec.loader.exec_module(test)
for kill_at in range(int(sys.argv[3])):
    child = os.fork()
    if not child:
        test.load_through_an_archive(Path(sys.argv[2]) / str(kill_at), kill_at)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def load_through_an_archive(folder: Path, kill_at: int = -1) -> int:
    """Load a, b, c with every reply archived, dying at step `kill_at`; gives the number of steps."""
    steps = 0

    def step() -> None:
        nonlocal steps
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    class Archived(Source):
        """Its archive is a file for each question; a second fetch of a question fails the run."""

        def fetch(self, question: str) -> None:
            step()
            if not (folder / f"archive-{question}").exists():
                (folder / f"fetched-{question}").touch(exist_ok=False)
                (folder / f"archive-{question}").touch()
            step()

        def history(self, account: str, *, limit: int) -> Fetched:
            self.fetch(account)
            return super().history(account, limit=limit)

        def transaction(self, tx: str) -> tuple[Reply, ...]:
            self.fetch(tx)
            return super().transaction(tx)

    def decode_step(shown: Reply) -> Decoded:
        step()
        return decode(shown)

    def progress(_done: int, _of: int) -> None:
        step()

    with Ledger.open(folder / "ledger.duckdb") as ledger:
        Loader(ledger, Archived(), limit=500, decode=decode_step).load(["a", "b", "c"], progress=progress)
    return steps


def content(folder: Path) -> tuple[object, ...]:
    with Ledger.open(folder / "ledger.duckdb", read_only=True) as ledger:
        view = ledger.view
        return rows(ledger), view.replies(), view.limitations(), [view.history(CHAIN, name) for name in "abc"]


def test_a_load_killed_at_any_step_is_resumed_to_the_same_ledger_asking_nothing_twice(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    steps = load_through_an_archive(whole)
    assert steps > 10
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for kill_at in range(steps):
        (tmp_path / str(kill_at)).mkdir()
    command = [sys.executable, "-c", KILLED, __file__, str(tmp_path), str(steps)]
    killed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=env)
    assert killed.stdout.split() == [str(-signal.SIGKILL)] * steps
    for kill_at in range(steps):
        folder = tmp_path / str(kill_at)
        load_through_an_archive(folder)
        assert content(folder) == content(whole)
        assert sorted(path.name for path in folder.glob("fetched-*")) == [
            f"fetched-{name}" for name in ("a", "b", "c", "t2")
        ]
