"""Deposits and payouts of an instant exchanger: what is a candidate, and how sure a pair can be."""

import numpy as np
import pyarrow as pa
import pytest

from clew.links.exchangers import Flows, Model, Pairs, Rates, match_exchanger
from clew.model import Grade

HOUR = 3600
Row = tuple[int, str, int]


def flows(rows: list[Row], asked: list[str | None] | None = None) -> Flows:
    return Flows(
        np.array([row[0] for row in rows], dtype=np.int64),
        pa.array([row[1] for row in rows], pa.string()),
        pa.array([str(row[2]) for row in rows], pa.string()),
        None if asked is None else pa.array(asked, pa.string()),
    )


def flat(**prices: float) -> Rates:
    times = np.array([0.0, 1e9])
    return Rates({name: (times, np.log([price, price])) for name, price in prices.items()})


RATES = flat(BTC=20.0, ETH=1.0, LTC=1.0)


def crowd() -> tuple[list[Row], list[Row]]:
    """Sixty swaps of BTC for ETH, each of a value of its own, at 1 % and half an hour."""
    deposits = [(n * HOUR, "BTC", 10_000 * 2**n) for n in range(60)]
    return deposits, [(time + 1800, "ETH", amount * 20 * 99 // 100) for time, _, amount in deposits]


def match(deposits: list[Row], payouts: list[Row], asked: list[str | None] | None = None) -> Pairs:
    return match_exchanger(flows(deposits, asked), flows(payouts), RATES)


def test_swaps_of_unlike_values_are_paired_and_never_called_certain() -> None:
    pairs = match(*crowd())
    assert [(pair.deposit, pair.payout) for pair in pairs] == [(n, n) for n in range(60)]
    assert all(0.9 < pair.probability < 1 for pair in pairs)
    assert {pair.grade for pair in pairs} == {Grade.INFERRED}
    assert pairs.fees[1] == pytest.approx(0.01, abs=1e-4)
    assert pairs.delays[1] == 1800


@pytest.mark.parametrize(
    "payout",
    [
        (1800, "BTC", 9_900),
        (1800, "ETH", 200_900),
        (1800, "ETH", 190_000),
        (30, "ETH", 198_000),
        (5000, "ETH", 198_000),
        (-1800, "ETH", 198_000),
        (1800, "DOGE", 198_000),
        (1800, "ETH", 0),
    ],
    ids=["same asset", "no fee", "fee too high", "too soon", "too late", "before", "no rate", "nothing"],
)
def test_what_the_model_excludes_is_no_candidate(payout: Row) -> None:
    assert len(match([(0, "BTC", 10_000)], [payout]).probability) == 0


def test_equal_rivals_share_the_probability_and_none_is_stated() -> None:
    deposits, payouts = crowd()
    pairs = match([*deposits, (0, "BTC", 10_000)], [*payouts, (1800, "ETH", 198_000)])
    rival = pairs.probability[(pairs.deposit == 0) | (pairs.deposit == 60)]
    assert rival == pytest.approx(np.full(4, 0.5), abs=0.05)
    assert {pair.deposit for pair in pairs} == set(range(1, 60))
    assert set(pairs.candidates[pairs.deposit == 0].tolist()) == {2}


def test_a_deposit_that_says_what_it_asks_for_has_no_candidate_in_another_asset() -> None:
    payouts = [(1800, "ETH", 198_000), (1800, "LTC", 198_000)]
    assert len(match([(0, "BTC", 10_000)], payouts).probability) == 2
    pairs = match([(0, "BTC", 10_000)], payouts, ["LTC"])
    assert (pairs.payout.tolist(), pairs.candidates.tolist()) == ([1], [1])


def test_whether_the_rate_is_of_the_deposit_or_of_the_payout_is_found_out() -> None:
    times = np.arange(0.0, 70 * HOUR, 1800)
    wild = Rates({"BTC": (times, np.log(20) + 0.02 * np.sin(times)), "ETH": (times, np.zeros(len(times)))})
    deposits, _ = crowd()
    for fixed in (True, False):
        rate = np.exp(
            wild.at(np.array(["BTC"] * 60, dtype=object), np.array([d[0] + 1800 * (not fixed) for d in deposits]))
        )
        payouts = [(d[0] + 1800, "ETH", int(d[2] * r * 0.99)) for d, r in zip(deposits, rate, strict=True)]
        pairs = match_exchanger(flows(deposits), flows(payouts), wild)
        assert pairs.fixed is fixed
        assert len(list(pairs)) == 60


def test_no_events_give_no_pair() -> None:
    for deposits, payouts in (([], []), ([(0, "BTC", 1)], []), ([], [(0, "ETH", 1)])):
        pairs = match_exchanger(flows(deposits), flows(payouts), RATES, Model())
        assert list(pairs) == []
