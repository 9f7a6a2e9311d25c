"""The ledger as exposure reads it: accounts with their holders, and which of them are services.

An account is what holds one asset: an address, or on UTXO chains an outpoint. A holder is whom the answer is about: an
address, or the cluster it belongs to. Numbers are given in the order of the ledger, so a book grows with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clew.chains import find_chain
from clew.ledger import TransferTable
from clew.model import SUBSIDY, TRANSIENT, Category, Kind, Limitation, Tag

_KINDS = tuple(Kind)
_BOUNDARIES = frozenset({Category.SANCTIONED, Category.THEFT})
"""Categories at which value is attributed although a trace goes on through them."""
MINED = "mined"
"""Where new coins come from, as a category beside those of tags."""

Services = Callable[[str, str], Tag | None]
"""``services(chain, holder)``: the tag at which value is attributed, or None; asked of holders, and of transients."""
Holders = Callable[[str, str], str]
"""``holders(chain, address)``: the id of the cluster an address belongs to, or the address."""


def is_boundary(tag: Tag) -> bool:
    """Whether value that meets a tag is attributed there: at services, and at what is sanctioned or stolen."""
    return tag.stop or tag.category in _BOUNDARIES


class Service(NamedTuple):
    """To what a value is attributed."""

    category: str
    entity: str


class Account(NamedTuple):
    """What an account number stands for."""

    chain: str
    name: str
    asset: str
    holder: str
    """Empty: nobody's (a sink, a transient, an output without an address)."""
    service: Service | None


@dataclass(slots=True)
class Book:
    """Every account met, in order of its number, and what holds of it as columns."""

    services: Services
    holders: Holders = field(default=lambda _chain, address: address)
    accounts: list[Account] = field(default_factory=list)
    numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def number(self, chain: str, name: str, asset: str, owner: str) -> int:
        """The number of an account, new where it was never met; `owner` is the address that holds an outpoint."""
        address = "" if name.startswith("@") else owner if find_chain(chain).utxo else name
        holder = self.holders(chain, address) if address else ""
        key = (chain, name if find_chain(chain).utxo or not holder else holder, asset)
        known = self.numbers.get(key)
        if known is None:
            known = self.numbers[key] = len(self.accounts)
            self.accounts.append(Account(chain, key[1], asset, holder, self.known(chain, name, holder)))
        return known

    def known(self, chain: str, name: str, holder: str) -> Service | None:
        """The service that an account is, by its holder or, where it has none, by its name."""
        if name == SUBSIDY:
            return Service(MINED, "")
        tag = self.services(chain, holder or name)
        return None if tag is None else Service(str(tag.category), tag.entity or tag.label)


class Flows(NamedTuple):
    """Transfers between a book's accounts, in ledger order."""

    sender: npt.NDArray[np.int32]
    receiver: npt.NDArray[np.int32]
    amount: npt.NDArray[np.uint64]
    """``[n, 2]``."""
    kept: npt.NDArray[np.bool_]
    """An output that returns to a holder who spends in the same transaction: change."""
    row: npt.NDArray[np.int64]
    """Row of the table."""

    def __bool__(self) -> bool:
        return bool(len(self.sender))


def read_flows(book: Book, table: TransferTable, start: int = 0) -> tuple[Flows, list[Limitation]]:
    """The rows of a table from `start` on, numbered by the book; what had to be left out is told.

    An asset whose amounts add up to 2**127 base units or more is left out whole: its sums could not be exact.
    """
    too_large = _oversized(table)
    rows = np.arange(start, len(table))
    rows = rows[~np.isin(table.asset[rows], too_large) & table.amount[rows].any(axis=1)]
    spent = table.kind[rows] == _KINDS.index(Kind.INPUT)
    paid = table.kind[rows] == _KINDS.index(Kind.OUTPUT)
    sender = _numbers(book, table, rows, table.sender[rows], spent)
    receiver = _numbers(book, table, rows, table.receiver[rows], paid)
    flows = Flows(
        sender,
        receiver,
        np.ascontiguousarray(table.amount[rows, :2]),
        _change(book, table.tx[rows], sender, receiver, spent, paid),
        rows,
    )
    detail = "its amounts add up to more than 2**127 base units, so its sums could not be exact: no exposure in it"
    return flows, [
        Limitation("exposure-without-asset", detail, table.assets[code].partition("/")[0], asset=table.assets[code])
        for code in too_large
    ]


def _oversized(table: TransferTable) -> list[int]:
    """Assets whose total could pass 127 bits; a row count times the largest amount's bits bounds it."""
    wide = (table.amount[:, 2] | table.amount[:, 3]) != 0
    count = np.bincount(table.asset, minlength=len(table.assets))
    largest = np.zeros(len(table.assets), np.uint64)
    np.maximum.at(largest, table.asset, table.amount[:, 1])
    found = {int(code) for code in np.unique(table.asset[wide])}
    found |= {
        code
        for code, (most, times) in enumerate(zip(largest.tolist(), count.tolist(), strict=True))
        if (most + 1) * times >= 1 << 63
    }
    return sorted(found)


def _numbers(
    book: Book,
    table: TransferTable,
    rows: npt.NDArray[np.int64],
    side: npt.NDArray[np.int32],
    owned: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int32]:
    """The book's number of each account on one side; each different account is looked up once."""
    assets = len(table.assets)
    keys, first, codes = np.unique(
        side.astype(np.int64) * assets + table.asset[rows], return_index=True, return_inverse=True
    )
    found = np.empty(len(keys), np.int32)
    for at in np.argsort(first, kind="stable").tolist():
        account, asset = divmod(int(keys[at]), assets)
        owner = int(table.owner[rows[first[at]]]) if owned[first[at]] else -1
        chain = table.chains[table.account_chain[account]]
        name = table.account_name[account]
        found[at] = book.number(chain, name, table.assets[asset], table.account_name[owner] if owner >= 0 else "")
    return found[codes]


def _change(book: Book, tx: Any, sender: Any, receiver: Any, spent: Any, paid: Any) -> npt.NDArray[np.bool_]:
    """Outputs to a holder who has an input in the same transaction."""
    holders = {"": 0}
    codes = np.zeros(len(book.accounts) + 1, np.int64)
    for number in np.unique(np.concatenate([sender[spent], receiver[paid]])).tolist():
        codes[number] = holders.setdefault(book.accounts[number].holder, len(holders))
    width = len(holders)
    takes, gives = codes[sender] + tx.astype(np.int64) * width, codes[receiver] + tx.astype(np.int64) * width
    inside: npt.NDArray[np.bool_] = paid & (codes[receiver] > 0) & np.isin(gives, takes[spent])
    return inside


def columns(accounts: Sequence[Account]) -> tuple[Any, Any]:
    """Whether arriving at each account is no hop, and whether its balance is kept (it is no sink of the ledger's)."""
    passes = np.array([account.name.startswith(TRANSIENT) for account in accounts], np.bool_)
    kept = np.array([not account.name.startswith("@") for account in accounts], np.bool_) | passes
    return passes, kept
