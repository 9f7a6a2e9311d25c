"""Where raw records come from: nodes, explorers, files, recorded replies. Sources ask; they never decode.

A Source turns "the history of this account" or "these blocks" into Questions; a Transport answers a Question with
a Reply, from the network, from the case's own archive (so nothing is asked twice), or from recorded replies. So
a live run, a resumed run and a replay for verification take the same path.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import orjson
from Crypto.Hash import keccak

from clew.errors import RetryError, SourceError
from clew.model import Kind, Reply


class NotRecordedError(SourceError):
    """Offline, and no recorded reply answers the question."""


def read_json(body: bytes) -> object:
    """The JSON value of a body, for a question's check.

    RetryError where it is empty or breaks off, SourceError where it is a web page or no UTF-8. An integer beyond
    64 bits comes as a float, so an amount that is no ``str`` or ``int`` must be refused.
    """
    start = body.lstrip()
    if not start:
        raise RetryError("an empty body in place of JSON")
    if start.startswith((b"<", b"\xef\xbb\xbf<")):
        raise SourceError(
            "a web page (HTML) in place of JSON",
            mend="the address is no API, or a login, captcha or block page stands before it: open it in a browser",
        )
    try:
        body.decode()
        return orjson.loads(body)
    except UnicodeDecodeError as error:
        raise SourceError(f"the body is not UTF-8 at byte {error.start}") from error
    except orjson.JSONDecodeError as error:
        raise RetryError(f"broken JSON of {len(body)} bytes: {error}") from error


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request relative to the transport's base address."""

    method: Literal["GET", "POST"] = "GET"
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a source: `query` in its own words as strings, without keys or other secrets."""

    format: str
    """Names the decoder of the answer, ``chains.DECODERS``; or ``meta/...`` for an answer that is not decoded."""
    chain: str
    query: Mapping[str, str]
    request: Request
    check: Callable[[bytes], None] = lambda _body: None
    """Raises RetryError or SourceError where the body is no answer (rate limit with status 200, HTML, an error
    object): such a body is never kept as evidence."""
    keep: bool = True
    """False for answers that change with time and prove nothing, such as the height of the tip."""


class Transport(Protocol):
    """Answers questions."""

    def ask(self, question: Question) -> Reply:
        """The reply; NotRecordedError offline, SourceError or RetryError (after its own retries) otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """The replies that make up one account's history, and whether that is all of it."""

    replies: tuple[Reply, ...]
    status: Literal["complete", "truncated", "busy", "unavailable"]
    """``busy``: more than the limit of transfers, the fetch was stopped. The others as in model.History."""
    covers: frozenset[Kind]
    detail: str = ""


@runtime_checkable
class HistorySource(Protocol):
    """A source that is asked account by account."""

    name: str
    chain: str

    def history(self, account: str, *, limit: int) -> Fetched:
        """All transfers of an account (address, or outpoint ``txid:vout``), stopping when more than `limit`."""
        ...

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """The replies that show one transaction whole (position, fee, transfers), as far as the source can."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """The replies that list one contract's events of one kind, and whether that is all of them."""

    replies: tuple[Reply, ...]
    status: Literal["complete", "truncated", "unavailable"]
    detail: str = ""
    """How far they go. It says nothing of why: a replay, which has only what was kept, must come to the same words."""
    fault: str = ""
    """What the source said, for whoever watches the run."""


@runtime_checkable
class EventSource(Protocol):
    """A source that lists the events of a contract from its first block on."""

    chain: str

    def events(self, contract: str, signature: str, *topics: str) -> Listed:
        """All events of a signature, such as ``Blacklisted(address)``; of those whose indexed fields begin with
        `topics` (words of 64 hex digits), where the source can tell them apart. A source that fails ends the list."""
        ...


def topic_of(signature: str) -> str:
    """The first topic of an event, 64 hex digits: keccak-256 of its signature."""
    return str(keccak.new(data=signature.encode(), digest_bits=256).hexdigest())


class BlockSource(Protocol):
    """A source that is read block by block."""

    name: str
    chain: str
    covers: frozenset[Kind]

    def check(self) -> None:
        """SourceError where the node is of another chain, pruned below what is needed, or behind."""
        ...

    def tip(self) -> int:
        """Height of the newest block."""
        ...

    def height_of(self, tx: str) -> int | None:
        """The height of a transaction's block; None where the source has no index of transactions."""
        ...

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """The blocks `first` to `last`, in height order."""
        ...
