"""One payment into a bridge, and what it became: by the bridge's own id first, by value, time and recipient second.

Pure: messages and transfers in, verdicts out. What a message says is held against what moved; where two readings are
possible, none is taken.
"""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clew.amounts import Asset
from clew.protocols.bridges.messages import Arrival, Departure

_FACTS = Path(__file__).with_name("crossings.toml")
_MILLION = 10**6
SURE = 0.9
"""Probability from which a link by value is followed."""
ARRIVES = 0.9
"""How often the arrival of a departure is among the recipient's receipts, before any is seen; a judgement."""
ASSUMED = 0.5
"""The same where the departure does not name a recipient, and the sender's own address is tried; a judgement."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bridge keeps and how long it takes, as data."""

    most: int
    """Parts per million of the amount that it keeps at most."""
    window: int
    """Seconds within which it pays out."""


@cache
def terms_of(bridge: str) -> Terms:
    """The terms of a bridge by its name; those of any bridge where nothing is stated of it."""
    facts = tomllib.loads(_FACTS.read_text(encoding="utf-8"))
    stated = facts["default"] | facts["bridge"].get(bridge, {})
    return Terms(stated["most_ppm"], stated["window"])


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer of a transaction."""

    sender: str
    receiver: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What one sender paid into a bridge in one transaction."""

    sender: str
    taker: str
    assets: Collection[str]
    """CAIP-19 ids under which a message may name what was paid: the coin and its wrapped twin are one."""
    amount: int
    native: bool
    """Whether it is the chain's own coin, of which fees for messages are paid on top."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The departures that a payment made; none, and why."""

    departures: tuple[Departure, ...] = ()
    over: int = 0
    """Base units paid beyond what they name."""
    reason: str = ""


def choose_departures(departures: Sequence[Departure], entry: Entry, moves: Sequence[Move]) -> Chosen:
    """The departures that are of this payment, and not of another party's in the same transaction.

    They have to name what was paid and, together or one alone, how much; of the chain's own coin the bridge's fee may
    have been paid on top. A departure whose sender neither paid this nor passed it on is somebody else's.
    """
    if not departures:
        return Chosen(reason="the transaction shows no departure that Clew reads")
    passed = _passed_on(entry, moves)
    mine = [d for d in departures if d.sender in passed and (not d.asset or d.asset in entry.assets)]
    if not mine:
        return Chosen(reason="the departures in the transaction are of another party or another asset")
    back = sum(m.amount for m in moves if m.sender == entry.taker and m.receiver == entry.sender and _same(m, entry))
    paid = entry.amount - back
    alone = [d for d in mine if d.amount == paid]
    if len(alone) > 1:
        return Chosen(reason=f"{len(alone)} departures of {paid} base units are in the transaction: which is whose")
    named = alone or mine
    over = paid - sum(d.amount for d in named)
    most = paid * terms_of(named[0].bridge).most // _MILLION if entry.native else 0
    if not 0 <= over <= most or any(d.amount <= 0 for d in named):
        said = " and ".join(str(d.amount) for d in named)
        return Chosen(reason=f"its events say that {said} base units left, {paid} were paid")
    return Chosen(tuple(named), over)


def _same(move: Move, entry: Entry) -> bool:
    return move.asset in entry.assets


def _passed_on(entry: Entry, moves: Sequence[Move]) -> set[str]:
    """Whom a departure of this payment may name as its sender: who paid, and contracts it went through on its way.

    Whoever pays the bridge without having got it from them acts for himself; so does whoever got it in another way.
    """
    passed = {"", entry.sender, entry.taker}
    for _ in moves:
        passed |= {m.receiver for m in moves if m.sender in passed and _same(m, entry) and m.amount == entry.amount}
    return passed


# --- by id


def choose_arrival(departure: Departure, arrivals: Sequence[Arrival]) -> tuple[Arrival | None, str]:
    """The arrival with the id of a departure; None where there is none yet, or a reason why none can be taken."""
    same = [a for a in dict.fromkeys(arrivals) if a.bridge == departure.bridge and a.id == departure.id]
    there = [a for a in same if a.chain == (departure.chain if a.refunds else departure.to_chain)]
    if not departure.id or not there:
        return None, ""
    if len(there) > 1:
        where = ", ".join(a.tx for a in there)
        return None, f"{len(there)} arrivals bear its id ({where}): what became of which part cannot be told"
    (arrival,) = there
    expected = departure.sender if arrival.refunds else departure.recipient
    if expected and arrival.recipient != expected and not arrival.refunds:
        return None, f"the arrival with its id ({arrival.tx}) pays {arrival.recipient}, not {expected}"
    if departure.least_out is not None and arrival.amount < departure.least_out and not arrival.refunds:
        return None, f"the arrival with its id ({arrival.tx}) pays less than the departure allows"
    return arrival, ""


# --- by value


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the recipient got in one transfer on the other chain."""

    row: int
    """Of the transfer table."""
    tx: str
    time: int
    amount: int


@dataclass(frozen=True, slots=True)
class Found:
    """A receipt that a departure is thought to have become."""

    receipt: Receipt
    probability: float
    base_rate: float
    """Receipts that would fit by chance, expected from how many fit at other times."""
    candidates: int


def amounts_out(departure: Departure, amount: int, asset_in: Asset, asset_out: Asset) -> tuple[int, int]:
    """Fewest and most base units of `asset_out` in which `amount` of `asset_in` may arrive."""
    if departure.amount_out is not None:
        return departure.amount_out, departure.amount_out
    scale = 10 ** max(0, asset_out.decimals - asset_in.decimals), 10 ** max(0, asset_in.decimals - asset_out.decimals)
    most = amount * scale[0] // scale[1]
    kept = -(-most * terms_of(departure.bridge).most // _MILLION)
    return max(most - kept, departure.least_out or 0, 1), most


def match_receipt(
    departed: int, window: int, amounts: tuple[int, int], receipts: Sequence[Receipt], *, prior: float, skew: int
) -> Found | str:
    """The receipt that fits a departure at time `departed`, where exactly one does; else why none is taken.

    With a prior chance `p` that the true arrival is among `k` fitting receipts, of which chance gives a Poisson number
    with mean `b`, each is the true one with probability p / (p k + (1 - p) b). `b` is learnt from the same recipient:
    receipts of fitting amount outside the window, one half more counted, over the time that they span.
    """
    fitting = [r for r in receipts if amounts[0] <= r.amount <= amounts[1]]
    inside = [r for r in fitting if departed - skew <= r.time <= departed + window]
    if not inside:
        return "no receipt of the recipient fits in time and amount"
    span = max(r.time for r in receipts) - min(r.time for r in receipts)
    base_rate = (len(fitting) - len(inside) + 0.5) * window / max(span, window)
    probability = prior / (prior * len(inside) + (1 - prior) * base_rate)
    best = min(inside, key=lambda r: (r.time, r.row))
    if len(inside) > 1 or probability < SURE:
        first = ", ".join(dict.fromkeys(r.tx for r in inside[:3]))
        return (
            f"{len(inside)} receipts of the recipient fit in time and amount ({first}), each with probability "
            f"{probability:.3f} at a base rate of {base_rate:.3f}: below {SURE}"
        )
    return Found(best, probability, base_rate, len(inside))
