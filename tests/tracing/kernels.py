"""Runs the kernels over the moves of the reference, and gives what both say in one form."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from tests.tracing.reference import Book, Move, Poison

from clew.tracing.policies import Policy
from clew.tracing.queue_store import CHUNK
from clew.tracing.taint import Events, Marks, Rows, Taint
from clew.tracing.uint128 import pack

WIDTHS = (64, 128)
KEEPING = [policy for policy in Policy if policy.keeps_value]

ByLabel = Mapping[int, Mapping[int, tuple[int, int]]]


class State(NamedTuple):
    """What a run says: (units, origin units) by label, of every account and of every move that has any."""

    held: ByLabel
    moved: ByLabel
    unexplained: Mapping[int, int]


def new_taint(
    policy: str,
    moves: Sequence[Move],
    *,
    width: int,
    labels: int | None = None,
    capacity: int = 16,
    chunk: int = CHUNK,
) -> Taint:
    """The empty state for these moves. A small `chunk` has even a short queue become a rope."""
    most = max((label for move in moves for label, _ in move.stolen), default=1)
    return Taint(
        Policy(policy),
        accounts=1 + _last_account(moves),
        labels=labels or most + 5,
        width=width,
        capacity=capacity,
        chunk=chunk,
    )


def _last_account(moves: Sequence[Move]) -> int:
    return max((max(move.sender, move.receiver) for move in moves), default=0)


def advance(taint: Taint, moves: Sequence[Move], follows: Sequence[bool] | None = None) -> None:
    """Carry moves through. All columns are given, whether needed or not: one compiled kernel serves every test."""
    events = Events(
        np.array([move.sender for move in moves], dtype=np.int32),
        np.array([move.receiver for move in moves], dtype=np.int32),
        pack([move.amount for move in moves], width=taint.width),
        np.array(follows if follows is not None else [True] * (1 + _last_account(moves)), dtype=np.bool_),
        np.array([move.converts for move in moves], dtype=np.bool_),
        np.array([move.grade for move in moves], dtype=np.int8),
    )
    marks = [(at, label, amount) for at, move in enumerate(moves) for label, amount in move.stolen]
    taint.advance(events, Marks.of(marks, width=taint.width))


def state_of(taint: Taint) -> State:
    """What a run says now; what moved is of its last `advance`."""
    return State(by_label(taint.holdings()), by_label(taint.records()), taint.unexplained())


def run_kernel(policy: str, moves: Sequence[Move], *, width: int, follows: Sequence[bool] | None = None) -> State:
    """All moves in one go, from a state with room for little."""
    taint = new_taint(policy, moves, width=width)
    advance(taint, moves, follows)
    return state_of(taint)


def run_reference(policy: str, moves: Sequence[Move], follows: Sequence[bool] | None = None) -> State:
    """The same, of the reference."""
    if policy == Policy.POISON:
        poison = Poison().run(moves, follows)
        held = {account: dict.fromkeys(labels, (0, 0)) for account, labels in poison.labels.items() if labels}
        return State(held, {at: dict.fromkeys(labels, (0, 0)) for at, labels in enumerate(poison.moved) if labels}, {})
    book = Book(policy).run(moves, follows)
    return State(book.tainted(), {at: moved for at, moved in enumerate(book.moved) if moved}, book.shortfalls())


def by_label(rows: Rows) -> ByLabel:
    """(units, origin units) by where and label."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for where, label, amount, origin in zip(rows.where, rows.label, rows.amount, rows.origin, strict=True):
        found.setdefault(where, {})[label] = amount, origin
    return found
