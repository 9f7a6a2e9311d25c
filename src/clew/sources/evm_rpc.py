"""Blocks of an EVM chain from a node, by JSON-RPC: Geth, Reth, Erigon, Nethermind, Besu, anvil, or a service.

A block is asked in three questions (the block, its receipts, its traces), each kept as it came; the reply of format
``evm/block`` puts the three together. A method the node does not have is an answer too, and is kept: a replay then
takes the same way around it. Methods: https://ethereum.github.io/execution-apis, OpenEthereum's ``trace`` module
and Geth's ``debug`` module.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import orjson

from clew.errors import RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Fetched, Listed, NotRecordedError, Question, Request, Transport, topic_of

COVERS = frozenset({Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP, Kind.FEE, Kind.BURN, Kind.REWARD})
"""What whole blocks of a node that traces can show."""
_TRACERS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("trace_block", ()),
    ("debug_traceBlockByNumber", ({"tracer": "callTracer"},)),
)
_BATCH = 100
"""Receipts in one request, where the node gives them one by one."""

_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
_WRAPS = (
    "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c",
    "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65",
)
"""keccak-256 of the events ``Transfer(address,address,uint256)`` (ERC-20), ``Deposit`` and ``Withdrawal`` (WETH9)."""

_TOO_MUCH = re.compile(
    r"more than \d+|too (large|wide|big|many (results|logs|blocks))|(block|max).* range", re.I | re.S
)
_BUSY = re.compile(r"rate.?limit|too many requests|limit exceeded|capacity|timed? ?out|try again|overload", re.I)
_BUSY_CODES = frozenset({429, -32005, -32029})
_UNKNOWN = re.compile(
    r"(method|namespace|tracer).*(not (found|supported|available|exist|allowed|enabled|whitelisted)|disabled|unknown)"
    r"|(unknown|unsupported|invalid) method|not (supported|allowed|enabled)",
    re.I | re.S,
)
_UNKNOWN_CODES = frozenset({-32601, -32004})
_PRUNED = re.compile(r"missing trie node|prun|historical state|state .*(un|not )available|old data", re.I | re.S)


class ChainFacts(Protocol):
    """What the source has to know of its chain; `chains.Chain` is one."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def reorg_depth(self) -> int: ...


