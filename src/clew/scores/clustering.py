"""How often clusters are right, on addresses whose owners are known: by pairs of addresses, and by address.

Pairs: of two labelled addresses, whether they are put together and whether one owner has both. By address (B-cubed,
Bagga and Baldwin 1998): of an address's cluster the share that is its owner's, and of its owner's addresses the share
that is in its cluster, averaged. Only labelled addresses that the transactions show are counted; the others are told.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.clustering.clusters import Clusters
from clew.errors import InputError
from clew.scores.calibration import quality
from clew.scores.tables import Naming, read_columns


def read_owners(path: Path) -> dict[str, str]:
    """Address -> owner, of a CSV file with these columns; InputError where an address has none or two."""
    columns = read_columns(path, "owners", Naming(), ("address", "owner"))
    owners: dict[str, str] = {}
    rows = zip(columns["address"].to_pylist(), columns["owner"].to_pylist(), strict=True)
    for number, (address, owner) in enumerate(rows, 1):
        if not address or not owner:
            raise InputError("a row lacks its address or owner", where=f"{path}, row {number}")
        if owners.setdefault(address, owner) != owner:
            raise InputError(f"{address} has two owners", where=f"{path}, row {number}")
    if not owners:
        raise InputError("no owner", where=str(path))
    return owners


def score(clusters: Clusters, owners: Mapping[str, str]) -> dict[str, Any]:
    """The figures, as docs/clustering.md describes them."""
    found = clusters.clusters()
    cluster = {address: found[address] for address in owners if address in found}
    both = Counter((cluster[address], owners[address]) for address in cluster)
    by_cluster, by_owner = Counter(cluster.values()), Counter(owners[address] for address in cluster)
    mixed = {name for (name, _), count in both.items() if count < by_cluster[name]}
    rules = Counter(link.rule.name for link in clusters.links())
    return {
        "addresses": len(found),
        "labelled": len(cluster),
        "labels_without_transaction": len(owners) - len(cluster),
        "owners": len(by_owner),
        "clusters": len(by_cluster),
        "clusters_of_several_owners": len(mixed),
        "links": dict(sorted(rules.items())),
        "pairwise": quality(_pairs(by_cluster), _pairs(both), _pairs(by_owner)),
        "per_address": _per_address(both, by_cluster, by_owner, len(cluster)),
    }


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _per_address(
    both: Counter[tuple[str, str]], by_cluster: Counter[str], by_owner: Counter[str], addresses: int
) -> dict[str, float | None]:
    if not addresses:
        return {"precision": None, "recall": None, "f1": None}
    precision = sum(count * count / by_cluster[name] for (name, _), count in both.items()) / addresses
    recall = sum(count * count / by_owner[owner] for (_, owner), count in both.items()) / addresses
    f1 = 2 * precision * recall / (precision + recall)
    return {"precision": round(precision, 6), "recall": round(recall, 6), "f1": round(f1, 6)}
