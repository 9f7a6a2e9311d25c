"""Speed of the five typologies at once on one core, beside plain Python and one of them in DuckDB SQL.

Two ledgers are made here, chunk by chunk, so that a long one needs no room. *Skewed*: the accounts of ``clew simulate
--ledger``, an account's share of the activity falling as 1 / rank, its numbers scattered over memory. *Even*: every
account as likely, so that each transfer touches two lines that no cache has. Both take a year, as a chain's history
does. Time is the kernel's alone, over the whole ledger from an empty state. Plain Python and SQL answer the same
question as the kernel on the first transfers, and the answers are compared.

Run ``python -m benchmarks.typologies [tiny|usual|full]``; usual takes about half a minute, full 50 M accounts and 300 M
transfers.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from benchmarks.table import Row, Scale, print_rows
from numba import njit

from clew.typologies.kernel import FAN_OUT, STRUCTURING, Transfers
from clew.typologies.rules import AssetRule, Rules, read_rules
from clew.typologies.watcher import CHUNK, ROW_BYTES, Watcher

SIZES = {Scale.TINY: (200_000, 50_000), Scale.USUAL: (30_000_000, 5_000_000), Scale.FULL: (300_000_000, 50_000_000)}
"""Transfers and accounts."""
PEERS = {Scale.TINY: (20_000, 100_000), Scale.USUAL: (300_000, 5_000_000), Scale.FULL: (300_000, 20_000_000)}
"""Transfers that plain Python and SQL are given."""
YEAR, START = 365 * 86_400, 1_735_689_600
THRESHOLD = 10**10


class Ledger(NamedTuple):
    """How its transfers are drawn."""

    transfers: int
    accounts: int
    skewed: bool

    def chunks(self, stop: int | None = None) -> Iterator[Transfers]:
        """The transfers, or the first of them."""
        for first in range(0, stop or self.transfers, CHUNK):
            count = min(CHUNK, (stop or self.transfers) - first)
            time_ = START + (first + np.arange(count, dtype=np.int64)) * YEAR // self.transfers
            sender, receiver, amount = _drawn(count, self.accounts, first + 1, self.skewed)
            yield Transfers(sender, receiver, amount, time_)


@njit(cache=True)
def _account(accounts, bits, skewed):
    if skewed:
        octave = np.random.randint(0, bits)
        rank = (1 << octave) | np.random.randint(0, 1 << octave)
    else:
        rank = np.random.randint(0, accounts)
    return rank * 2_654_435_761 % accounts


@njit(cache=True)
def _drawn(count, accounts, seed, skewed):
    np.random.seed(seed)
    bits = 0
    while (1 << (bits + 1)) <= accounts:
        bits += 1
    sender, receiver = np.empty(count, np.int32), np.empty(count, np.int32)
    amount = np.empty(count, np.uint64)
    for at in range(count):
        sender[at], receiver[at] = _account(accounts, bits, skewed), _account(accounts, bits, skewed)
        amount[at] = (1_000_000 << 32) // (np.random.randint(0, 1 << 32) + 1)
    return sender, receiver, amount


def made_rules() -> Rules:
    """The rules that ship, with a threshold for the ledger's one asset."""
    rules = read_rules()
    return Rules(rules.version, rules.numbers, "", "", {"coin": AssetRule(THRESHOLD)})


def run_kernel(rules: Rules, ledger: Ledger) -> tuple[float, int, int]:
    """Seconds, alerts, bytes an account."""
    watcher = Watcher(rules, "coin", accounts=ledger.accounts)
    watcher.lines.view(np.uint64)[:] = 0  # so that the system has given every page
    seconds, alerts = 0.0, 0
    for part in ledger.chunks():
        begun = time.perf_counter()
        found = watcher.advance(part)
        seconds += time.perf_counter() - begun
        alerts += len(found.event)
    return seconds, alerts, watcher.lines.nbytes // watcher.accounts


