"""Breadth-first search: whoever is reached in fewest steps first; neither amounts nor times are looked at."""

from collections import deque

from clew.scores.baselines import Budget, Flow, Found


def breadth_first(flow: Flow, budget: int) -> Found:
    """What accounts that end the search got from accounts that were reached counts as loot, whole."""
    outgoing = flow.outgoing()
    waiting, seen, expanded = deque(sorted(flow.sources)), set(flow.sources), Budget(flow, budget)
    worth: dict[int, int] = {}
    while waiting:
        account = waiting.popleft()
        for event in outgoing[account] if expanded.allows(account) else ():
            other = flow.receiver[event]
            if not flow.follows[other] or not outgoing[other]:
                worth[other] = worth.get(other, 0) + flow.worth[event]
            if other not in seen:
                seen.add(other)
                if flow.follows[other]:
                    waiting.append(other)
    return Found(worth, expanded.used)
