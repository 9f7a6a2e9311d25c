"""How much memory a run may take, as the system says it; and rows of it that begin where its lines do."""

import os
from pathlib import Path
from typing import Any

import numpy as np

LINE = 64
"""Bytes of a line of memory, which comes to the processor as a whole."""
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
"""What a container may use, and what it uses; absent outside of one."""


def available_memory() -> int | None:
    """Bytes that a process could still take without swapping; None where the system does not tell."""
    found = [size for size in (_of_machine(), _of_container()) if size is not None]
    return min(found) if found else None


def zeros_on_lines(rows: int, words: int = 1) -> Any:
    """``uint64[rows, words]`` of zeros that begin a line: so rows of 16, 32 or 64 bytes never straddle two.

    Of itself NumPy begins a large array 16 bytes behind a line, so that half of its rows of 32 bytes would be two
    touches of memory each, and all those of 64. It asks for pages of 2 MiB, where the system gives them.
    """
    room = np.zeros(rows * words + LINE // 8, np.uint64)
    start = -room.ctypes.data % LINE // 8
    return room[start : start + rows * words].reshape(rows, words)


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
