"""The application: resources, errors, limits, and the watch that puts new lists in force."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from clew import __version__
from clew.api import faults, history, sanctions, screen, transfers
from clew.api.bodies import ErrorReply
from clew.api.desk import Desk
from clew.api.direct import DirectAddresses
from clew.api.replies import Json
from clew.errors import ClewError
from clew.records.store import Records
from clew.service.screening import Rescreening, Screening, Snapshot

LARGEST = 8 * 1024 * 1024
"""Bytes of a request's body."""

_BEARER = {"type": "http", "scheme": "bearer", "description": "A token of `clew token add`."}

Log = Callable[[str], None]
Reload = Callable[[Snapshot], Snapshot | None]
"""``reload(snapshot)``: what is to replace it; None where nothing it rests on has changed."""


def create_app(
    snapshot: Snapshot,
    records: Records,
    *,
    reload: Reload | None = None,
    every: float = 5.0,
    after: float = 0.0,
    per_second: float = 0.0,
    asks_again: bool = True,
    log: Log = lambda _line: None,
) -> "Service":
    """The service over a snapshot and records; asks `reload` `every` so many seconds for a newer snapshot.

    `after` so many seconds it begins to. With `asks_again` a thread asks past questions again, for which answers wait;
    without, it is left to another process (`clew rescreen`).
    """
    desk = Desk(Screening(snapshot), records, per_second)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        work = [_catch_up(desk, every, log)] if asks_again else []
        work += [_watch(desk, reload, every, after, log)] if reload else []
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    app = Service(
        title="Clew",
        version=__version__,
        summary="Is this address known, and what follows",
        lifespan=lifespan,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
    )
    app.state.desk = desk
    app.add_middleware(_SizeLimit)
    app.direct = DirectAddresses(desk, LARGEST)
    faults.install(app)
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ErrorReply} for status in faults.CODES}
    for resource in (screen, transfers, history, sanctions):
        app.include_router(resource.router, responses=refusals)

    @app.get("/health", tags=["service"], summary="Is it up?")
    async def health() -> Any:
        """Up, and since when its lists are in force."""
        return Json({"status": "up", "engine": __version__})

    app.openapi = partial(_describe, app.openapi)  # type: ignore[method-assign]
    return app


def _describe(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The application's description, with the token that every resource but the service's own health asks for."""
    schema = describe()
    schema["components"]["securitySchemes"] = {"token": _BEARER}
    for methods in schema["paths"].values():
        for operation in methods.values():
            if "service" not in operation["tags"]:
                operation["security"] = [{"token": []}]
    return schema


class Service(FastAPI):
    """FastAPI, but that what `direct` takes does not go through it."""

    direct: DirectAddresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As of ASGI."""
        if self.direct.takes(scope):
            await self.direct(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _SizeLimit:
    """Refuses a body that is too large, or whose length is not stated, before any of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As of ASGI."""
        if scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH"):
            length = dict(scope["headers"]).get(b"content-length", b"")
            if not length.isdigit():
                refusal = faults.reply(413, "the body's length is not stated", mend="send Content-Length")
                return await refusal(scope, receive, send)
            if int(length) > LARGEST:
                refusal = faults.reply(413, f"a body has at most {LARGEST:,} bytes", mend="ask in several requests")
                return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)


async def _watch(desk: Desk, reload: Reload, every: float, after: float, log: Log) -> None:
    """Put new lists in force.

    What cannot be read, such as a rule file that is being written, is told and tried again: the old state stays.
    """
    await asyncio.sleep(after)
    while True:
        await asyncio.sleep(every)
        try:
            snapshot = await desk.in_thread(reload, desk.screening.snapshot)
        except ClewError as error:
            log(f"what is in force stays: {error}")
            continue
        if snapshot is not None:
            desk.screening.swap(snapshot)
            log(f"in force: {snapshot.known}")


async def _catch_up(desk: Desk, every: float, log: Log) -> None:
    """Look at past answers anew where they rest on something else than what is in force."""
    rescreening = Rescreening(desk.records)
    try:
        while True:
            try:
                if told := await desk.in_thread(rescreening.turn, desk.screening.snapshot):
                    log(told)
            except ClewError as error:
                log(f"past questions are not asked again yet: {error}")
            await asyncio.sleep(every)
    finally:
        rescreening.let_go()
