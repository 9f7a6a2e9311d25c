"""Poison: whoever is paid by an account after it was poisoned is poisoned too; amounts are taken whole."""

from clew.scores.baselines import Budget, Flow, Found


def poison(flow: Flow, budget: int) -> Found:
    """What accounts that end the spread got from poisoned ones counts as loot, whole; the earliest are expanded."""
    outgoing = set(flow.sender)
    start = {event: account for account, (event, _) in flow.sources.items()}
    poisoned, expanded = set[int](), Budget(flow, budget)
    worth: dict[int, int] = {}
    for event, (sender, receiver) in enumerate(zip(flow.sender, flow.receiver, strict=True)):
        if event in start:
            poisoned.add(start[event])
        elif sender in poisoned and expanded.allows(sender):
            if not flow.follows[receiver] or receiver not in outgoing:
                worth[receiver] = worth.get(receiver, 0) + flow.worth[event]
            if flow.follows[receiver]:
                poisoned.add(receiver)
    return Found(worth, expanded.used)
