"""The traced transfers as CSV, for spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from clew.errors import RunError

if TYPE_CHECKING:
    import pyarrow as pa

FIGURES = frozenset({"height", "tx_index", "seq", "decimals", "amount", "tainted", "origin_amount"})
"""Columns of digits, which stay as they are; every other column is text that chain data may have written."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BATCH = 10_000


def write_csv(transfers: pa.Table, path: Path) -> None:
    """Write the transfers as UTF-8 CSV (RFC 4180), all of them, in their order; RunError where the disk refuses.

    A text cell that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection).
    """
    names = transfers.column_names
    guarded = [name not in FIGURES for name in names]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for batch in transfers.to_batches(max_chunksize=_BATCH):
                columns = (column.to_pylist() for column in batch.columns)
                for row in zip(*columns, strict=True):
                    writer.writerow([_cell(value, guard) for value, guard in zip(row, guarded, strict=True)])
    except OSError as error:
        raise RunError(error.strerror or str(error), where=str(path), mend="free the disk or name another") from error


def _cell(value: object, guard: bool) -> str:
    text = "" if value is None else f"{value}"
    return f"'{text}" if guard and text.startswith(_FORMULA) else text
