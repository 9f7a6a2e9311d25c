"""The state of one asset's accounts: it goes on where the ledger does, grows, turns wide where sums need it, is kept.

An amount of 64 bits is the rule; where a sum no longer fits, the state is made wide once and goes on, so nothing wraps.
"""

from pathlib import Path
from typing import Any

import numpy as np

from clew.errors import InputError, RunError
from clew.memory import zeros_on_lines
from clew.typologies.kernel import ALERTS, CLOCK, GROW, STATUS, WIDE_BITS, WIDEN, Alerts, Transfers, line_type, watch
from clew.typologies.rules import Rules

ROW_BYTES = 64
"""Of an account at 64-bit amounts."""
MOST_ACCOUNTS = 2**31 - 2
CHUNK = 1 << 20
"""Transfers between two looks at the alerts."""

_COLUMNS = (np.int8, np.int32, np.int64, np.int64, np.int64, np.int64, np.int32)


class Watcher:
    """All accounts of one asset under one set of rules."""

    def __init__(self, rules: Rules, asset: str, *, accounts: int = 0, width: int = 64) -> None:
        self.rules, self.asset, self.width = rules, asset, width
        self.done = 0
        """Transfers seen."""
        self.digest = ""
        """What the caller notes of them, to know them again; kept with the state."""
        self._limits = rules.limits(asset, width=width)
        self.lines = _lines(accounts, width)
        """The state, a row an account (`kernel.line_type`)."""
        self._counters = np.zeros(3, np.int64)

    @property
    def accounts(self) -> int:
        """Accounts there is room for."""
        return len(self.lines)

    def advance(self, transfers: Transfers) -> Alerts:
        """Watch the next transfers of the ledger; the alerts that fired, in their order.

        InputError where a column has not the others' length, or an account number or a time is out of range: nothing
        was watched. RunError where a sum does not fit 117 bits: the state is good for nothing more.
        """
        transfers = self._checked(transfers)
        found = []
        for start in range(0, len(transfers.sender), CHUNK):
            part = Transfers(*(column[start : start + CHUNK] for column in transfers))
            found += self._run(part if self.width == 64 else part._replace(amount=widened(part.amount)))
            self.done += len(part.sender)
        return joined(found)

    def _run(self, transfers: Transfers) -> list[Alerts]:
        found = []
        room = _alerts(1 << 12)
        start, stop = 0, len(transfers.sender)
        while start < stop:
            self._counters[ALERTS] = 0
            start = watch(transfers, self._limits, self.lines, room, self._counters, self.done, start, stop)
            used = int(self._counters[ALERTS])
            found.append(Alerts(*(column[:used].copy() for column in room)))
            if self._counters[STATUS] == WIDEN:
                self._widen(int(transfers.receiver[start]))
                transfers = transfers._replace(amount=widened(transfers.amount))
            elif self._counters[STATUS] == GROW:
                room = _alerts(min(2 * len(room.event), 1 << 20))
        return found

    def _checked(self, transfers: Transfers) -> Transfers:
        """The transfers in the state's width, with room for their accounts."""
        sender, receiver, amount, time = transfers
        where = f"typologies of {self.asset}"
        if not len(sender) == len(receiver) == len(amount) == len(time):
            raise InputError("columns of unequal length", where=where)
        if not len(sender):
            return transfers._replace(amount=widened(amount) if self.width == 128 else amount)
        first, last = int(min(sender.min(), receiver.min())), int(max(sender.max(), receiver.max()))
        if first < 0 or last > MOST_ACCOUNTS:
            raise InputError(f"account numbers from {first} to {last}", where=where, mend="number them from 0 on")
        if int(time.max()) >= 2**32:
            raise InputError(f"a time of {int(time.max())}", where=where, mend="give seconds since 1970")
        self._grow(last + 1)
        if amount.ndim == 2 and self.width == 64:
            if amount[:, 1].any():
                self._widen(-1)
            else:
                amount = np.ascontiguousarray(amount[:, 0])
        if self.width == 128:
            amount = widened(amount)
            if (amount[:, 1] >> np.uint64(WIDE_BITS - 64)).any():
                raise InputError(f"an amount of 2**{WIDE_BITS} or more", where=where, mend="leave the asset out")
        return Transfers(sender, receiver, amount, time)

    def _grow(self, accounts: int) -> None:
        if accounts > self.accounts:
            lines = _lines(max(accounts, self.accounts * 3 // 2), self.width)
            lines[: self.accounts] = self.lines
            self.lines = lines

    def _widen(self, account: int) -> None:
        """Make every row one of 128-bit amounts."""
        if self.width == 128:
            raise RunError(
                f"the receipts of an account add up to 2**{WIDE_BITS} or more",
                where=f"typologies of {self.asset}, account {account}",
                mend="leave the asset out",
            )
        lines = _lines(self.accounts, 128)
        for name in self.lines.dtype.names:
            lines[name] = self.lines[name]
        self.lines, self.width = lines, 128
        self._limits = self.rules.limits(self.asset, width=128)

    # --- on disk

    def save(self, path: Path) -> None:
        """Write the state to a file; InputError where that cannot be."""
        words = np.array([self.rules.version, self.asset, self.digest])
        numbers = np.array([self.width, self.done, self._counters[CLOCK]], np.int64)
        try:
            with path.open("wb") as file:
                np.savez(file, words=words, numbers=numbers, lines=self.lines)
        except OSError as error:
            raise InputError(error.strerror or str(error), where=str(path)) from error

    @classmethod
    def load(cls, path: Path, rules: Rules) -> "Watcher":
        """The state of a file. InputError where it is none, or of other rules: they would change the past."""
        try:
            with np.load(path, allow_pickle=False) as file:
                version, asset, digest = file["words"].tolist()
                width, done, clock = file["numbers"].tolist()
                lines = file["lines"]
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise InputError(f"no state can be read: {error}", where=str(path), mend="start anew") from error
        if version != rules.version:
            raise InputError(f"it is of rules {version}, not {rules.version}", where=str(path), mend="start anew")
        if width not in (64, 128) or lines.dtype != line_type(width) or lines.ndim != 1:
            raise InputError("this is no state of Clew", where=str(path), mend="start anew")
        found = cls(rules, asset, accounts=len(lines), width=width)
        found.lines[:] = lines
        found.done, found.digest = done, digest
        found._counters[CLOCK] = clock
        return found


def joined(alerts: list[Alerts]) -> Alerts:
    """Alerts one after the other."""
    return Alerts(*(np.concatenate(columns) for columns in zip(_alerts(0), *alerts, strict=True)))


def _alerts(rows: int) -> Alerts:
    return Alerts(*(np.zeros(rows, type_) for type_ in _COLUMNS))


def widened(amount: Any) -> Any:
    """Amounts of either width as 128-bit ones."""
    if amount.ndim == 2:
        return np.ascontiguousarray(amount)
    return np.stack([amount, np.zeros_like(amount)], axis=1)


def _lines(accounts: int, width: int) -> Any:
    """Rows of zeros, which at 64 bits fill a line of memory each."""
    row = line_type(width)
    return zeros_on_lines(accounts, row.itemsize // 8).reshape(-1).view(row)
