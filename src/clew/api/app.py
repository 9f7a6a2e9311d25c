"""The application: resources, errors, limits, and the watch that puts new lists in force."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from clew import __version__
from clew.api import faults, history, sanctions, screen, transfers
from clew.api.bodies import ErrorReply
from clew.api.desk import Desk
from clew.api.replies import Json
from clew.errors import ClewError
from clew.records.store import Records
from clew.service.screening import Screening, Snapshot, rescreen

LARGEST = 8 * 1024 * 1024
"""Bytes of a request's body."""

_BEARER = {"type": "http", "scheme": "bearer", "description": "A token of `clew token add`."}

Reload = Callable[[Snapshot], Snapshot | None]
"""``reload(snapshot)``: what is to replace it; None where nothing it rests on has changed."""


def create_app(
    snapshot: Snapshot,
    records: Records,
    *,
    reload: Reload | None = None,
    every: float = 5.0,
    per_second: float = 0.0,
    log: Callable[[str], None] = lambda _line: None,
) -> FastAPI:
    """The service over a snapshot and records; asks `reload` `every` so many seconds for a newer snapshot."""
    desk = Desk(Screening(snapshot), records, per_second)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(_watch(desk, reload, every, log))
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    app = FastAPI(
        title="Clew",
        version=__version__,
        summary="Is this address known, and what follows",
        lifespan=lifespan,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
    )
    app.state.desk = desk
    app.add_middleware(_SizeLimit)
    faults.install(app)
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ErrorReply} for status in faults.CODES}
    for resource in (screen, transfers, history, sanctions):
        app.include_router(resource.router, responses=refusals)

    @app.get("/health", tags=["service"], summary="Is it up?")
    async def health() -> Any:
        """Up, and since when its lists are in force."""
        return Json({"status": "up", "engine": __version__})

    # The same function as the described one, without what FastAPI does around it: half of what a request costs.
    app.router.routes.insert(0, Route("/v1/screen/addresses", screen.screen_addresses, methods=["POST"]))
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


async def _watch(desk: Desk, reload: Reload | None, every: float, log: Callable[[str], None]) -> None:
    """Put new lists in force, and look at past answers anew; one process of several does the latter.

    What cannot be read, such as a rule file that is being written, is told and tried again: the old state stays.
    """
    first = True
    while first or reload is not None:
        try:
            if not first and reload is not None:
                snapshot = await desk.in_thread(reload, desk.screening.snapshot)
                if snapshot is not None:
                    desk.screening.swap(snapshot)
                    log(f"in force: {snapshot.known}")
            await _catch_up(desk, log)
        except ClewError as error:
            log(f"what is in force stays: {error}")
        first = False
        await asyncio.sleep(every)


async def _catch_up(desk: Desk, log: Callable[[str], None]) -> None:
    snapshot = desk.screening.snapshot
    if await desk.in_thread(desk.records.claim_rescreen, snapshot.known):
        changed = await desk.in_thread(rescreen, desk.records, snapshot)
        log(f"asked past questions again: {changed} have another answer")
