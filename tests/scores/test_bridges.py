"""The score of the bridge matcher: on the Nomad bridge, and on small files of any column names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.bridges import read_bridge, score


@pytest.mark.data
def test_nomad_is_matched_as_well_as_is_asked_and_the_attack_is_flagged(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("nomad-bridge")
    bridge = read_bridge(
        folder / "moonbeam-withdrawals.csv.gz",
        folder / "ethereum-withdrawals.csv.gz",
        folder / "matched-withdrawals.csv.gz",
        tokens=folder / "token-mapping.csv",
        forged=folder / "attack-withdrawals.csv",
    )
    by_id, by_value = score(bridge), score(bridge, ids=False)
    assert (by_id["truth"], by_id["events"], bridge.finality) == (4482, 5320 + 4869, 1800)
    assert by_id["f1"] >= 0.9998
    assert by_value["f1"] >= 0.975
    assert by_value["precision"] >= 0.99
    assert by_value["rules"]["unique"] == {"pairs": 4208, "precision": 1.0}
    for figures in (by_id, by_value):
        assert figures["forged"] == {"listed": 382, "flagged": 382, "matched": 0}
        assert figures["latency_seconds"]["least"] == 1860


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def small(folder: Path) -> tuple[Path, Path, Path]:
    return (
        write(folder / "asked.csv", "time,tx,recipient,token,amount", "1,x1,0xAB,T,5", "2,x2,b,T,6"),
        write(folder / "paid.csv", "time,tx,recipient,token,amount", "9,y1,0xab,T,5", "9,y2,b,T,7"),
        write(folder / "truth.csv", "deposit_tx,withdrawal_tx", "x1,y1", "x2,y2"),
    )


def test_plain_files_need_no_naming_and_may_lack_ids(tmp_path: Path) -> None:
    figures = score(read_bridge(*small(tmp_path)), ids=False)
    assert (figures["pairs"], figures["correct"], figures["precision"], figures["recall"]) == (1, 1, 1.0, 0.5)
    assert figures["flagged_withdrawals"] == {"count": 1, "reasons": {"amount-differs": 1}}


def test_other_column_names_come_from_a_toml_file(tmp_path: Path) -> None:
    asked, paid, truth = small(tmp_path)
    asked.write_text(asked.read_text().replace("time,", "when,"))
    naming = write(tmp_path / "mine.toml", "finality = 7", "[deposits]", 'time = "when"')
    bridge = read_bridge(asked, paid, truth, columns=str(naming))
    assert bridge.finality == 7
    assert score(bridge, ids=False)["correct"] == 1
    with pytest.raises(InputError, match="no column time"):
        read_bridge(asked, paid, truth)


@pytest.mark.parametrize("text", ["", "a,b\n1\n", "\xff"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, text: str) -> None:
    _, paid, truth = small(tmp_path)
    broken = tmp_path / "broken.csv"
    broken.write_text(text, encoding="latin-1")
    with pytest.raises(InputError):
        read_bridge(broken, paid, truth)


def test_a_token_mapped_twice_is_refused(tmp_path: Path) -> None:
    tokens = write(tmp_path / "tokens.csv", "token_in,token_out", "T,T", "T,U")
    with pytest.raises(InputError, match="two tokens"):
        read_bridge(*small(tmp_path), tokens=tokens)
