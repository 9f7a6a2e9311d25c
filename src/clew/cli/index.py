"""``clew index``: transfers of one chain and asset on disk, found from either end in no time."""

import json
from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group("index")
def command() -> None:
    """Index the transfers of a ledger, and trace over the index; prints JSON (docs/index-of-transfers.md)."""


@command.command("build")
@click.argument("ledger", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the index.")
@click.option("--chain", default="", help="Of a case's ledger: the chain.")
@click.option(
    "--asset", default="", help="Of a case's ledger: the asset, by CAIP-19 id, or the chain's coin by symbol."
)
@click.option("--memory", type=click.IntRange(1), metavar="MB", help="Memory to use; by default most of what is free.")
def build(ledger: Path, out: Path, chain: str, asset: str, memory: int | None) -> None:
    """Build an index of LEDGER (a Parquet file or folder, or a traced case's folder), or add to it what is new."""
    from clew.cli.progress import showing
    from clew.service.index import build

    room = None if memory is None else memory * 1_000_000
    with showing(quiet=False) as tell:
        found = build(ledger, out, chain=chain, asset=asset, memory=room, progress=tell)
    click.echo(json.dumps(found, indent=1))


@command.command("status")
@click.argument("folder", type=_FOLDER)
@click.option("--check", is_flag=True, help="Read every byte and compare it with what was written.")
def status(folder: Path, check: bool) -> None:
    """Say what the index in FOLDER holds."""
    from clew.service.index import status

    click.echo(json.dumps(status(folder, check=check), indent=1))


@command.command("trace")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--from",
    "thefts",
    required=True,
    multiple=True,
    metavar="ACCOUNT@ORDINAL",
    help="Who received which stolen transfer.",
)
@click.option("--policy", default="fifo", show_default=True, help="The taint policy.")
@click.option("--until", type=click.IntRange(0), metavar="ORDINAL", help="The last transfer looked at.")
@click.option(
    "--busy", type=click.IntRange(1000), metavar="N", help="Do not follow accounts of more transfers than this."
)
@click.option(
    "--most", default=20_000_000, show_default=True, type=click.IntRange(1), help="Transfers reached at most."
)
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="Holders to list, largest first.")
def trace(
    folder: Path, thefts: tuple[str, ...], policy: str, until: int | None, busy: int | None, most: int, top: int
) -> None:
    """Follow stolen transfers over the index in FOLDER, and say who holds their coins."""
    from clew.service.index import trace
    from clew.tracing.policies import parse_policy

    chosen = parse_policy(policy, where="--policy")
    found = trace(folder, thefts, chosen, until=until, busy=busy, most=most, top=top)
    click.echo(json.dumps(found, indent=1))
