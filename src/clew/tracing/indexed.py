"""A trace over an index of transfers: what the stolen coins can have reached, and the exact taint of it.

The walk finds every transfer that can carry taint on (`clew.index.walking`), and the histories of the accounts it
walks on from say what stood beside it (`clew.index.histories`). Nothing that is left out moves a tainted unit or
changes which units move, so the kernels give of this part what they would give of the whole ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.errors import InputError
from clew.index import Index, Reach
from clew.tracing.labels import GRADES, label_of
from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Rows, Taint


@dataclass(frozen=True, slots=True, eq=False)
class IndexedTrace:
    """A finished trace of whole transfers that were stolen."""

    policy: Policy
    stolen: tuple[int, ...]
    """Base units of each theft."""
    reach: Reach
    holdings: Rows
    """Tainted units by (local number of the account, label) at the horizon."""
    records: Rows
    """Tainted units by (number of the transfer in `reach`, label)."""


def trace_index(
    index: Index,
    thefts: Sequence[tuple[int, int]],
    policy: Policy,
    *,
    until: int | None = None,
    busy: int | None = None,
    most: int,
) -> IndexedTrace:
    """Follow thefts, each the whole transfer of an ordinal to an account, given as (account, ordinal).

    The bounds are those of `Index.walk`. InputError where no such transfer is; CollisionError where a theft takes coins
    that are traced to another.
    """
    if len(set(thefts)) != len(thefts):
        raise InputError("a theft is named twice", where="--from", mend="name each once")
    stolen = []
    for account, ordinal in thefts:
        amount = index.received(account, ordinal)
        if amount is None:
            name = index.name_of(account)
            raise InputError(f"transfer {ordinal} did not pay {name}", where="--from", mend="name who received it")
        stolen.append(amount)
    reach = index.walk(thefts, until=until, busy=busy, most=most, complete=True)
    if late := [ordinal for _, ordinal in thefts if ordinal > reach.horizon]:
        raise InputError(
            f"transfer {late[0]} is behind the horizon", where="--from", mend="allow more transfers, or later ones"
        )
    events = events_of(reach)
    at = np.searchsorted(reach.ordinal, [ordinal for _, ordinal in thefts])
    marks = [(int(event), label_of(k), amount) for k, (event, amount) in enumerate(zip(at, stolen, strict=True))]
    width = 128 if events.amount.ndim == 2 else 64
    taint = Taint(policy, accounts=len(reach.accounts) + 1, labels=1 + len(GRADES) * len(thefts), width=width)
    taint.advance(events, Marks.of(marks, width=width))
    return IndexedTrace(policy, tuple(stolen), reach, taint.holdings(), taint.records())


def events_of(reach: Reach) -> Events:
    """The events of a reach, in 64 bits where no sum can need more. Whoever is not walked on from pays clean units."""
    count = len(reach.ordinal)
    follows = np.append(reach.followed, False)
    amount = reach.amount if reach.amount.ndim == 2 or _fits(reach.amount) else _widened(reach.amount)
    return Events(reach.sender, reach.receiver, amount, follows, np.zeros(count, np.bool_), np.zeros(count, np.int8))


def _fits(amount: Any) -> bool:
    """Whether all amounts together need no more than 64 bits."""
    half = np.uint64(32)
    return (int((amount >> half).sum()) << 32) + int((amount & np.uint64(0xFFFFFFFF)).sum()) < 1 << 64


def _widened(amount: Any) -> Any:
    return np.stack([amount, np.zeros_like(amount)], axis=1)
