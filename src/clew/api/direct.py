"""The question asked most, past the framework, by way of which a request takes several times the processor time.

Over ASGI it is answered with all its errors; by `DirectAddresses.ask` at once, where nothing stands in the way.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from clew.api import faults
from clew.api.bodies import AddressesBody, read_body
from clew.api.desk import Desk, Made, secret_of
from clew.api.screen import answer_addresses, is_quick, screened
from clew.errors import RunError

PATH = "/v1/screen/addresses"
_HEADS = 1000
"""Heads that are remembered: one for each token, client, and length of a body."""

Headers = Sequence[tuple[bytes, bytes]]


class Asker(Protocol):
    """Who waits for a reply."""

    def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Give the reply."""

    def read_anew(self) -> None:
        """Have the request answered by way of ASGI."""


class Head(NamedTuple):
    """What a request's head says."""

    length: int
    """Bytes of the body."""
    secret: str


class DirectAddresses:
    """Answers a ``POST`` of `PATH` by the functions that the described resource calls, with the same errors."""

    def __init__(self, desk: Desk, largest: int) -> None:
        self._desk, self._largest = desk, largest
        self._heads: OrderedDict[bytes, Head] = OrderedDict()

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
            token = await self._desk.authorise(_secret_in(scope), "screen")
            told = orjson.dumps(await answer_addresses(self._desk, token, body))
        except faults.TOLD as error:
            return await faults.reply_to(error)(scope, receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": _headers(told)})
        return await send({"type": "http.response.body", "body": told})

    # --- without a task for each request

    def remember(self, head: bytes, scope: Scope, length: int) -> None:
        """That a head of these bytes, and a body of this length, was read as `scope`; forgotten unless plain."""
        if self.takes(scope) and all(name != b"transfer-encoding" for name, _ in scope["headers"]):
            self._heads[head] = Head(length, _secret_in(scope))
            while len(self._heads) > _HEADS:
                self._heads.popitem(last=False)

    def head_of(self, head: bytes) -> Head | None:
        """What a head says that was read before, byte for byte."""
        known = self._heads.get(head)
        if known is not None:
            self._heads.move_to_end(head)
        return known

    def ask(self, head: Head, body: bytes, asker: Asker) -> None:
        """Answer soon, together with what others ask meanwhile: one after the other it costs half as much.

        What is refused or fails, and what needs a thread, is left to ASGI.
        """
        make = partial(self._answer, head, body, asker)
        look = self._desk.look_under_way(head.secret)
        if look is None:
            self._desk.keeper.gather(make)
        else:  # what waits would cost several times as much by way of ASGI, just when there is much to do
            look.add_done_callback(lambda _: self._desk.keeper.gather(make))

    def _answer(self, head: Head, body: bytes, asker: Asker) -> Made:
        """What is to be kept, and who is told; nothing where it is left to ASGI."""
        token = self._desk.token_at_hand(head.secret)
        try:
            asked = read_body(body, AddressesBody)
            if token is not None and is_quick(self._desk, asked):
                self._desk.admit(token, "screen")
                kept, reply = screened(self._desk, token, asked)
                return kept, partial(_tell, asker, orjson.dumps(reply))
        except Exception:  # noqa: BLE001, S110  # it is met again, and told, by way of ASGI; others go on here
            pass
        return [], lambda _: asker.read_anew()


def _tell(asker: Asker, told: bytes, error: Exception | None) -> None:
    if error is None:
        return asker.reply(200, _headers(told), told)
    if not isinstance(error, faults.TOLD):
        logging.getLogger("uvicorn.error").error("an answer could not be kept", exc_info=error)
        error = RunError(
            "an error that nobody foresaw", where="records", mend="see what the service wrote, and report it"
        )
    refusal = faults.reply_to(error)
    return asker.reply(refusal.status_code, refusal.raw_headers, bytes(refusal.body))


def _headers(told: bytes) -> Headers:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))]


def _secret_in(scope: Scope) -> str:
    headers = dict(reversed(scope["headers"]))
    return secret_of(*(headers.get(name, b"").decode("latin-1") for name in (b"authorization", b"x-api-key")))


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
