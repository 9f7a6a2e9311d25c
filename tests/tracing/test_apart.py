"""Parts that share no account run at once, and say together what one run over all of it says."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import KEEPING
from tests.tracing.reference import Move

from clew.errors import RunError
from clew.tracing.apart import Outcome, advance_all, carry, split
from clew.tracing.policies import Policy
from clew.tracing.taint import CollisionError, Events, Marks, Taint
from clew.tracing.uint128 import pack

PARTS, EACH = 3, 4
"""Assets, and accounts of each; after those one account that a theft takes from, each."""
ACCOUNTS = PARTS * (EACH + 1)

examples = settings(max_examples=25, derandomize=True)


def columns(moves: Sequence[Move], *, width: int = 128) -> tuple[Events, Marks]:
    events = Events(
        np.array([move.sender for move in moves], np.int32),
        np.array([move.receiver for move in moves], np.int32),
        pack([move.amount for move in moves], width=width),
        np.array([account % 5 != 4 for account in range(ACCOUNTS)], np.bool_),
        np.array([move.converts for move in moves], np.bool_),
        np.array([move.grade for move in moves], np.int8),
    )
    marks = [(at, label, amount) for at, move in enumerate(moves) for label, amount in move.stolen]
    return events, Marks.of(marks, width=width)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Move]:
    """Moves within assets, in any order; a theft in each of some."""

    def within(part: int) -> st.SearchStrategy[Move]:
        account = st.integers(part * EACH, part * EACH + EACH - 1)
        return st.builds(Move, account, account, st.integers(0, 50), grade=st.integers(0, 3))

    moves = draw(st.lists(st.one_of(*map(within, range(PARTS))), min_size=4, max_size=40))
    for part in range(draw(st.integers(0, PARTS))):
        whole = draw(st.integers(1, 50))
        theft = Move(PARTS * EACH + part, part * EACH, whole, ((1 + 5 * part, draw(st.integers(1, whole))),))
        moves.insert(draw(st.integers(0, len(moves))), theft)
    return moves


def together(policy: Policy, moves: Sequence[Move]) -> Outcome:
    """One run over all of it."""
    taint = Taint(policy, accounts=ACCOUNTS, labels=1 + 5 * PARTS)
    taint.advance(*columns(moves))
    return Outcome(taint.holdings(), taint.records(), taint.unexplained())


@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(moves=ledgers(), least=st.integers(1, 8))
def test_parts_say_what_one_run_says(policy: Policy, moves: list[Move], least: int) -> None:
    assert carry(policy, *columns(moves), accounts=ACCOUNTS, labels=1 + 5 * PARTS, least=least) == together(
        policy, moves
    )


@examples
@given(moves=ledgers(), least=st.integers(1, 8))
def test_every_event_and_every_mark_is_in_one_part(moves: list[Move], least: int) -> None:
    events, marks = columns(moves)
    parts = split(events, marks, ACCOUNTS, least)
    assert sorted(at for part in parts for at in part.event.tolist()) == list(range(len(moves)))
    accounts = [at for part in parts for at in part.account.tolist()]
    assert len(accounts) == len(set(accounts))
    marked = [(int(part.event[at]), int(label)) for part in parts for at, label in zip(*part.marks[:2], strict=True)]
    assert sorted(marked) == list(zip(marks.event.tolist(), marks.label.tolist(), strict=True))


def test_a_collision_is_said_by_its_event_in_the_whole() -> None:
    moves = [Move(0, 1, 3), Move(12, 5, 9, ((1, 9),)), Move(1, 0, 2), Move(5, 6, 9, ((5, 9),))]
    with pytest.raises(CollisionError) as raised:
        carry(Policy.FIFO, *columns(moves), accounts=ACCOUNTS, labels=13, least=1)
    assert raised.value.event == 3


def test_ledgers_given_at_once_end_as_they_would_alone_and_the_first_error_is_told() -> None:
    moves = [Move(12, 0, 9, ((1, 4),)), Move(0, 1, 5)]
    taints = [Taint(policy, accounts=ACCOUNTS, labels=6) for policy in KEEPING]
    advance_all([(taint, *columns(moves)) for taint in taints], cores=2)
    for policy, taint in zip(KEEPING, taints, strict=True):
        alone = Taint(policy, accounts=ACCOUNTS, labels=6)
        alone.advance(*columns(moves))
        assert taint.holdings() == alone.holdings()
    idle = columns([Move(0, 0, 1, ((1, 1),))])
    with pytest.raises(RunError, match="moves nothing"):
        advance_all([(taints[0], *columns(moves)), (taints[1], *idle)])
