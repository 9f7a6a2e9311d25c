"""Withdrawals of Tornado-like pools proposed for deposits of interest: never a fact, always with what chance gives.

Pools and routers are the entities that ship (`attribution/entities/mixers.yaml`); the rules are those of the tracing
reference, section 8.1 (published: pareto-xyz/tutela-app, `src/tcash/heuristic.py`), the base rate that of 8.2.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import numpy as np

from clew.amounts import Asset, parse_units
from clew.attribution import bundled_tags
from clew.chains import find_chain
from clew.chains.tokens import known_tokens
from clew.links.shuffles import NEVER, SHUFFLES, BaseRate, Ints, base_rate
from clew.model import Grade, Transfer

DAY = 6500
"""Blocks of Ethereum's day in the years of proof of work (13.3 s a block): the stratum of a shuffle."""
CONTACTS = 3
"""Transactions outside of the mixer from which two addresses count as linked (published default)."""
PORTFOLIO_POOLS, PORTFOLIO_NOTES = 2, 5
"""Fewest pools and notes of a portfolio (published)."""

_POOL = re.compile(r"Tornado Cash: (?P<old>old )?(?P<amount>[0-9.]+) (?P<symbol>\w+) pool")
_ROUTER = re.compile(r"Tornado Cash: (?:old )?(?:router|proxy)")
_RENAMED = {"MATIC": "POL"}


class Pool(NamedTuple):
    """A contract that takes notes of one size."""

    chain: str
    address: str
    name: str
    """Such as ``100 ETH``; with ``old`` before it where a newer pool of the size took its place."""
    asset: Asset | None
    """None where Clew does not know the token (cDAI)."""
    amount: int | None
    """Base units of a note, where the asset is known."""
    source: str


@cache
def pools() -> dict[tuple[str, str], Pool]:
    """(CAIP-2 chain, address) -> pool, of the entities that ship."""
    found = {}
    for tag in bundled_tags():
        named = _POOL.match(tag.label)
        if named is not None:
            asset = _asset(tag.chain, named["symbol"])
            amount = parse_units(named["amount"], asset.decimals) if asset else None
            name = f"{named['old'] or ''}{named['amount']} {named['symbol']}"
            found[tag.chain, tag.address] = Pool(tag.chain, tag.address, name, asset, amount, tag.source)
    return found


@cache
def routers() -> frozenset[tuple[str, str]]:
    """(CAIP-2 chain, address) of the proxies and routers through which notes are paid in."""
    return frozenset((tag.chain, tag.address) for tag in bundled_tags() if _ROUTER.match(tag.label))


def _asset(chain: str, symbol: str) -> Asset | None:
    native = find_chain(chain).native
    if _RENAMED.get(symbol, symbol) == native.symbol:
        return native
    return next((token for token in known_tokens().values() if (token.chain, token.symbol) == (chain, symbol)), None)


def pool_of_size(asset: str, amount: int) -> Pool | None:
    """The pool that takes notes of so many base units of an asset (CAIP-19) today: they single it out on each chain."""
    return _by_size().get((asset, amount))


@cache
def _by_size() -> dict[tuple[str, int | None], Pool]:
    return {(pool.asset.id, pool.amount): pool for pool in pools().values() if pool.asset and "old" not in pool.name}


# --- the deposits of a trace


class MixerDeposit(NamedTuple):
    """A transfer that pays one note into a pool."""

    chain: str
    tx: str
    height: int
    time: int
    depositor: str
    pool: str
    """Name of the pool, such as ``100 ETH``; empty where the amount is no pool's."""
    amount: int


def deposits_of(transfers: Iterable[Transfer]) -> list[MixerDeposit]:
    """The transfers that pay into a pool, directly or through a router, in their order.

    A router's own payment to the pool is the second half of one already counted. The pool behind a router is told by
    asset and amount, which single it out on each chain.
    """
    found = []
    for t in transfers:
        direct = pools().get((t.chain, t.receiver))
        if (direct or (t.chain, t.receiver) in routers()) and (t.chain, t.sender) not in routers() and t.amount:
            pool = direct or pool_of_size(t.asset, t.amount)
            name = pool.name if pool else ""
            found.append(MixerDeposit(t.chain, t.tx, t.height, t.time, t.sender, name, t.amount))
    return found


# --- the events of the pools


class Deposit(NamedTuple):
    """A note in a pool's tree; `depositor` and `gas_price` where something beside the event says them."""

    pool: str
    leaf: int
    block: int
    time: int
    tx: str
    commitment: str
    depositor: str = ""
    gas_price: int | None = None


