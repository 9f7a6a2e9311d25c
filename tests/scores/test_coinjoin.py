"""The figures of the CoinJoin score, worked out by hand."""

from pathlib import Path
from random import Random

import pytest
from tests.protocols.coinjoin import rounds

from clew.errors import InputError
from clew.protocols.coinjoin import Transaction
from clew.scores.coinjoin import read_labels, score

ONE, TWO = "1" * 64, "2" * 64


def labels_file(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def mix(number: int) -> Transaction:
    return rounds.whirlpool(Random(number), 1_000_000, 5, 2, 5_000)


def test_precision_recall_and_f1_of_each_class() -> None:
    mixes = [mix(number) for number in range(4)]
    payments = [rounds.consolidation(Random(number), 3) for number in range(6)]
    labels = {tx.txid: "whirlpool" for tx in mixes[:3]} | {mixes[3].txid: "none"}
    labels |= {tx.txid: "none" for tx in payments[:5]} | {payments[5].txid: "wasabi-1"}
    figures = score([*mixes, *payments], labels, 0.5)
    assert figures["classes"]["whirlpool"] == {
        "labelled": 3, "predicted": 4, "right": 3, "precision": 0.75, "recall": 1.0, "f1": 0.857143,
    }  # fmt: skip
    assert figures["classes"]["wasabi-1"]["recall"] == 0.0
    assert figures["classes"]["wasabi-1"]["precision"] is None
    assert figures["confusion"]["none"] == {"whirlpool": 1, "none": 5}
    assert figures["false_positives"] == {"ordinary": 6, "named": 1, "rate": 0.166667}
    assert [error["txid"] for error in figures["errors"]] == [mixes[3].txid, payments[5].txid]


def test_what_has_no_label_or_no_transaction_is_counted_and_not_scored() -> None:
    figures = score([mix(1), mix(1), mix(2)], {mix(1).txid: "whirlpool", ONE: "none"}, 0.5)
    assert (figures["transactions"], figures["labelled"], figures["unlabelled"]) == (2, 1, 1)
    assert (figures["unlabelled_named"], figures["labels_without_transaction"]) == (1, 1)


def test_below_the_threshold_a_verdict_is_a_suspicion() -> None:
    figures = score([mix(1)], {mix(1).txid: "whirlpool"}, 1.0)
    assert figures["suspicions_below_threshold"] == 1
    assert figures["classes"]["whirlpool"]["recall"] == 0.0


def test_labels_are_read_whatever_the_case_and_the_other_columns(tmp_path: Path) -> None:
    path = labels_file(tmp_path, f"source,txid,class\na,{ONE},Wasabi-1\nb,{'A' * 64}, none\n")
    assert read_labels(path) == {ONE: "wasabi-1", "a" * 64: "none"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no column class or txid"),
        ("txid,kind\n", "no column class"),
        ("txid,class\n", "no label"),
        ("txid,class\n12,none\n", "line 2: '12' is no transaction id"),
        (f"txid,class\n{ONE},mixer\n", "line 2: unknown class 'mixer' (known: wasabi-1"),
        (f"txid,class\n{ONE}\n", "line 2: unknown class ''"),
        (f"txid,class\n{ONE},none\n{ONE},whirlpool\n", "line 3: " + ONE + " has two labels, none and whirlpool"),
    ],
)
def test_a_wrong_line_of_labels_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as error:
        read_labels(labels_file(tmp_path, text))
    assert fault in str(error.value)


def test_labels_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_labels(path)
