"""The facts of a report: everything a renderer prints, formatted once, from ``result.json`` and the traced transfers.

Amounts come in as texts of base units and are exact integers throughout; shares are basis points, cut, not rounded.
Whatever a report leaves out for length is counted and said.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from clew.amounts import format_units
from clew.errors import InputError, RunError
from clew.model import Grade
from clew.reports.accounts import Link, Names, Row, chain_name, find_names, link_to_account, link_to_tx
from clew.reports.figures import Amount, make_amount, make_share, maybe_amount
from clew.reports.flow import Flow, draw_flows
from clew.reports.groups import GroupKey, group_key, group_title
from clew.reports.leads import Mixers, gather_mixers
from clew.reports.sentences import list_bounds, say_headline, say_next, say_scope
from clew.reports.standings import Ledger, Step, Units, make_ledgers, make_step, stolen_units
from clew.reports.text import clock, count, moment, visible
from clew.reports.timeline import Timeline, draw_timelines
from clew.reports.words import GRADES, KINDS, NOISE, describe_limitation
from clew.tracing.policies import DEFINITIONS, Definition

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "clew-result/1"
LARGEST = 150
"""Traced transfers shown, largest first."""
ENTRIES = 200
"""Noise entries shown, and places of one limitation."""


@dataclass(frozen=True, slots=True)
class Stolen:
    """One theft, as the case states it."""

    theft: str
    amount: Amount
    chain: str
    tx: Link
    to: Link
    time: str
    grade: str


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of the conservation check."""

    theft: str
    stolen: Amount
    accounted: Amount
    difference: Amount
    closed: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the seizure worklist."""

    rank: str
    who: str
    action: str
    freeze: str
    """Whether an issuer can still freeze it, in words; empty where no issuer can, or nobody asked."""
    kind: str
    chain: str
    account: Link
    amount: Amount | None
    origin: Amount | None
    since: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversion: what left in one asset and arrived in another."""

    given: Amount
    sender: Link
    chain_in: str
    received: Amount
    receiver: Link
    chain_out: str
    tx: Link
    tx_out: Link | None
    time: str
    grade: str
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Dispositions under every policy: one row per kind and entity, one cell per policy."""

    symbol: str
    policies: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class GradeTotal:
    """How much of a theft rests on each grade of evidence."""

    theft: str
    grade: str
    meaning: str
    origin: Amount | None
    share: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A transfer listed apart: never followed, never linked."""

    kind: str
    chain: str
    time: str
    tx: str
    sender: str
    receiver: str
    amount: str
    detail: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A limitation in words, with the places it touches."""

    code: str
    meaning: str
    places: tuple[str, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One raw reply the result rests on."""

    sha256: str
    format: str
    chain: str
    query: str
    fetched: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a report says, in the order in which it says it."""

    case: str
    title: str
    note: str
    policy: Definition
    engine: str
    sha256: str
    as_of: str
    as_of_seconds: int
    sources: tuple[str, ...]
    headline: str
    second: str
    """What can still be stopped, in one sentence."""
    scope: str
    """How much was read."""
    bounds: tuple[str, ...]
    stolen: tuple[Stolen, ...]
    balances: tuple[Balance, ...]
    measured: bool
    """False for poison, which keeps no value."""
    ledgers: tuple[Ledger, ...]
    flows: tuple[Flow, ...]
    timelines: tuple[Timeline, ...]
    worklist: tuple[Task, ...]
    conversions: tuple[Exchange, ...]
    mixers: Mixers
    comparisons: tuple[Comparison, ...]
    grades: tuple[GradeTotal, ...]
    noise: tuple[Noise, ...]
    noise_summary: str
    gaps: tuple[Gap, ...]
    largest: tuple[Step, ...]
    largest_of: str
    evidence: tuple[Evidence, ...]
    grade_meanings: tuple[tuple[str, str], ...]


def gather_facts(result: Row, transfers: pa.Table) -> Facts:
    """The facts of a result (schema ``clew-result/1``) and its traced transfers.

    InputError where the result is not of that schema; RunError where its dispositions do not add up to what its
    conservation line says, because a report whose figures do not close must not be printed.
    """
    if result.get("schema") != SCHEMA:
        raise InputError(f"schema is {result.get('schema')!r}", where="result.json", mend=f"expected {SCHEMA!r}")
    try:
        return _gather(result, transfers)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"not a {SCHEMA} result: {error!r}", where="result.json", mend="write it again with `clew trace`"
        ) from error


def _gather(result: Row, transfers: pa.Table) -> Facts:
    _check_sums(result)
    rows = transfers.to_pylist()
    names = find_names(result, rows)
    dispositions = result["dispositions"]
    measured = result["policy"] != "poison"
    units = stolen_units(result)
    ledgers = make_ledgers(result, rows, names)
    as_of = result.get("as_of")
    largest = _largest(result, rows)
    return Facts(
        case=visible(result["case"]),
        title=visible(result["title"]),
        note=visible(result.get("note") or "", 2000),
        policy=DEFINITIONS.get(result["policy"], Definition(visible(result["policy"]), "", "")),
        engine=visible(result["engine"]),
        sha256=visible(result["result_sha256"]),
        as_of=clock(as_of),
        as_of_seconds=_seconds(as_of),
        sources=tuple(visible(source, 400) for source in result.get("sources") or ()),
        headline=say_headline(ledgers, measured=measured),
        second=say_next(result),
        scope=say_scope(result, len(dispositions)),
        bounds=list_bounds(result),
        stolen=tuple(_stolen(entry, names) for entry in result["stolen"]),
        balances=tuple(_balance(entry) for entry in result["conservation"]),
        measured=measured,
        ledgers=ledgers,
        flows=draw_flows(result, rows),
        timelines=draw_timelines(result, rows),
        worklist=tuple(_task(entry, names, units) for entry in result.get("worklist") or ()),
        conversions=tuple(_exchange(entry, names) for entry in result.get("conversions") or ()),
        mixers=gather_mixers(result, names),
        comparisons=_comparisons(result),
        grades=_grades(result),
        noise=tuple(_noise(entry) for entry in _noise_entries(result)[:ENTRIES]),
        noise_summary=_noise_summary(result),
        gaps=_gaps(result),
        largest=tuple(make_step(row, names, units) for row in largest),
        largest_of=count(len(rows), "traced transfer"),
        evidence=tuple(_evidence(entry) for entry in result.get("evidence") or ()),
        grade_meanings=_meanings(result),
    )


def _largest(result: Row, rows: Sequence[Row]) -> list[Row]:
    """The transfers with the largest shares of their thefts, as exact fractions: two assets have no common unit."""
    stolen = {entry["theft"]: int(entry["amount"]) or 1 for entry in result["stolen"]}
    return heapq.nlargest(LARGEST, rows, key=lambda row: Fraction(int(row["origin_amount"] or 0), stolen[row["theft"]]))


def _seconds(as_of: str | None) -> int:

    time = moment(as_of)
    return int(time.timestamp()) if time else 0


def _check_sums(result: Row) -> None:
    """The dispositions add up, theft by theft and asset by asset, to what the conservation lines account for."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in result["dispositions"]:
        if entry.get("origin_amount") is not None:
            sums[entry["theft"], entry["origin_asset"]] += int(entry["origin_amount"])
    if result["policy"] == "poison":
        return
    stated = {(line["theft"], line["asset"]): int(line["accounted"]) for line in result["conservation"]}
    for key in sorted(sums.keys() | stated.keys()):
        if sums.get(key, 0) != stated.get(key, 0):
            raise RunError(
                f"the dispositions of {key[0]} in {key[1]} add up to {sums.get(key, 0)} base units, "
                f"the conservation line says {stated.get(key, 0)}",
                where="result.json",
                mend="trace the case again; a report is written only for figures that close",
            )


