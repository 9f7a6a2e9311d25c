"""Contracts by how they behave: accounts that move value and never send a transaction of their own."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.ledger import TransferTable, summed
from clew.model import Kind

_KINDS = tuple(Kind)
_CALLED_ONLY = (Kind.INTERNAL, Kind.TOKEN, Kind.WRAP)
"""What an account can pay without a transaction, and so a fee, of its own."""


def behaving_contracts(table: TransferTable, genuine: Collection[str]) -> set[tuple[str, str]]:
    """EVM accounts (chain, address) that are called with value, or pay others, and never pay a fee themselves.

    Whoever makes a token may write events in which anybody pays it. So paying one counts only where the token is known
    (`genuine`, or well-known) or the account is seen to get as much of it: a contract's balance is never negative.
    """
    called = table.receiver[table.kind == _KINDS.index(Kind.CALL)]
    paying = np.isin(table.kind, [_KINDS.index(kind) for kind in _CALLED_ONLY]) & table.amount.any(axis=1)
    known = np.array([name in genuine or find_token(name) is not None for name in table.assets], dtype=np.bool_)
    token = table.kind == _KINDS.index(Kind.TOKEN)
    doubtful = paying & token & ~known[table.asset] if len(known) else paying
    backed = table.sender[doubtful][_backed(table, np.flatnonzero(doubtful))]
    payers = np.unique(table.sender[(table.kind == _KINDS.index(Kind.FEE)) | (table.kind == _KINDS.index(Kind.BURN))])
    behaving = np.setdiff1d(np.unique(np.concatenate([called, table.sender[paying & ~doubtful], backed])), payers)
    named = [(table.chains[table.account_chain[code]], table.account_name[code]) for code in behaving.tolist()]
    return {account for account in named if find_chain(account[0]).family == "evm"}


def _backed(table: TransferTable, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Of rows that pay a token: whether the payer is seen to get at least as much of it as it pays, all in all."""
    size = len(table.assets)
    paid = table.sender.astype(np.int64) * size + table.asset
    got = table.receiver.astype(np.int64) * size + table.asset
    keys, codes = np.unique(paid[rows], return_inverse=True)
    out, into = _sums(table, paid, keys), _sums(table, got, keys)
    enough = np.array([i >= o for i, o in zip(into, out, strict=True)], dtype=np.bool_)
    return enough[codes]


def _sums(table: TransferTable, sides: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> list[int]:
    """Exact sums of the amounts whose side is each of the (sorted) keys."""
    rows = np.flatnonzero(np.isin(sides, keys))
    limbs = summed(table.amount[rows], np.searchsorted(keys, sides[rows]), len(keys))
    return [sum(limb << 32 * place for place, limb in enumerate(key)) for key in limbs.tolist()]
