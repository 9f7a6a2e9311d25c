"""Speed of the taint kernels, beside peers that do a part of the same job, all on ledgers made here.

Two ledgers. *Skewed*: Clew's own simulated one (`clew.simulate.ledger`), in which an account's share of the activity
falls as 1 / rank, as on real chains; most transfers carry taint soon. *Even*: every account is as busy as any other, so
that nearly every touch of one misses the cache; real chains are not like that, and memory alone decides it. In both a
thousand deposits are thefts, under one label for the pool policies, told apart for FIFO and LIFO; 128-bit amounts are
those of 64 bits times 10**9, so that sums fill the upper half.

Run ``python -m benchmarks.taint [tiny|usual|full]``: two minutes and 3 GB, or 300 million transfers among 50 million
accounts (67 million in the skewed ledger) and 14 GB.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import duckdb
import networkx as nx
import numpy as np
from benchmarks.plain import draw
from benchmarks.table import Row, Scale, print_rows
from numba import njit
from scipy.sparse import coo_array

from clew.simulate.ledger import accounts_of
from clew.simulate.ledger_kernel import generate
from clew.tracing.apart import advance_all
from clew.tracing.labels import WIDTH
from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Taint

THEFTS = 1000
SMALL = 200_000
"""Transfers of the ledger on which plain Python runs too, at most."""
ROUNDS = 3
TRANSFERS = {Scale.TINY: 10_000, Scale.USUAL: 20_000_000, Scale.FULL: 300_000_000}
MIDDLE = 20_000_000
"""Transfers on which policies without a goal, and DuckDB and scipy, are measured, at most."""
GOAL = 70
"""Million transfers a second of haircut on one core, with 64-bit amounts."""
CORES = 1.7
"""Times one core that two are to be, with several assets."""


class Ledger(NamedTuple):
    """Transfers between `accounts` accounts; `outside` stands for where new units come from."""

    sender: Any
    receiver: Any
    amount: Any
    accounts: int
    outside: int
    thefts: list[int]

    @property
    def job(self) -> str:
        """Its size, for a row."""
        return f"{len(self.sender):,} transfers, {self.accounts:,} accounts"


@njit
def _even(count, accounts, seed):
    np.random.seed(seed)
    balance = np.zeros(accounts, np.uint64)
    sender, receiver = np.empty(count, np.int32), np.empty(count, np.int32)
    amount = np.empty(count, np.uint64)
    for i in range(count):
        source, target = np.random.randint(0, accounts), np.random.randint(0, accounts)
        held = int(balance[source])
        if held < 1000 or i < count // 50:
            source, value = accounts, np.random.randint(1, 1 << 34)
        else:
            value = held if np.random.random() < 0.3 else np.random.randint(1, held)
            balance[source] -= np.uint64(value)
        balance[target] += np.uint64(value)
        sender[i], receiver[i], amount[i] = source, target, value
    return sender, receiver, amount


def make_ledger(count: int, *, skewed: bool, seed: int = 1) -> Ledger:
    """A ledger of `count` transfers and about a sixth as many accounts."""
    if skewed:
        accounts, outside = accounts_of(count), 0
        sender, receiver, amount = (np.empty(count, kind) for kind in (np.int32, np.int32, np.uint64))
        unused = np.empty(count, np.int8), np.empty(count, np.int8)
        generate(sender, receiver, amount, *unused, np.zeros(accounts, np.uint64), np.array([seed], np.uint64))
    else:
        outside = count // 6
        accounts = outside + 1
        sender, receiver, amount = _even(count, outside, seed)
    deposits = np.flatnonzero(sender == outside)
    thefts = deposits[:: max(1, len(deposits) // THEFTS)][:THEFTS].tolist()
    return Ledger(sender, receiver, amount, accounts, outside, thefts)


def wide(amount: Any) -> Any:
    """The amounts times 10**9, in 128 bits."""
    factor, half = np.uint64(10**9), np.uint64(32)
    low, high = (amount & np.uint64(2**32 - 1)) * factor, (amount >> half) * factor
    found = np.empty((len(amount), 2), np.uint64)
    found[:, 0] = low + (high << half)
    found[:, 1] = (high >> half) + (found[:, 0] < low)
    return found


def new_run(ledger: Ledger, policy: Policy, width: int, *, apart: bool) -> tuple[Taint, Events, Marks]:
    """An empty state, and what to advance it by; thefts told apart, or under one label."""
    labels = 2 if not apart else 1 + WIDTH * len(ledger.thefts)
    factor = 1 if width == 64 else 10**9
    marked = [(e, 1 + WIDTH * k if apart else 1, int(ledger.amount[e]) * factor) for k, e in enumerate(ledger.thefts)]
    taint = Taint(
        policy, accounts=ledger.accounts, labels=labels, width=width, origins=False, record=False, capacity=1 << 21
    )
    amount = ledger.amount if width == 64 else wide(ledger.amount)
    return taint, Events(ledger.sender, ledger.receiver, amount), Marks.of(marked, width=width)


def run_kernel(ledger: Ledger, policy: Policy, width: int, *, apart: bool) -> tuple[float, Taint]:
    """Best seconds of some rounds, and the last state."""
    taint, events, marks = new_run(ledger, policy, width, apart=apart)
    empty = {name: column.copy() for name, column in taint.save().items()} if policy.keeps_value else {}
    best = float("inf")
    for _ in range(ROUNDS):
        if empty:
            taint.restore(empty)
        start = time.perf_counter()
        taint.advance(events, marks)
        best = min(best, time.perf_counter() - start)
    return best, taint


def python_fifo(ledger: Ledger) -> tuple[float, dict[tuple[int, int], int]]:
    """FIFO with deques of [label, amount], as one would write it first."""
    moves = list(zip(ledger.sender.tolist(), ledger.receiver.tolist(), ledger.amount.tolist(), strict=True))
    stolen = {event: k + 1 for k, event in enumerate(ledger.thefts)}
    outside = ledger.outside
    queues: list[deque[list[int]]] = [deque() for _ in range(ledger.accounts)]
    start = time.perf_counter()
    for event, (sender, receiver, amount) in enumerate(moves):
        if sender == receiver:
            continue
        if sender == outside:
            queues[receiver].append([stolen.get(event, 0), amount])
            continue
        draw(queues[sender], queues[receiver], amount)
    seconds = time.perf_counter() - start
    held: dict[tuple[int, int], int] = {}
    for account, queue in enumerate(queues):
        for label, amount in queue:
            if label:
                held[account, label] = held.get((account, label), 0) + amount
    return seconds, held


def python_haircut(ledger: Ledger) -> tuple[float, dict[tuple[int, int], int]]:
    """Haircut with two lists of Python ints."""
    moves = list(zip(ledger.sender.tolist(), ledger.receiver.tolist(), ledger.amount.tolist(), strict=True))
    stolen = set(ledger.thefts)
    outside = ledger.outside
    balance, taint = [0] * ledger.accounts, [0] * ledger.accounts
    start = time.perf_counter()
    for event, (sender, receiver, amount) in enumerate(moves):
        if sender == receiver:
            continue
        if sender == outside:
            moved = amount if event in stolen else 0
        else:
            moved = taint[sender] * amount // balance[sender]
            balance[sender] -= amount
            taint[sender] -= moved
        balance[receiver] += amount
        taint[receiver] += moved
    seconds = time.perf_counter() - start
    return seconds, {(account, 1): units for account, units in enumerate(taint) if units}


def sql_balances(ledger: Ledger) -> float:
    """Seconds of DuckDB for every account's balance: what came in less what went out, by GROUP BY. No taint."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    columns = {"sender": ledger.sender, "receiver": ledger.receiver, "amount": ledger.amount.astype(np.int64)}
    con.register("transfers", columns)
    con.execute("CREATE TABLE moves AS SELECT * FROM transfers")
    start = time.perf_counter()
    con.execute(
        "CREATE TABLE balances AS SELECT account, sum(units) AS units FROM (SELECT receiver AS account, amount AS units"
        " FROM moves UNION ALL SELECT sender, -amount FROM moves) GROUP BY account"
    )
    return time.perf_counter() - start


