"""Poison: whoever receives from a poisoned account is poisoned, for ever. It keeps no value, so it has no sums."""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import inlined, kernel
from clew.tracing.labels import weaken
from clew.tracing.lots import COLLISION, DONE, GROW, MARK, RECORDS, STATUS
from clew.tracing.uint128 import flag_or, load, small


class Poisoned(NamedTuple):
    """State of all accounts: ``uint64[n, words]``, one bit a label."""

    bits: Any
    counters: Any
    """As of `lots.Queues`."""


@inlined
def _has(bits, account, label):
    return (bits[account, label >> 6] >> np.uint64(label & 63)) & np.uint64(1) != 0


@inlined
def _set(bits, account, label):
    bits[account, label >> 6] |= np.uint64(1) << np.uint64(label & 63)


@kernel
def run_poison(events, marks, state, records, start, stop, labels):
    """Carry events `start` to `stop`; as `queues.run_queues`. A record is written for every poisoned transfer."""
    counters = state.counters
    counters[STATUS] = DONE
    zero = small(events.amount, 0)
    bits = state.bits
    next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
    for event in range(start, stop):
        sender = events.sender[event]
        receiver = events.receiver[event]
        if sender == receiver or load(events.amount, event) == zero:
            continue
        if records is not None and counters[RECORDS] + labels > len(records.event):
            counters[STATUS] = GROW
            return event
        passes = flag_or(events.follows, sender, True)
        if event == next_mark:
            for label in range(1, labels):
                if passes and _has(bits, sender, label):
                    counters[STATUS] = COLLISION
            while counters[MARK] < len(marks.event) and marks.event[counters[MARK]] == event:
                marked = weaken(marks.label[counters[MARK]], flag_or(events.grade, event, 0))
                _set(bits, receiver, marked)
                _write(records, counters, event, marked)
                counters[MARK] += 1
            next_mark = marks.event[counters[MARK]] if counters[MARK] < len(marks.event) else -1
        elif passes:
            for word in range(bits.shape[1]):
                if bits[sender, word] == 0:
                    continue
                for label in range(word << 6, min(labels, (word + 1) << 6)):
                    if _has(bits, sender, label):
                        passed = weaken(label, flag_or(events.grade, event, 0))
                        _set(bits, receiver, passed)
                        _write(records, counters, event, passed)
        if counters[STATUS] != DONE:
            return event
    return stop


@inlined
def _write(records, counters, event, label):
    if records is not None:
        records.event[counters[RECORDS]] = event
        records.label[counters[RECORDS]] = label
        counters[RECORDS] += 1
