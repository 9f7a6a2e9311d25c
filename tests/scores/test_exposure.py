"""Figures of exposure, counted by hand, and the files they come from."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.exposure.address import Direction, Exposure, Share
from clew.model import Address
from clew.scores.exposure import Known, read_exposures, read_transfers, score

CHAIN = "eip155:1"


def answer(*shares: tuple[Direction, str, int]) -> Exposure:
    """An exposure with these amounts of 100 each."""
    told = tuple(
        Share(direction, "eth", category, "E", amount, 0, 1, 100, ()) for direction, category, amount in shares
    )
    return Exposure(Address(CHAIN, "x"), ("x",), (), told, ())


def test_what_is_found_and_not_labelled_is_wrong_and_what_is_labelled_and_not_found_is_missed() -> None:
    answers = {
        "x": answer((Direction.SENT, "mixer", 40), (Direction.SENT, "exchange", 1), (Direction.SENT, "fee", 2)),
        "y": answer((Direction.RECEIVED, "mixer", 7)),
    }
    labels = {
        "x": [Known("sent", "mixer", 40), Known("received", "theft", None)],
        "y": [Known("received", "mixer", 8)],
        "z": [Known("sent", "mixer", None)],
    }
    found = score(labels, answers.get, 0.0)
    assert (found["exposures"]["pairs"], found["exposures"]["correct"], found["exposures"]["truth"]) == (3, 2, 4)
    assert found["per_address"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert (found["amounts_stated"], found["amounts_exact"], found["addresses_without_transfer"]) == (2, 1, 1)
    assert score(labels, answers.get, 0.02)["exposures"]["precision"] == 1


def test_transfers_of_a_file_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("height,tx,sender,receiver,asset,amount\n5,t1,a,b,slip44:60,9\n5,t2,b,c,slip44:60,4\n")
    table = read_transfers(path, CHAIN)
    assert [table.account_name[code] for code in table.receiver] == ["b", "c"]
    assert table.assets == ["eip155:1/slip44:60"]
    assert [table.amount_of(row) for row in range(2)] == [9, 4]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("6,t,a,b,x,1\n5,t,a,b,x,1\n", "lower than the one before"),
        ("-1,t,a,b,x,1\n", "a height is none"),
        ("5,t,a,b,x,1.5\n", "no whole number"),
        ("5,t,a,,x,1\n", "a field is empty"),
        (f"5,t,a,b,x,{2**256}\n", "no whole number"),
        ("", "no transfer"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, rows: str, error: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("height,tx,sender,receiver,asset,amount\n" + rows)
    with pytest.raises(InputError, match=error):
        read_transfers(path, CHAIN)


@pytest.mark.parametrize(
    ("rows", "error"),
    [("x,sideways,mixer,\n", "lacks its"), ("x,sent,mixer,1.5\n", "whole number of base units"), ("", "no label")],
)
def test_a_wrong_label_is_named(tmp_path: Path, rows: str, error: str) -> None:
    path = tmp_path / "l.csv"
    path.write_text("address,direction,category,amount\n" + rows)
    with pytest.raises(InputError, match=error):
        read_exposures(path)
