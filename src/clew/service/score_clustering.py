"""Measure the clustering of Bitcoin addresses on labelled files: what ``clew score clustering`` calls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clew.chains import find_chain
from clew.clustering.bitcoin import cluster_payments
from clew.clustering.change import FIRST, ONE_TIME, OPTIMAL, PEEL, SAME_TYPE, Change, round_amount
from clew.clustering.payments import payments_of_transactions
from clew.errors import InputError
from clew.scores.clustering import read_owners, score
from clew.scores.transactions import read_transactions

CHANGES: dict[str, Change] = {
    "first": FIRST,
    "first-optimal": FIRST & (OPTIMAL - round_amount()),
    "one-time": ONE_TIME,
    "script-type": FIRST & SAME_TYPE,
    "peel": FIRST & PEEL,
}
"""Change rules by the names people write."""


def score_clustering(
    transactions: Path,
    owners: Path,
    *,
    chain: str = "bitcoin",
    changes: Sequence[str] = (),
    suspects: bool = False,
    mixes: bool = True,
) -> dict[str, Any]:
    """Pairwise and per-address figures of clustering a file of transactions, against who owns which address.

    `mixes` keeps multi-input from crossing a mix, as clustering always does; without it the plain rule is measured.
    InputError where a line cannot be read, a rule is not known, or no labelled address occurs.
    """
    unknown = [name for name in changes if name not in CHANGES]
    if unknown:
        raise InputError(f"unknown change rule {unknown[0]!r}", mend=f"known: {', '.join(CHANGES)}")
    known = read_owners(owners)
    payments = payments_of_transactions(read_transactions(transactions), find_chain(chain).id)
    mixed = int(payments.mixed.sum())
    if not mixes:
        payments.mixed[:] = False
    clusters = cluster_payments(payments, [CHANGES[name] for name in changes], suspects=suspects)
    figures = score(clusters, known)
    if not figures["labelled"]:
        raise InputError(f"none of its addresses has a label in {owners}", where=str(transactions), mend="name --chain")
    counts = {"transactions": len(payments), "mixes": mixed, "suspected_payjoins": int(payments.suspect.sum())}
    return {"kind": "clustering", **counts, **figures}
