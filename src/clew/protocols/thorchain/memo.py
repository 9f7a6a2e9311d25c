"""The memo: what its sender asks of THORChain or Maya, ``FUNCTION:P1:P2:...``.

Grammar of mid 2024 (tracing reference, section 9.1, and the node's own tests), with the older spellings that stand in
blocks (``OUTBOUND``, ``STAKE``, ``SWITCH``, ``YGGDRASIL``) and the later ``=<`` and ``REFERENCE``. What the node
refuses is refused here, for its money goes back to the sender.
"""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from enum import StrEnum

from clew.protocols.refusal import Fault, Refused, RefusedError
from clew.protocols.thorchain.addresses import is_address, is_bech32_of, is_name
from clew.protocols.thorchain.assets import PoolAsset, parse_asset
from clew.protocols.thorchain.facts import THORCHAIN, Protocol

MAX_MEMO = 250
"""Bytes; the network reads no more."""
MAX_BASIS_POINTS = 10_000
_MAX_AFFILIATES = 5
_NUMBER = re.compile(r"[0-9]{1,78}")
_SCIENTIFIC = re.compile(r"([0-9]{1,78})(?:\.([0-9]{0,78}))?(?:[eE]\+?([0-9]{1,2}))?")
_TXID = re.compile(r"(?:0[xX])?([0-9A-Za-z]{64})")


class Kind(StrEnum):
    """What a memo asks for."""

    SWAP = "swap"
    LIMIT_ORDER = "limit order"
    ADD = "add"
    WITHDRAW = "withdraw"
    DONATE = "donate"
    LOAN_OPEN = "loan open"
    LOAN_REPAY = "loan repay"
    TRADE_DEPOSIT = "trade deposit"
    TRADE_WITHDRAW = "trade withdraw"
    NAME = "name"
    BOND = "bond"
    UNBOND = "unbond"
    LEAVE = "leave"
    RESERVE = "reserve"
    NOOP = "noop"
    REFERENCE = "reference"
    """A memoless swap's intent, registered before the deposit."""
    SWITCH = "switch"
    OUT = "out"
    REFUND = "refund"
    RAGNAROK = "ragnarok"
    MIGRATE = "migrate"
    CONSOLIDATE = "consolidate"
    YGGDRASIL = "yggdrasil"


class Direction(StrEnum):
    """Who sends a transaction with the memo to whom."""

    INBOUND = "inbound"
    """A user to the network."""
    OUTBOUND = "outbound"
    """The network to a user."""
    INTERNAL = "internal"
    """The network to itself."""


_OUTBOUND = frozenset({Kind.OUT, Kind.REFUND, Kind.RAGNAROK})
_INTERNAL = frozenset({Kind.MIGRATE, Kind.CONSOLIDATE, Kind.YGGDRASIL})

FUNCTIONS: dict[str, Kind] = {
    **dict.fromkeys(("swap", "s", "="), Kind.SWAP),
    **dict.fromkeys(("limito", "lo", "=<"), Kind.LIMIT_ORDER),
    **dict.fromkeys(("add", "a", "+", "stake", "st"), Kind.ADD),
    **dict.fromkeys(("withdraw", "wd", "-"), Kind.WITHDRAW),
    **dict.fromkeys(("donate", "d"), Kind.DONATE),
    **dict.fromkeys(("loan+", "$+"), Kind.LOAN_OPEN),
    **dict.fromkeys(("loan-", "$-"), Kind.LOAN_REPAY),
    "trade+": Kind.TRADE_DEPOSIT,
    "trade-": Kind.TRADE_WITHDRAW,
    **dict.fromkeys(("name", "n", "~"), Kind.NAME),
    "bond": Kind.BOND,
    "unbond": Kind.UNBOND,
    "leave": Kind.LEAVE,
    "reserve": Kind.RESERVE,
    "noop": Kind.NOOP,
    "reference": Kind.REFERENCE,
    "switch": Kind.SWITCH,
    **dict.fromkeys(("out", "outbound"), Kind.OUT),
    "refund": Kind.REFUND,
    "ragnarok": Kind.RAGNAROK,
    "migrate": Kind.MIGRATE,
    "consolidate": Kind.CONSOLIDATE,
    **dict.fromkeys(("yggdrasil+", "yggdrasil-"), Kind.YGGDRASIL),
}
"""Spelling, in lower case -> kind."""


@dataclass(frozen=True, slots=True)
class Affiliate:
    """Who is paid for bringing the user: an address or a name, and the share in basis points."""

    payee: str
    basis_points: int


@dataclass(frozen=True, slots=True)
class Memo:
    """A memo understood; a field its kind does not have keeps its default. Amounts named so are in 1e8 units."""

    kind: Kind
    text: str
    asset: PoolAsset | None = None
    """What is asked for; of ADD, WITHDRAW and DONATE the pool."""
    destination: str = ""
    """Address, or name as it stands (see `names`); empty where the payout goes to the sender."""
    refund_address: str = ""
    limit: int = 0
    """The least output in 1e8 units, whatever the asset; 0 for none."""
    stream_interval: int = 0
    """Blocks between two parts of a streaming swap."""
    stream_quantity: int = 0
    affiliates: tuple[Affiliate, ...] = ()
    basis_points: int | None = None
    """WITHDRAW: the share of the position."""
    dex_aggregator: str = ""
    dex_target: str = ""
    dex_limit: int = 0
    txid: str = ""
    """OUT and REFUND: the inbound transaction, upper case without ``0x``."""
    height: int | None = None
    owner: str = ""
    """LOAN_REPAY, TRADE_*, BOND and the like: whose position it is."""
    amount: int | None = None
    """UNBOND: 1e8 units."""
    name: str = ""
    """NAME: the name that is registered or changed."""
    registers: str = ""
    """REFERENCE: the memo that later deposits mean."""
    payload: str = ""
    """What follows ``|``: data for the aggregator, not the network's."""
    names: tuple[str, ...] = ()
    """The THORNames used in place of an address; they resolve at the memo's height, not here."""

    @property
    def direction(self) -> Direction:
        """Who sends it to whom."""
        if self.kind in _OUTBOUND:
            return Direction.OUTBOUND
        return Direction.INTERNAL if self.kind in _INTERNAL else Direction.INBOUND

    @property
    def streaming(self) -> bool:
        """Whether the swap is cut into parts over several blocks."""
        return self.stream_interval > 0 or self.stream_quantity > 1


def parse_memo(text: str, *, protocol: Protocol = THORCHAIN, names: Container[str] | None = None) -> Memo | Refused:
    """What a memo asks for, or why it asks for nothing.

    `names` are the names registered at the memo's height; without them any text that can be a name is taken for one.
    """
    try:
        return _parse(text, protocol, names)
    except RefusedError as error:
        return error.refused


def memo_of_bytes(data: bytes, *, protocol: Protocol = THORCHAIN) -> Memo | Refused:
    """The memo that bytes spell: call data sent straight to a vault, an OP_RETURN, an event's field."""
    try:
        return parse_memo(data.decode("utf-8"), protocol=protocol)
    except UnicodeDecodeError:
        return Refused(Fault.NOT_TEXT, f"{len(data)} bytes are not UTF-8")


def _parse(text: str, protocol: Protocol, names: Container[str] | None) -> Memo:
    if not text:
        raise RefusedError(Fault.EMPTY, "the memo is empty")
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_MEMO:
        raise RefusedError(Fault.TOO_LONG, f"the memo has {size} bytes, the network reads {MAX_MEMO}")
    stated, _, payload = text.partition("|")
    parts = stated.split(":")
    kind = FUNCTIONS.get(parts[0].lower())
    if kind is None:
        raise RefusedError(Fault.UNKNOWN_FUNCTION, f"{parts[0][:20]!r} is no function")
    fields = _Fields(parts, protocol, names)
    return replace(_READERS[kind](fields, kind, text), payload=payload, names=tuple(fields.used))


class _Fields:
    """The parts of a memo; an absent one is empty, a wrong one is a RefusedError that names it."""

    def __init__(self, parts: list[str], protocol: Protocol, names: Container[str] | None) -> None:
        self.parts, self.protocol, self.known = parts, protocol, names
        self.used: list[str] = []

    def get(self, index: int) -> str:
        return self.parts[index] if index < len(self.parts) else ""

    def required(self, index: int, what: str) -> str:
        if not self.get(index):
            raise RefusedError(Fault.MISSING_FIELD, f"{self.parts[0][:20]!r} lacks its field {index}, {what}")
        return self.get(index)

    def asset(self, index: int) -> PoolAsset:
        text = self.required(index, "the asset")
        asset = parse_asset(text, self.protocol)
        if asset is None:
            raise RefusedError(Fault.BAD_ASSET, f"{text[:80]!r} is no asset")
        return asset

    def number(self, text: str, most: int = 2**64 - 1) -> int:
        """Plain digits; empty is 0."""
        if text and (_NUMBER.fullmatch(text) is None or int(text) > most):
            raise RefusedError(Fault.BAD_NUMBER, f"{text[:80]!r} is no whole number up to {most}")
        return int(text or 0)

    def scientific(self, text: str) -> int:
        """Digits, with a fraction (which the node drops) or an exponent; empty is 0. At most 256 bits."""
        match = _SCIENTIFIC.fullmatch(text) if text else None
        if match is None:
            if text:
                raise RefusedError(Fault.BAD_NUMBER, f"{text[:80]!r} is no amount")
            return 0
        whole, part, exponent = match[1], match[2] or "", int(match[3] or 0)
        value: int = int(whole + part) * 10**exponent // 10 ** len(part)
        if value.bit_length() > 256:
            raise RefusedError(Fault.BAD_NUMBER, f"{text[:80]!r} does not fit in 256 bits")
        return value

    def account(self, index: int, what: str) -> str:
        """An account of the network itself, such as a node's; a name will not do."""
        text = self.required(index, what)
        if not is_bech32_of(text, "thor", "maya"):
            raise RefusedError(Fault.BAD_ADDRESS, f"{text[:80]!r} is no account of the network")
        return text

    def address(self, text: str, what: str) -> str:
        """An address, or a name that is known (``name.CHAIN`` for another of its aliases); empty stays empty."""
        if not text or is_address(text):
            return text
        name = text.partition(".")[0]
        if not is_name(name):
            raise RefusedError(
                Fault.BAD_ADDRESS, f"{text[:80]!r} is neither an address nor a name, as {what} has to be"
            )
        if self.known is not None and name not in self.known:
            raise RefusedError(Fault.UNKNOWN_NAME, f"{what} {name!r} is no address, and no name of that height")
        self.used.append(text)
        return text

    def affiliates(self, index: int) -> tuple[Affiliate, ...]:
        """``a`` or ``a/b``, and in the next field the basis points of each, or one for all."""
        payees, fees = self.get(index), self.get(index + 1)
        points = [self.number(fee) for fee in fees.split("/")]
        if not payees:
            self._within(points)
            return ()
        who = [self.address(payee, "the affiliate") for payee in payees.split("/")]
        if len(who) > _MAX_AFFILIATES or len(points) not in (1, len(who)):
            raise RefusedError(Fault.BAD_NUMBER, f"{len(who)} affiliates with {len(points)} fees")
        points = points * len(who) if len(points) == 1 else points
        self._within(points)
        return tuple(Affiliate(payee, share) for payee, share in zip(who, points, strict=True))

    def _within(self, points: list[int]) -> None:
        if sum(points) > MAX_BASIS_POINTS:
            raise RefusedError(Fault.FEE_TOO_HIGH, f"affiliates take {sum(points)} of {MAX_BASIS_POINTS} basis points")

    def stream(self, index: int) -> tuple[int, int, int]:
        """Limit, interval and quantity: ``LIM[/INTERVAL[/QUANTITY]]``."""
        limit, *rest = self.get(index).split("/", 2)
        interval, quantity = [self.number(text) for text in (*rest, "", "")[:2]]
        return self.scientific(limit), interval, quantity


def _swap(fields: _Fields, kind: Kind, text: str) -> Memo:
    asset = fields.asset(1)
    destination, _, refund = fields.get(2).partition("/")
    if refund and not destination:
        raise RefusedError(Fault.MISSING_FIELD, "a refund address stands without a destination")
    limit, interval, quantity = fields.stream(3)
    return Memo(
        kind,
        text,
        asset,
        fields.address(destination, "the destination"),
        fields.address(refund, "the refund address"),
        limit,
        interval,
        quantity,
        fields.affiliates(4),
        dex_aggregator=fields.get(6),
        dex_target=fields.get(7),
        dex_limit=fields.scientific(fields.get(8)),
    )


def _add(fields: _Fields, kind: Kind, text: str) -> Memo:
    paired = fields.address(fields.get(2), "the paired address")
    return Memo(kind, text, fields.asset(1), paired, affiliates=fields.affiliates(3))


def _withdraw(fields: _Fields, kind: Kind, text: str) -> Memo:
    share = fields.get(2)
    points = fields.number(share, MAX_BASIS_POINTS) if share else None
    memo = Memo(kind, text, fields.asset(1), basis_points=points)
    if fields.get(3):
        fields.asset(3)
    return memo


def _pool(fields: _Fields, kind: Kind, text: str) -> Memo:
    return Memo(kind, text, fields.asset(1))


def _loan_open(fields: _Fields, kind: Kind, text: str) -> Memo:
    return Memo(
        kind,
        text,
        fields.asset(1),
        fields.address(fields.required(2, "the destination"), "the destination"),
        limit=fields.scientific(fields.get(3)),
        affiliates=fields.affiliates(4),
        dex_aggregator=fields.get(6),
        dex_target=fields.get(7),
        dex_limit=fields.number(fields.get(8), 2**256 - 1),
    )


