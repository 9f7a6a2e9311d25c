"""Where the rows of an account stand in a list that is sorted by account.

Two forms. *Dense*: ``table[account]`` is its first row, ``table[account + 1]`` the row behind its last; four bytes for
each account there is. *Sparse*: one entry of eight bytes for each account that has rows, found by a table of buckets;
for a list that knows few of the accounts, such as that of one day.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import inlined, kernel

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_LOAD = 4
"""Entries of a bucket, on average."""


class Directory(NamedTuple):
    """Account -> rows. `n` rows, `accounts` accounts, `k` of them with rows."""

    shift: int
    """Sparse: ``account >> shift`` is its bucket."""
    table: Any
    """``uint32[accounts + 1]``: first row; sparse: ``uint32[buckets + 1]``: first entry."""
    entries: Any
    """``uint64[k + 1]``: account and first row, 32 bits each, the last one for the end; dense: empty."""

    @property
    def active(self) -> int:
        """Accounts that have rows; of a dense one, at most so many."""
        return len(self.entries) - 1 if len(self.entries) else len(self.table) - 1

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays by name."""
        return {"table": self.table, "entries": self.entries}


def is_dense(accounts: int, active: int) -> bool:
    """Whether the dense form is the smaller one."""
    return accounts <= 2 * active


def directory_of(keys: Any, accounts: int) -> Directory:
    """The directory of a list whose rows are `keys`: ``uint64[n]``, sorted, the account in the upper half."""
    active = int(count_accounts(keys))
    if is_dense(accounts, active):
        table = np.empty(accounts + 1, np.uint32)
        fill_dense(keys, table)
        return Directory(0, table, np.zeros(0, np.uint64))
    entries = np.empty(active + 1, np.uint64)
    fill_entries(keys, entries)
    return sparse_directory(entries, accounts)


