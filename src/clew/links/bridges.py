"""Requests on one side of a bridge joined with payouts on the other: by id first, by value, recipient and time second.

A rule in the style of XChainWatcher: same id, beneficiary, mapped token and amount, and request time + finality <=
payout time. Where a bridge gives no id, recipient, token and amount take its place: a lone pair is a link; equals are
paired in order of time, each with the probability that the order was kept, which the lone pairs teach. What finds no
partner is listed with its reason, never given the nearest.

Events are columns; nothing here makes an object of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clew.links.latency import Latency
from clew.links.pairing import Pairing, order_kept, pair_equals
from clew.model import Grade

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_DAY = 86400


class Rule(IntEnum):
    """What a link rests on."""

    ID = 0
    """The bridge's own id, with recipient, token and amount."""
    UNIQUE = 1
    """Recipient, token and amount of one request and one payout only."""
    ORDER = 2
    """Equals in recipient, token and amount, paired in order of time."""


class Reason(StrEnum):
    """Why an event has no partner."""

    NO_PARTNER = "no-partner"
    """No event of the other side has its id (without ids: its recipient). A payout without a request may be forged."""
    RECIPIENT_DIFFERS = "recipient-differs"
    TOKEN_DIFFERS = "token-differs"  # noqa: S105
    AMOUNT_DIFFERS = "amount-differs"
    TOO_EARLY = "too-early"
    """All agrees, but the payout came before the request was final."""
    EXCESS = "excess"
    """All agrees, but the partner is taken: a payout of the same request again, or more requests than payouts."""
    TOKEN_NOT_MAPPED = "token-not-mapped"  # noqa: S105
    INCOMPLETE = "incomplete"
    """Its time, recipient or amount is missing or unreadable."""


_REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Events:
    """One side of a bridge: columns of one length."""

    time: Ints
    """Seconds since 1970; negative where it is missing."""
    recipient: Any
    """pyarrow text: who is to be paid, in the spelling of the paying side."""
    token: Any
    """pyarrow text: the token as the paying side names it (`map_tokens`); null where it is not mapped."""
    amount: Any
    """pyarrow text: base units in decimal digits."""
    id: Any = None
    """pyarrow text, null where an event has none; or None where the bridge gives none."""

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What chance alone would give (tracing reference, section 8.2)."""

    found: int
    """Payouts that have a request with the same recipient, token and amount."""
    by_chance: float
    """The same count if each payout had another recipient of the same token and day: the mean over permutations."""
    spread: float
    """Standard deviation over the permutations."""
    shuffles: int

    @property
    def share(self) -> float:
        """Estimated share of links that are chance; a half more is counted, so that no finite sample gives 0."""
        return min(1.0, (self.by_chance + 0.5) / (self.found + 1)) if self.shuffles else 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """One request and its payout."""

    deposit: int
    """Row of the request."""
    withdrawal: int
    """Row of the payout."""
    rule: Rule
    grade: Grade
    probability: float
    candidates: int
    """Requests that agree with the payout in all the rule asks, itself among them."""
    base_rate: float
    """Share of chance links that the rule is expected to make; 0 by id."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The links, as columns, and what was left."""

    deposit: Ints
    withdrawal: Ints
    rule: Ints
    probability: Floats
    candidates: Ints
    base_rate: BaseRate
    """Of the links by value."""
    order_kept: float
    """Share of neighbours that kept their order, of those that could have changed it; learnt from unique links."""
    latency: Latency
    """Of the unique links and those by id."""
    left_deposits: Ints
    left_withdrawals: Ints
    _why_deposits: Ints
    _why_withdrawals: Ints

    def __iter__(self) -> Iterator[Link]:
        share = self.base_rate.share
        columns = (self.deposit, self.withdrawal, self.rule, self.probability, self.candidates)
        for deposit, withdrawal, code, probability, candidates in zip(*(c.tolist() for c in columns), strict=True):
            rule, by_id = Rule(code), code == Rule.ID
            grade = Grade.DECODED if by_id else Grade.INFERRED
            yield Link(deposit, withdrawal, rule, grade, probability, candidates, 0.0 if by_id else share)

    def __len__(self) -> int:
        return len(self.deposit)

    def unmatched_deposits(self) -> list[tuple[int, Reason]]:
        """(row, reason) of the requests without a payout."""
        return _listed(self.left_deposits, self._why_deposits)

    def unmatched_withdrawals(self) -> list[tuple[int, Reason]]:
        """(row, reason) of the payouts without a request."""
        return _listed(self.left_withdrawals, self._why_withdrawals)


