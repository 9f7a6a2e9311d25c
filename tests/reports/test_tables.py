"""The CSV of traced transfers: all of them, digits untouched, and no cell that a spreadsheet would run."""

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import RunError
from clew.reports.tables import write_csv


def test_it_holds_every_transfer_in_order_and_exactly(sample: tuple[dict[str, Any], pa.Table], tmp_path: Path) -> None:
    write_csv(sample[1], tmp_path / "transfers.csv")
    with (tmp_path / "transfers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written = [(row["tx"], row["amount"], row["origin_amount"], row["theft"]) for row in rows]
    columns = (sample[1][name].to_pylist() for name in ("tx", "amount", "origin_amount", "theft"))
    assert written == list(zip(*columns, strict=True))


@given(name=st.sampled_from("=+-@\t\r\n").flatmap(lambda first: st.text(max_size=9).map(lambda rest: first + rest)))
def test_a_name_that_is_a_formula_is_defused(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "formula.csv"
    write_csv(pa.table({"symbol": [name], "amount": ["-1"]}), path)
    with path.open(encoding="utf-8", newline="") as file:
        _, (symbol, amount) = list(csv.reader(file))
    assert symbol == f"'{name}"
    assert amount == "-1"


def test_an_empty_table_has_its_header_alone(tmp_path: Path) -> None:
    write_csv(pa.table({"tx": pa.array([], pa.string())}), tmp_path / "empty.csv")
    assert (tmp_path / "empty.csv").read_bytes() == b"tx\r\n"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"nowhere.*No such file"):
        write_csv(pa.table({"tx": ["0x1"]}), tmp_path / "nowhere" / "t.csv")
