"""Reading and writing the compliance records."""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from clew.errors import InputError, RunError
from clew.records.schema import ANSWERS, CHANGES, METADATA, REQUESTS, RESCREENS, TOKENS, TRANSFERS

SCOPES = ("screen", "transfers", "read")
"""What a token may do: ask, register transfers, read what was answered."""


_ANSWER = ("at", "token", "kind", "subject", "decision", "reasons", "known", "reference")
_AT_ONCE = 500
"""Rows of one statement; databases bound its parameters."""


@dataclass(frozen=True, slots=True)
class Token:
    """A key to the service, without its secret."""

    id: str
    name: str
    scopes: frozenset[str]
    created: float
    revoked: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, as it is kept."""

    kind: str
    """``address`` or ``name``."""
    subject: str
    """The question as canonical JSON."""
    decision: str
    reasons: str
    """JSON."""
    known: str
    """Versions of lists, tags and policy it rests on, as canonical JSON."""
    token: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """That a question has another answer since the lists changed."""

    kind: str
    subject: str
    answer: int
    """Number of the answer that no longer holds."""
    before: str
    after: str
    reasons: str
    known_before: str
    known_after: str


class Records:
    """The records of one institution. Safe for several threads: each call has a connection of its own."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time, tidied: bool = False) -> None:
        """`url` as SQLAlchemy's, such as ``sqlite:///clew.db``; tables are made where they are missing.

        `tidied`: the caller calls `tidy` from time to time, so that no commit has to.
        """
        try:
            self._engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", partial(_prepare_sqlite, tidied=tidied))
            METADATA.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise InputError(
                str(error).splitlines()[0], where="records", mend="give a URL such as sqlite:///clew.db"
            ) from error
        self._clock = clock
        self._kept: Any = None
        self._keeping = Lock()
        self._mark = "?" if self._engine.dialect.paramstyle == "qmark" else "%s"

    @property
    def local(self) -> bool:
        """Whether they are a file of this machine, where a commit takes less than a millisecond."""
        return self._engine.dialect.name == "sqlite"

    @property
    def engine(self) -> Engine:
        """The connection pool, for tests of what is stored."""
        return self._engine

    def tidy(self) -> None:
        """Move what was committed from SQLite's log into its file; readers and writers go on meanwhile."""
        if not self.local:
            return
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        except SQLAlchemyError as error:
            raise RunError(str(error).splitlines()[0], where="records", mend="make room, or mend the disk") from error

    def close(self) -> None:
        """Give the connections back."""
        with self._keeping:
            if self._kept is not None:
                self._kept.close()
                self._kept = None
        self._engine.dispose()

    # --- tokens

    def add_token(self, name: str, scopes: Iterable[str]) -> str:
        """A new token's secret, told this once; InputError where the name is taken or a scope unknown."""
        wanted = sorted(set(scopes))
        unknown = [scope for scope in wanted if scope not in SCOPES]
        if unknown or not wanted:
            what = f"unknown scope {unknown[0]!r}" if unknown else "no scope"
            raise InputError(what, where="token", mend=f"known: {', '.join(SCOPES)}")
        secret = f"clew_{secrets.token_urlsafe(32)}"
        row = {"id": secrets.token_hex(8), "name": name, "digest": _digest(secret), "scopes": " ".join(wanted)}
        try:
            self._write(
                lambda connection: connection.execute(insert(TOKENS), {**row, "created": self._clock()}), unique=True
            )
        except IntegrityError as error:
            raise InputError(f"a token called {name!r} exists", where="token", mend="choose another name") from error
        return secret

    def tokens(self) -> list[Token]:
        """All tokens, oldest first."""
        with self._engine.connect() as connection:
            return [_token(row) for row in connection.execute(select(TOKENS).order_by(TOKENS.c.created)).mappings()]

    def revoke_token(self, name: str) -> None:
        """End a token for good; InputError where there is none of the name."""
        change = update(TOKENS).where(TOKENS.c.name == name, TOKENS.c.revoked.is_(None)).values(revoked=self._clock())
        if not self._write(lambda connection: connection.execute(change).rowcount):
            raise InputError(f"no token called {name!r} is in force", where="token", mend="clew token list")

    def token_of(self, secret: str) -> Token | None:
        """The token in force that has this secret."""
        query = select(TOKENS).where(TOKENS.c.digest == _digest(secret), TOKENS.c.revoked.is_(None))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _token(row)

    # --- answers and what changed since

    def keep_answers(self, answers: Sequence[Answered]) -> None:
        """Keep answers, all or none."""
        at = self._clock()
        rows = [
            (at, one.token or None, one.kind, one.subject, one.decision, one.reasons, one.known, one.reference)
            for one in answers
        ]
        if rows and self.local:
            self._insert_locally(rows)
        elif rows:
            self._write(lambda connection: self._insert_answers(connection.exec_driver_sql, rows))

    def _insert_locally(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """By a connection that is kept for it: to take one from the pool costs as much again as a small commit."""
        with self._keeping:
            try:
                if self._kept is None:
                    self._kept = self._engine.raw_connection()
                try:
                    self._insert_answers(self._kept.driver_connection.execute, rows)
                    self._kept.commit()
                except sqlite3.Error:
                    self._kept.rollback()
                    raise
            except (sqlite3.Error, SQLAlchemyError) as error:
                raise _failed(error) from error

    def _insert_answers(self, execute: Callable[[str, tuple[Any, ...]], Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Many rows in one statement: row by row, each would wait for its turn among the threads of a busy service."""
        one = f"({', '.join([self._mark] * len(_ANSWER))})"
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            values = ", ".join([one] * len(part))
            statement = f"insert into answers ({', '.join(_ANSWER)}) values {values}"  # noqa: S608
            execute(statement, tuple(value for row in part for value in row))

    def last_answers(self, *, batch: int = 1000) -> Iterator[list[Mapping[str, Any]]]:
        """The newest answer to each question that was ever asked, in batches; what is written meanwhile is not seen."""
        newest = select(func.max(ANSWERS.c.id).label("id")).group_by(ANSWERS.c.kind, ANSWERS.c.subject).subquery()
        query = select(ANSWERS).join(newest, ANSWERS.c.id == newest.c.id).order_by(ANSWERS.c.id)
        with self._engine.connect().execution_options(stream_results=True) as connection:
            for rows in connection.execute(query).mappings().partitions(batch):
                yield [_plain(row) for row in rows]

    def keep_changes(self, changes: Sequence[Change], answers: Sequence[Answered]) -> None:
        """Keep what changed together with the new answers, all or none."""
        at = self._clock()
        told = [{"at": at, **{name: getattr(each, name) for name in Change.__slots__}} for each in changes]
        new = [
            {"at": at, "token": None, **{name: getattr(each, name) for name in ("kind", "subject", "decision")}}
            | {"reasons": each.reasons, "known": each.known, "reference": each.reference}
            for each in answers
        ]

        def write(connection: Connection) -> None:
            if told:
                connection.execute(insert(CHANGES), told)
            if new:
                connection.execute(insert(ANSWERS), new)

        self._write(write)

    def claim_rescreen(self, known: str, *, lease: float = 60.0) -> bool:
        """Whether the caller is to look at all answers anew; of several processes one is, and a dead one is replaced.

        A claim holds for `lease` seconds from its last `beat_rescreen`.
        """
        now = self._clock()
        try:
            self._write(
                lambda connection: connection.execute(insert(RESCREENS), {"known": known, "beat": now}), unique=True
            )
        except IntegrityError:
            stale = (RESCREENS.c.known == known) & RESCREENS.c.finished.is_(None) & (RESCREENS.c.beat < now - lease)
            change = update(RESCREENS).where(stale).values(beat=now)
            return bool(self._write(lambda connection: connection.execute(change).rowcount))
        return True

    def rescreen_due(self, known: str, *, lease: float = 60.0) -> bool:
        """Whether `claim_rescreen` would give the work to who asks now."""
        rows = self._rows(select(RESCREENS).where(RESCREENS.c.known == known))
        return not rows or (rows[0]["finished"] is None and rows[0]["beat"] < self._clock() - lease)

    def beat_rescreen(self, known: str, *, finished: bool = False) -> None:
        """Say that a claimed rescreening goes on, or that it is done."""
        now = self._clock()
        change = update(RESCREENS).where(RESCREENS.c.known == known)
        self._write(lambda connection: connection.execute(change.values(beat=now, finished=now if finished else None)))

    def changes(self, *, after: int = 0, limit: int = 100) -> list[Mapping[str, Any]]:
        """Changes with a number above `after`, in order."""
        query = select(CHANGES).where(CHANGES.c.id > after).order_by(CHANGES.c.id).limit(limit)
        return self._rows(query)

    def answers(self, *, after: int = 0, limit: int = 100, subject: str = "") -> list[Mapping[str, Any]]:
        """Answers with a number above `after`, in order; of one question where `subject` is given."""
        query = select(ANSWERS).where(ANSWERS.c.id > after).order_by(ANSWERS.c.id).limit(limit)
        return self._rows(query.where(ANSWERS.c.subject == subject) if subject else query)

    # --- transfers

    def keep_transfer(self, row: Mapping[str, Any], answer: Answered, reply: Mapping[str, Any] | None = None) -> None:
        """Keep a transfer, the answer it got and the reply to be repeated, all or none.

        InputError where the same token registered the reference of this direction, or used the key, before.
        """
        at = self._clock()
        kept = {name: getattr(answer, name) for name in Answered.__slots__} | {"token": answer.token or None, "at": at}

        def write(connection: Connection) -> None:
            connection.execute(insert(TRANSFERS), {"at": at, **row})
            connection.execute(insert(ANSWERS), kept)
            if reply is not None:
                connection.execute(insert(REQUESTS), {"at": at, **reply})

        try:
            self._write(write, unique=True)
        except IntegrityError as error:
            raise InputError(
                f"a {row['direction']} with the reference {row['reference']!r} is registered already",
                where="reference",
                mend="repeat the request with its own Idempotency-Key, or give a new reference",
            ) from error

    def transfer(self, id_: str) -> Mapping[str, Any] | None:
        """One transfer."""
        return next(iter(self._rows(select(TRANSFERS).where(TRANSFERS.c.id == id_))), None)

    def transfers(self, *, after: int = 0, limit: int = 100) -> list[Mapping[str, Any]]:
        """Transfers with a number above `after`, in order."""
        query = select(TRANSFERS).where(TRANSFERS.c.number > after).order_by(TRANSFERS.c.number).limit(limit)
        return self._rows(query)

    # --- requests that may be repeated

    def reply_to(self, token: str, key: str) -> Mapping[str, Any] | None:
        """What was replied to an earlier request of the token with this Idempotency-Key."""
        query = select(REQUESTS).where(REQUESTS.c.token == token, REQUESTS.c.key == key)
        return next(iter(self._rows(query)), None)

    # --- connections

    def _rows(self, query: Any) -> list[Mapping[str, Any]]:
        with self._engine.connect() as connection:
            return [_plain(row) for row in connection.execute(query).mappings()]

    def _write(self, act: Callable[[Connection], Any], *, unique: bool = False) -> Any:
        """Act in one transaction; RunError where it fails. With `unique` a row that is there is told as it is."""
        try:
            with self._engine.begin() as connection:
                return act(connection)
        except SQLAlchemyError as error:
            if unique and isinstance(error, IntegrityError):
                raise
            raise _failed(error) from error


def _failed(error: Exception) -> RunError:
    words = str(error).splitlines()[0]
    return RunError(words, where="records", mend="make room, or mend the database, and ask again")


def canonical(value: Any) -> str:
    """JSON of a value that is the same for equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _digest(secret: str) -> str:
    # A token has 256 random bits, so a plain hash cannot be searched; a slow one would be paid at every request.
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Any) -> Token:
    return Token(row["id"], row["name"], frozenset(row["scopes"].split()), row["created"], row["revoked"])


def _prepare_sqlite(connection: Any, _record: Any, *, tidied: bool) -> None:
    cursor = connection.cursor()
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")
    for pragma in (*pragmas, "wal_autocheckpoint=0") if tidied else pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _plain(row: Any) -> dict[str, Any]:
    """A row by plain names; SQLAlchemy's own kind of text is no key of JSON."""
    return {str(name): value for name, value in row.items()}
