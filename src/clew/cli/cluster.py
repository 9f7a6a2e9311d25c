"""``clew cluster``: which addresses belong to one owner."""

import json
from pathlib import Path

import click

from clew.cli.options import RECORDED, TAGS
from clew.cli.progress import showing


@click.command("cluster")
@click.argument("ledger", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A .parquet, .csv or .json file, or a folder to go on.",
)
@click.option("--chain", default="bitcoin", show_default=True, help="The chain whose addresses are clustered.")
@RECORDED
@TAGS
@click.option("--suspects", is_flag=True, help="Join the inputs of suspected PayJoins too.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(
    ledger: Path | None,
    out: Path,
    chain: str,
    recorded: Path | None,
    tags: tuple[Path, ...],
    suspects: bool,
    as_json: bool,
) -> None:
    """Write which addresses of LEDGER, a traced case's folder or a ledger file, belong to one owner, and why."""
    from clew.service.clustering import cluster_ledger

    with showing(quiet=as_json) as progress:
        found = cluster_ledger(
            out, ledger=ledger, recorded=recorded, chain=chain, tags=tags, suspects=suspects, progress=progress
        )
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['chain']}: {found['addresses']:,} addresses in {found['clusters']:,} clusters")
    click.echo(f"  of several addresses: {found['clusters_of_several']:,}; the largest: {found['largest']:,}")
    for rule, count in found["links"].items():
        click.echo(f"  {rule}: {count:,} links")
    if found["deposit_addresses"]:
        click.echo(f"  deposit addresses of exchanges, members of no cluster: {found['deposit_addresses']:,}")
    if "links_added" in found:
        click.echo(f"  since the run before: {found['links_added']:,} links came, {found['links_gone']:,} went")
    click.echo(f"Clusters: {found['out']}")
