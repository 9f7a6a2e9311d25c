"""A result on the terminal: where the money stands, in units with thousands separators, and UTC.

Addresses and amounts are printed whole: one line a row where there is room or nobody looks (a pipe, a file), else a
line and an indented one. Names come from tag files, case files and chain data: they are printed as text, never as
markup, with every invisible character written out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from clew.amounts import format_units
from clew.model import Grade
from clew.reports.text import count, visible

Json = dict[str, Any]
_SHOWN = 12
"""Rows of a theft's table; the report has all."""
_GRADES = tuple(Grade)
_ENDLESS = 1 << 16
"""Columns of an output that is no terminal."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Dispositions of one kind and holder together."""

    kind: str
    who: str
    where: str
    amount: int
    """Origin units."""
    now: str
    """Symbols of the assets they are in today."""
    hops: int
    last: str


def print_result(result: Json, folder: Path, console: Console | None = None) -> None:
    """Print the dispositions, the sums, the comparison and the limitations, and say where the files are."""
    out = console or Console()
    compared = f" ({len(result['policies'])} policies are compared below)" if "compared" in result else ""
    title = f"{visible(result['title'])}: policy {result['policy']}{compared}, as of {result['as_of']}"
    _say(out, title, style="bold")
    for stolen in result["stolen"]:
        _print_dispositions(out, stolen, result)
    for row in result["conservation"]:
        _print_sums(out, row, result["grades"])
    if not result["conservation"]:
        out.print()
        _say(out, f"{result['policy']} keeps no value: it says whom the theft touched, and nothing is summed")
    if "compared" in result:
        _print_comparison(out, result)
    _print_sanctioned(out, result["sanctioned"])
    _print_limitations(out, result["limitations"])
    _say(out, f"Report: {folder / 'report.html'}  Result: {folder / 'result.json'}")
    _say(out, f"Check it: clew verify {folder}")


def _say(out: Console, line: str, style: str = "") -> None:
    """One line, which a terminal may wrap but nothing cuts."""
    out.print(Text(line, style=style), soft_wrap=True)


# --- where a theft stands


