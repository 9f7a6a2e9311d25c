"""CSV files with documented columns, whatever their authors call them: every column as text."""

import csv
import gzip
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from clew.errors import InputError

_SHIPPED = Path(__file__).with_name("columns")


@dataclass(frozen=True, slots=True)
class Naming:
    """What a set of files calls its columns: table -> Clew's name -> the file's name."""

    name: str = "clew"
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    finality: int = 0

    def of(self, table: str, column: str) -> str:
        """The file's name of a column; Clew's own where nothing else is said."""
        return self.tables.get(table, {}).get(column, column)


def read_naming(path: Path) -> Naming:
    """A naming from a TOML file (docs/bridges.md)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"it cannot be read as TOML: {error}", where=str(path)) from error
    finality = table.pop("finality", 0)
    named = {
        name: columns
        for name, columns in table.items()
        if isinstance(columns, dict) and all(isinstance(value, str) for value in columns.values())
    }
    if named.keys() != table.keys() or not isinstance(finality, int) or finality < 0:
        raise InputError("it is no naming of columns", where=str(path), mend='write [deposits] and time = "timestamp"')
    return Naming(path.stem, named, finality)


def find_naming(wanted: str, table: str, path: Path, required: tuple[str, ...]) -> Naming:
    """The naming a person asks for: a TOML file, one that ships with Clew, or ``auto``, the first that fits `path`."""
    shipped = {file.stem: file for file in sorted(_SHIPPED.glob("*.toml"))}
    if wanted in shipped:
        return read_naming(shipped[wanted])
    if wanted != "auto":
        return read_naming(Path(wanted))
    header = set(_header(path))
    for naming in (Naming(), *map(read_naming, shipped.values())):
        if {naming.of(table, column) for column in required} <= header:
            return naming
    return Naming()


def _header(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8-sig") if zipped else path.open(encoding="utf-8-sig") as text:
            return next(csv.reader(text), [])
    except (OSError, UnicodeDecodeError, EOFError, zlib.error, csv.Error) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error


def read_columns(
    path: Path, table: str, naming: Naming, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Clew's name -> pyarrow text column (empty cells are null); InputError names a missing column."""
    header = _header(path)
    missing = [naming.of(table, column) for column in required if naming.of(table, column) not in header]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)}",
            where=str(path),
            mend=f"the file has: {', '.join(header)}; name them with --columns (docs/bridges.md)",
        )
    names = {column: naming.of(table, column) for column in (*required, *optional)}
    present = {column: name for column, name in names.items() if name in header}
    options = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()),
        include_columns=list(dict.fromkeys(present.values())),
        strings_can_be_null=True,
        null_values=[""],
    )
    try:
        read = pa_csv.read_csv(str(path), convert_options=options)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error
    return {column: read[name].combine_chunks() for column, name in present.items()}


def integers(column: Any) -> npt.NDArray[np.int64]:
    """Non-negative integers of a text column; -1 where a cell holds none."""
    plain = pc.match_substring_regex(column, "^[0-9]{1,18}$")
    found: npt.NDArray[np.int64] = (
        pc.if_else(plain, column, pa.scalar(None, pa.string()))
        .cast(pa.int64())
        .fill_null(-1)
        .to_numpy(zero_copy_only=False)
    )
    return found


def folded(column: Any) -> Any:
    """Addresses with EVM ones in lower case, since their case carries no meaning."""
    return pc.if_else(pc.match_substring_regex(column, "^0[xX][0-9a-fA-F]+$"), pc.utf8_lower(column), column)
