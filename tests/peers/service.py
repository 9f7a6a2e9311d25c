"""Clew's own HTTP service on a free port of this machine, in a thread, so that tests can reach into the application."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import uvicorn
from tests.peers.local import free_port

from clew.api.app import Service
from clew.api.repeats import RepeatsProtocol


@contextmanager
def serving(app: Service, secret: str = "") -> Iterator[httpx.Client]:
    """A client of the running application, with the token where one is given."""
    http: Any = partial(RepeatsProtocol, app.direct)
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="error", lifespan="on", http=http))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        time.sleep(0.01)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{server.config.port}", headers=headers, trust_env=False
        ) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