def _listed(rows: Ints, why: Ints) -> list[tuple[int, Reason]]:
    return [(row, _REASONS[code]) for row, code in zip(rows.tolist(), why.tolist(), strict=True)]


def map_tokens(token: Any, mapping: dict[str, str], stated: Any = None) -> Any:
    """The paying side's name of each request's token, null where `mapping` has none or `stated` contradicts it."""
    keys = pa.array(list(mapping), pa.string())
    mapped = pa.array(list(mapping.values()), pa.string()).take(pc.index_in(token, keys))
    if stated is None:
        return mapped
    return pc.if_else(pc.or_kleene(pc.is_null(stated), pc.equal(stated, mapped)), mapped, pa.scalar(None, pa.string()))


def match_bridge(deposits: Events, withdrawals: Events, *, finality: int = 0, shuffles: int = 20) -> Matches:
    """The links of a bridge's requests and payouts.

    Two ids that differ are never joined: value is asked only where one of the two events has no id. `finality`
    is in seconds; `shuffles` permutations give the base rate (8.2 asks for 1,000; more cost more, and change little).
    """
    table = _Codes.of(deposits, withdrawals)
    whole = table.whole
    by_id = _pass(table, (table.id, *table.value), whole & (table.id >= 0), finality)
    left = whole.copy()
    left[by_id.deposit] = False
    left[by_id.withdrawal + table.split] = False
    open_sides = [bool((table.id[side] < 0).any()) for side in table.sides]
    by_value, kept, rate = Pairing.none(), 1.0, BaseRate(0, 0.0, 0.0, 0)
    if any(open_sides):
        eligible = left & _eligible(table, open_sides)
        by_value = _pass(table, table.value, eligible, finality)
        both = (table.id[by_value.deposit] >= 0) & (table.id[by_value.withdrawal + table.split] >= 0)
        by_value = by_value.only(~both)  # two ids that the first pass did not join contradict each other
        rate = _base_rate(table, eligible, shuffles)
        kept = order_kept(by_value, table.recipient[: table.split], *table.times, finality)
        left[by_value.deposit] = False
        left[by_value.withdrawal + table.split] = False
    lone = by_value.size_deposits * by_value.size_withdrawals == 1
    latency = Latency.learn(
        np.concatenate([by_id.latency(*table.times), by_value.latency(*table.times)[lone]]), least=finality
    )
    probability = by_value.probability(kept, latency, *table.times, finality) * (1 - rate.share)
    rules = np.where(lone, int(Rule.UNIQUE), int(Rule.ORDER))
    rest = [np.flatnonzero(~taken) for taken in _taken(table, by_id, by_value)]
    why = [_why(table, side, rest[side], finality) for side in (0, 1)]
    return Matches(
        np.concatenate([by_id.deposit, by_value.deposit]),
        np.concatenate([by_id.withdrawal, by_value.withdrawal]),
        np.concatenate([np.full(len(by_id), int(Rule.ID)), rules]),
        np.concatenate([np.ones(len(by_id)), probability]),
        np.concatenate([by_id.candidates, by_value.candidates]),
        rate,
        kept,
        latency,
        rest[0],
        rest[1],
        why[0],
        why[1],
    )


