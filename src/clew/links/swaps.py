"""Swaps by balance change: in one transaction a party gives one asset and gets another, whatever the router.

A transaction is atomic, so what a party gave and got in it belongs together; nothing needs to be known of the
contracts in between. Refunds and what only passed through the party net off. Where a party gave or got several assets
the amounts cannot be paired without the protocols' own events (`links.trades`): that is said, with a typed reason, and
nothing is converted. A swap may pay another than the giver (`links.handovers`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import fake_of
from clew.ledger import TransferTable, summed
from clew.model import Kind

_KINDS = tuple(Kind)
_MOVING = [_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP)]
_NONE = Asset("", "", 0)


@dataclass(frozen=True, slots=True)
class Swap:
    """One party's exchange; numbers are rows of the table, in order."""

    party: int
    """Account code of who gave."""
    recipient: int
    """Account code of who got; the party itself, unless it had another paid."""
    asset_in: int
    """Asset code of what was given."""
    asset_out: int
    paid: tuple[int, ...]
    refunded: tuple[int, ...]
    """Rows by which some of the given asset came back."""
    received: tuple[int, ...]
    passing: tuple[int, ...]
    """Rows of other assets that the party got and gave in equal amounts: they only passed through."""
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
    """``several-given``, ``several-got``, ``passed-on`` (some of what it got left again), ``borrowed`` (some of what it
    gave had come in the same transaction), ``fake-token``, ``too-large`` (an amount beyond 128 bits) or
    ``other-recipient`` (`links.handovers`), or ``lp-share`` (`links.trades`)."""


Parties = Callable[[str, str], bool]
"""``parties(chain, account)``: whether an account's swaps are looked for."""


def find_swaps(
    table: TransferTable, parties: Parties, claims: Mapping[str, Asset]
) -> tuple[list[Swap], list[Unresolved]]:
    """The swaps of the accounts for which ``parties(chain, account)`` holds, in ledger order.

    `claims`: what tokens say of themselves, by asset id. Wraps are swaps too where they are not plain 1:1 legs; the
    caller takes those out first.
    """
    wanted = chosen_accounts(table, parties)
    if not len(wanted):
        return [], []
    moving = moving_rows(table)
    out, into = np.flatnonzero(moving & wanted[table.sender]), np.flatnonzero(moving & wanted[table.receiver])
    given = table.tx[out].astype(np.int64) * len(wanted) + table.sender[out]
    got = table.tx[into].astype(np.int64) * len(wanted) + table.receiver[into]
    both = np.intersect1d(given, got)
    groups: dict[int, tuple[list[int], list[int]]] = {int(key): ([], []) for key in both.tolist()}
    for side, (rows, keys) in enumerate(((out, given), (into, got))):
        chosen = np.isin(keys, both)
        for row, key in zip(rows[chosen].tolist(), keys[chosen].tolist(), strict=True):
            groups[key][side].append(row)
    judge = Judge(table, claims)
    swaps: list[Swap] = []
    unresolved: list[Unresolved] = []
    for key, (gave, took) in sorted(groups.items(), key=lambda item: min(item[1][0] + item[1][1])):
        answer = _resolve(table, key % len(wanted), gave, took, judge)
        if isinstance(answer, Swap):
            swaps.append(answer)
        elif answer is not None:
            unresolved.append(answer)
    return swaps, unresolved


def chosen_accounts(table: TransferTable, parties: Parties) -> npt.NDArray[np.bool_]:
    """By account code: whether it is on an account chain and ``parties`` holds for it."""
    return np.array(
        [
            not find_chain(table.chains[chain]).utxo and parties(table.chains[chain], name)
            for chain, name in zip(table.account_chain.tolist(), table.account_name, strict=True)
        ],
        dtype=np.bool_,
    )


def moving_rows(table: TransferTable) -> npt.NDArray[np.bool_]:
    """By row: whether it moves something from one account of an account chain to another; fees are not counted."""
    moving: npt.NDArray[np.bool_] = np.isin(table.kind, _MOVING) & table.amount.any(axis=1)
    moving &= table.sender != table.receiver
    return moving


