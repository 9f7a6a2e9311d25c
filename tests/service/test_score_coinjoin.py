"""Scoring files: the figures of the labelled record, and files that say nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.transactions import read_transactions
from clew.service.score_coinjoin import score_coinjoin

SharedData = Callable[[str], Path]


@pytest.mark.data
def test_the_record_of_2018_is_scored(shared_data: SharedData, tmp_path: Path) -> None:
    mixes, labels = shared_data("coinjoin/wasabi-1-2018.txt.gz"), tmp_path / "labels.csv"
    rows = [f"{transaction.txid},wasabi-1" for transaction in read_transactions(mixes)]
    labels.write_text("\n".join(["txid,class", *rows]))
    figures = score_coinjoin(mixes, labels)
    assert figures["kind"] == "coinjoin"
    assert figures["classes"] == {
        "wasabi-1": {"labelled": 152, "predicted": 152, "right": 152, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    }


def test_files_without_a_common_transaction_are_refused(tmp_path: Path) -> None:
    labels, empty = tmp_path / "labels.csv", tmp_path / "empty.txt"
    labels.write_text(f"txid,class\n{'1' * 64},none\n")
    empty.write_text("\n")
    with pytest.raises(InputError, match="no transaction"):
        score_coinjoin(empty, labels)
    other = tmp_path / "other.txt"
    other.write_text(f"{'2' * 64}:::{'0' * 64}:::0:::0::::::1+00+X\n")
    with pytest.raises(InputError, match="none of its transactions has a label"):
        score_coinjoin(other, labels)
