"""Columns into tables, and texts into the ids of a dictionary table."""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ids = npt.NDArray[np.int64]


def run(
    db: duckdb.DuckDBPyConnection, statement: str, columns: Mapping[str, Any], parameters: Sequence[object] = ()
) -> None:
    """Run a statement that reads `columns` as table ``fresh``."""
    db.register("fresh", pa.table(dict(columns)))
    db.execute(statement, parameters)
    db.unregister("fresh")


def next_id(db: duckdb.DuckDBPyConnection, table: str) -> int:
    """The id for the next row of a table."""
    ((top,),) = db.execute(f"SELECT coalesce(max(id), -1) FROM {table}").fetchall()
    return int(top) + 1


def intern(db: duckdb.DuckDBPyConnection, table: str, chains: Ids, names: Sequence[str]) -> Ids:
    """The ids of texts in a dictionary table, given to them when first met."""
    encoded = pa.array(names, pa.string()).dictionary_encode()
    texts = len(encoded.dictionary)
    pairs, of = np.unique(chains * texts + encoded.indices.to_numpy(), return_inverse=True)
    fresh = {"chain": pairs // texts, "name": encoded.dictionary.take(pa.array(pairs % texts))}
    db.register("fresh", pa.table(fresh | {"row": np.arange(len(pairs))}))
    found = db.execute(
        f"SELECT coalesce(id, -1) AS id FROM fresh LEFT JOIN {table} USING (chain, name) ORDER BY row"
    ).to_arrow_table()
    db.unregister("fresh")
    ids = found["id"].to_numpy().astype(np.int64)
    new = ids < 0
    if not new.any():
        return np.asarray(ids[of])
    ids[new] = next_id(db, table) + np.arange(np.count_nonzero(new))
    missing = {"id": ids[new], "chain": fresh["chain"][new], "name": fresh["name"].filter(pa.array(new))}
    run(db, f"INSERT INTO {table} (id, chain, name) FROM fresh", missing)
    return np.asarray(ids[of])
