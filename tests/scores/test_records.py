"""Records of a service that published both sides: how far amount and asset single out a payout."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.records import read_records, score_records


def record(deposit: str, amount: object, asset: str, out: str, payout: str) -> dict[str, object]:
    return {"txId": deposit, "amount": amount, "outputType": asset, "outputCoin": out, "withdrawTx": payout}


def test_equal_payouts_are_told_apart_only_by_more_decimals(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    rows = [
        record("a", 1, "ETH", "2.001", "A"),
        record("b", 1, "ETH", "2.002", "B"),
        record("c", 1, "XMR", "2.00", "..."),
    ]
    path.write_text(json.dumps({"data": rows}))
    figures = score_records(read_records(path))
    assert [row["singled_out"] for row in figures["amount_and_asset"]] == [2, 2, 2, 0]


@pytest.mark.data
def test_of_the_shapeshift_records_nearly_all_single_out_one_payout(shared_data: Callable[[str], Path]) -> None:
    figures = score_records(read_records(shared_data("shapeshift/swaps.json.gz")))
    assert (figures["records"], figures["without_amount"], figures["assets"]) == (3168, 3, 35)
    exact = figures["amount_and_asset"][0]
    assert (exact["singled_out"], exact["precision"]) == (3157, 1.0)
    assert figures["deposit_alone"]["share"] < 0.05, "without a time or a statement the amount says little"


@pytest.mark.parametrize("text", ["", "{}", '{"data": [1]}', '{"data": [{"txId": "a"}]}', "\xff"])
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "records.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError):
        read_records(path)
