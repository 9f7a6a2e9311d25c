"""Withdrawals that may be a trace's own notes: each beside its candidates and what order and chance alone give.

The rules, base rates and pools are those of the demix table. Where a chain keeps Ethereum's pace of blocks, the waiting
times that ship (`links.waiting`) take the place of known pairs.
"""

from collections.abc import Iterator
from typing import Any

from clew.links.mixers import Events, Link, Order, Outcome, order, propose
from clew.links.shuffles import SHUFFLES
from clew.links.waiting import Waiting, learnt_facts
from clew.scores.columns import Columns
from clew.scores.demix import Measured, pool_row, rule_row
from clew.scores.mixer_files import Trace, with_trace
from clew.scores.timing import SHOWN, Timing

Json = dict[str, Any]

_UNMEASURED = Measured(1.0, [], {})


def find_leads(events: Events, trace: Trace, *, learnt: Waiting | None, shuffles: int = SHUFFLES) -> Json:
    """``pools``, ``rules`` and ``withdrawals`` for the deposits whose depositor `trace` names; the same at every run.

    `learnt`: how long notes wait, None where nobody knows it for this chain.
    """
    events = with_trace(events, trace)
    pools = [Columns.of(events, name) for name in events.pools()]
    outcomes = propose(events, addresses=frozenset(trace.addresses), contacts=trace.contacts, shuffles=shuffles)
    timing = Timing(learnt, _figures(learnt))
    return {
        "pools": [pool_row(events, pool, timing) for pool in pools],
        "rules": [_plain(rule_row(outcome, _UNMEASURED)) for outcome in outcomes] + [_plain(timing.row())],
        "withdrawals": [*_joined(events, pools, outcomes), *_timed(events, pools, timing)],
    }


def _figures(learnt: Waiting | None) -> Json:
    facts = learnt_facts()
    if learnt is None:
        return {"why": "how long notes wait is known for Ethereum's pools alone", "calibrated_on": []}
    shuffled = {name: facts[name] for name in ("probability_of_right", "by_chance", "spread")}
    return {"calibrated_on": facts["known_by"], "shuffled_pairs": shuffled}


def _plain(row: Json) -> Json:
    """A rule's row in the one form that all have."""
    figures = ("eligible", "links", "by_chance", "spread", "impossible")
    counted = "links" in row  # timing links nothing: it gives every withdrawal a probability
    named = {name: row[name] for name in ("rule", "pool", "status", "why")}
    return named | {name: row[name] if counted else None for name in figures}


def _joined(events: Events, pools: list[Columns], outcomes: list[Outcome]) -> Iterator[Json]:
    """What the rules propose that join on something, the most probable first."""
    links = [(link, outcome) for outcome in outcomes for link in outcome.links]
    orders = _orders(pools) if links else {}
    for link, outcome in sorted(links, key=lambda pair: (-pair[0].any, pair[0].rule, pair[0].withdrawal)):
        yield _row(events, link, orders[link.withdrawal]) | {
            "links": outcome.rate.links,
            "by_chance": round(outcome.rate.by_chance, 3),
        }


def _orders(pools: list[Columns]) -> dict[int, Order]:
    """By row of the withdrawal, what the order of events alone says of it."""
    found: dict[int, Order] = {}
    for pool in pools:
        told = order(pool.deposited, pool.deposited[pool.interest], pool.withdrawn)
        found |= dict(zip(pool.paid.tolist(), told, strict=True))
    return found


def _row(events: Events, link: Link, told: Order) -> Json:
    paid = events.withdrawals[link.withdrawal]
    notes = [events.deposits[row] for row in link.deposits]
    return {
        "rule": link.rule,
        "pool": paid.pool,
        "tx": paid.tx,
        "nullifier": paid.nullifier,
        "recipient": paid.recipient,
        "block": paid.block,
        "candidates": told.candidates,
        "of_interest": told.of_interest,
        "proposed": len(notes),
        "depositors": sorted({note.depositor for note in notes})[:SHOWN],
        "probability": round(link.probability, 6),
        "probability_of_any": round(link.any, 6),
        "base_rate": round(told.expected, 4),
        "calibrated_on": [],
        "grade": link.grade,
    }


def _timed(events: Events, pools: list[Columns], timing: Timing) -> Iterator[Json]:
    """The withdrawals of each pool that are most probably of the trace by how long notes wait."""
    for row in timing.table(events, pools):
        yield {
            "rule": "timing",
            "pool": row["pool"],
            "tx": row["withdrawal_tx"],
            "nullifier": row["nullifier"],
            "recipient": row["recipient"],
            "block": row["block"],
            "candidates": row["candidates"],
            "of_interest": row["of_interest"],
            "proposed": row["of_interest"],
            "depositors": [],
            "probability": None,
            "probability_of_any": row["probability_of_any"],
            "base_rate": row["base_rate"],
            "calibrated_on": row["calibrated_on"],
            "grade": row["grade"],
            "links": None,
            "by_chance": None,
        }
