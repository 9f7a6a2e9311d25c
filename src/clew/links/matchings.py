"""Shares of pairs in all matchings of a graph whose sides are deposits and payouts: a compiled Gibbs sampler.

A matching weighs the product of its pairs' weights; an event left single weighs 1. Belief propagation on such graphs is
too sure of itself where candidates form cycles, hence the sampler: in turn each deposit, together with some that share
its payouts, is drawn anew from all ways to match them, the rest standing still. The shares are averages of these exact
conditional shares.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_BLOCK = 6
"""Most deposits drawn together."""
_WAYS = 400
"""Most ways to match a block, counted before what is taken is left out."""


def shares(
    deposit: Ints, payout: Ints, weight: Floats, start: Floats, deposits: int, payouts: int, *, sweeps: int = 300
) -> Floats:
    """Of each edge: the share of matchings that hold it, from `sweeps` after a fifth as many to forget the beginning.

    `start` are first guesses: the sampler begins from the edges above a half. The same input gives the same answer.
    """
    by_deposit = np.lexsort((payout, deposit))
    at_deposit = np.searchsorted(deposit[by_deposit], np.arange(deposits + 1))
    ordered = payout[by_deposit]
    by_payout = np.argsort(ordered, kind="stable")
    at_payout = np.searchsorted(ordered[by_payout], np.arange(payouts + 1))
    owner = deposit[by_deposit]
    found = _sample(
        at_deposit,
        ordered,
        weight[by_deposit],
        at_payout,
        owner[by_payout],
        start[by_deposit] > 0.5,
        sweeps,
        sweeps // 5,
    )
    result = np.empty(len(weight))
    result[by_deposit] = found
    return result


@numba.njit(cache=True)
def _sample(
    at_deposit: Any, payout: Any, weight: Any, at_payout: Any, sharer: Any, begin: Any, sweeps: int, burn: int
) -> Any:
    """The loop over sweeps and deposits; edges are sorted by deposit, `sharer` lists the deposits of each payout."""
    np.random.seed(1)
    deposits, payouts = len(at_deposit) - 1, len(at_payout) - 1
    chosen = np.full(deposits, -1)
    taken = np.full(payouts, -1)
    for d in range(deposits):
        for edge in range(at_deposit[d], at_deposit[d + 1]):
            if begin[edge] and chosen[d] < 0 and taken[payout[edge]] < 0:
                chosen[d] = edge
                taken[payout[edge]] = d
    total = np.zeros(len(payout))
    block = np.empty(_BLOCK, np.int64)
    pick = np.empty(_BLOCK, np.int64)
    best = np.empty(_BLOCK, np.int64)
    product = np.empty(_BLOCK + 1)
    for sweep in range(sweeps + burn):
        for d in range(deposits):
            first, last = at_deposit[d], at_deposit[d + 1]
            if first == last:
                continue
            block[0] = d
            size, ways = 1, last - first + 1
            turn = np.random.randint(last - first)
            for step in range(last - first):
                p = payout[first + (turn + step) % (last - first)]
                for at in range(at_payout[p], at_payout[p + 1]):
                    other = sharer[at]
                    grown = ways * (at_deposit[other + 1] - at_deposit[other] + 1)
                    known = False
                    for b in range(size):
                        known = known or block[b] == other
                    if not known and size < _BLOCK and grown <= _WAYS:
                        block[size] = other
                        size += 1
                        ways = grown
            for b in range(size):
                if chosen[block[b]] >= 0:
                    taken[payout[chosen[block[b]]]] = -1
                    chosen[block[b]] = -1
            # every way to match the block, depth first; pick[b] is an edge, or one before the first for none
            depth, whole = 0, 0.0
            pick[0] = first - 2
            product[0] = 1.0
            sums = np.zeros(last - first)
            while depth >= 0:
                here = block[depth]
                if pick[depth] >= at_deposit[here]:
                    taken[payout[pick[depth]]] = -1
                pick[depth] += 1
                while pick[depth] >= at_deposit[here] and pick[depth] < at_deposit[here + 1]:
                    if taken[payout[pick[depth]]] < 0:
                        break
                    pick[depth] += 1
                if pick[depth] >= at_deposit[here + 1]:
                    pick[depth] = at_deposit[here] - 2
                    depth -= 1
                    continue
                if pick[depth] >= at_deposit[here]:
                    taken[payout[pick[depth]]] = here
                    product[depth + 1] = product[depth] * weight[pick[depth]]
                else:
                    product[depth + 1] = product[depth]
                if depth + 1 < size:
                    depth += 1
                    pick[depth] = at_deposit[block[depth]] - 2
                    continue
                whole += product[size]
                if pick[0] >= first:
                    sums[pick[0] - first] += product[size]
                if np.random.random() * whole < product[size]:
                    for b in range(size):
                        best[b] = pick[b]
            for b in range(size):
                if best[b] >= at_deposit[block[b]]:
                    chosen[block[b]] = best[b]
                    taken[payout[best[b]]] = block[b]
            if sweep >= burn:
                for edge in range(first, last):
                    total[edge] += sums[edge - first] / whole
    return total / sweeps