class Judge:
    """Which assets a swap cannot lead to: tokens that imitate a known one, and amounts no kernel can carry."""

    def __init__(self, table: TransferTable, claims: Mapping[str, Asset]) -> None:
        self._table, self._claims = table, claims
        self._fake: dict[int, bool] = {}
        self._large: set[int] | None = None

    def fake(self, asset: int) -> bool:
        """Whether an asset imitates a known one."""
        if asset not in self._fake:
            self._fake[asset] = fake_of(self._claims.get(self._table.assets[asset], _NONE)) is not None
        return self._fake[asset]

    def large(self, asset: int) -> bool:
        """Whether some account gets more of an asset, all in all, than 128 bits hold."""
        if self._large is None:
            table, size = self._table, len(self._table.assets)
            keys, codes = np.unique(table.receiver.astype(np.int64) * size + table.asset, return_inverse=True)
            beyond = summed(table.amount, codes, len(keys))[:, 4:].any(axis=1)  # the kernels hold 128 bits
            self._large = set((keys[beyond] % size).tolist())
        return asset in self._large

    def refuses(self, asset: int) -> str:
        """The reason why nothing is followed into an asset; empty where it may be."""
        return "fake-token" if self.fake(asset) else "too-large" if self.large(asset) else ""


def net_changes(table: TransferTable, gave: Iterable[int], took: Iterable[int]) -> dict[int, int]:
    """Base units got less given, by asset code, of rows given and got."""
    net: dict[int, int] = {}
    for sign, rows in ((-1, gave), (1, took)):
        for row in rows:
            net[int(table.asset[row])] = net.get(int(table.asset[row]), 0) + sign * table.amount_of(row)
    return net


def twin_of(table: TransferTable, asset: int) -> str:
    """The id of an asset; of a chain's wrapped coin that of the coin itself, as both are one unit for unit."""
    name = table.assets[asset]
    chain = find_chain(name.partition("/")[0])
    return chain.native.id if chain.wrapped and name == f"{chain.id}/erc20:{chain.wrapped}" else name


def _resolve(
    table: TransferTable, party: int, gave: list[int], took: list[int], judge: Judge
) -> Swap | Unresolved | None:
    net = net_changes(table, gave, took)
    less = [asset for asset, change in net.items() if change < 0]
    more = [asset for asset, change in net.items() if change > 0]
    if len(more) > 1:  # beside something genuine an imitation is mere noise
        more = [asset for asset in more if not judge.fake(asset)] or more
    first = min(gave + took)
    if not less or not more:
        return None
    if len(less) > 1 or len(more) > 1:
        return Unresolved(party, first, "several-given" if len(less) > 1 else "several-got")
    if refusal := judge.refuses(more[0]):
        return Unresolved(party, first, refusal)
    if any(table.asset[row] == more[0] for row in gave):
        return Unresolved(party, first, "passed-on")
    swap = paired(table, party, party, less[0], more[0], gave, took, took)
    if swap.refunded and swap.refunded[0] < swap.paid[0]:
        return Unresolved(party, first, "borrowed")
    return swap


def paired(
    table: TransferTable,
    party: int,
    recipient: int,
    asset_in: int,
    asset_out: int,
    gave: list[int],
    took: list[int],
    brought: list[int],
) -> Swap:
    """The swap of `asset_in` to `asset_out`, by the rows the party gave and took and those that brought the output."""

    def of(rows: list[int], asset: int) -> tuple[int, ...]:
        return tuple(row for row in rows if table.asset[row] == asset)

    paid, refunded, received = of(gave, asset_in), of(took, asset_in), of(brought, asset_out)
    even = {asset for asset, change in net_changes(table, gave, took).items() if not change}
    passing = tuple(sorted(row for row in (*gave, *took) if table.asset[row] in even))
    net_in = sum(map(table.amount_of, paid)) - sum(map(table.amount_of, refunded))
    return Swap(
        party,
        recipient,
        asset_in,
        asset_out,
        paid,
        refunded,
        received,
        passing,
        net_in,
        sum(map(table.amount_of, received)),
    )
