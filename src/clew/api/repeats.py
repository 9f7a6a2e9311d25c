"""HTTP for who asks again and again: a head that was read before, byte for byte, is not read a second time.

uvicorn reads each request's head, makes a task of it and passes messages to it, which takes more processor time than a
plain question. So a head that its parser has read, whole and alone, is remembered with what followed from it. Nothing
is parsed here: a request that begins with other bytes, that comes in pieces, or that is no plain question goes by way
of uvicorn, and so does every one that is refused.
"""

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from clew.api.direct import DirectAddresses

_END = b"\r\n\r\n"


class RepeatsProtocol(HttpToolsProtocol):
    """One connection: uvicorn's own, but for what `direct` can answer at once."""

    def __init__(self, direct: DirectAddresses, **named: Any) -> None:
        super().__init__(**named)
        self._direct = direct
        self._first = b""
        """What was received last, where a request begins with it."""
        self._reading = False
        self._awaiting = False
        """Whether an answer of `direct` is yet to come."""
        self._asked = b""
        self._held: list[bytes] = []
        self._ends = False

    # --- what arrives

    def data_received(self, data: bytes) -> None:
        """As of asyncio."""
        if self._awaiting:  # asked before the last was answered: replies keep the order
            self._held.append(data)
            self.flow.pause_reading()
            return
        idle = not self._reading and (self.cycle is None or self.cycle.response_complete)
        if idle and not self.flow.write_paused and self._ask(data):
            return
        self._first = data if idle else b""
        super().data_received(data)

    def _ask(self, data: bytes) -> bool:
        """Whether it is a question whose answer is on its way."""
        start = data.find(_END) + len(_END)
        known = self._direct.head_of(data[:start])
        if known is None or len(data) != start + known.length:
            return False
        self._awaiting, self._asked = True, data
        self._unset_keepalive_if_required()
        self._direct.ask(known, data[start:], self)
        return True

    # --- what the parser finds

    def on_message_begin(self) -> None:
        """As of httptools."""
        self._reading = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """As of httptools."""
        self._reading = False
        if self._first and self.cycle.keep_alive and not self.expect_100_continue and not self.parser.should_upgrade():
            length = len(self.cycle.body)
            head = self._first[: len(self._first) - length]
            if head.startswith(b"POST ") and head.find(_END) + len(_END) == len(head):  # nothing before it, nor behind
                self._direct.remember(head, dict(self.scope), length)
        super().on_message_complete()

    # --- what is answered

    def read_anew(self) -> None:
        """Have what was asked read by uvicorn."""
        self._awaiting = False
        if self.transport.is_closing():
            return
        self._first = self._asked
        super().data_received(self._asked)
        if self._ends:
            super().shutdown()
        self._read_held()

    def reply(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        """Give the reply to what was asked."""
        self._awaiting = False
        if self.transport.is_closing():
            return  # the asker went away
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        if self._ends:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join((*lines, b"\r\n", body)))
        self.server_state.total_requests += 1
        if self._ends:
            self.transport.close()
            return
        if not self._read_held():
            after, ending = self.timeout_keep_alive, self.timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_later(after, ending)

    def _read_held(self) -> bool:
        """Read what came meanwhile; whether something did."""
        if not self._held:
            return False
        held, self._held = b"".join(self._held), []
        self.flow.resume_reading()
        self.data_received(held)
        return True

    def shutdown(self) -> None:
        """As of uvicorn: no more than what was asked already is answered."""
        if self._awaiting:
            self._ends = True
        else:
            super().shutdown()
