"""``clew serve``: the HTTP service."""

import gc
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import click


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--records", default="sqlite:///clew-records.db", show_default=True, help="Database URL of the records.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Folder of the lists.")
@click.option("--policy", type=click.Path(exists=True, path_type=Path), help="Rules, in place of those that ship.")
@click.option(
    "--tags", multiple=True, type=click.Path(exists=True, path_type=Path), help="Known addresses. May be repeated."
)
@click.option("--ledger", type=click.Path(exists=True, path_type=Path), help="A traced case, to compute exposure from.")
@click.option(
    "--refresh",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="How often to look for new lists, tags and rules.",
)
@click.option(
    "--rate",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="N",
    help="Requests a second that one token may make; 0: no limit.",
)
def command(host: str, port: int, records: str, refresh: float, rate: float, **ground: Any) -> None:
    """Serve screening over HTTP until stopped. Its description stands at /docs and /openapi.json."""
    import uvicorn

    from clew.api.app import create_app
    from clew.errors import RunError
    from clew.records.store import Records
    from clew.screening.bulk import screen_many
    from clew.service.snapshots import Ground, changed, read_snapshot
    from clew.settings import read_settings

    said = Ground(read_settings(), **ground)
    with closing(Records(records)) as kept, socket.socket() as listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
        except OSError as error:
            where, mend = f"{host}:{port}", "choose another --port, or end what listens there"
            raise RunError(error.strerror or str(error), where=where, mend=mend) from error
        snapshot = read_snapshot(said)
        screen_many(["-"], snapshot.addresses, snapshot.policy)  # its kernel is compiled before anybody waits for it
        app = create_app(
            snapshot,
            kept,
            reload=lambda snapshot: changed(said, snapshot),
            every=refresh,
            per_second=rate,
            log=lambda line: click.echo(line, err=True),
        )
        click.echo(f"Listening on http://{host}:{port}, described at http://{host}:{port}/docs", err=True)
        sys.setswitchinterval(0.0005)  # the thread that keeps answers shall not wait long for its turn
        gc.collect()
        gc.freeze()  # lists and tags stay: to look through them again and again would hold up requests
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        with suppress(KeyboardInterrupt):  # how one stops it
            server.run([listening])
