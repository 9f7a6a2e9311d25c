"""``clew trace``: follow the stolen funds of a case."""

import json
from pathlib import Path
from typing import Any

import click

from clew.cli.options import TAGS
from clew.cli.progress import showing

_SUMMARY = ("case", "policy", "result_sha256", "stolen", "dispositions", "conservation", "limitations")


@click.command("trace")
@click.argument("case")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for result, reports and evidence. By default it has the name of CASE.",
)
@click.option(
    "--policy",
    metavar="POLICY",
    help="fifo, lifo, haircut, poison, clean-first, dirty-first, or all to compare them. By default the case's own.",
)
@click.option(
    "--recorded",
    type=click.Path(exists=True, path_type=Path),
    help="Recorded replies (file or folder), or Bitcoin block files, in place of the network.",
)
@click.option("--offline", is_flag=True, help="Never use the network: only what --recorded and the folder hold.")
@TAGS
@click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the sanctions lists, whose wallets are shown where the stolen funds reach them.",
)
@click.option(
    "--pool-events",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Deposits and withdrawals of Tornado-like pools, JSON or CSV. May be given several times.",
)
@click.option(
    "--max-addresses",
    default=1000,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Load the histories of at most so many addresses.",
)
@click.option(
    "--min-amount",
    multiple=True,
    metavar="AMOUNT",
    help='Do not follow less than this of what was stolen, such as "0.5 ETH". May be given several times.',
)
@click.option(
    "--max-hops", type=click.IntRange(0), metavar="N", help="Follow at most so many transfers away from the thief."
)
@click.option("--until", metavar="TIME", help="Answer as of this time (UTC), such as 2022-04-04.")
@click.option(
    "--max-transfers",
    default=20_000,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="An address with more transfers is too busy to be one person's: do not follow it.",
)
@click.option(
    "--through-suspected-services",
    is_flag=True,
    help="Go on through accounts that behave like a service but that no tag names.",
)
@click.option(
    "--through-exchanger",
    multiple=True,
    metavar="NAME",
    help="Follow deposits into this instant exchanger to the payout that alone fits. May be given several times.",
)
@click.option(
    "--through-mixes",
    is_flag=True,
    help="Share what enters CoinJoins and mixers' pools over what may be its, by probability: expected, not proven.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(case: str, out: Path | None, as_json: bool, **options: Any) -> None:
    """Follow the stolen funds of CASE (a TOML file, or the id of an incident) to where they stand now."""
    from clew.service.trace import TraceRequest, trace_case
    from clew.settings import read_settings

    folder = out or Path(Path(case).stem)
    request = TraceRequest(case=case, out=folder, settings=read_settings(), **options)
    with showing(quiet=as_json) as progress:
        result = trace_case(request, progress)
    if as_json:
        click.echo(json.dumps({key: result[key] for key in _SUMMARY}, indent=1))
    else:
        from clew.cli.standing import print_result

        print_result(result, folder)
