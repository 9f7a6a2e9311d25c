"""Which departure a payment made, which arrival is its own, and which receipt is thought to be."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.amounts import Asset
from clew.links import crossings
from clew.links.crossings import (
    ARRIVES,
    SURE,
    Entry,
    Found,
    Move,
    Receipt,
    amounts_out,
    choose_arrival,
    choose_departures,
    match_receipt,
    terms_of,
)
from clew.protocols.bridges import Arrival, Departure, bridge_contracts

COIN, WRAPPED, TOKEN = "eip155:1/slip44:60", "eip155:1/erc20:0xc0", "eip155:1/erc20:0xaa"
THIEF, OTHER, ROUTER, POOL = "thief", "other", "router", "pool"


def departure(
    amount: int = 100, sender: str = THIEF, asset: str = TOKEN, key: str = "b:1", **more: object
) -> Departure:
    said = Departure("Bridge", "eip155:1", "0x1", 3, key, asset, amount, sender, "eip155:10", "alice")
    return replace(said, **more)  # type: ignore[arg-type]


def arrival(amount: int = 99, recipient: str = "alice", key: str = "b:1", **more: object) -> Arrival:
    said = Arrival("Bridge", "eip155:10", "0x2", 5, key, "eip155:10/erc20:0xbb", amount, recipient)
    return replace(said, **more)  # type: ignore[arg-type]


def entry(amount: int = 100, *, taker: str = POOL, native: bool = False) -> Entry:
    return Entry(THIEF, taker, {COIN, WRAPPED} if native else {TOKEN}, amount, native)


PAID = Move(THIEF, POOL, TOKEN, 100)

# --- departures


def test_a_departure_of_the_payer_with_what_was_paid_is_taken() -> None:
    assert choose_departures([departure()], entry(), [PAID]).departures == (departure(),)


def test_a_router_that_passed_the_payment_on_may_be_the_sender() -> None:
    moves = [Move(THIEF, ROUTER, TOKEN, 100), Move(ROUTER, POOL, TOKEN, 100)]
    found = choose_departures([departure(sender=ROUTER)], entry(taker=ROUTER), moves)
    assert found.departures == (departure(sender=ROUTER),)


def test_another_partys_departure_of_the_same_amount_is_not_taken() -> None:
    moves = [PAID, Move(OTHER, POOL, TOKEN, 100)]
    assert "another party" in choose_departures([departure(sender=OTHER)], entry(), moves).reason
    mine = choose_departures([departure(sender=OTHER), departure(key="b:2")], entry(), moves)
    assert [one.id for one in mine.departures] == ["b:2"]


def test_two_departures_that_cannot_be_told_apart_are_not_chosen_from() -> None:
    both = [departure(sender=ROUTER), departure(sender=ROUTER, key="b:2")]
    moves = [Move(THIEF, ROUTER, TOKEN, 100), Move(OTHER, ROUTER, TOKEN, 100)]
    assert "which is whose" in choose_departures(both, entry(taker=ROUTER), moves).reason


def test_several_departures_that_add_up_to_the_payment_are_taken_together() -> None:
    parts = departure(30), departure(70, key="b:2")
    assert choose_departures(parts, entry(), [PAID]).departures == parts


@pytest.mark.parametrize("amount", [99, 101, 0, -100, 1 << 255])
def test_another_amount_of_a_token_is_not_taken(amount: int) -> None:
    assert "were paid" in choose_departures([departure(amount)], entry(), [PAID]).reason


def test_another_asset_is_not_taken() -> None:
    assert "another asset" in choose_departures([departure(asset=WRAPPED)], entry(), [PAID]).reason


@pytest.mark.parametrize(("amount", "over"), [(10_000, 0), (9_700, 300), (9_699, None)])
def test_of_the_coin_a_fee_may_be_paid_on_top(amount: int, over: int | None) -> None:
    """The terms of a bridge of which nothing is known: three in a hundred."""
    found = choose_departures([departure(amount, asset=WRAPPED)], entry(10_000, native=True), [])
    assert (found.over if found.departures else None) == over


def test_what_was_given_back_in_the_transaction_was_not_paid() -> None:
    moves = [Move(THIEF, POOL, COIN, 130), Move(POOL, THIEF, COIN, 30)]
    found = choose_departures([departure(100, asset=COIN)], entry(130, native=True), moves)
    assert (len(found.departures), found.over) == (1, 0)


# --- arrivals


def test_the_arrival_with_the_id_is_taken_and_no_other() -> None:
    others = [arrival(key="b:2"), arrival(bridge="Another"), arrival(chain="eip155:137")]
    assert choose_arrival(departure(), [*others, arrival()]) == (arrival(), "")
    assert choose_arrival(departure(), others) == (None, "")
    assert choose_arrival(departure(key=""), [arrival(key="")]) == (None, "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([arrival(), arrival(log=6)], "2 arrivals bear its id"),
        ([arrival(recipient="mallory")], "not alice"),
        ([arrival(amount=94)], "less than the departure allows"),
    ],
)
def test_an_arrival_that_contradicts_the_departure_is_not_taken(said: list[Arrival], why: str) -> None:
    found, reason = choose_arrival(departure(least_out=95), said)
    assert found is None
    assert why in reason


def test_what_is_given_back_arrives_where_it_left() -> None:
    back = arrival(100, THIEF, chain="eip155:1", refunds=True)
    assert choose_arrival(departure(), [back]) == (back, "")
    assert choose_arrival(departure(), [replace(back, chain="eip155:10")]) == (None, "")


# --- receipts

DAY = 86_400


def test_a_lone_receipt_is_taken_with_the_probability_of_its_own_rule() -> None:
    receipts = [Receipt(0, "0x2", 1000, 98), Receipt(1, "0x3", 1000 + 9 * DAY, 5)]
    found = match_receipt(900, DAY, (97, 100), receipts, prior=ARRIVES, skew=60)
    assert isinstance(found, Found)
    assert (found.receipt, found.candidates) == (receipts[0], 1)
    # Half a fitting receipt in the eight days outside the window, and the window's own day.
    assert found.base_rate == pytest.approx(0.5 / 9)
    assert found.probability == pytest.approx(0.9 / (0.9 + 0.1 * 0.5 / 9))


@pytest.mark.parametrize(
    ("receipts", "why"),
    [
        ([(1000, 98), (1001, 99)], "2 receipts of the recipient fit"),
        ([(1000, 96)], "no receipt of the recipient fits"),
        ([(800, 98)], "no receipt of the recipient fits"),
        ([(1000 + DAY, 98)], "no receipt of the recipient fits"),
        ([(1000, 98), *[(1000 + DAY * n // 2, 98) for n in range(3, 40)]], "below 0.9"),
    ],
)
def test_where_more_than_one_fits_or_chance_would_do_as_well_none_is_taken(
    receipts: list[tuple[int, int]], why: str
) -> None:
    found = match_receipt(
        900, DAY, (97, 100), [Receipt(i, f"0x{i}", *one) for i, one in enumerate(receipts)], prior=ARRIVES, skew=60
    )
    assert isinstance(found, str)
    assert why in found


def test_a_recipient_that_is_only_assumed_needs_more() -> None:
    receipts = [Receipt(0, "0x2", 1000, 98)]
    assert isinstance(match_receipt(900, DAY, (97, 100), receipts, prior=ARRIVES, skew=60), Found)
    assert isinstance(match_receipt(900, DAY, (97, 100), receipts, prior=0.5, skew=60), str)


@given(
    st.lists(st.tuples(st.integers(0, 50 * DAY), st.integers(1, 200)), min_size=1, max_size=30), st.floats(0.01, 0.99)
)
def test_a_probability_is_one_and_never_below_the_bound(receipts: list[tuple[int, int]], prior: float) -> None:
    listed = [Receipt(i, str(i), *one) for i, one in enumerate(receipts)]
    found = match_receipt(20 * DAY, DAY, (97, 100), listed, prior=prior, skew=60)
    if isinstance(found, Found):
        assert SURE <= found.probability <= 1
        assert 97 <= found.receipt.amount <= 100


def test_amounts_are_compared_in_the_units_of_the_token_that_arrives() -> None:
    six, eighteen = Asset(TOKEN, "USDC", 6), Asset(WRAPPED, "USDC", 18)
    most = terms_of("Bridge").most
    assert amounts_out(departure(), 10**6, six, eighteen) == (10**18 - most * 10**12, 10**18)
    assert amounts_out(departure(), 10**18, eighteen, six) == (10**6 - most, 10**6)
    assert amounts_out(departure(amount_out=7), 10**6, six, six) == (7, 7)
    assert amounts_out(departure(least_out=999_999), 10**6, six, six) == (999_999, 10**6)


def test_the_terms_of_a_bridge_go_before_the_default() -> None:
    assert terms_of("Optimism bridge").most == 0
    assert terms_of("no such bridge") == terms_of("another")


def test_terms_are_stated_of_bridges_that_the_registry_knows() -> None:
    stated = tomllib.loads((Path(crossings.__file__).parent / "crossings.toml").read_text())["bridge"]
    assert set(stated) <= set(bridge_contracts().values())
