"""The score of the exchanger matcher: on a generated day of 10,000 swaps, and on files that are wrong."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.scores.swaps import read_exchanger, score
from clew.simulate.exchanger import Files, Settings, simulate_exchanger


def scored(files: Files) -> dict[str, object]:
    return score(read_exchanger(files.deposits, files.payouts, files.rates, files.truth))


@pytest.mark.slow
def test_three_days_are_paired_and_every_bin_of_a_hundredth_of_the_candidates_holds_within_5_points(
    tmp_path: Path,
) -> None:
    figures = scored(simulate_exchanger(1, tmp_path, Settings(days=3)))
    assert figures["deposits"] == 30_000
    recall, precision, table = figures["recall"], figures["precision"], figures["calibration"]
    candidates = figures["candidates"]
    assert isinstance(candidates, int)
    assert isinstance(recall, float)
    assert isinstance(precision, float)
    assert isinstance(table, list)
    assert recall >= 0.8
    assert precision >= 0.95
    full = [row for row in table if row["links"] >= candidates / 100]
    assert len(full) >= 5
    assert [row for row in full if abs(row["stated"] - row["right"]) > 0.05] == []


def small(folder: Path) -> Files:
    return simulate_exchanger(5, folder, Settings(daily=40))


def test_amounts_may_be_whole_coins_where_rates_have_no_decimals(tmp_path: Path) -> None:
    files = small(tmp_path)
    assert scored(files)["recall"] == 1.0
    files.rates.write_text("time,asset,rate\n1640995200,BTC,2\n1640995200,ETH,1\n", encoding="utf-8")
    files.deposits.write_text("time,tx,asset,amount\n1640995200,d,BTC,1.5\n", encoding="utf-8")
    files.payouts.write_text("time,tx,asset,amount\n1640997000,p,ETH,2.97\n", encoding="utf-8")
    files.truth.write_text("deposit_tx,withdrawal_tx\nd,p\n", encoding="utf-8")
    assert scored(files)["candidates"] == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rates", "time,asset,rate\n1,BTC,-1\n"),
        ("rates", "time,asset\n1,BTC\n"),
        ("deposits", "time,tx,asset,amount\n1,d,BTC,many\n"),
        ("payouts", "time,tx,asset,amount\nsoon,p,BTC,1\n"),
        ("truth", "a,b\n1,2\n"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    files = small(tmp_path)
    getattr(files, name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        scored(files)