def _print_dispositions(out: Console, stolen: Json, result: Json) -> None:
    amount = format_units(int(stolen["amount"]), stolen["decimals"])
    out.print()
    asserted = "" if stolen["grade"] == "observed" else f" (the theft itself is {stolen['grade']})"
    _say(out, f"{stolen['theft']}: where {amount} {visible(stolen['symbol'])} stand{asserted}", style="italic")
    rows = _merged([d for d in result["dispositions"] if d["theft"] == stolen["theft"]])
    sums = bool(result["conservation"])
    share = f"{visible(stolen['symbol'])} stolen"
    titles = ["disposition", "who", "where", share, "now in", "hops", "last"]
    lines = [_cells(row, stolen["decimals"]) for row in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        rest = format_units(sum(row.amount for row in rows[_SHOWN:]), stolen["decimals"])
        lines.append(["…", f"{len(rows) - _SHOWN} more in the report", "", rest, "", "", ""])
    if not sums:
        titles, lines = _without(titles, 3), [_without(line, 3) for line in lines]
    if not _print_table(out, titles, lines, right={share, "hops"}):
        _print_stacked(out, rows, stolen, sums=sums)


def _merged(dispositions: Iterable[Json]) -> list[_Row]:
    """Dispositions of one kind and holder together, largest first."""
    groups: dict[tuple[str, str], list[Json]] = {}
    for d in dispositions:
        who = d["entity"] or d["label"] or ("" if d["kind"] in ("fee", "burned") else d["address"] or "")
        groups.setdefault((d["kind"], who), []).append(d)
    rows = []
    for (kind, who), group in groups.items():
        addresses = {d["address"] for d in group}
        where = f"{len(addresses)} addresses" if len(addresses) > 1 else (group[0]["address"] or "")
        category = group[0]["category"]
        named = f"{who} ({category})" if category and who else (who if who != where else "")
        rows.append(
            _Row(
                kind,
                visible(named),
                where,
                sum(int(d["origin_amount"]) for d in group),
                ", ".join(sorted({visible(d["symbol"]) for d in group})),
                min(d["hops"] for d in group),
                max(d["last_time"] for d in group)[:10],
            )
        )
    return sorted(rows, key=lambda row: (-row.amount, row.hops, row.kind, row.who, row.where))


def _cells(row: _Row, decimals: int) -> list[str]:
    return [row.kind, row.who, row.where, format_units(row.amount, decimals), row.now, str(row.hops), row.last]


def _without(row: Sequence[str], column: int) -> list[str]:
    return [*row[:column], *row[column + 1 :]]


def _print_stacked(out: Console, rows: Sequence[_Row], stolen: Json, *, sums: bool) -> None:
    """A row as two lines, where the terminal is too narrow for one."""
    symbol = visible(stolen["symbol"])
    for row in rows[:_SHOWN]:
        amount = f"{format_units(row.amount, stolen['decimals'])} {symbol}" if sums else ""
        _say(out, "  ".join(filter(None, (row.kind, amount, row.who))))
        now = f"now in {row.now}" if row.now != symbol else ""
        _say(out, "    " + "  ".join(filter(None, (row.where, now, count(row.hops, "hop"), row.last))))
    if len(rows) > _SHOWN:
        rest = format_units(sum(row.amount for row in rows[_SHOWN:]), stolen["decimals"])
        _say(out, f"{len(rows) - _SHOWN} more in the report" + (f", with {rest} {symbol}" if sums else ""))


# --- sums, policies, limitations


def _print_sums(out: Console, row: Json, grades: Sequence[Json]) -> None:
    stolen, accounted, difference = (
        format_units(int(row[key]), row["decimals"]) for key in ("stolen", "accounted", "difference")
    )
    known = ", ".join(
        f"{format_units(int(grade['origin_amount']), row['decimals'])} {grade['grade']}"
        for grade in sorted(grades, key=lambda grade: _GRADES.index(grade["grade"]))
        if grade["theft"] == row["theft"]
    )
    symbol = visible(row["symbol"])
    out.print()
    _say(out, f"{row['theft']}: stolen {stolen} {symbol}, accounted {accounted}, difference {difference}")
    _say(out, f"{row['theft']}: grades {known}")


def _print_comparison(out: Console, result: Json) -> None:
    policies = list(result["policies"])
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for policy, rows in result["compared"].items():
        for row in rows:
            amount = "yes" if row["origin_amount"] is None else format_units(int(row["origin_amount"]), row["decimals"])
            name = visible(f"{row['kind']} {row['entity'] or ''}".strip())
            cells.setdefault((row["theft"], name), {})[policy] = amount
    out.print()
    _say(out, "Every policy, in units of what was stolen", style="italic")
    lines = [[*key, *(by.get(policy, "") for policy in policies)] for key, by in sorted(cells.items())]
    if not _print_table(out, ["theft", "disposition", *policies], lines, right=set(policies)):
        for (theft, name), by in sorted(cells.items()):
            _say(out, f"{theft}: {name}")
            for policy in policies:
                if policy in by:
                    _say(out, f"    {policy:<11}  {by[policy]}")


def _print_sanctioned(out: Console, rows: Sequence[Json]) -> None:
    if rows:
        out.print()
    for row in rows:
        since = f"since {row['since']}, " if row["since"] else ""
        name = visible(row["name"] or "listed")
        words = f"sanctioned {row['address']}: {name}, {since}by {row['list']} of {row['effective']}"
        _say(out, words, style="bold")


def _print_limitations(out: Console, limitations: Sequence[Json]) -> None:
    groups: dict[str, list[Json]] = {}
    for limit in limitations:
        groups.setdefault(limit["code"], []).append(limit)
    if groups:
        out.print()
    for code, group in groups.items():
        times = f" ({len(group)} times)" if len(group) > 1 else ""
        _say(out, f"limitation {code}{times}: {visible(group[0]['detail'], _ENDLESS)}")
    out.print()


def _print_table(out: Console, titles: Sequence[str], lines: Sequence[Sequence[str]], right: set[str]) -> bool:
    """Print one line a row, every cell whole; False, and nothing printed, where the terminal is too narrow for it."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in titles:
        table.add_column(Text(title), justify="right" if title in right else "left", no_wrap=True)
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    width = Measurement.get(out, out.options.update(width=_ENDLESS), table).maximum
    if out.is_terminal and width > out.width:
        return False
    out.width = max(out.width, width)
    out.print(table)
    return True
