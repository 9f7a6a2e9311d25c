"""The definition in rationals: forward and backward are each other's adjoint, and the fast passes keep to it."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exposure.ledgers import CHAIN, MOVES, NAMES, Move, events, ledger, services

from clew.exposure.address import Direction, exposure_in
from clew.exposure.backward import arrivals, sent_approximately
from clew.exposure.book import Book, columns, read_flows
from clew.exposure.passes import Setting
from clew.exposure.rationals import Event, backward, forward, shares
from clew.model import Address
from clew.tracing.uint128 import unpack

ENDS = {number for number, name in enumerate(NAMES) if services(CHAIN, name)}
MIXERS = {number: Fraction(1) for number, name in enumerate(NAMES) if name.startswith("mixer")}
WEIGHTS = st.dictionaries(st.integers(0, len(NAMES) - 1), st.fractions(0, 5), max_size=5)


@settings(max_examples=200)
@given(MOVES, st.dictionaries(st.integers(0, 29), st.fractions(0, 9), max_size=6), WEIGHTS)
def test_forward_of_sources_at_a_target_is_sources_at_backward_of_the_target(
    moves: list[Move], marks: dict[int, Fraction], target: dict[int, Fraction]
) -> None:
    sources = {
        at: units for at, units in marks.items() if at < len(moves) and moves[at][2] and moves[at][0] != moves[at][1]
    }
    held = forward(events(moves), sources, ENDS)
    reached = backward(events(moves), target, ENDS)
    there = sum((held.get(account, Fraction(0)) * weight for account, weight in target.items()), Fraction(0))
    back = sum((units * reached[at] for at, units in sources.items()), Fraction(0))
    assert there == back


def test_by_hand() -> None:
    moves = [Event(5, 0, 30), Event(4, 0, 70), Event(0, 1, 50)]  # a mixer and somebody pay a, a pays b
    assert shares(moves, ENDS) == [0, 1, Fraction(1, 2)]
    assert forward(moves, {0: Fraction(30)}, ENDS) == {5: 0, 0: 15, 4: 0, 1: 15}
    assert backward(moves, {1: Fraction(1)}, ENDS) == [Fraction(1, 2), Fraction(1, 2), 1]


@settings(max_examples=100)
@given(MOVES)
def test_received_exposure_is_the_definition_to_within_a_unit_for_each_payment(moves: list[Move]) -> None:
    moves = [("a", "x", 1), *moves]
    sources = {at: Fraction(a) for at, (s, r, a) in enumerate(moves) if NAMES.index(s) in MIXERS and s != r}
    exact = Fraction(0)
    for at, (sender, receiver, _) in enumerate(moves):
        if receiver == "x" and sender != "x":
            before = forward(events(moves[:at]), {n: u for n, u in sources.items() if n < at}, ENDS)
            own = sources.get(at, Fraction(0))
            exact += own + before.get(NAMES.index(sender), Fraction(0)) * shares(events(moves), ENDS)[at]
    found = exposure_in(ledger(*moves), Address(CHAIN, "x"), services).shares
    fast = sum(one.amount for one in found if one.direction is Direction.RECEIVED and one.category == "mixer")
    assert abs(fast - exact) <= len(moves)


@settings(max_examples=100)
@given(MOVES)
def test_the_backward_pass_is_the_definition_to_within_its_stated_error(moves: list[Move]) -> None:
    book = Book(services)
    flows, _ = read_flows(book, ledger(*moves))
    kept = [move for move in moves if move[2]]
    setting, exact = setting_of(book), backward(events(kept), MIXERS, ENDS)
    arrives = arrivals(flows, setting, 1) if flows else np.zeros((0, 1), np.uint64)
    for fast, true in zip(arrives[:, 0].tolist(), exact, strict=True):
        assert abs(true - Fraction(fast, 2**62)) <= Fraction(len(kept), 2**60)


def setting_of(book: Book) -> Setting:
    """Mixers are what is asked for; every account is a row."""
    passes, keeps = columns(book.accounts)
    served = np.array([account.service is not None for account in book.accounts], np.bool_)
    seed = np.array([0 if a.service and a.service.category == "mixer" else -1 for a in book.accounts], np.int32)
    return Setting(seed, keeps & ~served, passes, np.arange(len(book.accounts), dtype=np.int32))


def test_one_backward_pass_tells_what_everybody_sent() -> None:
    book = Book(services)
    flows, _ = read_flows(book, ledger(("x", "a", 40), ("b", "a", 60), ("a", "mixer", 50), ("x", "mixer", 7)))
    sums = sent_approximately(flows, setting_of(book), 1)
    about = {account.name: unpack(sums[number])[0] for number, account in enumerate(book.accounts)}
    assert about["x"] in (26, 27)
    assert about["b"] in (29, 30)
    assert about["a"] == 50
