"""The demix table on made worlds, where the truth is known, and on the Ronin theft, where it is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clew.links.mixers import Deposit, Events, Withdrawal
from clew.scores.columns import TENTHS, tenth
from clew.scores.demix import demix
from clew.scores.mixer_files import REUSE_PAIRS, Pair, Trace, read_depositors, read_pairs

SharedData = Callable[[str], Path]


def made(seed: int, users: int = 3000, *, reuse: float = 0.4, borrowed: float = 0.0) -> tuple[Events, list[Pair]]:
    """A pool where each user puts a note in, waits, and takes it out: with chance `reuse` to his own address, with
    chance `borrowed` to another depositor's, else to a fresh one. The truth is every pair.
    """
    rng = np.random.default_rng(seed)
    start = np.sort(rng.integers(0, 2_000_000, users))
    wait = np.exp(rng.normal(8, 3, users)).astype(np.int64) + 1
    owner = rng.integers(0, int(users * 0.7), users)
    draw = rng.random(users)
    paid = np.where(
        draw < reuse, owner, np.where(draw < reuse + borrowed, rng.permutation(owner), 10**6 + np.arange(users))
    )
    deposits = [
        Deposit(
            "1 ETH", n, int(start[n]), int(start[n]) * 13, f"0x{n:064x}", f"0x{10**7 + n:064x}", f"0x{owner[n]:040x}"
        )
        for n in range(users)
    ]
    withdrawals = [
        Withdrawal("1 ETH", int(start[n] + wait[n]), f"0x{2 * 10**7 + n:064x}", f"0x{n:064x}", f"0x{paid[n]:040x}", 0)
        for n in range(users)
    ]
    events = Events.of(deposits, withdrawals)
    return events, [Pair(int(w.nullifier, 16), row, "stated") for row, w in enumerate(events.withdrawals)]


def rule(found: dict[str, Any], name: str) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in found["rules"] if row["rule"] == name and row["pool"] in ("1 ETH", "all"))
    return row


@pytest.mark.parametrize(("reuse", "borrowed"), [(0.1, 0.0), (0.5, 0.0), (0.3, 0.3)])
def test_stated_probabilities_hold_within_five_points_of_a_known_truth(reuse: float, borrowed: float) -> None:
    """Half of the pairs are known; the links of the other half are right as often as they say."""
    events, truth = made(1, reuse=reuse, borrowed=borrowed)
    known = [pair for pair in truth if int(events.withdrawals[pair.withdrawal].nullifier, 16) % 2]
    found = demix(events, Trace(), known, {}, shuffles=100)
    assert rule(found, "address-reuse")["status"] == "proposes"
    right = {events.withdrawals[pair.withdrawal].tx: events.deposits[pair.deposit].tx for pair in truth}
    fresh = [link for link in found["links"] if link["rule"] == "address-reuse" and int(link["nullifier"], 16) % 2 == 0]
    for candidates in (1, 2, 3):
        links = [link for link in fresh if link["candidates"] == candidates]
        hits = sum(right[link["withdrawal_tx"]] in link["deposits"] for link in links)
        stated = sum(link["probability_of_any"] for link in links)
        if len(links) >= 100:
            assert hits / len(links) == pytest.approx(stated / len(links), abs=0.05)
    assert found["calibration"]["address-reuse"]["each_tenth_in_turn"]["within_5_points"]
    assert found["calibration"]["timing"]["status"] == "calibrated"


def test_without_labels_reuse_is_stated_with_what_chance_leaves_and_called_uncalibrated() -> None:
    events, _ = made(2, reuse=0.1)
    found = demix(events, Trace(), [], {}, shuffles=100)
    reuse = rule(found, "address-reuse")
    assert reuse["status"] == "proposes"
    assert reuse["probability"] == pytest.approx(1 - reuse["by_chance"] / reuse["links"], abs=1e-3)
    assert {link["grade"] for link in found["links"]} == {"inferred"}
    assert all(link["calibrated_on"] == [] for link in found["links"])
    assert all(link["probability"] * link["candidates"] <= 1 for link in found["links"])
    for name in ("timing", "address-reuse"):
        assert found["calibration"][name]["status"] == "not-calibrated"
        assert "needed" in found["calibration"][name]["why"]
    assert rule(found, "timing")["status"] == "cannot-run"
    assert found["timing"] == []


def test_a_rule_is_never_measured_on_the_pairs_it_made() -> None:
    events, truth = made(3, reuse=0.5)
    same = [pair._replace(by="address-reuse") for pair in truth]
    found = demix(events, Trace(), same, {}, shuffles=20)
    assert found["calibration"]["address-reuse"]["status"] == "not-calibrated"
    assert found["calibration"]["address-reuse"]["links"] == 0
    assert found["calibration"]["timing"]["calibrated_on"] == ["address-reuse"]


def test_wrong_labels_are_not_called_calibrated_by_timing() -> None:
    """Deposits dealt to withdrawals at random: timing gives the right one no more than the dealt one."""
    events, truth = made(4)
    rng = np.random.default_rng(9)
    dealt = [pair._replace(deposit=int(rng.integers(0, 1 + pair.withdrawal // 2))) for pair in truth[200:]]
    sound = [pair for pair in dealt if events.deposits[pair.deposit].block <= events.withdrawals[pair.withdrawal].block]
    shuffled = demix(events, Trace(), sound, {}, shuffles=50)["calibration"]["timing"]["shuffled_pairs"]
    real = demix(events, Trace(), truth, {}, shuffles=50)["calibration"]["timing"]["shuffled_pairs"]
    assert shuffled["lift"] < 1.3
    assert real["lift"] > 3


def test_the_table_counts_candidates_and_impossible_withdrawals() -> None:
    events, _ = made(5, users=400)
    named = [d._replace(depositor=d.depositor if 200 <= d.leaf < 260 else "") for d in events.deposits]
    found = demix(Events(named, events.withdrawals), Trace(), [], {}, shuffles=10)
    [pool] = found["pools"]
    first = events.deposits[200].block
    later = [w for w in events.withdrawals if w.block >= first]
    assert (pool["deposits"], pool["deposits_of_interest"], pool["deposits_between"]) == (400, 60, 60)
    assert pool["leaves"] == [200, 259]
    assert (pool["withdrawals_since"], pool["withdrawals_impossible"]) == (len(later), 400 - len(later))
    assert pool["candidates"]["least"] == sum(d.block <= later[0].block for d in events.deposits)
    assert pool["by_order_alone"]["expected_of_interest"] == pytest.approx(60, abs=0.1), "all notes are out at the end"
    assert sum(month["withdrawals"] for month in pool["by_month"]) == len(later)


def test_the_tenths_are_even_and_fixed() -> None:
    parts = np.bincount([tenth(f"0x{n:064x}") for n in range(20000)], minlength=TENTHS)
    assert (abs(parts - 2000) < 200).all()
    assert tenth("0x" + "ab" * 32) == tenth("0x" + "ab" * 32)


@pytest.mark.data
def test_ronin(shared_data: SharedData, ether_pools: Events) -> None:
    pairs, aside = read_pairs(REUSE_PAIRS, ether_pools)
    assert (len(pairs), aside) == (266, {})
    trace = read_depositors(shared_data("ronin-2022/txlist-replies.jsonl.gz"))
    found = demix(ether_pools, trace, pairs, aside, shuffles=100)
    pool = found["pools"][-1]
    assert pool["pool"] == "100 ETH"
    assert (pool["deposits_of_interest"], pool["depositors"], pool["deposits_between"]) == (1751, 48, 3481)
    assert pool["leaves"] == [23340, 26820]
    assert pool["withdrawals_since"] + pool["withdrawals_impossible"] == 30498
    assert 0 < pool["by_order_alone"]["expected_of_interest"] < 1751
    status = {(row["rule"], row["pool"]): row["status"] for row in found["rules"]}
    assert status["address-reuse", "100 ETH"] == "no-match", "no recipient is one of the 48 or another of the trace"
    assert status["linked-address", "100 ETH"] == "no-match"
    assert status["gas-price", "100 ETH"] == "cannot-run", "the events tell no gas price"
    assert status["portfolio", "all"] == "cannot-run", "all the deposits are of one pool"
    assert found["links"] == []
    assert len(found["timing"]) == 20
    assert all(0 < row["base_rate"] < 0.5 < row["probability_of_any"] < 1 for row in found["timing"])
    timing = found["calibration"]["timing"]
    assert timing["status"] == "calibrated"
    assert timing["calibrated_on"] == ["address-reuse"]
    assert timing["each_tenth_in_turn"]["largest_gap_points"] <= 5
    assert abs(timing["held_out_tenth"]["overall_points"]) <= 5
    assert timing["shuffled_pairs"]["lift"] > 5
    assert json.loads(json.dumps(found)) == found
