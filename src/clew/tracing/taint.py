"""Runs a policy's kernel over events: chooses the width, grows the state, says what does not fit.

Events are flat arrays in ledger order; accounts are small integers, one per (account, asset). State stays between
calls of `Taint.advance`, so new events cost only themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from clew.errors import RunError
from clew.memory import zeros_on_lines
from clew.tracing import lots, pools, sole
from clew.tracing.labels import WIDTH
from clew.tracing.memory import Need, require
from clew.tracing.poison import Poisoned, run_poison
from clew.tracing.policies import Policy
from clew.tracing.queue_store import CHUNK, QueueStore, enlarged, two_at_least
from clew.tracing.uint128 import Amounts, pack, unpack

_RULES = {
    Policy.HAIRCUT: pools.HAIRCUT,
    Policy.DIRTY_FIRST: pools.DIRTY_FIRST,
    Policy.CLEAN_FIRST: pools.CLEAN_FIRST,
}
_CHUNK = 1 << 20
"""Events between two calls of `progress`."""


class Events(NamedTuple):
    """Transfers in order. `n` events."""

    sender: Any
    """``int32[n]``: account."""
    receiver: Any
    """``int32[n]``."""
    amount: Amounts
    """``uint64[n]``, or ``uint64[n, 2]`` where amounts need 128 bits."""
    follows: Any = None
    """``bool[accounts]``: whether taint is drawn from the account again; None: from all."""
    converts: Any = None
    """``bool[n]``: the sender is a conversion's account: all it holds goes over, scaled to `amount`. None: never."""
    grade: Any = None
    """``int8[n]``: index in `labels.GRADES`. None: all observed."""


