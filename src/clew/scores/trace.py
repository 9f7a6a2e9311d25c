"""How well a trace finds where funds ended: each policy within each bound, and the baselines beside it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from clew.attribution import Attribution
from clew.ledger import TransferTable
from clew.model import Case, Category, Kind
from clew.scores.baselines import Baseline, Flow
from clew.scores.baselines.appr import appr
from clew.scores.baselines.breadth_first import breadth_first
from clew.scores.baselines.haircut import haircut
from clew.scores.baselines.poison import poison
from clew.scores.baselines.ttr import ttr
from clew.scores.histories import ALL_KINDS, TableHistories
from clew.scores.truth import MICRO, Place, Truth, compared, scaled
from clew.tracing.crossings import Crossings, no_crossings
from clew.tracing.dispositions import dispose
from clew.tracing.labels import theft_of
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.uint128 import unpack
from clew.tracing.walk import walk

BASELINES: dict[str, Baseline] = {
    "breadth-first": breadth_first,
    "poison-whole": poison,
    "haircut-no-time": haircut,
    "appr": appr,
    "ttr": ttr,
}
"""Name in the table -> method."""
THROUGH, ON, SHARED = "fifo through suspects", "fifo on from exchangers", "fifo through mixes"
"""FIFO that stops at no suspected service; that follows deposits of named exchangers to their payouts; that also shares
what entered mixers over what may be its."""


LIKELY = 0.5
"""Stated probability from which an address counts as named; methods that state none name all that they claim."""


class Subject(NamedTuple):
    """What is traced."""

    table: TransferTable
    case: Case
    attribution: Attribution
    worth: Callable[[str, int], int]
    """``worth(asset, base units)`` in micro-dollars."""
    crossings: Crossings = no_crossings
    covers: frozenset[Kind] = ALL_KINDS


class Claims(NamedTuple):
    """Where a method says that loot stands, in micro-dollars."""

    everywhere: dict[Place, int]
    exchanges: dict[Place, int]
    doubted: frozenset[Place] = frozenset()
    """Places of which nothing is claimed but what the method itself says is less likely than not, or left over."""


class Way(NamedTuple):
    """How Clew walks: its name in the table, and what it is told."""

    name: str
    policy: Policy
    through_suspects: bool = False
    exchangers: tuple[str, ...] = ()
    through_mixes: bool = False


def ways(policies: Sequence[Policy], exchangers: Sequence[str]) -> list[Way]:
    """Each policy as it walks by default; FIFO also through suspected services, and where exchangers are named on from
    them, and then through mixers too."""
    found = [Way(str(policy), policy) for policy in policies]
    if Policy.FIFO in policies:
        found.append(Way(THROUGH, Policy.FIFO, through_suspects=True))
        if exchangers:
            found.append(Way(ON, Policy.FIFO, exchangers=tuple(exchangers)))
            found.append(Way(SHARED, Policy.FIFO, exchangers=tuple(exchangers), through_mixes=True))
    return found


def score(
    subject: Subject,
    truth: Truth,
    bounds: Sequence[int],
    policies: Sequence[Policy] = tuple(Policy),
    exchangers: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """A row for each way to walk, and for each baseline, within each bound of accounts loaded.

    ``seconds`` are of the processor; those of a baseline include making the graph it is given.
    """
    rows = []
    stolen = sum(subject.worth(theft.asset.id, theft.amount) for theft in subject.case.thefts)
    for bound in bounds:
        for way in ways(policies, exchangers):
            begun = time.process_time()
            trace = walk_table(subject, way, bound)
            claims = claims_of(trace, subject)
            spent = time.process_time() - begun
            valued = way.policy.keeps_value
            rows.append(_row(way.name, bound, trace.loaded, spent, claims, truth, stolen, valued=valued))
    begun = time.process_time()
    whole = walk_table(subject, Way("", Policy.POISON, through_suspects=True), 1 << 30, whole=True)
    flow = flow_of(whole, subject)
    joined = time.process_time() - begun
    for bound in bounds:
        for name, method in BASELINES.items():
            begun = time.process_time()
            found = method(flow, bound)
            spent = joined + time.process_time() - begun
            claims = _placed(found.worth, whole)
            rows.append(_row(name, bound, found.visited, spent, claims, truth, stolen, valued=True))
    return rows


def _row(
    method: str, bound: int, loaded: int, seconds: float, claims: Claims, truth: Truth, stolen: int, *, valued: bool
) -> dict[str, Any]:
    """One method's figures: as it claims, and its values scaled to what was stolen."""
    parts, total = _parts(claims, truth), sum(claims.everywhere.values())
    everywhere, exchanges = (scaled(claimed, total, stolen) for claimed in (claims.everywhere, claims.exchanges))
    fair = _parts(Claims(everywhere, exchanges, claims.doubted), truth)
    values = {name: part["value"] for name, part in fair.items()}
    if not valued:
        parts = {name: part | {"value": None} for name, part in parts.items()}
        values = dict.fromkeys(fair)
    row = {"method": method, "bound": bound, "loaded": loaded, "seconds": round(seconds, 3)}
    return {**row, **parts, "scaled": values}