def _eligible(table: "_Codes", open_sides: list[bool]) -> Flags:
    """Rows that may be joined by value: those without an id, and those of the other side if it may face such a one."""
    eligible: Flags = table.id < 0
    for side in (0, 1):
        if open_sides[side]:
            eligible[table.sides[1 - side]] = True
    return eligible


def _taken(table: "_Codes", *pairings: Pairing) -> tuple[Flags, Flags]:
    taken: Flags = np.zeros(len(table.id), dtype=np.bool_)
    for pairing in pairings:
        taken[pairing.deposit] = True
        taken[pairing.withdrawal + table.split] = True
    return taken[: table.split], taken[table.split :]


@dataclass(frozen=True, slots=True)
class _Codes:
    """Both sides in one set of columns, deposits first, each text as a small integer; -1 where it is missing."""

    split: int
    time: Ints
    id: Ints
    recipient: Ints
    token: Ints
    amount: Ints

    @classmethod
    def of(cls, deposits: Events, withdrawals: Events) -> "_Codes":
        both = (deposits, withdrawals)
        ids = [side.id if side.id is not None else pa.nulls(len(side), pa.string()) for side in both]
        return cls(
            len(deposits),
            np.concatenate([deposits.time, withdrawals.time]),
            _code(*ids),
            _code(*(side.recipient for side in both)),
            _code(*(side.token for side in both)),
            _code(*(_digits(side.amount) for side in both)),
        )

    @property
    def value(self) -> tuple[Ints, Ints, Ints]:
        return self.recipient, self.token, self.amount

    @property
    def whole(self) -> Flags:
        complete: Flags = (self.time >= 0) & (self.recipient >= 0) & (self.token >= 0) & (self.amount >= 0)
        return complete

    @property
    def sides(self) -> tuple[slice, slice]:
        return slice(0, self.split), slice(self.split, None)

    @property
    def times(self) -> tuple[Ints, Ints]:
        return self.time[: self.split], self.time[self.split :]


def _digits(amount: Any) -> Any:
    """Amounts without leading zeros; null where they are no decimal digits."""
    plain = pc.match_substring_regex(amount, "^[0-9]{1,78}$")
    trimmed = pc.replace_substring_regex(amount, "^0+([0-9])", "\\1")
    return pc.if_else(plain, trimmed, pa.scalar(None, pa.string()))


def _code(*sides: Any) -> Ints:
    arrays = [side.combine_chunks() if isinstance(side, pa.ChunkedArray) else side for side in sides]
    whole = pa.concat_arrays([array.cast(pa.string()) for array in arrays])
    coded = pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole).dictionary_encode()
    codes: Ints = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _key(columns: tuple[Ints, ...]) -> Ints:
    """One integer for each combination of codes; dense whenever the next product would overflow."""
    key = columns[0] + 1
    size = int(key.max(initial=0)) + 1
    for column in columns[1:]:
        width = int(column.max(initial=-1)) + 2
        if size > 2**62 // width:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            size = int(key.max(initial=0)) + 1
        key = key * width + column + 1
        size *= width
    return key


def _pass(table: _Codes, columns: tuple[Ints, ...], rows: Flags, finality: int) -> Pairing:
    """Pairs rows whose columns all agree."""
    deposits = np.flatnonzero(rows[: table.split])
    withdrawals = np.flatnonzero(rows[table.split :])
    if not len(deposits) or not len(withdrawals):
        return Pairing.none()
    key = _key(columns)
    return pair_equals(deposits, withdrawals, key, table.split, table.time, finality)


