"""What every resource shares: who asks, the snapshot in force, and the records, written in groups."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from clew.api.faults import FaultError
from clew.errors import RunError
from clew.records.store import Answered, Records, Token
from clew.service.screening import Screening

TRUSTED_FOR = 1.0
"""Seconds for which a token that was found in force is not looked up again: so long a revoked one may still work."""
_REMEMBERED = 1000
GATHERED_FOR = 0.002
"""Seconds for which answers are gathered, at the most, before they are written together."""
ENOUGH = 8
"""Answers that are written without waiting for more: as many requests share one commit's cost."""

Told = Callable[[Exception | None], None]
"""``told(error)``: that answers are on the disk, or why they are not."""
Made = tuple[Sequence[Answered], Told]


class Keeper:
    """Keeps answers in the records before they are given: what is asked meanwhile is written in one go.

    One commit for each request would cost a disk's wait each; so those that arrive within a moment share one.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._waiting: list[Callable[[], Made]] = []
        self._timer: asyncio.Handle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, answers: Sequence[Answered]) -> None:
        """Return when the answers are on the disk; RunError where they cannot be kept."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        made = answers, partial(_settle, done)
        self.gather(lambda: made)
        await done

    def gather(self, make: Callable[[], Made]) -> None:
        """Keep what `make` gives when its group is due: answers, and whom to tell that they are on the disk or why not.

        It is called after this returned, and raises nothing.
        """
        loop = asyncio.get_running_loop()
        self._waiting.append(make)
        if self._timer is None:
            self._timer = loop.call_later(GATHERED_FOR, self._write)
        if len(self._waiting) == ENOUGH:
            self._timer.cancel()
            self._timer = loop.call_soon(self._write)

    def _write(self) -> None:
        """Write what waits; where a write goes on, it does so when that is done."""
        if self._records.local:  # a thread would wait longer for its turn than a commit takes
            self._timer = None
            group, answers = self._take()
            outcome = _outcome(self._records.keep_answers, answers)
            for told in group:
                told(outcome)
        elif self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_elsewhere())

    async def _write_elsewhere(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, answers = self._take()
            outcome = await loop.run_in_executor(None, _outcome, self._records.keep_answers, answers)
            for told in group:
                told(outcome)
        self._timer = None

    def _take(self) -> tuple[list[Told], list[Answered]]:
        waiting, self._waiting = self._waiting, []
        group = [make() for make in waiting]
        return [told for _, told in group], [answer for answers, _ in group for answer in answers]


def _outcome(keep: Callable[[Sequence[Answered]], None], answers: Sequence[Answered]) -> Exception | None:
    try:
        keep(answers)
    except Exception as error:  # noqa: BLE001  # each waiting request gets it
        return error
    return None


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():  # the asker went away
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


@dataclass
class Desk:
    """One service: shared by all requests of a process."""

    screening: Screening
    records: Records
    per_second: float = 0.0
    """Requests a token may make each second, with bursts of as many; 0: no limit."""
    clock: Callable[[], float] = time.monotonic
    keeper: Keeper = field(init=False)
    _tokens: dict[str, tuple[float, asyncio.Future[Any]]] = field(default_factory=dict)
    _renewing: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _allowance: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keeper = Keeper(self.records)

    async def token_of(self, secret: str) -> Token | None:
        """The token in force that has this secret; requests that ask at once share one look at the records.

        A look is renewed before it is too old, so that a busy service never waits for one.
        """
        look = self._look_at(secret)
        try:
            token: Token | None = look.result() if look.done() else await asyncio.shield(look)
        except RunError:
            self._tokens.pop(secret, None)
            raise
        if token is None:
            self._tokens.pop(secret, None)
        return token

    def look_under_way(self, secret: str) -> asyncio.Future[Any] | None:
        """The look at the records for a token that was looked for before; None where none goes on."""
        look = self._look_at(secret) if secret in self._tokens else None
        return None if look is None or look.done() else look

    def token_at_hand(self, secret: str) -> Token | None:
        """As `token_of`, but None too where the records must be looked at first."""
        known = self._tokens.get(secret)
        look = None if known is None else known[1]
        if look is None or not look.done() or look.cancelled() or look.exception() is not None:
            return None
        token: Token | None = look.result()
        return token

    def _look_at(self, secret: str) -> asyncio.Future[Any]:
        """The look at the records that still holds, or a new one."""
        now = self.clock()
        known = self._tokens.get(secret)
        if known is None or now - known[0] >= TRUSTED_FOR:
            known = self._tokens[secret] = now, self._look_up(secret)
            while len(self._tokens) > _REMEMBERED:
                self._tokens.pop(next(iter(self._tokens)))
        elif now - known[0] >= TRUSTED_FOR / 2 and secret not in self._renewing:
            self._renewing[secret] = look = self._look_up(secret)
            look.add_done_callback(lambda done: self._renewed(secret, now, done))
        return known[1]

    def _look_up(self, secret: str) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self.in_thread(self.records.token_of, secret))

    def _renewed(self, secret: str, asked: float, look: asyncio.Future[Any]) -> None:
        del self._renewing[secret]
        if not look.cancelled() and look.exception() is None:
            self._tokens[secret] = asked, look

    async def authorise(self, secret: str, scope: str) -> Token:
        """The token that has a secret, which must have the scope; `FaultError` otherwise, or where its rate is up."""
        token = await self.token_of(secret) if secret else None
        if token is None:
            mend = "send Authorization: Bearer TOKEN; clew token add makes one"
            raise FaultError(401, "no token in force", mend=mend, headers={"WWW-Authenticate": "Bearer"})
        self.admit(token, scope)
        return token

    def admit(self, token: Token, scope: str) -> None:
        """Let a token use a scope, and count it against its rate.

        `FaultError` 403 where it has not the scope, 429 with the seconds to wait where its rate is used up.
        """
        if scope not in token.scopes:
            raise FaultError(403, f"the token may not {scope}", mend="use a token that has this scope")
        if not self.per_second:
            return
        now = self.clock()
        left, at = self._allowance.get(token.id, (self.per_second, now))
        left = min(self.per_second, left + (now - at) * self.per_second)
        if left < 1:
            wait = str(int((1 - left) / self.per_second) + 1)
            mend = f"{self.per_second:g} requests a second are allowed; ask for many addresses in one"
            raise FaultError(429, "too many requests", mend=mend, headers={"Retry-After": wait})
        self._allowance[token.id] = left - 1, now

    async def in_thread(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What would hold up other requests, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(None, partial(function, *arguments, **named))


def secret_of(authorization: str, key: str) -> str:
    """The secret in the headers ``Authorization`` and ``X-API-Key``; empty where there is none."""
    kind, _, secret = authorization.partition(" ")
    return (secret if kind.lower() == "bearer" else key).strip()


def desk_of(request: Request) -> Desk:
    """The desk of the application that answers."""
    desk: Desk = request.app.state.desk
    return desk


async def authorise(request: Request, scope: str) -> Token:
    """The token of a request, which must have the scope; `FaultError` otherwise, or where its rate is used up."""
    secret = secret_of(request.headers.get("authorization", ""), request.headers.get("x-api-key", ""))
    token = await desk_of(request).authorise(secret, scope)
    if request.scope["query_string"]:
        _refuse_unknown(request)
    return token


def _refuse_unknown(request: Request) -> None:
    route = request.scope.get("route")
    known = {field.alias for field in route.dependant.query_params} if isinstance(route, APIRoute) else set()
    for name in request.query_params:
        if name not in known:
            mend = f"known: {', '.join(sorted(known)) or 'none'}"
            raise FaultError(422, "unknown parameter", field=name, mend=mend)


def allowed(scope: str) -> Callable[[Request], Any]:
    """A dependency: `authorise` with a scope."""

    async def check(request: Request) -> Token:
        return await authorise(request, scope)

    return check
