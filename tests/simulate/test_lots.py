"""The FIFO book against answers worked out by hand."""

import pytest

from clew.errors import RunError
from clew.simulate.lots import Account, Lot, Lots

ALICE = Account("chain", "alice", "coin")
BOB = Account("chain", "bob", "coin")


def deposits(text: str) -> list[Lot]:
    """``T3 c7``: 3 units of theft T, 7 clean ones."""
    words = [(word[0], int(word[1:])) for word in text.split()]
    return [Lot("" if kind == "c" else kind, amount, 0 if kind == "c" else amount) for kind, amount in words]


def spends(text: str, amounts: list[int]) -> list[list[Lot]]:
    lots = Lots()
    for lot in deposits(text):
        lots.give(ALICE, [lot])
    return [lots.take(ALICE, amount) for amount in amounts]


@pytest.mark.parametrize(
    ("text", "amounts", "tainted"),
    [
        ("T3 c7", [5], [3]),
        ("T30 c70", [50], [30]),
        ("c2 T3 c5", [1] * 10, [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]),
        ("c2 T3 c5", [4, 4, 2], [2, 1, 0]),
        ("T100 c200", [7, 7, 7, 279], [7, 7, 7, 79]),
        ("T60 c40", [30, 50, 19, 1], [30, 30, 0, 0]),
        ("c7 T3", [4, 5, 1], [0, 2, 1]),
    ],
)
def test_what_came_in_first_leaves_first(text: str, amounts: list[int], tainted: list[int]) -> None:
    assert [sum(lot.amount for lot in drawn if lot.theft) for drawn in spends(text, amounts)] == tainted


def test_several_thefts_are_told_apart() -> None:
    assert spends("A4 B6 c5", [3, 5, 7]) == [deposits("A3"), deposits("A1 B4"), deposits("B2 c5")]


def test_a_split_lot_keeps_the_remainder_of_its_origin_units_behind() -> None:
    lots = Lots()
    lots.give(ALICE, [Lot("T", 3, 100)])
    assert [lots.take(ALICE, 1) for _ in range(3)] == [[Lot("T", 1, 33)], [Lot("T", 1, 33)], [Lot("T", 1, 34)]]


def test_neighbours_of_one_theft_become_one_lot() -> None:
    lots = Lots()
    lots.give(ALICE, [Lot("T", 1, 10), Lot("T", 2, 5), Lot("", 4, 0), Lot("T", 0, 0), Lot("", 1, 0)])
    assert list(lots.queues[ALICE]) == [Lot("T", 3, 15), Lot("", 5, 0)]


def test_a_conversion_keeps_the_order_and_hands_the_origin_units_over_whole() -> None:
    converted = Lots().convert([Lot("T", 2, 900), Lot("", 1, 0)], 100)
    assert converted == [Lot("T", 66, 900), Lot("", 34, 0)]


def test_nobody_spends_what_he_lacks() -> None:
    lots = Lots()
    lots.give(ALICE, [Lot("", 5, 0)])
    with pytest.raises(RunError, match="does not have"):
        lots.move(ALICE, BOB, 6)


def test_a_service_pays_with_its_own_money_and_keeps_what_it_gets() -> None:
    lots = Lots()
    lots.outside.add("bob")
    lots.give(ALICE, [Lot("T", 5, 5)])
    lots.move(ALICE, BOB, 5)
    lots.move(BOB, ALICE, 3)
    assert lots.stolen() == {("T", BOB): Lot("T", 5, 5)}
    assert lots.balance(ALICE) == 3
