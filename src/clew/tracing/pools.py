"""Haircut, dirty-first and clean-first: the units of an account are one pool, with so much of it tainted by each label.

A draw of `v` from a balance `b` with taint `t` carries ``floor(t * v / b)`` (haircut), ``min(t, v)`` (dirty-first) or
``max(0, v - (b - t))`` (clean-first: the lowest-intermediate-balance rule, Roscoe v Winder [1915]). Between several
labels units are shared jointly: each gets its floor, and the units left over go one each to entries with a fraction,
clean first, then by larger fraction, then by smaller label; so draws sum to `v` and no entry is overdrawn.
Definitions and their sources: `docs/tracing.md`.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import AHEAD, inlined, kernel, prefetch
from clew.tracing.labels import weaken
from clew.tracing.lots import COLLISION, DONE, FREE, GROW, MARK, OVERFLOW, RECORDS, STATUS, USED, add
from clew.tracing.uint128 import Amounts, flag_or, load, load_or, muldiv, small, store, store_if

HAIRCUT, DIRTY_FIRST, CLEAN_FIRST = range(3)


class Pools(NamedTuple):
    """State of all accounts. The first label of an account stands beside its balance, further ones in a list."""

    entry: Any
    """``int32[n, 2]``: the account's first label (0: none) and the first of its further entries (-1: none)."""
    balance: Amounts
    taint: Amounts
    """Tainted units of the first label."""
    taint_origin: Any
    """Their origin units; None where they equal the units throughout (one asset, no conversion)."""
    unexplained: Amounts
    """Clean units added because an account spent more than it was seen to hold."""
    run: Any
    """``int32[cap, 2]``: label and next entry of the further entries."""
    amount: Amounts
    origin: Any
    counters: Any
    """As of `lots.Queues`."""


class Scratch(NamedTuple):
    """One draw, label by label; room for every label."""

    label: Any
    amount: Amounts
    origin: Amounts
    share: Amounts
    fraction: Amounts


@inlined
def _put(state, account, label, amount, origin):
    """Add tainted units of a label (the balance is the caller's)."""
    first = state.entry[account, 0]
    if first == 0 or first == label:
        state.entry[account, 0] = label
        add(state, state.taint, account, amount)
        add(state, state.taint_origin, account, origin)
        return
    node = state.entry[account, 1]
    while node >= 0:
        if state.run[node, 0] == label:
            add(state, state.amount, node, amount)
            add(state, state.origin, node, origin)
            return
        node = state.run[node, 1]
    counters = state.counters
    node = counters[FREE]
    if node >= 0:
        counters[FREE] = state.run[node, 1]
    else:
        node = counters[USED]
        counters[USED] = node + 1
    state.run[node, 0] = label
    state.run[node, 1] = state.entry[account, 1]
    state.entry[account, 1] = node
    store(state.amount, node, amount)
    store_if(state.origin, node, origin)


@inlined
def _gather(state, account, scratch):
    """Take every entry out of the account into the scratch; how many, and their sum."""
    zero = small(state.balance, 0)
    if state.entry[account, 0] == 0:
        return 0, zero
    scratch.label[0] = state.entry[account, 0]
    total = load(state.taint, account)
    store(scratch.amount, 0, total)
    store(scratch.origin, 0, load_or(state.taint_origin, account, total))
    count = 1
    node = state.entry[account, 1]
    while node >= 0:
        scratch.label[count] = state.run[node, 0]
        amount = load(state.amount, node)
        store(scratch.amount, count, amount)
        store(scratch.origin, count, load_or(state.origin, node, amount))
        total = total + amount
        count += 1
        after = state.run[node, 1]
        state.run[node, 1] = state.counters[FREE]
        state.counters[FREE] = node
        node = after
    state.entry[account, 0] = 0
    state.entry[account, 1] = -1
    store(state.taint, account, zero)
    store_if(state.taint_origin, account, zero)
    return count, total


@inlined
def _hand_out(scratch, count, left, clean_fraction):
    """Give the units left over by rounding down, one each: clean, then the larger fraction, then the smaller label."""
    zero = small(scratch.amount, 0)
    one = small(scratch.amount, 1)
    if left > zero and clean_fraction > zero:
        left = left - one
    while left > zero:
        best = -1
        for i in range(count):
            if load(scratch.fraction, i) == zero:
                continue
            if best >= 0:
                fraction, leader = load(scratch.fraction, i), load(scratch.fraction, best)
                if fraction < leader or (fraction == leader and scratch.label[i] > scratch.label[best]):
                    continue
            best = i
        store(scratch.share, best, load(scratch.share, best) + one)
        store(scratch.fraction, best, zero)
        left = left - one


@inlined
def _share(scratch, count, total, clean, drawn):
    """Share `drawn` units of a pool of `total` among its labels, and `clean` units that stand beside them."""
    given = muldiv(clean, drawn, total)
    clean_fraction = clean * drawn - given * total
    for i in range(count):
        amount = load(scratch.amount, i)
        share = muldiv(amount, drawn, total)
        store(scratch.share, i, share)
        store(scratch.fraction, i, amount * drawn - share * total)
        given = given + share
    _hand_out(scratch, count, drawn - given, clean_fraction)


@inlined
def _draw_shares(scratch, count, taint, balance, amount, rule):
    """Set every label's share of a draw of `amount` from `balance`, `taint` of it tainted in `count` labels."""
    zero = small(scratch.amount, 0)
    if rule == HAIRCUT:
        if count == 1:
            # The joint rule with one label: the unit left over is the clean entry's.
            store(scratch.share, 0, muldiv(taint, amount, balance))
        else:
            _share(scratch, count, balance, balance - taint, amount)
        return
    if rule == DIRTY_FIRST:
        drawn = min_of(taint, amount)
    else:
        clean = balance - taint
        drawn = amount - clean if amount > clean else zero
    if count == 1:
        store(scratch.share, 0, drawn)
    else:
        _share(scratch, count, taint, zero, drawn)


