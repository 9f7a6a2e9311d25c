"""How taint came to an account: the fewest transfers, and the way by which most of it came."""

from typing import Any, NamedTuple

import numpy as np

from clew.tracing.compiled import kernel
from clew.tracing.labels import WIDTH
from clew.tracing.uint128 import Amounts, load

_FAR = 1 << 30


class Ways(NamedTuple):
    """Of every record (one tainted movement), of every account and label, and of every account and theft."""

    parent: Any
    """``int64[records]``: the record by which most of the sender's taint of the same grade had come before, or of any
    grade where this record's event gave it the grade; -1 at the theft."""
    best: Any
    """``int64[accounts, labels - 1]``: the record that brought most origin units of a label; -1: none."""
    hops: Any
    """``int32[accounts, thefts]``: fewest transfers from the thief's first account, which is 0."""


@kernel
def _follow(event, label, origin, grade, sender, receiver, passes, marked, parent, best, hops):
    for record in range(len(event)):
        at = event[record]
        name = label[record] - 1
        which = name // WIDTH
        source = sender[at]
        target = receiver[at]
        if marked[at]:
            parent[record] = -1
            distance = 0
        else:
            weakened = name % WIDTH == grade[at]
            for before in range(which * WIDTH if weakened else name, name + 1):
                other = best[source, before]
                mine = parent[record]
                if other >= 0 and (mine < 0 or load(origin, other) > load(origin, mine)):
                    parent[record] = other
            distance = hops[source, which] + (0 if passes[target] else 1)
        if distance < hops[target, which]:
            hops[target, which] = distance
        leader = best[target, name]
        if leader < 0 or load(origin, record) > load(origin, leader):
            best[target, name] = record


def follow_ways(
    event: Any,
    label: Any,
    origin: Amounts,
    *,
    grade: Any,
    sender: Any,
    receiver: Any,
    passes: Any,
    marked: Any,
    thefts: int,
) -> Ways:
    """The ways of all records, which are in event order.

    `event`, `label` and `origin` are per record; `grade`, `sender`, `receiver` and `marked` (a theft's own transfer)
    per event; `passes` per account: arriving there is no hop. A record's parent always stands before it, so ways have
    no cycle; and no way to units of one grade is told by units of another that lay in the same account.
    """
    accounts = len(passes)
    ways = Ways(
        np.full(len(event), -1, dtype=np.int64),
        np.full((accounts, thefts * WIDTH), -1, dtype=np.int64),
        np.full((accounts, thefts), _FAR, dtype=np.int32),
    )
    _follow(event, label, origin, grade, sender, receiver, passes, marked, *ways)
    return ways