def in_python(rules: Rules, parts: list[Transfers]) -> tuple[float, int]:
    """Two of the five, fan-out and structuring, with dictionaries, as one would write them first; alerts found."""
    rows = [zip(*(column.tolist() for column in part), strict=True) for part in parts]
    fan, band = (list(rules.numbers.values())[place] for place in (0, 3))
    low = THRESHOLD * (1000 - band["below"]) // 1000
    payees: dict[int, set[int]] = defaultdict(set)
    opened: dict[int, int] = {}
    repeats: dict[int, int] = {}
    count: dict[int, int] = defaultdict(int)
    alerts = 0
    begun = time.perf_counter()
    for part in rows:
        for sender, receiver, amount, now in part:
            if sender == receiver:
                continue
            if now - opened.get(sender, 0) > fan["window"]:
                opened[sender] = now
                payees[sender] = set()
            before = len(payees[sender])
            payees[sender].add(receiver)
            alerts += before < fan["counterparties"] == len(payees[sender])
            if low <= amount < THRESHOLD:
                if now - repeats.get(sender, 0) > band["window"]:
                    repeats[sender], count[sender] = now, 0
                count[sender] += 1
                alerts += count[sender] == band["repeats"]
    return time.perf_counter() - begun, alerts


def in_sql(rules: Rules, parts: list[Transfers]) -> tuple[float, int]:
    """One of the five, fan-out by calendar day in place of windows that open at a payment; accounts found."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("sender", "receiver", "time")}
    fan = next(iter(rules.numbers.values()))
    db: Any = duckdb.connect(config={"threads": 1})
    db.register("given", pa.table(columns))
    db.execute("CREATE TABLE moved AS SELECT * FROM given")
    begun = time.perf_counter()
    ((found,),) = db.execute(
        "SELECT count(*) FROM (SELECT sender FROM moved WHERE sender <> receiver GROUP BY sender, time // ?"
        " HAVING count(DISTINCT receiver) >= ?)",
        [fan["window"], fan["counterparties"]],
    ).fetchall()
    return time.perf_counter() - begun, found


def rows(scale: Scale) -> Iterator[Row]:
    """All figures."""
    transfers, accounts = SIZES[scale]
    rules = made_rules()
    run_kernel(rules, Ledger(1000, 100, skewed=True))
    size = f"{accounts / 1e6:g} M accounts, {transfers / 1e6:g} M transfers"
    rates = {}
    for skewed in (True, False):
        seconds, alerts, width = run_kernel(rules, Ledger(transfers, accounts, skewed))
        name = "skewed" if skewed else "even"
        rates[name] = transfers / seconds / 1e6
        note = f"{alerts:,} alerts"
        yield Row(f"five typologies at once, {name}, {size}", rates[name], "M transfers/s", 30.0, note=note)
        if skewed:
            yield Row("five typologies at once, state", width, "bytes an account", ROW_BYTES, less=True)
    few, more = PEERS[scale]
    ledger = Ledger(transfers, accounts, skewed=True)
    parts = list(ledger.chunks(few))
    seconds, found = in_python(rules, parts)
    watcher = Watcher(rules, "coin")
    kinds = np.concatenate([watcher.advance(part).typology for part in parts])
    same = int(((kinds == FAN_OUT) | (kinds == STRUCTURING)).sum())
    note = f"two of the five, {few:,} transfers: {found:,} alerts, the kernel {same:,} by marks"
    yield Row("the kernel over plain Python", rates["skewed"] / (few / seconds / 1e6), "times", note=note)
    seconds, found = in_sql(rules, list(ledger.chunks(more)))
    note = f"one of the five by calendar day, one thread, {more:,} transfers: {found:,} accounts and days"
    yield Row("the kernel over DuckDB SQL", rates["skewed"] / (more / seconds / 1e6), "times", note=note)


def main() -> None:
    """Print the table."""
    print_rows(rows(Scale.of(sys.argv)))


if __name__ == "__main__":
    main()