@inlined
def min_of(a, b):
    """The smaller of two amounts of either width."""
    return a if a < b else b


@inlined
def _settle(state, account, scratch, count):
    """Put back what was not drawn, and leave the drawn amounts and their origin units in the scratch."""
    for i in range(count):
        amount = load(scratch.amount, i)
        origin = load(scratch.origin, i)
        share = load(scratch.share, i)
        moved = share if origin == amount else muldiv(origin, share, amount)
        if share < amount:
            _put(state, account, scratch.label[i], amount - share, origin - moved)
        store(scratch.amount, i, share)
        store(scratch.origin, i, moved)


@inlined
def _draw(state, account, amount, scratch, rule):
    """Take units out of an account; how many labels of the scratch they carry."""
    balance = load(state.balance, account)
    if balance < amount:
        add(state, state.unexplained, account, amount - balance)
        balance = amount
    store(state.balance, account, balance - amount)
    if state.entry[account, 0] == 0:
        return 0
    count, taint = _gather(state, account, scratch)
    _draw_shares(scratch, count, taint, balance, amount, rule)
    _settle(state, account, scratch, count)
    return count


@inlined
def _convert(state, account, total_out, scratch):
    """Take all of a conversion's account, scaled to `total_out`, in the input's proportion, origin units whole.

    Taint too small for one unit of the other asset stays behind, and says so there.
    """
    zero = small(state.balance, 0)
    balance = load(state.balance, account)
    store(state.balance, account, zero)
    count, taint = _gather(state, account, scratch)
    if count == 0:
        return 0
    _share(scratch, count, balance, balance - taint, total_out)
    kept = 0
    for i in range(count):
        if load(scratch.share, i) == zero:
            _put(state, account, scratch.label[i], load(scratch.amount, i), load(scratch.origin, i))
            add(state, state.balance, account, load(scratch.amount, i))
        else:
            scratch.label[kept] = scratch.label[i]
            store(scratch.amount, kept, load(scratch.share, i))
            store(scratch.origin, kept, load(scratch.origin, i))
            kept += 1
    return kept


@inlined
def _mark(state, marks, event, amount, scratch):
    """The labels of a theft event; how many."""
    count = 0
    rest = amount
    at = state.counters[MARK]
    while at < len(marks.event) and marks.event[at] == event:
        stolen = load(marks.amount, at)
        if stolen > rest:
            state.counters[STATUS] = OVERFLOW
            return 0
        rest = rest - stolen
        scratch.label[count] = marks.label[at]
        store(scratch.amount, count, stolen)
        store(scratch.origin, count, stolen)
        count += 1
        at += 1
    state.counters[MARK] = at
    return count


@inlined
def _deliver(state, receiver, scratch, count, grade, records, event):
    """Add the scratch's labels to the receiver, write them down."""
    zero = small(state.balance, 0)
    at = state.counters[RECORDS]
    for i in range(count):
        amount = load(scratch.amount, i)
        if amount == zero:
            continue
        label = weaken(scratch.label[i], grade)
        _put(state, receiver, label, amount, load(scratch.origin, i))
        if records is not None:
            records.event[at] = event
            records.label[at] = label
            store(records.amount, at, amount)
            store(records.origin, at, load(scratch.origin, i))
            at += 1
    state.counters[RECORDS] = at


@kernel
def run_pools(events, marks, state, scratch, records, start, stop, rule):
    """Carry events `start` to `stop` through the pools; as `queues.run_queues`."""
    counters = state.counters
    counters[STATUS] = DONE
    zero = small(state.balance, 0)
    labels = len(scratch.label)
    next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
    for event in range(start, stop):
        if event + AHEAD < stop:
            prefetch(state.entry, np.int64(events.sender[event + AHEAD]))
            prefetch(state.entry, np.int64(events.receiver[event + AHEAD]))
        sender = events.sender[event]
        receiver = events.receiver[event]
        amount = load(events.amount, event)
        if sender == receiver or amount == zero:
            continue
        full = records is not None and counters[RECORDS] + labels > len(records.event)
        if full or counters[USED] + 2 * labels > len(state.run):
            counters[STATUS] = GROW
            return event
        count = 0
        if flag_or(events.converts, event, False):
            count = _convert(state, sender, amount, scratch)
        elif flag_or(events.follows, sender, True):
            count = _draw(state, sender, amount, scratch, rule)
        if event == next_mark:
            for i in range(count):
                if load(scratch.amount, i) > zero:
                    counters[STATUS] = COLLISION
            count = _mark(state, marks, event, amount, scratch)
            next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
        if flag_or(events.follows, receiver, True):
            add(state, state.balance, receiver, amount)
        if count > 0:
            _deliver(state, receiver, scratch, count, flag_or(events.grade, event, 0), records, event)
        if counters[STATUS] != DONE:
            return event
    return stop


@kernel
def held_in_pools(state, account, label, amount, origin):
    """Write (account, label, amount, origin) of every tainted entry; returns how many."""
    count = 0
    for holder in range(len(state.entry)):
        if state.entry[holder, 0] == 0:
            continue
        account[count] = holder
        label[count] = state.entry[holder, 0]
        value = load(state.taint, holder)
        store(amount, count, value)
        store(origin, count, load_or(state.taint_origin, holder, value))
        count += 1
        node = state.entry[holder, 1]
        while node >= 0:
            account[count] = holder
            label[count] = state.run[node, 0]
            value = load(state.amount, node)
            store(amount, count, value)
            store(origin, count, load_or(state.origin, node, value))
            count += 1
            node = state.run[node, 1]
    return count
