"""Haircut exposure as it is defined, in exact rationals: slow, and what the fast passes are held to.

An event moves an amount from an account with balance ``b`` to another; it takes the fraction ``f = amount / b`` of all
the sender holds (all of it where it holds less: the rest came from nobody known). Forward, content moves with it.
Backward, what a unit at the sender will reach is ``y[s] * (1 - f) + y[r] * f``. Both are linear, and each is the
other's adjoint: forward(sources) . target = sources . backward(target).
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple


class Event(NamedTuple):
    """An amount moved; accounts are any numbers."""

    sender: int
    receiver: int
    amount: int


def forward(events: Sequence[Event], sources: Mapping[int, Fraction], ends: Collection[int]) -> dict[int, Fraction]:
    """By account: the marked units that stand there at last. `sources` marks units of events (numbers), beside what
    they carry; what reaches one of `ends` stays.
    """
    held: dict[int, Fraction] = {}
    for number, (event, share) in enumerate(zip(events, shares(events, ends), strict=True)):
        carried = held.get(event.sender, Fraction(0)) * share + sources.get(number, Fraction(0))
        held[event.sender] = held.get(event.sender, Fraction(0)) * (1 - share)
        held[event.receiver] = held.get(event.receiver, Fraction(0)) + carried
    return held


def backward(events: Sequence[Event], target: Mapping[int, Fraction], ends: Collection[int]) -> list[Fraction]:
    """By event: the part of a unit it moves that stands at the target at last; `target` weighs accounts."""
    reach = dict(target)
    found = [Fraction(0)] * len(events)
    fractions = shares(events, ends)
    for number in range(len(events) - 1, -1, -1):
        event, share = events[number], fractions[number]
        found[number] = reach.get(event.receiver, Fraction(0))
        reach[event.sender] = reach.get(event.sender, Fraction(0)) * (1 - share) + found[number] * share
    return found


def shares(events: Sequence[Event], ends: Collection[int]) -> list[Fraction]:
    """By event: the part of its sender's balance it takes; 0 where it moves nothing, or its sender is an end."""
    balance: dict[int, int] = {}
    found = []
    for sender, receiver, amount in events:
        if sender == receiver or not amount:
            found.append(Fraction(0))
            continue
        share = Fraction(0)
        if sender not in ends:
            held = max(balance.get(sender, 0), amount)
            share = Fraction(amount, held)
            balance[sender] = held - amount
        if receiver not in ends:
            balance[receiver] = balance.get(receiver, 0) + amount
        found.append(share)
    return found
