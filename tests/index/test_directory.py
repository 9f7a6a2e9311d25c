"""Directories: both forms find what a dictionary finds."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.index.compiled import kernel
from clew.index.directory import (
    add_degrees,
    degrees_of,
    directory_of,
    fill_owners,
    is_dense,
    owner,
    rows_before,
    rows_of,
)


@kernel
def _owners(directory: Any, owners: Any, found: Any) -> None:
    for row in range(len(found)):
        found[row] = owner(directory, owners, row)


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[int], int]:
    """The account of each row, sorted, and how many accounts there are."""
    spread = draw(st.sampled_from([3, 40, 2**20]))
    held = sorted(draw(st.lists(st.integers(0, spread), min_size=1, max_size=200)))
    return held, held[-1] + 1 + draw(st.integers(0, 3))


@settings(max_examples=60, derandomize=True)
@given(lists(), st.integers(0, 2**20))
def test_every_account_is_found_with_its_rows(made: tuple[list[int], int], other: int) -> None:
    held, accounts = made
    keys = np.array([account << 32 | row for row, account in enumerate(held)], np.uint64)
    directory = directory_of(keys, accounts)
    assert (len(directory.entries) == 0) == is_dense(accounts, len(set(held)))
    degree = Counter(held)
    for account in {*held, other, accounts - 1, accounts, accounts + 5}:
        first, last = rows_of(directory, account)
        assert held[first:last] == [account] * degree[account]
        assert rows_before(directory, account) == sum(1 for each in held if each < account)
    counts = np.zeros(7, np.uint32)
    add_degrees(directory, held[0], counts)
    assert counts.tolist() == [degree[held[0] + i] for i in range(7)]
    asked = np.array([held[-1], other], np.int64)
    found = np.ones(2, np.int64)
    degrees_of(directory, asked, found)
    assert found.tolist() == [1 + degree[int(account)] for account in asked]


@settings(max_examples=60, derandomize=True)
@given(lists())
def test_every_row_is_found_with_its_account(made: tuple[list[int], int]) -> None:
    held, accounts = made
    directory = directory_of(np.array([account << 32 | row for row, account in enumerate(held)], np.uint64), accounts)
    owners = np.empty(((len(held) + 63) >> 6) + 1, np.uint32)
    fill_owners(directory, owners)
    found = np.empty(len(held), np.int64)
    _owners(directory, owners, found)
    assert found.tolist() == held


@pytest.mark.parametrize(("accounts", "active", "dense"), [(100, 50, True), (101, 50, False)])
def test_the_smaller_form_is_taken(accounts: int, active: int, dense: bool) -> None:
    assert is_dense(accounts, active) == dense