def _base_rate(table: _Codes, rows: Flags, shuffles: int) -> BaseRate:
    deposits = np.flatnonzero(rows[: table.split])
    payouts = np.flatnonzero(rows[table.split :]) + table.split
    if not len(deposits) or not len(payouts):
        return BaseRate(0, 0.0, 0.0, 0)
    value = np.unique(_key((table.token, table.amount)), return_inverse=True)[1].astype(np.int64)
    width = int(table.recipient.max(initial=0)) + 1
    known = np.unique(value[deposits] * width + table.recipient[deposits])
    stratum = np.unique(_key((table.token[payouts], table.time[payouts] // _DAY)), return_inverse=True)[1]
    order = np.argsort(stratum, kind="stable")
    payouts, stratum = payouts[order], stratum[order]
    recipients, keys = table.recipient[payouts], value[payouts] * width
    rng = np.random.default_rng(0)
    counts = np.empty(shuffles)
    for turn in range(shuffles):
        shuffled = recipients[np.argsort(stratum + rng.random(len(stratum)))]
        moved = shuffled != recipients  # who keeps his own recipient says nothing of chance
        counts[turn] = _found(known, (keys + shuffled)[moved]) * len(keys) / max(1, int(moved.sum()))
    mean, spread = (float(counts.mean()), float(counts.std())) if shuffles else (0.0, 0.0)
    return BaseRate(_found(known, keys + recipients), mean, spread, shuffles)


def _found(known: Ints, keys: Ints) -> int:
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return int((known[at] == keys).sum())


def _why(table: _Codes, side: int, rows: Ints, finality: int) -> Ints:
    """The reason code of each row of a side (0 deposits) that has no partner: the first condition that fails."""
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    mine = rows + (table.split if side else 0)
    other = np.zeros(len(table.id), dtype=np.bool_)
    other[table.sides[1 - side]] = table.whole[table.sides[1 - side]]
    has_id = (table.id[mine] >= 0) & bool((table.id[other] >= 0).any())
    why = np.full(len(rows), _REASONS.index(Reason.EXCESS), dtype=np.int64)
    late = _no_time(table, side, mine, other, has_id, finality)
    why[late] = _REASONS.index(Reason.TOO_EARLY)
    value = (
        (table.amount, Reason.AMOUNT_DIFFERS),
        (table.token, Reason.TOKEN_DIFFERS),
        (table.recipient, Reason.RECIPIENT_DIFFERS),
    )
    for drop, (_, reason) in enumerate(value):
        columns = tuple(column for column, _ in reversed(value[drop:]))
        lacking = np.where(
            has_id, ~_among(_key((table.id, *columns)), mine, other), ~_among(_key(columns), mine, other)
        )
        why[lacking] = _REASONS.index(reason)
    nobody = np.where(has_id, ~_among(_key((table.id,)), mine, other), ~_among(_key((table.recipient,)), mine, other))
    why[nobody] = _REASONS.index(Reason.NO_PARTNER)
    why[~table.whole[mine]] = _REASONS.index(Reason.INCOMPLETE)
    unmapped = (table.token[mine] < 0) & (table.time[mine] >= 0)
    why[unmapped] = _REASONS.index(Reason.TOKEN_NOT_MAPPED)
    return why


def _no_time(table: _Codes, side: int, mine: Ints, other: Flags, has_id: Flags, finality: int) -> Flags:
    """Whether every partner that agrees in all else stands on the wrong side of the finality delay."""
    result: Flags = np.zeros(len(mine), dtype=np.bool_)
    for rows, columns in ((has_id, (table.id, *table.value)), (~has_id, table.value)):
        key = np.unique(_key(columns), return_inverse=True)[1]
        edge = np.full(int(key.max(initial=0)) + 1, -1 if side == 0 else 2**62, dtype=np.int64)
        where = np.flatnonzero(other)
        if side == 0:
            np.maximum.at(edge, key[where], table.time[where])
            result |= rows & (edge[key[mine]] < table.time[mine] + finality)
        else:
            np.minimum.at(edge, key[where], table.time[where])
            result |= rows & (edge[key[mine]] + finality > table.time[mine])
    return result


def _among(key: Ints, mine: Ints, other: Flags) -> Flags:
    found: Flags = np.isin(key[mine], key[other])
    return found
