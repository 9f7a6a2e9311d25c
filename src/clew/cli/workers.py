"""Several processes that serve one port: each takes its share of the connections."""

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from clew.errors import RunError

CLEW = (sys.executable, "-c", "from clew.cli import main; main()")
"""The command line of this installation, for a process of its own."""


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket bound to a port; RunError where it is taken. With `shared`, other processes may bind it so too."""
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        where, mend = f"{host}:{port}", "choose another --port, or end what listens there"
        raise RunError(error.strerror or str(error), where=where, mend=mend) from error
    return listening


def run_workers(count: int, words: Sequence[str]) -> int:
    """Run ``clew`` with these words `count` times until told to stop; the exit code.

    A worker that ends by itself, as for bad input, ends all with its code; one that is killed is started again.
    """
    workers = [_start(words) for _ in range(count)]

    def stop(*_: Any) -> None:
        for worker in workers:
            worker.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = 0
    while workers:
        worker = next((each for each in workers if _ended(each)), None)
        if worker is None:
            continue
        workers.remove(worker)
        stopped = worker.returncode in (0, -signal.SIGTERM, -signal.SIGINT)
        if worker.returncode < 0 and not stopped:
            sys.stderr.write(f"a worker was killed by signal {-worker.returncode}, and is started again\n")
            workers.append(_start(words))
        elif not stopped:
            code = code or worker.returncode
            stop()
    return code


def _start(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*CLEW, *words])  # noqa: S603  # this program, with the words it was called with


def _ended(worker: subprocess.Popen[bytes]) -> bool:
    try:
        worker.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return False
    return True
