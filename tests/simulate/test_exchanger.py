"""The simulated exchanger: the same bytes for the same seed, and a truth that keeps to its settings."""

import csv
from pathlib import Path

from clew.simulate.exchanger import ASSETS, Settings, simulate_exchanger


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    once, again, other = (
        simulate_exchanger(seed, tmp_path / name, Settings(daily=50)) for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    assert once.payouts.read_bytes() == again.payouts.read_bytes() != other.payouts.read_bytes()


def test_every_true_pair_keeps_to_the_fees_delays_and_rates(tmp_path: Path) -> None:
    settings = Settings(daily=300, noise=0.0)
    files = simulate_exchanger(3, tmp_path, settings)
    deposits, payouts = ({row["tx"]: row for row in rows(path)} for path in (files.deposits, files.payouts))
    price = {(int(row["time"]), row["asset"]): float(row["rate"]) for row in rows(files.rates)}
    truth = rows(files.truth)
    assert 280 < len(truth) <= 300
    for pair in truth:
        sent, got = deposits[pair["deposit_tx"]], payouts[pair["withdrawal_tx"]]
        assert settings.delay[0] <= int(got["time"]) - int(sent["time"]) <= settings.delay[1]
        assert got["asset"] == sent["asset_out"] != sent["asset"]
        minute = int(got["time"]) // 60 * 60
        worth = [int(r["amount"]) / 10 ** ASSETS[r["asset"]][0] * price[minute, r["asset"]] for r in (sent, got)]
        assert 0.0005 < 1 - worth[1] / worth[0] < 0.0205
