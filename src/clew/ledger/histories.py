"""How completely accounts are known, held in memory: a walk asks it of every account again and again, and a question to
the database for each would cost more than to carry its transfers."""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

from dataclasses import replace

import duckdb

from clew.ledger.staging import run
from clew.model import History, Kind

EVERY = "*"
"""Stands for all accounts of a chain."""


class Histories:
    """The histories of a ledger, with those of the open batch."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self._read: dict[tuple[str, str], History] | None = None
        self._fresh: dict[tuple[str, str], History] = {}

    def of(self, chain: str, account: str) -> History | None:
        """How completely an account is known, by itself or as all are; None where it was never loaded."""
        known = self._known
        found = known.get((chain, account)) or known.get((chain, EVERY))
        return None if found is None else replace(found, account=account)

    def record(self, history: History) -> None:
        """Note one in place of what was noted before; `flush` stores it."""
        key = history.chain, history.account
        self._known[key] = self._fresh[key] = history

    def flush(self) -> None:
        """Store what was noted, inside the open transaction."""
        fresh, self._fresh = list(self._fresh.values()), {}
        if fresh:
            columns = {
                "chain": [one.chain for one in fresh],
                "account": [one.account for one in fresh],
                "status": [one.status for one in fresh],
                "covers": [",".join(sorted(one.covers)) for one in fresh],
                "detail": [one.detail for one in fresh],
            }
            noted = "(chain, account) IN (SELECT (chain, account) FROM fresh)"
            run(self._db, f"DELETE FROM history WHERE {noted}", columns)
            run(self._db, "INSERT INTO history BY NAME FROM fresh", columns)

    def forget(self) -> None:
        """Drop what waits and what is remembered: the database has it, or it never was."""
        self._read, self._fresh = None, {}

    @property
    def _known(self) -> dict[tuple[str, str], History]:
        if self._read is None:
            rows = self._db.execute("SELECT chain, account, status, covers, detail FROM history").fetchall()
            self._read = {
                (chain, account): History(
                    chain, account, status, frozenset(Kind(kind) for kind in covers.split(",") if kind), detail
                )
                for chain, account, status, covers, detail in rows
            }
        return self._read
