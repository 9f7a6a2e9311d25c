"""``clew rescreen``: ask past questions again."""

import time
from contextlib import closing
from typing import Any

import click

from clew.cli.options import LEDGER, POLICY, RECORDS, STORE, TAGS


@click.command("rescreen")
@RECORDS
@STORE
@POLICY
@TAGS
@LEDGER
@click.option(
    "--every",
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="Go on until stopped, and look this often whether anything has changed.",
)
@click.option("--beside", default=0, hidden=True, help="Id of the process with which it ends.")
def command(records: str, every: float | None, beside: int, **places: Any) -> None:
    """Ask every question of the records again whose answer rests on older lists, tags or rules.

    A service has this done by a process that runs beside it.
    """
    from clew.cli.background import give_way

    give_way()

    from clew.records.store import Records
    from clew.service.screening import ask_again
    from clew.service.snapshots import Ground, read_snapshot
    from clew.settings import read_settings

    ground = Ground(read_settings(), **places)
    with closing(Records(records)) as kept:
        if every:
            _go_on(kept, ground, every, beside)
        else:
            told = ask_again(kept, read_snapshot(ground))
            click.echo(told or "nothing to ask: it was done, or another process is at it")


def _go_on(kept: Any, ground: Any, every: float, parent: int) -> None:
    """Ask again whenever something has changed; what cannot be read is told and tried again."""
    from clew.cli.workers import orphaned
    from clew.errors import ClewError
    from clew.service.screening import ask_again
    from clew.service.snapshots import changed, read_snapshot

    snapshot = None
    while not orphaned(parent):
        time.sleep(every)
        try:
            snapshot = read_snapshot(ground) if snapshot is None else changed(ground, snapshot) or snapshot
            if kept.rescreen_due(snapshot.known) and (told := ask_again(kept, snapshot)):
                click.echo(told, err=True)
        except ClewError as error:
            click.echo(f"past questions are not asked again yet: {error}", err=True)