def matrix_step(ledger: Ledger) -> float:
    """Seconds of scipy for one step of haircut without time: build the matrix of shares, multiply once."""
    taint = np.zeros(ledger.accounts)
    taint[ledger.receiver[ledger.thefts]] = 1
    start = time.perf_counter()
    paid = np.bincount(ledger.sender, ledger.amount, ledger.accounts)
    share = ledger.amount / paid[ledger.sender]
    flow = coo_array((share, (ledger.receiver, ledger.sender)), shape=(ledger.accounts, ledger.accounts)).tocsr()
    assert (flow @ taint).shape == taint.shape
    return time.perf_counter() - start


def reached(ledger: Ledger) -> float:
    """Seconds of networkx for all that a theft's receivers reach, breadth first and without time: at best poison."""
    graph = nx.DiGraph()
    graph.add_edges_from(zip(ledger.sender.tolist(), ledger.receiver.tolist(), strict=True))
    start = time.perf_counter()
    seen = {account for theft in ledger.thefts[:1] for account in nx.bfs_tree(graph, int(ledger.receiver[theft]))}
    assert seen
    return time.perf_counter() - start


def references(count: int) -> Iterator[Row]:
    """The kernels against plain Python, which must say the same, and against networkx."""
    ledger = make_ledger(count, skewed=False)
    for policy, plain in ((Policy.FIFO, python_fifo), (Policy.HAIRCUT, python_haircut)):
        taken, held = plain(ledger)
        seconds, taint = run_kernel(ledger, policy, 64, apart=policy is Policy.FIFO)
        found = taint.holdings()
        labels = [(label - 1) // WIDTH + 1 for label in found.label]
        if dict(zip(zip(found.where, labels, strict=True), found.amount, strict=True)) != held:
            sys.exit(f"{policy}: plain Python gives another answer than the kernel")
        yield Row(f"{policy}, even ledger, {ledger.job}", count / seconds / 1e6, "M transfers/s")
        note = f"the same answer; Clew is {taken / seconds:.0f} times as fast"
        yield Row(f"  plain Python {policy}, {count:,} transfers", count / taken / 1e6, "M transfers/s", note=note)
    seconds, taken = run_kernel(ledger, Policy.POISON, 64, apart=False)[0], reached(ledger)
    note = f"one theft, no time; Clew's poison, with time, is {taken / seconds:.0f} times as fast"
    yield Row(f"  networkx breadth first, {count:,} transfers", count / taken / 1e6, "M transfers/s", note=note)


def goals(count: int, *, skewed: bool) -> Iterator[Row]:
    """Haircut at full width of memory, in both widths of amounts."""
    ledger = make_ledger(count, skewed=skewed)
    job = f"haircut, {'skewed' if skewed else 'even'} ledger, {ledger.job}"
    rates = {}
    for width, goal in ((64, GOAL), (128, GOAL / 2)):
        rates[width] = count / run_kernel(ledger, Policy.HAIRCUT, width, apart=False)[0] / 1e6
        note = (
            "two touches a transfer, as the rows of the machine count them"
            if width == 64
            else f"{rates[128] / rates[64]:.2f} times 64 bits"
        )
        yield Row(f"{job}, {width} bit", rates[width], "M transfers/s", goal, note=note)


def peers(count: int) -> Iterator[Row]:
    """What others do of the same job, at a size where they finish."""
    ledger = make_ledger(count, skewed=True)
    seconds = run_kernel(ledger, Policy.HAIRCUT, 64, apart=False)[0]
    jobs: tuple[tuple[str, Callable[[Ledger], float]], ...] = (
        ("DuckDB: balances by GROUP BY, no taint, one thread", sql_balances),
        ("scipy: one step of haircut without time", matrix_step),
    )
    for job, work in jobs:
        taken = work(ledger)
        note = f"{count:,} transfers; Clew's haircut is {taken / seconds:.1f} times as fast"
        yield Row(f"  {job}", count / taken / 1e6, "M transfers/s", note=note)


def policies(count: int) -> Iterator[Row]:
    """Every other policy, and haircut with the thefts told apart."""
    for skewed in (True, False):
        ledger = make_ledger(count, skewed=skewed)
        for policy in Policy:
            apart = policy in (Policy.FIFO, Policy.LIFO)
            if policy is not Policy.HAIRCUT:
                rate = count / run_kernel(ledger, policy, 64, apart=apart)[0] / 1e6
                job = f"{policy}, {'skewed' if skewed else 'even'} ledger, {ledger.job}"
                yield Row(job, rate, "M transfers/s")
    part = make_ledger(max(1000, count // 10), skewed=False)
    rate = len(part.sender) / run_kernel(part, Policy.HAIRCUT, 128, apart=True)[0] / 1e6
    yield Row(f"haircut, {len(part.thefts):,} thefts told apart, {part.job}, 128 bit", rate, "M transfers/s")


def several(count: int) -> Iterator[Row]:
    """Four assets that share no account: two cores against one."""
    ledgers = [make_ledger(count // 4, skewed=True, seed=seed) for seed in range(1, 5)]
    seconds = {1: float("inf"), 2: float("inf")}
    for _ in range(ROUNDS):
        for cores in seconds:
            runs = [new_run(ledger, Policy.HAIRCUT, 64, apart=False) for ledger in ledgers]
            start = time.perf_counter()
            advance_all(runs, cores=cores)
            seconds[cores] = min(seconds[cores], time.perf_counter() - start)
    note = f"{count / seconds[2] / 1e6:.0f} M transfers/s on two cores, {count / seconds[1] / 1e6:.0f} on one"
    job = f"haircut, four assets, {count:,} transfers, two cores against one"
    yield Row(job, seconds[1] / seconds[2], "times", CORES, note=note)


def rows(scale: Scale) -> Iterator[Row]:
    """All figures."""
    count = TRANSFERS[scale]
    run_kernel(make_ledger(1000, skewed=False), Policy.HAIRCUT, 64, apart=False)
    run_kernel(make_ledger(1000, skewed=False), Policy.HAIRCUT, 128, apart=False)
    for skewed in (True, False):
        yield from goals(count, skewed=skewed)
    yield from several(min(count, 4 * MIDDLE))
    yield from references(min(count, SMALL))
    yield from peers(min(count, MIDDLE))
    if scale is not Scale.TINY:  # a kernel of its own to compile for each
        yield from policies(min(count, MIDDLE))


if __name__ == "__main__":
    print_rows(rows(Scale.of(sys.argv)))
