"""The question asked most, straight over ASGI: by way of the framework a request takes twice the processor time."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from clew.api import faults
from clew.api.desk import Desk
from clew.api.screen import answer_addresses

PATH = "/v1/screen/addresses"
_KIND = (b"content-type", b"application/json")


class DirectAddresses:
    """Answers a ``POST`` of `PATH` by the function that the described resource calls, with the same errors."""

    def __init__(self, desk: Desk, largest: int) -> None:
        self._desk, self._largest = desk, largest

    def takes(self, scope: Scope) -> bool:
        """Whether a request is a plain one: without parameters, and its body's length stated and not too large."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
            return False
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        return length.isdigit() and int(length) <= self._largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As of ASGI, for what it takes."""
        body = await _whole(receive)
        if body is None:
            return None
        try:
            told = orjson.dumps(await self._answer(dict(reversed(scope["headers"])), body))
        except faults.TOLD as error:
            return await faults.reply_to(error)(scope, receive, send)
        stated = (b"content-length", b"%d" % len(told))
        await send({"type": "http.response.start", "status": 200, "headers": [_KIND, stated]})
        return await send({"type": "http.response.body", "body": told})

    async def _answer(self, headers: Mapping[bytes, bytes], body: bytes) -> dict[str, Any]:
        named, key = (headers.get(name, b"").decode("latin-1") for name in (b"authorization", b"x-api-key"))
        return await answer_addresses(self._desk, await self._desk.authorise(named, key, "screen"), body)


async def _whole(receive: Receive) -> bytes | None:
    """A request's body; None where the asker went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
