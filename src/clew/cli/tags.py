"""``clew tags``: statements of who holds an address."""

import json
from pathlib import Path

import click

from clew.errors import InputError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("tags")
def command() -> None:
    """Check files of tags, show what is said of an address, write TagPacks (docs/tags.md)."""


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Read FILES and name every wrong entry; exit code 2 where there is one."""
    from clew.service.tags import check_tags

    rows = check_tags(files)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    for row in () if as_json else rows:
        chains = ", ".join(f"{name} {count:,}" for name, count in row["chains"].items())
        categories = ", ".join(f"{name} {count:,}" for name, count in row["categories"].items())
        click.echo(f"{row['file']}: {row['tags']:,} tags of {row['addresses']:,} addresses")
        click.echo(f"  chains: {chains or 'none'}\n  categories: {categories or 'none'}")
        click.echo(f"  without a date: {row['without_date']:,}; addresses in conflict: {row['conflicts']:,}")
        for error in row["errors"]:
            click.echo(f"  {error}", err=True)
    wrong = sum(len(row["errors"]) for row in rows)
    if wrong:
        raise InputError(f"{wrong:,} wrong entries", mend="each is named above")


@command.command("show")
@click.argument("address")
@click.option("--tags", "files", multiple=True, type=_FILE, help="A file of tags. May be given several times.")
@click.option("--chain", default="", help="The chain, where the address alone does not say it.")
@click.option("--as-of", "as_of", default="", metavar="DATE", help="What was known on this day, such as 2022-04-14.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(address: str, files: tuple[Path, ...], chain: str, as_of: str, as_json: bool) -> None:
    """Show what is said of ADDRESS, strongest first, and where it contradicts itself."""
    from clew.service.lists import parse_date
    from clew.service.tags import show_tags

    rows = show_tags(address, files, as_of=parse_date(as_of), chain=chain)
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['chain']}:{row['address']}: {row['label'] or 'no label'}")
        for tag in row["tags"]:
            who = f"{tag['label']} ({tag['category']}{', ' + tag['entity'] if tag['entity'] else ''})"
            click.echo(f"  {tag['confidence']:>3} {who}, {tag['lastmod'] or 'undated'}, {tag['source']}")
        for conflict in row["conflicts"]:
            sides = " | ".join(f"{s['value']} ({s['confidence']}, {s['sources']} sources)" for s in conflict["sides"])
            click.echo(f"  conflict of {conflict['about']}: {sides}")
    if not rows:
        click.echo("nothing is said of it, which does not make it clean")


@command.command("write")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The TagPack to write.")
@click.option("--title", required=True, help="Its title.")
@click.option("--creator", required=True, help="Who answers for it.")
def write(files: tuple[Path, ...], out: Path, title: str, creator: str) -> None:
    """Write the tags of FILES as one GraphSense TagPack."""
    from clew.service.tags import write_tags

    count = write_tags(files, out, title=title, creator=creator)
    click.echo(f"{out}: {count:,} tags")
