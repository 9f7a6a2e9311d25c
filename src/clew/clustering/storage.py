"""Clusters on disk: two Parquet files, the partition for those who read it and the links it is made again from."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clew.clustering.clusters import Clusters, Links, Rule
from clew.errors import InputError

CLUSTERS, LINKS = "clusters.parquet", "links.parquet"
_COLUMNS = ("left", "right", "tx", "rule", "confidence", "dynamic", "height")


def write_clusters(clusters: Clusters, folder: Path) -> None:
    """Write ``clusters.parquet`` (address, cluster) and ``links.parquet`` (every link that stands, in its order)."""
    partition = clusters.clusters()
    chain = {b"chain": clusters.chain.encode()}
    columns = {"address": pa.array(partition, pa.string()), "cluster": pa.array(partition.values(), pa.string())}
    links = clusters.links()
    told = {
        "left": pa.array([link.left for link in links], pa.string()),
        "right": pa.array([link.right for link in links], pa.string()),
        "tx": pa.array([link.tx for link in links], pa.string()),
        "rule": pa.array([link.rule.name for link in links], pa.string()),
        "confidence": pa.array([link.rule.confidence for link in links], pa.int16()),
        "dynamic": pa.array([link.rule.dynamic for link in links], pa.bool_()),
        "height": pa.array([link.height for link in links], pa.int64()),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns).replace_schema_metadata(chain), folder / CLUSTERS, compression="zstd")
        pq.write_table(pa.table(told).replace_schema_metadata(chain), folder / LINKS, compression="zstd")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(folder), mend="name a folder you may write") from error


def read_clusters(folder: Path) -> Clusters:
    """The clusters of a folder, made again from their links, so that they can be gone on with.

    InputError where the files are not there, or are none of `write_clusters`.
    """
    try:
        alone, links = (pq.read_table(folder / name) for name in (CLUSTERS, LINKS))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"no clusters can be read: {error}", where=str(folder), mend="cluster again") from error
    chain = (links.schema.metadata or {}).get(b"chain", b"").decode()
    if not chain or "address" not in alone.column_names or not set(_COLUMNS) <= set(links.column_names):
        raise InputError("these are no clusters of Clew", where=str(folder), mend="cluster again")
    clusters = Clusters(chain)
    clusters.add(alone["address"].to_pylist())
    columns = {name: links[name].to_pylist() for name in _COLUMNS}
    rules = zip(*(columns[name] for name in ("rule", "confidence", "dynamic", "height")), strict=True)
    groups: dict[tuple[Rule, int], list[int]] = {}
    for row, (name, confidence, dynamic, height) in enumerate(rules):
        groups.setdefault((Rule(name, confidence, dynamic), height), []).append(row)
    for (rule, height), rows in groups.items():
        names = [columns[end][row] for row in rows for end in ("left", "right")]
        count = np.arange(len(rows))
        clusters.join(Links(rule, 2 * count, 2 * count + 1, count, height), names, [columns["tx"][r] for r in rows])
    return clusters
