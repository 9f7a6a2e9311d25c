"""How taint came to an account: the fewest transfers, and the way by which most of it came."""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import kernel
from clew.tracing.uint128 import Amounts, load

_FAR = 1 << 30


class Ways(NamedTuple):
    """Of every record (one tainted movement), and of every (account, theft)."""

    parent: Any
    """``int64[records]``: the record by which most of the sender's taint had come before; -1 at the theft."""
    best: Any
    """``int64[accounts, thefts]``: the record that brought most origin units; -1: none."""
    hops: Any
    """``int32[accounts, thefts]``: fewest transfers from the thief's first account, which is 0."""


@kernel
def _follow(event, theft, origin, sender, receiver, passes, marked, parent, best, hops):
    for record in range(len(event)):
        at = event[record]
        which = theft[record]
        source = sender[at]
        target = receiver[at]
        if marked[at]:
            parent[record] = -1
            distance = 0
        else:
            parent[record] = best[source, which]
            distance = hops[source, which] + (0 if passes[target] else 1)
        if distance < hops[target, which]:
            hops[target, which] = distance
        leader = best[target, which]
        if leader < 0 or load(origin, record) > load(origin, leader):
            best[target, which] = record


def follow_ways(
    event: Any,
    theft: Any,
    origin: Amounts,
    *,
    sender: Any,
    receiver: Any,
    passes: Any,
    marked: Any,
    thefts: int,
) -> Ways:
    """The ways of all records, which are in event order.

    `event`, `theft` and `origin` are per record; `sender`, `receiver` and `marked` (a theft's own transfer) per event;
    `passes` per account: arriving there is no hop. A record's parent always stands before it, so ways have no cycle.
    """
    accounts = len(passes)
    ways = Ways(
        np.full(len(event), -1, dtype=np.int64),
        np.full((accounts, thefts), -1, dtype=np.int64),
        np.full((accounts, thefts), _FAR, dtype=np.int32),
    )
    _follow(event, theft, origin, sender, receiver, passes, marked, *ways)
    return ways
