"""Account histories of Etherscan-compatible explorers: Etherscan (v2, with a key) and Blockscout (without).

An explorer lists at most a window of rows, oldest first. A full window is followed by a question that starts at the
block of its last row, so no row is lost; the rows of that block come twice and are the same transfers, which the
ledger drops. Etherscan describes the same way: https://docs.etherscan.io/get-an-addresss-full-transaction-history
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import orjson

from clew.errors import InputError, RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Fetched, Listed, NotRecordedError, Question, Request, Transport, read_json, topic_of
from clew.sources.archive import Archive
from clew.sources.transport import ArchivingTransport, HttpTransport, OnReply

Dialect = Literal["etherscan", "blockscout"]

ETHERSCAN = "https://api.etherscan.io/v2/api"
"""One address for all its chains, told apart by ``chainid``. Source: https://docs.etherscan.io/introduction"""

BLOCKSCOUT: Mapping[str, str] = {
    "eip155:1": "https://eth.blockscout.com/api",
    "eip155:10": "https://explorer.optimism.io/api",
    "eip155:100": "https://gnosis.blockscout.com/api",
    "eip155:137": "https://polygon.blockscout.com/api",
    "eip155:8453": "https://base.blockscout.com/api",
    "eip155:42161": "https://arbitrum.blockscout.com/api",
}
"""Public instances that need no key. Source: https://docs.blockscout.com/devs/apis/rpc and https://chains.blockscout.com"""

WINDOWS: Mapping[Dialect, int] = {"etherscan": 1_000, "blockscout": 10_000}
"""Rows asked for at once: the most that every plan gives. Etherscan's free plan gives 1,000 since July 2026
(https://docs.etherscan.io/changelog), others 5,000 or 10,000; Blockscout gives 10,000."""

_CAPS = frozenset({1_000, 5_000, 10_000})
"""Row counts at which some plan cuts a list, whatever was asked for: a list of exactly so many may go on."""

_EVENTS = 1_000
"""Events asked for at once: the most that any plan and any Blockscout gives."""

_COVERS: Mapping[str, frozenset[Kind]] = {
    "txlist": frozenset({Kind.NATIVE, Kind.CALL, Kind.FEE, Kind.WRAP}),
    "txlistinternal": frozenset({Kind.INTERNAL}),
    "tokentx": frozenset({Kind.TOKEN}),
}
_LAST_BLOCK = 99_999_999
"""The upper block people write when they mean "all"."""
_HIGHER_CHAINS = frozenset({"eip155:10", "eip155:56", "eip155:42161"})
"""Chains whose blocks pass that number, so that it cuts the list."""
_ROWS = re.compile(r"no .*found", re.IGNORECASE)


class _WindowError(SourceError):
    """The explorer gives fewer rows at once than were asked for."""

    def __init__(self, said: str, limit: int) -> None:
        super().__init__(f"the explorer says: {said}")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What an explorer says in place of rows, and what follows from it."""

    said: str
    mend: str
    after: float | None = None
    passing: bool = False


_REFUSALS = (
    _Refusal(r"per day|daily", "the day's questions are used up: run again tomorrow", after=86_400.0, passing=True),
    _Refusal(r"rate limit|max calls|too many requests", "lower requests_per_second", passing=True),
    _Refusal(r"time-?out", "the explorer gave up on the question: run again later", passing=True),
    _Refusal(r"too busy|unavailable|maintenance|try again|unexpected error", "run again later", passing=True),
    _Refusal(r"api ?key", "set CLEW_ETHERSCAN_KEY to a valid key, or ask a Blockscout instance"),
    _Refusal(
        r"free api access|not supported for this chain|upgrade.*plan",
        "Etherscan wants a paid plan for this chain: set the address of a Blockscout of it in endpoints",
    ),
    _Refusal(r"chain ?id", "Etherscan does not know the chain: set the address of an explorer of it in endpoints"),
    _Refusal(r"deprecated", f"the address is of an old version: use {ETHERSCAN}"),
    _Refusal(
        r"not (?:yet )?(?:been )?(?:processed|indexed)", "the explorer is behind: run again later, or ask another"
    ),
)


def _refuse(said: str) -> SourceError:
    """The error that an explorer's words mean."""
    window = re.search(r"result window is too large.*?(?:less than or equal to (\d+))?$", said, re.IGNORECASE)
    if window is not None:
        return _WindowError(said, int(window[1] or 1_000))
    words = f"the explorer says: {said[:200]}" if said else "the explorer gave neither rows nor a reason"
    for refusal in _REFUSALS:
        if re.search(refusal.said, said, re.IGNORECASE):
            if refusal.passing:
                return RetryError(words, mend=refusal.mend, after=refusal.after)
            return SourceError(words, mend=refusal.mend)
    return SourceError(words)


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""


