"""Appending to the ledger: exact, atomic, idempotent, and independent of the order in which replies come.

The same transfer is seen in many replies. It is one row, because these make it one: its transaction, kind, asset,
sender, receiver, amount, and `k`, which counts the transfers of one reply that are equal in all of these (a reply that
shows one of two equal transfers of a transaction shows both). Where replies know different things of it:

- height, tx_index and time stand with the transaction: the greatest height (-1 is "not known"), and of what is said
  with that height the greatest tx_index and time;
- seq is the greatest: a reply that shows more of the transaction counts more events before the same one; but a place
  that was only derived (`chains.execution.DERIVED`) gives way to any other, so it is stored negative;
- the owner is the one that is known, of two the greater text;
- the reply it is traced to is the one of the smallest digest.

Each is a maximum or minimum, so neither order nor repetition of the replies changes the result.

An explorer states the whole fee of an EVM transaction, a block its burnt part (BURN) and the rest (FEE). Once any reply
shows a BURN of a transaction, its FEE of a reply without BURN is left out, whichever came first.
"""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain as chained
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clew.chains.execution import DERIVED
from clew.errors import RunError
from clew.ledger.faults import translated
from clew.ledger.schema import KINDS
from clew.model import Block, Decoded, History, Kind, Limitation, Reply, Transfer

Ids = npt.NDArray[np.int64]

FLUSH_ROWS = 250_000
"""Rows a batch holds in memory before it merges them into its transaction."""

_KIND = {kind: code for code, kind in enumerate(KINDS)}
_SAME = "tx, kind, asset, sender, receiver, amount_0, amount_1, amount_2, amount_3"
_UNKNOWN_TOP = 2**63 - 1


class ForkError(RunError):
    """A block does not follow the stored one: the chain was reorganised at or below `height - 1`."""

    def __init__(self, block: Block, detail: str) -> None:
        super().__init__(
            f"block {block.height} ({block.hash}) {detail}",
            where=block.chain,
            mend="roll back to the fork point and read on from there",
        )
        self.block = block


@dataclass(frozen=True, slots=True)
class _Part:
    """One reply's rows, waiting for the batch."""

    reply: int
    decoded: Decoded