class Marks(NamedTuple):
    """What was stolen: `amount` units of event `event` carry `label`. Rows are in event order."""

    event: Any
    """``int64[k]``."""
    label: Any
    """``int32[k]``."""
    amount: Amounts

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int]], *, width: int) -> "Marks":
        """Marks of (event, label, amount) rows in any order."""
        ordered = sorted(rows)
        return cls(
            np.array([row[0] for row in ordered], dtype=np.int64),
            np.array([row[1] for row in ordered], dtype=np.int32),
            pack((row[2] for row in ordered), width=width),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Tainted units, one row per (where, label); `where` is an event or an account. Amounts are exact Python ints."""

    where: list[int]
    label: list[int]
    amount: list[int]
    origin: list[int]


class CollisionError(RunError):
    """A theft takes units that are tainted by another theft; `event` says which."""

    def __init__(self, event: int) -> None:
        super().__init__(
            "a theft takes units that are already traced to another theft; the same unit cannot be counted twice",
            mend="trace the two thefts as two cases",
        )
        self.event = event


class Taint:
    """The state of every account under one policy.

    `accounts` and `labels` are counts (labels include 0, clean). `width` is 64 or 128 bits. With `origins` each unit's
    origin units are tracked apart from its amount, which only conversions need; with `record` every tainted movement
    is written down. `chunk` is the size of the pieces of long queues; no answer depends on it. A pool policy with one
    label (`labels` is 2), without origins and records, runs in the least memory (`sole`), and takes no grades and no
    conversions.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        accounts: int,
        labels: int,
        width: int = 128,
        origins: bool = True,
        record: bool = True,
        capacity: int = 1024,
        chunk: int = CHUNK,
    ) -> None:
        self.policy = policy
        self.width = width
        self.labels = labels
        self.origins = origins
        self.chunk = chunk
        self._sole = policy in _RULES and labels == 2 and not origins and not record
        require(self._need(accounts, capacity), where=f"a {policy} run over {accounts:,} accounts")
        # NumPy calls one row of a table contiguous, and none: Numba would compile the kernel anew for such a state.
        self._accounts = accounts = max(accounts, 2)
        capacity = max(capacity, 2)
        counters = np.zeros(5, dtype=np.int64)
        counters[lots.FREE] = -1
        self._counters = counters
        self._queues: QueueStore | None = None
        self._state: Any
        if policy in (Policy.FIFO, Policy.LIFO):
            self._queues = QueueStore(accounts, width=width, origins=origins, capacity=capacity, chunk=chunk)
            self._counters = self._queues.counters
        elif policy is Policy.POISON:
            self._state = Poisoned(np.zeros((accounts, labels // 64 + 1), dtype=np.uint64), counters)
        else:
            self._state = self._new_state(accounts, capacity, origins=origins)
            self._scratch = pools.Scratch(np.zeros(labels, dtype=np.int32), *(self._amounts(labels) for _ in range(4)))
        self._records = self._new_records(capacity) if record else None

    def _amounts(self, count: int) -> Amounts:
        return np.zeros(count if self.width == 64 else (count, 2), dtype=np.uint64)

    def _rows(self, count: int, amounts: int) -> Any:
        """A pair of codes and so many amounts for each of `count` rows."""
        return np.zeros((count, 1 + amounts * (self.width // 64)), dtype=np.uint64)

    def _columns(self, rows: Any, amounts: int) -> tuple[Any, ...]:
        """Views of `rows`: the pair of codes as ``int32[n, 2]``, then each column of amounts."""
        codes = rows.view(np.int32)[:, :2]
        if self.width == 64:
            return (codes, *(rows[:, 1 + i] for i in range(amounts)))
        return (codes, *(rows[:, 1 + 2 * i : 3 + 2 * i] for i in range(amounts)))

    def _need(self, accounts: int, capacity: int) -> Need:
        """What the empty state takes."""
        amount = self.width // 8
        if self.policy is Policy.POISON:
            return Need(accounts * (self.labels // 64 + 1) * 8, 0)
        if self._sole:
            return Need(3 * accounts * amount, 0)
        row = 8 + amount * (1 + self.origins)
        return Need(accounts * (row + amount + (amount if self.policy in _RULES else 8)), capacity * row)

    def _new_state(self, accounts: int, capacity: int, *, origins: bool) -> Any:
        """What belongs to one account, or to one run, stands in one row: one touch of memory, not several."""
        self._unexplained = self._amounts(accounts)
        self._run_rows = self._rows(0, 1) if self._sole else self._rows(capacity, 1 + origins)
        self._account_rows = self._empty_accounts(accounts)
        return self._bound()

    def _empty_accounts(self, count: int) -> Any:
        """The rows of accounts that hold nothing; with one label two amounts each, in one line of memory."""
        if self._sole:
            amounts = zeros_on_lines(2 * count, self.width // 64)
            return amounts.reshape(-1) if self.width == 64 else amounts
        rows = self._rows(count, 2 + self.origins)
        rows.view(np.int32)[:, 1] = -1
        return rows

    def _bound(self) -> Any:
        """The state as the kernels read it: views of the rows."""
        if self._sole:
            return sole.Sole(self._account_rows, self._unexplained, self._counters)
        run, amount, *run_origin = self._columns(self._run_rows, 1 + self.origins)
        origin = run_origin[0] if self.origins else None
        entry, balance, taint, *more = self._columns(self._account_rows, 2 + self.origins)
        first_origin = more[0] if self.origins else None
        columns = (entry, balance, taint, first_origin, self._unexplained, run, amount, origin)
        return pools.Pools(*columns, self._counters)

    def _new_records(self, capacity: int) -> lots.Records:
        return lots.Records(
            np.zeros(capacity, dtype=np.int64),
            np.zeros(capacity, dtype=np.int32),
            self._amounts(capacity),
            self._amounts(capacity),
        )

    def advance(self, events: Events, marks: Marks, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Carry all `events` through. Marks' event numbers and the records' are positions in this call's `events`.

        RunError where a sum needs more than the width; and before anything is carried, where a theft is marked where
        nothing moves or with a label that there is no room for, or the machine has not the memory. CollisionError where
        a theft takes tainted units.
        """
        _check_marks(events, marks, self.labels)
        if self._sole and (events.grade is not None or events.converts is not None):
            raise RunError("a run with one label takes no grades and no conversions", mend="give more labels")
        require(self.need(events, marks), where=f"a {self.policy} run over {len(events.sender):,} transfers")
        if self._queues is not None:
            self._queues.reserve(len(events.sender), len(marks.event))
        counters = self._counters
        counters[lots.MARK] = 0
        counters[lots.RECORDS] = 0
        at, total = 0, len(events.sender)
        while at < total:
            at = self._run(events, marks, at, min(total, at + _CHUNK))
            status = int(counters[lots.STATUS])
            if status == lots.GROW:
                self._grow()
            elif status == lots.COLLISION:
                raise CollisionError(at)
            elif status == lots.OVERFLOW:
                raise RunError(
                    f"event {at}: a sum does not fit {self.width} bits, or a theft is larger than its transfer",
                    mend="amounts are never wrapped; leave this asset out of the case",
                )
            elif progress is not None:
                progress(at, total)

    def need(self, events: Events, marks: Marks) -> Need:
        """What carrying `events` may take beside what the state has: under FIFO and LIFO each splits one lot at most.

        Entries of further labels in pools, and records, come as they are found, and are checked as they come.
        """
        if self._queues is None:
            return Need(0, 0)
        return self._queues.need(len(events.sender), len(marks.event))

    def _run(self, events: Events, marks: Marks, start: int, stop: int) -> int:
        if self._queues is not None:
            return self._queues.run(events, marks, self._records, start, stop, lifo=self.policy is Policy.LIFO)
        if self.policy is Policy.POISON:
            return int(run_poison(events, marks, self._state, self._records, start, stop, self.labels))
        rule = _RULES[self.policy]
        if self._sole:
            return int(sole.run_sole(events, marks, self._state, start, stop, rule))
        return int(pools.run_pools(events, marks, self._state, self._scratch, self._records, start, stop, rule))

    def _grow(self) -> None:
        if self._queues is not None:
            wanted = int(self._counters[lots.RECORDS_WANTED])
            if self._records is not None and wanted > len(self._records.event):
                self._records = lots.Records(*(enlarged(column, wanted, records=True) for column in self._records))
            self._queues.grow()
            return
        if self._records is not None:
            self._records = lots.Records(*(_longer(column, self.labels) for column in self._records))
        if self.policy is not Policy.POISON:
            self._run_rows = _longer(self._run_rows, self.labels)
            self._state = self._bound()

    def widen(self, accounts: int) -> None:
        """Room for `accounts` in all, so that a ledger can grow; those that are there keep what they hold."""
        more = accounts - self._accounts
        if more <= 0:
            return
        require(self._need(more, 0), where=f"{more:,} accounts more in a {self.policy} run")
        self._accounts = accounts
        if self._queues is not None:
            self._queues.widen(accounts)
        elif self.policy is Policy.POISON:
            bits = self._state.bits
            bits = np.concatenate([bits, np.zeros((more, bits.shape[1]), dtype=np.uint64)])
            self._state = self._state._replace(bits=bits)
        else:
            wider = self._empty_accounts(accounts)
            wider[: len(self._account_rows)] = self._account_rows
            self._account_rows = wider
            self._unexplained = np.concatenate([self._unexplained, self._amounts(more)])
            self._state = self._bound()

    def save(self) -> dict[str, Any]:
        """The state as arrays, for `restore`: those of the state itself, which the next `advance` changes."""
        if self._queues is not None:
            saved = self._queues.save()
        elif self.policy is Policy.POISON:
            saved = {"bits": self._state.bits, "counters": self._counters}
        else:
            saved = {
                "accounts": self._account_rows,
                "unexplained": self._unexplained,
                "runs": self._run_rows[: int(self._counters[lots.USED])],
                "counters": self._counters,
            }
        counters = saved["counters"].copy()
        counters[[lots.RECORDS, lots.MARK, lots.STATUS]] = 0
        counters[lots.RUNS_WANTED :] = 0
        return saved | {"counters": counters}

    def restore(self, saved: Mapping[str, Any], *, copy: bool = True) -> None:
        """Take up a state that `save` gave, of the same policy, width, labels, origins and chunk.

        Without `copy` the arrays themselves become the state, but for what has to stand in lines of memory.
        """
        if self._queues is not None:
            self._queues.restore(saved, copy=copy)
        elif self.policy is Policy.POISON:
            self._state = self._state._replace(bits=saved["bits"].copy() if copy else saved["bits"])
        else:
            accounts, unexplained, runs = (saved[name] for name in ("accounts", "unexplained", "runs"))
            if self._sole:
                self._account_rows = self._empty_accounts(len(accounts) // 2)
                self._account_rows[:] = accounts
            else:
                self._account_rows = accounts.copy() if copy else accounts
            self._unexplained = unexplained.copy() if copy else unexplained
            self._run_rows = two_at_least(runs.copy() if copy else runs)
        self._counters[:] = saved["counters"]
        if self.policy in _RULES:
            self._accounts = len(self._unexplained)
            self._state = self._bound()
        else:
            self._accounts = len(saved["bits" if self.policy is Policy.POISON else "accounts"])

    def ropes(self) -> int:
        """How many queues are kept as ropes now: long ones, of which many lots were seen to move at once."""
        return 0 if self._queues is None else self._queues.count_ropes()

    def record_columns(self) -> tuple[Any, Any, Amounts]:
        """Event, label and amount of each tainted movement of the last `advance`, in event order, not summed."""
        if self._records is None:
            raise RunError("this run kept no records")
        count = int(self._counters[lots.RECORDS])
        return self._records.event[:count], self._records.label[:count], self._records.amount[:count]

    def holdings(self) -> Rows:
        """What every account holds now, by label; several rows of one (account, label) are summed."""
        if self.policy is Policy.POISON:
            account, word = np.nonzero(self._state.bits)
            found = [
                (int(a), (int(w) << 6) + bit)
                for a, w in zip(account, word, strict=True)
                for bit in range(64)
                if int(self._state.bits[a, w]) >> bit & 1
            ]
            return Rows([a for a, _ in found], [label for _, label in found], [0] * len(found), [0] * len(found))
        return _sum_rows(*self.holding_columns())

    def holding_columns(self) -> tuple[Any, Any, Amounts, Amounts]:
        """Account, label, amount and origin units of what is held, not summed. RunError for poison, which has none."""
        if self.policy is Policy.POISON:
            raise RunError("poison keeps no amounts", mend="ask for its holdings")
        if self._queues is not None:
            return self._queues.holdings()
        size = len(self._run_rows) + self._accounts
        account, label = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int32)
        amount, origin = self._amounts(size), self._amounts(size)
        if self._sole:
            count = int(sole.held_solely(self._account_rows, account, amount))
            label[:] = sole.LABEL
            return account[:count], label[:count], amount[:count], amount[:count]
        count = int(pools.held_in_pools(self._state, account, label, amount, origin))
        return account[:count], label[:count], amount[:count], origin[:count]

    def records(self) -> Rows:
        """What moved in the last `advance`, one row per (event, label), in event order."""
        if self._records is None:
            raise RunError("this run kept no records")
        count = int(self._counters[lots.RECORDS])
        return _sum_rows(*(column[:count] for column in self._records))

    def unexplained(self) -> dict[int, int]:
        """Clean units added to each account because it spent more than it was seen to hold."""
        if self.policy is Policy.POISON:
            return {}
        column = self._state.unexplained if self._queues is None else self._queues.lists.unexplained
        touched = np.flatnonzero(column if column.ndim == 1 else column.any(axis=1))
        return dict(zip(touched.tolist(), unpack(column[touched]), strict=True))


def _check_marks(events: Events, marks: Marks, labels: int) -> None:
    """RunError for a mark on a transfer that the kernels pass over, whose theft would be lost unseen; and for one with
    a label, or with grades one that it may be weakened to, for which the state has no room."""
    weakest = marks.label if events.grade is None else marks.label + (-marks.label % WIDTH)
    strange = np.flatnonzero((marks.label < 1) | (weakest >= labels))
    if len(strange):
        raise RunError(
            f"a theft is marked with label {int(marks.label[strange[0]])}, in a run of {labels} labels",
            where=f"event {int(marks.event[strange[0]])}",
            mend="label 0 is clean; with grades each theft takes five labels",
        )
    amount = events.amount[marks.event]
    moves = (amount if amount.ndim == 1 else amount.any(axis=1)) != 0
    idle = np.flatnonzero(~moves | (events.sender[marks.event] == events.receiver[marks.event]))
    if len(idle):
        raise RunError(f"event {int(marks.event[idle[0]])}: a theft is marked on a transfer that moves nothing")


def _longer(column: Any, least: int) -> Any:
    grown = np.zeros((2 * len(column) + 4 * least, *column.shape[1:]), dtype=column.dtype)
    grown[: len(column)] = column
    return grown


def _sum_rows(where: Any, label: Any, amount: Amounts, origin: Amounts) -> Rows:
    sums: dict[tuple[int, int], list[int]] = {}
    rows = zip(where.tolist(), label.tolist(), unpack(amount), unpack(origin), strict=True)
    for place, name, units, origin_units in rows:
        entry = sums.setdefault((place, name), [0, 0])
        entry[0] += units
        entry[1] += origin_units
    ordered = sorted(sums.items())
    return Rows(
        [key[0] for key, _ in ordered],
        [key[1] for key, _ in ordered],
        [value[0] for _, value in ordered],
        [value[1] for _, value in ordered],
    )
