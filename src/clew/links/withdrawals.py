"""Which withdrawals of a mixer's pools may have spent which deposit, each pair with its probability.

Three facts are joined, none of which proves a pair:

1. **How long notes wait** (`ages`): of each withdrawal, the density of the age of every deposit before it. A theft's
   notes wait otherwise than everybody's.
2. **Who is paid several notes.** All withdrawals to one address are one owner's, and so are all deposits of one
   address. That who takes out several notes has put in as many of each pool is the heuristic of several denominations
   (Wu et al., Tutela, arXiv 2201.06811; Wang et al., arXiv 2201.09035); here it is weighed. Each note that an owner
   takes out is any of his alike. What he takes out comes in waves and waits alike, so its times count as one: an owner
   weighs the geometric mean, over the withdrawals, of the mean densities of his notes.
3. **A note is spent once, and a withdrawal spends one**: whole assignments are drawn in proportion (`spendings`).

How long notes wait is not known, but learnt from the same events, and the notes of a theft are few. So waits and
assignments are drawn in turn: waits are learnt from an assignment, the next one is drawn by them, and shares are those
of all turns (data augmentation: Tanner and Wong, Journal of the American Statistical Association 82, 1987). In each
turn the pairs of a recipient count as often as chance says (the Bayesian bootstrap: Rubin, Annals of Statistics 9,
1981), so that what one of them suggests alone is believed in some turns only. One guess of the waits instead, however
likely, makes all that follows from it too sure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.links.ages import Aged, Waits
from clew.links.scaling import Floats, scaled
from clew.links.spendings import DRAWS, Spendings, may_be_drawn
from clew.links.waiting import Waiting

Ints = npt.NDArray[np.int64]

MOST_PAIRS = 4_000_000
"""Pairs of one pool that are weighed; where there are more, no note has a candidate worth following."""
_TURNS, _BEFORE = 32, 4
"""How often waits are learnt anew from an assignment; before the first that counts."""
_SEED = 83


@dataclass(frozen=True, slots=True)
class Notes:
    """The events of one pool, each side in the ledger's order."""

    deposited: Ints
    """Blocks of Ethereum's pace, rising."""
    depositor: Ints
    """A number for each address, from 0 on and the same in all pools."""
    withdrawn: Ints
    recipient: Ints
    stolen: Ints
    """Of each deposit: 1 where it is a theft's, by a way that needs no mixer, else 0."""


def pair_notes(pools: Sequence[Notes], waiting: Waiting, odds: Sequence[Floats] | None = None) -> list[Floats]:
    """Of each pool, the probability that a withdrawal (row) spent a deposit (column).

    `odds`: of each pool, what evidence of another kind multiplies each pair by. Rows and columns add up to 1 at most;
    what a column lacks is the probability that the note is not spent yet.
    """
    aged, received = _aged(pools), _received(pools)
    waits, spendings = Waits(aged, waiting), [Spendings(len(pool.deposited)) for pool in pools]
    ages, random = waits.learn(), np.random.default_rng(_SEED)
    found = [np.zeros((len(pool.withdrawn), len(pool.deposited))) for pool in pools]
    for turn in range(_BEFORE + _TURNS):
        tables = _by_owner(pools, received, [ages.weigh(each) for each in aged])
        if odds is not None:
            tables = [table * factor for table, factor in zip(tables, odds, strict=True)]
        counts = random.standard_exponential(waits.recipients)
        matched = [
            _matched(pool, way, table, ages.left(each), counts)
            for pool, way, table, each in zip(pools, spendings, tables, aged, strict=True)
        ]
        if turn >= _BEFORE:
            found = [sum_ + shares / _TURNS for sum_, (shares, _) in zip(found, matched, strict=True)]
        ages = waits.learn_from([taught for _, taught in matched])
    return found


def _aged(pools: Sequence[Notes]) -> list[Aged]:
    """The ages of the notes. Where all are stolen, they are what everybody does here."""
    paid = Counter(name for pool in pools for name in pool.recipient.tolist())
    apart = not all(pool.stolen.all() for pool in pools)
    return [
        Aged.of(
            (pool.deposited, pool.withdrawn),
            (pool.depositor, pool.recipient),
            np.array([int(paid[name] > 1) for name in pool.recipient.tolist()], dtype=np.int64),
            pool.stolen * apart,
        )
        for pool in pools
    ]


def _matched(pool: Notes, spendings: Spendings, table: Floats, left: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """The shares of whole assignments, and what waits are learnt from: the last one drawn, where a pair counts as its
    recipient does. Where a deposit is missing there is none, and the table is scaled."""
    if not len(pool.withdrawn) or not may_be_drawn(pool.deposited, pool.withdrawn):
        shares = scaled(table, np.ones(len(table)), np.ones(table.shape[1]))
        return shares, shares
    shares, last = spendings.share(table, left, DRAWS // _TURNS)
    return shares, shares if last is None else last * counts[pool.recipient][:, None]


def _by_owner(
    pools: Sequence[Notes], received: Sequence[dict[int, list[int]]], tables: Sequence[Floats]
) -> list[Floats]:
    """The tables, weighed by who can have put in all that a recipient of several notes got (`_received`)."""
    owners = 1 + max((int(pool.depositor.max(initial=-1)) for pool in pools), default=-1)
    held = [np.bincount(pool.depositor, minlength=owners) for pool in pools]
    of_owner = [_summed(table, pool.depositor, owners) for pool, table in zip(pools, tables, strict=True)]
    there = [(table > 0).astype(np.float64) for table in tables]
    number = [_summed(each, pool.depositor, owners) for each, pool in zip(there, pools, strict=True)]
    found = [table.copy() for table in tables]
    for rows in received:
        paid = sum(map(len, rows.values()))
        weight = np.log(np.maximum(np.sum(held, axis=0), 1)).astype(np.float64)
        with np.errstate(divide="ignore"):
            for place, mine in rows.items():
                timing = np.log(of_owner[place][mine]).sum(axis=0) - len(mine) * np.log(np.maximum(held[place], 1))
                weight += timing / paid
                weight[held[place] < len(mine)] = -np.inf
        if not np.isfinite(weight).any():
            continue  # nobody put in as many: the notes were several people's, or a deposit is not at hand
        owned = np.exp(weight - weight.max())
        owned /= owned.sum()
        for place, mine in rows.items():
            many = number[place][mine]
            part = np.divide(owned, many, out=np.zeros(many.shape), where=(owned > 0) & (many > 0))
            found[place][mine] = there[place][mine] * part[:, pools[place].depositor]
    return found


def _summed(table: Floats, depositor: Ints, owners: int) -> Floats:
    """A table's columns summed by depositor."""
    found: Floats = np.zeros((len(table), owners))
    order = np.argsort(depositor, kind="stable")
    names, first = np.unique(depositor[order], return_index=True)
    if len(names):
        found[:, names] = np.add.reduceat(table[:, order], first, axis=1)
    return found


def _received(pools: Sequence[Notes]) -> list[dict[int, list[int]]]:
    """Of each address that was paid two notes or more: the rows of its withdrawals, by the place of their pool."""
    found: dict[int, dict[int, list[int]]] = {}
    for place, pool in enumerate(pools):
        for row, recipient in enumerate(pool.recipient.tolist()):
            found.setdefault(recipient, {}).setdefault(place, []).append(row)
    return [rows for _, rows in sorted(found.items()) if sum(map(len, rows.values())) > 1]
