"""Every baseline on graphs small enough to work out by hand; what all of them must keep to."""

import pytest

from clew.scores.baselines import Baseline, Budget, Flow, as_worth
from clew.scores.trace import BASELINES

DOLLAR = 10**6


def flow(*payments: tuple[int, int, int], services: tuple[int, ...] = (), passes: tuple[int, ...] = ()) -> Flow:
    """Payments (from, to, dollars) in order; account 0 is outside, 1 the thief's, who gets the loot first."""
    accounts = 1 + max(max(sender, receiver) for sender, receiver, _ in payments)
    senders, receivers, dollars = zip(*payments, strict=True)
    first = receivers.index(1)
    return Flow(
        list(senders),
        list(receivers),
        [amount * DOLLAR for amount in dollars],
        [number not in (0, *services) for number in range(accounts)],
        [number in passes for number in range(accounts)],
        {1: (first, dollars[first] * DOLLAR)},
    )


LINE = flow((0, 1, 100), (1, 2, 100), (2, 3, 100), services=(3,))
FORK = flow((0, 1, 100), (1, 2, 25), (1, 3, 75), services=(2, 3))


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "appr"])
def test_a_straight_line_to_a_service_is_found_whole(name: str) -> None:
    found = BASELINES[name](LINE, 100)
    assert found.worth[3] == 100 * DOLLAR
    assert found.visited <= 2


@pytest.mark.parametrize("name", ["haircut-no-time", "ttr", "breadth-first", "poison-whole"])
def test_a_fork_is_split_by_value(name: str) -> None:
    found = BASELINES[name](FORK, 100).worth
    assert found[2] == pytest.approx(25 * DOLLAR, abs=2)
    assert found[3] == pytest.approx(75 * DOLLAR, abs=2)


def test_pagerank_looks_at_no_amounts_and_goes_back_to_the_victim_too() -> None:
    assert 0 < BASELINES["appr"](LINE, 100).worth[3] < BASELINES["appr"](LINE, 100).worth[0]
    found = BASELINES["appr"](FORK, 100).worth
    assert abs(found[2] - found[3]) <= 2


EARLIER = flow((1, 2, 40), (0, 1, 100), (1, 3, 60), services=(2, 3))
"""A payment of the thief's account before the loot came."""


@pytest.mark.parametrize(("name", "timely"), [("poison-whole", True), ("ttr", True), ("breadth-first", False)])
def test_who_knows_time_finds_nothing_in_an_earlier_payment(name: str, timely: bool) -> None:
    assert (BASELINES[name](EARLIER, 100).worth.get(2, 0) == 0) is timely


@pytest.mark.parametrize("name", ["haircut-no-time", "appr", "ttr"])
def test_value_is_conserved_on_a_cycle(name: str) -> None:
    cycle = flow((0, 1, 100), (1, 2, 100), (2, 1, 50), (2, 3, 50), (1, 3, 50), services=(3,))
    found = BASELINES[name](cycle, 100).worth
    assert 100 * DOLLAR - 10 <= sum(found.values()) <= 100 * DOLLAR


@pytest.mark.parametrize("name", BASELINES)
def test_the_budget_is_kept(name: str) -> None:
    method: Baseline = BASELINES[name]
    long = flow((0, 1, 100), *((n, n + 1, 100) for n in range(1, 30)))
    assert method(long, 5).visited <= 5
    assert method(long, 5).worth.get(30, 0) == 0


def test_transactions_and_conversions_cost_nothing() -> None:
    budget = Budget(flow((0, 1, 1), (1, 2, 1), passes=(2,)), 1)
    assert [budget.allows(account) for account in (2, 1, 1, 0)] == [True, True, True, False]
    assert budget.used == 1


def test_scores_are_shares_among_the_places_where_money_can_end() -> None:
    assert as_worth({1: 500, 2: 30, 3: 10}, FORK) == {2: 75 * DOLLAR, 3: 25 * DOLLAR}
    assert as_worth({1: 500}, FORK) == {}
