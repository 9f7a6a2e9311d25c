"""Merging what replies show of the same transfers: exact, idempotent, and independent of their order.

The same transfer is seen in many replies. It is one row, because these make it one: its transaction, kind, asset,
sender, receiver, amount, and `k`, which counts the transfers of one reply that are equal in all of these (a reply that
shows one of two equal transfers of a transaction shows both). Where replies know different things of it:

- height, tx_index and time stand with the transaction (-1 is "not known"): the greatest height, the greatest tx_index
  that is said with it, and the greatest time;
- seq is the greatest: a reply that shows more of the transaction counts more events before the same one; but a place
  that was only derived (`chains.execution.DERIVED`) gives way to any other, so it is stored negative;
- the owner is the one that is known, of two the greater text;
- the reply it is traced to is the one of the smallest digest.

Each is a maximum or minimum, so neither order nor repetition of the replies changes the result.

An explorer states the whole fee of an EVM transaction, a block its burnt part (BURN) and the rest (FEE). Once any reply
shows a BURN of a transaction, its FEE of a reply without BURN is left out, whichever came first.
"""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain as chained
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clew.chains.execution import DERIVED
from clew.errors import RunError
from clew.ledger.schema import KINDS
from clew.ledger.staging import Ids, intern, run
from clew.model import Kind, Place, Transfer

_KIND = {kind: code for code, kind in enumerate(KINDS)}
_SAME = "tx, kind, asset, sender, receiver, amount_0, amount_1, amount_2, amount_3"


def merge_transfers(
    db: duckdb.DuckDBPyConnection, parts: Sequence[tuple[int, Sequence[Transfer]]], chains: Mapping[str, int]
) -> None:
    """Merge the rows of replies (id and rows of each) into the tables, inside the open transaction."""
    rows = list(chained.from_iterable(transfers for _, transfers in parts))
    if not rows:
        return
    counts = [len(transfers) for _, transfers in parts]
    staged = _columns(db, rows, chains)
    staged["part"] = np.repeat(np.arange(len(parts)), counts)
    staged["reply"] = np.repeat(np.array([reply for reply, _ in parts]), counts)
    run(db, "CREATE OR REPLACE TEMP TABLE staged AS FROM fresh", staged)
    if np.isin(staged["kind"], (_KIND[Kind.BURN], _KIND[Kind.FEE])).any():
        _drop_whole_fees(db)
    _merge(db)


def merge_places(db: duckdb.DuckDBPyConnection, places: Sequence[Place], chains: Mapping[str, int]) -> None:
    """Merge what replies say of where transactions stand, inside the open transaction."""
    if places:
        chain, tx, height, tx_index = zip(*places, strict=True)
        txs = intern(db, "tx", np.array([chains[name] for name in chain], np.int64), tx)
        _place(db, txs, np.array(height, np.int64), np.array(tx_index, np.int64), np.full(len(places), -1))


def _columns(db: duckdb.DuckDBPyConnection, rows: Sequence[Transfer], codes: Mapping[str, int]) -> dict[str, Any]:
    """The rows as columns of ids; new texts, and better positions of their transactions, are stored on the way."""
    chain, height, tx_index, seq, tx, time, asset, sender, receiver, amount, kind, owner = zip(*rows, strict=True)
    chains = np.array([codes[name] for name in chain], np.int64)
    txs = intern(db, "tx", chains, tx)
    _place(db, txs, np.array(height, np.int64), np.array(tx_index, np.int64), np.array(time, np.int64))
    owned = np.flatnonzero([bool(name) for name in owner])
    owners = [owner[row] for row in owned]
    accounts = intern(db, "account", np.concatenate([chains, chains, chains[owned]]), (*sender, *receiver, *owners))
    owner_ids, owner_ranks = np.full(len(rows), -1), np.full(len(rows), -1)
    owner_ids[owned] = accounts[2 * len(rows) :]
    owner_ranks[owned] = _ranks(owners)
    columns = {
        "tx": txs,
        "seq": _places(seq),
        "kind": np.array([_KIND[k] for k in kind], np.int8),
        "asset": intern(db, "asset", chains, asset),
        "sender": accounts[: len(rows)],
        "receiver": accounts[len(rows) : 2 * len(rows)],
        "owner": owner_ids,
        "owner_rank": owner_ranks,
    }
    limbs = _limbs(amount)
    return columns | {f"amount_{i}": limbs[:, i] for i in range(4)}


