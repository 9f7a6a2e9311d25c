"""The loop that watches every account for five typologies at once.

An account's state is one row of memory (`line_type`). At 64-bit amounts a row is 64 bytes, so that an account costs one
cache line whatever it does; at 128-bit amounts it is 80. Times are seconds since 1970 and the clock never steps back: a
transfer dated before an earlier one counts at the time of that. Every window opens at a transfer and is over `window`
seconds later; the next transfer of its kind opens the next one.
"""

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from clew.tracing.compiled import AHEAD, inlined, kernel, prefetch
from clew.tracing.uint128 import Amounts, high64, load, low64, multiply, small, wide
from clew.tracing.uint128 import uint128 as _uint128

FAN_OUT, FAN_IN, PASS_THROUGH, STRUCTURING, PEEL_CHAIN = range(5)
"""Numbers of the typologies, in the order of `typologies.TYPOLOGIES`."""
SPRAYED, GATHERED, PASSED, REPEATED, PART, REST, SPLIT = (1 << place for place in range(7))
"""Flags: the window's alert is out (the first four); the episode has seen its small part, its rest, and so a split."""
_HOLDING = PASSED | PART | REST | SPLIT
DONE, GROW, WIDEN = range(3)
"""Status: all done; the alerts are full; a sum does not fit the width of amounts."""
STATUS, ALERTS, CLOCK = range(3)
"""Places of the counters."""
WIDE_BITS = 117
"""128-bit amounts and their sums stay below 2**117, so that 2,048 times as much fits (`scaled`)."""
DEEPEST = 255

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ALL = 1000


def line_type(width: int) -> np.dtype[np.void]:
    """The row of an account, for amounts of `width` bits.

    - ``paid``, ``payers``: 64 marks of whom the account paid, and of who paid it, in the window of the fan, one bit
      each by a hash of the account; 0: no window is open.
    - ``arrived``, ``left``: what came in in the holding episode, and what was paid out; ``arrived`` 0: none is open.
    - ``..._since``: when each window opened. ``held_first``: the low 32 bits of the number of the receipt that opened
      the episode.
    - ``rest_to``: 1 + the account that the rest of the episode's split went to. ``parent``: 1 + the account whose rest
      is the better part of what arrived. 0: none.
    - ``band_count``: payments just below the threshold in the window. ``depth``: splits in a row by which what arrived
      had come. Both at most 255.
    """
    limbs = ["arrived", "left", *(("arrived_high", "left_high") if width == 128 else ())]
    fields: list[tuple[str, Any]] = [(name, np.uint64) for name in ("paid", "payers", *limbs)]
    fields += [(f"{name}_since", np.uint32) for name in ("paid", "payers", "held", "band")]
    fields += [("held_first", np.uint32), ("rest_to", np.int32), ("parent", np.int32)]
    return np.dtype([*fields, *((name, np.uint8) for name in ("band_count", "depth", "flags", "spare"))])


class Transfers(NamedTuple):
    """Transfers in the order of the ledger, columns of equal length."""

    sender: Any
    """Account numbers, integers from 0 on."""
    receiver: Any
    amount: Amounts
    time: Any
    """Seconds since 1970; -1: not known."""


class Limits(NamedTuple):
    """What the kernel needs of the rules (`typologies.rules`): windows in seconds, shares in thousandths."""

    band: Amounts
    """Least amount that counts at all; the amounts just below the threshold, from and below."""
    out_count: int
    out_window: int
    in_count: int
    in_window: int
    pass_window: int
    kept: int
    band_repeats: int
    band_window: int
    splits: int
    hold_window: int
    """How long an episode lasts: the longer of the windows of pass-through and peel chain."""
    part_least: int
    part_most: int
    rest_least: int


class Alerts(NamedTuple):
    """Alerts as columns, in the order in which they fired."""

    typology: Any
    account: Any
    event: Any
    """Number of the transfer that fired it, from the first that the state saw."""
    first: Any
    """Number of the receipt that opened the episode; -1 of a window that opens at the first of its kind at `since`."""
    since: Any
    """When the window opened."""
    time: Any
    count: Any
    """Counterparties at least, payments, or splits in a row; 0 of a pass-through."""


def scaled(amount: Any, factor: Any) -> Any:
    """An amount times a factor of at most 2,048, as a uint128; exact."""
    raise NotImplementedError


@overload(scaled, inline="always")
def _scaled(amount, factor):
    if amount == _uint128:
        return lambda amount, factor: amount * wide(np.uint64(factor), np.uint64(0))
    return lambda amount, factor: multiply(np.uint64(amount), np.uint64(factor))


def overflows(total: Any, amount: Any) -> bool:
    """Whether a sum leaves the width of its amounts."""
    raise NotImplementedError


