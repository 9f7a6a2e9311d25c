"""``clew monitor``: which accounts of a ledger behave as launderers' do."""

import json
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("monitor")
@click.argument("ledger", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File of JSON lines.")
@click.option("--rules", type=_FILE, help="Windows, counts and thresholds, TOML; by default those that ship.")
@click.option(
    "--tags",
    "tags",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Known addresses, a TagPack or CSV file: services raise no alerts. May be given several times.",
)
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Folder: watch only what came since the last run."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    ledger: Path, out: Path, rules: Path | None, tags: tuple[Path, ...], state: Path | None, as_json: bool
) -> None:
    """Watch LEDGER for five typologies at once and write every alert with its transfers (docs/typologies.md).

    LEDGER is a traced case's folder, a ledger file, or a Parquet ledger.
    """
    from clew.cli.progress import showing
    from clew.service.typologies import monitor

    with showing(quiet=as_json) as progress:
        found = monitor(ledger, out, rules=rules, tags=tags, state=state, progress=progress)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['accounts']:,} accounts, rules {found['rules']}; alerts in {out}")
    for name, count in found["alerts"].items():
        share = 100 * found["flagged"][name] / max(1, found["accounts"])
        click.echo(f"  {name:<13} {count:>9,} alerts, {found['flagged'][name]:>9,} accounts ({share:.3f} %)")
    if found["exempt"]:
        click.echo(f"  {found['exempt']:,} alerts of services and of their deposit addresses left out")
    for one in found["limitations"]:
        click.echo(f"  limitation {one['code']}: {one['asset']}: {one['detail']}")