def _stolen(entry: Row, names: Names) -> Stolen:
    chain = entry["asset"].partition("/")[0]
    return Stolen(
        theft=visible(entry["theft"]),
        amount=make_amount(entry["amount"], entry["symbol"], entry["decimals"]),
        chain=chain_name(chain),
        tx=link_to_tx(chain, entry["tx"]),
        to=link_to_account(chain, entry["to"], names),
        time=clock(entry.get("time")),
        grade=visible(entry["grade"]),
    )


def _balance(line: Row) -> Balance:
    stolen, accounted, difference = (
        make_amount(line[name], line["symbol"], line["decimals"]) for name in ("stolen", "accounted", "difference")
    )
    closed = difference.base == 0 and stolen.base == accounted.base
    return Balance(visible(line["theft"]), stolen, accounted, difference, closed)


def _task(entry: Row, names: Names, units: Units) -> Task:
    _, symbol, decimals = units[entry["theft"]]
    return Task(
        rank=f"{entry['rank']}",
        who=visible(entry.get("who") or entry.get("entity") or "", 200),
        action=visible(entry.get("action") or "", 300),
        freeze=_freeze(entry),
        kind=visible(entry.get("category") or KINDS.get(entry["kind"], (entry["kind"], ""))[0]),
        chain=chain_name(entry["chain"]),
        account=link_to_account(entry["chain"], entry.get("address"), names),
        amount=maybe_amount(entry.get("amount"), entry["symbol"], entry["decimals"]),
        origin=maybe_amount(entry.get("origin_amount"), symbol, decimals),
        since=clock(entry.get("since")),
    )