def _loan_repay(fields: _Fields, kind: Kind, text: str) -> Memo:
    owner = fields.address(fields.required(2, "the owner"), "the owner")
    return Memo(kind, text, fields.asset(1), owner=owner, limit=fields.scientific(fields.get(3)))


def _trade(fields: _Fields, kind: Kind, text: str) -> Memo:
    owner = fields.required(1, "the address")
    return Memo(kind, text, destination=fields.address(owner, "the address"), owner=owner)


def _name(fields: _Fields, kind: Kind, text: str) -> Memo:
    name = fields.required(1, "the name")
    if not is_name(name):
        raise RefusedError(Fault.UNKNOWN_NAME, f"{name[:40]!r} can be no name")
    return Memo(kind, text, name=name, destination=fields.address(fields.get(3), "the alias"))


def _node(fields: _Fields, kind: Kind, text: str) -> Memo:
    amount = fields.number(fields.get(2), 2**256 - 1) if kind is Kind.UNBOND else None
    return Memo(kind, text, owner=fields.account(1, "the node"), amount=amount)


def _bare(_fields: _Fields, kind: Kind, text: str) -> Memo:
    return Memo(kind, text)


def _reference(fields: _Fields, kind: Kind, text: str) -> Memo:
    asset = fields.asset(1)
    return Memo(kind, text, asset, registers=":".join(fields.parts[2:]))


def _switch(fields: _Fields, kind: Kind, text: str) -> Memo:
    return Memo(kind, text, destination=fields.address(fields.required(1, "the destination"), "the destination"))


def _answer(fields: _Fields, kind: Kind, text: str) -> Memo:
    txid = fields.required(1, "the inbound transaction")
    match = _TXID.fullmatch(txid)
    if match is None:
        raise RefusedError(Fault.BAD_TXID, f"{txid[:80]!r} is no transaction id")
    return Memo(kind, text, txid=match[1].upper())


def _height(fields: _Fields, kind: Kind, text: str) -> Memo:
    return Memo(kind, text, height=fields.number(fields.required(1, "the height"), 2**63 - 1))


_READERS: dict[Kind, Callable[[_Fields, Kind, str], Memo]] = {
    Kind.SWAP: _swap,
    Kind.LIMIT_ORDER: _swap,
    Kind.ADD: _add,
    Kind.WITHDRAW: _withdraw,
    Kind.DONATE: _pool,
    Kind.LOAN_OPEN: _loan_open,
    Kind.LOAN_REPAY: _loan_repay,
    Kind.TRADE_DEPOSIT: _trade,
    Kind.TRADE_WITHDRAW: _trade,
    Kind.NAME: _name,
    Kind.BOND: _node,
    Kind.UNBOND: _node,
    Kind.LEAVE: _node,
    Kind.RESERVE: _bare,
    Kind.NOOP: _bare,
    Kind.REFERENCE: _reference,
    Kind.SWITCH: _switch,
    Kind.OUT: _answer,
    Kind.REFUND: _answer,
    Kind.RAGNAROK: _height,
    Kind.MIGRATE: _height,
    Kind.CONSOLIDATE: _bare,
    Kind.YGGDRASIL: _height,
}


def canonical(memo: Memo) -> str:
    """The text the node itself writes for a swap, an add, or a height; for the other kinds the memo as it stood."""
    if memo.kind in (Kind.MIGRATE, Kind.RAGNAROK):
        return f"{memo.kind.upper()}:{memo.height}"
    if memo.kind is Kind.ADD:
        return _joined("+", str(memo.asset), memo.destination, *_shares(memo))
    if memo.kind is not Kind.SWAP:
        return memo.text
    limit = str(memo.limit or "")
    if memo.streaming:
        limit = f"{memo.limit}/{memo.stream_interval}/{memo.stream_quantity}"
    destination = "/".join(filter(None, (memo.destination, memo.refund_address)))
    dex = (memo.dex_aggregator, memo.dex_target, str(memo.dex_limit or ""))
    return _joined("=", str(memo.asset), destination, limit, *_shares(memo), *dex)


def _shares(memo: Memo) -> tuple[str, str]:
    payees = "/".join(affiliate.payee for affiliate in memo.affiliates)
    return payees, "/".join(str(affiliate.basis_points) for affiliate in memo.affiliates)


def _joined(*parts: str) -> str:
    return ":".join(parts).rstrip(":")
