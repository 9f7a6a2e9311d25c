"""Long queues: whatever form they are kept in, they say what the plain-Python reference says, and stay small."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.hot_wallets import OUTSIDE, all_but_the_sink, hot_wallets, swept
from tests.tracing.kernels import advance, new_taint, run_reference, state_of
from tests.tracing.reference import Book, Move

from clew.errors import RunError
from clew.tracing.lots import NODES, USED
from clew.tracing.policies import Policy

QUEUES = (Policy.FIFO, Policy.LIFO)
NEVER = 1 << 12
"""A size of chunks at which no queue of a test becomes a rope."""

examples = settings(max_examples=25, derandomize=True, deadline=None)


@pytest.mark.parametrize("policy", QUEUES)
@examples
@given(moves=hot_wallets(), chunk=st.sampled_from([2, 4, 7]), sink=st.booleans())
def test_queues_that_become_ropes_say_what_the_reference_says(
    policy: Policy, moves: list[Move], chunk: int, sink: bool
) -> None:
    follows = all_but_the_sink(moves) if sink else None
    taint = new_taint(policy, moves, width=64, capacity=2, chunk=chunk)
    advance(taint, moves, follows)
    assert state_of(taint) == run_reference(policy, moves, follows)


def test_those_ledgers_do_make_ropes() -> None:
    """At least half of them end with one; else the test above would prove little."""
    ends = 0
    for seed in range(20):
        moves = swept(seed, bits=40, length=120)
        taint = new_taint(Policy.FIFO, moves, width=64, chunk=4)
        advance(taint, moves)
        ends += taint.ropes() > 0
    assert ends >= 10


def deposits(count: int) -> list[Move]:
    """As many thefts, paid into account 0."""
    return [Move(OUTSIDE, 0, 10, ((1 + 5 * at, 10),)) for at in range(count)]


@pytest.mark.parametrize("policy", QUEUES)
def test_a_queue_is_a_rope_from_the_first_time_that_many_lots_move(policy: Policy) -> None:
    """With chunks of 4: a list of up to 8 runs moves as a list; a rope of one lot is a list again."""
    moves = [*deposits(20), Move(0, 1, 80), Move(0, 1, 120), Move(1, 2, 189)]
    taint = new_taint(policy, moves, width=64, chunk=4)
    ropes = []
    for move in moves:
        advance(taint, [move], [True] * 7)
        ropes.append(taint.ropes())
    assert ropes == [0] * 20 + [0, 1, 2]
    advance(taint, [Move(2, 1, 189), Move(1, 3, 180)], [True] * 7)
    assert taint.ropes() == 2
    advance(taint, [Move(1, 3, 19)], [True] * 7)
    assert taint.ropes() == 1


@pytest.mark.parametrize("policy", QUEUES)
def test_the_form_of_a_queue_changes_no_record_and_no_unit(policy: Policy) -> None:
    moves = swept(5, bits=20, length=400)
    states = []
    for chunk in (3, 16, NEVER):
        taint = new_taint(policy, moves, width=64, chunk=chunk)
        advance(taint, moves)
        states.append((taint.ropes() > 0, taint.records(), state_of(taint)))
    assert [roped for roped, _, _ in states] == [True, True, False]
    assert states[0][1:] == states[1][1:] == states[2][1:]


@pytest.mark.parametrize("policy", QUEUES)
def test_a_wallet_that_is_swept_for_ever_takes_no_more_memory(policy: Policy) -> None:
    """Chunks that a cut left small join their neighbours, and those given back are used again."""
    chance = random.Random(1)
    lots, chunk = 600, 8
    moves = deposits(lots)
    for _ in range(3000):
        sender = chance.randrange(3)
        moves.append(Move(sender, (sender + chance.randint(1, 2)) % 3, chance.randrange(1, 6000)))
    taint = new_taint(policy, moves, width=64, chunk=chunk)
    advance(taint, moves)
    counters = taint.save()["counters"]
    assert taint.ropes() > 0
    # Two neighbours hold more than a chunk's lots: at most one chunk for each half of its lots, and for every end.
    # A cut makes at most one lot more, and what was spent beyond what was held lies between.
    found = len(taint.holding_columns()[0])
    assert found < 2 * lots + len(moves) // 2
    assert int(counters[NODES]) <= 2 * 2 * found // chunk + 20
    assert int(counters[USED]) <= lots + 100


@pytest.mark.parametrize("policy", QUEUES)
def test_a_rope_whose_units_no_longer_fit_the_width_is_refused(policy: Policy) -> None:
    most = 2**64 - 1
    moves = [Move(OUTSIDE, 0, most // 8, ((1 + 5 * at, most // 8),)) for at in range(20)]
    moves += [Move(0, 1, most), Move(0, 1, most)]
    taint = new_taint(policy, moves, width=64, chunk=2)
    with pytest.raises(RunError, match="does not fit 64 bits"):
        advance(taint, moves)
    assert Book(policy).run(moves).peak >= 2**64


@pytest.mark.slow
@pytest.mark.parametrize("policy", QUEUES)
@examples
@given(moves=hot_wallets(bits=100), chunk=st.sampled_from([2, 4]))
def test_ropes_of_128_bits_say_what_the_reference_says(policy: Policy, moves: list[Move], chunk: int) -> None:
    taint = new_taint(policy, moves, width=128, chunk=chunk)
    advance(taint, moves)
    assert state_of(taint) == run_reference(policy, moves)
