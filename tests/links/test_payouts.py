"""Payouts of an instant exchanger: which of them a deposit may have bought, by value and time, and how sure that is."""

import pytest

from clew.links.crossings import Terms
from clew.links.payouts import FRESH, SURE, Deposit, Payout, Quote, amounts_out, choose_payouts, match_payouts

HOUR, DAY = 3_600, 86_400
TERMS = Terms(30_000, 4 * HOUR)
QUOTES = [Quote(0, 1_000, 30_000)]
"""30 units for one."""


def payout(time: int, amount: int, name: str = "out") -> Payout:
    return Payout(time, amount, name, f"receiver of {name}")


STRANGERS = [payout(number * DAY, 7_000_000, f"stranger {number}") for number in range(60)]
"""A record of sixty days, of sums that fit nothing."""


def test_the_bounds_are_the_price_less_what_is_kept_and_as_far_as_it_may_be_off() -> None:
    assert amounts_out(Deposit(0, 100_000), QUOTES, TERMS) == (2_880_000, 3_030_000)


def test_the_middle_price_of_those_about_the_time_counts_and_no_older_one() -> None:
    quotes = [Quote(0, 1, 10), Quote(60, 1, 30), Quote(90, 1, 31), Quote(FRESH + 1000, 1, 99)]
    assert amounts_out(Deposit(10, 1_000_000), quotes, Terms(0, 60)) == (29_700_000, 30_300_000)
    assert amounts_out(Deposit(10 * DAY, 100), quotes, TERMS) is None
    assert amounts_out(Deposit(0, 100), [Quote(0, 0, 5)], TERMS) is None


def test_a_lone_fitting_payout_is_sure() -> None:
    (match,) = match_payouts([Deposit(0, 100_000)], [payout(HOUR, 2_970_000), *STRANGERS], QUOTES, TERMS)
    assert (match.deposit, match.payout, match.candidates) == (0, 0, 1)
    assert match.probability > SURE
    assert match.base_rate == pytest.approx(0.5 * 4 / 24 / 59)


@pytest.mark.parametrize(("time", "amount"), [(-1, 2_970_000), (5 * HOUR, 2_970_000), (HOUR, 2_800_000)])
def test_what_is_too_early_too_late_or_too_little_fits_nothing(time: int, amount: int) -> None:
    assert match_payouts([Deposit(0, 100_000)], [payout(time, amount), *STRANGERS], QUOTES, TERMS) == []


def test_of_two_that_fit_none_is_sure() -> None:
    two = [payout(HOUR, 2_970_000, "one"), payout(2 * HOUR, 2_960_000, "two")]
    found = match_payouts([Deposit(0, 100_000)], [*two, *STRANGERS], QUOTES, TERMS)
    assert [match.candidates for match in found] == [2, 2]
    assert all(0.4 < match.probability < 0.6 for match in found)


def test_a_deposit_is_sure_where_all_but_one_of_its_payouts_are_spoken_for() -> None:
    """The second deposit can have the later payout alone, which leaves the first one to the first."""
    deposits = [Deposit(0, 100_000), Deposit(2 * HOUR, 100_000)]
    paid = [payout(HOUR, 2_970_000, "one"), payout(3 * HOUR, 2_960_000, "two")]
    found = {(m.deposit, m.payout): m.probability for m in match_payouts(deposits, [*paid, *STRANGERS], QUOTES, TERMS)}
    assert found[0, 0] > SURE
    assert found[1, 1] > SURE
    assert found[0, 1] < 1 - SURE


def test_two_deposits_that_could_have_each_others_payouts_are_in_doubt() -> None:
    deposits = [Deposit(0, 100_000), Deposit(60, 100_000)]
    paid = [payout(HOUR, 2_970_000, "one"), payout(HOUR + 60, 2_960_000, "two")]
    found = match_payouts(deposits, [*paid, *STRANGERS], QUOTES, TERMS)
    assert all(match.probability < 0.6 for match in found)


def test_payouts_that_two_deposits_share_and_no_other_could_have_are_theirs_in_order_of_time() -> None:
    deposits = [Deposit(0, 100_000), Deposit(60, 100_000)]
    paid = [payout(HOUR, 2_970_000, "one"), payout(HOUR + 60, 2_960_000, "two")]
    chosen = choose_payouts(match_payouts(deposits, [*paid, *STRANGERS], QUOTES, TERMS))
    assert [(match.deposit, match.payout, match.sharing) for match in chosen] == [(0, 0, 2), (1, 1, 2)]
    assert all(match.probability > SURE for match in chosen)


def test_where_a_third_payout_fits_as_well_none_is_chosen() -> None:
    deposits = [Deposit(0, 100_000), Deposit(60, 100_000)]
    paid = [payout(HOUR + 60 * number, 2_970_000, f"out {number}") for number in range(3)]
    assert choose_payouts(match_payouts(deposits, [*paid, *STRANGERS], QUOTES, TERMS)) == []


def test_a_sure_match_is_chosen_as_it_is_and_no_event_is_in_two() -> None:
    deposits = [Deposit(0, 100_000), Deposit(2 * HOUR, 100_000)]
    paid = [payout(HOUR, 2_970_000, "one"), payout(3 * HOUR, 2_960_000, "two")]
    chosen = choose_payouts(match_payouts(deposits, [*paid, *STRANGERS], QUOTES, TERMS))
    assert [(match.deposit, match.payout, match.sharing) for match in chosen] == [(0, 0, 1), (1, 1, 1)]


def test_where_the_exchanger_pays_such_sums_all_day_a_lone_payout_is_not_sure() -> None:
    busy = [payout(number * 5 * HOUR + HOUR, 2_970_000, f"other {number}") for number in range(200)]
    (match,) = match_payouts([Deposit(0, 100_000)], busy, QUOTES, TERMS)
    assert match.base_rate > 0.7
    assert match.probability < 0.95


def test_without_payouts_or_prices_nothing_is_found() -> None:
    assert match_payouts([Deposit(0, 1)], [], QUOTES, TERMS) == []
    assert match_payouts([Deposit(0, 1)], STRANGERS, [], TERMS) == []
