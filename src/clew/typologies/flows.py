"""A ledger's transfers as the typologies see them: asset by asset, between addresses, in order.

On account chains each movement of value is one transfer; fees, rewards and wraps pay nobody. On chains of the Bitcoin
family a transaction pays from the address of its first input to the address of each output; change back to any of its
inputs' addresses pays nobody, and a transaction that may mix the coins of several owners is left out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from clew.chains import CHAINS
from clew.clustering.payments import first_owner, payments_of_table
from clew.ledger import TransferTable
from clew.model import Kind, Limitation
from clew.typologies.kernel import WIDE_BITS, Transfers

_KINDS = tuple(Kind)
_MOVES = [_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN)]
_UTXO = frozenset(chain.id for chain in CHAINS if chain.utxo)


class Flow(NamedTuple):
    """The transfers of one asset."""

    chain: str
    asset: str
    rows: Any
    """The row of the table of each transfer."""
    accounts: Any
    """The table's code of each account. They are numbered as they first appear, so numbers stay as the ledger grows."""
    transfers: Transfers


def read_flows(table: TransferTable) -> tuple[list[Flow], list[Limitation]]:
    """The flows of a ledger by chain and asset, and the assets left out because their amounts are too large."""
    flows: list[Flow] = []
    left_out: list[Limitation] = []
    for rows, sender, receiver in _movements(table):
        for mine in _by_code(table.asset[rows]):
            found = _flow(table, rows[mine], sender[mine], receiver[mine])
            if isinstance(found, Flow):
                flows.append(found)
            else:
                left_out.append(found)
    return flows, left_out


def _by_code(codes: Any) -> list[Any]:
    """The places of each code, in order."""
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return [part for part in parts if len(part)]


def _movements(table: TransferTable) -> Iterator[tuple[Any, Any, Any]]:
    """Per chain: rows, and the codes of who pays and is paid."""
    for code, chain in enumerate(table.chains):
        here = table.chain == code
        if chain in _UTXO:
            yield _payments(table, chain, here)
        else:
            rows = np.flatnonzero(here & np.isin(table.kind, _MOVES) & table.amount.any(axis=1))
            yield rows, table.sender[rows], table.receiver[rows]


def _payments(table: TransferTable, chain: str, here: Any) -> tuple[Any, Any, Any]:
    found = payments_of_table(table, chain)
    rows = np.flatnonzero(here & (table.kind == _KINDS.index(Kind.OUTPUT)))
    payer, payee = first_owner(found)[found.output_tx], found.output_owner
    span = len(table.account_name) + 1
    change = np.isin(found.output_tx * span + payee, found.input_tx * span + found.input_owner)
    good = (payer >= 0) & (payee >= 0) & ~change & ~found.mixed[found.output_tx] & table.amount[rows].any(axis=1)
    return rows[good], payer[good], payee[good]


def _flow(table: TransferTable, rows: Any, sender: Any, receiver: Any) -> Flow | Limitation:
    chain, asset = table.chains[table.chain[rows[0]]], table.assets[table.asset[rows[0]]]
    amount = table.amount[rows]
    if amount[:, 2:].any() or (amount[:, 1] >> np.uint64(WIDE_BITS - 64)).any():
        detail = f"an amount of 2**{WIDE_BITS} base units or more: the asset is left out"
        return Limitation("typologies-without-asset", detail, chain, asset=asset)
    accounts, numbers = _numbered(np.column_stack([sender, receiver]).ravel())
    pairs = numbers.reshape(-1, 2).astype(np.int32)
    amount = np.ascontiguousarray(amount[:, :2] if amount[:, 1].any() else amount[:, 0])
    payers, payees = (np.ascontiguousarray(pairs[:, side]) for side in range(2))
    return Flow(chain, asset, rows, accounts, Transfers(payers, payees, amount, table.time[rows]))


def _numbered(codes: Any) -> tuple[Any, Any]:
    """The distinct codes in the order of their first appearance, and each entry's place among them."""
    distinct, first, place = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return distinct[order], rank[place]
