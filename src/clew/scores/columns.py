"""A pool's events as columns, and the tenths to which its known pairs are dealt."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.links.mixers import Events

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TENTHS = 10
HELD_OUT = 0
"""The tenth that is held out where one is: of a hash, so that it is the same whatever else the files hold."""
KINDS = 3
"""Kinds of withdrawal: to an address that gets one note, that gets several, that is a known depositor's own."""


def tenth(nullifier: str) -> int:
    """Which tenth of the pairs a withdrawal belongs to."""
    return int.from_bytes(hashlib.sha256(nullifier.encode()).digest()[:8]) % TENTHS


@dataclass(frozen=True)
class Columns:
    """One pool's columns; `rows` and `paid` are its rows of the events."""

    name: str
    rows: Ints
    paid: Ints
    deposited: Ints
    """Blocks of the deposits, ascending."""
    interest: Flags
    withdrawn: Ints

    @classmethod
    def of(cls, events: Events, name: str) -> "Columns":
        rows = np.array([row for row, d in enumerate(events.deposits) if d.pool == name], dtype=np.int64)
        paid = np.array([row for row, w in enumerate(events.withdrawals) if w.pool == name], dtype=np.int64)
        return cls(
            name,
            rows,
            paid,
            np.array([events.deposits[row].block for row in rows.tolist()], dtype=np.int64),
            np.array([bool(events.deposits[row].depositor) for row in rows.tolist()], dtype=np.bool_),
            np.array([events.withdrawals[row].block for row in paid.tolist()], dtype=np.int64),
        )

    def after_first(self) -> Flags:
        """The withdrawals that may spend a note of interest."""
        own = self.deposited[self.interest]
        found: Flags = self.withdrawn >= own[0] if len(own) else np.zeros(len(self.withdrawn), dtype=np.bool_)
        return found


def kinds_of(events: Events) -> Ints:
    """The kind of each withdrawal: who gathers several notes waits otherwise than who is paid one."""
    notes = Counter(withdrawal.recipient for withdrawal in events.withdrawals)
    depositors = {deposit.depositor for deposit in events.deposits}
    return np.array(
        [2 if w.recipient in depositors else int(notes[w.recipient] > 1) for w in events.withdrawals], dtype=np.int64
    )


def depositors_of(events: Events) -> Ints:
    """A number for each deposit's depositor; -1 where he is not known."""
    numbers = {"": -1}
    return np.array([numbers.setdefault(d.depositor, len(numbers) - 1) for d in events.deposits], dtype=np.int64)
