"""How a question gets its reply: over HTTP, out of the case's archive, or from recorded replies alone."""

import ipaddress
import logging
import random
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import orjson

from clew.errors import InputError, RetryError, SourceError
from clew.model import Reply
from clew.sources import NotRecordedError, Question, Transport
from clew.sources.archive import Archive
from clew.sources.matching import Asked, question_key

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 60.0
_LONGEST_WAIT = 120.0
"""Seconds: a source that asks to wait longer than this ends the run, which can be resumed."""
_PATIENCE = 10
"""A reply that trickles may take so many times the timeout, which is for each step of it."""
_LARGEST = 2**30
"""Bytes of a body; the largest real ones, blocks with all that is in them, are under a tenth of it."""
_KEY_LENGTH = 16
"""A part of a path that is at least this long may be a key: some nodes are asked under ``/v3/<key>``."""

OnReply = Callable[[Question, Reply, bool], None]
"""Told of every reply: the question, the reply, and whether it came from the archive."""


def _without_addresses(record: logging.LogRecord) -> bool:
    """httpx logs every address it asks, and an address may hold a key: such records are dropped."""
    return record.levelno >= logging.WARNING


def _describe(asked: Asked) -> str:
    words = ", ".join(f"{name} {value}" for name, value in sorted(asked.query.items()))
    return f"{asked.format} of {asked.chain} ({words})"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Pace:
    """A token bucket of one token: questions leave evenly, never faster than the rate."""

    def __init__(self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    def wait(self) -> None:
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._interval


def _retry_after(header: str | None, now: float) -> float | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None


def _causes(error: BaseException) -> Iterable[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _connection_error(error: httpx.TransportError, timeout: float) -> SourceError:
    """What a failed connection means, in words."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceError(
                f"its certificate is not trusted: {cause.verify_message}",
                mend="check the address and this machine's clock; name a private authority in SSL_CERT_FILE",
            )
        if isinstance(cause, ssl.SSLError) and "WRONG_VERSION" in str(cause):
            return SourceError("it does not speak TLS", mend="write http:// in place of https://")
        if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
            return SourceError("no such host", mend="check the name in the address, and that the network is up")
    if isinstance(error, httpx.TimeoutException):
        return RetryError(f"no reply within {timeout:g} s", mend="raise the timeout setting, or try later")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
        return SourceError(str(error), mend="check the address and the proxy variables")
    return RetryError(f"the connection failed: {error or type(error).__name__}", mend="is the address right, and up?")


_STATUS_MENDS = {
    401: "the key, or the user and password, is missing or wrong",
    403: "the source refuses: check the key, its plan, and whether this network may ask",
    404: "check the address of the source; or it does not know what was asked for",
    413: "ask for less",
}


def _json_error(body: bytes) -> bool | None:
    """None: no JSON object. True: an error object of JSON-RPC (bitcoind sends them with status 500)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    return isinstance(value.get("error"), dict) and "code" in value["error"]


class HttpTransport:
    """Asks over HTTP, with a rate limit, and with retries where the fault may pass.

    `secret_params` and `secret_headers` are sent with every question and are kept out of queries, evidence, logs and
    errors, as are `auth` (user, password) and whatever the address itself holds. Proxy variables of the environment
    are honoured but for loopback addresses.
    """

    def __init__(
        self,
        base: str,
        *,
        name: str,
        timeout: float = 30.0,
        requests_per_second: float = 4.0,
        retries: int = 5,
        auth: tuple[str, str] | None = None,
        secret_params: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = time.time_ns,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        host = _checked_host(base, name)
        if timeout <= 0 or requests_per_second <= 0:
            raise InputError("timeout and requests_per_second must be above 0", where=name)
        self.name = name
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._auth = auth
        self._params = dict(secret_params or {})
        self._headers = dict(secret_headers or {})
        address = urlsplit(base)
        in_path = (part for part in address.path.split("/") if len(part) >= _KEY_LENGTH)
        hidden = (*self._params.values(), *self._headers.values(), *(auth or ())[1:], address.password or "", *in_path)
        self._secrets = tuple(sorted(filter(None, hidden), key=len, reverse=True))
        self._client = client or httpx.Client(timeout=timeout, trust_env=not _loopback(host))
        if client is None:
            weakref.finalize(self, self._client.close)
        self._pace = _Pace(requests_per_second, clock, sleep)
        self._sleep = sleep
        self._clock = clock
        self._now = now
        self._jitter = jitter
        logging.getLogger("httpx").addFilter(_without_addresses)

    def ask(self, question: Question) -> Reply:
        """The reply; RetryError after the last retry, SourceError where asking again is of no use."""
        for attempt in range(self._retries + 1):
            try:
                return self._ask_once(question)
            except RetryError as error:
                last = attempt == self._retries or (error.after or 0) > _LONGEST_WAIT
                if last:
                    raise self._told(error, question, attempt + 1) from None
                self._sleep(self._delay(attempt, error.after))
            except SourceError as error:
                raise self._told(error, question, 1) from None
        raise AssertionError  # the loop returns or raises

    def _delay(self, attempt: int, after: float | None) -> float:
        """Seconds: what the source asked for, else exponential backoff with full jitter."""
        return after if after is not None else self._jitter() * min(_LONGEST_DELAY, _FIRST_DELAY * 2**attempt)

    def _told(self, error: SourceError, question: Question, attempts: int) -> SourceError:
        """The error with the question in it, and without secrets (nor a cause, which may quote one)."""
        what = f"{error.what} (asked {attempts} times)" if attempts > 1 else error.what
        error.what = self._redact(what)
        error.where = self._redact(f"{self.name}: {error.where or _describe(question)}")
        error.mend = self._redact(error.mend)
        error.args = (error.what,)
        return error

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _ask_once(self, question: Question) -> Reply:
        self._pace.wait()
        fetched = self._now() // 1000
        response, body = self._send(question)
        self._check_status(response, body, question)
        question.check(body)
        text = f"{fetched // 10**6}.{fetched % 10**6:06d}"
        return Reply(question.format, question.chain, dict(question.query), text, body)

    def _send(self, question: Question) -> tuple[httpx.Response, bytes]:
        request = question.request
        headers = {"Accept": "application/json, */*;q=0.5", **request.headers, **self._headers}
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            with self._client.stream(
                request.method,
                self._base + request.path,
                params={**request.params, **self._params} or None,
                content=request.body,
                headers=headers,
                auth=self._auth or httpx.USE_CLIENT_DEFAULT,
                timeout=self._timeout,
                follow_redirects=False,
            ) as response:
                return response, self._read(response)
        except httpx.TransportError as error:
            raise _connection_error(error, self._timeout) from error
        except httpx.DecodingError as error:
            raise RetryError(f"the reply breaks off or is not as it says: {error}") from error
        except httpx.InvalidURL as error:
            raise SourceError(f"the address cannot be asked: {error}") from error

    def _read(self, response: httpx.Response) -> bytes:
        """The whole body: not without end, and not for ever."""
        body, end = bytearray(), self._clock() + _PATIENCE * self._timeout
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LARGEST:
                raise SourceError(f"the reply is larger than {_LARGEST >> 20} MiB", mend="ask for less")
            if self._clock() > end:
                raise RetryError(f"the reply did not end within {_PATIENCE * self._timeout:g} s")
        return bytes(body)

    def _check_status(self, response: httpx.Response, body: bytes, question: Question) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            host = urlsplit(response.headers.get("location", "")).netloc
            raise SourceError(f"status {status}: it sends on to {host or 'another address'}", mend="use that address")
        rpc = _json_error(body)
        passing = status in (408, 425, 429) or status >= 500
        try:
            if rpc is not None:
                question.check(body)
        except SourceError as error:
            if isinstance(error, RetryError) or rpc or not passing:
                raise
        words = f"status {status} {response.reason_phrase}".strip() + _excerpt(body)
        if passing:
            after = _retry_after(response.headers.get("retry-after"), self._now() / 1e9)
            raise RetryError(words, after=after, mend="the source is busy or broken: try later")
        raise SourceError(words, mend=_STATUS_MENDS.get(status, "check the address of the source"))


def _checked_host(base: str, name: str) -> str:
    try:
        address = urlsplit(base)
        host, _ = address.hostname, address.port
    except ValueError as error:
        raise InputError(f"no address: {error}", where=name, mend="such as http://127.0.0.1:8332") from error
    if address.scheme not in ("http", "https") or not host:
        raise InputError("no http:// or https:// address", where=name, mend="such as http://127.0.0.1:8332")
    return host


def _excerpt(body: bytes) -> str:
    """The first words of an error's body, where they are words and not a page."""
    text = " ".join(body[:400].decode(errors="replace").split())
    return "" if not text or text.startswith("<") else f": {text[:200]}"


class ArchivingTransport:
    """Answers from the archive what was asked before, and keeps every new reply in it."""

    def __init__(self, inner: Transport, archive: Archive, *, on_reply: OnReply | None = None) -> None:
        self._inner = inner
        self._archive = archive
        self._on_reply = on_reply

    def ask(self, question: Question) -> Reply:
        """The archived reply, else the inner transport's; errors are those of the two."""
        known = self._archive.get(question) if question.keep else None
        reply = known or self._inner.ask(question)
        if known is None and question.keep:
            self._archive.put(reply)
        if self._on_reply is not None:
            self._on_reply(question, reply, known is not None)
        return reply


class RecordedTransport:
    """Answers from recorded replies alone; of several replies to one question the last counts."""

    def __init__(self, replies: Iterable[Reply] = ()) -> None:
        self._replies = {question_key(reply): reply for reply in replies}

    def ask(self, question: Question) -> Reply:
        """The recorded reply, with the query it was recorded under; NotRecordedError where there is none."""
        reply = self._replies.get(question_key(question))
        if reply is None:
            raise NotRecordedError(
                "offline, and no recorded reply answers this",
                where=_describe(question),
                mend='run once without --offline, or record a line {"query": ..., "fetched": ..., "response": ...}',
            )
        try:
            question.check(reply.body)
        except SourceError as error:
            where = f"recorded reply to {_describe(question)}"
            raise SourceError(error.what, where=where, mend="record it again") from error
        return reply


__all__ = ["ArchivingTransport", "HttpTransport", "OnReply", "RecordedTransport"]