@overload(overflows, inline="always")
def _overflows(total, amount):
    if total == _uint128:
        bound = np.uint64(1 << (WIDE_BITS - 64))
        return lambda total, amount: total + amount >= wide(np.uint64(0), bound)
    return lambda total, amount: total + amount < amount


def _sum_of(name):
    """How a sum is read from a line and written to it, in the width of the line."""

    def read(line: Any) -> Any:
        raise NotImplementedError

    def write(line: Any, value: Any) -> None:
        raise NotImplementedError

    high = f"{name}_high"

    @overload(read, inline="always")
    def _read(line):
        if high in line.fields:
            return lambda line: wide(line[name], line[high])
        return lambda line: line[name]

    @overload(write, inline="always")
    def _write(line, value):
        if high not in line.fields:

            def write_narrow(line, value):
                line[name] = value

            return write_narrow

        def write_wide(line, value):
            line[name] = low64(value)
            line[high] = high64(value)

        return write_wide

    return read, write


arrived, set_arrived = _sum_of("arrived")
left, set_left = _sum_of("left")


@inlined
def _at_least(amount, whole, share):
    """Whether an amount is at least `share` thousandths of the whole."""
    return scaled(amount, _ALL) >= scaled(whole, share)


@inlined
def _ones(word):
    """How many bits are set."""
    two, four, eight = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    word = word - ((word >> np.uint64(1)) & two)
    word = (word & four) + ((word >> np.uint64(2)) & four)
    word = (word + (word >> np.uint64(4))) & eight
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


def _fan_of(marks, since, flag):
    """The step of one of the fans, by its fields of a line."""

    @inlined
    def fan(line, other, clock, least, window):
        """Mark a counterparty; how many marks the window has where that is the first time it has `least`, else 0."""
        bit = np.uint64(1) << ((np.uint64(other) * _GOLDEN) >> np.uint64(58))
        seen = line[marks]
        if seen == 0 or clock - np.int64(line[since]) > window:
            line[marks] = bit
            line[since] = clock
            line.flags &= ~flag
            return 0
        if seen & bit:
            return 0
        line[marks] = seen | bit
        if line.flags & flag:
            return 0
        count = _ones(seen | bit)
        if count < least:
            return 0
        line.flags |= flag
        return count

    return fan


_fan_out = _fan_of("paid", "paid_since", SPRAYED)
_fan_in = _fan_of("payers", "payers_since", GATHERED)


@inlined
def _repeat(line, limits, clock):
    """Count a payment just below the threshold; the count where it is the first time that it suffices, else 0."""
    if line.band_count == 0 or clock - np.int64(line.band_since) > limits.band_window:
        line.band_count = 1
        line.band_since = clock
        line.flags &= ~REPEATED
        return 0
    count = min(np.int64(line.band_count) + 1, 255)
    line.band_count = count
    if count < limits.band_repeats or line.flags & REPEATED:
        return 0
    line.flags |= REPEATED
    return count


@inlined
def _passes(line, limits, came, gone, clock):
    """Whether the payment just made is the first by which all but a little of what came in has left in time."""
    if line.flags & PASSED or clock - np.int64(line.held_since) > limits.pass_window:
        return False
    if not _at_least(gone, came, _ALL - limits.kept) or scaled(gone, _ALL) > scaled(came, _ALL + limits.kept):
        return False
    line.flags |= PASSED
    return True


@inlined
def _split(lines, limits, sender, receiver, amount, came, gone):
    """Whether a payment is the rest of its episode; and where it completes the split, its place in the chain, else 0.

    The part may come after the rest, as a transaction's outputs may; the receiver of the rest is then told late.
    """
    line = lines[sender]
    flags = line.flags
    if flags & SPLIT:
        return False, 0
    rests = False
    if _at_least(amount, came, limits.rest_least):
        if not flags & REST:
            flags |= REST
            rests = True
            line.rest_to = np.int64(receiver) + 1
    elif _at_least(amount, came, limits.part_least) and scaled(amount, _ALL) <= scaled(came, limits.part_most):
        flags |= PART
    place: Any = 0
    if flags & PART and flags & REST and scaled(gone, _ALL) <= scaled(came, _ALL + limits.kept):
        flags |= SPLIT
        place = min(np.int64(line.depth) + 1, DEEPEST)
        heir = lines[np.uint32(line.rest_to - 1)]
        if not rests and heir.parent == np.int64(sender) + 1:
            heir.depth = place
    line.flags = flags
    return rests, place


