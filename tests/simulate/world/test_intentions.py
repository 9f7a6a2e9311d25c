"""Which units leave an account is its holder's intent, and no unit is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import RunError
from clew.simulate.lots import Account, Lot
from clew.simulate.world.intentions import Intent, Intentions, hidden

A, B = Account("chain", "a", "coin"), Account("chain", "b", "coin")


def book(*lots: Lot) -> Intentions:
    found = Intentions()
    for lot in lots:
        found.give(A, [lot])
    return found


CLEAN, LOOT, LAST = Lot("", 4, 0), Lot("t", 3, 3), Lot("", 2, 0)


@pytest.mark.parametrize(
    ("intent", "stolen"),
    [(Intent.OLDEST, 1), (Intent.NEWEST, 3), (Intent.LOOT, 3), (Intent.OWN, 0)],
)
def test_of_five_units_so_many_are_stolen(intent: Intent, stolen: int) -> None:
    spent = book(CLEAN, LOOT, LAST).spend(A, 5, intent)
    assert sum(lot.amount for lot in spent) == 5
    assert sum(lot.origin for lot in spent) == stolen


@pytest.mark.parametrize(
    ("intent", "spent"),
    [
        (Intent.OLDEST, ["a", "", "b", ""]),
        (Intent.NEWEST, ["", "b", "", "a"]),
        (Intent.LOOT, ["a", "b", "", ""]),
        (Intent.OWN, ["", "", "a", "b"]),
    ],
)
def test_who_spends_one_by_one_keeps_his_habit(intent: Intent, spent: list[str]) -> None:
    found = book(*(Lot(theft, 1, len(theft)) for theft in ["a", "", "b", ""]))
    assert [found.spend(A, 1, intent)[0].theft for _ in range(4)] == spent


@pytest.mark.parametrize("other", Intent)
def test_a_payment_meant_otherwise_leaves_the_rest_in_the_order_in_which_it_came(other: Intent) -> None:
    """A fee paid with one's own coins does not bring the own coins to the front of what is spent oldest first."""
    found = book(Lot("a", 2, 2), Lot("", 2, 0), Lot("b", 2, 2), Lot("", 2, 0))
    found.spend(A, 1, other)
    assert [lot.theft for lot in found.spend(A, 7)] == ["a", "", "b", ""]


def test_a_service_pays_with_its_own_and_keeps_what_it_got() -> None:
    found = book(CLEAN, LOOT)
    found.outside.add("a")
    found.pay(A, B, 7)
    assert found.balance(A) == 0
    assert found.stolen() == {("t", A): Lot("t", 3, 3)}


def test_nobody_spends_what_he_does_not_hold() -> None:
    with pytest.raises(RunError, match="holds 9 units and spends 10"):
        book(CLEAN, LOOT, LAST).spend(A, 10)


def test_a_theft_marks_what_came_in_last() -> None:
    found = book(CLEAN)
    found.mark(A, "t", 3)
    assert list(found.queues[A]) == [Lot("", 1, 0), Lot("t", 3, 3)]
    with pytest.raises(RunError, match="came in last"):
        found.mark(A, "u", 3)


def test_a_hidden_passage_is_told_by_the_name_and_hides_once() -> None:
    assert hidden(hidden([LOOT, CLEAN])) == [Lot("t~", 3, 3), CLEAN]


@given(
    st.lists(st.tuples(st.sampled_from(["", "t", "u"]), st.integers(1, 10**6)), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from(Intent)), max_size=20),
)
def test_stolen_units_add_up_whatever_is_spent(given_: list[tuple[str, int]], spends: list[tuple[int, Intent]]) -> None:
    found = Intentions()
    for theft, amount in given_:
        found.give(A, [Lot(theft, amount, amount if theft else 0)])
    stolen = sum(amount for theft, amount in given_ if theft)
    for amount, intent in spends:
        found.pay(A, B, min(amount, found.balance(A)), intent)
    assert sum(lot.origin for lot in found.stolen().values()) == stolen
    assert found.balance(A) + found.balance(B) == sum(amount for _, amount in given_)
