"""Account histories of TRON from TronGrid: https://developers.tron.network/reference, section TronGrid v1 API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import orjson

from clew.errors import RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Fetched, Listed, NotRecordedError, Question, Request, Transport, read_json
from clew.sources.archive import Archive
from clew.sources.transport import ArchivingTransport, HttpTransport, OnReply

TRONGRID = "https://api.trongrid.io"
"""Source: https://developers.tron.network/docs/trongrid"""
_PAGE = 200
"""Rows of a page, at the most."""
_MOST_EVENTS = 200_000
"""Events of one kind that are read at most: an issuer's freezes are some thousands."""
_KEYLESS_RATE = 1.0
"""Questions a second without a key; who asks faster is shut out for some seconds."""

_LISTS: tuple[tuple[str, str, frozenset[Kind]], ...] = (
    ("transactions", "trongrid/transactions", frozenset({Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.FEE, Kind.BURN})),
    ("transactions/trc20", "trongrid/trc20", frozenset({Kind.TOKEN})),
)
_SUSPENDED = re.compile(r"suspended for (\d{1,6}) ?s")
_PASSING = re.compile(r"frequency limit|rate|suspended|too many|timeout|busy|unavailable", re.IGNORECASE)


def _refuse(said: str) -> SourceError:
    """The error that TronGrid's words mean."""
    words = f"TronGrid says: {said[:200]}" if said else "TronGrid gave neither rows nor a reason"
    if "api" in said.lower() and "key" in said.lower() and "limit" not in said:
        return SourceError(words, mend="set CLEW_TRONGRID_KEY to a valid key, or unset it")
    if _PASSING.search(said):
        pause = _SUSPENDED.search(said)
        mend = "lower requests_per_second, or set CLEW_TRONGRID_KEY"
        return RetryError(words, mend=mend, after=float(pause[1]) if pause else None)
    return SourceError(words)


def _object(body: bytes) -> Mapping[str, object]:
    """The object of a body; RetryError or SourceError where it is none, or one that says what went wrong."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise SourceError("TronGrid gave no object")
    for name in ("Error", "error", "message"):
        if isinstance(value.get(name), str):
            raise _refuse(str(value[name]))
    return value


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page of a list says of itself."""

    times: tuple[int, ...]
    """Block time of each row, in milliseconds."""
    following: str
    """Fingerprint under which the next page is asked for; empty at the end."""


def _read_page(body: bytes) -> _Page:
    value = _object(body)
    rows, meta = value.get("data"), value.get("meta")
    if value.get("success") is not True or not isinstance(rows, list):
        raise _refuse("")
    times = [row.get("block_timestamp") if isinstance(row, dict) else None for row in rows]
    good = tuple(time for time in times if isinstance(time, int) and 0 <= time < 10**14)
    if len(good) < len(rows):
        raise SourceError("a row has no block_timestamp")
    following = meta.get("fingerprint", "") if isinstance(meta, dict) else ""
    if not isinstance(following, str):
        raise SourceError("the fingerprint of the next page is no text")
    return _Page(good, following if rows else "")


def _check_page(body: bytes) -> None:
    _read_page(body)


def _check_info(body: bytes, tx: str) -> None:
    value = _object(body)
    if not value:
        raise SourceError(f"the chain has no confirmed transaction {tx}", mend="check the id")
    if value.get("id") != tx:
        raise SourceError(f"TronGrid answered for another transaction than {tx}")


def _height(info: bytes) -> int:
    height = _object(info).get("blockNumber")
    if not isinstance(height, int) or isinstance(height, bool) or height < 0:
        raise SourceError("TronGrid does not tell the transaction's block")
    return height


def _ids(block: bytes) -> list[object]:
    """The ids of a block's transactions, in its order."""
    listed = _object(block).get("transactions")
    if not isinstance(listed, list):
        raise SourceError("TronGrid gave no block with transactions")
    return [row.get("txID") if isinstance(row, dict) else None for row in listed]


def _check_block(body: bytes) -> None:
    _ids(body)


def _index(block: bytes, tx: str) -> int:
    ids = _ids(block)
    if tx not in ids:
        raise SourceError(f"the block TronGrid names does not hold transaction {tx}")
    return ids.index(tx)


@dataclass(slots=True)
class _Progress:
    """What came of a history so far."""

    left: int
    """Rows until the limit."""
    replies: list[Reply] = field(default_factory=list)
    covers: frozenset[Kind] = frozenset()
    details: list[str] = field(default_factory=list)


