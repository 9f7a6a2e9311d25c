"""The ledger's rows of a run, numbered and in order, as wraps, thefts, conversions and swaps rearrange them.

An account becomes (account, asset): one address is as many accounts as it holds assets. A row is moved by its place
(major, minor): the number of a selected row, and the order behind it.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clew.errors import RunError
from clew.ledger import TransferTable
from clew.model import Case, Grade, Kind, Limitation
from clew.tracing.journal import Account
from clew.tracing.labels import GRADES

_KINDS = tuple(Kind)
END = 1 << 40
"""Order within a transaction behind everything a source shows of it."""


class Anchor(NamedTuple):
    """The end of a transaction: the last selected row up to it (-1: none), and its own last row in the table."""

    major: int
    row: int


class Added(NamedTuple):
    """An event put in."""

    sender: int
    receiver: int
    amount: int
    major: int
    minor: int
    row: int
    grade: int
    converts: bool


class Arrangement:
    """The rows of one table that move the given assets, up to a time."""

    def __init__(
        self,
        table: TransferTable,
        case: Case,
        assets: Collection[str],
        until: int | None,
    ) -> None:
        self.table = table
        self.case = case
        self.until = until
        self.used: set[int] = set()
        """Rows that are a conversion's already."""
        self.limitations: list[Limitation] = []
        self.pending: list[str] = []
        self.names: list[Account] = []
        self._all_by_tx = _Groups(table.tx)
        codes, first = np.unique(table.tx, return_index=True)
        chains = table.chain[first].tolist()
        self._tx_code = {
            (table.chains[chain], table.txs[code]): code for code, chain in zip(codes.tolist(), chains, strict=True)
        }
        selected = self._select(assets, until)
        self.row = selected
        self.sender = self._number(table.sender[selected], table.asset[selected])
        self.receiver = self._number(table.receiver[selected], table.asset[selected])
        self._name_accounts(selected)
        self.low = table.amount[selected, 0].copy()
        self.high = table.amount[selected, 1].copy()
        self.major = np.arange(len(selected), dtype=np.int64)
        self.minor = np.zeros(len(selected), dtype=np.int64)
        self.grade = np.zeros(len(selected), dtype=np.int8)
        self.converts = np.zeros(len(selected), dtype=np.bool_)
        self.added: list[Added] = []
        self.by_tx = _Groups(table.tx[selected])
        self.theft_marks: list[tuple[int, int, int]] = []
        """(row number or -1 - added number, label, amount)."""

    def _select(self, assets: Collection[str], until: int | None) -> npt.NDArray[np.int64]:
        table = self.table
        wanted = np.isin(table.asset, [i for i, asset in enumerate(table.assets) if asset in assets])
        if until is not None:
            wanted &= table.time <= until
        selected = np.flatnonzero(wanted)
        wide = selected[(table.amount[selected, 2] | table.amount[selected, 3]) != 0]
        if len(wide):
            row = int(wide[0])
            raise RunError(
                f"an amount of {table.amount_of(row)} base units does not fit 128 bits",
                where=table.txs[table.tx[row]],
                mend="amounts are never wrapped; leave this asset out of the case",
            )
        return selected

    def _number(self, account: Any, asset: Any) -> Any:
        return account.astype(np.int64) * len(self.table.assets) + asset

    def _name_accounts(self, selected: npt.NDArray[np.int64]) -> None:
        table, assets = self.table, len(self.table.assets)
        both = np.concatenate([self.sender, self.receiver])
        keys, codes = np.unique(both, return_inverse=True)
        self.sender, self.receiver = np.split(codes.astype(np.int64), 2)
        owner = np.full(len(keys), -1, dtype=np.int64)
        owned = table.owner[selected] >= 0
        paid = owned & (table.kind[selected] == _KINDS.index(Kind.OUTPUT))
        spent = owned & (table.kind[selected] == _KINDS.index(Kind.INPUT))
        owner[self.receiver[paid]] = table.owner[selected][paid]
        owner[self.sender[spent]] = table.owner[selected][spent]
        for key, held_by in zip(keys.tolist(), owner.tolist(), strict=True):
            account, asset = divmod(key, assets)
            self.names.append(
                Account(
                    table.chains[table.account_chain[account]],
                    table.account_name[account],
                    table.assets[asset],
                    table.account_name[held_by] if held_by >= 0 else "",
                )
            )
        self._codes = {(a.chain, a.name, a.asset): code for code, a in enumerate(self.names)}

    def account(self, chain: str, name: str, asset: str, owner: str = "") -> int:
        """The number of an account, new if it was never met."""
        code = self._codes.get((chain, name, asset))
        if code is None:
            code = self._codes[(chain, name, asset)] = len(self.names)
            self.names.append(Account(chain, name, asset, owner))
        return code

    def rows_of(self, chain: str, tx: str) -> list[int]:
        """The selected rows of a transaction, in order."""
        code = self._tx_code.get((chain, tx))
        return [] if code is None else self.by_tx.rows(code)

    def table_rows(self, chain: str, tx: str) -> list[int]:
        """The rows of a transaction in the table, in order."""
        code = self._tx_code.get((chain, tx))
        return [] if code is None else self._all_by_tx.rows(code)

    def chain_of(self, number: int) -> str:
        """The chain of a selected row."""
        chain: str = self.table.chains[self.table.chain[self.row[number]]]
        return chain

    def numbers(self, rows: Sequence[int]) -> list[int]:
        """The numbers of table rows among the selected ones."""
        places = np.searchsorted(self.row, rows).tolist()
        return [n for n, row in zip(places, rows, strict=True) if n < len(self.row) and self.row[n] == row]

    def amount(self, number: int) -> int:
        """Base units of a selected row."""
        return int(self.low[number]) | int(self.high[number]) << 64

    def place_of(self, number: int) -> tuple[int, int]:
        return int(self.major[number]), int(self.minor[number])

    def receipts(self, chain: str, tx: str, asset: str, to: str, vout: int | None = None) -> list[int]:
        """Rows by which `to` receives `asset` in a transaction."""
        rows = []
        for r in self.rows_of(chain, tx):
            receiver = self.names[self.receiver[r]]
            if receiver.asset != asset or receiver.made or to not in (receiver.name, receiver.owner):
                continue
            if self.sender[r] == self.receiver[r]:  # what one sends oneself brings nothing
                continue
            if vout is None or receiver.name == f"{tx}:{vout}":
                rows.append(r)
        return rows

    def anchor(self, chain: str, tx: str) -> Anchor | None:
        """Where a transaction ends; None where no loaded row shows it."""
        code = self._tx_code.get((chain, tx))
        if code is None:
            return None
        last = self._all_by_tx.rows(code)[-1]
        return Anchor(int(np.searchsorted(self.row, last, side="right")) - 1, last)

    def later(self, anchor: Anchor) -> bool:
        """Whether a transaction is later than the time the answer is for."""
        return self.until is not None and int(self.table.time[anchor.row]) > self.until

    def add(
        self,
        sender: int,
        receiver: int,
        amount: int,
        *,
        place: tuple[int, int],
        row: int,
        grade: Grade,
        converts: bool = False,
    ) -> int:
        """Put an event in at `place`, for the transaction of table row `row`; its number as ``-1 - index``."""
        if amount >= 1 << 128:
            raise RunError(
                f"a stated amount of {amount} base units does not fit 128 bits",
                where=self.table.txs[self.table.tx[row]],
                mend="amounts are never wrapped; check the amount in the case file",
            )
        self.added.append(Added(sender, receiver, amount, *place, row, GRADES.index(grade), converts))
        return -len(self.added)

    def behind(self, later: int, earlier: int) -> None:
        """Order row `later` directly behind row `earlier`, if it does not stand behind it already."""
        if (self.major[later], self.minor[later]) <= (self.major[earlier], self.minor[earlier]):
            self.major[later] = self.major[earlier]
            self.minor[later] = self.minor[earlier] + 1


class _Groups:
    """Row numbers by code, found by binary search."""

    def __init__(self, codes: Any) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._sorted = codes[self._order]

    def rows(self, code: int) -> list[int]:
        first, last = np.searchsorted(self._sorted, [code, code + 1])
        return [int(r) for r in self._order[first:last]]
