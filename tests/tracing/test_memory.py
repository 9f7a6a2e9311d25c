"""Memory: said in advance, and refused where the machine has not got it."""

import numpy as np
import pytest
from tests.tracing.kernels import advance, new_taint
from tests.tracing.reference import Move

from clew.errors import RunError
from clew.tracing import memory
from clew.tracing.memory import Need, in_words, require
from clew.tracing.policies import Policy
from clew.tracing.queue_store import enlarged
from clew.tracing.taint import Events, Marks, Taint


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a megabyte left."""
    monkeypatch.setattr(memory, "available_memory", lambda: 10**6)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("policy", Policy)
def test_accounts_that_do_not_fit_are_refused_before_the_run(policy: Policy) -> None:
    with pytest.raises(RunError, match=r"needs up to .* for accounts.* of memory, and 1\.0 MB are free") as caught:
        Taint(policy, accounts=1_000_000, labels=5)
    assert caught.value.where == f"a {policy} run over 1,000,000 accounts"
    assert "a machine with more memory" in caught.value.mend


@pytest.mark.usefixtures("small")
def test_transfers_that_could_make_too_many_lots_are_refused_before_the_first() -> None:
    taint = Taint(Policy.FIFO, accounts=2, labels=5, width=64)
    count = 70_000
    columns = np.zeros(count, np.int32), np.ones(count, np.int32), np.ones(count, np.uint64)
    with pytest.raises(RunError, match="for lots"):
        taint.advance(Events(*columns), Marks.of([(0, 1, 1)], width=64))
    assert not taint.holdings().where


def test_a_need_is_an_upper_bound_of_what_the_lots_take() -> None:
    """Each transfer splits one lot at most, and each mark makes one: 24 bytes a lot in 64 bits with origin units."""
    moves = [Move(2, 0, 9, ((1, 9),)), Move(0, 1, 2), Move(0, 1, 2)]
    taint = new_taint(Policy.FIFO, moves, width=64, capacity=2)
    events = Events(np.array([2, 0, 0], np.int32), np.array([0, 1, 1], np.int32), np.array([9, 2, 2], np.uint64))
    assert taint.need(events, Marks.of([(0, 1, 9)], width=64)) == Need(0, 2 * 24)
    advance(taint, moves)
    assert len(taint.holding_columns()[0]) <= 4


def test_growth_is_refused_when_it_no_longer_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.ones((100, 2), np.uint64)
    monkeypatch.setattr(memory, "available_memory", lambda: 10_000)
    with pytest.raises(RunError, match="the state of a taint run"):
        enlarged(rows, 10_000)
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    grown = enlarged(rows, 10_000)
    assert grown.shape[0] >= 10_000
    assert grown[:100].all()
    assert not grown[100:].any()


def test_growing_costs_in_proportion_to_what_is_there() -> None:
    """A quarter more each time: a million runs grow from a thousand in some thirty steps."""
    rows, steps = np.zeros((1000, 2), np.uint64), 0
    while len(rows) < 1_000_000:
        rows = enlarged(rows, len(rows) + 1)
        steps += 1
    assert steps <= 31


def test_lots_that_are_given_back_are_used_again() -> None:
    """Ten thousand thefts come and go over an account that never holds more than one."""
    moves = [move for at in range(2000) for move in (Move(2, 0, 5, ((1, 5),)), Move(3, 0, 5), Move(0, 1, 10))]
    taint = new_taint(Policy.FIFO, moves, width=64, capacity=64)
    advance(taint, moves)
    assert len(taint.save()["runs"]) <= 4001


def test_a_byte_more_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 700)
    with pytest.raises(RunError, match="up to 701 bytes"):
        require(Need(700, 1), where="here")
    require(Need(700, 0), where="here")


def test_sizes_are_told_as_people_say_them() -> None:
    assert [in_words(size) for size in (999_999, 1_950_000, 5 * 10**9)] == ["999,999 bytes", "1.9 MB", "5.0 GB"]
    assert str(Need(10**9, 2 * 10**9, 0)) == "3.0 GB (1.0 GB for accounts, 2.0 GB for lots)"
