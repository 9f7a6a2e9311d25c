"""Opening a ledger file."""

from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from clew.errors import InputError, RunError
from clew.ledger import schema
from clew.ledger.faults import translated
from clew.ledger.histories import Histories
from clew.ledger.view import View
from clew.ledger.writer import Writer

_open_here: set[Path] = set()
"""Files this process holds for writing: DuckDB's lock keeps out other processes, not a second opening in this one."""


class Ledger:
    """One DuckDB file of transfers; a context manager. One process writes it, or any number read it, never both."""

    def __init__(self, db: duckdb.DuckDBPyConnection, where: str, held: Path | None = None) -> None:
        self._db = db
        self._held = held
        histories = Histories(db)
        self.view = View(db, histories)
        self.writer = Writer(db, where, histories)

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """The ledger at `path` (``:memory:`` for one that is not kept), made where it is not there.

        RunError where another process or this one holds it for writing; InputError where the file is broken, not a
        ledger, or of another schema version.
        """
        if str(path) == ":memory:":
            return cls(_prepared(duckdb.connect(), ":memory:"), ":memory:")
        file = Path(path).resolve()
        if read_only and not file.exists():
            raise InputError("no such ledger", where=str(file), mend="ingest first")
        if file in _open_here:
            raise RunError("the ledger is already open in this process", where=str(file), mend="close it first")
        with translated(str(file)):
            db = _prepared(duckdb.connect(str(file), read_only=read_only), str(file))
        if read_only:
            return cls(db, str(file))
        _open_here.add(file)
        return cls(db, str(file), file)

    def close(self) -> None:
        """Write what is committed into the file and let go of it."""
        if self._held is not None:
            _open_here.discard(self._held)
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _prepared(db: duckdb.DuckDBPyConnection, where: str) -> duckdb.DuckDBPyConnection:
    """The connection with its tables made or checked; closed where they are wrong."""
    try:
        if db.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]:
            schema.create(db)
        schema.check(db, where)
    except (InputError, duckdb.Error):
        db.close()
        raise
    return db
