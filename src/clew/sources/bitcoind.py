"""Blocks of a node of the Bitcoin family, over its JSON-RPC interface."""

from collections.abc import Iterator
from typing import cast

import orjson

from clew.errors import RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Question, Request, Transport, read_json

_WARMING_UP = -28
_MENDS = {
    -1: "the node may have pruned this block: use a node that keeps all blocks",
    -5: "the node does not have this block",
    -8: "the height is above the node's tip",
    -32601: "the node is too old or another program",
}
"""Error code of the node (Bitcoin Core, ``rpc/protocol.h``) -> what to do."""


class BitcoindSource:
    """A BlockSource: Bitcoin Core and its relatives. User and password are the transport's."""

    covers = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.COINBASE, Kind.FEE})

    def __init__(self, chain: str, transport: Transport, *, first: int = 0, name: str = "bitcoind") -> None:
        """`chain` is a CAIP-2 id; `first` the lowest height that will be asked for."""
        self.chain, self.name = chain, name
        self._transport = transport
        self._first = first

    def check(self) -> None:
        """SourceError where the node is of another chain, has pruned block `first`, or is still catching up."""
        genesis, wanted = str(self._result("getblockhash", 0)), self.chain.partition(":")[2]
        if not genesis.startswith(wanted):
            raise SourceError(
                f"the node's first block is {genesis}, that of {self.chain} begins with {wanted}",
                where=self.name,
                mend="name a node of the right chain",
            )
        info = self._result("getblockchaininfo")
        if not isinstance(info, dict):
            raise SourceError("getblockchaininfo gives no object", where=self.name)
        self._check_state(cast("dict[str, object]", info))

    def _check_state(self, info: dict[str, object]) -> None:
        blocks, headers, kept = (_height(info.get(key, 0)) for key in ("blocks", "headers", "pruneheight"))
        if info.get("pruned") is True and kept > self._first:
            raise SourceError(
                f"the node has pruned the blocks below {kept}, and {self._first} is needed",
                where=self.name,
                mend="use a node that keeps all blocks",
            )
        syncing = info.get("initialblockdownload") is True and info.get("chain") != "regtest"
        if syncing or headers > blocks:
            raise SourceError(
                f"the node is behind: it has {blocks} of {headers} blocks" + " and is still loading" * syncing,
                where=self.name,
                mend="wait until it has caught up",
            )

    def tip(self) -> int:
        """Height of the node's newest block."""
        return _height(self._result("getblockcount"))

    def height_of(self, tx: str) -> int | None:
        """The height of a transaction's block; None where the node keeps no index of transactions (``-txindex``)."""
        try:
            found = self._result("getrawtransaction", tx, True)
        except RetryError:
            raise
        except SourceError:
            return None
        block = found.get("blockhash") if isinstance(found, dict) else None
        if block is None:
            return None
        header = self._result("getblockheader", block)
        return _height(header.get("height")) if isinstance(header, dict) else None

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """The blocks by height, asked with verbosity 3; a node that does not know it answers as to 2."""
        for height in range(first, last + 1):
            hash_ = self._result("getblockhash", height)
            yield self._transport.ask(self._question("bitcoin/getblock", "getblock", (hash_, 3), keep=True))

    def _result(self, method: str, *params: object) -> object:
        """What the node says now: never kept, for it may change with the next block."""
        reply = self._transport.ask(self._question(f"meta/{method}", method, params, keep=False))
        return cast("dict[str, object]", read_json(reply.body))["result"]

    def _question(self, form: str, method: str, params: tuple[object, ...], *, keep: bool) -> Question:
        body = orjson.dumps({"jsonrpc": "1.0", "id": "clew", "method": method, "params": params})
        query = {"method": method, "params": orjson.dumps(params).decode()}
        return Question(form, self.chain, query, Request("POST", body=body), check_answer, keep=keep)


def check_answer(body: bytes) -> None:
    """RetryError or SourceError where a body is no JSON-RPC answer, or one with an error."""
    answer = read_json(body)
    if not isinstance(answer, dict) or "result" not in answer:
        raise SourceError("this is no JSON-RPC answer", mend="is the address that of a node's RPC interface?")
    error = answer.get("error")
    if error is None:
        return
    code, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, error)
    if code == _WARMING_UP:
        raise RetryError(f"the node is starting: {message}")
    raise SourceError(f"the node answers: {message} ({code})", mend=_MENDS.get(cast("int", code), ""))


def _height(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SourceError(f"the node gives {value!r} where a height is due")
    return value
