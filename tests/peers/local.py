"""What every real peer needs: a free port on loopback, and a process that ends with the test that started it."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

_PATIENCE = 30.0
"""Seconds a peer may take to answer."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def process(
    command: Sequence[str], *, answers: Callable[[], bool], end: signal.Signals = signal.SIGTERM, **user: int
) -> Iterator[None]:
    """A program that runs until the context ends by a signal, entered when it `answers`; perhaps as another user."""
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(command, stdout=quiet, stderr=quiet, **user)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + _PATIENCE
        while not answers():
            assert started.poll() is None, f"{command[0]} ended at its start"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            time.sleep(0.1)
        yield
    finally:
        started.send_signal(end)
        started.wait()
