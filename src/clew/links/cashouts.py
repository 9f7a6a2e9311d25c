"""Common cash-out: who pays into the deposit address of an exchange that the theft paid into is likely the theft's.

An exchange gives each customer an address of his own, so whoever pays into one is that customer or pays him (Victor,
Address Clustering Heuristics for Ethereum, FC 2020; Béres et al., arXiv 2005.14051; Wu et al., Tutela, arXiv
2201.06811). Where what a mixer paid out goes on into a deposit address at which the theft arrived by a way that needs
no mixer, that candidate's odds to be the theft's are multiplied.

Here is what a ledger shows of such ways, from their end: whose deposit address an address is, and who paid whom.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.clustering.deposits import find_deposits
from clew.ledger import TransferTable
from clew.links.coinjoins import coinjoin_of
from clew.links.scaling import Floats
from clew.model import Category, Kind, Tag

ODDS_OF_NOTE, ODDS_OF_COIN = 100.0, 30.0
"""By how much a common cash-out multiplies the odds to be the theft's, of a pool's withdrawal and a CoinJoin's output.

Counted in 24 simulated worlds: 108 of 1,053 withdrawals of the theft had one and 0 of 9,158 of other people's; 349 of
3,096 outputs of the theft and 32 of 10,461 others. One more of the others counted, that is 939 and 36 times as often;
of the first a ninth is used, for how often a thief cashes out where he did before is the simulator's guess.
"""
FEW = 6
"""Accounts that somebody pays or is paid by at most (of a transaction: inputs and owners paid), if his way into a
deposit address is to say anything of him: who pays more is a service, or pays other people."""
TagOf = Callable[[str, str], Tag | None]
"""``tag_of(chain, address)``: the tag that says a trace ends there."""
_KINDS = tuple(Kind)
_MOVES = [_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN)]
_INPUT, _OUTPUT = _KINDS.index(Kind.INPUT), _KINDS.index(Kind.OUTPUT)


class Cashout(NamedTuple):
    """A deposit address of an exchange, and which thefts reached it."""

    chain: str
    address: str
    exchange: str
    thefts: frozenset[int]


def odds_of(cashed: Sequence[Cashout | None], own: Sequence[frozenset[int]], odds: float) -> Floats:
    """What common cash-outs multiply each pair of a candidate (row) and an entry (column) by: 1, or `odds`.

    `cashed`: of each candidate, where its coins went with a theft's; `own`: of each entry, the thefts that it is of.
    """
    found: Floats = np.ones((len(cashed), len(own)))
    for row, cashout in enumerate(cashed):
        if cashout is not None:
            found[row, [bool(thefts & cashout.thefts) for thefts in own]] = odds
    return found


class Moves:
    """The payments of an account chain that a table shows, from either end.

    Only of coins and tokens that are known: anybody can write events of a token of his own that name another as payer.
    """

    def __init__(self, table: TransferTable, chain: str, until: int | None) -> None:
        known = np.array([_is_known(asset, chain) for asset in table.assets], dtype=np.bool_)
        used = np.isin(table.kind, _MOVES) & known[table.asset] & table.amount.any(axis=1)
        used &= table.sender != table.receiver
        if until is not None:
            used &= table.time <= until
        rows = np.flatnonzero(used)
        self._table = table
        self._code = codes_of(table, chain)
        self._paid = _Groups(table.receiver, rows)
        self._pays = _Groups(table.sender, rows)

    def payers(self, account: str, until: int) -> dict[str, int]:
        """Who paid an account, and when last up to a time."""
        found: dict[str, int] = {}
        for row in self._paid.of(self._code.get(account, -1)):
            time, name = int(self._table.time[row]), self._table.account_name[self._table.sender[row]]
            if time <= until:
                found[name] = max(time, found.get(name, time))
        return found

    def payees(self, account: str) -> set[str]:
        """Whom an account paid."""
        rows = self._pays.of(self._code.get(account, -1))
        return {self._table.account_name[self._table.receiver[row]] for row in rows}

    def deposits(self, accounts: Collection[str], tag_of: TagOf, chain: str) -> dict[str, str]:
        """Of accounts whose histories are whole, those that are deposit addresses of an exchange: which one's."""
        table = self._table
        payees = {name for account in accounts for name in self.payees(account)}
        exchanges = {self._code[name]: _exchange(tag_of(chain, name)) for name in sorted(payees)}
        exchanges = {code: name for code, name in exchanges.items() if name}
        swept = np.isin(table.receiver, list(exchanges))
        others = set(np.unique(table.sender[swept]).tolist()) - {
            self._code[name] for name in accounts if name in self._code
        }
        found = find_deposits(table, chain, exchanges, others, find_chain(chain).native.id)
        return {table.account_name[one.address]: one.exchange for one in found}


