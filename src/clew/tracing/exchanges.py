"""Exchanges by several trades as the way their units take: one hub for each asset, and legs from hub to hub.

The party's payments of an asset fill its hub. A leg takes its amount from one hub, in the order in which it came in,
and fills another. The party's receipts empty the hubs. As the legs add up to what was given and got, nothing is left
in a hub, and no leg takes more than there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clew.ledger import TransferTable
from clew.links.swaps import Swap, twin_of
from clew.links.trades import Exchange, Leg


@dataclass(frozen=True, slots=True)
class Step:
    """An event to put in, between accounts of the exchange."""

    sender: str
    receiver: str
    amount: int
    converts: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an exchange; accounts are named within it."""

    hubs: Mapping[int, str]
    """By row of the table: the hub it fills, or is paid from."""
    steps: tuple[int | Step, ...]
    """Rows, and events between them, in order."""
    legs: tuple[Swap, ...]
    """Each leg as the swap it is."""


def reached(table: TransferTable, exchanges: Sequence[Exchange], assets: set[str]) -> set[str]:
    """The assets, and all those of exchanges by which some of them are given."""
    for exchange in exchanges:
        if any(table.assets[table.asset[row]] in assets for row in exchange.given):
            assets |= {table.assets[table.asset[row]] for row in (*exchange.given, *exchange.got)}
    return assets


def route_of(table: TransferTable, exchange: Exchange, first: int) -> Route:
    """The way of an exchange whose legs are numbered from `first`."""
    hubs = {row: _hub(first, twin_of(table, int(table.asset[row]))) for row in (*exchange.given, *exchange.got)}
    steps: list[int | Step] = []
    number = first
    for step in exchange.steps:
        if isinstance(step, Leg):
            into, out = f"{number}:in", f"{number}:out"
            steps.append(Step(_hub(first, step.asset_in), into, step.amount_in))
            steps.append(Step(into, out, step.amount_out, converts=True))
            steps.append(Step(out, _hub(first, step.asset_out), step.amount_out))
            number += 1
        else:
            steps.append(step)
    return Route(hubs, tuple(steps), tuple(_as_swap(table, exchange, leg) for leg in exchange.legs))


def _hub(first: int, asset: str) -> str:
    return f"{first}:hub:{asset}"


def _as_swap(table: TransferTable, exchange: Exchange, leg: Leg) -> Swap:
    """A leg in the words of a swap, in the form of its assets that was moved: the coin, or its wrapped twin."""
    moved = {twin_of(table, int(table.asset[row])): int(table.asset[row]) for row in (*exchange.got, *exchange.given)}
    asset_in, asset_out = (
        moved[asset] if asset in moved else table.assets.index(asset) for asset in (leg.asset_in, leg.asset_out)
    )
    recipient = exchange.recipients.get(leg.asset_out, exchange.party)
    rows = exchange.given, (), exchange.got, exchange.passing
    return Swap(exchange.party, recipient, asset_in, asset_out, *rows, leg.amount_in, leg.amount_out)