class Withdrawal(NamedTuple):
    """A note paid out; `relayer` is empty where it is not known."""

    pool: str
    block: int
    tx: str
    nullifier: str
    recipient: str
    fee: int
    relayer: str = ""
    gas_price: int | None = None


@dataclass(frozen=True)
class Events:
    """The events of one or more pools of one chain: deposits by pool and leaf, withdrawals by pool and block."""

    deposits: Sequence[Deposit]
    withdrawals: Sequence[Withdrawal]

    @classmethod
    def of(cls, deposits: Iterable[Deposit], withdrawals: Iterable[Withdrawal]) -> "Events":
        """Events in any order."""
        by_leaf = sorted(deposits, key=lambda deposit: (deposit.pool, deposit.leaf))
        return cls(by_leaf, sorted(withdrawals, key=lambda paid: (paid.pool, paid.block, paid.nullifier)))

    def pools(self) -> list[str]:
        """The pools that have a withdrawal or a deposit."""
        return sorted({deposit.pool for deposit in self.deposits} | {w.pool for w in self.withdrawals})


def join(wanted: Sequence[MixerDeposit], events: Events) -> list[int | None]:
    """For each deposit of a trace the row of its pool event, by transaction and pool; None where there is none.

    Several notes of one transaction are given their events in order of the leaf; no event is given twice.
    """
    rows: dict[tuple[str, str], list[int]] = {}
    for row in reversed(range(len(events.deposits))):
        deposit = events.deposits[row]
        rows.setdefault((deposit.tx, deposit.pool), []).append(row)
    return [left.pop() if (left := rows.get((deposit.tx, deposit.pool))) else None for deposit in wanted]


def with_depositors(events: Events, wanted: Sequence[MixerDeposit]) -> Events:
    """The events, with the depositors that a trace knows."""
    named = {row: w.depositor for row, w in zip(join(wanted, events), wanted, strict=True) if row is not None}
    deposits = [d._replace(depositor=named.get(row, d.depositor)) for row, d in enumerate(events.deposits)]
    return Events(deposits, events.withdrawals)


# --- the rules


class Rule(StrEnum):
    """Why a withdrawal is proposed."""

    ADDRESS_REUSE = "address-reuse"
    """The recipient is an earlier depositor of the pool, or an address of the trace."""
    LINKED_ADDRESS = "linked-address"
    """The recipient transacted with an earlier depositor outside of the mixer."""
    GAS_PRICE = "gas-price"
    """The recipient paid himself, at a gas price that one earlier deposit of the pool alone had."""
    PORTFOLIO = "portfolio"
    """Within a day the recipient got as many notes of each of several pools as somebody had put in."""


class Status(StrEnum):
    """What came of a rule."""

    PROPOSES = "proposes"
    NO_MATCH = "no-match"
    OFF = "switched-off"
    """Chance gives nearly as many links: none is proposed."""
    CANNOT_RUN = "cannot-run"
    """The input lacks what the rule joins on."""


class Link(NamedTuple):
    """A withdrawal proposed for the deposits of interest."""

    rule: Rule
    withdrawal: int
    """Row of the events."""
    deposits: tuple[int, ...]
    """Rows of the deposits it may belong to: no later than it, in its pool."""
    probability: float
    """Of each of them."""
    grade: Grade = Grade.INFERRED

    @property
    def any(self) -> float:
        """That it belongs to one of them."""
        return self.probability * len(self.deposits)


@dataclass(frozen=True)
class Outcome:
    """What a rule says of one pool (of all, for portfolios)."""

    rule: Rule
    pool: str
    status: Status
    why: str = ""
    rate: BaseRate = field(default_factory=lambda: BaseRate(0, 0.0, 0.0, 0))
    links: tuple[Link, ...] = ()


class _Asked(NamedTuple):
    """A question to the events: which key each withdrawal has, and which deposits each key stands for."""

    rows: list[int]
    keys: list[str]
    """Of each row; a key that stands for nothing may be any text."""
    meant: dict[str, list[int]]
    """Key -> rows of deposits."""


