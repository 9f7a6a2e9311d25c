"""Swaps that pay another: one party of a transaction only gives, one other only gets, and contracts are between.

A router lets its caller name who is to be paid, so a thief may swap and pay on in one step. That shows in the
transaction as a whole alone: every account that is not a contract, and what each gave and got, must be at hand. The
contracts in between must have exchanged the one asset for the other, step by step; else the payment and the receipt
may have nothing to do with each other.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.execution import ZERO_ADDRESS
from clew.ledger import TransferTable
from clew.links.swaps import Judge, Parties, Swap, Unresolved, chosen_accounts, moving_rows, paired, twin_of

Contracts = set[tuple[str, str]]
"""``(chain, account)`` of the contracts."""


class _Sides(NamedTuple):
    """What the accounts of one transaction gave and got."""

    gave: dict[int, list[int]]
    took: dict[int, list[int]]
    net: dict[int, dict[int, int]]
    """By account and asset: base units got less given, where that is not 0."""


def find_handovers(
    table: TransferTable,
    parties: Parties,
    contracts: Contracts,
    whole: Callable[[str, str], bool],
    claims: Mapping[str, Asset],
) -> tuple[list[Swap], list[Unresolved]]:
    """The swaps by which a party has another paid, of the transactions ``whole(chain, tx)`` shows with every transfer.

    ``other-recipient`` where a party gave and others got another asset, but who got what for it cannot be told.
    """
    wanted = chosen_accounts(table, parties)
    if not len(wanted):
        return [], []
    rows = np.flatnonzero(moving_rows(table))
    swaps: list[Swap] = []
    unresolved: list[Unresolved] = []
    judge = Judge(table, claims)
    for group in _by_transaction(table, rows, wanted, whole):
        outsiders = outsiders_of(table, group, contracts)
        sides = _sides(table, group)
        givers = [a for a in outsiders if a in sides.net and max(sides.net[a].values()) < 0]
        for giver in givers:
            if wanted[giver]:
                answer = _resolve(table, giver, outsiders, sides, judge)
                if isinstance(answer, Swap):
                    swaps.append(answer)
                elif answer is not None:
                    unresolved.append(answer)
    return swaps, unresolved


def _by_transaction(
    table: TransferTable, rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_], whole: Callable[[str, str], bool]
) -> list[list[int]]:
    """The rows, in order, of each whole transaction that moves several assets and in which somebody wanted gives."""
    assets, txs = len(table.assets), table.tx[rows].astype(np.int64)
    codes, several = np.unique(np.unique(txs * assets + table.asset[rows]) // assets, return_counts=True)
    giving, first = np.unique(txs[wanted[table.sender[rows]]], return_index=True)
    chains = table.chain[rows[wanted[table.sender[rows]]][first]]
    shown = [
        code
        for code, chain in zip(giving.tolist(), chains.tolist(), strict=True)
        if whole(table.chains[chain], table.txs[code])
    ]
    chosen = np.intersect1d(codes[several > 1], np.array(shown, dtype=np.int64))
    groups: dict[int, list[int]] = {}
    for row in rows[np.isin(txs, chosen)].tolist():
        groups.setdefault(int(table.tx[row]), []).append(row)
    return list(groups.values())


def outsiders_of(table: TransferTable, rows: list[int], contracts: Contracts) -> list[int]:
    """The accounts of a transaction that are no contracts; the zero address is where tokens are made and burnt."""
    codes = dict.fromkeys(code for row in rows for code in (int(table.sender[row]), int(table.receiver[row])))
    named = {code: (table.chains[table.account_chain[code]], table.account_name[code]) for code in codes}
    return [
        code
        for code, (chain, name) in named.items()
        if (chain, name) not in contracts and name != ZERO_ADDRESS and not name.startswith("@")
    ]


def _sides(table: TransferTable, rows: list[int]) -> _Sides:
    gave: dict[int, list[int]] = {}
    took: dict[int, list[int]] = {}
    net: dict[int, dict[int, int]] = {}
    for row in rows:
        amount, asset = table.amount_of(row), int(table.asset[row])
        for account, side, sign in ((int(table.sender[row]), gave, -1), (int(table.receiver[row]), took, 1)):
            side.setdefault(account, []).append(row)
            changes = net.setdefault(account, {})
            changes[asset] = changes.get(asset, 0) + sign * amount
    kept = {account: {a: change for a, change in changes.items() if change} for account, changes in net.items()}
    return _Sides(gave, took, {account: changes for account, changes in kept.items() if changes})


def _resolve(
    table: TransferTable, giver: int, outsiders: list[int], sides: _Sides, judge: Judge
) -> Swap | Unresolved | None:
    less = list(sides.net[giver])
    touched = [a for a in outsiders if a != giver and _one_sided(sides.net.get(a, {}))]
    others = {a: [x for x, c in sides.net[a].items() if c > 0 and not judge.fake(x)] for a in touched}
    gains = {asset for assets in others.values() for asset in assets if asset not in less}
    if not gains:
        return None  # nobody gets another asset: value was moved, not exchanged
    first = sides.gave[giver][0]
    plain = len(touched) == 1 and len(less) == 1 and len(gains) == 1
    if not plain or len(sides.net[touched[0]]) != 1:
        return Unresolved(giver, first, "other-recipient")
    (receiver,), (asset_in,), (asset_out,) = touched, less, gains
    if judge.refuses(asset_out):
        return Unresolved(giver, first, judge.refuses(asset_out))
    if not _exchanged(table, asset_in, asset_out, sides, {giver, receiver}) or _pays_unseen(table, sides):
        return Unresolved(giver, first, "other-recipient")
    gave, took, brought = sides.gave[giver], sides.took.get(giver, []), sides.took[receiver]
    swap = paired(table, giver, receiver, asset_in, asset_out, gave, took, brought)
    onward = any(table.asset[row] == asset_out for row in sides.gave.get(receiver, []))
    if onward or (swap.refunded and swap.refunded[0] < swap.paid[0]):
        return Unresolved(giver, first, "other-recipient")
    return swap


def _one_sided(net: Mapping[int, int]) -> bool:
    """Whether somebody only gave or only got; who did both made a market, or a swap of his own."""
    return len({change > 0 for change in net.values()}) == 1


def _exchanged(table: TransferTable, asset_in: int, asset_out: int, sides: _Sides, parties: set[int]) -> bool:
    """Whether contracts that each took one asset and gave another lead from the one asset to the other.

    A chain's coin and its wrapped twin count as one: a source without inner calls does not show where they change.
    """
    steps = [
        ({twin_of(table, a) for a, c in net.items() if c > 0}, {twin_of(table, a) for a, c in net.items() if c < 0})
        for account, net in sides.net.items()
        if account not in parties
    ]
    reached, size = {twin_of(table, asset_in)}, 0
    while size < len(reached):
        size = len(reached)
        for took, gave in steps:
            if took & reached:
                reached |= gave
    return twin_of(table, asset_out) in reached


def _pays_unseen(table: TransferTable, sides: _Sides) -> bool:
    """Whether the wrapped coin's contract took back more than it is seen to pay for.

    Then inner calls are not shown, and somebody else may have got the coins.
    """
    for account, net in sides.net.items():
        chain = find_chain(table.chains[table.account_chain[account]])
        if table.account_name[account] == chain.wrapped:
            return sum(change for asset, change in net.items() if twin_of(table, asset) == chain.native.id) > 0
    return False
