"""What a taint run needs of memory, said before it starts, and refused where the machine has not got it."""

import os
from dataclasses import dataclass
from pathlib import Path

from clew.errors import RunError

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
"""What a container may use, and what it uses; absent outside of one."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that a state takes."""

    accounts: int
    lots: int
    records: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.accounts + self.lots + self.records

    def __str__(self) -> str:
        parts = (("accounts", self.accounts), ("lots", self.lots), ("records", self.records))
        told = ", ".join(f"{in_words(size)} for {name}" for name, size in parts if size)
        return f"{in_words(self.total)} ({told})"


def in_words(size: int) -> str:
    """A size as people say it: ``1.6 GB``."""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size // unit}.{size % unit * 10 // unit} {name}"
    return f"{size:,} bytes"


def available() -> int | None:
    """Bytes that a process could still take without swapping; None where the system does not tell."""
    found = [size for size in (_of_machine(), _of_container()) if size is not None]
    return min(found) if found else None


def _of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _of_container() -> int | None:
    try:
        most, used = (path.read_text().strip() for path in _LIMITS)
        return None if most == "max" else max(0, int(most) - int(used))
    except (OSError, ValueError):
        return None


def require(need: Need, *, where: str) -> None:
    """RunError where the machine has not got what is needed."""
    have = available()
    if have is not None and need.total > have:
        raise RunError(
            f"this needs up to {need} of memory, and {in_words(have)} are free",
            where=where,
            mend="end other programs, take fewer transfers or thefts at once, or run on a machine with more memory",
        )
