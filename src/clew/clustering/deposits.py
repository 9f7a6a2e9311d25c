"""Deposit addresses of exchanges on account chains: who sends to the same one is one customer.

An exchange gives each customer an address of his own and soon sweeps what arrives there into its main wallets. So an
address is a deposit address of an exchange if, within `blocks` of receiving an amount, it forwards to a wallet of that
exchange an amount at most `loss` smaller, and sends value to nobody else. Source: Victor, Address Clustering Heuristics
for Ethereum, FC 2020; the values are those of Tutela (``src/cluster/deposit.py`` of its public code). That it sends to
nobody else is Clew's own condition: a person who once passes a payment on would else be taken for an exchange. So is it
that a sweep may take all receipts since the last one together, as Huobi's did those of the Ronin theft.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clew.clustering.clusters import Links, Rule
from clew.ledger import TransferTable
from clew.model import Kind

DEPOSIT = Rule("deposit-reuse", 80)
_KINDS = tuple(Kind)
_MOVES = tuple(_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN))


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far a forwarded amount may be from the one received."""

    loss: int = 10**16
    """Base units of the native coin that a sweep may be smaller by, its fee: 0.01 ETH (Tutela). A token is swept whole:
    its fee is paid in the native coin."""
    blocks: int = 3200
    """Blocks from the receipt, of several the last, to the sweep: about half a day on Ethereum (Tutela)."""
    together: bool = True
    """Whether a sweep may be of several receipts."""


TRON = Sweep(loss=10**7, blocks=14_400)
"""10 TRX, and half a day of blocks of 3 seconds."""


class Deposit(NamedTuple):
    """An address found to be an exchange's deposit address, in codes of the table."""

    address: int
    exchange: str
    receipts: tuple[int, ...]
    """Rows of the receipts that were swept."""
    sweeps: tuple[int, ...]
    """Rows of the sweeps, each for the receipt of the same place."""


def find_deposits(
    table: TransferTable,
    chain: str,
    exchanges: Mapping[int, str],
    excluded: AbstractSet[int],
    native: str,
    sweep: Sweep | None = None,
) -> list[Deposit]:
    """The deposit addresses that a chain's transfers show.

    `exchanges` maps the account codes of exchanges' wallets to their names; `excluded` are the codes that are none of
    anybody's own: services, contracts, miners. `native` is the CAIP-19 id of the chain's coin.
    """
    sweep = sweep or Sweep()
    rows = np.flatnonzero(np.isin(table.kind, _MOVES) & table.amount.any(axis=1))
    here = table.chains.index(chain) if chain in table.chains else -1
    rows = rows[(table.chain[rows] == here) & (table.sender[rows] != table.receiver[rows])]
    swept = rows[np.isin(table.receiver[rows], list(exchanges))]
    candidates = sorted(set(table.sender[swept].tolist()) - set(excluded) - set(exchanges))
    touched = rows[np.isin(table.sender[rows], candidates) | np.isin(table.receiver[rows], candidates)]
    moves: dict[int, list[int]] = {code: [] for code in candidates}
    for row in touched.tolist():
        for code in (int(table.sender[row]), int(table.receiver[row])):
            if code in moves:
                moves[code].append(row)
    found = []
    for code in candidates:
        to = {exchanges.get(int(table.receiver[row]), "") for row in moves[code] if table.sender[row] == code}
        if len(to) == 1 and "" not in to and (pairs := _pairs(table, code, moves[code], native, sweep)):
            receipts, sweeps = zip(*pairs, strict=True)
            found.append(Deposit(code, to.pop(), receipts, sweeps))
    return found


def _pairs(table: TransferTable, code: int, moves: list[int], native: str, sweep: Sweep) -> list[tuple[int, int]]:
    """Each receipt of an address with the sweep that took it; `moves` are its rows in order."""
    pairs: list[tuple[int, int]] = []
    waiting: dict[int, list[int]] = {}
    for row in moves:
        asset = int(table.asset[row])
        pending = waiting.setdefault(asset, [])
        if table.receiver[row] == code:
            pending.append(row)
            continue
        loss = sweep.loss if table.assets[asset] == native else 0
        taken = _taken(table, pending, row, loss, sweep)
        pairs += [(receipt, row) for receipt in taken]
        waiting[asset] = [receipt for receipt in pending if receipt not in taken]
    return pairs


def _taken(table: TransferTable, pending: list[int], out: int, loss: int, sweep: Sweep) -> list[int]:
    """The receipts a sweep is of: the first alone that fits, else all together, else none."""
    recent = [row for row in pending if table.height[out] - table.height[row] <= sweep.blocks]
    amount = table.amount_of(out)
    for row in recent:
        if 0 <= table.amount_of(row) - amount <= loss:
            return [row]
    if sweep.together and recent and 0 <= sum(map(table.amount_of, pending)) - amount <= loss:
        return pending
    return []


def deposit_links(table: TransferTable, deposits: list[Deposit], excluded: AbstractSet[int]) -> Links:
    """The senders to each deposit address joined with its first; the address itself is the exchange's and joins none.

    The witness is the sender's own deposit.
    """
    rows: list[tuple[int, int, int]] = []
    for deposit in deposits:
        senders: dict[int, int] = {}
        for row in deposit.receipts:
            if int(table.sender[row]) not in excluded:
                senders.setdefault(int(table.sender[row]), row)
        first, *others = senders or [-1]
        rows += [(first, other, int(table.tx[senders[other]])) for other in others]
    left, right, tx = (np.array([row[column] for row in rows], np.int64) for column in range(3))
    return Links(DEPOSIT, left, right, tx)
