"""The one table of `make bench`: what each benchmark measured, beside its goal and its peers in the same run."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Scale(StrEnum):
    """How large a benchmark measures."""

    TINY = "tiny"
    """Seconds: whether it runs at all."""
    USUAL = "usual"
    """All benchmarks in about ten minutes."""
    FULL = "full"
    """The sizes the goals are of: an hour or more, and most of 24 GiB."""

    @classmethod
    def of(cls, arguments: list[str]) -> "Scale":
        """The scale that the command line names; usual where it names none."""
        return cls(arguments[1]) if len(arguments) > 1 else cls.USUAL


class LeftOutError(Exception):
    """A benchmark cannot run here; the message says why."""


class Row(NamedTuple):
    """One measured figure."""

    job: str
    """What was done, with the size it was done at: ``haircut, 64 bit, 50 M accounts, 300 M transfers``."""
    measured: float
    unit: str
    """Of `measured` and `goal`: ``M transfers/s``, ``us a transfer``, ``bytes a transfer``, ``times``."""
    goal: float | None = None
    """What it should be; None for a peer or a limit of the machine."""
    less: bool = False
    """Whether less is better."""
    note: str = ""
    """Where the time goes, or what was left out."""

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or (self.measured <= self.goal if self.less else self.measured >= self.goal)

    @property
    def line(self) -> str:
        """The row as printed."""
        goal = "" if self.goal is None else f"{'at most' if self.less else 'at least'} {_amount(self.goal)}"
        mark = "" if self.met else "missed"
        figures = f"{_amount(self.measured):>8} {self.unit:<16} {goal:<15} {mark:<6}"
        return f"{self.job:<70} {figures} {self.note}".rstrip()


def _amount(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_rows(rows: Iterable[Row]) -> None:
    """Print each row as soon as it is measured; a row whose goal was missed is marked."""
    for row in rows:
        print(row.line)
        sys.stdout.flush()
