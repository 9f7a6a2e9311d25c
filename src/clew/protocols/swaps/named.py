"""Events that name what they tell: the family's file says which field is the trader, the asset, the amount."""

from collections.abc import Mapping

from clew.chains.execution import ZERO_ADDRESS
from clew.chains.logs import Log
from clew.protocols.swaps.event import Event, Value, number, text
from clew.protocols.swaps.trade import NATIVE, Claim, Meaning, Refusal, Request, Trade

_COIN = frozenset({"0x" + "e" * 40, ZERO_ADDRESS})
"""What routers write for the chain's coin."""


def read_named(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """A trade as a router or an order book tells it."""
    amounts = number(values, event.names["amount_in"]), number(values, event.names["amount_out"])
    if not all(amounts):
        return Refusal(event.protocol, log.tx, log.index, log.contract, "one-sided")
    return Trade(
        event.protocol,
        log.tx,
        log.index,
        log.contract,
        asset_of(event, values, "asset_in"),
        amounts[0],
        asset_of(event, values, "asset_out"),
        amounts[1],
        trader=_party(event, values, "trader"),
        recipient=_party(event, values, "recipient"),
        id=_party(event, values, "id"),
        pool="pool" in event.names,
        vouched=bool(event.contracts),
    )


def read_numbered(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """A trade of a pool that names its coins by their number (Curve)."""
    amounts = number(values, event.names["amount_in"]), number(values, event.names["amount_out"])
    coins = number(values, event.names["coin_in"]), number(values, event.names["coin_out"])
    if not all(amounts) or coins[0] == coins[1]:
        return Refusal(event.protocol, log.tx, log.index, log.contract, "one-sided")
    return Trade(
        event.protocol, log.tx, log.index, log.contract, None, amounts[0], None, amounts[1],
        pool=True, coin_in=coins[0], coin_out=coins[1],
    )  # fmt: skip


def read_request(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """A request that is to be paid later."""
    sender, amount = text(values, event.names["trader"]), number(values, event.names["amount_in"])
    return Request(event.protocol, log.tx, log.index, log.contract, _id(event, values), sender, amount)


def read_claim(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """What a request was paid with, in the chain's coin."""
    recipient, amount = text(values, event.names["recipient"]), number(values, event.names["amount_out"])
    return Claim(event.protocol, log.tx, log.index, log.contract, _id(event, values), recipient, NATIVE, amount)


def read_share(event: Event, log: Log, _values: Mapping[str, Value]) -> Meaning:
    """Assets for a share of a pool, or a share for assets: without a price no asset's part of it can be told."""
    return Refusal(event.protocol, log.tx, log.index, log.contract, "lp-share")


def read_silent(event: Event, log: Log, _values: Mapping[str, Value]) -> Meaning:
    """A trade whose event says that it was, not what moved."""
    return Refusal(event.protocol, log.tx, log.index, log.contract, "amounts-not-told")


def asset_of(event: Event, values: Mapping[str, Value], name: str) -> str | None:
    """The asset a field names; None where none does."""
    said = event.names.get(name)
    if said is None:
        return None
    named = said if said.startswith("0x") or said == NATIVE else text(values, said)
    return NATIVE if named in _COIN else named


def _party(event: Event, values: Mapping[str, Value], name: str) -> str:
    return text(values, event.names[name]) if name in event.names else ""


def _id(event: Event, values: Mapping[str, Value]) -> str:
    return f"{number(values, event.names['id'])}"