def propose(
    events: Events,
    *,
    addresses: frozenset[str] = frozenset(),
    contacts: Mapping[str, Counter[str]] | None = None,
    shuffles: int = SHUFFLES,
) -> list[Outcome]:
    """What each rule proposes for the deposits whose depositor is known, pool by pool.

    `addresses`: others of the trace, to which any of its deposits may have been paid out. `contacts`: of each
    depositor, how often it transacted with whom outside of the mixer; None where no transfers are at hand.
    """
    outcomes = []
    for pool in events.pools():
        deposits = [row for row, deposit in enumerate(events.deposits) if deposit.pool == pool]
        paid = [row for row, withdrawal in enumerate(events.withdrawals) if withdrawal.pool == pool]
        known = [row for row in deposits if events.deposits[row].depositor]
        by_name: dict[str, list[int]] = {}
        for row in known:
            by_name.setdefault(events.deposits[row].depositor, []).append(row)
        outcomes += [
            _reused(events, pool, paid, by_name, known, addresses, shuffles),
            _linked(events, pool, paid, by_name, contacts, shuffles),
            _priced(events, pool, paid, deposits, shuffles),
        ]
    return [*outcomes, _portfolios(events, shuffles)]


def _reused(
    events: Events,
    pool: str,
    paid: list[int],
    by_name: dict[str, list[int]],
    known: list[int],
    addresses: frozenset[str],
    shuffles: int,
) -> Outcome:
    if not known:
        return Outcome(Rule.ADDRESS_REUSE, pool, Status.CANNOT_RUN, "no depositor of the pool is known")
    meant = dict.fromkeys(addresses, known) | by_name
    return _judge(events, Rule.ADDRESS_REUSE, pool, _by_recipient(events, paid, meant), shuffles)


def _linked(
    events: Events,
    pool: str,
    paid: list[int],
    by_name: dict[str, list[int]],
    contacts: Mapping[str, Counter[str]] | None,
    shuffles: int,
) -> Outcome:
    if not by_name or contacts is None:
        lack = "no transfers outside of the mixer are at hand" if by_name else "no depositor of the pool is known"
        return Outcome(Rule.LINKED_ADDRESS, pool, Status.CANNOT_RUN, lack)
    meant: dict[str, list[int]] = {}
    for depositor, rows in by_name.items():
        for other, times in contacts.get(depositor, Counter()).items():
            if times >= CONTACTS and other not in by_name:
                meant.setdefault(other, []).extend(rows)
    meant = {other: sorted(rows) for other, rows in meant.items()}
    return _judge(events, Rule.LINKED_ADDRESS, pool, _by_recipient(events, paid, meant), shuffles)


def _by_recipient(events: Events, paid: list[int], meant: dict[str, list[int]]) -> _Asked:
    return _Asked(paid, [events.withdrawals[row].recipient for row in paid], meant)


def _priced(events: Events, pool: str, paid: list[int], deposits: list[int], shuffles: int) -> Outcome:
    prices = Counter(events.deposits[row].gas_price for row in deposits)
    own = [row for row in paid if events.withdrawals[row].gas_price is not None and not events.withdrawals[row].fee]
    if prices[None] == len(deposits) or not own:
        side = "withdrawal that paid for itself" if prices[None] < len(deposits) else "deposit"
        return Outcome(Rule.GAS_PRICE, pool, Status.CANNOT_RUN, f"the gas price of no {side} is known")
    if prices[None]:
        why = f"the gas prices of {prices[None]} of {len(deposits)} deposits are not known: none can be called unique"
        return Outcome(Rule.GAS_PRICE, pool, Status.CANNOT_RUN, why)
    meant = {str(d.gas_price): [row] for row in deposits if prices[(d := events.deposits[row]).gas_price] == 1}
    keys = [str(events.withdrawals[row].gas_price) for row in own]
    return _judge(events, Rule.GAS_PRICE, pool, _Asked(own, keys, meant), shuffles)


