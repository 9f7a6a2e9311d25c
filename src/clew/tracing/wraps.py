"""Wraps: the legs meet in an account of their own, unit for unit."""

import numpy as np

from clew.chains import Chain, find_chain
from clew.ledger import TransferTable
from clew.links.swaps import Swap
from clew.model import Grade, Kind
from clew.tracing.arrangement import Arrangement
from clew.tracing.journal import WRAP

_KINDS = tuple(Kind)


def join_wraps(arranged: Arrangement) -> None:
    """Let the legs of every wrap and unwrap meet: what went in comes out, unit for unit, in the other asset."""
    table = arranged.table
    used: set[int] = set()
    for number in np.flatnonzero(table.kind[arranged.row] == _KINDS.index(Kind.WRAP)).tolist():
        chain = find_chain(arranged.chain_of(number))
        tx = table.txs[table.tx[arranged.row[number]]]
        node = arranged.account(chain.id, f"{WRAP}{tx}:{number}", "")
        legs = _native_legs(arranged, number, chain.native.id)
        if arranged.names[arranged.sender[number]].name == chain.wrapped:
            paid = [r for r in legs if arranged.names[arranged.receiver[r]].name == chain.wrapped and r not in used]
            arranged.sender[number] = node
            if paid:
                used.add(paid[0])
                arranged.receiver[paid[0]] = node
                arranged.behind(number, paid[0])
        else:
            holder = arranged.names[arranged.sender[number]].name
            arranged.receiver[number] = node
            out = [r for r in legs if arranged.names[arranged.sender[r]].name == chain.wrapped and r not in used]
            out.sort(key=lambda r: (arranged.names[arranged.receiver[r]].name != holder, r))
            if out:
                used.add(out[0])
                arranged.sender[out[0]] = node
                arranged.behind(out[0], number)
            else:
                native = arranged.account(chain.id, holder, chain.native.id)
                place = (int(arranged.major[number]), int(arranged.minor[number]) + 1)
                row = int(arranged.row[number])
                arranged.add(node, native, arranged.amount(number), place=place, row=row, grade=Grade.DECODED)


def _native_legs(arranged: Arrangement, number: int, native: str) -> list[int]:
    amount = arranged.amount(number)
    rows = arranged.by_tx.rows(int(arranged.table.tx[arranged.row[number]]))
    moves = (_KINDS.index(Kind.NATIVE), _KINDS.index(Kind.INTERNAL), _KINDS.index(Kind.CALL))
    return [
        r
        for r in rows
        if arranged.table.kind[arranged.row[r]] in moves
        and arranged.table.assets[arranged.table.asset[arranged.row[r]]] == native
        and arranged.amount(r) == amount
    ]


def wrapped_id(chain: Chain) -> str:
    """CAIP-19 id of a chain's 1:1 wrapped coin; that of its native coin where it has none."""
    return f"{chain.id}/erc20:{chain.wrapped}" if chain.wrapped else chain.native.id


def is_wrap(table: TransferTable, swap: Swap) -> bool:
    """Whether a swap is a chain's own 1:1 wrap, which has its own rule."""
    chain = find_chain(table.assets[swap.asset_in].partition("/")[0])
    pair = {table.assets[swap.asset_in], table.assets[swap.asset_out]}
    wrap = _KINDS.index(Kind.WRAP)
    rows = (*swap.paid, *swap.received)
    return pair == {chain.native.id, wrapped_id(chain)} and any(table.kind[row] == wrap for row in rows)