def _read_rows(body: bytes) -> list[tuple[int, int]]:
    """Block number and time of each row; RetryError or SourceError where the body is no list of rows."""
    return [_read_row(row, number) for number, row in enumerate(_list(body))]


def _event_heights(body: bytes) -> list[int]:
    """Block number of each event."""
    heights = [row.get("blockNumber") if isinstance(row, dict) else None for row in _list(body)]
    if not all(isinstance(height, str) and re.fullmatch("0x[0-9a-fA-F]{1,15}", height) for height in heights):
        raise SourceError("an event has no block number")
    return [int(str(height), 16) for height in heights]


def _check_events(body: bytes) -> None:
    _event_heights(body)


def _list(body: bytes) -> list[object]:
    value = read_json(body)
    if not isinstance(value, dict):
        raise SourceError("the explorer gave no object")
    result, message = value.get("result"), _words(value.get("message"))
    good = value.get("status") == "1" or (result == [] and _ROWS.match(message))
    if not isinstance(result, list) or not good:
        raise _refuse(_words(result) or message)
    return result


def _read_row(row: object, number: int) -> tuple[int, int]:
    place = f"{row.get('blockNumber')} {row.get('timeStamp')}" if isinstance(row, dict) else ""
    if re.fullmatch(r"[0-9]{1,18} [0-9]{1,11}", place) is None:
        raise SourceError(f"row {number} has no block number and time")
    height, _, time = place.partition(" ")
    return int(height), int(time)


def _check_rows(body: bytes) -> None:
    _read_rows(body)


