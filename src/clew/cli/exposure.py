"""``clew exposure``: to whom an address is exposed."""

import json
from pathlib import Path
from typing import Any

import click

from clew.cli.options import RECORDED, TAGS
from clew.cli.progress import showing


@click.command("exposure")
@click.argument("address")
@click.option("--chain", default="", help="The chain of ADDRESS, where its form does not say it.")
@click.option(
    "--ledger", type=click.Path(exists=True, path_type=Path), help="A traced case's folder, or a ledger file."
)
@RECORDED
@TAGS
@click.option("--clusters", is_flag=True, help="Take addresses that clustering joins for one holder.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    address: str,
    chain: str,
    ledger: Path | None,
    recorded: Path | None,
    tags: tuple[Path, ...],
    clusters: bool,
    as_json: bool,
) -> None:
    """Say what ADDRESS received from services and sent to them: direct and indirect, by hops, with the largest path."""
    from clew.service.exposure import exposure_of

    with showing(quiet=as_json) as progress:
        found = exposure_of(
            address, chain=chain, ledger=ledger, recorded=recorded, tags=tags, clustered=clusters, progress=progress
        )
    click.echo(json.dumps(found, indent=1) if as_json else "\n".join(_lines(found)))


def _lines(found: dict[str, Any]) -> list[str]:
    """The answer as text: totals, then a line for each share."""
    lines = [found["address"]]
    if found["members"] > 1:
        lines.append(f"one of {found['members']} addresses of cluster {found['cluster']}")
    if found["own_tag"]:
        lines.append(f"tagged itself: {found['own_tag']['label']} ({found['own_tag']['category']})")
    units = {total["asset"]: total for total in found["totals"]}
    for asset, total in units.items():
        amounts = (_amount(total[side], total) for side in ("received", "sent"))
        lines.append("{}: received {}, sent {}".format(total["symbol"] or asset, *amounts))
        lines += [_line(share, total) for share in found["shares"] if share["asset"] == asset]
    if found["history"] != "complete":
        lines.append(f"the history of the address is {found['history']} in this ledger")
    lines += [
        f"gap {code}: {count} times on this chain (docs/results.md)" for code, count in found["ledger_gaps"].items()
    ]
    lines += [f"limitation {one['code']}: {one['asset']}: {one['detail']}" for one in found["limitations"]]
    return lines


def _line(share: dict[str, Any], total: dict[str, Any]) -> str:
    who = f"{share['entity']} ({share['category']})" if share["entity"] else share["category"]
    percent = f"{int(share['share'].replace('.', '')) / 10_000:.4f} %"
    hops = "" if share["hops"] is None else f", {share['hops']} hop{'s' if share['hops'] != 1 else ''}"
    parts = f"direct {_amount(share['direct'], total)}, indirect {_amount(share['indirect'], total)}"
    toward = "from" if share["direction"] == "received" else "to"
    return f"  {toward:<4} {who:<36} {percent:>11}  {parts}{hops}"


def _amount(units: str, total: dict[str, Any]) -> str:
    from clew.amounts import format_units

    return format_units(int(units), total["decimals"] or 0)
