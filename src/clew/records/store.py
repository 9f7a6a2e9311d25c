"""Reading and writing the compliance records."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from clew.disk import sync_folder
from clew.errors import InputError, RunError
from clew.records.journal import Journal, Row, is_ended, journals, read_journal
from clew.records.schema import ANSWERS, CHANGES, JOURNALS, METADATA, REQUESTS, RESCREENINGS, TOKENS, TRANSFERS

SCOPES = ("screen", "transfers", "read")
"""What a token may do: ask, register transfers, read what was answered."""


_ANSWER = ("at", "token", "kind", "subject", "decision", "reasons", "known", "reference")
_NOTED = insert(JOURNALS).prefix_with("or replace")
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


class Answered(NamedTuple):
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


class PastAnswer(NamedTuple):
    """What is needed to ask again."""

    id: int
    kind: str
    subject: str
    decision: str
    reasons: str
    known: str
    reference: str


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

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time, journaled: bool = False) -> None:
        """`url` as SQLAlchemy's, such as ``sqlite:///clew.db``; tables are made where they are missing.

        `journaled`: answers are kept in a journal beside an SQLite file, for who answers many at once; see `post`.
        """
        try:
            self._engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _prepare_sqlite)
            METADATA.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise InputError(
                str(error).splitlines()[0], where="records", mend="give a URL such as sqlite:///clew.db"
            ) from error
        self._clock = clock
        self._keeping = Lock()
        place = self._engine.url.database if self.local else None
        self._journals = Path(f"{place}.journals") if place and place != ":memory:" and os.name == "posix" else None
        self._journal = Journal(self._journals) if self._journals and journaled else None
        self._mark = "?" if self._engine.dialect.paramstyle == "qmark" else "%s"

    @property
    def local(self) -> bool:
        """Whether they are a file of this machine, where a commit takes less than a millisecond."""
        return self._engine.dialect.name == "sqlite"

    @property
    def engine(self) -> Engine:
        """The connection pool, for tests of what is stored."""
        return self._engine

    def close(self) -> None:
        """Give the connections back."""
        with self._keeping:
            if self._journal is not None:
                self._journal.close()
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
        if rows and self._journal is not None:
            with self._keeping:
                self._journal.keep(rows)
        elif rows:
            self._write(lambda connection: self._insert_answers(connection.exec_driver_sql, rows))

    def _insert_answers(self, execute: Callable[[str, tuple[Any, ...]], Any], rows: Sequence[Row]) -> None:
        """Many rows in one statement: row by row, each would wait for its turn among the threads of a busy service."""
        one = f"({', '.join([self._mark] * len(_ANSWER))})"
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            values = ", ".join([one] * len(part))
            statement = f"insert into answers ({', '.join(_ANSWER)}) values {values}"  # noqa: S608
            execute(statement, tuple(value for row in part for value in row))

    def post(self) -> None:
        """Bring what stands in journals among the answers, each once; who reads answers does it, too.

        Answers of several journals are posted by the times they were given.
        """
        if self._journals is None or not (found := journals(self._journals)):
            return
        ended = [path for path in found if is_ended(path)]  # what stands in them after this look is all
        try:
            while self._write(lambda connection: self._post(connection, found)):
                pass
            for path in ended:
                path.unlink(missing_ok=True)
            if ended:
                sync_folder(self._journals)
                forgotten = delete(JOURNALS).where(JOURNALS.c.name.in_([path.name for path in ended]))
                self._write(lambda connection: connection.execute(forgotten))  # now that none of them can come back
        except OSError as error:
            raise _failed(error) from error

    def _post(self, connection: Connection, paths: Sequence[Path]) -> bool:
        """Post some of each journal; whether there may be more."""
        if not any(_unposted(connection, paths)):
            return False
        connection.exec_driver_sql("begin immediate")  # from here on nobody else posts
        rows: list[Row] = []
        for path, start in _unposted(connection, paths):
            with suppress(FileNotFoundError):
                found, behind = read_journal(path, start)
                connection.execute(_NOTED, {"name": path.name, "posted": behind})
                rows += found
        rows.sort(key=lambda row: row[0])
        self._insert_answers(connection.exec_driver_sql, rows)
        return bool(rows)

    def last_answers(self, *, other_than: str = "", behind: int = 0, batch: int = 1000) -> Iterator[list[PastAnswer]]:
        """The newest answer to each question that was asked, in batches; what is written meanwhile is not seen.

        Only those that rest on something `other_than` this, and of the answers with a number above `behind`.
        """
        self.post()
        looked_at = select(func.max(ANSWERS.c.id).label("id")).where(ANSWERS.c.id > behind)
        newest = looked_at.group_by(ANSWERS.c.kind, ANSWERS.c.subject).subquery()
        query = select(*(ANSWERS.c[name] for name in PastAnswer._fields)).where(ANSWERS.c.known != other_than)
        query = query.join(newest, ANSWERS.c.id == newest.c.id).order_by(ANSWERS.c.id)
        with self._engine.connect().execution_options(stream_results=True) as connection:
            for rows in connection.execute(query).partitions(batch):
                yield [PastAnswer(*row) for row in rows]

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

    def last_number(self) -> int:
        """The number of the newest answer that is posted; 0 where there is none."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(ANSWERS.c.id))).scalar() or 0

    def claim_rescreening(self, known: str, holder: str, *, lease: float = 60.0) -> int | None:
        """Ask for the work of looking at answers anew: the number behind which to look; None where another does.

        It is the holder's until it lets go, or has not said for `lease` seconds that it lives.
        """
        now = self._clock()
        begun = {"known": known, "holder": holder, "beat": now, "behind": 0}
        try:
            self._write(lambda connection: connection.execute(insert(RESCREENINGS), begun), unique=True)
        except IntegrityError:
            free = (RESCREENINGS.c.holder == "") | (RESCREENINGS.c.beat < now - lease)
            taken = update(RESCREENINGS).where(RESCREENINGS.c.known == known, free).values(holder=holder, beat=now)
            if not self._write(lambda connection: connection.execute(taken).rowcount):
                return None
            (row,) = self._rows(select(RESCREENINGS).where(RESCREENINGS.c.known == known))
            behind: int = row["behind"]
            return behind
        return 0

    def beat_rescreening(self, known: str, holder: str, *, behind: int | None = None, let_go: bool = False) -> bool:
        """Say that claimed work goes on, and `behind` which number it will look next; False where another has it."""
        said: dict[str, Any] = {"beat": self._clock()}
        said |= {} if behind is None else {"behind": behind}
        said |= {"holder": ""} if let_go else {}
        ours = (RESCREENINGS.c.known == known) & (RESCREENINGS.c.holder == holder)
        return bool(
            self._write(lambda connection: connection.execute(update(RESCREENINGS).where(ours).values(said)).rowcount)
        )

    def changes(self, *, after: int = 0, limit: int = 100) -> list[Mapping[str, Any]]:
        """Changes with a number above `after`, in order."""
        query = select(CHANGES).where(CHANGES.c.id > after).order_by(CHANGES.c.id).limit(limit)
        return self._rows(query)

    def answers(self, *, after: int = 0, limit: int = 100, subject: str = "") -> list[Mapping[str, Any]]:
        """Answers with a number above `after`, in order; of one question where `subject` is given."""
        self.post()
        query = select(ANSWERS).where(ANSWERS.c.id > after).order_by(ANSWERS.c.id).limit(limit)
        return self._rows(query.where(ANSWERS.c.subject == subject) if subject else query)

    # --- transfers

    def keep_transfer(self, row: Mapping[str, Any], answer: Answered, reply: Mapping[str, Any] | None = None) -> None:
        """Keep a transfer, the answer it got and the reply to be repeated, all or none.

        InputError where the same token registered the reference of this direction, or used the key, before.
        """
        at = self._clock()
        kept = {name: getattr(answer, name) for name in Answered._fields} | {"token": answer.token or None, "at": at}

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


def _unposted(connection: Connection, paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Journals that are longer than what of them is posted, and how much that is."""
    posted = {row.name: row.posted for row in connection.execute(select(JOURNALS))}
    for path in paths:
        start = posted.get(path.name, 0)
        with suppress(FileNotFoundError):  # posted by another, and removed
            size = path.stat().st_size
            if size > start:
                yield path, start


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


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _plain(row: Any) -> dict[str, Any]:
    """A row by plain names; SQLAlchemy's own kind of text is no key of JSON."""
    return {str(name): value for name, value in row.items()}
