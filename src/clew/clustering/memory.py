"""How much memory a run needs, and whether the machine has it: said before the run starts, not when it dies."""

import os
from pathlib import Path

from clew.errors import RunError

_MEMINFO = Path("/proc/meminfo")


def available_memory() -> int | None:
    """Bytes that a new run can have without swapping; None where the system does not say."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return _physical()
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    kib = next(found, None)
    return _physical() if kib is None else 1024 * int(kib)


def _physical() -> int | None:
    """All the machine's memory, where nothing tells how much of it is free."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_memory(needed: int, what: str) -> None:
    """RunError where a run needs more bytes than the machine has to give."""
    available = available_memory()
    if available is not None and needed > available:
        raise RunError(
            f"it needs {needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are free",
            where=what,
            mend="close other programs, or run it on a larger machine",
        )