def _parts(claims: Claims, truth: Truth) -> dict[str, dict[str, Any]]:
    return {
        "exchanges": compared(claims.exchanges, truth.exchanges, claims.doubted),
        "visible": compared(claims.exchanges, truth.visible, claims.doubted),
        "everywhere": compared(claims.everywhere, truth.everywhere, claims.doubted),
    }


def walk_table(subject: Subject, way: Way, bound: int, *, whole: bool = False) -> Trace:
    """Clew's own walk over the table, account by account."""
    histories = TableHistories(subject.table, whole=whole, covers=subject.covers)
    limits = Bounds(
        max_addresses=bound,
        through_suspects=way.through_suspects,
        exchangers=way.exchangers,
        through_mixes=way.through_mixes,
    )
    return walk(subject.case, way.policy, histories, subject.attribution, limits, crossings=subject.crossings)


def claims_of(trace: Trace, subject: Subject) -> Claims:
    """What a finished trace says; poison keeps no value, so each account counts as one dollar.

    An exchange is whom one asks, and is named whatever the probability: no private person is accused by it. A deposit
    address that no tag names is one customer's.
    """
    found, doubtful, rest = Claims({}, {}), set[Place](), dict[Place, int]()
    for each in dispose(trace):
        asset = trace.case.thefts[each.theft].asset.id
        worth = subject.worth(asset, each.origin) if trace.policy.keeps_value else MICRO
        place = each.account.chain, each.account.address
        exchange = each.tag is not None and each.tag.category is Category.EXCHANGE
        for sums in (found.everywhere, found.exchanges) if exchange else (found.everywhere,):
            sums[place] = sums.get(place, 0) + worth
        asked = exchange and each.kind == "service"
        if each.residue or (not asked and each.probability is not None and each.probability < LIKELY):
            doubtful.add(place)
        else:
            rest[place] = rest.get(place, 0) + worth
    return found._replace(doubted=frozenset(place for place in doubtful if rest.get(place, 0) < MICRO))


def flow_of(trace: Trace, subject: Subject) -> Flow:
    """The journal of a trace as a graph of worth."""
    events, accounts = trace.journal.events, trace.journal.accounts
    senders, receivers = events.sender.tolist(), events.receiver.tolist()
    worth = []
    for sender, receiver, amount in zip(senders, receivers, unpack(events.amount), strict=True):
        asset = accounts[receiver].asset or accounts[sender].asset
        worth.append(subject.worth(asset, amount) if asset else 0)
    follows = [number not in trace.stops for number in range(len(accounts))]
    sources: dict[int, tuple[int, int]] = {}
    marks = trace.journal.marks
    for event, label, amount in zip(marks.event.tolist(), marks.label.tolist(), unpack(marks.amount), strict=True):
        asset = trace.case.thefts[theft_of(label)].asset.id
        known = sources.get(receivers[event], (event, 0))
        sources[receivers[event]] = min(known[0], event), known[1] + subject.worth(asset, amount)
    return Flow(senders, receivers, worth, follows, [account.passes for account in accounts], sources)


def _placed(worth: Mapping[int, int], trace: Trace) -> Claims:
    """Accounts as places."""
    found = Claims({}, {})
    for number, amount in worth.items():
        account, stop = trace.journal.accounts[number], trace.stops.get(number)
        if account.passes or not amount:
            continue
        place = account.chain, account.address
        exchange = stop is not None and stop.tag is not None and stop.tag.category is Category.EXCHANGE
        for sums in (found.everywhere, found.exchanges) if exchange else (found.everywhere,):
            sums[place] = sums.get(place, 0) + amount
    return found