def _freeze(entry: Row) -> str:
    issuer = visible(entry.get("issuer") or "", 60)
    words = {"open": f"{issuer} has not frozen it yet, and can", "unknown": f"whether {issuer} froze it is not known"}
    return words.get(entry.get("freeze_status") or "", "") if issuer else ""


def _exchange(entry: Row, names: Names) -> Exchange:
    chain_in, chain_out = entry["chain_in"], entry["chain_out"]
    tx_out = entry.get("tx_out")
    return Exchange(
        given=make_amount(entry["amount_in"], entry["symbol_in"], entry["decimals_in"]),
        sender=link_to_account(chain_in, entry["sender"], names),
        chain_in=chain_name(chain_in),
        received=make_amount(entry["amount_out"], entry["symbol_out"], entry["decimals_out"]),
        receiver=link_to_account(chain_out, entry["receiver"], names),
        chain_out=chain_name(chain_out),
        tx=link_to_tx(chain_in, entry["tx"]),
        tx_out=link_to_tx(chain_out, tx_out) if tx_out and tx_out != entry["tx"] else None,
        time=clock(entry.get("time")),
        grade=visible(entry["grade"]),
        note=visible(entry.get("note") or "", 300),
    )


def _comparisons(result: Row) -> tuple[Comparison, ...]:
    compared = result.get("compared") or {}
    return tuple(
        _comparison(compared, entry["asset"], entry["symbol"], entry["decimals"])
        for entry in {entry["asset"]: entry for entry in result["stolen"]}.values()
        if any(line["asset"] == entry["asset"] for lines in compared.values() for line in lines)
    )


def _comparison(compared: Mapping[str, Sequence[Row]], asset: str, symbol: str, decimals: int) -> Comparison:
    cells: dict[GroupKey, dict[str, int | None]] = defaultdict(dict)
    for policy, lines in compared.items():
        for line in (line for line in lines if line["asset"] == asset):
            row, stated = cells[group_key(line)], line.get("origin_amount")
            before = row.get(policy)
            row[policy] = before if stated is None else (before or 0) + int(stated)
    ordered = sorted(cells.items(), key=lambda item: (-max((v or 0) for v in item[1].values()), item[0]))
    rows = tuple((group_title(key), tuple(_cell(row, policy, decimals) for policy in compared)) for key, row in ordered)
    return Comparison(visible(symbol, 24), tuple(visible(policy) for policy in compared), rows)


def _cell(row: Mapping[str, int | None], policy: str, decimals: int) -> str:
    if policy not in row:
        return "–"  # noqa: RUF001  (an en dash: nothing there)
    amount = row[policy]
    return "reached" if amount is None else format_units(amount, decimals)


