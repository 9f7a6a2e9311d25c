"""Haircut, dirty-first and clean-first where all taint bears one label: what whole chains are swept with.

The rules are those of `pools`. With one label an account is two amounts side by side, its balance and how much of it is
tainted: 16 bytes (32 at 128 bits), never across two lines of the cache. Memory is what limits such a run, so nothing
else is touched; and no branch asks whether an account is tainted, since for clean ones the rules give 0 by themselves.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import inlined, kernel, prefetch
from clew.tracing.lots import COLLISION, DONE, MARK, OVERFLOW, STATUS, add
from clew.tracing.pools import DIRTY_FIRST, HAIRCUT, min_of
from clew.tracing.uint128 import Amounts, flag_or, load, muldiv, small, store

LABEL = 1
"""The label of all taint."""
_AHEAD = 32
"""Transfers by which a run is ahead of itself to fetch the accounts it will touch."""


class Sole(NamedTuple):
    """State of all accounts."""

    held: Amounts
    """Two amounts an account: its balance at ``2 * account``, the tainted part of it after that."""
    unexplained: Amounts
    counters: Any
    """As of `queues.Queues`."""


@inlined
def _carried(taint, amount, balance, rule):
    """How much of a draw of `amount` from `balance` is tainted."""
    if rule == HAIRCUT:
        return muldiv(taint, amount, balance)
    if rule == DIRTY_FIRST:
        return min_of(taint, amount)
    clean = balance - taint
    return amount - min_of(clean, amount)


@inlined
def _stolen(marks, counters, event, amount):
    """The units stolen by a theft event; more than `amount` where they do not fit it."""
    at = counters[MARK]
    total = small(marks.amount, 0)
    while at < len(marks.event) and marks.event[at] == event:
        rest = amount - total
        part = load(marks.amount, at)
        total = total + part
        at += 1
        if part > rest:
            counters[STATUS] = OVERFLOW
            break
    counters[MARK] = at
    return total


@kernel
def run_sole(events, marks, state, start, stop, rule):
    """Carry events `start` to `stop`; as `queues.run_queues`. No conversions, grades or records."""
    counters = state.counters
    counters[STATUS] = DONE
    held = state.held
    zero = small(held, 0)
    next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
    for event in range(start, stop):
        if event + _AHEAD < stop:
            prefetch(held, np.int64(events.sender[event + _AHEAD]) << 1)
            prefetch(held, np.int64(events.receiver[event + _AHEAD]) << 1)
        sender = np.int64(events.sender[event])
        receiver = np.int64(events.receiver[event])
        amount = load(events.amount, event)
        if sender == receiver or amount == zero:
            continue
        moved = zero
        if flag_or(events.follows, sender, True):
            balance = load(held, 2 * sender)
            if balance < amount:
                add(state, state.unexplained, sender, amount - balance)
                balance = amount
            taint = load(held, 2 * sender + 1)
            moved = _carried(taint, amount, balance, rule)
            store(held, 2 * sender, balance - amount)
            store(held, 2 * sender + 1, taint - moved)
        if event == next_mark:
            if moved > zero:
                counters[STATUS] = COLLISION
            moved = _stolen(marks, counters, event, amount)
            next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
        if flag_or(events.follows, receiver, True):
            add(state, held, 2 * receiver, amount)
        add(state, held, 2 * receiver + 1, moved)
        if counters[STATUS] != DONE:
            return event
    return stop


@kernel
def held_solely(held, account, amount):
    """Write (account, amount) of every tainted account; returns how many."""
    count = 0
    zero = small(held, 0)
    for holder in range(len(held) // 2):
        taint = load(held, 2 * holder + 1)
        if taint != zero:
            account[count] = holder
            store(amount, count, taint)
            count += 1
    return count