class TronGridSource:
    """Histories of TRON accounts, page by page, oldest first. `page`: rows asked for at once."""

    name = "trongrid"

    def __init__(self, chain: str, transport: Transport, *, page: int = _PAGE) -> None:
        self.chain = chain
        self._transport = transport
        self._page = page

    def history(self, account: str, *, limit: int) -> Fetched:
        """Transactions and TRC-20 transfers of an address, each list to its end or until more than `limit` rows.

        What no recorded reply shows is left out of `covers`; SourceError where TronGrid refuses.
        """
        progress = _Progress(limit)
        for list_, format_, kinds in _LISTS:
            try:
                status = self._read_list(f"/v1/accounts/{account}/{list_}", format_, progress)
            except NotRecordedError:
                continue
            progress.covers |= kinds
            if status == "busy":
                detail = f"more than {limit} transfers"
                return Fetched(tuple(progress.replies), "busy", progress.covers, detail)
        if not progress.replies:
            return Fetched((), "unavailable", progress.covers, "no recorded reply shows this address")
        detail = "; ".join(progress.details)
        return Fetched(tuple(progress.replies), "truncated" if detail else "complete", progress.covers, detail)

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """What a transaction did: block, token events, internal transfers; NotRecordedError where it is not recorded.

        No reply tells its index in the block, so the block is asked too, and the index is put into the query.
        """
        info = self._transport.ask(self._info_question(tx))
        try:
            block = self._transport.ask(self._block_question(_height(info.body)))
            return (self._transport.ask(self._info_question(tx, index=str(_index(block.body, tx)))),)
        except NotRecordedError:
            return (info,)

    def events(self, contract: str, signature: str, *_topics: str) -> Listed:
        """As of `EventSource`: by the event's name; TronGrid does not choose by a field."""
        progress = _Progress(_MOST_EVENTS)
        name = signature.partition("(")[0]
        status, fault = "cut", ""
        try:
            status = self._read_list(f"/v1/contracts/{contract}/events", "trongrid/events", progress, event_name=name)
        except SourceError as error:
            fault = str(error)
        if not progress.replies:
            return Listed((), "unavailable", "not at all", fault)
        if status == "whole":
            return Listed(tuple(progress.replies), "complete")
        times = [time for reply in progress.replies for time in _read_page(reply.body).times]
        return Listed(tuple(progress.replies), "truncated", _reach(name, times), fault)

    def _info_question(self, tx: str, **more: str) -> Question:
        query = {"path": "/walletsolidity/gettransactioninfobyid", "value": tx, **more}
        request = Request("POST", query["path"], body=orjson.dumps({"value": tx}))
        return Question("trongrid/transactioninfo", self.chain, query, request, partial(_check_info, tx=tx))

    def _block_question(self, height: int) -> Question:
        query = {"path": "/walletsolidity/getblockbynum", "num": str(height)}
        request = Request("POST", query["path"], body=orjson.dumps({"num": height}))
        return Question("meta/trongrid-block", self.chain, query, request, _check_block)

    def _read_list(
        self, path: str, format_: str, progress: _Progress, **chosen: str
    ) -> Literal["whole", "cut", "busy"]:
        """All pages of a list, put into `progress`. NotRecordedError where not even the first is recorded."""
        seen: list[str] = [""]
        times: list[int] = []
        while True:
            try:
                reply = self._transport.ask(self._question(path, format_, seen[-1], chosen))
            except NotRecordedError:
                if len(seen) == 1:
                    raise
                progress.details.append(_reach(format_, times))
                return "cut"
            progress.replies.append(reply)
            page = _read_page(reply.body)
            times += page.times
            progress.left -= len(page.times)
            if progress.left < 0:
                return "busy"
            if not page.following:
                return "whole"
            if page.following in seen:
                raise SourceError("TronGrid gives the same page again", where=path)
            seen.append(page.following)

    def _question(self, path: str, format_: str, fingerprint: str, chosen: Mapping[str, str]) -> Question:
        params = {**chosen, "only_confirmed": "true", "limit": str(self._page), "order_by": "block_timestamp,asc"}
        if fingerprint:
            params["fingerprint"] = fingerprint
        return Question(format_, self.chain, {"path": path, **params}, Request(path=path, params=params), _check_page)


def _reach(format_: str, times: list[int]) -> str:
    if not times:
        return f"{format_} goes on after an empty page"
    first, last = (f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d}" for time in (min(times), max(times)))
    return f"{format_} shows {len(times)} rows from {first} to {last} and goes on"


def trongrid_source(
    chain: str,
    *,
    key: str = "",
    base: str = "",
    timeout: float = 30.0,
    requests_per_second: float = 3.0,
    archive: Archive | None = None,
    on_reply: OnReply | None = None,
) -> TronGridSource:
    """TronGrid, or what speaks like it at `base`; without a key it is asked once a second."""
    public = not key and not base
    http = HttpTransport(
        base or TRONGRID,
        name="trongrid",
        timeout=timeout,
        requests_per_second=min(requests_per_second, _KEYLESS_RATE) if public else requests_per_second,
        secret_headers={"TRON-PRO-API-KEY": key} if key else {},
    )
    transport = http if archive is None else ArchivingTransport(http, archive, on_reply=on_reply)
    return TronGridSource(chain, transport)