class Coins:
    """The transactions of a UTXO chain that a table shows."""

    def __init__(self, table: TransferTable, chain: str, until: int | None, tag_of: TagOf) -> None:
        shown = np.ones(len(table), dtype=np.bool_) if until is None else table.time <= until
        self._table, self._chain, self._tag_of = table, chain, tag_of
        self._code = codes_of(table, chain)
        self._owned = _Groups(table.owner, np.flatnonzero(shown & np.isin(table.kind, (_INPUT, _OUTPUT))))
        self._rows = _Groups(table.tx, np.arange(len(table)))
        self._tx = {name: code for code, name in enumerate(table.txs)}

    def exchange_of(self, owner: str) -> str:
        """The one exchange to which all goes that an address is seen to spend; nothing where there is none."""
        found = set[str]()
        for row in self._owned.of(self._code.get(owner, -1)):
            if self._table.kind[row] == _INPUT:
                found |= {_exchange(self._tag_of(self._chain, name)) for name in self._paid(int(self._table.tx[row]))}
        return found.pop() if len(found) == 1 else ""

    def payers(self, owner: str) -> set[str]:
        """The outpoints that an address was paid with, as far as one person's payment may have done it."""
        rows = [row for row in self._owned.of(self._code.get(owner, -1)) if self._table.kind[row] == _OUTPUT]
        return {name for tx in {int(self._table.tx[row]) for row in rows} for name in self._spent(tx)}

    def shows(self, tx: str) -> bool:
        """Whether a transaction is at hand."""
        return tx in self._tx

    def spent_by(self, tx: str) -> set[str]:
        """The outpoints that a transaction spends, if it may be one person's payment."""
        return self._spent(self._tx[tx]) if tx in self._tx else set()

    def _paid(self, tx: int) -> set[str]:
        table = self._table
        return {
            table.account_name[table.owner[row]] if table.owner[row] >= 0 else ""
            for row in self._rows.of(tx)
            if table.kind[row] == _OUTPUT
        }

    def _spent(self, tx: int) -> set[str]:
        table, rows = self._table, self._rows.of(tx)
        spent = [row for row in rows if table.kind[row] == _INPUT]
        owners = {table.account_name[table.owner[row]] for row in spent if table.owner[row] >= 0}
        several = len(spent) > FEW or len(self._paid(tx)) > FEW or coinjoin_of(table, rows) is not None
        if several or any(self._tag_of(self._chain, owner) is not None for owner in owners):
            return set()
        return {table.account_name[table.sender[row]] for row in spent}


def codes_of(table: TransferTable, chain: str) -> dict[str, int]:
    """The codes of a chain's accounts by name."""
    here = table.chains.index(chain) if chain in table.chains else -1
    return {table.account_name[code]: code for code in np.flatnonzero(table.account_chain == here).tolist()}


def _is_known(asset: str, chain: str) -> bool:
    return asset == find_chain(chain).native.id or (asset.startswith(f"{chain}/") and find_token(asset) is not None)


def _exchange(tag: Tag | None) -> str:
    return (tag.entity or tag.label) if tag is not None and tag.category is Category.EXCHANGE else ""


class _Groups:
    """Of some rows, those of each code."""

    def __init__(self, codes: npt.NDArray[np.int32], rows: npt.NDArray[np.int64]) -> None:
        order = np.argsort(codes[rows], kind="stable")
        self._rows, self._codes = rows[order], codes[rows][order]

    def of(self, code: int) -> list[int]:
        """Ascending; none of no code, -1."""
        if code < 0:
            return []
        first, last = np.searchsorted(self._codes, [code, code + 1])
        found: list[int] = self._rows[first:last].tolist()
        return found
