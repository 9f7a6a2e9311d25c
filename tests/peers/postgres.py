"""A real PostgreSQL for tests (Debian package ``postgresql``), with an empty cluster of its own, on 127.0.0.1."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.local import free_port, process


def find_postgres() -> Path | None:
    """The folder of its programs: of Debian's newest version, else wherever ``initdb`` is found."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return packaged[-1] if packaged else Path(on_path).parent if on_path else None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The URL of a database server; it ends with the context. It refuses to run as root, so root lends it a user."""
    with tempfile.TemporaryDirectory() as name:
        folder, user = Path(name), {}
        if os.getuid() == 0:
            entry = pwd.getpwnam("postgres")
            user = {"user": entry.pw_uid, "group": entry.pw_gid}
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        data, port = folder / "data", free_port()
        made = [programs / "initdb", "-D", data, "-A", "trust", "-U", "clew", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **user)  # type: ignore[call-overload]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]

        def answers() -> bool:
            ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
            return subprocess.run(ready, capture_output=True, check=False).returncode == 0

        with process(command, answers=answers, end=signal.SIGINT, **user):
            yield f"postgresql+psycopg://clew@127.0.0.1:{port}"
