"""The taint kernels: equal to a plain-Python reference on random ledgers, and true to the laws of each policy."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import (
    KEEPING,
    WIDTHS,
    State,
    advance,
    by_label,
    new_taint,
    run_kernel,
    run_reference,
    state_of,
)
from tests.tracing.reference import Book, CollidedError, Move

from clew.errors import RunError
from clew.tracing.policies import Policy
from clew.tracing.taint import CollisionError, Events, Marks, Taint, _check_marks
from clew.tracing.uint128 import pack

ACCOUNTS = 6
"""Accounts that pay each other."""
OUTSIDE = 10
"""Those a theft takes from: one each, so that no theft takes another's units."""
CONVERSION = 20
"""A conversion's own account, one each."""
SINKS = (4, 5)
"""Accounts that are not followed, where a test has such."""

examples = settings(max_examples=40)
account = st.integers(0, ACCOUNTS - 1)


def amounts(most: int) -> st.SearchStrategy[int]:
    """Few units as often as many: at few units every division leaves a remainder."""
    return st.integers(0, 20) | st.integers(0, most) | st.integers(most - 5, most)


@st.composite
def ledgers(
    draw: st.DrawFn,
    *,
    bits: int = 48,
    thefts: int = 3,
    conversions: bool = True,
    grades: bool = True,
    longest: int = 30,
    lowest: int = 0,
) -> list[Move]:
    """Moves among few accounts: thefts (a part, a whole, or two at once), conversions, self-transfers, zeros, and
    accounts that spend more than they ever received. Sums stay below ``2**(bits + 8)``."""
    amount = amounts(2**bits).filter(lambda value: value >= lowest)
    grade = st.integers(0, 4) if grades else st.just(0)
    moves = draw(
        st.lists(st.builds(Move, account, account, amount, grade=grade), min_size=3, max_size=longest), label="moves"
    )
    for theft in range(draw(st.integers(1, thefts))):
        moved = draw(amount.filter(bool))
        stolen = [(1 + 5 * theft, draw(st.integers(1, moved)))]
        rest = moved - stolen[0][1]
        if thefts > 1 and rest and draw(st.booleans()):
            stolen.append((1 + 5 * ((theft + 1) % thefts), draw(st.integers(1, rest))))
        at = draw(st.integers(0, len(moves)))
        moves.insert(at, Move(OUTSIDE + theft, draw(account), moved, tuple(sorted(stolen)), grade=draw(grade)))
    for swap in range(draw(st.integers(0, 2)) if conversions else 0):
        at, node = draw(st.integers(0, len(moves))), CONVERSION + swap
        paid = draw(st.lists(st.builds(Move, account, st.just(node), amount), max_size=3))
        given_out = draw(amount.filter(bool))
        moves[at:at] = [*paid, Move(node, draw(account), given_out, converts=True, grade=draw(grade))]
    return moves


def followed(accounts: int = CONVERSION + 4) -> list[bool]:
    return [at not in SINKS for at in range(accounts)]