@inlined
def _receive(line, limits, sender, amount, event, clock, rests, place, zero):
    """Add a receipt to the receiver's episode; one that dwarfs what came before it opens a new one."""
    came = arrived(line)
    held = clock - np.int64(line.held_since)
    if came == zero or held > limits.hold_window or (held > 0 and scaled(came, _ALL) <= scaled(amount, limits.kept)):
        came = zero
        line.held_since = clock
        line.held_first = event
        set_left(line, zero)
        line.rest_to = 0
        line.flags &= ~_HOLDING
    set_arrived(line, came + amount)
    if amount >= came:
        line.parent = np.int64(sender) + 1 if rests else 0
        line.depth = place if rests else 0


@inlined
def _emit(alerts, counters, typology, account, event, since, clock, count, first):
    at = counters[ALERTS]
    alerts.typology[at] = typology
    alerts.account[at] = account
    alerts.event[at] = event
    alerts.first[at] = first
    alerts.since[at] = since
    alerts.time[at] = clock
    alerts.count[at] = count
    counters[ALERTS] = at + 1


@inlined
def _emit_held(lines, alerts, counters, typology, account, event, clock, count):
    line = lines[account]
    first = event - ((event - np.int64(line.held_first)) & 0xFFFFFFFF)
    _emit(alerts, counters, typology, account, event, line.held_since, clock, count, first)


@inlined
def _emit_chain(lines, limits, alerts, counters, account, event, clock, place):
    """The alert of a split that makes a chain long enough; where it is the first, those of the splits before it too."""
    _emit_held(lines, alerts, counters, PEEL_CHAIN, account, event, clock, place)
    if place > limits.splits:
        return
    for _ in range(place - 1):
        if lines[account].parent == 0:
            return
        above = np.uint32(lines[account].parent - 1)
        if lines[above].rest_to != np.int64(account) + 1 or not lines[above].flags & SPLIT:
            return
        account = above
        _emit_held(lines, alerts, counters, PEEL_CHAIN, account, event, clock, place)


@inlined
def _pay(lines, limits, alerts, counters, sender, receiver, amount, event, clock, zero):
    """Take a payment out of the payer's episode, if one is open; as `_split`."""
    line = lines[sender]
    came = arrived(line)
    if came == zero or clock - np.int64(line.held_since) > limits.hold_window:
        return False, 0
    gone = left(line) + amount
    set_left(line, gone)
    if _passes(line, limits, came, gone, clock):
        _emit_held(lines, alerts, counters, PASS_THROUGH, sender, event, clock, 0)
    rests, place = _split(lines, limits, sender, receiver, amount, came, gone)
    if place >= limits.splits:
        _emit_chain(lines, limits, alerts, counters, sender, event, clock, place)
    return rests, place


@kernel
def watch(transfers, limits, lines, alerts, counters, first, start, stop):
    """Watch transfers `start` to `stop`; returns the first that is still to do. `first` is the number of transfer 0.

    Nothing of a transfer has been done where the status is not DONE: alerts are full, or a sum does not fit.
    """
    counters[STATUS] = DONE
    zero = small(limits.band, 0)
    least, above, below = load(limits.band, 0), load(limits.band, 1), load(limits.band, 2)
    room = len(alerts.event) - limits.splits - 4
    clock = counters[CLOCK]
    for at in range(start, stop):
        if at + AHEAD < stop:
            prefetch(lines, np.int64(transfers.sender[at + AHEAD]))
            prefetch(lines, np.int64(transfers.receiver[at + AHEAD]))
        sender, receiver = np.uint32(transfers.sender[at]), np.uint32(transfers.receiver[at])
        amount = load(transfers.amount, at)
        clock = max(clock, np.int64(transfers.time[at]))
        if sender == receiver or amount < least:
            continue
        payer, payee = lines[sender], lines[receiver]
        if overflows(arrived(payee), amount) or overflows(left(payer), amount):
            counters[STATUS] = WIDEN
        elif counters[ALERTS] > room:
            counters[STATUS] = GROW
        if counters[STATUS] != DONE:
            counters[CLOCK] = clock
            return at
        event = first + at
        count = _fan_out(payer, receiver, clock, limits.out_count, limits.out_window)
        if count:
            _emit(alerts, counters, FAN_OUT, sender, event, payer.paid_since, clock, count, -1)
        if above <= amount and amount < below:
            count = _repeat(payer, limits, clock)
            if count:
                _emit(alerts, counters, STRUCTURING, sender, event, payer.band_since, clock, count, -1)
        rests, place = _pay(lines, limits, alerts, counters, sender, receiver, amount, event, clock, zero)
        count = _fan_in(payee, sender, clock, limits.in_count, limits.in_window)
        if count:
            _emit(alerts, counters, FAN_IN, receiver, event, payee.payers_since, clock, count, -1)
        _receive(payee, limits, sender, amount, event, clock, rests, place, zero)
    counters[CLOCK] = clock
    return stop
