"""Temporal value redirection (TTR of TRacer, arXiv 2201.05757): personalised PageRank over chips that know their time.

alpha 0.15, beta 0.8, epsilon 1e-3. A chip moves forward only to later payments, backward only to earlier ones, in
proportion to value; one without such a payment stays. The next account is the top of a heap, not found by a scan;
residuals are integers, 2**62 in all, and are conserved. Assets change in the journal itself, whose events are joined.
"""

import heapq
from bisect import bisect_left, bisect_right
from itertools import accumulate

from clew.scores.baselines import Budget, Flow, Found, as_worth

WHOLE = 1 << 62
ALPHA, BETA = (15, 100), (80, 100)
EPSILON = (1, 1_000)


class _Side:
    """An account's payments in order, with running sums of their worth."""

    def __init__(self, flow: Flow, events: list[int]) -> None:
        self.events = events
        self.sums = [0, *accumulate(flow.worth[event] for event in events)]


class _Push:
    """The state of one run: chips by account, by the event that brought them."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.out = [_Side(flow, events) for events in flow.outgoing()]
        self.into = [_Side(flow, events) for events in flow.incoming()]
        self.chips: dict[int, dict[int, int]] = {}
        self.residual: dict[int, int] = {}
        self.scores: dict[int, int] = {}
        self.waiting: list[tuple[int, int]] = []
        for account, (event, worth) in flow.sources.items():
            self.add(account, event, WHOLE * worth // flow.stolen)

    def add(self, account: int, event: int, part: int) -> None:
        """A chip for an account."""
        if part:
            chips = self.chips.setdefault(account, {})
            chips[event] = chips.get(event, 0) + part
            self.residual[account] = self.residual.get(account, 0) + part
            heapq.heappush(self.waiting, (-self.residual[account], account))

    def keep(self, account: int, part: int) -> None:
        """What stays for good."""
        self.scores[account] = self.scores.get(account, 0) + part

    def expand(self, account: int) -> None:
        """Move all chips of an account on."""
        for event, chip in self.chips.pop(account).items():
            kept = chip * ALPHA[0] // ALPHA[1]
            forward = (chip - kept) * BETA[0] // BETA[1]
            self.keep(account, kept)
            side = self.out[account]
            self._split(account, side, bisect_right(side.events, event), len(side.events), forward, self.flow.receiver)
            side = self.into[account]
            self._split(account, side, 0, bisect_left(side.events, event), chip - kept - forward, self.flow.sender)
        self.residual[account] = 0

    def _split(self, account: int, side: _Side, first: int, last: int, part: int, others: list[int]) -> None:
        """A part over the payments `first` to `last` of a side, by their worth; it stays where there are none."""
        total = side.sums[last] - side.sums[first]
        if not total:
            self.keep(account, part)
            return
        given = 0
        for place in range(first, last):
            end = part * (side.sums[place + 1] - side.sums[first]) // total
            self.add(others[side.events[place]], side.events[place], end - given)
            given = end


def ttr(flow: Flow, budget: int) -> Found:
    """Expand the account with the largest residual until none is above epsilon."""
    push, expanded = _Push(flow), Budget(flow, budget)
    while push.waiting:
        size, account = heapq.heappop(push.waiting)
        held = push.residual.get(account, 0)
        if -size != held or held * EPSILON[1] < WHOLE * EPSILON[0]:
            continue
        if not flow.follows[account] or not expanded.allows(account):
            push.keep(account, held)
            push.chips.pop(account)
            push.residual[account] = 0
            continue
        push.expand(account)
    for account, held in push.residual.items():
        push.keep(account, held)
    return Found(as_worth(push.scores, flow), expanded.used)
