"""How often the exchanger matcher is right, on labelled files; and how far an amount singles out a payout."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clew.errors import InputError
from clew.links.exchangers import SURE, Flows, Model, Rates, match_exchanger
from clew.scores.calibration import calibration, quality
from clew.scores.tables import Naming, integers, read_columns

_FLOW = ("time", "tx", "asset", "amount")


@dataclass(frozen=True, slots=True)
class Exchanger:
    """Deposits, payouts and the pairs that are known to belong together."""

    deposits: Flows
    payouts: Flows
    rates: Rates
    deposit_tx: list[str]
    payout_tx: list[str]
    truth: frozenset[tuple[str, str]]


def read_exchanger(deposits: Path, payouts: Path, rates: Path, truth: Path) -> Exchanger:
    """The files of an exchanger; InputError names a file and what it lacks."""
    naming = Naming()
    known = _rates(rates, naming)
    given = read_columns(deposits, "deposits", naming, _FLOW, ("asset_out",))
    paid = read_columns(payouts, "payouts", naming, _FLOW)
    pairs = read_columns(truth, "truth", naming, ("deposit_tx", "withdrawal_tx"))
    return Exchanger(
        _flows(given, deposits),
        _flows(paid, payouts),
        known,
        given["tx"].to_pylist(),
        paid["tx"].to_pylist(),
        frozenset(zip(pairs["deposit_tx"].to_pylist(), pairs["withdrawal_tx"].to_pylist(), strict=True)),
    )


def _rates(path: Path, naming: Naming) -> Rates:
    table = read_columns(path, "rates", naming, ("time", "asset", "rate"), ("decimals",))
    times, prices = integers(table["time"]).astype(np.float64), _floats(table["rate"])
    assets = table["asset"].to_numpy(zero_copy_only=False)
    decimals = integers(table["decimals"]) if "decimals" in table else np.zeros(len(times), dtype=np.int64)
    if (times < 0).any() or not (prices > 0).all() or (decimals < 0).any():
        row = int(np.flatnonzero((times < 0) | ~(prices > 0) | (decimals < 0))[0])
        raise InputError(f"row {row + 1} has no time, price or decimals", where=str(path))
    series = {}
    for name in set(assets.tolist()):
        here = np.flatnonzero(assets == name)
        here = here[np.argsort(times[here], kind="stable")]
        series[str(name)] = (times[here], np.log(prices[here]) - decimals[here] * np.log(10))
    return Rates(series)


def _flows(table: Mapping[str, Any], path: Path) -> Flows:
    times, amounts = integers(table["time"]), _floats(table["amount"])
    wrong = np.flatnonzero((times < 0) | ~(amounts >= 0))
    if len(wrong):
        raise InputError(f"row {int(wrong[0]) + 1} has no time, or an amount that is none", where=str(path))
    return Flows(times, table["asset"], table["amount"], table.get("asset_out"))


def _floats(column: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers for the likelihood; NaN where a cell holds none."""
    plain = pc.match_substring_regex(column, r"^[0-9]{1,78}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?$")
    numbers = pc.if_else(plain, column, pa.scalar(None, pa.string())).cast(pa.float64())
    found: np.ndarray[Any, np.dtype[np.float64]] = numbers.fill_null(float("nan")).to_numpy(zero_copy_only=False)
    return found


def score(exchanger: Exchanger, *, threshold: float = SURE, model: Model | None = None) -> dict[str, Any]:
    """The figures, as docs/bridges.md describes them."""
    deposits, payouts = exchanger.deposits, exchanger.payouts
    started = time.perf_counter()
    pairs = match_exchanger(deposits, payouts, exchanger.rates, model)
    seconds = time.perf_counter() - started
    right = np.array(
        [
            (exchanger.deposit_tx[deposit], exchanger.payout_tx[payout]) in exchanger.truth
            for deposit, payout in zip(pairs.deposit.tolist(), pairs.payout.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )
    stated = pairs.stated(threshold)
    events = len(deposits) + len(payouts)
    return {
        "threshold": threshold,
        "deposits": len(deposits),
        "payouts": len(payouts),
        "paired": round(int(stated.sum()) / len(deposits), 6) if len(deposits) else None,
        **quality(int(stated.sum()), int(right[stated].sum()), len(exchanger.truth)),
        "candidates": len(pairs.deposit),
        "candidates_by_chance": round(pairs.base_rate, 4),
        "rate_of": "deposit" if pairs.fixed else "payout",
        "fee_percentiles": [round(fee, 5) for fee in pairs.fees],
        "delay_percentiles": list(pairs.delays),
        "events_per_second": round(events / seconds) if seconds else None,
        "calibration": calibration(pairs.probability, right),
    }