class EvmRpcSource:
    """A node as BlockSource and, where it has ``trace_filter``, as HistorySource.

    `covers` lacks INTERNAL once the node has shown that it cannot trace.
    """

    def __init__(self, chain: ChainFacts, transport: Transport) -> None:
        self.name = f"{chain.name} node"
        self.chain = chain.id
        self.covers = COVERS
        self._facts = chain
        self._transport = transport
        self._tracers = list(_TRACERS)
        self._whole_receipts = True
        self._final: int | None = None

    def check(self) -> None:
        """SourceError where the node is of another chain or still behind; finds out whether it can trace."""
        number = _quantity(self._ask("eth_chainId", (), {}, keep=False), self.name)
        if f"eip155:{number}" != self.chain:
            raise SourceError(
                f"the node is of chain eip155:{number}, not {self.chain}",
                where=self.name,
                mend=f"give the address of a node of {self._facts.name}",
            )
        syncing = self._ask("eth_syncing", (), {}, keep=False)
        if syncing:
            current, highest = (
                _quantity(syncing.get(field), self.name) if isinstance(syncing, dict) and field in syncing else "?"
                for field in ("currentBlock", "highestBlock")
            )
            raise SourceError(
                f"the node is behind: block {current} of {highest}", where=self.name, mend="wait until it has caught up"
            )
        self._traces(self.tip(), "", (), keep=False)

    def tip(self) -> int:
        """Height of the newest block."""
        newest = _quantity(self._ask("eth_blockNumber", (), {}, keep=False), self.name)
        self._final = newest - self._facts.reorg_depth  # grows with the chain
        return newest

    def height_of(self, tx: str) -> int | None:
        """The height of a transaction's block; None where the node does not know it."""
        found = self._ask("eth_getTransactionByHash", (tx,), {"txhash": tx}, keep=False)
        height = found.get("blockNumber") if isinstance(found, dict) else None
        return None if height is None else _quantity(height, self.name)

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """The blocks `first` to `last`, in height order, as replies of format ``evm/block``.

        Only a block that is final is kept in the archive: a younger one may be another one tomorrow.
        """
        for height in range(first, last + 1):
            yield self._block(height, keep=self._is_final(height))

    def history(self, account: str, *, limit: int) -> Fetched:
        """The blocks in which the account's coins or tokens move, or in which it sends; each as a whole.

        They are found by the calls from and to the account (``trace_filter``) and by its token and wrap events.
        Withdrawals of validators leave neither, so `covers` lacks REWARD. More than `limit` calls and events: busy.
        """
        heights: set[int] = set()
        rows = 0
        for name, method, wanted in _searches(account, limit, self._newest()):
            query = {"address": account, "search": name}
            reply = self._supported(method, (wanted,), query, _rows_check, keep=True)
            if reply is None:
                return Fetched(
                    (), "unavailable", frozenset(), f"the node has no {method}, which finds an account's calls"
                )
            found = [_height(row) for row in orjson.loads(reply.body)["result"]]
            rows += len(found)
            heights |= set(found)
            if rows > limit:
                return Fetched((), "busy", frozenset(), f"more than {limit} calls and events")
        replies = tuple(self._block(height, keep=True) for height in sorted(heights))
        return Fetched(replies, "complete", self.covers - {Kind.REWARD})

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """The block of a transaction, as a whole; SourceError where the node does not know it or it still waits."""

        def check(result: object) -> None:
            if not isinstance(result, dict) or result.get("blockNumber") is None:
                raise SourceError(f"the node has no transaction {tx} in a block", mend="check the hash and the chain")
            _height(result)

        reply = self._reply("eth_getTransactionByHash", (tx,), {"tx": tx}, check, keep=True)
        return (self._block(_height(_result(reply.body)), keep=True),)

    def events(self, contract: str, signature: str, *topics: str) -> Listed:
        """As of `EventSource`, in one question over the whole chain: a node of one's own answers it."""
        words = [f"0x{word}" for word in (topic_of(signature), *topics)]
        query = {"method": "eth_getLogs", "address": contract, **{f"topic{i}": word for i, word in enumerate(words)}}
        asked = {"fromBlock": "0x0", "toBlock": "latest", "address": contract, "topics": words}
        request = Request("POST", body=orjson.dumps(_call("eth_getLogs", (asked,))))

        def check(body: bytes) -> None:
            _rows_check(_checked(_parse(body)))

        try:
            reply = self._transport.ask(Question("evm/logs", self.chain, query, request, check))
        except SourceError as error:
            return Listed((), "unavailable", "not at all", str(error))
        return Listed((reply,), "complete")

    def _block(self, height: int, *, keep: bool) -> Reply:
        block = self._reply(
            "eth_getBlockByNumber", (hex(height), True), {"height": str(height)}, _block_check(height), keep=keep
        )
        hash_, txs = _hashes(block.body)
        receipts = self._receipts(height, hash_, txs, keep=keep)
        traces = self._traces(height, hash_, txs, keep=keep)
        body = b'{"block":%b,"receipts":%b,"traces":%b}' % (block.body, receipts, traces)
        return Reply("evm/block", self.chain, {"height": str(height), "hash": hash_}, block.fetched, body)

    def _newest(self) -> int:
        """Height of the newest block; offline the greatest there is, for all that was kept may be asked."""
        try:
            return self.tip()
        except NotRecordedError:
            return 2**63 - 1

    def _is_final(self, height: int) -> bool:
        """Whether the chain's users hold the block final. Offline every block is one that was kept."""
        if self._final is None:
            self._final = self._newest() - self._facts.reorg_depth
        return height <= self._final

    def _receipts(self, height: int, hash_: str, txs: tuple[str, ...], *, keep: bool) -> bytes:
        """The block's receipts: all at once, or in batches where the node has no method for that."""
        check = _hash_check(hash_)
        if self._whole_receipts:
            query = {"height": str(height), "hash": hash_}
            reply = self._supported("eth_getBlockReceipts", (hex(height),), query, check, keep=keep)
            if reply is not None:
                return reply.body
            self._whole_receipts = False
        parts: list[object] = []
        for start in range(0, len(txs), _BATCH):
            part = txs[start : start + _BATCH]
            query = {"height": str(height), "hash": hash_, "first": str(start), "count": str(len(part))}
            calls = [("eth_getTransactionReceipt", (tx,)) for tx in part]
            reply = self._transport.ask(
                self._question("eth_getTransactionReceipt", _batch(calls), query, _batch_check(part, check), keep=keep)
            )
            parts += orjson.loads(reply.body)
        return orjson.dumps(parts)

    def _traces(self, height: int, hash_: str, txs: tuple[str, ...], *, keep: bool) -> bytes:
        """The block's traces by the first tracer the node has; ``null`` where it has none."""
        while self._tracers:
            method, options = self._tracers[0]
            if method.startswith("debug") and hash_ and not txs:
                return b"[]"  # nothing to trace, and Geth refuses to trace the genesis block
            query = {"height": str(height), "hash": hash_}
            reply = self._supported(method, (hex(height), *options), query, _trace_check(hash_, txs), keep=keep)
            if reply is not None:
                return reply.body
            self._tracers.pop(0)
        self.covers = COVERS - {Kind.INTERNAL}
        return b"null"

    def _supported(
        self, method: str, params: Sequence[object], query: Mapping[str, str], check: Callable[[object], None], *,
        keep: bool,
    ) -> Reply | None:  # fmt: skip
        """The reply, or None where the node does not have the method, or the record does not have its answer."""
        try:
            reply = self._reply(method, params, query, check, optional=True, keep=keep)
        except NotRecordedError:
            return None
        return None if _lacks_method(orjson.loads(reply.body)) else reply

    def _ask(self, method: str, params: Sequence[object], query: Mapping[str, str], *, keep: bool) -> object:
        return _result(self._reply(method, params, query, lambda _result: None, keep=keep).body)

    def _reply(
        self, method: str, params: Sequence[object], query: Mapping[str, str], check: Callable[[object], None], *,
        optional: bool = False, keep: bool,
    ) -> Reply:  # fmt: skip
        def checked(body: bytes) -> None:
            answer = _parse(body)
            if not (optional and _lacks_method(answer)):
                check(_checked(answer))

        return self._transport.ask(self._question(method, _call(method, params), query, checked, keep=keep))

    def _question(
        self, method: str, body: object, query: Mapping[str, str], check: Callable[[bytes], None], *, keep: bool
    ) -> Question:
        request = Request("POST", body=orjson.dumps(body))
        return Question("meta/evm-rpc", self.chain, {"method": method, **query}, request, check, keep)


