"""A result on the terminal: where the money stands, in tables of units with thousands separators and UTC."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from clew.amounts import format_units

Json = dict[str, Any]
_SHOWN = 12
"""Rows of a theft's table; the report has all."""


def print_result(result: Json, folder: Path) -> None:
    """Print the dispositions, the sums, the comparison and the limitations, and say where the files are."""
    console = Console(highlight=False)
    console.print(f"[bold]{result['title']}[/bold]  policy {result['policy']}, as of {result['as_of']}")
    for stolen in result["stolen"]:
        console.print(_dispositions(stolen, result))
    for row in result["conservation"]:
        amounts = (format_units(int(row[key]), row["decimals"]) for key in ("stolen", "accounted", "difference"))
        console.print("stolen {} {s}, accounted {}, difference {}".format(*amounts, s=row["symbol"]))
    if "compared" in result:
        console.print(_comparison(result))
    _print_limitations(console, result["limitations"])
    console.print(f"Report: {folder / 'report.html'}  Result: {folder / 'result.json'}")
    console.print(f"Check it: clew verify {folder}")


def _dispositions(stolen: Json, result: Json) -> Table:
    table = Table(title=f"{stolen['theft']}: where {_units(stolen)} {stolen['symbol']} stand", title_justify="left")
    for name in ("disposition", "who", "where"):
        table.add_column(name, overflow="fold")
    table.add_column(f"of the {stolen['symbol']} stolen", justify="right")
    table.add_column("hops", justify="right")
    table.add_column("last", no_wrap=True)
    rows = _merged(d for d in result["dispositions"] if d["theft"] == stolen["theft"])
    for kind, who, where, amount, hops, last in rows[:_SHOWN]:
        share = format_units(amount, stolen["decimals"]) if result["policy"] != "poison" else "—"
        table.add_row(kind, who, where, share, str(hops), last)
    if len(rows) > _SHOWN:
        rest = format_units(sum(row[3] for row in rows[_SHOWN:]), stolen["decimals"])
        table.add_row("…", f"{len(rows) - _SHOWN} more in the report", "", rest, "", "")
    return table


def _merged(dispositions: Iterable[Json]) -> list[tuple[str, str, str, int, int, str]]:
    """Dispositions of one kind and entity together, largest first."""
    groups: dict[tuple[str, str], list[Json]] = {}
    for d in dispositions:
        who = d["entity"] or d["label"] or ("" if d["kind"] in ("fee", "burned") else d["address"] or "")
        groups.setdefault((d["kind"], who), []).append(d)
    rows = []
    for (kind, who), group in groups.items():
        addresses = {d["address"] for d in group}
        where = f"{len(addresses)} addresses" if len(addresses) > 1 else (group[0]["address"] or "")
        category = group[0]["category"]
        amount = sum(int(d["origin_amount"]) for d in group)
        named = f"{who} ({category})" if category and who else (who if who != where else "")
        last = max(d["last_time"] for d in group)[:10]
        rows.append((kind, named, where, amount, min(d["hops"] for d in group), last))
    return sorted(rows, key=lambda row: (-row[3], row[0], row[1]))


def _units(row: Json) -> str:
    return format_units(int(row["amount"]), row["decimals"])


def _comparison(result: Json) -> Table:
    table = Table(title="Every policy, in stolen units", title_justify="left")
    table.add_column("theft")
    table.add_column("disposition")
    for policy in result["policies"]:
        table.add_column(policy, justify="right")
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    for policy, rows in result["compared"].items():
        for row in rows:
            amount = "yes" if row["origin_amount"] is None else format_units(int(row["origin_amount"]), row["decimals"])
            cells.setdefault((row["theft"], row["kind"], row["entity"] or ""), {})[policy] = amount
    for (theft, kind, entity), by_policy in sorted(cells.items()):
        name = f"{kind} {entity}".strip()
        table.add_row(theft, name, *(by_policy.get(policy, "—") for policy in result["policies"]))
    return table


def _print_limitations(console: Console, limitations: list[Json]) -> None:
    counts: dict[str, list[Json]] = {}
    for limit in limitations:
        counts.setdefault(limit["code"], []).append(limit)
    for code, group in counts.items():
        more = f" ({len(group)} times)" if len(group) > 1 else ""
        console.print(f"[dim]limitation[/dim] {code}{more}: {group[0]['detail']}", markup=True)
