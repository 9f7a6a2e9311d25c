"""The nouns of the ledger and of a case: frozen values that every stage shares.

Chains, assets and accounts are named by CAIP-2, CAIP-19 and CAIP-10 (Chain Agnostic Improvement Proposals).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from clew.amounts import Asset

FEE = "@fee"
"""Sink account of fees paid to whoever made the block."""
BURNT_FEE = "@burnt-fee"
"""Sink account of the part of a fee that the protocol destroys (EIP-1559 base fee)."""
SUBSIDY = "@subsidy"
"""Source account of newly made coins (block subsidy, block reward, validator withdrawal)."""
UNSPENDABLE = "@unspendable"
"""Sink account of outputs that provably nobody can spend (OP_RETURN, overwritten coinbases)."""

TRANSIENT = "@tx:"
"""Prefix of the transient account of a UTXO transaction: takes its inputs in order, gives its outputs in order."""


class Kind(StrEnum):
    """What moved an amount, in the words of its chain."""

    INPUT = "input"
    """UTXO: an output is spent into its transaction's transient account."""
    OUTPUT = "output"
    """UTXO: the transient account pays an output."""
    COINBASE = "coinbase"
    """New coins and collected fees, into the coinbase transaction's transient account."""
    NATIVE = "native"
    """Account chain: the value of a transaction without call data, or of one that creates a contract."""
    CALL = "call"
    """Account chain: the value of a transaction that calls a contract."""
    INTERNAL = "internal"
    """Account chain: native value moved by a call inside a transaction."""
    TOKEN = "token"  # noqa: S105
    """A token contract's Transfer event."""
    WRAP = "wrap"
    """Native coin into its 1:1 wrapped token, and back."""
    FEE = "fee"
    BURN = "burn"
    """The burnt part of a fee."""
    REWARD = "reward"
    """Account chain: block reward or validator withdrawal."""
    ASSERTED = "asserted"
    """The investigator says so; no source shows it."""


class Grade(StrEnum):
    """How a link is known, strongest first."""

    OBSERVED = "observed"
    """In a block."""
    DECODED = "decoded"
    """By a protocol's own rule: a memo, an event, an order id."""
    INFERRED = "inferred"
    """By a heuristic, with its probability and the base rate it beats."""
    ASSERTED = "asserted"
    """The investigator says so."""
    EXPECTED = "expected"
    """Expected value: a share, by probability, of what entered a mixer. No single candidate is proven."""


class Decision(StrEnum):
    """What a screening says."""

    CLEAR = "clear"
    """Everything asked was looked at, and no rule of the policy holds."""
    NOT_SCREENED = "not-screened"
    """It could not be looked at; never to be taken for clear."""
    REVIEW = "review"
    """A person must look at it."""
    BLOCK = "block"


class Address(NamedTuple):
    """An address on one chain, in its canonical form. ``str()`` gives CAIP-10."""

    chain: str
    value: str

    def __str__(self) -> str:
        return f"{self.chain}:{self.value}"


class Position(NamedTuple):
    """Where an event stands in its chain: a total order."""

    height: int
    tx_index: int
    seq: int


class Transfer(NamedTuple):
    """One amount of one asset moved between two accounts, at a position.

    `sender` and `receiver` are accounts: an address on account chains; an outpoint ``txid:vout``, the transient
    account ``@tx:<txid>`` or one of the sinks above on UTXO chains. `owner` is the address that controls the
    outpoint of an INPUT (its sender) or OUTPUT (its receiver); empty where the script has none.
    `tx_index` is -1 where the reply does not say it (ingest completes it from the other replies).
    """

    chain: str
    height: int
    tx_index: int
    seq: int
    tx: str
    time: int
    """Block time, seconds since 1970, UTC."""
    asset: str
    """CAIP-19 id."""
    sender: str
    receiver: str
    amount: int
    """Base units, 0 to 2**256 - 1. Zero-value transfers are kept: they are evidence of address poisoning."""
    kind: Kind
    owner: str = ""

    @property
    def position(self) -> Position:
        """Where the transfer stands in its chain."""
        return Position(self.height, self.tx_index, self.seq)


class Block(NamedTuple):
    """A block a source has shown, so that a reorganisation is seen: its parent is not the block before."""

    chain: str
    height: int
    hash: str
    parent: str
    time: int


class Place(NamedTuple):
    """Where a reply says a transaction stands, without showing what it moves."""

    chain: str
    tx: str
    height: int
    tx_index: int