class Writer:
    """Writes one ledger. Everything appended inside ``with writer.batch():`` is kept whole or not at all."""

    def __init__(self, db: duckdb.DuckDBPyConnection, where: str) -> None:
        self._db = db
        self._where = where
        self._parts: list[_Part] = []
        self._rows = 0
        self._batch = False

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
                self._batch, self._parts, self._rows = False, [], 0
                if not done:
                    with suppress(duckdb.Error):  # the failed statement may have ended the transaction already
                        self._db.execute("ROLLBACK")

    def has_reply(self, reply: Reply, sha256: str) -> bool:
        """Whether the rows of this reply (its body's digest, format, chain and query) are in the ledger."""
        found = self._find_reply(reply, sha256)
        return found is not None and found[1]

    def reply(self, reply: Reply, sha256: str) -> int:
        """The id of a reply, given to it when first met; its body stays in the evidence, under its digest."""
        found = self._find_reply(reply, sha256)
        if found is not None:
            return found[0]
        with self.batch():
            new = self._next_id("reply")
            self._db.execute(
                "INSERT INTO reply VALUES (?, ?, ?, ?, ?, ?, NULL)",
                [new, sha256, reply.format, reply.chain, _query(reply), reply.fetched],
            )
        return new

    def append(self, decoded: Decoded, reply_id: int) -> None:
        """Add what a reply shows. ForkError, and nothing of it added, where a block does not follow the stored one."""
        with self.batch():
            fresh = [block for block in decoded.blocks if self._follows(block)]
            for block in fresh:
                self._db.execute(
                    "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
                    [self._chain_id(block.chain), block.height, block.hash, block.parent, block.time, reply_id],
                )
            self._append_statements(decoded, reply_id)
            self._db.execute("UPDATE reply SET top = ? WHERE id = ?", [_top(decoded), reply_id])
            self._parts.append(_Part(reply_id, decoded))
            self._rows += len(decoded.transfers)
            if self._rows >= FLUSH_ROWS:
                self._flush()

    def record(self, history: History) -> None:
        """Note how completely an account is known, in place of what was noted before."""
        with self.batch():
            self._db.execute("DELETE FROM history WHERE chain = ? AND account = ?", [history.chain, history.account])
            covers = ",".join(sorted(history.covers))
            self._db.execute(
                "INSERT INTO history VALUES (?, ?, ?, ?, ?)",
                [history.chain, history.account, history.status, covers, history.detail],
            )

    def rollback(self, chain: str, height: int) -> None:
        """Forget everything of the blocks from `height` on, as if it had never been ingested.

        Replies that showed any of it count as not ingested, and histories that lose a row as not loaded.
        """
        with self.batch():
            self._flush()
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

    # Blocks

    def _follows(self, block: Block) -> bool:
        """Whether the block is new; ForkError where it contradicts the stored ones."""
        stored = dict(
            self._db.execute(
                "SELECT height, hash FROM block WHERE chain = ? AND height BETWEEN ? AND ?",
                [self._chain_id(block.chain), block.height - 1, block.height],
            ).fetchall()
        )
        here, below = stored.get(block.height), stored.get(block.height - 1)
        if here is not None and here != block.hash:
            raise ForkError(block, f"stands where {here} stood")
        if below is not None and block.parent not in ("", below):
            raise ForkError(block, f"names {block.parent} as its parent, not {below}")
        return here is None

    # Replies

    def _find_reply(self, reply: Reply, sha256: str) -> tuple[int, bool] | None:
        found = self._db.execute(
            "SELECT id, top IS NOT NULL FROM reply WHERE sha256 = ? AND format = ? AND chain = ? AND query = ?",
            [sha256, reply.format, reply.chain, _query(reply)],
        ).fetchall()
        return found[0] if found else None

    def _append_statements(self, decoded: Decoded, reply_id: int) -> None:
        """What a reply claims of assets and says it could not see: kept with the reply, replaced as it comes again."""
        if decoded.assets:
            self._db.execute("DELETE FROM claim WHERE reply = ?", [reply_id])
            chains = np.array([self._chain_id(asset.chain) for asset in decoded.assets])
            ids = self._intern("asset", chains, [asset.id for asset in decoded.assets])
            claims = {
                "asset": ids,
                "symbol": [asset.symbol for asset in decoded.assets],
                "decimals": [asset.decimals for asset in decoded.assets],
            }
            self._insert("INSERT INTO claim SELECT DISTINCT asset, symbol, decimals, ? FROM fresh", claims, [reply_id])
        if decoded.limitations:
            self._db.execute("DELETE FROM limitation WHERE reply = ?", [reply_id])
            self._db.executemany(
                "INSERT INTO limitation VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*_limitation(limitation), reply_id) for limitation in decoded.limitations],
            )

    # Transfers

    def _flush(self) -> None:
        """Merge the waiting rows into the tables, inside the open transaction."""
        parts, self._parts, self._rows = self._parts, [], 0
        rows = list(chained.from_iterable(part.decoded.transfers for part in parts))
        if not rows:
            return
        counts = [len(part.decoded.transfers) for part in parts]
        staged = self._columns(rows)
        staged["part"] = np.repeat(np.arange(len(parts)), counts)
        staged["reply"] = np.repeat(np.array([part.reply for part in parts]), counts)
        self._insert("CREATE OR REPLACE TEMP TABLE staged AS FROM fresh", staged)
        self._drop_whole_fees()
        self._merge()

    def _columns(self, rows: Sequence[Transfer]) -> dict[str, Any]:
        """The rows as columns of ids; new texts, and better positions of their transactions, are stored on the way."""
        chain, height, tx_index, seq, tx, time, asset, sender, receiver, amount, kind, owner = zip(*rows, strict=True)
        codes = {name: self._chain_id(name) for name in set(chain)}
        chains = np.array([codes[name] for name in chain], np.int64)
        txs = self._intern("tx", chains, tx)
        self._place(txs, np.array(height, np.int64), np.array(tx_index, np.int64), np.array(time, np.int64))
        owned = np.flatnonzero([bool(name) for name in owner])
        owners = [owner[row] for row in owned]
        accounts = self._intern(
            "account", np.concatenate([chains, chains, chains[owned]]), (*sender, *receiver, *owners)
        )
        owner_ids, owner_ranks = np.full(len(rows), -1), np.full(len(rows), -1)
        owner_ids[owned] = accounts[2 * len(rows) :]
        owner_ranks[owned] = _ranks(owners)
        columns = {
            "tx": txs,
            "seq": _places(seq),
            "kind": np.array([_KIND[k] for k in kind], np.int8),
            "asset": self._intern("asset", chains, asset),
            "sender": accounts[: len(rows)],
            "receiver": accounts[len(rows) : 2 * len(rows)],
            "owner": owner_ids,
            "owner_rank": owner_ranks,
        }
        limbs = _limbs(amount)
        return columns | {f"amount_{i}": limbs[:, i] for i in range(4)}

    def _place(self, txs: Ids, height: Ids, tx_index: Ids, time: Ids) -> None:
        """Give each transaction the best position that is known of it."""
        ids, of = np.unique(txs, return_inverse=True)
        best = {"id": ids, "height": _greatest(height, of, len(ids))}
        said = height == best["height"][of]
        best["tx_index"] = _greatest(tx_index[said], of[said], len(ids))
        best["time"] = _greatest(time[said], of[said], len(ids))
        self._insert(
            """UPDATE tx SET height = fresh.height,
                tx_index = CASE WHEN fresh.height > tx.height THEN fresh.tx_index
                                ELSE greatest(fresh.tx_index, tx.tx_index) END,
                time = CASE WHEN fresh.height > tx.height THEN fresh.time ELSE greatest(fresh.time, tx.time) END
            FROM fresh WHERE fresh.id = tx.id AND (fresh.height > tx.height OR
                (fresh.height = tx.height AND (fresh.tx_index > tx.tx_index OR fresh.time > tx.time)))""",
            best,
        )

    def _drop_whole_fees(self) -> None:
        """Leave out the undivided fee of a transaction of which a BURN is known (see the module's docstring)."""
        burn, fee = _KIND[Kind.BURN], _KIND[Kind.FEE]
        self._db.execute(
            f"""CREATE OR REPLACE TEMP TABLE burnt AS
            SELECT tx, bool_or(stored) AS stored FROM (
                SELECT tx, false AS stored FROM staged WHERE kind = {burn} UNION ALL
                SELECT tx, true FROM transfer WHERE kind = {burn} AND tx IN
                    (SELECT tx FROM staged WHERE kind IN ({fee}, {burn}))
            ) GROUP BY tx"""
        )
        self._db.execute(
            f"""DELETE FROM staged WHERE kind = {fee} AND tx IN (SELECT tx FROM burnt)
            AND NOT EXISTS
                (FROM staged other WHERE other.kind = {burn} AND other.part = staged.part AND other.tx = staged.tx)"""
        )
        self._db.execute(f"DELETE FROM transfer WHERE kind = {fee} AND tx IN (SELECT tx FROM burnt WHERE NOT stored)")

    def _merge(self) -> None:
        """Add the staged rows that are new and better those that are known."""
        self._db.execute(
            f"""CREATE OR REPLACE TEMP TABLE merged AS
            WITH counted AS (
                SELECT *, row_number() OVER (PARTITION BY part, {_SAME} ORDER BY seq, owner_rank) - 1 AS k FROM staged),
            ranked AS (
                SELECT id, row_number() OVER (ORDER BY sha256, format, chain, query) AS rank
                FROM reply WHERE id IN (SELECT reply FROM staged))
            SELECT {_SAME}, k, max(seq) AS seq, arg_max(owner, owner_rank) AS owner,
                arg_min(reply, ranked.rank) AS reply
            FROM counted JOIN ranked ON ranked.id = reply GROUP BY {_SAME}, k"""
        )
        self._db.execute(
            f"""CREATE OR REPLACE TEMP TABLE known AS
            SELECT transfer.rowid AS stored, merged.rowid AS row,
                greatest(transfer.seq, merged.seq) AS seq,
                greatest(transfer.owner, merged.owner) AS owner, least(transfer.owner, merged.owner) AS other,
                CASE WHEN (a.sha256, a.format, a.chain, a.query) < (b.sha256, b.format, b.chain, b.query)
                     THEN a.id ELSE b.id END AS reply
            FROM transfer JOIN merged USING ({_SAME}, k)
            JOIN reply a ON a.id = merged.reply JOIN reply b ON b.id = transfer.reply"""
        )
        self._db.execute(
            """UPDATE known SET owner = named.id FROM (
                SELECT row, CASE WHEN a.name > b.name THEN a.id ELSE b.id END AS id
                FROM known JOIN account a ON a.id = owner JOIN account b ON b.id = other WHERE owner <> other) named
            WHERE named.row = known.row"""
        )
        self._db.execute(
            """UPDATE transfer SET seq = known.seq, owner = known.owner, reply = known.reply FROM known
            WHERE transfer.rowid = known.stored
            AND (transfer.seq, transfer.owner, transfer.reply) <> (known.seq, known.owner, known.reply)"""
        )
        self._db.execute("INSERT INTO transfer BY NAME SELECT * FROM merged WHERE rowid NOT IN (SELECT row FROM known)")

    # Dictionaries

    def _chain_id(self, name: str) -> int:
        """The id of a chain, given to it when first met."""
        found = self._db.execute("SELECT id FROM chain WHERE name = ?", [name]).fetchall()
        if found:
            return int(found[0][0])
        new = self._next_id("chain")
        self._db.execute("INSERT INTO chain VALUES (?, ?)", [new, name])
        return new

    def _intern(self, table: str, chains: Ids, names: Sequence[str]) -> Ids:
        """The ids of texts in a dictionary table, given to them when first met."""
        encoded = pa.array(names, pa.string()).dictionary_encode()
        texts = len(encoded.dictionary)
        pairs, of = np.unique(chains * texts + encoded.indices.to_numpy(), return_inverse=True)
        fresh = {"chain": pairs // texts, "name": encoded.dictionary.take(pa.array(pairs % texts))}
        self._db.register("fresh", pa.table(fresh | {"row": np.arange(len(pairs))}))
        found = self._db.execute(
            f"SELECT coalesce(id, -1) AS id FROM fresh LEFT JOIN {table} USING (chain, name) ORDER BY row"
        ).to_arrow_table()
        self._db.unregister("fresh")
        ids = found["id"].to_numpy().astype(np.int64)
        new = ids < 0
        ids[new] = self._next_id(table) + np.arange(np.count_nonzero(new))
        self._insert(
            f"INSERT INTO {table} (id, chain, name) FROM fresh",
            {"id": ids[new], "chain": fresh["chain"][new], "name": fresh["name"].filter(pa.array(new))},
        )
        return np.asarray(ids[of])

    def _next_id(self, table: str) -> int:
        ((top,),) = self._db.execute(f"SELECT coalesce(max(id), -1) FROM {table}").fetchall()
        return int(top) + 1

    def _insert(self, statement: str, columns: dict[str, Any], parameters: Sequence[object] = ()) -> None:
        """Run a statement that reads `columns` as table ``fresh``."""
        self._db.register("fresh", pa.table(columns))
        self._db.execute(statement, parameters)
        self._db.unregister("fresh")


def _query(reply: Reply) -> str:
    return json.dumps(dict(reply.query), sort_keys=True, separators=(",", ":"))


def _top(decoded: Decoded) -> int:
    """The greatest height of a reply; above every height where one of its rows may stand anywhere."""
    heights = [transfer.height for transfer in decoded.transfers]
    if -1 in heights:
        return _UNKNOWN_TOP
    return max([*heights, *(block.height for block in decoded.blocks)], default=-1)


def _limitation(limitation: Limitation) -> tuple[str | None, ...]:
    amount = None if limitation.amount is None else str(limitation.amount)
    return (limitation.code, limitation.detail, limitation.chain, limitation.address, amount, limitation.asset)


def _limbs(amounts: Iterable[int]) -> npt.NDArray[np.uint64]:
    """Amounts as four 64-bit limbs each, least significant first; RunError where one is not of 256 bits."""
    try:
        raw = b"".join([amount.to_bytes(32, "little") for amount in amounts])
    except OverflowError as error:
        raise RunError("a decoder gave an amount below 0 or beyond 256 bits") from error
    return np.frombuffer(raw, np.dtype("<u8")).reshape(-1, 4)


def _places(seq: Sequence[int]) -> Ids:
    """The column `seq`: below every known place where it is only derived."""
    places = np.array(seq, np.int64)
    return np.where(places & DERIVED == DERIVED, -places, places)


def _ranks(texts: Sequence[str]) -> Ids:
    """The place of each text among the different ones, in order."""
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    rank = np.empty(len(encoded.dictionary), np.int64)
    rank[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(rank))
    return np.asarray(rank[encoded.indices.to_numpy()])


def _greatest(values: Ids, group: Ids, groups: int) -> Ids:
    """The greatest value of each group, -1 for an empty one."""
    greatest = np.full(groups, -1, np.int64)
    np.maximum.at(greatest, group, values)
    return greatest