def stolen_of(moves: Sequence[Move]) -> dict[int, int]:
    """Units stolen, by theft."""
    sums: dict[int, int] = {}
    for move in moves:
        for label, amount in move.stolen:
            sums[(label - 1) // 5] = sums.get((label - 1) // 5, 0) + amount
    return sums


def origins_of(state: State) -> dict[int, int]:
    """Origin units standing anywhere, by theft."""
    sums: dict[int, int] = {}
    for labels in state.held.values():
        for label, (_, origin) in labels.items():
            sums[(label - 1) // 5] = sums.get((label - 1) // 5, 0) + origin
    return sums


# --- the kernel and the reference agree


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", Policy)
@examples
@given(data=st.data())
def test_the_kernel_says_what_the_reference_says(policy: Policy, width: int, data: st.DataObject) -> None:
    moves = data.draw(ledgers(bits=width - 16))
    follows = followed() if data.draw(st.booleans(), label="with sinks") else None
    assert run_kernel(policy, moves, width=width, follows=follows) == run_reference(policy, moves, follows)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(data=st.data())
def test_amounts_at_the_edge_of_the_width_are_exact_or_refused(policy: Policy, width: int, data: st.DataObject) -> None:
    """Near 2**63 and 2**64, or 2**127 and 2**128: never a wrapped sum, nor a refusal where every sum fits."""
    near = data.draw(st.sampled_from([width, width - 1, width - 2]))
    moves = data.draw(ledgers(bits=near - 1, longest=8))
    moves = [replace(move, amount=move.amount + 2 ** (near - 1) - 1) if move.amount > 20 else move for move in moves]
    moves = [replace(move, amount=min(move.amount, 2**width - 1)) for move in moves]
    found = _unless_refused(policy, moves, width)
    if found is None:
        assert Book(policy).run(moves).peak >= 2**width
    else:
        assert found == run_reference(policy, moves)


def _unless_refused(policy: Policy, moves: list[Move], width: int) -> State | None:
    try:
        return run_kernel(policy, moves, width=width)
    except RunError:
        return None


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize(
    ("amount", "width"), [(2**63, 64), (2**64 - 1, 64), (2**64, 128), (2**127 + 1, 128), (2**128 - 1, 128)]
)
def test_one_great_amount_is_carried_to_the_unit(policy: Policy, amount: int, width: int) -> None:
    moves = [Move(9, 0, amount, ((1, amount // 2 + 1),)), Move(0, 1, amount // 3), Move(0, 2, amount - amount // 3)]
    found = run_kernel(policy, moves, width=width)
    assert found == run_reference(policy, moves)
    assert sum(units for labels in found.held.values() for units, _ in labels.values()) == amount // 2 + 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", KEEPING)
def test_a_balance_beyond_the_width_is_refused_when_it_is_to_be_scaled(policy: Policy, width: int) -> None:
    """A conversion needs the sum of what came in: two halves of 2**width are one unit too many."""
    half = 2 ** (width - 1)
    moves = [Move(9, 20, half, ((1, half),)), Move(8, 20, half, ((5, half),)), Move(20, 0, 100, converts=True)]
    with pytest.raises(RunError, match=f"does not fit {width} bits"):
        run_kernel(policy, moves, width=width)


# --- laws of every policy that keeps value


@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(moves=ledgers(), sinks=st.booleans())
def test_no_unit_is_lost_or_made_at_any_step(policy: Policy, moves: list[Move], sinks: bool) -> None:
    follows = followed() if sinks else None
    taint = new_taint(policy, moves, width=128)
    for step in range(len(moves)):
        advance(taint, moves[step : step + 1], follows)
        assert origins_of(state_of(taint)) == stolen_of(moves[: step + 1])


@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(moves=ledgers(conversions=False))
def test_without_conversions_origin_units_are_the_tainted_units(policy: Policy, moves: list[Move]) -> None:
    found = run_kernel(policy, moves, width=128)
    assert all(units == origin for labels in found.held.values() for units, origin in labels.values())


@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(moves=ledgers())
def test_taint_is_between_nothing_and_the_balance_at_every_step(policy: Policy, moves: list[Move]) -> None:
    taint = new_taint(policy, moves, width=128)
    received: dict[int, int] = {}
    for step, move in enumerate(moves):
        advance(taint, moves[step : step + 1])
        state = state_of(taint)
        if move.sender != move.receiver and not move.converts:
            received[move.sender] = received.get(move.sender, 0) - move.amount
            received[move.receiver] = received.get(move.receiver, 0) + move.amount
        elif move.converts:
            received[move.sender] = sum(units for units, _ in state.held.get(move.sender, {}).values())
            received[move.receiver] = received.get(move.receiver, 0) + move.amount
        for where, labels in state.held.items():
            balance = received.get(where, 0) + state.unexplained.get(where, 0)
            assert 0 < sum(units for units, _ in labels.values()) <= balance
        for labels in state.moved.values():
            assert 0 < sum(units for units, _ in labels.values()) <= move.amount


@pytest.mark.parametrize("policy", Policy)
@examples
@given(moves=ledgers(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_any_split_into_batches_gives_the_same_state(policy: Policy, moves: list[Move], cuts: list[int]) -> None:
    """Event numbers of marks and records count from the start of each batch."""
    whole = run_kernel(policy, moves, width=64)
    taint = new_taint(policy, moves, width=64)
    ends = sorted({0, len(moves), *(cut for cut in cuts if cut < len(moves))})
    moved: dict[int, Any] = {}
    for start, end in pairwise(ends):
        advance(taint, moves[start:end])
        moved |= {start + at: labels for at, labels in state_of(taint).moved.items()}
    assert state_of(taint)._replace(moved=moved) == whole


@pytest.mark.parametrize("policy", KEEPING)
@examples
@given(moves=ledgers(), cut=st.integers(0, 40))
def test_a_state_that_is_saved_taken_up_and_widened_goes_on_as_it_would_have(
    policy: Policy, moves: list[Move], cut: int
) -> None:
    labels = 5 + max((label for move in moves for label, _ in move.stolen), default=1)
    everybody = 1 + max((max(move.sender, move.receiver) for move in moves), default=0)
    first = new_taint(policy, moves[:cut], width=64, labels=labels)
    advance(first, moves[:cut])
    again = new_taint(policy, [], width=64, labels=labels)
    again.restore({name: column.copy() for name, column in first.save().items()})
    again.widen(everybody)
    advance(again, moves[cut:], [True] * everybody)
    whole = run_kernel(policy, moves, width=64)
    assert (state_of(again).held, state_of(again).unexplained) == (whole.held, whole.unexplained)


@pytest.mark.parametrize("policy", Policy)
@examples
@given(moves=ledgers(), capacity=st.integers(2, 4))
def test_state_grows_from_room_for_nothing(policy: Policy, moves: list[Move], capacity: int) -> None:
    taint = new_taint(policy, moves, width=64, capacity=capacity)
    advance(taint, moves)
    assert state_of(taint) == run_reference(policy, moves)


@pytest.mark.parametrize("policy", Policy)
def test_many_thefts_in_one_account_grow_the_state(policy: Policy) -> None:
    thefts = 150
    moves = [Move(200 + at, at % 2, 3, ((1 + 5 * at, 2),)) for at in range(thefts)]
    moves += [Move(0, 1, 200), Move(1, 2, 300), Move(2, 3, 7)]
    taint = new_taint(policy, moves, width=64, capacity=2)
    advance(taint, moves)
    assert state_of(taint) == run_reference(policy, moves)


@pytest.mark.parametrize("policy", Policy)
@examples
@given(moves=ledgers(), where=st.integers(0, 40), who=account, amount=st.integers(0, 50))
def test_transfers_to_oneself_and_of_nothing_change_nothing(
    policy: Policy, moves: list[Move], where: int, who: int, amount: int
) -> None:
    at = min(where, len(moves))
    idle = [Move(who, who, amount), Move(who, (who + 1) % ACCOUNTS, 0)]
    found = run_kernel(policy, moves[:at] + idle + moves[at:], width=64)
    plain = run_kernel(policy, moves, width=64)
    assert (found.held, found.unexplained) == (plain.held, plain.unexplained)


@pytest.mark.parametrize("policy", Policy)
def test_two_thefts_of_one_unit_collide(policy: Policy) -> None:
    moves = [Move(9, 0, 10, ((1, 10),)), Move(8, 1, 10), Move(0, 1, 4, ((5, 4),))]
    with pytest.raises(CollisionError) as caught:
        run_kernel(policy, moves, width=64)
    assert caught.value.event == 2
    with pytest.raises(CollidedError):
        run_reference(policy, moves)


@pytest.mark.parametrize("policy", KEEPING)
def test_a_theft_may_take_the_clean_units_of_a_tainted_account(policy: Policy) -> None:
    """Under the policies that draw clean units here; the others refuse rather than count a unit twice."""
    moves = [Move(8, 0, 10), Move(9, 0, 10, ((1, 10),)), Move(0, 1, 4, ((5, 4),))]
    if policy in (Policy.FIFO, Policy.CLEAN_FIRST):
        assert run_kernel(policy, moves, width=64).held == {0: {1: (10, 10)}, 1: {5: (4, 4)}}
    else:
        with pytest.raises(CollisionError):
            run_kernel(policy, moves, width=64)


@pytest.mark.parametrize("policy", KEEPING)
def test_a_theft_larger_than_its_transfer_is_refused(policy: Policy) -> None:
    with pytest.raises(RunError, match="larger than its transfer"):
        run_kernel(policy, [Move(9, 0, 10, ((1, 7), (5, 4)))], width=64)


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("idle", [Move(0, 0, 10, ((1, 10),)), Move(9, 0, 0, ((1, 10),))])
def test_a_theft_on_a_transfer_that_moves_nothing_is_refused(policy: Policy, idle: Move) -> None:
    """The kernels pass such transfers over, and the theft would be lost unseen."""
    with pytest.raises(RunError, match="moves nothing"):
        run_kernel(policy, [idle, Move(8, 1, 5, ((5, 5),))], width=64)


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize(
    ("label", "graded", "refused"),
    [(-1, False, True), (0, False, True), (1, True, False), (7, False, False), (7, True, True), (8, False, True)],
)
def test_a_label_that_the_run_has_no_room_for_is_refused(
    policy: Policy, label: int, graded: bool, refused: bool
) -> None:
    """With grades there must be room for the weakest label of the theft, too: here 10 of the second one."""
    taint = Taint(policy, accounts=3, labels=8, width=64)
    columns = np.array([2, 2], np.int32), np.array([0, 0], np.int32), pack([9, 9], width=64), np.ones(3, np.bool_)
    events = Events(*columns, np.zeros(2, np.bool_), np.zeros(2, np.int8) if graded else None)
    marks = Marks.of([(0, 1, 3), (1, label, 3)], width=64)
    if refused:
        with pytest.raises(RunError, match=f"event 1: a theft is marked with label {label}, in a run of 8 labels"):
            taint.advance(events, marks)
        assert not taint.holdings().where
    else:
        _check_marks(events, marks, taint.labels)


@pytest.mark.parametrize("policy", KEEPING)
def test_a_run_may_leave_origins_and_records_out(policy: Policy) -> None:
    """As the benchmark does: without conversions origin units are the tainted units."""
    taint = Taint(policy, accounts=3, labels=6, width=64, origins=False, record=False)
    columns = np.array([2, 0], np.int32), np.array([0, 1], np.int32), pack([10, 4], width=64)
    taint.advance(Events(*columns), Marks.of([(0, 5, 7)], width=64))
    moves = [Move(2, 0, 10, ((5, 7),)), Move(0, 1, 4)]
    assert by_label(taint.holdings()) == run_reference(policy, moves).held
    with pytest.raises(RunError, match="no records"):
        taint.records()


def test_progress_is_told_of_each_stretch_of_a_long_run() -> None:
    count = (1 << 20) + 1
    told: list[tuple[int, int]] = []
    taint = Taint(Policy.POISON, accounts=2, labels=5, width=64)
    columns = (np.zeros(count, np.int32), np.ones(count, np.int32), np.ones(count, np.uint64), np.ones(2, np.bool_))
    events = Events(*columns, np.zeros(count, np.bool_), np.zeros(count, np.int8))
    taint.advance(events, Marks.of([], width=64), progress=lambda at, of: told.append((at, of)))
    assert told == [(1 << 20, count), (count, count)]


# --- laws of single policies


@pytest.mark.parametrize("policy", [Policy.FIFO, Policy.LIFO, Policy.DIRTY_FIRST, Policy.CLEAN_FIRST])
@examples
@given(data=st.data())
def test_splitting_a_transfer_in_two_changes_nothing(policy: Policy, data: st.DataObject) -> None:
    """One theft and one grade: between several, pro rata shares are rounded at each draw."""
    moves = data.draw(ledgers(thefts=1, conversions=False, grades=False))
    whole, halves = run_kernel(policy, moves, width=64), run_kernel(policy, _split(moves, data), width=64)
    assert (halves.held, halves.unexplained) == (whole.held, whole.unexplained)


@examples
@given(data=st.data())
def test_splitting_a_haircut_transfer_moves_at_most_one_unit(data: st.DataObject) -> None:
    """Seen at the split itself: what the sender keeps and what the receiver gets."""
    moves = data.draw(ledgers(thefts=1, conversions=False, grades=False))
    last = Move(data.draw(account), data.draw(account), data.draw(amounts(2**48)))
    first = data.draw(st.integers(0, last.amount))
    whole = run_kernel(Policy.HAIRCUT, [*moves, last], width=64)
    pieces = [replace(last, amount=first), replace(last, amount=last.amount - first)]
    halves = run_kernel(Policy.HAIRCUT, [*moves, *pieces], width=64)
    for who in (last.sender, last.receiver):
        assert abs(_units(whole, who) - _units(halves, who)) <= 1


def _split(moves: list[Move], data: st.DataObject) -> list[Move]:
    """The moves with one of those that carry no mark cut in two at equal position."""
    at = data.draw(st.sampled_from([i for i, move in enumerate(moves) if not move.stolen]))
    first = data.draw(st.integers(0, moves[at].amount))
    pieces = [replace(moves[at], amount=first), replace(moves[at], amount=moves[at].amount - first)]
    return moves[:at] + pieces + moves[at + 1 :]


def _units(state: State, who: int) -> int:
    return sum(units for units, _ in state.held.get(who, {}).values())


@examples
@given(moves=ledgers())
def test_what_fifo_taints_is_poisoned(moves: list[Move]) -> None:
    poisoned = run_kernel(Policy.POISON, moves, width=64).held
    for where, labels in run_kernel(Policy.FIFO, moves, width=64).held.items():
        assert labels.keys() <= poisoned[where].keys()


# --- haircut is linear in what was stolen


def forward(moves: Sequence[Move], sources: Sequence[Fraction]) -> dict[int, Fraction]:
    """Haircut in exact rationals: taint by account, where ``sources[i]`` units are put in at move `i`."""
    taint: dict[int, Fraction] = {}
    for move, share, source in zip(moves, _shares(moves), sources, strict=True):
        drawn = taint.get(move.sender, Fraction(0)) * share
        taint[move.sender] = taint.get(move.sender, Fraction(0)) - drawn
        taint[move.receiver] = taint.get(move.receiver, Fraction(0)) + drawn + source
    return taint


def backward(moves: Sequence[Move], target: int) -> list[Fraction]:
    """How much of one unit put in at each move reaches `target`: one sweep from the last move to the first."""
    reach = {target: Fraction(1)}
    weights = []
    for move, share in reversed(list(zip(moves, _shares(moves), strict=True))):
        there = reach.get(move.receiver, Fraction(0))
        weights.append(there)
        reach[move.sender] = reach.get(move.sender, Fraction(0)) * (1 - share) + there * share
    return weights[::-1]


def _shares(moves: Sequence[Move]) -> list[Fraction]:
    """The part of its balance that each move takes from the sender, who is completed where he spends too much."""
    balance: dict[int, int] = {}
    shares = []
    for move in moves:
        held = max(balance.get(move.sender, 0), move.amount)
        shares.append(Fraction(0) if move.sender == move.receiver or not move.amount else Fraction(move.amount, held))
        if move.sender != move.receiver:
            balance[move.sender] = held - move.amount
            balance[move.receiver] = balance.get(move.receiver, 0) + move.amount
    return shares


single = ledgers(thefts=1, conversions=False, grades=False, bits=20, longest=20)


@examples
@given(moves=single, data=st.data())
def test_a_backward_pass_answers_all_sources_of_an_account_at_once(moves: list[Move], data: st.DataObject) -> None:
    count = len(moves)
    sources = data.draw(st.lists(st.fractions(0, 100), min_size=count, max_size=count))
    ends = forward(moves, sources)
    for target in range(ACCOUNTS):
        weights = backward(moves, target)
        assert ends.get(target, Fraction(0)) == sum(s * w for s, w in zip(sources, weights, strict=True))


@examples
@given(moves=single)
def test_the_integer_haircut_stays_within_a_unit_a_transfer_of_the_rational_one(moves: list[Move]) -> None:
    """Each draw rounds by less than one unit, and no later draw makes an old error greater."""
    sources = [Fraction(sum(units for _, units in move.stolen)) for move in moves]
    ends, found = forward(moves, sources), run_kernel(Policy.HAIRCUT, moves, width=64)
    for who in range(ACCOUNTS):
        assert abs(_units(found, who) - ends.get(who, Fraction(0))) <= len(moves)
