"""Appending to the ledger, whole replies at a time."""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from clew.errors import RunError
from clew.ledger.faults import translated
from clew.ledger.histories import Histories
from clew.ledger.known import Known, reply_key
from clew.ledger.merging import merge_places, merge_transfers
from clew.ledger.staging import intern, run
from clew.model import Block, Decoded, History, Reply

FLUSH_ROWS = 250_000
"""Rows a batch holds in memory before it merges them into its transaction."""

_UNKNOWN_TOP = 2**63 - 1


class ForkError(RunError):
    """A block does not follow the stored ones: the chain was reorganised at height `stale` or below."""

    def __init__(self, block: Block, stale: int, detail: str) -> None:
        super().__init__(
            f"block {block.height} ({block.hash}) {detail}",
            where=block.chain,
            mend="roll back to the fork point and read on from there",
        )
        self.block = block
        self.stale = stale


@dataclass(frozen=True, slots=True)
class _Part:
    """What one reply shows, waiting for the batch to end."""

    reply: int
    decoded: Decoded
    blocks: tuple[Block, ...]
    """Those of its blocks that are new."""


class Writer:
    """Writes one ledger. Everything appended inside ``with writer.batch():`` is kept whole or not at all.

    How rows of several replies become one is told in `clew.ledger.merging`.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, where: str, histories: Histories) -> None:
        self._db = db
        self._histories = histories
        self._where = where
        self._memory: Known | None = None
        self._replies: list[tuple[int, str, str, str, str, str]] = []
        self._parts: list[_Part] = []
        self._rows = 0
        self._batch = False
        self._changes = 0

    @property
    def changes(self) -> int:
        """Rises with each change of what the ledger shows: what was read at the same count need not be read again."""
        return self._changes

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction around several calls; inside another batch it is part of that one. RunError: disk full."""
        if self._batch:
            yield
            return
        with translated(self._where):
            self._db.execute("BEGIN")
            self._batch = True
            done = False
            try:
                yield
                self._flush()
                self._db.execute("COMMIT")
                done = True
            finally:
                self._batch = False
                if not done:
                    self._changes += 1
                    self._forget()
                    with suppress(duckdb.Error):  # the failed statement may have ended the transaction already
                        self._db.execute("ROLLBACK")

    def has_reply(self, reply: Reply, sha256: str) -> bool:
        """Whether the rows of this reply (its body's digest, format, chain and query) are in the ledger."""
        return self._known.replies.get(_key(reply, sha256)) in self._known.ingested

    def reply(self, reply: Reply, sha256: str) -> int:
        """The id of a reply, given to it when first met; its body stays in the evidence, under its digest."""
        known, key = self._known, _key(reply, sha256)
        if key not in known.replies:
            with self.batch():
                known.replies[key] = known.next_reply
                self._replies.append(
                    (known.next_reply, sha256, reply.format, reply.chain, _query(reply), reply.fetched)
                )
                known.next_reply += 1
        return known.replies[key]

    def append(self, decoded: Decoded, reply_id: int) -> None:
        """Add what a reply shows. ForkError, and nothing of it added, where a block does not follow the stored one."""
        with self.batch():
            blocks = tuple(block for block in decoded.blocks if self._follows(block))
            for block in blocks:
                self._chain_id(block.chain)
                tip = self._known.tips.get(block.chain)
                if tip is None or block.height > tip.height:
                    self._known.tips[block.chain] = block
            self._known.ingested.add(reply_id)
            self._parts.append(_Part(reply_id, decoded, blocks))
            self._rows += len(decoded.transfers)
            if self._rows >= FLUSH_ROWS:
                self._flush()

    def record(self, history: History) -> None:
        """Note how completely an account is known, in place of what was noted before."""
        with self.batch():
            self._changes += 1
            self._histories.record(history)

    def rollback(self, chain: str, height: int) -> None:
        """Forget everything of the blocks from `height` on, as if it had never been ingested.

        Replies that showed any of it count as not ingested, and histories that lose a row as not loaded.
        """
        with self.batch():
            self._flush()
            self._changes += 1
            code = self._chain_id(chain)
            self._db.execute(
                "CREATE OR REPLACE TEMP TABLE gone AS SELECT id FROM tx WHERE chain = ? AND height >= ?", [code, height]
            )
            self._db.execute(
                "DELETE FROM history WHERE chain = ? AND account IN (SELECT account.name FROM account, transfer"
                " WHERE account.id IN (sender, receiver, owner) AND tx IN (FROM gone))",
                [chain],
            )
            self._db.execute("DELETE FROM transfer WHERE tx IN (FROM gone)")
            self._db.execute("DELETE FROM tx WHERE id IN (FROM gone)")
            self._db.execute("DELETE FROM block WHERE chain = ? AND height >= ?", [code, height])
            self._db.execute("UPDATE reply SET top = NULL WHERE chain = ? AND top >= ?", [chain, height])
            for table in ("claim", "limitation"):
                self._db.execute(f"DELETE FROM {table} WHERE reply IN (SELECT id FROM reply WHERE top IS NULL)")
            self._db.execute(
                "DELETE FROM reply WHERE top IS NULL AND id NOT IN"
                " (SELECT reply FROM transfer UNION ALL SELECT reply FROM block)"
            )
            self._forget()

    @property
    def _known(self) -> Known:
        if self._memory is None:
            self._memory = Known(self._db)
        return self._memory

    def _forget(self) -> None:
        """Drop what waits and what is remembered: the database has it, or it never was."""
        self._memory, self._replies, self._parts, self._rows = None, [], [], 0
        self._histories.forget()

    def _chain_id(self, name: str) -> int:
        """The id of a chain, given to it when first met."""
        chains = self._known.chains
        if name not in chains:
            self._changes += 1
            self._db.execute("INSERT INTO chain VALUES (?, ?)", [len(chains), name])
            chains[name] = len(chains)
        return chains[name]

    def _follows(self, block: Block) -> bool:
        """Whether the block is new; ForkError where it contradicts the stored ones."""
        here, below = self._stored(block)
        if here is not None and here != block.hash:
            raise ForkError(block, block.height, f"stands where {here} stood")
        if below is not None and block.parent not in ("", below):
            raise ForkError(block, block.height - 1, f"names {block.parent} as its parent, not {below}")
        return here is None

    def _stored(self, block: Block) -> tuple[str | None, str | None]:
        """The hashes stored at a block's height and below it."""
        tip = self._known.tips.get(block.chain)
        if tip is None or block.height > tip.height:
            return None, tip.hash if tip is not None and block.height == tip.height + 1 else None
        self._flush()
        stored = dict(
            self._db.execute(
                "SELECT height, hash FROM block WHERE chain = ? AND height BETWEEN ? AND ?",
                [self._chain_id(block.chain), block.height - 1, block.height],
            ).fetchall()
        )
        return stored.get(block.height), stored.get(block.height - 1)

    def _flush(self) -> None:
        """Move what waits into the tables, inside the open transaction."""
        replies, parts = self._replies, self._parts
        self._replies, self._parts, self._rows = [], [], 0
        self._changes += bool(replies or parts)
        self._histories.flush()
        tops = {part.reply: _top(part.decoded) for part in parts}
        if replies:
            names = ("id", "sha256", "format", "chain", "query", "fetched")
            columns: dict[str, Any] = dict(zip(names, map(list, zip(*replies, strict=True)), strict=True))
            columns["top"] = pa.array([tops.pop(number, None) for number in columns["id"]], pa.int64())
            run(self._db, "INSERT INTO reply BY NAME FROM fresh", columns)
        if tops:
            columns = {"id": list(tops), "top": list(tops.values())}
            run(self._db, "UPDATE reply SET top = fresh.top FROM fresh WHERE fresh.id = reply.id", columns)
        if parts:
            self._flush_blocks(parts)
            self._flush_claims(parts)
            self._flush_limitations(parts)
            places = [place for part in parts for place in part.decoded.places]
            chains = {row.chain for part in parts for row in part.decoded.transfers} | {place.chain for place in places}
            codes = {name: self._chain_id(name) for name in sorted(chains)}
            merge_places(self._db, places, codes)
            merge_transfers(self._db, [(part.reply, part.decoded.transfers) for part in parts], codes)

    def _flush_blocks(self, parts: list[_Part]) -> None:
        rows = [(part.reply, block) for part in parts for block in part.blocks]
        if rows:
            columns = {
                "chain": [self._chain_id(block.chain) for _, block in rows],
                "height": [block.height for _, block in rows],
                "hash": [block.hash for _, block in rows],
                "parent": [block.parent for _, block in rows],
                "time": [block.time for _, block in rows],
                "reply": [reply for reply, _ in rows],
            }
            run(self._db, "INSERT INTO block BY NAME FROM fresh", columns)

    def _flush_claims(self, parts: list[_Part]) -> None:
        """What replies claim of assets: kept with the reply, replaced as it comes again."""
        rows = [(part.reply, asset) for part in parts for asset in part.decoded.assets]
        if rows:
            chains = np.array([self._chain_id(asset.chain) for _, asset in rows])
            columns = {
                "asset": intern(self._db, "asset", chains, [asset.id for _, asset in rows]),
                "symbol": [asset.symbol for _, asset in rows],
                "decimals": [asset.decimals for _, asset in rows],
                "reply": [reply for reply, _ in rows],
            }
            run(self._db, "DELETE FROM claim WHERE reply IN (SELECT reply FROM fresh)", columns)
            run(self._db, "INSERT INTO claim BY NAME FROM fresh", columns)

    def _flush_limitations(self, parts: list[_Part]) -> None:
        """What replies could not show: kept with the reply, replaced as it comes again."""
        rows = [(part.reply, limitation) for part in parts for limitation in part.decoded.limitations]
        if rows:
            amounts = [None if one.amount is None else str(one.amount) for _, one in rows]
            columns = {
                "code": [one.code for _, one in rows],
                "detail": [one.detail for _, one in rows],
                "chain": [one.chain for _, one in rows],
                "address": [one.address for _, one in rows],
                "amount": pa.array(amounts, pa.string()),
                "asset": [one.asset for _, one in rows],
                "reply": [reply for reply, _ in rows],
            }
            run(self._db, "DELETE FROM limitation WHERE reply IN (SELECT reply FROM fresh)", columns)
            run(self._db, "INSERT INTO limitation BY NAME FROM fresh", columns)


def _key(reply: Reply, sha256: str) -> bytes:
    return reply_key(sha256, reply.format, reply.chain, _query(reply))


def _query(reply: Reply) -> str:
    return json.dumps(dict(reply.query), sort_keys=True, separators=(",", ":"))


def _top(decoded: Decoded) -> int:
    """The greatest height of a reply; above every height where one of its rows may stand anywhere."""
    heights = {row.height for row in decoded.transfers} | {place.height for place in decoded.places}
    if -1 in heights:
        return _UNKNOWN_TOP
    return max(heights | {block.height for block in decoded.blocks}, default=-1)
