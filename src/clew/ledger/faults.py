"""DuckDB's errors in words a person can act on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from clew.errors import ClewError, InputError, RunError

_FULL = re.compile("no space left|file too large|disk quota|failed to write|could not write|max_temp_directory", re.I)
_FOREIGN = re.compile(
    "not a valid duckdb|version number|newer version|checksum|corrupt|deserializ|could not read", re.I
)
_HOLDER = re.compile(r"held in (?P<program>.*?)\(PID (?P<pid>\d+)\)")


def explain(error: duckdb.Error, where: str) -> ClewError:
    """The error of this project that says what to do about one of DuckDB's."""
    text = str(error)
    if "lock on file" in text:
        holder = _HOLDER.search(text)
        who = f"process {holder['pid']} ({holder['program'].strip()})" if holder else "another process"
        return RunError(
            f"{who} holds the ledger", where=where, mend="wait for that run to end, or stop it, and run again"
        )
    if _FULL.search(text):
        return RunError(
            f"the ledger could not be written: {text.splitlines()[0]}",
            where=where,
            mend="make room on the disk and run again; what was written before is kept and not asked for again",
        )
    if _FOREIGN.search(text):
        return InputError(
            f"the ledger cannot be read: {text.splitlines()[0]}",
            where=where,
            mend="delete it and run again: it is rebuilt from the case's evidence",
        )
    return RunError(f"the ledger failed: {text.splitlines()[0]}", where=where)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise DuckDB's errors as this project's own."""
    try:
        yield
    except duckdb.Error as error:
        raise explain(error, where) from error
