"""Swaps by balance change: in one transaction a party gives one asset and gets another, whatever the router.

A transaction is atomic, so what a party gave and got in it belongs together; nothing needs to be known of the
contracts in between. Refunds net off. Where a party gave or got several assets the amounts cannot be paired without
the protocol's own events: that is said, with a typed reason, and nothing is converted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import fake_of
from clew.ledger import TransferTable
from clew.model import Kind

_KINDS = tuple(Kind)
_MOVING = [_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP)]
_NONE = Asset("", "", 0)


@dataclass(frozen=True, slots=True)
class Swap:
    """One party's exchange; numbers are rows of the table, in order."""

    party: int
    """Account code."""
    asset_in: int
    """Asset code of what was given."""
    asset_out: int
    paid: tuple[int, ...]
    refunded: tuple[int, ...]
    """Rows by which some of the given asset came back."""
    received: tuple[int, ...]
    net_in: int
    """Base units given, less refunds."""
    net_out: int
    """Base units got."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A transaction in which a party gave and got, but what for what cannot be told."""

    party: int
    row: int
    """Its first row."""
    reason: str
    """``several-given``, ``several-got``, ``passed-on`` (some of what it got left again) or ``fake-token``."""


def find_swaps(
    table: TransferTable, parties: Callable[[str, str], bool], claims: Mapping[str, Asset]
) -> tuple[list[Swap], list[Unresolved]]:
    """The swaps of the accounts for which ``parties(chain, account)`` holds, in ledger order.

    `claims`: what tokens say of themselves, by asset id. Wraps are swaps too where they are not plain 1:1 legs; the
    caller takes those out first.
    """
    wanted = np.array(
        [
            not find_chain(table.chains[chain]).utxo and parties(table.chains[chain], name)
            for chain, name in zip(table.account_chain.tolist(), table.account_name, strict=True)
        ],
        dtype=np.bool_,
    )
    moving = np.isin(table.kind, _MOVING) & table.amount.any(axis=1) & (table.sender != table.receiver)
    out = np.flatnonzero(moving & wanted[table.sender]) if len(wanted) else np.array([], dtype=np.int64)
    into = np.flatnonzero(moving & wanted[table.receiver]) if len(wanted) else np.array([], dtype=np.int64)
    given = table.tx[out].astype(np.int64) * len(wanted) + table.sender[out]
    got = table.tx[into].astype(np.int64) * len(wanted) + table.receiver[into]
    both = np.intersect1d(given, got)
    groups: dict[int, tuple[list[int], list[int]]] = {int(key): ([], []) for key in both.tolist()}
    for side, (rows, keys) in enumerate(((out, given), (into, got))):
        chosen = np.isin(keys, both)
        for row, key in zip(rows[chosen].tolist(), keys[chosen].tolist(), strict=True):
            groups[key][side].append(row)
    swaps: list[Swap] = []
    unresolved: list[Unresolved] = []
    for key, (gave, took) in sorted(groups.items(), key=lambda item: min(item[1][0] + item[1][1])):
        answer = _resolve(table, key % len(wanted), gave, took, claims)
        if isinstance(answer, Swap):
            swaps.append(answer)
        elif answer is not None:
            unresolved.append(answer)
    return swaps, unresolved


def _resolve(
    table: TransferTable, party: int, gave: list[int], took: list[int], claims: Mapping[str, Asset]
) -> Swap | Unresolved | None:
    net: dict[int, int] = {}
    for sign, rows in ((-1, gave), (1, took)):
        for row in rows:
            net[int(table.asset[row])] = net.get(int(table.asset[row]), 0) + sign * table.amount_of(row)
    less = [asset for asset, change in net.items() if change < 0]
    more = [asset for asset, change in net.items() if change > 0]
    first = min(gave + took)
    if not less or not more:
        return None
    if len(less) > 1 or len(more) > 1:
        return Unresolved(party, first, "several-given" if len(less) > 1 else "several-got")
    if fake_of(claims.get(table.assets[more[0]], _NONE)) is not None:
        return Unresolved(party, first, "fake-token")
    if any(table.asset[row] == more[0] for row in gave):
        return Unresolved(party, first, "passed-on")

    def of(rows: list[int], asset: int) -> tuple[int, ...]:
        return tuple(row for row in rows if table.asset[row] == asset)

    paid, refunded, received = of(gave, less[0]), of(took, less[0]), of(took, more[0])
    return Swap(party, less[0], more[0], paid, refunded, received, -net[less[0]], net[more[0]])
