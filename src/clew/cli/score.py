"""``clew score``: how often Clew is right, measured on labelled files; one sub-command for each kind of answer."""

import json
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("score")
def command() -> None:
    """Measure how often Clew is right, on labelled files; prints JSON."""


@command.command("coinjoin")
@click.option("--transactions", required=True, type=_FILE, help="Transactions: JSON lines or ::: text, gzip or not.")
@click.option("--labels", required=True, type=_FILE, help="CSV with the columns txid and class.")
@click.option(
    "--threshold",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Confidence from which a verdict counts; below it the transaction is 'none'.",
)
def coinjoin(transactions: Path, labels: Path, threshold: float) -> None:
    """Score the CoinJoin rules: precision, recall and F1 of each class (formats: docs/coinjoin.md)."""
    from clew.service.score_coinjoin import score_coinjoin

    click.echo(json.dumps(score_coinjoin(transactions, labels, threshold=threshold), indent=1))
