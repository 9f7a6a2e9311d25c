"""Parts of a ledger that never touch, as assets and chains without a swap or a bridge between them: one core each.

No unit passes from one part to another, so each is a run of its own, and what they say together is what one run over
all of it says, in the same order, however many cores there are.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from clew.clustering.unionfind import flatten, singletons, unite
from clew.errors import RunError
from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Rows, Taint

LEAST = 1 << 17
"""Events from which on parts are worth their own threads."""


class Outcome(NamedTuple):
    """What a run says: as `Taint.holdings`, `Taint.records` and `Taint.unexplained`."""

    holdings: Rows
    records: Rows
    unexplained: dict[int, int]


class Part(NamedTuple):
    """One part: its events and accounts, numbered anew, and what each is called in the whole."""

    events: Events
    marks: Marks
    event: Any
    """``int64``: number in the whole of each event."""
    account: Any
    """``int64``: number in the whole of each account."""


def advance_all(runs: Sequence[tuple[Taint, Events, Marks]], *, cores: int | None = None) -> None:
    """Advance several ledgers at once, each by its own events; the error of the first that fails, in their order."""
    with ThreadPoolExecutor(cores or os.cpu_count() or 1) as pool:
        for done in [pool.submit(taint.advance, events, marks) for taint, events, marks in runs]:
            done.result()


def carry(policy: Policy, events: Events, marks: Marks, *, accounts: int, labels: int, least: int = LEAST) -> Outcome:
    """Carry all `events` through from the start; parts of at least `least` events run at once.

    Errors are those of `Taint.advance`.
    """
    parts = split(events, marks, accounts, least) if len(events.sender) >= 2 * least else []
    if len(parts) > 1:
        taints = [Taint(policy, accounts=len(part.account), labels=labels) for part in parts]
        try:
            advance_all([(taint, part.events, part.marks) for taint, part in zip(taints, parts, strict=True)])
        except RunError:
            pass  # said below, by the event's number in the whole
        else:
            return _together(taints, parts)
    taint = Taint(policy, accounts=accounts, labels=labels)
    taint.advance(events, marks)
    return Outcome(taint.holdings(), taint.records(), taint.unexplained())


def split(events: Events, marks: Marks, accounts: int, least: int) -> list[Part]:
    """Parts that share no account; those of fewer than `least` events are one part together."""
    sender, receiver = (np.asarray(side, np.uint32) for side in (events.sender, events.receiver))
    group = singletons(accounts)
    unite(group, sender, receiver)
    flatten(group)
    sizes = np.bincount(group[sender], minlength=accounts)
    large = np.flatnonzero(sizes >= least)
    number = np.zeros(accounts, np.int64)
    number[large] = np.arange(1, len(large) + 1)
    part_of = number[group]
    found = [_part(events, marks, part_of, at) for at in range(len(large) + 1)]
    return [part for part in found if len(part.event)]


def _part(events: Events, marks: Marks, part_of: Any, number: int) -> Part:
    account = np.flatnonzero(part_of == number)
    event = np.flatnonzero(part_of[events.sender] == number)
    within = np.zeros(len(part_of), np.int32)
    within[account] = np.arange(len(account))
    converts, grade = (None if column is None else column[event] for column in (events.converts, events.grade))
    own = Events(
        within[events.sender[event]],
        within[events.receiver[event]],
        events.amount[event],
        None if events.follows is None else events.follows[account],
        converts,
        grade,
    )
    mine = part_of[events.sender[marks.event]] == number
    places = np.searchsorted(event, marks.event[mine])
    return Part(own, Marks(places, marks.label[mine], marks.amount[mine]), event, account)


def _together(taints: list[Taint], parts: list[Part]) -> Outcome:
    pairs = list(zip(taints, parts, strict=True))
    unexplained = {int(part.account[at]): units for taint, part in pairs for at, units in taint.unexplained().items()}
    return Outcome(
        _merge([(taint.holdings(), part.account) for taint, part in pairs]),
        _merge([(taint.records(), part.event) for taint, part in pairs]),
        dict(sorted(unexplained.items())),
    )


def _merge(rows: list[tuple[Rows, Any]]) -> Rows:
    """The rows of all parts under their numbers in the whole, in order."""
    found = sorted(
        row
        for part, numbers in rows
        for row in zip(numbers[part.where].tolist(), part.label, part.amount, part.origin, strict=True)
    )
    where, label, amount, origin = ([row[at] for row in found] for at in range(4))
    return Rows(where, label, amount, origin)
