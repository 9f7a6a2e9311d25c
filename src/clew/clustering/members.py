"""Clusters as one table: every address with its cluster, and the link that joins it to an address nearer its id."""

import csv
from collections import deque
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from clew.clustering.clusters import Clusters, Link
from clew.errors import InputError

SCHEMA = pa.schema(
    [
        ("cluster", pa.string()),
        ("address", pa.string()),
        ("joined_to", pa.string()),
        ("rule", pa.string()),
        ("confidence", pa.int16()),
        ("tx", pa.string()),
        ("height", pa.int64()),
    ]
)
FORMS = (".parquet", ".csv", ".json")


def members(clusters: Clusters) -> pa.Table:
    """The rows by cluster and address; the address that names its cluster has no link.

    `joined_to`, `rule`, `confidence` and `tx` are of a link on a way of fewest links to the cluster's id, of those
    the one added first. So the rows of a cluster explain it whole; `Clusters.links` has all its links.
    """
    partition = clusters.clusters()
    beside: dict[str, list[tuple[str, Link]]] = {}
    for link in clusters.links():
        beside.setdefault(link.left, []).append((link.right, link))
        beside.setdefault(link.right, []).append((link.left, link))
    joined: dict[str, tuple[str, Link]] = {}
    for start in dict.fromkeys(partition.values()):
        waiting = deque([start])
        while waiting:
            name = waiting.popleft()
            for other, link in beside.get(name, ()):
                if other != start and other not in joined:
                    joined[other] = name, link
                    waiting.append(other)
    rows = [_row(cluster, address, joined.get(address)) for address, cluster in partition.items()]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: (row["cluster"], row["address"])), SCHEMA)


def _row(cluster: str, address: str, joined: tuple[str, Link] | None) -> dict[str, object]:
    row: dict[str, object] = {"cluster": cluster, "address": address}
    if joined is not None:
        name, link = joined
        row |= {"joined_to": name, "rule": link.rule.name, "confidence": link.rule.confidence, "tx": link.tx}
        row |= {"height": link.height if link.rule.dynamic else None}
    return row


def write_members(clusters: Clusters, path: Path) -> None:
    """Write the table in the form that the file's name ends with: one of `FORMS`, else InputError."""
    if path.suffix not in FORMS:
        raise InputError(
            f"no form of a table ends with {path.suffix!r}", where=str(path), mend=f"use {', '.join(FORMS)}"
        )
    table = members(clusters)
    try:
        if path.suffix == ".parquet":
            pq.write_table(table.replace_schema_metadata({b"chain": clusters.chain.encode()}), path, compression="zstd")
        elif path.suffix == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(SCHEMA.names)
                writer.writerows(row.values() for row in table.to_pylist())
        else:
            path.write_bytes(orjson.dumps({"chain": clusters.chain, "members": table.to_pylist()}) + b"\n")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), mend="name a file you may write") from error
