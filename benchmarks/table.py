"""The one table of `make bench`: what each benchmark measured, beside its goal and its peers in the same run."""

import sys
from collections.abc import Iterable
from typing import NamedTuple


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


def _amount(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_rows(rows: Iterable[Row]) -> None:
    """Print each row as soon as it is measured; a row whose goal was missed is marked."""
    for row in rows:
        goal = "" if row.goal is None else f"{'at most' if row.less else 'at least'} {_amount(row.goal)}"
        mark = "" if row.met else "missed"
        print(f"{row.job:<70} {_amount(row.measured):>8} {row.unit:<16} {goal:<15} {mark:<6} {row.note}".rstrip())
        sys.stdout.flush()
