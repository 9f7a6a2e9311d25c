"""Taint over what a walk reached is taint over the whole ledger, under every policy and against its definition."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index.ledgers import indexed, ledgers, reaching
from tests.tracing.kernels import KEEPING
from tests.tracing.reference import Book, Move

from clew.errors import InputError
from clew.tracing.indexed import events_of, trace_index
from clew.tracing.policies import Policy
from clew.tracing.taint import Marks, Taint

MOST = 10_000


def moves(rows: list[tuple[int, int, int]], stolen: int) -> list[Move]:
    return [Move(*row, stolen=((1, row[2]),) if at == stolen else ()) for at, row in enumerate(rows)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("indexes")


def thefts_in(rows: list[tuple[int, int, int]]) -> list[int]:
    return [at for at, (sender, receiver, _) in enumerate(rows) if sender != receiver]


@pytest.mark.parametrize("policy", KEEPING)
@settings(max_examples=25, derandomize=True)
@given(data=st.data())
def test_taint_over_what_was_reached_is_taint_over_the_whole_ledger(
    folder: Path, policy: Policy, data: st.DataObject
) -> None:
    rows = data.draw(ledgers())
    stolen = data.draw(st.sampled_from(thefts_in(rows) or [-1]))
    until = data.draw(st.integers(max(stolen, 0), len(rows) - 1))
    if stolen < 0:
        return
    found = trace_index(indexed(folder, rows, data), [(rows[stolen][1], stolen)], policy, until=until, most=MOST)
    book = Book(policy).run(moves(rows[: until + 1], stolen))
    assert held(found.reach.accounts, found.holdings.where, found.holdings.amount) == {
        account: sum(units for units, _ in labels.values()) for account, labels in book.tainted().items()
    }
    carried: dict[int, int] = defaultdict(int)
    for where, units in zip(found.records.where, found.records.amount, strict=True):
        carried[int(found.reach.ordinal[where])] += units
    assert carried == {at: sum(units for units, _ in moved.values()) for at, moved in enumerate(book.moved) if moved}
    assert sum(found.holdings.amount) == sum(found.stolen) == rows[stolen][2]


def held(accounts: object, where: list[int], amount: list[int]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for local, units in zip(where, amount, strict=True):
        found[int(accounts[local])] += units  # type: ignore[index]
    return found


@pytest.mark.parametrize("policy", [Policy.FIFO, Policy.HAIRCUT])
@settings(max_examples=25, derandomize=True)
@given(data=st.data())
def test_what_reached_an_account_says_how_much_of_any_theft_it_holds(
    folder: Path, policy: Policy, data: st.DataObject
) -> None:
    rows = data.draw(ledgers())
    at = data.draw(st.sampled_from(range(len(rows))))
    account = rows[at][1]
    index = indexed(folder, rows, data)
    reach = index.walk([(account, at)], backward=True, complete=True)
    stolen = data.draw(st.sampled_from([t for t in thefts_in(rows) if t <= at] or [-1]))
    if stolen < 0:
        return
    book = Book(policy).run(moves(rows[: at + 1], stolen))
    expected = sum(units for units, _ in book.tainted().get(account, {}).values())
    if stolen not in reaching(rows, account, at, 0, set()):
        assert expected == 0, "what a walk against time does not find cannot be held"
        return
    events = events_of(reach)
    width = 128 if events.amount.ndim == 2 else 64
    event = reach.ordinal.tolist().index(stolen)
    taint = Taint(policy, accounts=len(reach.accounts) + 1, labels=6, width=width)
    taint.advance(events, Marks.of([(event, 1, rows[stolen][2])], width=width))
    holdings = taint.holdings()
    assert (
        held(reach.accounts, *outside_apart(holdings.where, holdings.amount, reach.accounts)).get(account, 0)
        == expected
    )


def outside_apart(where: list[int], amount: list[int], accounts: object) -> tuple[list[int], list[int]]:
    """The holdings of accounts that were reached."""
    kept = [i for i, local in enumerate(where) if local < len(accounts)]  # type: ignore[arg-type]
    return [where[i] for i in kept], [amount[i] for i in kept]


def test_a_theft_nobody_received_is_refused(folder: Path) -> None:
    index = indexed(folder, [(1, 2, 10), (2, 3, 4)])
    with pytest.raises(InputError, match="transfer 1 did not pay 2"):
        trace_index(index, [(2, 1)], Policy.FIFO, most=MOST)
    with pytest.raises(InputError, match="twice"):
        trace_index(index, [(2, 0), (2, 0)], Policy.FIFO, most=MOST)


def test_what_a_bound_leaves_out_stays_where_it_was_last(folder: Path) -> None:
    rows = [(0, 1, 100), (1, 2, 60), (2, 3, 50), (3, 4, 40), (4, 5, 30)]
    found = trace_index(indexed(folder, rows), [(1, 0)], Policy.FIFO, most=3)
    assert found.reach.cut
    assert found.reach.horizon == 3
    assert held(found.reach.accounts, found.holdings.where, found.holdings.amount) == {1: 40, 2: 10, 3: 10, 4: 40}