def sparse_directory(entries: Any, accounts: int) -> Directory:
    """The directory that has these entries."""
    shift = max(0, max(accounts - 1, 0).bit_length() - max(1, len(entries) // _LOAD).bit_length())
    table = np.empty((max(accounts - 1, 0) >> shift) + 2, np.uint32)
    fill_buckets(entries, table, np.uint64(32 + shift))
    return Directory(shift, table, entries)


@inlined
def find(directory, account):
    """First row of an account and the row behind its last; equal where it has none."""
    table, entries = directory.table, directory.entries
    if len(entries) == 0:
        if account + 1 >= len(table):
            return np.int64(0), np.int64(0)
        return np.int64(table[account]), np.int64(table[account + 1])
    at = position(directory, account)
    if at + 1 >= len(entries) or np.int64(entries[at] >> _HALF) != account:
        return np.int64(0), np.int64(0)
    return np.int64(entries[at] & _LOW), np.int64(entries[at + 1] & _LOW)


@kernel
def rows_of(directory, account):
    """`find`, from Python."""
    return find(directory, account)


@kernel
def rows_before(directory, account):
    """`first_row`, from Python."""
    return first_row(directory, account)


@inlined
def position(directory, account):
    """The first entry of a sparse directory whose account is not below `account`."""
    table, entries = directory.table, directory.entries
    bucket = account >> directory.shift
    if bucket + 1 >= len(table):
        return np.int64(len(entries) - 1)
    low, high = np.int64(table[bucket]), min(np.int64(table[bucket + 1]), np.int64(len(entries) - 1))
    while low < high:
        middle = (low + high) >> 1
        if np.int64(entries[middle] >> _HALF) < account:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def first_row(directory, account):
    """The first row of all accounts that are not below `account`."""
    table, entries = directory.table, directory.entries
    if len(entries) == 0:
        return np.int64(table[min(account, len(table) - 1)])
    return np.int64(entries[position(directory, account)] & _LOW)


@inlined
def approach(directory, account, stage):
    """Ask for the memory that `find` will read, the table first (stage 0), the entries later (stage 1)."""
    table, entries = directory.table, directory.entries
    slot = account if len(entries) == 0 else account >> directory.shift
    if slot >= len(table):
        return
    if stage == 0:
        prefetch_to_read(table, np.int64(slot))
    elif len(entries) > 0:
        prefetch_to_read(entries, np.int64(table[slot]))


@inlined
def owner(directory, owners, row):
    """The account that a row belongs to; `owners` as `fill_owners` makes them."""
    table, entries = directory.table, directory.entries
    low, high = np.int64(owners[row >> 6]), np.int64(owners[(row >> 6) + 1])
    dense = len(entries) == 0
    high = min(high, np.int64((len(table) if dense else len(entries)) - 2))
    low = min(low, high)
    while low < high:
        middle = (low + high + 1) >> 1
        first = np.int64(table[middle]) if dense else np.int64(entries[middle] & _LOW)
        if first <= row:
            low = middle
        else:
            high = middle - 1
    return low if dense else np.int64(entries[low] >> _HALF)


@kernel
def fill_owners(directory, owners):
    """``owners[i]``: account (sparse: entry) that row ``64 * i`` belongs to; the last element: the last one."""
    table, entries = directory.table, directory.entries
    dense = len(entries) == 0
    count = len(table) - 1 if dense else len(entries) - 1
    at = 0
    for holder in range(count):
        end = np.int64(table[holder + 1]) if dense else np.int64(entries[holder + 1] & _LOW)
        while at < len(owners) - 1 and at << 6 < end:
            owners[at] = holder
            at += 1
    while at < len(owners):
        owners[at] = max(count - 1, 0)
        at += 1


@kernel
def count_accounts(keys):
    """How many accounts the sorted keys are of."""
    count = 0
    for row in range(len(keys)):
        count += row == 0 or keys[row] >> _HALF != keys[row - 1] >> _HALF
    return count


@kernel
def fill_dense(keys, table):
    """First row of each account."""
    account = 0
    for row in range(len(keys)):
        while account <= np.int64(keys[row] >> _HALF):
            table[account] = row
            account += 1
    while account < len(table):
        table[account] = len(keys)
        account += 1


@kernel
def fill_entries(keys, entries):
    """An entry for each account that has keys, and the one for the end."""
    count = 0
    for row in range(len(keys)):
        if row == 0 or keys[row] >> _HALF != keys[row - 1] >> _HALF:
            entries[count] = (keys[row] & ~_LOW) | np.uint64(row)
            count += 1
    entries[count] = ~_LOW | np.uint64(len(keys))


@kernel
def fill_buckets(entries, table, shift):
    """First entry of each bucket."""
    bucket = 0
    for entry in range(len(entries) - 1):
        while bucket <= np.int64(entries[entry] >> shift):
            table[bucket] = entry
            bucket += 1
    while bucket < len(table):
        table[bucket] = len(entries) - 1
        bucket += 1


@kernel
def add_degrees(directory, first, counts):
    """Add to ``counts[i]`` the rows of account ``first + i``."""
    table, entries = directory.table, directory.entries
    if len(entries) == 0:
        for account in range(first, min(first + len(counts), len(table) - 1)):
            counts[account - first] += table[account + 1] - table[account]
        return
    entry = position(directory, first)
    while entry + 1 < len(entries) and np.int64(entries[entry] >> _HALF) < first + len(counts):
        rows = (entries[entry + 1] & _LOW) - (entries[entry] & _LOW)
        counts[np.int64(entries[entry] >> _HALF) - first] += np.uint32(rows)
        entry += 1


@kernel
def degrees_of(directory, accounts, counts):
    """Add to ``counts[i]`` the rows of ``accounts[i]``."""
    for i in range(len(accounts)):
        if i + 24 < len(accounts):
            approach(directory, np.int64(accounts[i + 24]), 0)
        if i + 12 < len(accounts):
            approach(directory, np.int64(accounts[i + 12]), 1)
        first, last = find(directory, np.int64(accounts[i]))
        counts[i] += last - first
