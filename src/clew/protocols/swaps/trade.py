"""What an event of an exchange says: something was given for something else, or why that cannot be told."""

from dataclasses import dataclass

NATIVE = ""
"""The chain's coin, where a token's contract stands else."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One exchange. Amounts are what the event says; only the transfers of the transaction say what moved."""

    protocol: str
    tx: str
    log: int
    """Index of the event in its block."""
    contract: str
    """Who wrote the event: any contract can write any event."""
    asset_in: str | None
    """Contract of the token given, in lower case; `NATIVE`; None where the event does not name it."""
    amount_in: int
    """Base units."""
    asset_out: str | None
    amount_out: int
    trader: str = ""
    """Who gave, where the event names the trader and not merely a router."""
    recipient: str = ""
    """Who is paid, where the event names him."""
    id: str = ""
    """The order it fills, as hex; empty where it fills none."""
    pool: bool = False
    """Whether a pool and whoever called it exchanged; else a router or order book tells of its user's exchange."""
    vouched: bool = False
    """Whether the contract is one that Clew knows as the protocol's own."""
    coin_in: int | None = None
    """Number of the coin given among the pool's coins, where the event names no token."""
    coin_out: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Something was given that is to be paid for later, by an id."""

    protocol: str
    tx: str
    log: int
    contract: str
    id: str
    sender: str
    amount_in: int
    """Base units asked to be exchanged, in what the protocol takes."""
    recipient: str = ""
    """Who is to be paid; empty: the sender."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request was paid with, by the same id."""

    protocol: str
    tx: str
    log: int
    contract: str
    id: str
    recipient: str
    """Empty where only the request names him."""
    asset_out: str
    amount_out: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event of an exchange that tells no trade."""

    protocol: str
    tx: str
    log: int
    contract: str
    reason: str
    """``lp-share`` (several assets for a share of a pool, or back), ``amounts-not-told``, ``one-sided`` (nothing was
    given, or nothing got), ``malformed`` (not as its protocol writes it)."""
    detail: str = ""


Meaning = Trade | Request | Claim | Refusal