def untraced(body: bytes) -> bool:
    """Whether a reply of format ``evm/block`` is of a node that could not trace."""
    shown = orjson.loads(body)
    return isinstance(shown, dict) and shown.get("traces") is None


def _searches(account: str, limit: int, newest: int) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Name, method and filter of the searches that find every movement of an account's coins and tokens."""
    whole: dict[str, object] = {"fromBlock": "0x0", "toBlock": hex(newest)}
    topic = "0x" + "0" * 24 + account[2:]
    yield "calls-from", "trace_filter", whole | {"fromAddress": [account], "count": limit + 1}
    yield "calls-to", "trace_filter", whole | {"toAddress": [account], "count": limit + 1}
    yield "events-from", "eth_getLogs", whole | {"topics": [[_TRANSFER, *_WRAPS], topic]}
    yield "events-to", "eth_getLogs", whole | {"topics": [_TRANSFER, None, topic]}


def _rows_check(result: object) -> None:
    if not isinstance(result, list):
        raise SourceError("the answer is no list of rows")
    for row in result:
        _height(row)


def _height(row: object) -> int:
    """The height a row states: as a number in traces, as a quantity in logs and transactions."""
    height = row.get("blockNumber") if isinstance(row, dict) else None
    return height if type(height) is int and height >= 0 else _quantity(height, "a row's block number")


def _call(method: str, params: Sequence[object], number: int = 1) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def _batch(calls: Sequence[tuple[str, Sequence[object]]]) -> list[dict[str, object]]:
    return [_call(method, params, number) for number, (method, params) in enumerate(calls)]


def _parse(body: bytes) -> object:
    try:
        answer: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"the node's answer is not JSON: {error}", mend="is it the address of a node?") from error
    return answer


def _result(body: bytes) -> object:
    """The result of a checked answer."""
    return orjson.loads(body)["result"]


def _hashes(body: bytes) -> tuple[str, tuple[str, ...]]:
    """The hashes of a checked block and of its transactions."""
    block = orjson.loads(body)["result"]
    return block["hash"].lower(), tuple(tx["hash"].lower() for tx in block["transactions"])


