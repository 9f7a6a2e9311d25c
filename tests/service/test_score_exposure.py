"""``clew score exposure``: files made by hand, and the wallets under seizure orders."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.cli import root
from clew.errors import InputError
from clew.service.score_exposure import score_exposure, score_exposure_world
from clew.simulate.world import simulate_world

SharedData = Callable[[str], Path]
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
HUOBI = "TGfH7imvH9h6yxusNNPkkwrDzKCg7kFDTf"
A, B, X, MIXER = ("0x" + digit * 40 for digit in "abcd")


def files(folder: Path) -> tuple[Path, Path, Path]:
    transfers, tags, labels = (folder / name for name in ("transfers.csv", "tags.csv", "labels.csv"))
    transfers.write_text(
        "height,tx,sender,receiver,asset,amount\n"
        f"1,t1,{MIXER},{A},slip44:60,90\n2,t2,{B},{A},slip44:60,10\n3,t3,{A},{X},slip44:60,50\n"
    )
    tags.write_text(f"address,label,category\n{MIXER},Mixer,mixer\n")
    labels.write_text(f"address,direction,category,amount\n{X},received,mixer,45\n")
    return transfers, tags, labels


def test_a_right_answer_scores_one(tmp_path: Path) -> None:
    found = score_exposure(*files(tmp_path))
    assert found["exposures"]["f1"] == found["per_address"]["f1"] == 1
    assert (found["transfers"], found["amounts_exact"]) == (3, 1)


def test_the_command_prints_the_figures(tmp_path: Path) -> None:
    words = zip(("--transfers", "--tags", "--labels"), map(str, files(tmp_path)), strict=True)
    done = CliRunner().invoke(root, ["score", "exposure", *(word for pair in words for word in pair)])
    assert json.loads(done.output)["exposures"]["correct"] == 1


def test_labels_of_nobody_are_refused(tmp_path: Path) -> None:
    transfers, tags, labels = files(tmp_path)
    labels.write_text(f"address,direction,category\n{'0x' + 'e' * 40},sent,mixer\n")
    with pytest.raises(InputError, match="none of its addresses"):
        score_exposure(transfers, tags, labels)


@pytest.mark.data
def test_seized_wallets_show_the_exchanges_they_dealt_with_in_the_amounts_known(
    shared_data: SharedData, tmp_path: Path
) -> None:
    """Tags of the explorer: exchanges by name. Known: Huobi 1 and Binance-Hot 1, summed over the wallets."""
    with gzip.open(shared_data("tron/transfers.csv.gz"), "rt", encoding="utf-8") as file:
        rows = {
            (row["tx_id"], row["from_address"], row["to_address"], row["quant"]): row
            for row in csv.DictReader(file)
            if row["token_id"] == USDT
        }
    ordered = sorted(rows.values(), key=lambda row: int(row["timestamp"]))
    transfers, tags, labels = (tmp_path / name for name in ("transfers.csv", "tags.csv", "labels.csv"))
    with transfers.open("w") as file:
        out = csv.writer(file)
        out.writerow(("height", "tx", "sender", "receiver", "asset", "amount"))
        out.writerows(
            (
                int(row["timestamp"]) // 1000,
                row["tx_id"],
                row["from_address"],
                row["to_address"],
                f"trc20:{USDT}",
                row["quant"],
            )
            for row in ordered
        )
    named = {row[side + "_address"]: row[side + "_tag"] for row in ordered for side in ("from", "to")}
    wanted = {address for address, tag in named.items() if tag in ("Huobi 1", "Binance-Hot 1")}
    with tags.open("w") as file:
        out = csv.writer(file)
        out.writerow(("address", "label", "entity", "category"))
        out.writerows((address, named[address], named[address], "exchange") for address in sorted(wanted))
    with labels.open("w") as file:
        out = csv.writer(file)
        out.writerow(("address", "direction", "category", "amount"))
        out.writerow((HUOBI, "sent", "exchange", 4_855_904_586_052))
    found = score_exposure(transfers, tags, labels, chain="tron", threshold=0.5)
    assert (found["amounts_stated"], found["amounts_exact"], found["exposures"]["recall"]) == (1, 1, 1)


# --- on a simulated world


def test_in_a_world_direct_exposure_is_exact_where_the_service_is_known(tmp_path: Path) -> None:
    simulate_world("structuring", 1, tmp_path / "world", scale=200)
    rows = score_exposure_world(tmp_path / "world", most=5)
    assert {(row["chain"], row["known"]) for row in rows} == {
        (chain, known) for chain in ("ethereum", "tron") for known in ("tags", "tags and deposit addresses")
    }
    by = {(row["chain"], row["known"], row["direction"], row["category"]): row for row in rows}
    assert all(row["precision"] in (1, None) for row in rows)
    tags = by["ethereum", "tags", "sent", "exchange"]
    more = by["ethereum", "tags and deposit addresses", "sent", "exchange"]
    assert tags["true"] == more["true"] > 2
    assert tags["recall"] < 0.2  # customers pay deposit addresses, which no tag knows
    assert more["recall"] > 0.9
    assert more["amounts_exact"] == more["correct"]


def test_a_world_or_files_are_scored_and_not_both(tmp_path: Path) -> None:
    for words in (["--world", str(tmp_path), "--tags", __file__], []):
        done = CliRunner().invoke(root, ["score", "exposure", *words])
        assert done.exit_code == 2
        assert "give --world alone" in done.output
