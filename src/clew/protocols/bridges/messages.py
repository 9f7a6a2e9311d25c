"""What a bridge's own events say: value left a chain, value arrived on one, or why that cannot be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Departure:
    """Value that a bridge took in on one chain to pay out on another."""

    bridge: str
    """The registry's name of the bridge."""
    chain: str
    """CAIP-2 id of the chain it left."""
    tx: str
    log: int
    """Index of the event in its block; -1 where the call, not an event, says it."""
    id: str
    """The bridge's own key, which the arrival bears too; empty where it gives none."""
    asset: str
    """CAIP-19 id of what was taken in; empty where the event does not name it."""
    amount: int
    """Base units taken in."""
    sender: str
    """Who gave it; empty where neither the event nor a token's Transfer names him."""
    to_chain: str
    """CAIP-2 id, or the bridge's own number as text where Clew does not know the chain; empty where it is not told."""
    recipient: str
    """Who is to be paid, in the canonical form of `to_chain`; empty where it is not told."""
    asset_out: str = ""
    """CAIP-19 id of what is to be paid; empty where the event does not name it."""
    amount_out: int | None = None
    """Base units to be paid, where the event fixes them."""
    least_out: int | None = None
    """Fewest base units to be paid, where the event only bounds them."""
    refunds: bool = False
    """Whether the bridge gives the value back to the sender by this event."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Value that a bridge paid out on one chain for what it took in on another."""

    bridge: str
    chain: str
    tx: str
    log: int
    id: str
    asset: str
    """CAIP-19 id of what was paid; empty where the event does not name it."""
    amount: int
    """Base units paid to the recipient; with `before_fee`, what was paid and a fee that the event does not tell."""
    recipient: str
    """Empty where the event does not name him: the departure of the same id does."""
    from_chain: str = ""
    """As `Departure.to_chain`."""
    refunds: bool = False
    """Whether it gives back to the sender, on the chain where it left, what was not carried out."""
    before_fee: bool = False
    """Whether a fee was taken out of `amount`, or it was swapped, before the recipient was paid."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event of a bridge that cannot be read, or that something contradicts: nothing is followed by it."""

    bridge: str
    chain: str
    tx: str
    log: int
    reason: str
    """``truncated``, ``overflow``, ``unknown-chain``, ``unknown-asset``, ``bad-recipient``, ``foreign-contract`` (the
    event is not of a contract of the registry) or ``contradicted`` (its amounts are not those that moved)."""
    detail: str


Message = Departure | Arrival | Refusal
