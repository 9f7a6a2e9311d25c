"""A ledger that is at hand, shown account by account as an explorer would: what a walk loads is counted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clew.chains import find_chain
from clew.chains.logs import Log
from clew.ledger import TransferTable
from clew.model import Address, History, Kind, Limitation

ALL_KINDS = frozenset(Kind)


class TableHistories:
    """`tracing.walk.Histories` over one table. With `whole`, everything is shown from the start.

    `covers`: the kinds of transfer that the table can show; `limit`: rows above which an account is too busy.
    """

    def __init__(
        self,
        table: TransferTable,
        *,
        whole: bool = False,
        covers: frozenset[Kind] = ALL_KINDS,
        limit: int = 20_000,
    ) -> None:
        self._table, self._whole, self._covers, self._limit = table, whole, covers, limit
        names = zip(table.account_chain.tolist(), table.account_name, strict=True)
        self._code = {(table.chains[chain], name): code for code, (chain, name) in enumerate(names)}
        self._tx = {name: code for code, name in enumerate(table.txs)}
        self._by_account = _Rows(np.concatenate([table.sender, table.receiver]), len(table))
        self._by_tx = _Rows(table.tx, len(table))
        self._by_owner = _Rows(table.owner, len(table))
        self._shown = np.full(len(table), whole, dtype=np.bool_)
        self._loaded: set[Address] = set()
        self._view: TransferTable | None = table if whole else None

    def load(self, accounts: Sequence[Address]) -> None:
        """Show every transfer of the accounts; on a UTXO chain the whole transactions."""
        self._view = self._table if self._whole else None
        self._loaded.update(accounts)
        for chain, name in accounts:
            code = self._code.get((chain, name))
            if code is None:
                continue
            rows = self._rows(code)
            if len(rows) > self._limit:
                continue
            if find_chain(chain).utxo and len(rows):
                rows = np.concatenate([self._by_tx.of(tx) for tx in np.unique(self._table.tx[rows]).tolist()])
            self._shown[rows] = True

    def _rows(self, code: int) -> npt.NDArray[np.int64]:
        """The rows of an account, or of the address that owns outputs."""
        return np.union1d(self._by_account.of(code), self._by_owner.of(code))

    def show(self, transactions: Sequence[Address]) -> Sequence[Address]:
        """Show single transactions whole."""
        known = [each for each in transactions if each.value in self._tx]
        for each in known:
            self._shown[self._by_tx.of(self._tx[each.value])] = True
        self._view = self._table if self._whole else None
        return known

    def history(self, chain: str, account: str) -> History | None:
        """Complete where it was loaded, busy where it has too many transfers."""
        if not self._whole and Address(chain, account) not in self._loaded:
            return None
        code = self._code.get((chain, account))
        busy = code is not None and len(self._rows(code)) > self._limit
        return History(chain, account, "busy" if busy else "complete", self._covers)

    def whole(self, chain: str) -> bool:  # noqa: ARG002 - as of the protocol
        """Whether all is shown."""
        return self._whole

    def transfers(self) -> TransferTable:
        """What is shown."""
        if self._view is None:
            self._view = part_of(self._table, np.flatnonzero(self._shown))
        return self._view

    def logs(self, chain: str, tx: str) -> Sequence[Log] | None:  # noqa: ARG002 - as of the protocol
        """None: a table has transfers, and no other events."""
        return None

    def limitations(self) -> list[Limitation]:
        """None: what is not loaded is not seen, and that is all."""
        return []


class _Rows:
    """The rows that each code occurs in, ascending."""

    def __init__(self, codes: npt.NDArray[np.int32], rows: int) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._codes = codes[self._order]
        self._count = rows

    def of(self, code: int) -> npt.NDArray[np.int64]:
        first, last = np.searchsorted(self._codes, [code, code + 1])
        return np.unique(self._order[first:last] % self._count)


def part_of(table: TransferTable, rows: npt.NDArray[np.int64]) -> TransferTable:
    """Some rows of a table, in their order, with dictionaries that hold exactly what they use."""
    owner = table.owner[rows]
    txs, tx = np.unique(table.tx[rows], return_inverse=True)
    assets, asset = np.unique(table.asset[rows], return_inverse=True)
    sides = np.concatenate([table.sender[rows], table.receiver[rows], owner[owner >= 0]])
    accounts, code = np.unique(sides, return_inverse=True)
    count, new_owner = len(rows), np.full(len(rows), -1, dtype=np.int32)
    new_owner[owner >= 0] = code[2 * count :]
    return replace(
        table,
        chain=table.chain[rows],
        height=table.height[rows],
        tx_index=table.tx_index[rows],
        seq=table.seq[rows],
        time=table.time[rows],
        tx=tx.astype(np.int32),
        asset=asset.astype(np.int32),
        sender=code[:count].astype(np.int32),
        receiver=code[count : 2 * count].astype(np.int32),
        amount=table.amount[rows],
        kind=table.kind[rows],
        owner=new_owner,
        reply=table.reply[rows],
        txs=[table.txs[t] for t in txs.tolist()],
        assets=[table.assets[a] for a in assets.tolist()],
        account_chain=table.account_chain[accounts],
        account_name=[table.account_name[a] for a in accounts.tolist()],
    )
