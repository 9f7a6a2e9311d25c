"""Approximate personalised PageRank by local push, undirected and without amounts (Andersen, Chung, Lang, FOCS 2006).

alpha 0.15, epsilon 1e-5. Scores and residuals are integers, 2**62 in all, and are conserved.
"""

import heapq

from clew.scores.baselines import Budget, Flow, Found, as_worth

WHOLE = 1 << 62
ALPHA = (15, 100)
EPSILON = (1, 100_000)


def appr(flow: Flow, budget: int) -> Found:
    """Push the largest residual until every one is below epsilon times its account's degree."""
    outgoing, incoming = flow.outgoing(), flow.incoming()
    residual = {account: WHOLE * worth // flow.stolen for account, (_, worth) in flow.sources.items()}
    scores: dict[int, int] = {}
    expanded = Budget(flow, budget)
    waiting = [(-r, account) for account, r in residual.items()]
    heapq.heapify(waiting)
    while waiting:
        size, account = heapq.heappop(waiting)
        r = residual.get(account, 0)
        near = [flow.receiver[e] for e in outgoing[account]] + [flow.sender[e] for e in incoming[account]]
        if -size != r or r * EPSILON[1] < WHOLE * EPSILON[0] * max(1, len(near)):
            continue
        kept = r * ALPHA[0] // ALPHA[1]
        if not near or not flow.follows[account] or not expanded.allows(account):
            kept = r
        scores[account] = scores.get(account, 0) + kept
        residual[account] = 0
        if kept < r:
            _spread(residual, waiting, near, r - kept)
    return Found(as_worth(scores, flow), expanded.used)


def _spread(residual: dict[int, int], waiting: list[tuple[int, int]], near: list[int], rest: int) -> None:
    """Equal parts to the neighbours; what does not divide goes to the first."""
    part, odd = divmod(rest, len(near))
    for place, other in enumerate(near):
        residual[other] = residual.get(other, 0) + part + (odd if not place else 0)
    for other in set(near):
        heapq.heappush(waiting, (-residual[other], other))
