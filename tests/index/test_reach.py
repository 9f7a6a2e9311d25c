"""Walks over an index, in time and against it, find what a search through the ledger finds; and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index.ledgers import Rows, indexed, ledgers, reached, reaching, time_of

from clew.errors import InputError, VerificationError
from clew.index import Index, Reach, build_index, opened
from clew.index import busy as busy_accounts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("indexes")


def told(reach: Reach) -> list[tuple[int, int, int, int]]:
    """(ordinal, sender, receiver, amount) of every transfer; an account outside is -1."""
    wide = reach.amount if reach.amount.ndim == 2 else np.stack([reach.amount, 0 * reach.amount], axis=1)
    accounts = [*reach.accounts.tolist(), -1]
    return [
        (int(reach.ordinal[i]), accounts[reach.sender[i]], accounts[reach.receiver[i]], int(low) | int(high) << 64)
        for i, (low, high) in enumerate(wide)
    ]


def of_ledger(rows: list[tuple[int, int, int]], ordinals: list[int]) -> list[tuple[int, int, int, int]]:
    return [(at, *rows[at]) for at in ordinals]


@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_a_walk_finds_the_transfers_that_can_carry_taint_and_no_other(folder: Path, data: st.DataObject) -> None:
    rows = data.draw(ledgers())
    at = data.draw(st.integers(0, len(rows) - 1))
    until = data.draw(st.integers(0, len(rows) - 1))
    index = indexed(folder, rows, data)
    found = index.walk([(rows[at][1], at)], until=until)
    assert told(found) == of_ledger(rows, reached(rows, rows[at][1], at, until, set()))
    assert index.times_of(found.ordinal).tolist() == [time_of(ordinal) for ordinal in found.ordinal]
    back = index.walk([(rows[at][1], at)], until=until, backward=True)
    assert told(back) == of_ledger(rows, reaching(rows, rows[at][1], at, until, set()))


@settings(max_examples=40, derandomize=True)
@given(data=st.data())
def test_where_more_is_reached_than_may_be_the_horizon_is_nearer_and_all_within_it_is_there(
    folder: Path, data: st.DataObject
) -> None:
    rows = data.draw(ledgers())
    at, most = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(1, 8))
    index = indexed(folder, rows, data)
    for backward, search in ((False, reached), (True, reaching)):
        found = index.walk([(rows[at][1], at)], most=most, backward=backward)
        assert told(found) == of_ledger(rows, search(rows, rows[at][1], at, found.horizon, set()))
        far = 0 if backward else len(rows) - 1
        everything = search(rows, rows[at][1], at, far, set())
        assert found.cut == (len(everything) > most)
        assert len(found.ordinal) == min(most, len(everything))
        assert found.cut or found.horizon == far


@settings(max_examples=40, derandomize=True)
@given(data=st.data())
def test_a_busy_account_is_reached_and_not_walked_on_from(folder: Path, data: st.DataObject) -> None:
    rows = data.draw(ledgers())
    least = data.draw(st.integers(1, 10))
    with pytest.MonkeyPatch.context() as patch:
        for module in (busy_accounts, opened):
            patch.setattr(module, "BUSY", 0)
        index = indexed(folder, rows, data)
        at = data.draw(st.integers(0, len(rows) - 1))
        found = index.walk([(rows[at][1], at)], busy=least)
    ends = [account for sender, receiver, _ in rows for account in (sender, receiver)]
    stops = {account for account in ends if ends.count(account) > least}
    assert told(found) == of_ledger(rows, reached(rows, rows[at][1], at, len(rows) - 1, stops))
    met = {rows[at][1], *(receiver for _, _, receiver, _ in told(found))}
    assert {int(found.accounts[i]) for i in np.flatnonzero(found.since <= found.horizon)} == met
    assert {int(found.accounts[i]) for i in np.flatnonzero(found.followed)} == met - stops


@settings(max_examples=40, derandomize=True)
@given(data=st.data())
def test_completed_it_has_every_transfer_of_those_who_pay_on(folder: Path, data: st.DataObject) -> None:
    rows = data.draw(ledgers())
    at = data.draw(st.integers(0, len(rows) - 1))
    source = rows[at][1]
    found = indexed(folder, rows, data).walk([(source, at)], complete=True)
    on = reached(rows, source, at, len(rows) - 1, set())
    paying = {source, *(rows[ordinal][0] for ordinal in on)}
    assert found.ordinal.tolist() == [
        ordinal for ordinal, row in enumerate(rows) if row[0] in paying or row[1] in paying
    ]
    for ordinal, sender, receiver, amount in told(found):
        assert amount == rows[ordinal][2]
        assert sender in (rows[ordinal][0], -1)
        assert receiver in (rows[ordinal][1], -1)


def test_a_long_chain_and_a_large_fan_are_reached_whole(folder: Path) -> None:
    chain = [(i, i + 1, 5) for i in range(3_000)]
    fan = [(3_000, 4_000 + i, 1) for i in range(9_000)]
    index = indexed(folder, chain + fan)
    assert len(index.walk([(1, 0)]).ordinal) == 2_999 + 9_000
    assert len(index.walk([(12_999, 11_999)], backward=True).ordinal) == 3_001


def test_bounds_that_cannot_be_are_refused(folder: Path) -> None:
    index = indexed(folder, [(1, 2, 3)])
    with pytest.raises(InputError, match="cannot be"):
        index.walk([(2, 0)], most=0)
    with pytest.raises(InputError, match="cannot be"):
        index.walk([(2, 0)], busy=5)


def test_a_torn_segment_is_refused_by_the_walk_and_not_followed_out_of_its_file(tmp_path: Path) -> None:
    build_index(tmp_path, Rows([(0, 1, 5), (1, 2, 5), (2, 3, 5)]), memory=1 << 30)
    index = Index.open(tmp_path)
    place = tmp_path / index.manifest.segments[0].folder / "out-table"
    table = np.fromfile(place, "<u4")
    table[2:] = 1 << 31
    del index
    table.tofile(place)
    torn = Index.open(tmp_path)
    with pytest.raises(VerificationError, match="not what was written"):
        torn.walk([(1, 0)])
    with pytest.raises(VerificationError, match="not what was written"):
        torn.check()