def _check_result(body: bytes, what: str) -> None:
    """JSON-RPC through the explorer: an object is a good answer, null means that the chain has no such thing."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise SourceError("the explorer gave no object")
    error = value.get("error")
    if isinstance(error, dict):
        raise _refuse(_words(error.get("message")))
    result = value.get("result")
    if not isinstance(result, dict):
        if result is None and "result" in value and value.get("status") != "0":
            raise SourceError(f"the chain has no {what}", mend="check the hash and the chain")
        raise _refuse(_words(result) or _words(value.get("message")))


def _check_chain(body: bytes, chain: str) -> None:
    value = read_json(body)
    said = value.get("result") if isinstance(value, dict) else None
    if not isinstance(said, str) or not re.fullmatch("0x[0-9a-fA-F]{1,16}", said):
        raise SourceError("the explorer does not tell its chain", mend="check its address in endpoints")
    if f"eip155:{int(said, 16)}" != chain:
        raise SourceError(
            f"the explorer is of eip155:{int(said, 16)}, not of {chain}", mend="check its address in endpoints"
        )


@dataclass(frozen=True, slots=True)
class _Listing:
    """All replies of one action, how many rows they hold, and whether that is all."""

    replies: tuple[Reply, ...]
    rows: int
    status: Literal["complete", "truncated", "busy"] = "complete"
    detail: str = ""


class EtherscanSource:
    """Histories from one explorer of one EVM chain (CAIP-2). `window`: rows asked for at once."""

    def __init__(
        self, chain: str, transport: Transport, *, dialect: Dialect = "etherscan", window: int | None = None
    ) -> None:
        self.name: str = dialect
        self.chain = chain
        self._transport = transport
        self._window = window or WINDOWS[dialect]

    def history(self, account: str, *, limit: int) -> Fetched:
        """Normal, internal and token transfers of an address, each list to its end or until more than `limit` rows.

        What no recorded reply shows is left out of `covers`; SourceError where the explorer refuses.
        """
        replies: list[Reply] = []
        covers: frozenset[Kind] = frozenset()
        details: list[str] = []
        left = limit
        for action, kinds in _COVERS.items():
            try:
                listing = self._listing(action, account, left)
            except NotRecordedError:
                continue
            replies += listing.replies
            covers |= kinds
            left -= listing.rows
            if listing.status == "busy":
                detail = f"more than {limit} transfers: {listing.detail}"
                return Fetched(tuple(replies), "busy", covers, detail)
            details += [listing.detail] * (listing.status == "truncated")
        if not replies:
            return Fetched((), "unavailable", covers, "no recorded reply shows this address")
        return Fetched(tuple(replies), "truncated" if details else "complete", covers, "; ".join(details))

    def events(self, contract: str, signature: str, *topics: str) -> Listed:
        """As of `EventSource`, window by window (``logs/getLogs``)."""
        words = [f"0x{word}" for word in (topic_of(signature), *topics)]
        chosen = {f"topic{i}": word for i, word in enumerate(words)}
        chosen |= {f"topic{i}_{i + 1}_opr": "and" for i in range(len(topics))}
        replies: list[Reply] = []
        start = 0
        while True:
            try:
                reply = self._transport.ask(self._events_question(contract, chosen, start))
            except SourceError as error:
                reach = f"to block {start}" if replies else "not at all"
                return Listed(tuple(replies), "truncated" if replies else "unavailable", reach, str(error))
            replies.append(reply)
            heights = _event_heights(reply.body)
            following = max(heights) if len(heights) >= _EVENTS else _end_of(reply)
            if following is None:
                return Listed(tuple(replies), "complete")
            if following <= start:
                detail = f"to block {start}, which has more events than the explorer gives at once"
                return Listed(tuple(replies), "truncated", detail)
            start = following

    def _events_question(self, contract: str, chosen: Mapping[str, str], start: int) -> Question:
        query = {"module": "logs", "action": "getLogs", "address": contract, **chosen, "fromBlock": str(start)}
        query |= {"toBlock": "latest", "page": "1", "offset": str(_EVENTS)}
        request = Request(params={"chainid": self.chain.removeprefix("eip155:"), **query})
        return Question("etherscan/getLogs", self.chain, query, request, _check_events)

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """One reply of format ``etherscan/transaction``: the transaction, its receipt, and the block's time.

        Where only one of the first two is at hand, or it waits for a block, or they disagree about the block, what is
        at hand as it came. NotRecordedError where neither is recorded.
        """
        replies: list[Reply] = []
        missing: NotRecordedError | None = None
        check = partial(_check_result, what=f"transaction {tx}")
        for action in ("eth_getTransactionByHash", "eth_getTransactionReceipt"):
            try:
                replies.append(self._ask_node(action, {"txhash": tx}, [tx], check))
            except NotRecordedError as error:
                missing = missing or error
        if missing is not None:
            if not replies:
                raise missing
            return tuple(replies)
        shown, receipt = replies
        place = _block_of(shown.body)
        if "" in place or place != _block_of(receipt.body):
            return shown, receipt
        block = self._block(*place)
        body = b'{"transaction":%b,"receipt":%b,"block":%b}' % (shown.body, receipt.body, block or b"null")
        return (Reply("etherscan/transaction", self.chain, {"txhash": tx}, shown.fetched, body),)

    def _block(self, height: str, hash_: str) -> bytes | None:
        """The block of a height, without its transactions; None where it is not recorded, or is another one by now."""
        action = "eth_getBlockByNumber"
        check = partial(_check_result, what=f"block {height}")
        try:
            reply = self._ask_node(action, {"tag": height, "boolean": "false"}, [height, False], check)
        except NotRecordedError:
            return None
        return reply.body if _words(orjson.loads(reply.body)["result"].get("hash")).lower() == hash_ else None

    def check(self) -> None:
        """SourceError where the explorer is of another chain (Etherscan is told the chain with every question)."""
        if self.name == "blockscout":
            query = {"method": "eth_chainId"}
            body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
            asked = partial(_check_chain, chain=self.chain)
            request = Request("POST", "/eth-rpc", body=body)
            self._transport.ask(Question("meta/chain", self.chain, query, request, asked, keep=False))

    def _listing(self, action: str, account: str, limit: int) -> _Listing:
        """The windows of one list. NotRecordedError where not even the first is recorded."""
        replies: list[Reply] = []
        rows: list[tuple[int, int]] = []
        settled = start = 0
        status: Literal["complete", "truncated", "busy"] = "complete"
        while status == "complete":
            try:
                reply = self._ask_rows(action, account, start)
            except NotRecordedError:
                if not replies:
                    raise
                status = "truncated"
                break
            replies.append(reply)
            rows = _read_rows(reply.body)
            following = _next_start(reply, rows)
            if settled + len(rows) > limit:
                status = "busy"
            elif following is None:
                break
            elif following <= start or _descending(rows):
                status = "truncated"
            else:
                settled += sum(height < following for height, _ in rows)
                start = following
        count = settled + sum(height >= start for height, _ in rows)
        return _Listing(tuple(replies), count, status, _reach(action, rows))

    def _ask_rows(self, action: str, account: str, start: int) -> Reply:
        """One window; a smaller one where the explorer does not give so much at once."""
        try:
            return self._transport.ask(self._rows_question(action, account, start))
        except _WindowError as error:
            if not 0 < error.limit < self._window:
                raise
            self._window = error.limit
            return self._ask_rows(action, account, start)

    def _rows_question(self, action: str, account: str, start: int) -> Question:
        """No upper block is sent: on some chains every number that explorers accept is too low."""
        query = {
            "module": "account",
            "action": action,
            "address": account,
            "startblock": str(start),
            "page": "1",
            "offset": str(self._window),
            "sort": "asc",
        }
        request = Request(params={"chainid": self.chain.removeprefix("eip155:"), **query})
        return Question(f"etherscan/{action}", self.chain, query, request, _check_rows)

    def _ask_node(
        self, action: str, asked: Mapping[str, str], params: list[object], check: Callable[[bytes], None]
    ) -> Reply:
        """JSON-RPC, which Etherscan passes on through module ``proxy``; Blockscout, which has none, at ``/eth-rpc``."""
        query = {"module": "proxy", "action": action, **asked}
        if self.name == "etherscan":
            request = Request(params={"chainid": self.chain.removeprefix("eip155:"), **query})
        else:
            body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": action, "params": params})
            request = Request("POST", "/eth-rpc", body=body)
        return self._transport.ask(Question(f"etherscan/{action}", self.chain, query, request, check))


def _block_of(body: bytes) -> tuple[str, str]:
    """Height and hash of the block that a checked answer names, as it names them; empty where it names none."""
    shown = orjson.loads(body)["result"]
    return _words(shown.get("blockNumber")).lower(), _words(shown.get("blockHash")).lower()


def _next_start(reply: Reply, rows: list[tuple[int, int]]) -> int | None:
    """The block from which to ask on; None where the list is at its end.

    A recorded reply may have been asked for with another page size or up to some block.
    """
    offset = reply.query.get("offset", "")
    if rows and (len(rows) in _CAPS or (offset.isdecimal() and len(rows) >= int(offset) > 0)):
        return max(height for height, _ in rows)
    end = reply.query.get("endblock", "")
    if end.isdecimal() and (int(end) < _LAST_BLOCK or (reply.chain in _HIGHER_CHAINS and int(end) == _LAST_BLOCK)):
        return int(end) + 1
    return None


def _end_of(reply: Reply) -> int | None:
    """The block from which to ask on, where a recorded list of events was asked for up to some block only."""
    end = next((value for name, value in reply.query.items() if name.lower() in ("toblock", "end_block")), "")
    return int(end) + 1 if end.isdecimal() and int(end) < _LAST_BLOCK else None


def _descending(rows: list[tuple[int, int]]) -> bool:
    return bool(rows) and rows[0][0] > rows[-1][0]


def _reach(action: str, rows: list[tuple[int, int]]) -> str:
    """How far a list goes that is not whole, in words."""
    if not rows:
        return f"{action} was recorded without rows, and not to the end"
    height, time = min(rows) if _descending(rows) else max(rows)
    reach = f"{'back to' if _descending(rows) else 'to'} block {height} ({datetime.fromtimestamp(time, UTC):%Y-%m-%d})"
    if rows[0][0] == rows[-1][0]:
        return f"{action} reaches {reach}, which has more rows of this address than the explorer gives at once"
    return f"{action} reaches {reach}, where the list of {len(rows)} rows is cut"


def etherscan_source(
    chain: str,
    *,
    key: str = "",
    base: str = "",
    timeout: float = 30.0,
    requests_per_second: float = 3.0,
    archive: Archive | None = None,
    on_reply: OnReply | None = None,
) -> EtherscanSource:
    """The explorer of an EVM chain: `base` where given, else Etherscan where a key is at hand, else Blockscout.

    A `base` that ends in ``/v2/api`` speaks Etherscan's dialect, any other Blockscout's.
    """
    address = base or (ETHERSCAN if key else BLOCKSCOUT.get(chain, ""))
    if not address:
        raise InputError(
            f"no public explorer of {chain} can be asked without a key",
            mend="set CLEW_ETHERSCAN_KEY, or the address of an Etherscan-compatible explorer in endpoints",
        )
    dialect: Dialect = "etherscan" if address.rstrip("/").endswith("/v2/api") else "blockscout"
    http = HttpTransport(
        address,
        name=dialect,
        timeout=timeout,
        requests_per_second=requests_per_second,
        secret_params={"apikey": key} if key else {},
    )
    transport = http if archive is None else ArchivingTransport(http, archive, on_reply=on_reply)
    return EtherscanSource(chain, transport, dialect=dialect)
