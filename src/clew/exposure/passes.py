"""One pass of haircut taint over a ledger, every source with its own label, folded to sums by holder.

Received exposure is a haircut taint in which each service's payments carry the label of the service; sent exposure one
in which everything that leaves the holder carries one label. Which of two labels says whether units came straight: an
event whose sender is no service, no transaction and not the holder itself weakens the label, as a weaker grade does in
a trace. So direct and indirect are exact sums of one run of `tracing.pools`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from clew.errors import RunError
from clew.exposure.book import Flows
from clew.exposure.kernels import FAR, Course, Trail, fold
from clew.tracing.labels import WIDTH
from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Taint
from clew.tracing.uint128 import unpack

STRAIGHT, ROUND = 0, 1
"""Whether units came straight from the source, or through somebody: the grade within a label."""
_CHUNK = 1 << 18
"""Events whose movements are kept at a time."""
Progress = Callable[[int, int], None]


def label_of(kind: int, way: int = STRAIGHT) -> int:
    """The label of a kind's units."""
    return 1 + WIDTH * kind + way


class Setting(NamedTuple):
    """What a pass asks of the accounts, one entry for each."""

    seed: Any
    """``int32``: the kind it is a source of, or -1."""
    follows: Any
    """``bool``: whether it pays on what it received; not so at services and sinks."""
    passes: Any
    rows: Any
    """``int32``: the row of the sums its receipts count in, or -1."""


class Movement(NamedTuple):
    """One labelled movement of a way."""

    event: int
    amount: int


class Pass:
    """The state of a pass, which goes on where the ledger does."""

    def __init__(self, kinds: int, rows: int, *, ways: bool = False) -> None:
        self.kinds = kinds
        self.labels = 1 + WIDTH * kinds
        self.taint = Taint(Policy.HAIRCUT, accounts=0, labels=self.labels, capacity=1 << 12)
        self.sums = np.zeros((rows * self.labels, 2), np.uint64)
        self.hops = np.full((0, kinds), FAR, np.uint8)
        self._trail = _new_trail(kinds, rows) if ways else None
        self._records = 0
        self._events = 0

    def advance(
        self, flows: Flows, setting: Setting, marked: Any, *, progress: Progress = lambda _done, _of: None
    ) -> None:
        """Carry flows through; `marked` are the events whose whole amount carries the label of the sender's seed.

        RunError where a sum does not fit 128 bits.
        """
        self._widen(len(setting.seed), int(setting.rows.max(initial=-1)) + 1)
        sender = flows.sender
        grade = np.where((setting.seed[sender] >= 0) | setting.passes[sender], STRAIGHT, ROUND).astype(np.int8)
        for start in range(0, len(sender), _CHUNK):
            part = slice(start, start + _CHUNK)
            events = Events(
                sender[part],
                flows.receiver[part],
                flows.amount[part],
                setting.follows,
                np.zeros(len(sender[part]), np.bool_),
                grade[part],
            )
            at = np.flatnonzero(marked[part])
            labels = (1 + WIDTH * setting.seed[events.sender[at]]).astype(np.int32)
            self.taint.advance(events, Marks(at, labels, events.amount[at]))
            course = Course(
                events.sender, events.receiver, setting.seed, setting.passes, setting.rows, ~flows.kept[part]
            )
            self._fold(course)
            progress(min(start + _CHUNK, len(sender)), len(sender))

    def _fold(self, course: Course) -> None:
        event, label, amount = self.taint.record_columns()
        trail = None
        if self._trail is not None:
            trail = self._trail = _room(self._trail, self._records, len(event), len(self.hops))
            trail.event[self._records : self._records + len(event)] = event + self._events
            trail.amount[self._records : self._records + len(event)] = amount
        fold(event, label, amount, course, self.labels, self.sums, self.hops, trail)
        self._records += len(event)
        self._events += len(course.sender)

    def _widen(self, accounts: int, rows: int) -> None:
        self.taint.widen(accounts)
        more = accounts - len(self.hops)
        if more > 0:
            self.hops = np.concatenate([self.hops, np.full((more, self.kinds), FAR, np.uint8)])
        missing = rows * self.labels - len(self.sums)
        if missing > 0:
            self.sums = np.concatenate([self.sums, np.zeros((missing, 2), np.uint64)])

    def amount(self, row: int, kind: int, way: int) -> int:
        """Units of a kind that a row received, straight or round."""
        place = row * self.labels + label_of(kind, way)
        return unpack(self.sums[place : place + 1])[0]

    def way(self, row: int, kind: int) -> list[Movement]:
        """The largest movement of a kind into a row, and back from it the largest before it, from the source on."""
        if self._trail is None:
            raise RunError("this pass kept no ways")
        found = []
        record = int(self._trail.top[row, kind])
        while record >= 0:
            found.append(Movement(int(self._trail.event[record]), unpack(self._trail.amount[record : record + 1])[0]))
            record = int(self._trail.parent[record])
        return found[::-1]


def _new_trail(kinds: int, rows: int) -> Trail:
    empty = np.empty(0, np.int64)
    best = np.full((0, kinds), -1, np.int64)
    return Trail(0, empty, np.empty((0, 2), np.uint64), empty, best, np.full((rows, kinds), -1, np.int64))


def _room(trail: Trail, used: int, more: int, accounts: int) -> Trail:
    """The trail with room for more records and accounts."""
    if used + more > len(trail.event):
        size = 2 * (used + more)
        longer = {name: _longer(getattr(trail, name), size) for name in ("event", "amount", "parent")}
        trail = trail._replace(**longer)
    best = trail.best
    if accounts > len(best):
        best = np.concatenate([best, np.full((accounts - len(best), best.shape[1]), -1, np.int64)])
    return trail._replace(start=used, best=best)


def _longer(column: Any, size: int) -> Any:
    grown = np.zeros((size, *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown
