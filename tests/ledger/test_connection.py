"""Opening a ledger: one writer at a time, and every bad file with its reason."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from clew.errors import InputError, RunError
from clew.ledger import Ledger
from clew.model import Decoded, Kind, Reply, Transfer

REPLY = Reply("test/reply", "eip155:1", {}, "1", b"")
TRANSFER = Transfer("eip155:1", 1, 0, 0, "0x1", 1, "eip155:1/slip44:60", "a", "b", 5, Kind.NATIVE)


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A Python script in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env)


OPEN = """
    import sys
    from clew.errors import ClewError
    from clew.ledger import Ledger
    try:
        Ledger.open(sys.argv[1], read_only=len(sys.argv) > 2)
    except ClewError as error:
        print(type(error).__name__, error)
"""


def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    for times in range(2):
        with Ledger.open(tmp_path / "ledger.duckdb") as ledger:
            assert len(ledger.view.transfers()) == times
            ledger.writer.append(Decoded((TRANSFER,)), ledger.writer.reply(REPLY, "00"))
    with Ledger.open(tmp_path / "ledger.duckdb", read_only=True) as ledger:
        assert len(ledger.view.transfers()) == 1


@pytest.mark.parametrize("reading", [[], ["read"]])
def test_another_process_is_refused_and_told_who_holds_the_ledger(tmp_path: Path, reading: list[str]) -> None:
    with Ledger.open(tmp_path / "ledger.duckdb"):
        refused = run(OPEN, tmp_path / "ledger.duckdb", *reading).stdout
    assert refused.startswith("RunError")
    assert f"process {os.getpid()}" in refused
    assert "run again" in refused
    assert run(OPEN, tmp_path / "ledger.duckdb").stdout == ""


def test_this_process_cannot_open_it_twice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with Ledger.open(path), pytest.raises(RunError, match="already open"):
        Ledger.open(path)
    Ledger.open(path).close()


@pytest.mark.parametrize("content", [b"", b"<html>busy</html>", b"\0" * 20_000], ids=["empty", "text", "zeros"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.duckdb"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        Ledger.open(path)
    assert path.read_bytes() == content


def test_a_cut_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with Ledger.open(path) as ledger:
        ledger.writer.append(Decoded((TRANSFER,)), ledger.writer.reply(REPLY, "00"))
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises((InputError, RunError), match="ledger"):
        Ledger.open(path)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE customer (id INTEGER)")
    with pytest.raises(InputError, match="not a ledger"):
        Ledger.open(path)
    with duckdb.connect(str(path)) as other:
        assert other.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("customer",)]


def test_a_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    Ledger.open(path).close()
    with duckdb.connect(str(path)) as newer:
        newer.execute("UPDATE meta SET version = 99")
    with pytest.raises(InputError, match="version 99, this Clew reads version 1"):
        Ledger.open(path)


def test_reading_a_ledger_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such ledger"):
        Ledger.open(tmp_path / "none.duckdb", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a file's size cannot be limited there")
def test_a_full_disk_is_an_error_and_leaves_what_was_committed(tmp_path: Path) -> None:
    """The disk is full once a file may not grow: the system then fails the write, as with no space left."""
    script = """
        import resource, signal, sys
        from clew.errors import RunError
        from clew.ledger import Ledger
        from clew.model import Decoded, Kind, Reply, Transfer
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        ledger = Ledger.open(sys.argv[1])
        def append(name, count):
            rows = tuple(Transfer("eip155:1", 1, i, 0, f"{name}{i:064}", 1, "eip155:1/slip44:60", f"{name}a{i}", "b", i,
                                  Kind.NATIVE) for i in range(count))
            number = ledger.writer.reply(Reply("test/reply", "eip155:1", {"name": name}, "1", b""), name)
            ledger.writer.append(Decoded(rows), number)
        append("kept", 10)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        try:
            append("lost", 100_000)
        except RunError as error:
            print("RunError", error)
    """
    ended = run(script, tmp_path / "ledger.duckdb")
    assert ended.stdout.startswith("RunError"), ended.stderr
    assert "make room on the disk" in ended.stdout
    with Ledger.open(tmp_path / "ledger.duckdb", read_only=True) as ledger:
        assert len(ledger.view.transfers()) == 10
