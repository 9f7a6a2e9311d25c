"""The mixers of a report: which notes the coins became, and which withdrawals may be theirs. Leads, never findings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from clew.reports.accounts import Link, Names, Row, chain_name, link_to_account, link_to_tx
from clew.reports.text import count, visible

SHOWN = 60
"""Withdrawals shown, as they stand in the result: the rules' before those of timing."""

RULES: dict[str, str] = {
    "address-reuse": "paid to a depositor, or to an address of this trace",
    "linked-address": "paid to somebody whom a depositor met elsewhere",
    "gas-price": "paid for itself at a gas price that one deposit alone had",
    "portfolio": "paid as many notes of several pools as were put in",
    "timing": "as old as notes are when they leave",
}
"""Rule -> why a withdrawal is proposed."""

STATUS: dict[str, str] = {
    "proposes": "proposes withdrawals",
    "no-match": "no withdrawal matches",
    "switched-off": "chance gives nearly as many",
    "cannot-run": "could not run",
}


@dataclass(frozen=True, slots=True)
class MixerPool:
    """A pool the coins were paid into, and what the order of its events alone says."""

    name: str
    chain: str
    account: Link
    notes: str
    candidates: str
    by_order: str


@dataclass(frozen=True, slots=True)
class MixerRule:
    """What came of a rule in a pool."""

    rule: str
    pool: str
    status: str
    why: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A withdrawal that may be of the traced notes."""

    rule: str
    why: str
    pool: str
    chain: str
    block: str
    tx: Link
    recipient: Link
    candidates: str
    probability: str
    base_rate: str


@dataclass(frozen=True, slots=True)
class Mixers:
    """The section; empty where nothing was paid into a pool."""

    summary: str
    pools: tuple[MixerPool, ...]
    rules: tuple[MixerRule, ...]
    leads: tuple[Lead, ...]
    measured: str
    """On what the probabilities were measured, if they were."""
    more: str


def gather_mixers(result: Row, names: Names) -> Mixers:
    """The facts of the section ``mixers`` of a result."""
    mixers: dict[str, Any] = result.get("mixers") or {}
    deposits: Sequence[Row] = mixers.get("deposits") or ()
    rows: Sequence[Row] = mixers.get("withdrawals") or ()
    more = f"{count(len(rows) - SHOWN, 'more withdrawal')} in result.json" if len(rows) > SHOWN else ""
    return Mixers(
        _summary(deposits),
        tuple(_pool(row) for row in mixers.get("pools") or ()),
        tuple(_rule(row) for row in mixers.get("rules") or ()),
        tuple(_lead(row, names) for row in rows[:SHOWN]),
        _measured(rows),
        more,
    )


def _summary(deposits: Sequence[Row]) -> str:
    if not deposits:
        return ""
    told = Counter("event" if row.get("leaf") is not None else "note" for row in deposits if row.get("commitment"))
    parts = [f"{count(len(deposits), 'payment')} of this trace went into pools"]
    if told["event"]:
        verb = "is" if told["event"] == 1 else "are"
        parts.append(f"{told['event']:,} {verb} joined to the pool's own event")
    if told["note"]:
        parts.append(f"of {told['note']:,} the note is known, its event is not at hand")
    rest = len(deposits) - sum(told.values())
    if rest:
        parts.append(f"of {rest:,} nothing at hand names the note")
    return "; ".join(parts) + "."


def _measured(rows: Sequence[Row]) -> str:
    known = sorted({by for row in rows for by in row.get("calibrated_on") or ()})
    bare = sorted({row["rule"] for row in rows if not row.get("calibrated_on")})
    told = []
    if known:
        told.append(f"Waiting times were measured on withdrawals known by {', '.join(known)}: people who are careless.")
    if bare:
        told.append(f"Not measured on known pairs: {', '.join(bare)}.")
    return visible(" ".join(told), 400)


def _pool(row: Row) -> MixerPool:
    own, first = row["deposits_of_interest"], row["leaves"][0]
    spread = row.get("candidates")
    between = f"{spread['least']:,} to {spread['greatest']:,}" if spread else "none"
    order = row["by_order_alone"]
    return MixerPool(
        visible(row["pool"], 40),
        chain_name(row["chain"]),
        link_to_account(row["chain"], row["address"], {}),
        f"{count(own, 'note')} of {count(row['depositors'], 'depositor')}, "
        f"leaves {first:,} to {row['leaves'][1]:,} of {row['deposits']:,}",
        f"{count(row['withdrawals_since'], 'withdrawal')} since the first; each may be of {between} notes",
        f"about {order['expected_of_interest']:,.0f} of them, if each note left were as likely",
    )


def _rule(row: Row) -> MixerRule:
    pool, status = visible(row["pool"], 40), STATUS.get(row["status"], visible(row["status"]))
    why = visible(row.get("why") or "", 200)
    return MixerRule(
        visible(row["rule"]),
        pool if pool == "all" else f"{pool}, {chain_name(row['chain'])}",
        status,
        "" if why == status else why,
    )


def _lead(row: Row, names: Names) -> Lead:
    chain, label = row["chain"], row.get("label")
    known = {**names, (chain, row["recipient"]): label} if label else names
    by_chance = f"; {row['links']:,} links, {row['by_chance']:,} by chance" if row.get("links") is not None else ""
    return Lead(
        visible(row["rule"]),
        RULES.get(row["rule"], ""),
        visible(row["pool"], 40),
        chain_name(chain),
        f"{row['block']}",
        link_to_tx(chain, row["tx"]),
        link_to_account(chain, row["recipient"], known),
        f"{row['candidates']:,} notes, {row['of_interest']:,} of this trace",
        percent(row["probability_of_any"]),
        f"{percent(row['base_rate'])}{by_chance}",
    )


def percent(probability: float) -> str:
    """A probability as people read it, cut to whole percents; what is below one says so."""
    whole = int(Fraction(str(probability)) * 100)
    return f"{whole} %" if whole or not probability else "below 1 %"
