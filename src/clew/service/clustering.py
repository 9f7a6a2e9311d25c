"""Cluster the addresses of a chain: what ``clew cluster`` calls, and whoever takes a cluster for one holder."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags
from clew.chains import CHAINS, Chain, find_chain
from clew.clustering.bitcoin import DEFAULT_CHANGE, MULTI_INPUT, SUSPECT, cluster_payments
from clew.clustering.clusters import Clusters
from clew.clustering.deposits import DEPOSIT, TRON, Sweep, deposit_links, find_deposits
from clew.clustering.members import FORMS, write_members
from clew.clustering.payments import payments_of_table
from clew.clustering.storage import LINKS, read_clusters, write_clusters
from clew.errors import InputError
from clew.exposure.book import is_boundary
from clew.ledger import TransferTable
from clew.lists import read_tags
from clew.model import Category, Tag
from clew.service.ledgers import open_ledger

Json = dict[str, Any]
Progress = Callable[[str], None]
TagOf = Callable[[str], Tag | None]


def cluster_ledger(
    out: Path,
    *,
    ledger: Path | None = None,
    recorded: Path | None = None,
    chain: str = "bitcoin",
    tags: Sequence[Path] = (),
    suspects: bool = False,
    progress: Progress = lambda _line: None,
) -> Json:
    """Write the clusters of a chain's addresses, and say how many there are and by which rules.

    `out` is a file with a row for each address (`members.FORMS`), or a folder for `clustering.storage`. A folder that
    holds clusters is gone on with: its addresses stay known, each rule's links are put in anew, and the answer says
    which links came and went. InputError where the ledger has nothing of the chain, or the folder is another chain's.
    """
    of = find_chain(chain)
    before = _before(out, of)
    attribution = Attribution([*bundled_tags(), *(tag for path in tags for tag in read_tags(path))])
    progress("reading the ledger")
    with open_ledger(ledger, recorded, of, where="cluster") as opened:
        table = opened.view.transfers(chains=[of.id])
        if not len(table):
            there = set(opened.view.transfers().chains)
            names = ", ".join(one.name for one in CHAINS if one.id in there) or "none at all"
            raise InputError(f"there is no transfer on {of.name}", where="cluster", mend=f"--chain; there are: {names}")
    old = set() if before is None else set(map(str, before.links()))
    progress(f"clustering {len(table):,} transfers")
    clusters, deposits = join_addresses(
        table, of, partial(boundary_of, attribution, of), suspects=suspects, clusters=before
    )
    progress("writing")
    if out.suffix in FORMS:
        write_members(clusters, out)
    else:
        write_clusters(clusters, out)
    new = set(map(str, clusters.links()))
    gone_on = {} if before is None else {"links_added": len(new - old), "links_gone": len(old - new)}
    return {**_counts(clusters), "deposit_addresses": len(deposits), **gone_on, "out": str(out)}


def _before(out: Path, chain: Chain) -> Clusters | None:
    """The clusters that a folder holds."""
    if out.suffix in FORMS or not (out / LINKS).exists():
        return None
    before = read_clusters(out)
    if before.chain != chain.id:
        name = find_chain(before.chain).name
        raise InputError(f"its clusters are of {name}", where=str(out), mend=f"give --chain {name}, or another folder")
    return before


def boundary_of(attribution: Attribution, chain: Chain, address: str) -> Tag | None:
    """The strongest tag that makes an address a service's."""
    return next((tag for tag in attribution.tags_of(chain.id, address) if is_boundary(tag)), None)


def _counts(clusters: Clusters) -> Json:
    sizes = Counter(clusters.clusters().values())
    return {
        "kind": "clusters",
        "chain": clusters.chain,
        "addresses": len(clusters),
        "clusters": len(sizes),
        "clusters_of_several": sum(size > 1 for size in sizes.values()),
        "largest": max(sizes.values(), default=0),
        "links": dict(sorted(Counter(link.rule.name for link in clusters.links()).items())),
    }


def join_addresses(
    table: TransferTable, chain: Chain, tag_of: TagOf, *, suspects: bool = False, clusters: Clusters | None = None
) -> tuple[Clusters, dict[str, Tag]]:
    """The addresses of a chain joined by the rules of its family, and tags of the deposit addresses they find.

    `tag_of` gives the tag that makes an address a service's. Links of `clusters` that these rules gave are replaced;
    those of a rule that is not asked for are taken back.
    """
    found = Clusters(chain.id) if clusters is None else clusters
    if not chain.utxo:
        found.add(name for name in table.account_name if not name.startswith("@"))
        return found, _join_customers(table, chain, tag_of, found)
    asked = {MULTI_INPUT.name, *(change.rule.name for change in DEFAULT_CHANGE), *([SUSPECT.name] if suspects else [])}
    for name in {link.rule.name for link in found.links()} - asked:
        found.retract(rule=name)
    payments = payments_of_table(table, chain.id)
    return cluster_payments(payments, DEFAULT_CHANGE, suspects=suspects, clusters=found), {}


def _join_customers(table: TransferTable, chain: Chain, tag_of: TagOf, clusters: Clusters) -> dict[str, Tag]:
    tags = {code: tag_of(name) for code, name in enumerate(table.account_name)}
    services = {code for code, tag in tags.items() if tag or table.account_name[code].startswith("@")}
    exchanges = {code: tag.entity for code, tag in tags.items() if tag and tag.category is Category.EXCHANGE}
    sweep = TRON if chain.family == "tron" else Sweep()
    deposits = find_deposits(table, chain.id, exchanges, services, chain.native.id, sweep)
    clusters.refresh(deposit_links(table, deposits, services), table.account_name, table.txs)
    return {
        table.account_name[deposit.address]: Tag(
            chain.id,
            table.account_name[deposit.address],
            f"{deposit.exchange} deposit address",
            deposit.exchange,
            Category.EXCHANGE,
            "sweeps into the exchange's wallet: docs/clustering.md",
            DEPOSIT.confidence,
            tx=table.txs[table.tx[deposit.sweeps[0]]],
        )
        for deposit in deposits
    }
