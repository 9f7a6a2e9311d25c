"""The loops of exposure: what tainted movements add up to by holder, and the backward pass over a ledger."""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import kernel
from clew.tracing.labels import WIDTH
from clew.tracing.uint128 import Amounts, load, low64, muldiv, muldiv64, store, wide

FAR = 255
"""Hops of what was never reached; a way longer than this counts as one less."""
ONE = 1 << 62
"""The whole of something, in the fixed point of the backward pass."""


class Course(NamedTuple):
    """What `fold` needs of the events and accounts of a pass."""

    sender: Any
    receiver: Any
    seed: Any
    """``int32[accounts]``: the kind an account is a source of, or -1."""
    passes: Any
    """``bool[accounts]``: arriving there is no hop."""
    rows: Any
    """``int32[accounts]``: the row of the sums that receipts of an account count in, or -1."""
    counts: Any
    """``bool[events]``: whether a receipt counts."""


class Trail(NamedTuple):
    """The ways of a pass: by record, and the best records by account and by row."""

    start: int
    """Number of the first record of this call."""
    event: Any
    amount: Amounts
    parent: Any
    """The record by which most of the sender's units of the kind had come; -1: the sender is their source."""
    best: Any
    """``int64[accounts, kinds]``: the record that brought most; -1: none."""
    top: Any
    """``int64[rows, kinds]``."""


@kernel
def fold(event, label, amount, course, labels, sums, hops, trail):
    """Add the movements of a pass to `sums` (row * labels + label) and keep the fewest hops; with a trail, the ways.

    Records stand in event order, so when one is read its sender's best record is one that came before it.
    """
    for record in range(len(event)):
        at = event[record]
        kind = (label[record] - 1) // WIDTH
        sender, receiver = course.sender[at], course.receiver[at]
        row = course.rows[receiver]
        counted = row >= 0 and course.counts[at]
        if counted:
            place = row * labels + label[record]
            store(sums, place, load(sums, place) + load(amount, record))
        source = course.seed[sender] == kind
        away = course.seed[receiver] != kind
        if away:
            distance = np.int64(0) if source else np.int64(hops[sender, kind])
            if not course.passes[receiver]:
                distance += 1
            if distance < hops[receiver, kind]:
                hops[receiver, kind] = min(distance, FAR - 1)
        if trail is not None:
            here = trail.start + record
            trail.parent[here] = -1 if source else trail.best[sender, kind]
            if away:
                leader = trail.best[receiver, kind]
                if leader < 0 or load(amount, record) > load(trail.amount, leader):
                    trail.best[receiver, kind] = here
            if counted:
                leader = trail.top[row, kind]
                if leader < 0 or load(amount, record) > load(trail.amount, leader):
                    trail.top[row, kind] = here


@kernel
def add_totals(sender, receiver, amount, rows, kept, received, sent):
    """Add what each row receives and sends; an event that is `kept` returns a holder's own and counts as neither."""
    for at in range(len(sender)):
        if sender[at] == receiver[at]:
            continue
        to, of = rows[receiver[at]], rows[sender[at]]
        if of >= 0:
            store(sent, of, load(sent, of) + load(amount, at))
        if to >= 0 and kept[at]:
            store(sent, to, load(sent, to) - load(amount, at))
        elif to >= 0:
            store(received, to, load(received, to) + load(amount, at))


@kernel
def shares_leaving(sender, receiver, amount, follows, balance, share):
    """Forward: the part of its sender's balance that each event takes, in units of ONE, rounded down.

    An account that spends more than it was seen to hold is completed, as the taint kernels do it.
    """
    zero = wide(np.uint64(0), np.uint64(0))
    one = wide(np.uint64(ONE), np.uint64(0))
    for at in range(len(sender)):
        s, r = sender[at], receiver[at]
        moved = load(amount, at)
        if s == r or moved == zero:
            continue
        if follows[s]:
            held = load(balance, s)
            if held <= moved:
                share[at] = np.uint64(ONE)
                store(balance, s, zero)
            else:
                share[at] = low64(muldiv(moved, one, held))
                store(balance, s, held - moved)
        if follows[r]:
            store(balance, r, load(balance, r) + moved)


@kernel
def carry_back(sender, receiver, follows, share, reach, arrives):
    """Backward: `reach[account, kind]` is the part of a unit there, in units of ONE, that will end at the kind.

    Written down for each event: the part of what it moves that ends there. Rounding moves it by less than three
    units of the last place at an event.
    """
    one = np.uint64(ONE)
    for back in range(len(sender)):
        at = len(sender) - 1 - back
        s, r = sender[at], receiver[at]
        for kind in range(reach.shape[1]):
            there = reach[r, kind]
            arrives[at, kind] = there
            if share[at] > 0 and follows[s]:
                kept = muldiv64(reach[s, kind], one - share[at], one)
                reach[s, kind] = kept + muldiv64(there, share[at], one)


@kernel
def sum_arrivals(sender, amount, kept, rows, arrives, sums):
    """Add what each row's payments reach of each kind, rounded down at each event, to `sums` (row * kinds + kind)."""
    one = wide(np.uint64(ONE), np.uint64(0))
    kinds = arrives.shape[1]
    for at in range(len(sender)):
        row = rows[sender[at]]
        if row < 0 or kept[at]:
            continue
        for kind in range(kinds):
            part = muldiv(load(amount, at), wide(arrives[at, kind], np.uint64(0)), one)
            place = row * kinds + kind
            store(sums, place, load(sums, place) + part)
