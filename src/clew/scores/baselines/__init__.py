"""Methods to compare Clew with, written here from their descriptions; one file each.

All are given the same: the journal of events with swaps, wraps and bridges already joined, and the same labelled places
to stop at. So what differs is the rule alone. Worth is micro-dollars, in whole numbers.
"""

from collections.abc import Callable
from typing import NamedTuple


class Flow(NamedTuple):
    """Events in order of time, as a graph of accounts."""

    sender: list[int]
    receiver: list[int]
    worth: list[int]
    """Micro-dollars that an event moves."""
    follows: list[bool]
    """By account: whether its onward payments are looked at; False of services."""
    passes: list[bool]
    """By account: whether it is none, but a transaction or a conversion that value only passes through."""
    sources: dict[int, tuple[int, int]]
    """Thief's account -> (event by which the loot came, its worth)."""

    def outgoing(self) -> list[list[int]]:
        """Events by sender, in order."""
        return _by(self.sender, len(self.follows))

    def incoming(self) -> list[list[int]]:
        """Events by receiver, in order."""
        return _by(self.receiver, len(self.follows))

    @property
    def stolen(self) -> int:
        """Micro-dollars."""
        return sum(worth for _, worth in self.sources.values())


class Found(NamedTuple):
    """What a method says: how much of the loot stands where, and how many accounts it looked at."""

    worth: dict[int, int]
    visited: int


class Budget:
    """How many accounts a method has expanded, of how many it may; transactions and conversions are free."""

    def __init__(self, flow: Flow, most: int) -> None:
        self._flow, self._most = flow, most
        self._expanded: set[int] = set()

    def allows(self, account: int) -> bool:
        """Whether an account may be expanded (again); it counts from then on."""
        if self._flow.passes[account] or account in self._expanded:
            return True
        if len(self._expanded) >= self._most:
            return False
        self._expanded.add(account)
        return True

    @property
    def used(self) -> int:
        """Accounts expanded."""
        return len(self._expanded)


Baseline = Callable[[Flow, int], Found]
"""``baseline(flow, budget)``: at most so many accounts are expanded."""


def _by(side: list[int], accounts: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(accounts)]
    for event, account in enumerate(side):
        found[account].append(event)
    return found


def as_worth(scores: dict[int, int], flow: Flow) -> dict[int, int]:
    """Scores as shares of the loot, among the accounts where money can end: services, and who pays nothing on."""
    paying = set(flow.sender)
    ends = {a: score for a, score in scores.items() if score and (not flow.follows[a] or a not in paying)}
    total = sum(ends.values())
    return {account: score * flow.stolen // total for account, score in ends.items()} if total else {}
