"""An instant exchanger with known truth: deposits, payouts and a noisy rate series, the same for the same seed."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_DAY = 86400
_START = 1_640_995_200
_STEP = 60
"""Seconds between two points of the rate series."""

ASSETS: dict[str, tuple[int, float, float]] = {
    "BTC": (8, 40_000.0, 0.03),
    "ETH": (18, 2_500.0, 0.04),
    "LTC": (8, 90.0, 0.05),
    "XMR": (12, 150.0, 0.05),
    "DOGE": (8, 0.08, 0.06),
    "USDT": (6, 1.0, 0.001),
    "TRX": (6, 0.11, 0.05),
    "SOL": (9, 60.0, 0.06),
}
"""Ticker -> decimals, first price in dollars, volatility a day."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the exchanger is like."""

    days: int = 1
    daily: int = 10_000
    """Swaps a day."""
    fee: tuple[float, float] = (0.001, 0.02)
    delay: tuple[int, int] = (60, 3600)
    """Seconds from deposit to payout, uniform."""
    own_fees: bool = False
    """Whether each pair of assets keeps one fee (with a twentieth of it as noise), not a new one for each swap."""
    target_known: bool = True
    """Whether a deposit says which asset was asked for, as a service's order page does."""
    noise: float = 0.0002
    """Standard deviation of the rate applied, about the series."""
    spread: float = 2.0
    """Standard deviation of the logarithm of the value swapped; the median is 500 dollars."""
    unpaid: float = 0.01
    """Share of deposits that are never answered."""
    strangers: float = 0.01
    """Payouts that answer no deposit, as a share of the deposits."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where the world was written."""

    deposits: Path
    payouts: Path
    rates: Path
    truth: Path


def simulate_exchanger(seed: int, folder: Path, settings: Settings | None = None) -> Files:
    """Writes deposits.csv, payouts.csv, rates.csv and truth.csv into `folder`, as docs/bridges.md describes them."""
    settings = settings or Settings()
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = list(ASSETS)
    steps = settings.days * _DAY // _STEP + settings.delay[1] // _STEP + 2
    series = {name: _walk(rng, ASSETS[name], steps) for name in names}
    count = settings.days * settings.daily
    times = np.sort(rng.integers(0, settings.days * _DAY, count))
    source = rng.integers(0, len(names), count)
    target = (source + rng.integers(1, len(names), count)) % len(names)
    dollars = np.exp(rng.normal(np.log(500), settings.spread, count))
    delays = rng.integers(settings.delay[0], settings.delay[1] + 1, count)
    fees = _fees(rng, settings, source * len(names) + target)
    value = dollars * (1 - fees) * np.exp(rng.normal(0, settings.noise, count))
    stranger = rng.random(count) < settings.strangers
    sent = [_base_units(series, names[a], t, d) for a, t, d in zip(source, times, dollars, strict=True)]
    # the service applies the rate of the moment it pays, to what came in at the rate of that moment
    moved = [
        series[names[a]][(t + s) // _STEP] / series[names[a]][t // _STEP]
        for a, t, s in zip(source, times, delays, strict=True)
    ]
    got = [
        _base_units(series, names[a], t, v)
        for a, t, v in zip(target, times + delays, value * np.array(moved), strict=True)
    ]
    unpaid = rng.random(count) < settings.unpaid
    files = Files(*(folder / f"{name}.csv" for name in ("deposits", "payouts", "rates", "truth")))
    asked = [names[a] if settings.target_known else "" for a in target]
    _write(
        files.deposits,
        ("time", "tx", "asset", "amount", "asset_out"),
        [
            (int(t) + _START, f"d{i}", names[a], v, o)
            for i, (t, a, v, o) in enumerate(zip(times, source, sent, asked, strict=True))
        ],
    )
    paid = [
        (int(times[i] + delays[i]) + _START, f"p{i}", names[target[i]], got[i]) for i in range(count) if not unpaid[i]
    ]
    extra = np.flatnonzero(stranger)
    paid += [
        (int(t) + _START, f"s{n}", names[target[i]], got[i])
        for n, (i, t) in enumerate(zip(extra, rng.integers(0, settings.days * _DAY, len(extra)), strict=True))
    ]
    _write(files.payouts, ("time", "tx", "asset", "amount"), sorted(paid))
    _write(
        files.rates,
        ("time", "asset", "decimals", "rate"),
        [
            (_START + step * _STEP, name, ASSETS[name][0], repr(float(series[name][step])))
            for name in names
            for step in range(steps)
        ],
    )
    _write(files.truth, ("deposit_tx", "withdrawal_tx"), [(f"d{i}", f"p{i}") for i in range(count) if not unpaid[i]])
    return files


def _walk(rng: np.random.Generator, facts: tuple[int, float, float], steps: int) -> npt.NDArray[np.float64]:
    _, price, volatility = facts
    moves = rng.normal(0, volatility * np.sqrt(_STEP / _DAY), steps)
    series: npt.NDArray[np.float64] = price * np.exp(np.cumsum(moves))
    return series


def _fees(rng: np.random.Generator, settings: Settings, pair: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    if not settings.own_fees:
        return rng.uniform(*settings.fee, len(pair))
    own = rng.uniform(*settings.fee, int(pair.max()) + 1)[pair]
    return np.clip(own * (1 + rng.normal(0, 0.05, len(pair))), *settings.fee)


def _base_units(series: dict[str, npt.NDArray[np.float64]], name: str, time: int, dollars: float) -> int:
    return max(1, int(dollars / series[name][time // _STEP] * 10 ** ASSETS[name][0]))


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
