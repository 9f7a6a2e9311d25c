"""``clew rescreen``: ask past questions again."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click


@click.command("rescreen")
@click.option("--records", default="sqlite:///clew-records.db", show_default=True, help="Database URL of the records.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Folder of the lists.")
@click.option("--policy", type=click.Path(exists=True, path_type=Path), help="Rules, in place of those that ship.")
@click.option(
    "--tags", multiple=True, type=click.Path(exists=True, path_type=Path), help="Known addresses. May be repeated."
)
@click.option("--ledger", type=click.Path(exists=True, path_type=Path), help="A traced case, to compute exposure from.")
def command(records: str, **ground: Any) -> None:
    """Ask every question of the records again whose answer rests on older lists, tags or rules.

    The service starts this by itself when what it rests on has changed.
    """
    from clew.cli.background import give_way
    from clew.records.store import Records
    from clew.service.screening import rescreen
    from clew.service.snapshots import Ground, read_snapshot
    from clew.settings import read_settings

    give_way(5)  # not the last place: what it writes, the service waits for
    with closing(Records(records)) as kept:
        snapshot = read_snapshot(Ground(read_settings(), **ground))
        if not kept.claim_rescreen(snapshot.known):
            click.echo("nothing to ask: it was done, or another process is at it")
            return
        click.echo(f"asked past questions again: {rescreen(kept, snapshot)} have another answer")
