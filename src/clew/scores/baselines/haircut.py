"""Haircut without time: an account's loot is split over all it ever paid, by value; balances and order do not count.

As in wuzhy1ng/BlockchainSpider, whose haircut splits by share of outgoing value.
"""

import heapq

from clew.scores.baselines import Budget, Flow, Found

LEAST = 10**6
"""Micro-dollars that are no longer split."""
_TURNS = 8
"""How often an account is split at most, so that a cycle ends."""


def haircut(flow: Flow, budget: int) -> Found:
    """The largest holding is split first; what is left unsplit stays."""
    outgoing = flow.outgoing()
    worth = {account: whole for account, (_, whole) in flow.sources.items()}
    turns: dict[int, int] = {}
    expanded = Budget(flow, budget)
    waiting = [(-whole, account) for account, whole in worth.items()]
    heapq.heapify(waiting)
    while waiting:
        account = heapq.heappop(waiting)[1]
        held = worth.get(account, 0)
        if held < LEAST or not flow.follows[account] or turns.get(account, 0) >= _TURNS:
            continue
        total = sum(flow.worth[event] for event in outgoing[account])
        if not total or not expanded.allows(account):
            continue
        turns[account] = turns.get(account, 0) + 1
        left = held
        for event in outgoing[account]:
            part, other = held * flow.worth[event] // total, flow.receiver[event]
            left -= part
            worth[other] = worth.get(other, 0) + part
            if part:
                heapq.heappush(waiting, (-worth[other], other))
        worth[account] = worth[account] - held + left
    return Found({account: held for account, held in worth.items() if held}, expanded.used)