def _fault(answer: object) -> tuple[int, str] | None:
    """Code and message of a JSON-RPC error."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if error is None:
        return None
    if not isinstance(error, dict):
        return 0, str(error)
    code = error.get("code")
    return code if isinstance(code, int) else 0, str(error.get("message"))


def _lacks_method(answer: object) -> bool:
    fault = _fault(answer)
    if fault is None:
        return False
    code, message = fault
    return code in _UNKNOWN_CODES or (not _BUSY.search(message) and _UNKNOWN.search(message) is not None)


def _checked(answer: object) -> object:
    """The result of an answer; RetryError or SourceError where it is an error or no answer at all."""
    fault = _fault(answer)
    if fault is not None:
        code, message = fault
        words = f"the node answers with error {code}: {message[:200]}"
        if _TOO_MUCH.search(message):
            raise SourceError(words, mend="use a node of your own, without such a bound, or an explorer")
        if code in _BUSY_CODES or _BUSY.search(message):
            raise RetryError(words, mend="lower requests_per_second, or try later")
        if _PRUNED.search(message):
            raise SourceError(words, mend="the node has thrown that state away; use an archive node")
        raise SourceError(words, mend="use a node that answers this")
    if not isinstance(answer, dict) or "result" not in answer:
        raise SourceError("the answer is no JSON-RPC answer", mend="is it the address of a node?")
    return answer["result"]


def _block_check(height: int) -> Callable[[object], None]:
    def check(result: object) -> None:
        if result is None:
            raise SourceError(f"the node has no block {height}", mend="it is above the tip, or was thrown away")
        shown = result if isinstance(result, dict) else {}
        txs = shown.get("transactions")
        whole = isinstance(txs, list) and all(isinstance(tx, dict) and isinstance(tx.get("hash"), str) for tx in txs)
        if not whole or not isinstance(shown.get("hash"), str) or shown.get("number") != hex(height):
            raise SourceError(f"the answer is not block {height} with its whole transactions")

    return check


def _hash_check(hash_: str) -> Callable[[object], None]:
    """That rows are of the block that was asked: a reorganisation between two answers is a passing fault."""

    def check(result: object) -> None:
        rows = result if isinstance(result, list) else None
        if rows is None or not all(isinstance(row, dict) for row in rows):
            raise SourceError(
                "the answer is no list of rows", mend="use a node that has the receipts and traces of this block"
            )
        if hash_ and any(str(row.get("blockHash", hash_)).lower() != hash_ for row in rows):
            raise RetryError("the chain changed between two answers")

    return check


def _trace_check(hash_: str, txs: tuple[str, ...]) -> Callable[[object], None]:
    def check(result: object) -> None:
        _hash_check(hash_)(result)
        rows = result if isinstance(result, list) else []
        if txs and not rows:
            raise SourceError("the node has no traces of this block", mend="use an archive node that traces")
        named = [str(row["txHash"]).lower() for row in rows if "txHash" in row]
        if hash_ and named and named != list(txs):
            raise RetryError("the chain changed between two answers")
        broken = next((row["error"] for row in rows if "action" not in row and "error" in row), None)
        if broken is not None:
            _checked({"error": {"code": 0, "message": str(broken)}})

    return check


def _batch_check(txs: tuple[str, ...], check: Callable[[object], None]) -> Callable[[bytes], None]:
    """That a batch answers each call, in whatever order."""

    def checked(body: bytes) -> None:
        answers = _parse(body)
        if not isinstance(answers, list):
            _checked(answers)
            raise SourceError("the node does not answer batches", mend="use a node that has eth_getBlockReceipts")
        receipts = [_checked(answer) for answer in answers]
        check(receipts)
        found = {str(receipt.get("transactionHash")).lower() for receipt in receipts if isinstance(receipt, dict)}
        if found != set(txs):
            raise RetryError(f"the node answered {len(found & set(txs))} of {len(txs)} calls of a batch")

    return checked


def _quantity(value: object, where: str) -> int:
    if not isinstance(value, str) or re.fullmatch("0x[0-9a-fA-F]{1,16}", value) is None:
        raise SourceError(f"a quantity in hex is expected, not {value!r:.60}", where=where)
    return int(value, 16)
