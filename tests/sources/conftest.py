"""A real HTTP server on the loopback address that answers as a test says, and counts what it is asked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server does: a status with headers and a body; or break the connection, or wait first."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    reset: bool = False
    cut: int | None = None
    """Send only so many bytes of the body that was announced."""


class Server:
    """Gives its answers in turn, the last one again and again; or the body that `respond` makes of a request."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.respond: Callable[[Asked], bytes] | None = None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def will(self, body: bytes = b"{}", **manner: Any) -> "Server":
        """Add an answer; `manner` as the fields of Answer."""
        self.answers.append(Answer(body, **manner))
        return self

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.respond is not None:
            return Answer(self.respond(asked))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                address = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                params = dict(parse_qsl(address.query))
                asked = Asked(self.command, address.path, params, headers, self.rfile.read(length))
                answer = server._answer(asked)
                time.sleep(answer.wait)
                self.close_connection = True
                if answer.reset:
                    return
                with suppress(ConnectionError):  # the client may have given up
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer.body)))
                    self.end_headers()
                    self.wfile.write(answer.body[: answer.cut])

            do_GET = do_POST = _reply  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    running = Server()
    yield running
    running.close()
