"""What enters a mixer and what leaves it, as the ledger shows it: notes of a pool, inputs and outputs of a CoinJoin."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.ledger import TransferTable
from clew.links.cashouts import Cashout
from clew.links.mixers import Pool
from clew.model import TRANSIENT, Address, Kind

_KINDS = tuple(Kind)
_INPUT, _OUTPUT = _KINDS.index(Kind.INPUT), _KINDS.index(Kind.OUTPUT)


class Entry(NamedTuple):
    """A payment of a note into a pool or its router, or an input of a CoinJoin."""

    chain: str
    tx: str
    taker: str
    """Who was paid; of a CoinJoin its transient account."""
    number: int
    """Which one of its taker's in the transaction."""


class Exit(NamedTuple):
    """A note that a pool paid out (what a relayer kept of it too), or an output of a CoinJoin."""

    tx: str
    number: int


class Share(NamedTuple):
    """What a candidate is expected to have of an entry."""

    exit: Exit
    amount: int
    """Base units."""


class Passage(NamedTuple):
    """An entry, and what may be its."""

    entry: Entry
    mixer: str
    """Who pays out: the pool, or the CoinJoin's transient account."""
    asset: str
    amount: int
    """Base units of a note; of a CoinJoin those of the input."""
    shares: tuple[Share, ...]
    cashed: tuple[tuple[Exit, Cashout], ...] = ()
    """Of the shares, those for which a common cash-out speaks, and which (`links.cashouts`)."""

    @property
    def of_pool(self) -> bool:
        """Whether the mixer is a pool of notes."""
        return not self.mixer.startswith(TRANSIENT)


def entries_in(table: TransferTable, rows: Sequence[int], taker: str, asset: str, note: int) -> list[int]:
    """Of the rows of one transaction, those that pay a taker a note, or a CoinJoin anything."""
    mix = taker.startswith(TRANSIENT)
    return [
        row
        for row in rows
        if (table.account_name[table.receiver[row]], table.assets[table.asset[row]]) == (taker, asset)
        and (table.kind[row] == _INPUT if mix else table.amount_of(row) == note)
    ]


def exits_in(table: TransferTable, rows: Sequence[int], mixer: str, asset: str, note: int) -> list[list[int]]:
    """Of the rows of one transaction, those by which a mixer pays: each output of a CoinJoin, each note of a pool."""
    paid = [
        row for row in rows if (table.account_name[table.sender[row]], table.assets[table.asset[row]]) == (mixer, asset)
    ]
    if mixer.startswith(TRANSIENT):
        return [[row] for row in paid if table.kind[row] == _OUTPUT]
    return _notes(paid, [table.amount_of(row) for row in paid], note)


def _notes(rows: Sequence[int], amounts: Sequence[int], note: int) -> list[list[int]]:
    """Payments in order, cut where they add up to a note; what does not add up is left out."""
    found: list[list[int]] = []
    begun: list[int] = []
    total = 0
    for row, amount in zip(rows, amounts, strict=True):
        begun.append(row)
        total += amount
        if total >= note:
            found += [begun] * (total == note)
            begun, total = [], 0
    return found


class Note(NamedTuple):
    """A note put into a pool, or paid out of it."""

    tx: str
    number: int
    time: int
    holder: str
    """Who put it in, or who was paid most of it."""


def notes_in(table: TransferTable, pool: Pool, routers: frozenset[str], until: int | None) -> tuple[list[Note], ...]:
    """The notes put into a pool and those paid out of it, in order, as far as the table shows them.

    Who pays through a router is who paid the router the same amount in the transaction.
    """
    code = _code_of(table, Address(pool.chain, pool.address))
    if pool.asset is None or pool.amount is None:
        return [], []
    asset, note = pool.asset.id, pool.amount
    touched = (table.receiver == code) | (table.sender == code)
    if until is not None:
        touched &= table.time <= until
    put, paid = list[Note](), list[Note]()
    for rows in _by_transaction(table, np.flatnonzero(touched)):
        tx, time = table.txs[table.tx[rows[0]]], int(table.time[rows[0]])
        for number, row in enumerate(entries_in(table, rows, pool.address, asset, note)):
            holder = table.account_name[table.sender[row]]
            if holder in routers:
                holder = _payer(table, row, holder)
            put.append(Note(tx, number, time, holder))
        for number, group in enumerate(exits_in(table, rows, pool.address, asset, note)):
            most = max(group, key=table.amount_of)
            paid.append(Note(tx, number, time, table.account_name[table.receiver[most]]))
    return put, paid


def _code_of(table: TransferTable, account: Address) -> int:
    """The code of an account in a table; -1 where it is in no row."""
    for code, name in enumerate(table.account_name):
        if name == account.value and table.chains[table.account_chain[code]] == account.chain:
            return code
    return -1


def _by_transaction(table: TransferTable, rows: npt.NDArray[np.int64]) -> list[list[int]]:
    """Rows in order, those of one transaction together."""
    found: dict[int, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(int(table.tx[row]), []).append(row)
    return list(found.values())


def _payer(table: TransferTable, row: int, router: str) -> str:
    """Who paid a router what it paid on in a row; the router itself where nobody is seen to have."""
    for other in np.flatnonzero(table.tx == table.tx[row]).tolist():
        to, same = table.account_name[table.receiver[other]], table.asset[other] == table.asset[row]
        if to == router and same and table.amount_of(other) == table.amount_of(row):
            return str(table.account_name[table.sender[other]])
    return router
