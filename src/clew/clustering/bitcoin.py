"""Multi-input clustering of a UTXO chain, and the rules that run where nothing else is asked for.

Who spends several coins in one transaction holds the keys of all (Nakamoto 2008, section 10; Reid and Harrigan 2011),
unless several people made it together. So a transaction on which any rule for mixes fires, however unsure, joins
nothing, and one that may be a PayJoin joins under a rule of its own, which is off by default.
"""

from collections.abc import Sequence

import numpy as np

from clew.clustering.change import FIRST, OPTIMAL, Change, change_links, round_amount
from clew.clustering.clusters import Clusters, Links, Rule
from clew.clustering.payments import Mask, Payments, first_owner

MULTI_INPUT = Rule("multi-input", 90)
SUSPECT = Rule("multi-input-payjoin", 60)
"""Joins the inputs of a payment that has the shape of a PayJoin, as most plain payments of two coins have too."""

DEFAULT_CHANGE: tuple[Change, ...] = (FIRST & (OPTIMAL - round_amount()),)
"""Few and sure: a new address, an amount that no input was needed for and that nobody chose."""


def multi_input_links(payments: Payments, *, suspects: bool = False) -> Links:
    """The input owners of each transaction joined with its first; of suspected PayJoins alone where asked for."""
    chosen: Mask = ~payments.mixed & (payments.suspect if suspects else ~payments.suspect)
    first = first_owner(payments)
    size = len(payments.types) + 1
    known = (payments.input_owner >= 0) & chosen[payments.input_tx]
    pairs = np.unique(payments.input_tx[known] * size + payments.input_owner[known])
    tx, owner = pairs // size, pairs % size
    other = owner != first[tx]
    tx, owner = tx[other], owner[other]
    return Links(SUSPECT if suspects else MULTI_INPUT, first[tx], owner, payments.tx[tx])


def cluster_payments(
    payments: Payments,
    changes: Sequence[Change] = DEFAULT_CHANGE,
    *,
    suspects: bool = False,
    clusters: Clusters | None = None,
) -> Clusters:
    """The clusters of all addresses met, added to `clusters` where it is given.

    `suspects` joins the inputs of suspected PayJoins too. To go on after new blocks, give the payments of the whole
    ledger and the clusters of before: each rule's links then replace those it gave.
    """
    found = Clusters(payments.chain) if clusters is None else clusters
    used = np.unique(np.concatenate([payments.input_owner, payments.output_owner]))
    found.add(payments.addresses[code] for code in used[used >= 0].tolist())
    links = [multi_input_links(payments), *(change_links(payments, change) for change in changes)]
    if suspects:
        links.append(multi_input_links(payments, suspects=True))
    for given in links:
        found.refresh(given, payments.addresses, payments.txs)
    return found
