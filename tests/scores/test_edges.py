"""Labelled edges: exact micro-dollars, wrong rows refused with their number, sources that open with what they lack."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.scores.edges import Edge, edge_case, read_addresses, read_edges

S, M, T = (f"0x{digit * 40}" for digit in "abc")
HEADER = "Timestamp,Block,Tx_hash,From,To,Value_in_USD"


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "edges.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def row(block: int, sender: str, receiver: str, dollars: str) -> str:
    return f"2023-01-13 20:34:11,{block},0x{block:064x},{sender},{receiver},{dollars}"


def test_dollars_are_scaled_exactly_and_rows_come_in_order_of_blocks(tmp_path: Path) -> None:
    rows = [row(9, M, T, "75996.79987999999"), row(8, S, M, "0.1"), row(8, S.upper().replace("0X", "0x"), T, "1e3")]
    edges = read_edges(written(tmp_path, *rows))
    assert [(e.block, e.amount) for e in edges] == [(8, 100_000), (8, 1_000_000_000), (9, 75_996_799_879)]
    assert edges[1].sender == S


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (row(1, S, M, "-1"), "row 1"),
        (row(1, S, M, "many"), "row 1"),
        (row(1, S, M, "1e999999999"), "row 1"),
        (row(1, "0x12", M, "1"), "or an address is wrong"),
        ("yesterday,1,0x1," + f"{S},{M},1", "no payment"),
    ],
)
def test_a_wrong_row_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_edges(written(tmp_path, text))


def test_a_missing_column_and_a_wrong_address_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column Value_in_USD"):
        read_edges(written(tmp_path, "1,2,3,4,5", header="Timestamp,Block,Tx_hash,From,To"))
    (tmp_path / "list.txt").write_text(f"{S}\nnobody\n")
    with pytest.raises(InputError, match="'nobody' is no address"):
        read_addresses(tmp_path / "list.txt")


def test_a_source_opens_with_what_it_pays_beyond_its_receipts() -> None:
    edges = [Edge(1, 1, "0x1", S, M, 70), Edge(2, 2, "0x2", M, S, 50), Edge(3, 3, "0x3", S, T, 60)]
    found = edge_case(edges, [S], [T])
    assert [(theft.to, theft.amount) for theft in found.case.thefts] == [(S, 80)]
    assert found.inflow == {T: 60}
    with pytest.raises(InputError, match="no source pays"):
        edge_case(edges, [T], [M])


@given(st.text(max_size=200))
def test_text_that_is_no_list_of_edges_never_breaks_it(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edges.csv"
        path.write_text(text, encoding="utf-8", newline="")
        with pytest.raises(InputError):
            read_edges(path)
