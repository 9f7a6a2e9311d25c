"""The transfers that fired each alert, found again in the ledger, and what they add up to exactly.

The kernel keeps no transfers; an alert says whose window it was, when it opened and which transfer fired it, and a
window opens at the first transfer of its kind at that time (an episode, at the receipt that the alert names). So a
second look at the ledger finds them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from clew.tracing.uint128 import unpack
from clew.typologies import TYPOLOGIES, Typology
from clew.typologies.kernel import Alerts, Transfers
from clew.typologies.rules import Rules
from clew.typologies.watcher import widened


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert with its evidence."""

    typology: Typology
    account: int
    since: int
    """Seconds since 1970: when the window opened."""
    time: int
    """When it fired."""
    count: int
    """Counterparties (fans), payments just below the threshold, payments out (pass-through), splits in a row (peel)."""
    amount: int
    """What moved: paid by the account, or of a fan-in to it."""
    events: tuple[int, ...]
    """Numbers of the transfers, from the first that the state saw."""


class _Move(NamedTuple):
    """One transfer as one of its ends sees it."""

    event: int
    other: int
    amount: int


class _Side(NamedTuple):
    """All transfers that an account pays, or all that pay it, as columns in order."""

    event: Any
    other: Any
    amount: Any
    time: Any


class _Part(NamedTuple):
    """Those of many accounts."""

    account: Any
    event: Any
    other: Any
    amount: Any
    time: Any


class Evidence:
    """The transfers of those accounts that have alerts, gathered chunk by chunk."""

    def __init__(self, alerts: Alerts, rules: Rules, asset: str) -> None:
        self._alerts, self._limits = alerts, rules.limits(asset, width=128)
        self._least, self._above, self._below = unpack(self._limits.band)
        self._asked = np.zeros(int(alerts.account.max(initial=-1)) + 2, bool)
        self._asked[alerts.account] = True
        self._kept: tuple[list[_Part], list[_Part]] = ([], [])
        self._seen = 0
        self._clock = 0

    def add(self, transfers: Transfers) -> None:
        """Keep what the alerts may need of the next transfers, from the ledger's first on."""
        clock = np.maximum(np.maximum.accumulate(transfers.time), self._clock)
        ends = (transfers.sender, transfers.receiver)
        apart = ends[0] != ends[1]
        for side in range(2):
            number = np.minimum(ends[side], len(self._asked) - 1)
            rows = np.flatnonzero(self._asked[number] & apart)
            ends_of = ends[side][rows], rows + self._seen, ends[1 - side][rows]
            self._kept[side].append(_Part(*ends_of, transfers.amount[rows], clock[rows]))
        self._seen += len(transfers.time)
        self._clock = int(clock[-1]) if len(clock) else self._clock

    def findings(self) -> Iterator[Finding]:
        """Every alert with its evidence, in the order in which they fired."""
        paid, received = (_by_account(parts) for parts in self._kept)
        for number in range(len(self._alerts.event)):
            alert = Alerts(*(int(column[number]) for column in self._alerts))
            yield self._finding(alert, paid.get(alert.account), received.get(alert.account))

    def _finding(self, alert: Alerts, paid: _Side | None, received: _Side | None) -> Finding:
        typology = TYPOLOGIES[alert.typology]
        peels = typology is Typology.PEEL_CHAIN
        until = min(alert.time, alert.since + self._limits.hold_window) if peels else alert.time
        into, out = (self._within(side, alert, until) for side in (received, paid))
        if typology is Typology.FAN_IN:
            return _told(alert, into, len({move.other for move in into}))
        if typology is Typology.FAN_OUT:
            return _told(alert, out, len({move.other for move in out}))
        if typology is Typology.STRUCTURING:
            band = [move for move in out if self._above <= move.amount < self._below]
            return _told(alert, band, len(band))
        return _told(alert, out, alert.count if peels else len(out), into)

    def _within(self, side: _Side | None, alert: Alerts, until: int) -> list[_Move]:
        """An account's transfers from where its window opened to the alert, that are not too small."""
        if side is None:
            return []
        opened = (side.time, alert.since) if alert.first < 0 else (side.event, alert.first)
        ends = (np.searchsorted(side.time, until, "right"), np.searchsorted(side.event, alert.event, "right"))
        first, last = int(np.searchsorted(*opened)), int(min(ends))
        part = slice(first, last)
        moves = zip(side.event[part].tolist(), side.other[part].tolist(), unpack(side.amount[part]), strict=True)
        return [move for move in map(_Move._make, moves) if move.amount >= self._least]


def _told(alert: Alerts, moves: Sequence[_Move], count: int, more: Sequence[_Move] = ()) -> Finding:
    """What moved, and all that shows it."""
    events = sorted(move.event for move in (*moves, *more))
    amount = sum(move.amount for move in moves)
    return Finding(TYPOLOGIES[alert.typology], alert.account, alert.since, alert.time, count, amount, tuple(events))


def _by_account(parts: list[_Part]) -> dict[int, _Side]:
    """The gathered transfers of each account, in order."""
    parts = [part for part in parts if len(part.account)]
    if not parts:
        return {}
    wide = any(part.amount.ndim == 2 for part in parts)
    parts = [part._replace(amount=widened(part.amount)) for part in parts] if wide else parts
    whole = _Part(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.argsort(whole.account, kind="stable")
    whole = _Part(*(column[order] for column in whole))
    accounts, first = np.unique(whole.account, return_index=True)
    ends = [*first[1:].tolist(), len(order)]
    return {
        account: _Side(*(column[start:end] for column in whole[1:]))
        for account, start, end in zip(accounts.tolist(), first.tolist(), ends, strict=True)
    }