def _judge(events: Events, rule: Rule, pool: str, asked: _Asked, shuffles: int) -> Outcome:
    """The links of a question, each with the probability that the base rate leaves it."""
    names, key = np.unique(np.array([*asked.keys], dtype=np.str_), return_inverse=True)
    since = np.array(
        [_block(events, asked.meant[name][0]) if name in asked.meant else NEVER for name in names.tolist()]
    )
    block = np.array([events.withdrawals[row].block for row in asked.rows], dtype=np.int64)
    rate = base_rate(key.astype(np.int64), since.astype(np.int64), block, block // DAY, shuffles)
    if not rate.links:
        return Outcome(rule, pool, Status.NO_MATCH, "no withdrawal matches", rate)
    if not rate.beats_chance:
        return Outcome(rule, pool, Status.OFF, _chance(rate), rate)
    links = []
    for row, name in zip(asked.rows, asked.keys, strict=True):
        candidates = _no_later(events, asked.meant.get(name, []), events.withdrawals[row].block)
        if candidates:
            links.append(Link(rule, row, candidates, rate.probability / len(candidates)))
    return Outcome(rule, pool, Status.PROPOSES, "", rate, tuple(links))


def _chance(rate: BaseRate) -> str:
    return f"{rate.links} links, {rate.by_chance:.1f} of them by chance (spread {rate.spread:.1f})"


def _block(events: Events, row: int) -> int:
    return events.deposits[row].block


def _no_later(events: Events, rows: list[int], block: int) -> tuple[int, ...]:
    """Rows of deposits no later than a block. A note is spent after it is made: leaves and blocks rise together."""
    return tuple(rows[: bisect_right(rows, block, key=lambda row: _block(events, row))])


# --- portfolios of several pools


class _Held(NamedTuple):
    """What one address did within a day, in all pools."""

    notes: tuple[tuple[str, int], ...]
    """Pool and number of notes, by pool."""
    rows: list[int]
    first: int
    last: int
    """Blocks."""


def _held(rows: Iterable[tuple[str, str, int, int]]) -> Iterator[_Held]:
    """Portfolios large enough for the rule, from (address, pool, block, row)."""
    days: dict[tuple[str, int], list[tuple[str, int, int]]] = {}
    for address, pool, block, row in rows:
        days.setdefault((address, block // DAY), []).append((pool, block, row))
    for held in days.values():
        notes = Counter(pool for pool, _, _ in held)
        if len(notes) >= PORTFOLIO_POOLS and len(held) >= PORTFOLIO_NOTES:
            blocks = [block for _, block, _ in held]
            yield _Held(tuple(sorted(notes.items())), [row for *_, row in held], min(blocks), max(blocks))


def _portfolios(events: Events, shuffles: int) -> Outcome:
    put = list(_held((d.depositor, d.pool, d.block, row) for row, d in enumerate(events.deposits) if d.depositor))
    got = list(_held((w.recipient, w.pool, w.block, row) for row, w in enumerate(events.withdrawals)))
    if not put or not got:
        side = "known depositor has put in" if not put else "recipient has got"
        why = f"no {side} {PORTFOLIO_NOTES} notes of {PORTFOLIO_POOLS} pools within a day"
        return Outcome(Rule.PORTFOLIO, "all", Status.CANNOT_RUN, why)
    meant: dict[str, list[_Held]] = {}
    for portfolio in sorted(put, key=lambda p: p.last):
        meant.setdefault(str(portfolio.notes), []).append(portfolio)
    names, key = np.unique(np.array([str(p.notes) for p in got], dtype=np.str_), return_inverse=True)
    since: Ints = np.array([meant[n][0].last if n in meant else NEVER for n in names.tolist()], dtype=np.int64)
    first: Ints = np.array([p.first for p in got], dtype=np.int64)
    rate = base_rate(key.astype(np.int64), since, first, first // (30 * DAY), shuffles)
    if not rate.links:
        return Outcome(Rule.PORTFOLIO, "all", Status.NO_MATCH, "no portfolio matches", rate)
    if not rate.beats_chance:
        return Outcome(Rule.PORTFOLIO, "all", Status.OFF, _chance(rate), rate)
    links = []
    for portfolio in got:
        earlier = [row for p in meant.get(str(portfolio.notes), []) if p.last <= portfolio.first for row in p.rows]
        for row in portfolio.rows:
            candidates = tuple(c for c in earlier if events.deposits[c].pool == events.withdrawals[row].pool)
            if candidates:
                links.append(Link(Rule.PORTFOLIO, row, candidates, rate.probability / len(candidates)))
    return Outcome(Rule.PORTFOLIO, "all", Status.PROPOSES, "", rate, tuple(links))


# --- temporal order alone


class Order(NamedTuple):
    """What the order of events alone says of one withdrawal."""

    candidates: int
    """Deposits no later than it: leaves 0 to `candidates` - 1 of the tree."""
    left: int
    """Of them, notes not yet withdrawn."""
    of_interest: int
    """Deposits of interest among the candidates."""
    expected: float
    """Probability that it spends one of interest, if each note left were as likely: a base rate, not a finding."""


def order(deposited: Ints, interest: Ints, withdrawn: Ints) -> list[Order]:
    """For each withdrawal of a pool, by block: its candidates; `deposited` and `interest` are blocks, ascending.

    Which notes are left is not seen; their expected number of interest is, and exactly so under equal chances.
    """
    found = []
    before = np.searchsorted(deposited, withdrawn, side="right").tolist()
    wanted = np.searchsorted(interest, withdrawn, side="right").tolist()
    spent = 0.0
    for number, (all_, own) in enumerate(zip(before, wanted, strict=True)):
        left = all_ - number
        expected = (own - spent) / left if left > 0 else 0.0
        spent += expected
        found.append(Order(all_, left, own, expected))
    return found
