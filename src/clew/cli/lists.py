"""``clew lists``: sanctions lists, every version kept."""

import json
from pathlib import Path
from typing import Any

import click

from clew.errors import RunError

_STORE = click.option(
    "--store", type=click.Path(file_okay=False, path_type=Path), help="Folder of the lists; by default the settings'."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("lists")
def command() -> None:
    """Keep sanctions lists: fetch and check them, and say what was listed when (docs/lists.md)."""


@command.command("update")
@click.argument("lists", nargs=-1)
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="File or folder in place of the network, for one list. May be given several times.",
)
@click.option("--dated", default="", metavar="DATE", help="The list's own date, where its files do not say it.")
@click.option("--force", is_flag=True, help="Take a release that fails its assertions; they are recorded with it.")
@_STORE
@_JSON
def update(
    lists: tuple[str, ...], files: tuple[Path, ...], dated: str, force: bool, store: Path | None, as_json: bool
) -> None:
    """Take the newest release of LISTS in; without names, of every list that is fetched by default."""
    from clew.cli.background import give_way
    from clew.service.lists import UpdateRequest, update_lists
    from clew.settings import read_settings

    give_way()
    request = UpdateRequest(read_settings(), lists, files, store, dated, force)
    rows = update_lists(request)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    for row in () if as_json else rows:
        if row["state"] == "refused":
            click.echo(f"{row['list']}: refused: {row['reason']}", err=True)
            continue
        click.echo(f"{row['list']}: {row['state']}: {_told(row)}")
        for reason in row["forced"]:
            click.echo(f"{row['list']}: taken all the same: {reason}", err=True)
    refused = sum(row["state"] == "refused" for row in rows)
    if refused:
        what = f"{refused} of {len(rows)} lists were not taken in"
        raise RunError(what, mend="their last good versions stay in force")


def _told(row: dict[str, Any]) -> str:
    size = f"{row['parties']:,} parties, {row['wallets']:,} wallets"
    return f"version {row['number']} of {row['effective']}, {size}, fetched {row['fetched']}, sha256 {row['id'][:16]}"


@command.command("status")
@click.option("--as-of", "as_of", default="", metavar="DATE", help="What was in force on this day, such as 2022-04-14.")
@click.option("--known", default="", metavar="DATE", help="Of what had been fetched by this day.")
@_STORE
@_JSON
def status(as_of: str, known: str, store: Path | None, as_json: bool) -> None:
    """Show each list: the version in force, its size, and when it was fetched."""
    from clew.service.lists import list_status
    from clew.settings import read_settings

    rows = list_status(read_settings(), store, as_of=as_of, known=known)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        held = row["in_force"]
        if held is None:
            state = "no version of that time is known" if row["versions"] else "not taken in"
        else:
            state = _told(held)
        click.echo(f"{row['list']:<17} {state}")
        for reason in held["forced"] if held else ():
            click.echo(f"{'':<17} taken all the same: {reason}")


@command.command("diff")
@click.argument("name", metavar="LIST")
@click.option("--from", "old", default="", metavar="VERSION", help="A version's number, or a day on which it held.")
@click.option("--to", "new", default="", metavar="VERSION", help="The same, of the later one; by default the newest.")
@_STORE
@_JSON
def diff(name: str, old: str, new: str, store: Path | None, as_json: bool) -> None:
    """Name the parties and wallets that one version of LIST has and another has not."""
    from dataclasses import asdict

    from clew.service.lists import list_changes
    from clew.settings import read_settings

    first, second, changes = list_changes(read_settings(), name, store, old=old, new=new)
    if as_json:
        versions = {"list": name, "from": first.number, "to": second.number}
        click.echo(json.dumps(versions | asdict(changes), indent=1, ensure_ascii=False))
        return
    click.echo(f"{name}: from version {first.number} ({first.effective}) to {second.number} ({second.effective})")
    for sign, parties in (("+", changes.added_parties), ("-", changes.removed_parties)):
        for party in parties:
            click.echo(f"{sign} {party.kind} {party.id} {party.name}")
    for _, party in changes.changed_parties:
        click.echo(f"~ {party.kind} {party.id} {party.name}")
    for sign, wallets in (("+", changes.added_wallets), ("-", changes.removed_wallets)):
        for wallet in wallets:
            click.echo(f"{sign} wallet {wallet.address} {'/'.join(wallet.claims)} of {', '.join(wallet.holders)}")
    for _, wallet in changes.changed_wallets:
        click.echo(f"~ wallet {wallet.address} {'/'.join(wallet.claims)} of {', '.join(wallet.holders)}")
