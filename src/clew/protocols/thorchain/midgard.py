"""Midgard's account of a swap: replies of ``/v2/actions`` and of the older ``/v1/txs``, of THORChain and Maya.

Pure: bytes in, actions out; SourceError where a reply is not what its format says. Amounts are in 1e8 units, whatever
the asset's own decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from clew.chains.fields import Fields, read_json

FORMAT = "midgard/actions"
_SECOND = 10**9


@dataclass(frozen=True, slots=True)
class Coin:
    """An amount of an asset in the network's words (``ETH.USDT-0X...``), in 1e8 units."""

    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One transaction of an action: into the network or out of it."""

    txid: str
    """Upper case without ``0x``; empty where the coins stay on the network (RUNE, synths)."""
    address: str
    coins: tuple[Coin, ...]
    memo: str = ""
    """Told by version 1 alone."""


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of a reply."""

    type: str
    """``swap``, ``refund``, ``addLiquidity``, ``withdraw``, ``donate``, ``switch``; version 1 also ``doubleSwap``."""
    status: str
    """``success`` or ``pending``."""
    time: int
    """Seconds since 1970."""
    height: int
    inbound: tuple[Leg, ...]
    outbound: tuple[Leg, ...]
    memo: str = ""
    streaming: bool = False
    reason: str = ""
    """Of a refund: why."""


class Outcome(StrEnum):
    """What became of a swap."""

    SWAPPED = "swapped"
    REFUNDED = "refunded"
    PARTIAL = "partial"
    """Partly swapped (it may be the affiliate's part alone), the rest paid back."""
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Swap:
    """Everything replies say of one inbound transaction that asked for a swap."""

    txid: str
    """The inbound transaction."""
    sender: str
    time: int
    coins: tuple[Coin, ...]
    memo: str
    outcome: Outcome
    payouts: tuple[Leg, ...]
    refunds: tuple[Leg, ...]
    affiliates: tuple[Leg, ...]
    """What affiliates were paid; it is no part of the user's payout."""
    reason: str
    """Of a refund: why."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(inbound, outbound) transaction ids of payouts and refunds that left the network."""
        return tuple((self.txid, leg.txid) for leg in self.payouts + self.refunds if leg.txid)


def decode_actions(body: bytes, where: str = FORMAT) -> tuple[Action, ...]:
    """The actions of a reply of either version, in its order."""
    reply = Fields.of(read_json(body, where), where)
    if "txs" in reply.table:
        return tuple(_old(entry) for entry in reply.children("txs"))
    return tuple(_new(entry) for entry in reply.children("actions"))


def _new(entry: Fields) -> Action:
    metadata = entry.child("metadata")
    kind = entry.text("type")
    facts = metadata.child(kind) if kind in ("swap", "refund") and kind in metadata else Fields({}, entry.where)
    return Action(
        kind,
        entry.text("status"),
        entry.decimal("date") // _SECOND,
        entry.decimal("height"),
        tuple(_leg(leg) for leg in entry.children("in")),
        tuple(_leg(leg) for leg in entry.children("out")),
        _optional(facts, "memo"),
        facts.table.get("isStreamingSwap") is True,
        _optional(facts, "reason"),
    )


def _old(entry: Fields) -> Action:
    date = entry.table.get("date")
    if not isinstance(date, int):
        raise entry.fault("date", "seconds since 1970")
    inbound = _leg(entry.child("in"))
    out = entry.table.get("out")
    return Action(
        entry.text("type"),
        entry.text("status").lower(),
        date,
        entry.decimal("height"),
        (inbound,),
        tuple(_leg(leg) for leg in entry.children("out")) if out is not None else (),
        inbound.memo,
        reason=_optional(entry.child("options"), "reason") if "options" in entry else "",
    )


def _leg(leg: Fields) -> Leg:
    coins = leg.children("coins") if leg.table.get("coins") is not None else ()
    return Leg(
        leg.text("txID").upper(),
        leg.text("address"),
        tuple(Coin(coin.text("asset"), coin.decimal("amount")) for coin in coins),
        _optional(leg, "memo"),
    )


def _optional(fields: Fields, name: str) -> str:
    return fields.text(name) if name in fields else ""


_SWAPS = frozenset({"swap", "doubleSwap", "refund"})


_OWN_COINS = frozenset({"THOR.RUNE", "MAYA.CACAO"})
"""What affiliates are paid in."""


def swaps(actions: Iterable[Action]) -> tuple[Swap, ...]:
    """The swaps that actions tell of, one for each inbound transaction, in the order in which they are first met.

    A swap with an affiliate, or cut into parts, appears as several actions of the same inbound: their legs are joined
    and none is counted twice. An outbound in the asset that came in, beside an action of type refund, is a refund.
    """
    by_inbound: dict[str, list[Action]] = {}
    for action in actions:
        if action.type in _SWAPS and action.inbound and action.inbound[0].txid:
            by_inbound.setdefault(action.inbound[0].txid, []).append(action)
    return tuple(_joined(txid, parts) for txid, parts in by_inbound.items())


def _joined(txid: str, parts: list[Action]) -> Swap:
    first = parts[0].inbound[0]
    memo = next((part.memo for part in parts if part.memo), "")
    coins = tuple(dict.fromkeys(coin for part in parts for coin in part.inbound[0].coins))
    given, refunded = {coin.asset for coin in coins}, any(part.type == "refund" for part in parts)
    legs = tuple(dict.fromkeys(leg for part in parts for leg in part.outbound))
    affiliates = _affiliates(legs, given, memo, refunded=refunded)
    rest = [leg for leg in legs if leg not in affiliates]
    back = tuple(leg for leg in rest if refunded and _assets(leg) <= given)
    payouts = tuple(leg for leg in rest if leg not in back)
    reason = next((part.reason for part in parts if part.reason), "")
    outcome = _outcome(parts, bool(payouts))
    return Swap(
        txid, first.address, min(part.time for part in parts), coins, memo, outcome, payouts, back, affiliates, reason
    )


def _outcome(parts: list[Action], paid: bool) -> Outcome:
    if any(part.status == "pending" for part in parts):
        return Outcome.PENDING
    refunds = [part.type == "refund" for part in parts]
    if any(refunds):
        return Outcome.REFUNDED if all(refunds) and not paid else Outcome.PARTIAL
    return Outcome.SWAPPED if paid else Outcome.PENDING


def _assets(leg: Leg) -> set[str]:
    return {coin.asset for coin in leg.coins}


def _affiliates(legs: tuple[Leg, ...], given: set[str], memo: str, *, refunded: bool) -> tuple[Leg, ...]:
    """Outbounds that stay on the network, in its own coin, to somebody the memo does not name as the destination.

    Old replies name neither affiliate nor memo; there a lone outbound is the user's, unless all else was refunded.
    """
    paid = tuple(
        leg
        for leg in legs
        if not leg.txid and _assets(leg) <= _OWN_COINS - given and leg.address.lower() not in memo.lower()
    )
    if len(paid) == len(legs) and not refunded:
        largest = max(paid, key=lambda leg: sum(coin.amount for coin in leg.coins), default=None)
        return tuple(leg for leg in paid if leg is not largest)
    return paid
