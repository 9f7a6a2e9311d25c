"""Reading the ledger."""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from clew.amounts import Asset
from clew.ledger.histories import Histories
from clew.ledger.order import global_order, position_rank
from clew.ledger.table import TransferTable
from clew.model import Block, History, Limitation

Ids = npt.NDArray[np.int64]

_DIGEST = "reply.sha256, reply.format, reply.chain, reply.query"


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply the ledger was made from; its body lies in the evidence under its digest."""

    sha256: str
    format: str
    chain: str
    query: dict[str, str]
    fetched: str


class Placed(NamedTuple):
    """Where a transaction stands; -1 where no reply says it."""

    height: int
    tx_index: int
    time: int


class Unspent(NamedTuple):
    """An output that no stored input spends."""

    outpoint: str
    amount: int
    owner: str


class View:
    """Reads one ledger; changes nothing."""

    def __init__(self, db: duckdb.DuckDBPyConnection, histories: Histories) -> None:
        self._db = db
        self._histories = histories

    def transfers(self, *, chains: Sequence[str] | None = None) -> TransferTable:
        """Every transfer (of `chains`) in global order, as columns for the kernels.

        Within a chain the order is (height, tx_index, seq). Across chains it is effective time, then chain id: the
        running maximum of block time by height, as block times themselves step back at times. An unknown tx_index
        stands after the known ones of its block, by transaction id; an unknown height by its own time, after the blocks
        of that time. What is still equal is ordered by kind, sender, receiver, asset, amount, transaction.
        """
        wanted = None if chains is None else sorted(set(chains))
        rows = self._columns(
            "SELECT transfer.* FROM transfer"
            if wanted is None
            else "SELECT transfer.* FROM transfer SEMI JOIN (SELECT tx.id FROM tx JOIN chain ON chain.id = tx.chain"
            " WHERE chain.name IN (SELECT unnest($wanted))) wanted ON wanted.id = transfer.tx",
            {} if wanted is None else {"wanted": wanted},
        )
        txs = self._dictionary("tx", rows["tx"], ", tx.height, tx.tx_index, tx.time")
        accounts = self._dictionary("account", np.concatenate([rows["sender"], rows["receiver"], rows["owner"]]))
        assets = self._dictionary("asset", rows["asset"])
        return _table(rows, txs, accounts, assets, self._reply_codes())

    def assets(self) -> dict[str, Asset]:
        """The tokens met, by CAIP-19 id, as the reply of the smallest digest names each (an unverified claim)."""
        found = self._db.execute(
            f"""SELECT name, arg_min((symbol, decimals), ({_DIGEST}, symbol, decimals)) AS said
            FROM claim JOIN asset ON asset.id = claim.asset JOIN reply ON reply.id = claim.reply
            GROUP BY name ORDER BY name"""
        ).fetchall()
        return {name: Asset(name, *said) for name, said in found}

    def balances(self, chain: str, asset: str) -> dict[str, int]:
        """Exact base units received less sent, of each account where that is not 0 (negative for sources of coins).

        Each 32-bit half of a limb is summed on its own as HUGEINT: no sum of less than 2**95 rows can overflow.
        """
        halves = ", ".join(
            f"sum(sign * ((amount_{i} >> {shift}) & 4294967295)::BIGINT)" for i in range(4) for shift in (0, 32)
        )
        found = self._db.execute(
            f"""WITH sides AS (
                SELECT receiver AS account, 1 AS sign, transfer.* FROM transfer UNION ALL
                SELECT sender, -1, transfer.* FROM transfer)
            SELECT account.name, {halves} FROM sides JOIN account ON account.id = account
            JOIN asset ON asset.id = asset JOIN chain ON chain.id = account.chain
            WHERE asset.name = ? AND chain.name = ? GROUP BY account.name ORDER BY account.name""",
            [asset, chain],
        ).fetchall()
        totals = ((name, sum(int(half) << (32 * place) for place, half in enumerate(sums))) for name, *sums in found)
        return {name: total for name, total in totals if total}

    def blocks(self, chain: str) -> list[Block]:
        """The stored blocks of a chain, lowest first."""
        return self._blocks(chain, "ORDER BY height")

    def tip(self, chain: str) -> Block | None:
        """The highest stored block of a chain."""
        found = self._blocks(chain, "ORDER BY height DESC LIMIT 1")
        return found[0] if found else None

    def history(self, chain: str, account: str) -> History | None:
        """How completely an account is known, by itself or as all are (``*``); None where it was never loaded."""
        return self._histories.of(chain, account)

    def limitations(self) -> list[Limitation]:
        """What the replies could not show, and every transaction whose order matters and is not known (`unplaced`)."""
        found = self._db.execute(
            "SELECT DISTINCT code, detail, chain, address, amount, asset FROM limitation"
        ).fetchall()
        said = [
            Limitation(code, detail, chain, address, None if amount is None else int(amount), asset)
            for code, detail, chain, address, amount, asset in found
        ]
        chains = [name for (name,) in self._db.execute("SELECT name FROM chain").fetchall()]
        unplaced = [
            Limitation("unknown-position", f"no reply says where transaction {tx} stands in its block", chain)
            for chain in chains
            for tx in self.unplaced(chain)
        ]
        return sorted(
            [*said, *unplaced],
            key=lambda one: (one.code, one.chain, one.address, one.asset, one.detail, one.amount or 0),
        )

    def position(self, chain: str, tx: str) -> Placed | None:
        """Where a transaction stands, as the best reply says; None where the ledger does not know it."""
        found = self._db.execute(
            "SELECT height, tx_index, time FROM tx JOIN chain ON chain.id = tx.chain"
            " WHERE chain.name = ? AND tx.name = ?",
            [chain, tx],
        ).fetchall()
        return Placed(*found[0]) if found else None

    def replies(self) -> list[StoredReply]:
        """The replies the ledger was made from, in the order of ``TransferTable.reply``."""
        found = self._db.execute(
            f"SELECT sha256, format, chain, query, fetched FROM reply ORDER BY {_DIGEST}"
        ).fetchall()
        return [StoredReply(sha, form, chain, json.loads(query), at) for sha, form, chain, query, at in found]

    def unplaced(self, chain: str) -> list[str]:
        """The transactions of a chain whose order matters and is not known, sorted.

        Their height is not known; or their index is not, and another transaction of their block moves something to or
        from an account of theirs (those that share no account may stand in any order; sinks such as ``@fee`` do not
        count).
        """
        found = self._db.execute(
            """WITH placed AS (
                SELECT tx.* FROM tx JOIN chain ON chain.id = tx.chain WHERE chain.name = ?),
            touched AS (
                SELECT DISTINCT placed.id, placed.name, height, tx_index, unnest([sender, receiver]) AS account
                FROM transfer JOIN placed ON placed.id = transfer.tx
                WHERE height IN (SELECT height FROM placed WHERE least(height, tx_index) < 0)),
            shared AS (
                SELECT height, account FROM touched JOIN account ON account.id = account
                WHERE NOT starts_with(account.name, '@') GROUP BY ALL HAVING count(*) > 1)
            SELECT DISTINCT name FROM touched LEFT JOIN shared USING (height, account)
            WHERE height < 0 OR (tx_index < 0 AND shared.account IS NOT NULL) ORDER BY name""",
            [chain],
        ).fetchall()
        return [name for (name,) in found]

    def unspent(self, chain: str) -> Iterator[Unspent]:
        """The outputs that no stored input spends, sorted by outpoint: what a block reader resumes from."""
        result = self._db.execute(
            """SELECT account.name, amount_0, amount_1, amount_2, amount_3, coalesce(owner.name, '')
            FROM transfer JOIN account ON account.id = receiver JOIN chain ON chain.id = account.chain
            JOIN kind ON kind.id = kind LEFT JOIN account owner ON owner.id = owner
            WHERE chain.name = ? AND kind.name = 'output' AND NOT starts_with(account.name, '@')
            AND receiver NOT IN (SELECT sender FROM transfer WHERE kind = (SELECT id FROM kind WHERE name = 'input'))
            ORDER BY account.name""",
            [chain],
        ).fetchall()
        for outpoint, *limbs, owner in result:
            yield Unspent(outpoint, sum(limb << (64 * place) for place, limb in enumerate(limbs)), owner)

    def _blocks(self, chain: str, order: str) -> list[Block]:
        found = self._db.execute(
            "SELECT name, height, hash, parent, time FROM block JOIN chain ON chain.id = block.chain"
            f" WHERE name = ? {order}",
            [chain],
        ).fetchall()
        return [Block(*row) for row in found]

    def _columns(self, query: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        table = self._db.execute(query, parameters).to_arrow_table()
        return {name: table[name].to_numpy() for name in table.column_names}

    def _dictionary(self, table: str, used: Ids, more: str = "") -> "_Dictionary":
        """The entries of a dictionary table that rows use, sorted by (chain, name)."""
        found = self._db.execute(
            f"SELECT {table}.id, chain.name AS chain, {table}.name {more} FROM {table}"
            f" JOIN chain ON chain.id = {table}.chain ORDER BY chain.name, {table}.name"
        ).to_arrow_table()
        ids = found["id"].to_numpy()
        present = np.zeros(int(ids.max(initial=-1)) + 2, bool)
        present[used] = True
        present[-1] = False
        found = found.filter(present[ids])
        ids = found["id"].to_numpy()
        codes = np.full(len(present), -1, np.int32)
        codes[ids] = np.arange(len(ids), dtype=np.int32)
        return _Dictionary(codes, found)

    def _reply_codes(self) -> Ids:
        """Reply id -> its place in `replies`."""
        ids = self._columns(f"SELECT id FROM reply ORDER BY {_DIGEST}")["id"]
        codes = np.zeros(int(ids.max(initial=-1)) + 1, np.int64)
        codes[ids] = np.arange(len(ids))
        return codes


@dataclass(frozen=True, slots=True)
class _Dictionary:
    """Codes of one dictionary table: `codes[id]`, with -1 for what no row uses (and at index -1)."""

    codes: npt.NDArray[np.int32]
    entries: Any

    def column(self, name: str) -> Any:
        return self.entries[name].to_numpy()

    def chains(self) -> tuple[list[str], Ids]:
        """The chains of the entries, sorted, and each entry's index into them."""
        encoded = self.entries["chain"].combine_chunks().dictionary_encode()
        return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _table(
    rows: dict[str, Any], txs: _Dictionary, accounts: _Dictionary, assets: _Dictionary, replies: Ids
) -> TransferTable:
    """The rows with codes for ids, in global order."""
    chains, tx_chain = txs.chains()
    height, tx_index, time = (txs.column(name).astype(np.int64) for name in ("height", "tx_index", "time"))
    tx = txs.codes[rows["tx"]]
    columns = {
        "reply": replies[rows["reply"]].astype(np.int32),
        "owner": accounts.codes[rows["owner"]],
        "tx": tx,
        "amount": np.column_stack([rows[f"amount_{i}"] for i in range(4)]),
        "asset": assets.codes[rows["asset"]],
        "receiver": accounts.codes[rows["receiver"]],
        "sender": accounts.codes[rows["sender"]],
        "kind": rows["kind"],
        "seq": np.abs(rows["seq"]),
    }
    ties = [columns["reply"], columns["owner"], tx, *columns["amount"].T]
    ties += [columns[name] for name in ("asset", "receiver", "sender", "kind")]
    order = global_order(position_rank(tx_chain, height, tx_index, time)[tx], columns["seq"], ties)
    tx = tx[order]
    return TransferTable(
        **{name: column[order] for name, column in columns.items()},
        chain=tx_chain[tx].astype(np.int16),
        height=height[tx],
        tx_index=tx_index[tx].astype(np.int32),
        time=time[tx],
        chains=chains,
        txs=txs.entries["name"].to_pylist(),
        assets=assets.entries["name"].to_pylist(),
        account_chain=accounts.chains()[1].astype(np.int16),
        account_name=accounts.entries["name"].to_pylist(),
    )