def _place(db: duckdb.DuckDBPyConnection, txs: Ids, height: Ids, tx_index: Ids, time: Ids) -> None:
    """Give each transaction the best position that is known of it."""
    ids, of = np.unique(txs, return_inverse=True)
    best = {"id": ids, "height": _greatest(height, of, len(ids))}
    said = height == best["height"][of]
    best["tx_index"] = _greatest(tx_index[said], of[said], len(ids))
    best["time"] = _greatest(time, of, len(ids))
    run(
        db,
        """UPDATE tx SET height = greatest(fresh.height, tx.height), time = greatest(fresh.time, tx.time),
            tx_index = CASE WHEN fresh.height > tx.height THEN fresh.tx_index
                            WHEN fresh.height < tx.height THEN tx.tx_index
                            ELSE greatest(fresh.tx_index, tx.tx_index) END
        FROM fresh WHERE fresh.id = tx.id AND (fresh.height > tx.height OR fresh.time > tx.time
            OR (fresh.height = tx.height AND fresh.tx_index > tx.tx_index))""",
        best,
    )


def _drop_whole_fees(db: duckdb.DuckDBPyConnection) -> None:
    """Leave out the undivided fee of a transaction of which a BURN is known (see the module's docstring)."""
    burn, fee = _KIND[Kind.BURN], _KIND[Kind.FEE]
    ((found,),) = db.execute(
        f"""CREATE OR REPLACE TEMP TABLE burnt AS
        SELECT tx, bool_or(stored) AS stored FROM (
            SELECT tx, false AS stored FROM staged WHERE kind = {burn} UNION ALL
            SELECT tx, true FROM transfer WHERE kind = {burn} AND tx IN
                (SELECT tx FROM staged WHERE kind IN ({fee}, {burn}))
        ) GROUP BY tx"""
    ).fetchall()
    if not found:
        return
    db.execute(
        f"""DELETE FROM staged WHERE kind = {fee} AND tx IN (SELECT tx FROM burnt)
        AND NOT EXISTS
            (FROM staged other WHERE other.kind = {burn} AND other.part = staged.part AND other.tx = staged.tx)"""
    )
    db.execute(f"DELETE FROM transfer WHERE kind = {fee} AND tx IN (SELECT tx FROM burnt WHERE NOT stored)")


def _merge(db: duckdb.DuckDBPyConnection) -> None:
    """Add the staged rows that are new and better those that are known."""
    db.execute(
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
    ((found,),) = db.execute(
        f"""CREATE OR REPLACE TEMP TABLE known AS
        SELECT transfer.rowid AS stored, merged.rowid AS row,
            greatest(transfer.seq, merged.seq) AS seq,
            greatest(transfer.owner, merged.owner) AS owner, least(transfer.owner, merged.owner) AS other,
            CASE WHEN (a.sha256, a.format, a.chain, a.query) < (b.sha256, b.format, b.chain, b.query)
                 THEN a.id ELSE b.id END AS reply
        FROM transfer JOIN merged USING ({_SAME}, k)
        JOIN reply a ON a.id = merged.reply JOIN reply b ON b.id = transfer.reply"""
    ).fetchall()
    if not found:
        db.execute("INSERT INTO transfer BY NAME FROM merged")
        return
    db.execute(
        """UPDATE known SET owner = named.id FROM (
            SELECT row, CASE WHEN a.name > b.name THEN a.id ELSE b.id END AS id
            FROM known JOIN account a ON a.id = owner JOIN account b ON b.id = other WHERE owner <> other) named
        WHERE named.row = known.row"""
    )
    db.execute(
        """UPDATE transfer SET seq = known.seq, owner = known.owner, reply = known.reply FROM known
        WHERE transfer.rowid = known.stored
        AND (transfer.seq, transfer.owner, transfer.reply) <> (known.seq, known.owner, known.reply)"""
    )
    db.execute("INSERT INTO transfer BY NAME SELECT * FROM merged WHERE rowid NOT IN (SELECT row FROM known)")


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