def _grades(result: Row) -> tuple[GradeTotal, ...]:
    units = stolen_units(result)
    totals = {line["theft"]: int(line["stolen"]) for line in result["conservation"]}
    lines = []
    for entry in result.get("grades") or ():
        _, symbol, decimals = units[entry["theft"]]
        origin = maybe_amount(entry.get("origin_amount"), symbol, decimals)
        share = make_share(origin.base, totals.get(entry["theft"], 0)) if origin else ""
        grade = visible(entry["grade"])
        lines.append(GradeTotal(visible(entry["theft"]), grade, GRADES.get(grade, ""), origin, share))
    return tuple(lines)


def _meanings(result: Row) -> tuple[tuple[str, str], ...]:
    """The grades that a trace can give; `expected` where it was told to share what entered mixers."""
    shares = (result.get("bounds") or {}).get("through_mixes", False)
    return tuple((grade, meaning) for grade, meaning in GRADES.items() if grade != Grade.EXPECTED or shares)


def _noise_entries(result: Row) -> Sequence[Row]:
    entries: Sequence[Row] = (result.get("noise") or {}).get("entries") or ()
    return entries


def _noise_summary(result: Row) -> str:
    noise, entries = result.get("noise") or {}, _noise_entries(result)
    zero = noise.get("zero_value", 0)
    shown = f" The first {ENTRIES} are shown; all are in result.json." if len(entries) > ENTRIES else ""
    return (
        f"{count(zero, 'transfer')} of nothing were seen; {count(len(entries), 'transfer')} are listed here. "
        f"None was followed.{shown}"
    )


def _noise(entry: Row) -> Noise:
    symbol = visible(entry.get("symbol") or "", 24)
    return Noise(
        kind=NOISE.get(entry["kind"], visible(entry["kind"])),
        chain=chain_name(entry["chain"]),
        time=clock(entry.get("time")),
        tx=visible(entry["tx"]),
        sender=visible(entry["sender"]),
        receiver=visible(entry["receiver"]),
        amount=f"{int(entry['amount']):,} base units of {symbol}" if int(entry["amount"]) else f"0 {symbol}",
        detail=visible(entry.get("detail") or "", 200),
    )


def _gaps(result: Row) -> tuple[Gap, ...]:
    by_code: dict[str, list[Row]] = defaultdict(list)
    for entry in result.get("limitations") or ():
        by_code[entry["code"]].append(entry)
    units = _asset_units(result)
    gaps = []
    for code, entries in by_code.items():
        rest = len(entries) - ENTRIES
        more = f"{count(rest, 'more place')} in result.json" if rest > 0 else ""
        lines = tuple(_gap_line(entry, units) for entry in entries[:ENTRIES])
        gaps.append(Gap(visible(code), visible(describe_limitation(code), 300), lines, more))
    return tuple(gaps)


def _gap_line(entry: Row, units: Mapping[str, tuple[str, int]]) -> str:
    where = " ".join(
        part for part in (chain_name(entry["chain"]) if entry.get("chain") else "", entry.get("address") or "") if part
    )
    amount = ""
    if entry.get("amount") is not None:
        symbol, decimals = units.get(entry.get("asset") or "", ("base units", 0))
        found = make_amount(entry["amount"], symbol, decimals)
        amount = f" ({found.exact} {found.symbol})"
    detail = visible(entry.get("detail") or "", 400)
    return (f"{visible(where, 200)}: {detail}" if where else detail) + amount


def _asset_units(result: Row) -> dict[str, tuple[str, int]]:
    """Asset id -> (symbol, decimals), wherever the result names an asset with both."""
    units = {entry["asset"]: (entry["symbol"], entry["decimals"]) for entry in result["dispositions"]}
    return units | {entry["asset"]: (entry["symbol"], entry["decimals"]) for entry in result["stolen"]}


def _evidence(entry: Row) -> Evidence:

    seconds = str(entry.get("fetched") or "").partition(".")[0]
    fetched = f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC" if seconds.isdigit() else ""
    query = " ".join(f"{name}={value}" for name, value in (entry.get("query") or {}).items())
    return Evidence(
        sha256=visible(entry["sha256"]),
        format=visible(entry["format"]),
        chain=chain_name(entry["chain"]),
        query=visible(query, 300),
        fetched=fetched,
    )
