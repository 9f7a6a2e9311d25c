"""Histories of outpoints and addresses, from an Esplora API (Blockstream's explorer, mempool.space, one's own).

Esplora tells a transaction whole but for its index in the block, which its Merkle proof tells: both are asked, and the
index goes into the query of the transaction as ``pos``.
"""

import re
from collections.abc import Callable
from typing import cast

from clew.errors import InputError, RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Fetched, NotRecordedError, Question, Request, Transport, read_json

_OUTPOINT = re.compile(r"([0-9a-f]{64}):(\d{1,10})")
_TXID = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"[0-9A-Za-z]{14,90}")
Json = dict[str, object]


class EsploraSource:
    """A HistorySource. What is asked first decides what is asked next, so a replay takes the same path."""

    covers = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.COINBASE, Kind.FEE})

    def __init__(self, chain: str, transport: Transport, *, name: str = "esplora") -> None:
        self.chain, self.name = chain, name
        self._transport = transport

    def history(self, account: str, *, limit: int) -> Fetched:
        """Of an outpoint ``txid:vout`` the transaction that spends it; of an address all its transactions."""
        if (outpoint := _OUTPOINT.fullmatch(account)) is not None:
            return self._spending(outpoint[1], outpoint[2])
        if _ADDRESS.fullmatch(account) is None:
            raise InputError(f"{account!r} is neither an outpoint txid:vout nor an address", where=self.name)
        return self._address(account, limit)

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """The transaction; SourceError where the explorer does not know it."""
        if _TXID.fullmatch(tx) is None:
            raise InputError(f"{tx!r} is no transaction id: 64 digits of lower-case hex", where=self.name)
        status = self._object(f"/tx/{tx}/status", "esplora-status")
        return (self._transaction(tx, status),)

    def _spending(self, txid: str, vout: str) -> Fetched:
        tip = self._tip()
        spend = self._object(f"/tx/{txid}/outspend/{vout}", "esplora-outspend")
        if spend.get("spent") is not True:
            return Fetched((), "complete", self.covers, f"unspent at block {tip}")
        spender, status = spend.get("txid"), spend.get("status")
        if not isinstance(spender, str) or _TXID.fullmatch(spender) is None or not isinstance(status, dict):
            raise SourceError("the answer does not say what spends the output", where=f"{self.name} {txid}:{vout}")
        if status.get("confirmed") is not True:
            return Fetched((), "complete", self.covers, f"unspent at block {tip}; {spender} waits to spend it")
        return Fetched((self._transaction(spender, status),), "complete", self.covers)

    def _address(self, address: str, limit: int) -> Fetched:
        stats = self._object(f"/address/{address}", "esplora-address").get("chain_stats")
        if not isinstance(stats, dict):
            raise SourceError("the answer has no chain_stats", where=f"{self.name} {address}")
        count, funded, spent = (_count(stats, f"{what}_count") for what in ("tx", "funded_txo", "spent_txo"))
        if funded + spent > limit:
            return Fetched((), "busy", self.covers, f"{funded + spent:,} transfers, the limit is {limit:,}")
        found = self._list(address, count)
        replies = tuple(self._transaction(txid, status) for txid, status in reversed(found.items()))
        if len(found) < count:
            return Fetched(replies, "truncated", self.covers, f"{len(found):,} of {count:,} transactions are listed")
        return Fetched(replies, "complete", self.covers)

    def _list(self, address: str, count: int) -> dict[str, Json]:
        """The ids of an address's confirmed transactions and their status, newest first."""
        found: dict[str, Json] = {}
        path = f"/address/{address}/txs/chain"
        while len(found) < count:
            page = self._ask(path, "esplora/txs", check=_check_list).body
            listed = [_listed(entry, f"{self.name} {path}") for entry in cast("list[object]", read_json(page))]
            if not any(txid not in found for txid, _ in listed):
                break
            found.update(listed)
            path = f"/address/{address}/txs/chain/{listed[-1][0]}"
        return found

    def _transaction(self, txid: str, status: Json) -> Reply:
        """The transaction with its index in the block; offline without it where no proof was recorded."""
        if status.get("confirmed") is not True:
            return self._ask(f"/tx/{txid}", "esplora/tx", check=_check_object, keep=False)
        try:
            proof = self._object(f"/tx/{txid}/merkle-proof", "esplora-merkle-proof")
        except NotRecordedError:
            return self._ask(f"/tx/{txid}", "esplora/tx", check=_check_object)
        height, pos = _count(proof, "block_height"), _count(proof, "pos")
        return self._ask(f"/tx/{txid}", "esplora/tx", check=_of_block(height), pos=str(pos))

    def _tip(self) -> int:
        """Height of the newest block when this source was first asked for it; kept, for "unspent" rests on it."""
        tip = read_json(self._ask("/blocks/tip/height", "meta/esplora-tip", check=_check_json).body)
        if isinstance(tip, bool) or not isinstance(tip, int):
            raise SourceError(f"{tip!r} is no height", where=self.name)
        return tip

    def _object(self, path: str, form: str) -> Json:
        return cast("Json", read_json(self._ask(path, f"meta/{form}", check=_check_object).body))

    def _ask(
        self,
        path: str,
        form: str,
        *,
        check: Callable[[bytes], None],
        keep: bool = True,
        **query: str,
    ) -> Reply:
        return self._transport.ask(Question(form, self.chain, {"path": path, **query}, Request(path=path), check, keep))


def _check_json(body: bytes) -> None:
    read_json(body)


def _check_object(body: bytes) -> None:
    if not isinstance(read_json(body), dict):
        raise SourceError("the answer is no JSON object", mend="is the address that of an Esplora API?")


def _check_list(body: bytes) -> None:
    if not isinstance(read_json(body), list):
        raise SourceError("the answer is no JSON list", mend="is the address that of an Esplora API?")


def _of_block(height: int) -> Callable[[bytes], None]:
    """The check that a transaction stands in the block that its proof is of."""

    def check(body: bytes) -> None:
        _check_object(body)
        status = cast("Json", read_json(body)).get("status")
        if not isinstance(status, dict) or status.get("block_height") != height:
            raise RetryError(
                f"the transaction is not in block {height}, which its proof is of",
                mend="the chain was reorganised between two answers: ask again",
            )

    return check


def _listed(entry: object, where: str) -> tuple[str, Json]:
    """Id and status of a transaction in a list."""
    if isinstance(entry, dict):
        txid, status = entry.get("txid"), entry.get("status")
        if isinstance(txid, str) and _TXID.fullmatch(txid) and isinstance(status, dict):
            return txid, status
    raise SourceError("an entry of the list is no transaction", where=where)


def _count(table: Json, name: str) -> int:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SourceError(f"field {name!r} has to be a count, not {value!r}")
    return value
