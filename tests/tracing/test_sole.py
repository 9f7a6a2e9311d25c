"""One label in the least memory: equal to the plain-Python reference, at the edges of the width above all."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import WIDTHS
from tests.tracing.reference import Book, Move

from clew.errors import RunError
from clew.memory import LINE
from clew.tracing.policies import Policy
from clew.tracing.taint import CollisionError, Events, Marks, Taint
from clew.tracing.uint128 import pack

POOLS = (Policy.HAIRCUT, Policy.DIRTY_FIRST, Policy.CLEAN_FIRST)
ACCOUNTS, OUTSIDE, SINK = 5, 5, 4
"""Accounts that pay each other; whom a theft takes from; who is not followed where a test asks for it."""

examples = settings(max_examples=30, derandomize=True)


def new(policy: Policy, width: int, accounts: int = ACCOUNTS + 1) -> Taint:
    return Taint(policy, accounts=accounts, labels=2, width=width, origins=False, record=False)


def advance(taint: Taint, moves: Sequence[Move], follows: Sequence[bool]) -> None:
    events = Events(
        np.array([move.sender for move in moves], np.int32),
        np.array([move.receiver for move in moves], np.int32),
        pack([move.amount for move in moves], width=taint.width),
        np.array(follows, np.bool_),
    )
    marks = [(at, 1, amount) for at, move in enumerate(moves) for _, amount in move.stolen]
    taint.advance(events, Marks.of(marks, width=taint.width))


def held(taint: Taint) -> dict[int, int]:
    rows = taint.holdings()
    assert set(rows.label) <= {1}
    assert rows.amount == rows.origin
    return dict(zip(rows.where, rows.amount, strict=True))


def address(taint: Taint) -> int:
    return int(taint.save()["accounts"].ctypes.data)


def reference(policy: Policy, moves: Sequence[Move], follows: Sequence[bool]) -> tuple[dict[int, int], dict[int, int]]:
    book = Book(policy).run(moves, follows)
    return {account: labels[1][0] for account, labels in book.tainted().items()}, dict(book.shortfalls())


@st.composite
def ledgers(draw: st.DrawFn, width: int) -> list[Move]:
    """Few units as often as very many; whole balances, transfers to oneself and of nothing; a theft or two."""
    most = 2 ** (width - 6)
    amount = st.integers(0, 20) | st.integers(0, most) | st.integers(most - 5, most)
    account = st.integers(0, ACCOUNTS - 1)
    moves = draw(st.lists(st.builds(Move, account, account, amount), min_size=2, max_size=30))
    for _ in range(draw(st.integers(1, 2))):
        whole = draw(amount.filter(bool))
        theft = Move(OUTSIDE, draw(account), whole, ((1, draw(st.integers(1, whole))),))
        moves.insert(draw(st.integers(0, len(moves))), theft)
    return moves


def follows_of(data: st.DataObject) -> list[bool]:
    sink = data.draw(st.booleans(), label="with a sink")
    return [not (sink and account == SINK) for account in range(ACCOUNTS + 1)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", POOLS)
@examples
@given(data=st.data())
def test_it_says_what_the_reference_says(policy: Policy, width: int, data: st.DataObject) -> None:
    moves, follows = data.draw(ledgers(width)), follows_of(data)
    taint = new(policy, width)
    advance(taint, moves, follows)
    assert (held(taint), taint.unexplained()) == reference(policy, moves, follows)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", POOLS)
@examples
@given(data=st.data())
def test_a_state_that_is_saved_taken_up_and_widened_goes_on_as_it_would_have(
    policy: Policy, width: int, data: st.DataObject
) -> None:
    moves, follows = data.draw(ledgers(width)), follows_of(data)
    cut = data.draw(st.integers(0, len(moves)))
    first, again = new(policy, width), new(policy, width, accounts=1)
    advance(first, moves[:cut], follows)
    again.restore({name: column.copy() for name, column in first.save().items()})
    again.widen(ACCOUNTS + 3)
    advance(again, moves[cut:], [*follows, True, True])
    assert (held(again), again.unexplained()) == reference(policy, moves, follows)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_account_straddles_two_lines_of_memory(width: int) -> None:
    """Whether its state is new, widened or taken up again."""
    many = 1 << 16
    taint = new(Policy.HAIRCUT, width, accounts=many)
    again = new(Policy.HAIRCUT, width, accounts=1)
    assert address(taint) % LINE == 0
    taint.widen(2 * many)
    assert address(taint) % LINE == 0
    again.restore(taint.save(), copy=False)
    assert address(again) % LINE == 0
    assert address(again) != address(taint)


@pytest.mark.parametrize("width", WIDTHS)
def test_sums_beyond_the_width_are_refused(width: int) -> None:
    most = 2**width - 1
    taint = new(Policy.HAIRCUT, width)
    advance(taint, [Move(OUTSIDE, 0, most, ((1, most),)), Move(0, 1, most)], [True] * 6)
    assert held(taint) == {1: most}
    with pytest.raises(RunError, match=f"event 0: a sum does not fit {width} bits"):
        advance(taint, [Move(0, 1, 1)], [True] * 6)


@pytest.mark.parametrize("policy", POOLS)
def test_thefts_that_cannot_be_are_refused(policy: Policy) -> None:
    with pytest.raises(RunError, match="a theft is larger than its transfer"):
        advance(new(policy, 64), [Move(OUTSIDE, 0, 10, ((1, 6), (1, 5)))], [True] * 6)
    with pytest.raises(CollisionError):
        advance(new(policy, 64), [Move(OUTSIDE, 0, 10, ((1, 10),)), Move(0, 1, 10, ((1, 10),))], [True] * 6)


def test_grades_and_conversions_need_more_labels() -> None:
    columns = np.zeros(1, np.int32), np.ones(1, np.int32), pack([1], width=64)
    none = Marks.of([], width=64)
    for more in ({"grade": np.zeros(1, np.int8)}, {"converts": np.zeros(1, np.bool_)}):
        with pytest.raises(RunError, match="no grades and no conversions"):
            new(Policy.HAIRCUT, 64).advance(Events(*columns, **more), none)
