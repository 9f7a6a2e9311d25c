"""Swaps into tokens that nothing vouches for: whoever makes a token can give any amount of it for stolen coins.

Balances alone would then follow the coins into the worthless token, and lose them. So a swap is followed into a token
that is well known or of the case, or that a trade brought which the balances of a pool, or a known router, bear out.
Anybody can also open a pool for a token of his own: what was followed so is told by `unknown_tokens`.
"""

from collections.abc import Collection, Iterable, Iterator

from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.ledger import TransferTable
from clew.links.swaps import Swap, Unresolved, twin_of
from clew.links.trades import Logs, MovingRows, legs_of
from clew.model import Case
from clew.protocols.swaps import decode_event


def assets_of(case: Case) -> set[str]:
    """The assets that a case names: what was stolen, and both sides of its conversions."""
    converted = {asset.id for c in case.conversions for asset in (c.asset_in, c.asset_out)}
    return converted | {theft.asset.id for theft in case.thefts}


def set_apart(
    table: TransferTable, swaps: Iterable[Swap], genuine: Collection[str], logs: Logs
) -> tuple[list[Swap], list[Unresolved]]:
    """The swaps that may be followed, and the others, of reason ``unknown-token``. `genuine`: the case's assets."""
    rows = MovingRows(table)
    followed: list[Swap] = []
    doubtful: list[Unresolved] = []
    for swap in swaps:
        if is_known(table, swap.asset_out, genuine) or _traded(table, swap, rows, logs):
            followed.append(swap)
        else:
            doubtful.append(Unresolved(swap.party, min(swap.paid + swap.received), "unknown-token"))
    return followed, doubtful


def is_known(table: TransferTable, asset: int, genuine: Collection[str]) -> bool:
    """Whether an asset is a chain's coin or its wrapped twin, well known, or of the case."""
    name = table.assets[asset]
    coin = find_chain(name.partition("/")[0]).native.id
    return twin_of(table, asset) == coin or name in genuine or find_token(name) is not None


def unknown_tokens(
    table: TransferTable, swaps: Iterable[Swap], genuine: Collection[str], tainted: Collection[int]
) -> Iterator[Swap]:
    """Of the swaps that were followed, those of tainted rows into tokens that only a trade vouches for."""
    for swap in swaps:
        if not is_known(table, swap.asset_out, genuine) and not set(swap.paid).isdisjoint(tainted):
            yield swap


def _traded(table: TransferTable, swap: Swap, rows: MovingRows, logs: Logs) -> bool:
    """Whether a trade of the swap's transaction brought the token."""
    chain, tx = table.chains[table.chain[swap.paid[0]]], table.txs[table.tx[swap.paid[0]]]
    said = [meaning for log in logs(chain, tx) or () if (meaning := decode_event(log, chain)) is not None]
    told, pooled = legs_of(table, swap.party, rows.of(swap.paid[0]), said) if said else ([], [])
    return table.assets[swap.asset_out] in {leg.asset_out for leg in (*told, *pooled)}