@dataclass(frozen=True, slots=True)
class Limitation:
    """Something the answer could not see or had to assume: a stable code, whom it touches, and what follows."""

    code: str
    detail: str
    chain: str = ""
    address: str = ""
    amount: int | None = None
    """Base units of `asset` it concerns, where it has a size."""
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder read from one raw reply."""

    transfers: tuple[Transfer, ...] = ()
    assets: tuple[Asset, ...] = ()
    """Tokens met, as the reply names them (an unverified claim of the token's own contract)."""
    blocks: tuple[Block, ...] = ()
    limitations: tuple[Limitation, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One raw reply of a source, as it came, with the question it answers.

    `format` names the decoder (``"etherscan/txlist"``, ``"bitcoin/block"``); `query` is the question as strings, in
    the source's own words; `fetched` is when it was asked, as decimal text of seconds since 1970.
    """

    format: str
    chain: str
    query: Mapping[str, str]
    fetched: str
    body: bytes


@dataclass(frozen=True, slots=True)
class History:
    """How completely one account's transfers are known."""

    chain: str
    account: str
    status: str
    """``complete``, ``truncated`` (the list is known to be cut) or ``unavailable`` (nothing could be had)."""
    covers: frozenset[Kind]
    """The kinds of transfer the replies can show; the rest is a gap the trace reports."""
    detail: str = ""
    """Why it is not complete, in words."""


class Category(StrEnum):
    """What an entity does, after INTERPOL's DW-VA taxonomy; `clew.lists.categories` maps other names to these."""

    EXCHANGE = "exchange"
    MIXER = "mixer"
    BRIDGE = "bridge"
    SWAP = "swap"
    LENDING = "lending"
    MERCHANT = "merchant"
    GAMBLING = "gambling"
    MARKET = "market"
    BURN = "burn"
    ISSUER = "issuer"
    CUSTODIAN = "custodian"
    """Keeps its customers' keys: a wallet service, an escrow."""
    MINER = "miner"
    SANCTIONED = "sanctioned"
    THEFT = "theft"
    RANSOMWARE = "ransomware"
    EXTORTION = "extortion"
    SCAM = "scam"
    TERRORISM = "terrorism"
    CRIME = "crime"
    """Another crime, such as trade in drugs."""
    FROZEN = "frozen"
    """The issuer's blacklist, or a court, holds what stands there."""
    WALLET = "wallet"
    """A contract that only its owners command, such as a Safe: it is followed like a person's address."""
    CONTRACT = "contract"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Tag:
    """Somebody's statement of who holds an address; never a fact without its source."""

    chain: str
    address: str
    label: str
    """The tag's own words, such as ``Huobi 33``."""
    entity: str
    """Who it is, such as ``Huobi``; empty where the tag names no entity."""
    category: Category
    source: str
    """Where it was read: a public address or a file."""
    confidence: int
    """0 to 100, as GraphSense's confidence levels."""
    lastmod: str = ""
    """ISO date on which the statement was made or last changed."""
    stop: bool = True
    """Whether a trace ends here: true of a service that mixes its customers' coins, false of a mere label."""
    asset: str = ""
    """CAIP-19 id of the one asset it speaks of (what is frozen); empty: of all."""
    tx: str = ""
    """The transaction that proves it, where there is one."""
    first_seen: str = ""
    """ISO date from which it is said to hold."""
    last_seen: str = ""
    """ISO date on which it was last seen to hold; empty where that is not said."""


@dataclass(frozen=True, slots=True)
class Theft:
    """What was stolen: an amount of an asset that reached `to` in a transaction."""

    id: str
    asset: Asset
    amount: int
    tx: str
    to: str
    """Address of the thief that received it."""
    vout: int | None = None
    """UTXO chains: the output number, where `to` received several in the transaction."""
    part: bool = False
    """Whether the theft is only a part of what the transaction moved (else another amount is an error)."""

    @property
    def chain(self) -> str:
        """The CAIP-2 id of the chain."""
        return self.asset.chain


@dataclass(frozen=True, slots=True)
class Basis:
    """What a conversion that Clew found rests on."""

    bridge: str
    """Who took the input in and paid the output."""
    taker: str
    """Address that the input was paid to."""
    id: str = ""
    """The key that both sides bear; empty where they were joined without one."""
    probability: float | None = None
    """Of a link by value: that it is the right one; so are the next two."""
    base_rate: float | None = None
    """Matches that chance alone is expected to give."""
    candidates: int | None = None
    """Receipts that would fit, this one among them."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Value that leaves in one asset and arrives in another; on one chain or across two.

    The input leaves `sender` at transaction `tx`; the output reaches `receiver` at `tx_out` (the same by default).
    Conversions with the same `tx`, `sender`, `asset_in` and `basis.taker` are parts of one payment.
    """

    asset_in: Asset
    amount_in: int
    sender: str
    asset_out: Asset
    amount_out: int
    receiver: str
    tx: str
    tx_out: str = ""
    grade: Grade = Grade.ASSERTED
    note: str = ""
    basis: Basis | None = None
    """None where somebody asserts it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A theft under investigation, as its file states it."""

    id: str
    title: str
    policy: str
    thefts: tuple[Theft, ...]
    conversions: tuple[Conversion, ...] = ()
    sources: tuple[str, ...] = ()
    """Public statements the facts were taken from."""
    note: str = ""
    tags: tuple[Tag, ...] = field(default=())
    """Addresses the case file itself names."""
