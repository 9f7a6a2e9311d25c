"""Clusters on disk are the clusters in memory, and can be gone on with."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.clustering.made import Coins, address

from clew.clustering.bitcoin import cluster_payments
from clew.clustering.change import ONE_TIME
from clew.clustering.storage import read_clusters, write_clusters
from clew.errors import InputError


def coins() -> Coins:
    made = Coins()
    made.pay([("m", 9)], [("shop", 3)])
    made.pay([("a/p2pkh", 50), ("b/p2pkh", 60)], [("shop", 95), ("new/p2pkh", 14)])
    return made


def test_what_was_written_is_read_with_its_witnesses_and_heights(tmp_path: Path) -> None:
    clusters = cluster_payments(coins().payments(), (ONE_TIME,))
    write_clusters(clusters, tmp_path)
    again = read_clusters(tmp_path)
    assert again.chain == clusters.chain
    assert again.clusters() == clusters.clusters()
    assert sorted(map(str, again.links())) == sorted(map(str, clusters.links()))
    assert {link.height for link in again.links() if link.rule.dynamic} == {1}
    assert again.retract(tx=f"{2:064x}") == 2
    assert again.members(address("a", "p2pkh")) == (address("a", "p2pkh"),)


def test_the_partition_is_a_table_of_its_own(tmp_path: Path) -> None:
    write_clusters(cluster_payments(coins().payments(), ()), tmp_path)
    table = pq.read_table(tmp_path / "clusters.parquet")
    rows = dict(zip(table["address"].to_pylist(), table["cluster"].to_pylist(), strict=True))
    one, other = sorted((address("a", "p2pkh"), address("b", "p2pkh")))
    assert (rows[one], rows[other]) == (one, one)
    assert rows[address("shop")] == address("shop")


def test_a_folder_without_clusters_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no clusters can be read"):
        read_clusters(tmp_path)
    (tmp_path / "clusters.parquet").write_bytes(b"not parquet")
    (tmp_path / "links.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match="no clusters can be read"):
        read_clusters(tmp_path)
