"""Leads: what ships of waiting times is what the known pairs teach, and each row stands beside its base rate."""

from collections import Counter

import numpy as np
import pytest

from clew.links.mixers import Deposit, Events, Withdrawal
from clew.links.waiting import BINS, Waiting, bin_of, learnt_facts, learnt_waiting
from clew.scores.columns import Columns
from clew.scores.leads import find_leads
from clew.scores.mixer_files import REUSE_PAIRS, Trace, read_pairs
from clew.scores.passing import Known
from clew.scores.timing import Timing


def name(number: int) -> str:
    return f"0x{number:040x}"


def note(number: int) -> str:
    return f"0x{number:064x}"


def made() -> tuple[Events, Trace]:
    """Forty notes, four of them of one depositor, to whom one of thirty withdrawals is paid."""
    put = [Deposit("1 ETH", n, 100 + n, 1000 + 13 * n, note(n), note(500 + n)) for n in range(40)]
    paid = [Withdrawal("1 ETH", 200 + n, note(900 + n), note(700 + n), name(n or 7777), 0) for n in range(30)]
    return Events.of(put, paid), Trace({note(500 + n): name(7777) for n in range(4)}, contacts={name(7777): Counter()})


def test_a_proposal_stands_beside_what_order_alone_gives() -> None:
    events, trace = made()
    found = find_leads(events, trace, learnt=None, shuffles=50)
    (lead,) = found["withdrawals"]
    assert (lead["rule"], lead["recipient"], lead["candidates"], lead["of_interest"]) == (
        "address-reuse", name(7777), 40, 4
    )  # fmt: skip
    assert lead["probability_of_any"] == pytest.approx(4 * lead["probability"])
    assert lead["base_rate"] == pytest.approx(4 / 40)
    assert found["pools"][0]["deposits_of_interest"] == 4
    assert found == find_leads(events, trace, learnt=None, shuffles=50), "the same at every run"


def test_without_known_waiting_times_timing_says_that_it_cannot_run() -> None:
    events, trace = made()
    rule = find_leads(events, trace, learnt=None, shuffles=10)["rules"][-1]
    assert (rule["rule"], rule["status"]) == ("timing", "cannot-run")
    assert "Ethereum" in rule["why"]


def test_waiting_times_give_every_withdrawal_a_probability_within_bounds() -> None:
    events, trace = made()
    timed = find_leads(events, trace, learnt=learnt_waiting(), shuffles=10)["withdrawals"][1:]
    assert len(timed) == 20
    assert all(0 <= row["probability_of_any"] <= 1 and row["calibrated_on"] == ["address-reuse"] for row in timed)


def test_the_weights_that_ship_are_one_for_each_bin_and_fall_within_bounds() -> None:
    facts = learnt_facts()
    assert len(facts["weights"]) == BINS
    assert max(facts["weights"]) == 1.0
    assert min(facts["weights"]) > 0
    assert facts["largest_gap_points"] < 5


@pytest.mark.data
@pytest.mark.slow
def test_the_weights_that_ship_are_those_the_known_pairs_teach(ether_pools: Events) -> None:
    pairs, _ = read_pairs(REUSE_PAIRS, ether_pools)
    pools = [Columns.of(ether_pools, pool) for pool in ether_pools.pools()]
    known = Known.of(ether_pools, pools, pairs)
    weights = Waiting.learn(known.counts, bin_of(known.waits)).weight
    facts = learnt_facts()
    assert facts["pairs"] == len(pairs)
    assert np.allclose(weights, facts["weights"], atol=1e-4)
    figures = Timing.measure(ether_pools, pools, pairs, 1000).figures
    assert figures["each_tenth_in_turn"]["largest_gap_points"] == facts["largest_gap_points"]
    for key in ("probability_of_right", "by_chance", "spread"):
        assert figures["shuffled_pairs"][key] == pytest.approx(facts[key], abs=0.01)
