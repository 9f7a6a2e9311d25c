"""Measure clustering on labelled files and on a simulated world: what ``clew score clustering`` calls."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags
from clew.cases import read_case
from clew.chains import find_chain
from clew.clustering.bitcoin import DEFAULT_CHANGE, cluster_payments
from clew.clustering.change import FIRST, ONE_TIME, OPTIMAL, PEEL, SAME_TYPE, Change, round_amount
from clew.clustering.payments import payments_of_table, payments_of_transactions
from clew.errors import InputError
from clew.scores.clustering import read_owners, score
from clew.scores.holders import read_holders
from clew.scores.transactions import read_transactions
from clew.service.clustering import boundary_of, join_addresses
from clew.service.ledgers import open_ledger

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


def score_clustering_world(folder: Path) -> list[dict[str, Any]]:
    """Rows of a world that ``clew simulate --preset`` wrote: for each chain, what its rules join, against its owners.

    On Bitcoin common inputs alone and with the default rule for change; on account chains the deposit addresses of
    exchanges, with what of those found is truly the exchange's. InputError where the folder holds no such world.
    """
    case = read_case(str(folder / "case.toml"))
    attribution = Attribution([*bundled_tags(), *case.tags])
    rows: list[dict[str, Any]] = []
    for name, holders in read_holders(folder / "owners.csv").items():
        chain = find_chain(name)
        owners = {address: holder.name for address, holder in holders.items()}
        with open_ledger(None, folder / "evidence", chain, where="score clustering") as ledger:
            table = ledger.view.transfers(chains=[chain.id])
        about = {"kind": "clustering", "world": case.id, "chain": chain.name}
        if chain.utxo:
            payments = payments_of_table(table, chain.id)
            for rule, changes in (("multi-input", ()), ("multi-input and change", DEFAULT_CHANGE)):
                rows.append({**about, "rules": rule, **score(cluster_payments(payments, changes), owners)})
        else:
            tag_of = partial(boundary_of, attribution, chain)
            clusters, deposits = join_addresses(table, chain, tag_of)
            right = sum(owners.get(address) == tag.entity for address, tag in deposits.items())
            found = {"deposit_addresses": len(deposits), "deposit_addresses_correct": right}
            rows.append({**about, "rules": "deposit-reuse", **score(clusters, owners), **found})
    return rows
