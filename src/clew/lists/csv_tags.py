"""Tags as CSV with a header: at least ``address``, and any of ``entry.FIELDS``; other columns are not read."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from clew.errors import InputError
from clew.lists.entry import FIELDS


def entries(text: str, *, where: str) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    """Where each row stands and its fields; InputError where the text is no such table."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        _check(header, where)
        for row in rows:
            if row:
                yield f"{where}: line {rows.line_num}", _fields(header, row, f"{where}: line {rows.line_num}")
    except csv.Error as error:
        raise InputError(
            f"not CSV: {error}", where=f"{where}: line {rows.line_num}", mend="check its quotes"
        ) from error


def _check(header: Sequence[str], where: str) -> None:
    if "address" not in header:
        raise InputError(
            "the first line names no column address", where=where, mend=f"write a header; known: {', '.join(FIELDS)}"
        )
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"column {name!r} stands twice", where=where, mend="name each column once")
        near = get_close_matches(name, FIELDS, n=1)
        if name not in FIELDS and near:
            raise InputError(f"unknown column {name!r}", where=where, mend=f"{near[0]!r}? Or rename the column")


def _fields(header: Sequence[str], row: Sequence[str], where: str) -> Mapping[str, str] | InputError:
    if len(row) != len(header):
        return InputError(
            f"{len(row)} cells under {len(header)} columns", where=where, mend="put a cell that holds a comma in quotes"
        )
    return {name: cell for name, cell in zip(header, row, strict=True) if name in FIELDS}
