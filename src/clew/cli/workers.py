"""Several processes that serve together: some share a port, each with its part of the connections."""

import os
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


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run ``clew`` with each of these words until told to stop; the exit code.

    A process that ends by itself, as for bad input, ends all with its code; one that is killed is started again.
    """
    running = [(words, _start(words)) for words in commands]

    def stop(*_: Any) -> None:
        for _words, process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = 0
    while running:
        ended = next((each for each in running if _ended(each[1])), None)
        if ended is None:
            continue
        words, process = ended
        running.remove(ended)
        stopped = process.returncode in (0, -signal.SIGTERM, -signal.SIGINT)
        if process.returncode < 0 and not stopped:
            sys.stderr.write(f"clew {words[0]} was killed by signal {-process.returncode}, and is started again\n")
            running.append((words, _start(words)))
        elif not stopped:
            code = code or process.returncode
            stop()
    return code


def orphaned(parent: int) -> bool:
    """Whether the process that started this one, of the id `parent`, is gone; never where that is 0."""
    return parent != 0 and os.getppid() != parent


def _start(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*CLEW, *words])  # noqa: S603  # this program, with the words it was called with


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        return False
    return True
