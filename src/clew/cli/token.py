"""``clew token``: who may ask the service."""

from datetime import UTC, datetime

import click

_RECORDS = click.option(
    "--records", "url", default="sqlite:///clew-records.db", show_default=True, help="Database URL of the records."
)


@click.group("token")
def command() -> None:
    """Make, list and revoke the tokens of the service (docs/service.md)."""


@command.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="screen, transfers or read. May be repeated.")
@_RECORDS
def add(name: str, scopes: tuple[str, ...], url: str) -> None:
    """Make a token called NAME and print it, this once: only its hash is kept."""
    from clew.records.store import Records

    click.echo(Records(url).add_token(name, scopes))


@command.command("list")
@_RECORDS
def listing(url: str) -> None:
    """Show the tokens: name, scopes, since when, and until when."""
    from clew.records.store import Records

    for token in Records(url).tokens():
        state = "in force" if token.revoked is None else f"revoked {_day(token.revoked)}"
        click.echo(f"{token.name:<20} {' '.join(sorted(token.scopes)):<24} since {_day(token.created)}  {state}")


@command.command("revoke")
@click.argument("name")
@_RECORDS
def revoke(name: str, url: str) -> None:
    """End the token called NAME for good."""
    from clew.records.store import Records

    Records(url).revoke_token(name)
    click.echo(f"{name}: revoked")


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
