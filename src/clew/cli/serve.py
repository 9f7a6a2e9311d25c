"""``clew serve``: the HTTP service."""

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import click

from clew.cli.options import CLUSTERS, LEDGER, POLICY, RECORDS, STORE, TAGS


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@RECORDS
@STORE
@POLICY
@TAGS
@LEDGER
@CLUSTERS
@click.option(
    "--refresh",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="How often to look for new lists, tags and rules.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that share the port; about one a core.",
)
@click.option("--beside", default=0, hidden=True, help="One of the workers of this process: others bind the port, too.")
@click.option(
    "--after", default=0.0, hidden=True, help="Seconds by which its looks for new lists lag behind the others'."
)
@click.option(
    "--rate",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="N",
    help="Requests a second that one token may make; 0: no limit.",
)
def command(host: str, port: int, records: str, workers: int, beside: int, **said: Any) -> None:
    """Serve screening over HTTP until stopped. Its description stands at /docs and /openapi.json."""
    from clew.cli.workers import bind, run_together
    from clew.records.store import Records

    with bind(host, port, shared=bool(beside)) as listening:
        if beside:
            _serve(listening, records, beside, **said)
            return
    Records(records).close()  # its tables are made once, before the workers ask for them
    refresh, rate, ground = said["refresh"], said["rate"], list(_words(records, said))
    worker = ["serve", "--beside", str(os.getpid()), "--host", host, "--port", str(port), "--rate", str(rate)]
    worker += ["--refresh", str(refresh), *ground]
    # One after the other takes new lists in, so that another answers meanwhile.
    serving = [[*worker, "--after", str(refresh * number / workers)] for number in range(workers)]
    asking = ["rescreen", "--beside", str(os.getpid()), "--every", str(refresh), *ground]
    sys.exit(run_together([*serving, asking]))


def _serve(
    listening: socket.socket, records: str, parent: int, *, refresh: float, rate: float, after: float, **ground: Any
) -> None:
    from functools import partial

    import uvicorn

    from clew.api.app import create_app
    from clew.api.repeats import RepeatsProtocol
    from clew.cli.workers import orphaned
    from clew.records.store import Records
    from clew.screening.bulk import screen_many
    from clew.service.snapshots import Ground, changed, read_snapshot
    from clew.settings import read_settings

    said = Ground(read_settings(), **ground)
    with closing(Records(records, journaled=True)) as kept:
        snapshot = read_snapshot(said)
        screen_many(["-"], snapshot.addresses, snapshot.policy)  # its kernel is compiled before anybody waits for it
        app = create_app(
            snapshot,
            kept,
            reload=lambda snapshot: changed(said, snapshot),
            every=refresh,
            after=after,
            per_second=rate,
            asks_again=False,
            log=lambda line: click.echo(line, err=True),
        )
        host, port = listening.getsockname()
        click.echo(f"Listening on http://{host}:{port}, described at http://{host}:{port}/docs", err=True)
        sys.setswitchinterval(0.0001)  # the thread that keeps answers shall not wait long for its turn
        gc.collect()
        gc.freeze()  # lists and tags stay: to look through them again and again would hold up requests
        plain: dict[str, Any] = {
            "access_log": False,
            "proxy_headers": False,
            "server_header": False,
            "date_header": False,
            "http": partial(RepeatsProtocol, app.direct),
        }
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", **plain))

        def end_with_parent() -> None:
            while not orphaned(parent):
                time.sleep(1)
            server.should_exit = True

        threading.Thread(target=end_with_parent, daemon=True).start()
        with suppress(KeyboardInterrupt):  # how one stops it
            server.run([listening])


def _words(records: str, said: dict[str, Any]) -> Iterator[str]:
    """The options that say over which records and on which ground, for another process."""
    yield from ("--records", records)
    for name in ("store", "policy", "tags", "ledger"):
        value = said[name]
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                yield from (f"--{name}", str(each))
    if said["clusters"]:
        yield "--clusters"
