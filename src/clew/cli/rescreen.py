"""``clew rescreen``: ask past questions again."""

import signal
import sys
import time
from contextlib import closing
from typing import Any

import click

from clew.cli.options import CLUSTERS, LEDGER, POLICY, RECORDS, STORE, TAGS


@click.command("rescreen")
@RECORDS
@STORE
@POLICY
@TAGS
@LEDGER
@CLUSTERS
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
    from clew.service.screening import Rescreening
    from clew.service.snapshots import Ground, read_snapshot
    from clew.settings import read_settings

    ground = Ground(read_settings(), **places)
    with closing(Records(records)) as kept:
        rescreening = Rescreening(kept)
        try:
            if every:
                _go_on(rescreening, ground, every, beside)
            else:
                told = rescreening.turn(read_snapshot(ground))
                click.echo(told or "nothing to ask: another process is at it")
        finally:
            rescreening.let_go()


def _go_on(rescreening: Any, ground: Any, every: float, parent: int) -> None:
    """Post what was answered, and ask again what must be; what cannot be read is told and tried again."""
    from clew.cli.workers import orphaned
    from clew.errors import ClewError
    from clew.service.snapshots import changed, read_snapshot

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # and lets go of its work
    snapshot = None
    while not orphaned(parent):
        time.sleep(every)
        try:
            snapshot = read_snapshot(ground) if snapshot is None else changed(ground, snapshot) or snapshot
            if told := rescreening.turn(snapshot):
                click.echo(told, err=True)
        except ClewError as error:
            click.echo(f"past questions are not asked again yet: {error}", err=True)
