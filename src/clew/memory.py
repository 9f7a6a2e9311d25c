"""How much memory a run may take, as the system says it."""

import os
from pathlib import Path

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
"""What a container may use, and what it uses; absent outside of one."""


def available_memory() -> int | None:
    """Bytes that a process could still take without swapping; None where the system does not tell."""
    found = [size for size in (_of_machine(), _of_container()) if size is not None]
    return min(found) if found else None


def _of_machine() -> int | None:
    """What is free; where the system does not tell that, all the memory there is."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    for pages in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
        try:
            return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError, AttributeError):
            continue
    return None


def _of_container() -> int | None:
    try:
        most, used = (path.read_text().strip() for path in _LIMITS)
        return None if most == "max" else max(0, int(most) - int(used))
    except (OSError, ValueError):
        return None
