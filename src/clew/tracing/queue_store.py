"""The arrays of FIFO and LIFO: allocated, grown, widened, saved and read."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from clew.memory import zeros_on_lines
from clew.tracing.lots import (
    COUNTERS,
    FREE,
    FREE_NODE,
    LONG,
    NODES,
    NODES_WANTED,
    ROPE,
    RUNS_WANTED,
    STATUS,
    USED,
    Lists,
    Records,
    Ropes,
)
from clew.tracing.memory import Need, require
from clew.tracing.queue_holdings import held_in_queues
from clew.tracing.queues import run_queues
from clew.tracing.uint128 import Amounts

CHUNK = 256
"""Lots of a full chunk: the cut of one costs about as much as the way to it through a tree of ten thousand."""
_DEEPEST = 1024
"""Room for the way down a tree: a treap of 2**31 nodes is deeper than 200 less than once in 10**20 trees."""


class QueueStore:
    """The state of every account. `width` is 64 or 128 bits; with `origins` origin units are kept apart."""

    def __init__(self, accounts: int, *, width: int, origins: bool, capacity: int, chunk: int = CHUNK) -> None:
        self._words, self._origins, self._chunk = width // 64, origins, chunk
        self.counters = np.zeros(COUNTERS, dtype=np.int64)
        self.counters[[FREE, FREE_NODE]] = -1
        self._path = np.zeros(_DEEPEST, dtype=np.int32)
        self._accounts = self._new_accounts(accounts)
        self._unexplained = self._amounts(self._apart(accounts))
        self._runs = np.zeros((capacity, self._run_words), dtype=np.uint64)
        self._nodes = two_at_least(np.zeros((0, 3 + 2 * self._words), dtype=np.uint64))
        self._lots: list[Any] = [np.zeros(0, np.int32), *(self._amounts(0) for _ in range(1 + origins))]
        self._bind()

    @property
    def _run_words(self) -> int:
        return 1 + self._words * (1 + self._origins)

    @property
    def _account_words(self) -> int:
        """Four, but for the widest."""
        return max(4, 2 + self._words * (1 + self._origins))

    def _apart(self, accounts: int) -> int:
        """Accounts whose unexplained units stand apart: none where they fill the row."""
        return 0 if self._words * (1 + self._origins) == 1 else accounts

    def _amounts(self, count: int) -> Amounts:
        return np.zeros(count if self._words == 1 else (count, 2), dtype=np.uint64)

    def _new_accounts(self, count: int) -> Any:
        rows = zeros_on_lines(count, self._account_words)
        rows.view(np.int32)[:, 1:4] = -1
        return rows

    def _columns(self, rows: Any, codes: int, amounts: int) -> tuple[Any, ...]:
        """Views of `rows`: so many words of codes, then each column of amounts."""
        ends = [codes + self._words * i for i in range(amounts)]
        if self._words == 1:
            return tuple(rows[:, end] for end in ends)
        return tuple(rows[:, end : end + 2] for end in ends)

    def _bind(self) -> None:
        """Show the kernels the rows: views of them, so that one touch of memory brings all of a row."""
        units, *units_origin = self._columns(self._accounts, 2, 1 + self._origins)
        amount, *origin = self._columns(self._runs, 1, 1 + self._origins)
        self.lists = Lists(
            self._accounts.view(np.int32)[:, :4],
            units,
            units_origin[0] if self._origins else None,
            self._unexplained if self._apart(1) else self._accounts[:, 3],
            self._runs.view(np.int32)[:, :2],
            amount,
            origin[0] if self._origins else None,
            self.counters,
            2 * self._chunk,
        )
        below, own = self._columns(self._nodes, 3, 2)
        lot, lot_amount, *lot_origin = self._lots
        self.ropes = Ropes(
            self._nodes.view(np.int32)[:, :4],
            self._nodes.view(np.int16)[:, 8:12],
            below,
            own,
            lot,
            lot_amount,
            lot_origin[0] if self._origins else None,
            self._path,
            self.counters,
            self._chunk,
            self._chunk // 4,
        )

    def _unbind(self) -> None:
        """Let go of the views: the rows are about to move."""
        del self.lists, self.ropes

    def run(self, events: Any, marks: Any, records: Any, start: int, stop: int, *, lifo: bool) -> int:
        """As `queues.run_queues`. What ropes need is compiled when the first queue becomes one."""
        ropes = self.ropes if self.counters[NODES] else None
        at = int(run_queues(events, marks, self.lists, ropes, records, start, stop, lifo))
        if self.counters[STATUS] == LONG:
            at = int(run_queues(events, marks, self.lists, self.ropes, records, at, stop, lifo))
        return at

    def need(self, events: int, marks: int) -> Need:
        """What `events` more may make it grow by: each splits one run at most. Ropes are counted as they come to be."""
        more = int(self.counters[USED]) + events + marks - len(self._runs)
        return Need(0, max(0, more) * self._run_words * 8)

    def reserve(self, events: int, marks: int) -> None:
        """Room for what `events` more may need: backed by memory as it is used, and not moved while they run."""
        least = int(self.counters[USED]) + events + marks
        if least > len(self._runs):
            self._unbind()
            self._runs = enlarged(self._runs, least, used=int(self.counters[USED]))
            self._bind()

    def grow(self) -> None:
        """Make the room that the kernel asked for, and some more, so that the cost of growing stays in proportion."""
        runs, nodes = int(self.counters[RUNS_WANTED]), int(self.counters[NODES_WANTED])
        self._unbind()
        if runs > len(self._runs):
            self._runs = enlarged(self._runs, runs, used=int(self.counters[USED]))
        if nodes > len(self._nodes):
            self._nodes = enlarged(self._nodes, nodes)
            self._lots = [enlarged(column, len(self._nodes) * self._chunk, exact=True) for column in self._lots]
        self._bind()

    def widen(self, accounts: int) -> None:
        """Room for `accounts` in all."""
        more = accounts - len(self._accounts)
        if more > 0:
            self._unbind()
            wider = self._new_accounts(accounts)
            wider[:-more] = self._accounts
            self._accounts = wider
            self._unexplained = np.concatenate([self._unexplained, self._amounts(self._apart(more))])
            self._bind()

    def save(self) -> dict[str, Any]:
        """The state as arrays, without what was never used."""
        nodes = int(self.counters[NODES])
        saved = {
            "accounts": self._accounts,
            "unexplained": self._unexplained,
            "runs": self._runs[: int(self.counters[USED])],
            "nodes": self._nodes[:nodes],
        }
        saved |= {f"lots-{at}": column[: nodes * self._chunk] for at, column in enumerate(self._lots)}
        return saved | {"counters": self.counters}

    def restore(self, saved: Mapping[str, Any], *, copy: bool) -> None:
        """Take up what `save` gave; without `copy` the arrays themselves."""
        self._unbind()
        self._accounts = self._new_accounts(len(saved["accounts"]))
        self._accounts[:] = saved["accounts"]
        names = ("unexplained", "runs", "nodes", *(f"lots-{at}" for at in range(len(self._lots))))
        arrays = [saved[name].copy() if copy else saved[name] for name in names]
        self._unexplained, runs, nodes, *self._lots = arrays
        self._runs, self._nodes = two_at_least(runs), two_at_least(nodes)
        self.counters[:] = saved["counters"]
        self._bind()

    def count_ropes(self) -> int:
        """How many queues are ropes now."""
        return int((self._accounts.view(np.int32)[:, ROPE] >= 0).sum())

    def holdings(self) -> tuple[Any, Any, Amounts, Amounts]:
        """Account, label, amount and origin units of every tainted run."""
        count = int(held_in_queues(self.lists, self.ropes, self._new_rows(0)))
        found = self._new_rows(count)
        held_in_queues(self.lists, self.ropes, found)
        return tuple(found)

    def _new_rows(self, count: int) -> Records:
        columns = np.zeros(count, np.int64), np.zeros(count, np.int32)
        return Records(*columns, self._amounts(count), self._amounts(count))


def enlarged(rows: Any, least: int, *, used: int | None = None, exact: bool = False, records: bool = False) -> Any:
    """The same rows with room for `least`, and a quarter more unless `exact`; those beyond `used` are left out.

    RunError where the machine has not got the memory. New memory rather than the old made longer: so it comes in large
    pages, without which every touch of a row would wait twice.
    """
    size = least if exact else max(least, len(rows) + len(rows) // 4 + 1024)
    kept = len(rows) if used is None else used
    row = rows.itemsize * prod(rows.shape[1:])
    need = Need(0, 0, size * row) if records else Need(0, size * row)
    require(need, where="the state of a taint run")
    longer = np.zeros((size, *rows.shape[1:]), dtype=rows.dtype)
    longer[:kept] = rows[:kept]
    return longer


def two_at_least(rows: Any) -> Any:
    """The same rows, two of them at least: NumPy calls fewer contiguous, and Numba would compile a kernel anew.

    Chunks that are added so have no lots. None is used before there are more: an event of a rope wants six.
    """
    return rows if len(rows) > 1 else enlarged(rows, 2, exact=True)
