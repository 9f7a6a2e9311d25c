"""What a taint run needs of memory, said before it starts, and refused where the machine has not got it."""

from dataclasses import dataclass

from clew.errors import RunError
from clew.memory import available_memory


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


def require(need: Need, *, where: str) -> None:
    """RunError where the machine has not got what is needed."""
    have = available_memory()
    if have is not None and need.total > have:
        raise RunError(
            f"this needs up to {need} of memory, and {in_words(have)} are free",
            where=where,
            mend="end other programs, take fewer transfers or thefts at once, or run on a machine with more memory",
        )
