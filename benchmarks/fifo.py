"""FIFO and LIFO on one core: with full provenance, and where one wallet holds millions of lots and is swept for ever.

The provenance ledger: deposits, each its own theft, and transfers of a part or the whole of what an account holds,
evenly among all accounts. The hot wallet: many lots, each its own theft, in one account; then sweeps of all of it to
another and back, of most, of half, small payments and deposits between them. Peers: plain Python, and the kernel
where no queue may become a rope. The machine's own limit: as many random touches of rows as large as the accounts'.

Run ``python -m benchmarks.fifo [tiny|usual|full]``; full is 100 million transfers, 20 million accounts and 15 million
thefts, and a wallet of 10 million lots, in about four minutes and 8 GB (FIFO in 64 bits takes less than 5 of them, and
says so); usual is a tenth of that.
"""

import resource
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from benchmarks.plain import draw
from benchmarks.table import Row, Scale, print_rows
from numba import njit

from clew.memory import zeros_on_lines
from clew.tracing.labels import WIDTH
from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Taint

TRANSFERS, ACCOUNTS, THEFTS, LOTS, SWEEPS = 100_000_000, 20_000_000, 15_000_000, 10_000_000, 1_000_000
SHARES = {Scale.TINY: 0.001, Scale.USUAL: 0.1, Scale.FULL: 1.0}
"""Of these sizes, what each scale measures."""
SMALL = 0.001
"""The scale at which plain Python runs too, and its answer is held against the kernel's."""
NEVER = 1 << 40
"""A size of chunks at which no queue becomes a rope."""


class Ledger(NamedTuple):
    """Transfers; the last account stands for the outside. Events `marked` are thefts, each of all it moves."""

    sender: Any
    receiver: Any
    amount: Any
    accounts: int
    marked: Any


@njit(cache=True)
def _provenance(count, accounts, thefts, seed):
    """A theft with a chance of `thefts` in `count`, else a transfer from an account that holds something."""
    np.random.seed(seed)
    balance = np.zeros(accounts, np.uint64)
    sender, receiver = np.empty(count, np.int32), np.empty(count, np.int32)
    amount, marked = np.empty(count, np.uint64), np.empty(count, np.int64)
    done = 0
    for i in range(count):
        source, target = np.random.randint(0, accounts), np.random.randint(0, accounts)
        tries = 0
        while balance[source] < 1000 and tries < 64:
            source = np.random.randint(0, accounts)
            tries += 1
        if balance[source] < 1000 or np.random.random() * count < thefts:
            source = accounts
            value = np.random.randint(1 << 20, 1 << 34)
            marked[done] = i
            done += 1
        else:
            held: Any = np.int64(balance[source])
            value = held if np.random.random() < 0.3 else np.random.randint(1, held)
            balance[source] -= np.uint64(value)
        balance[target] += np.uint64(value)
        sender[i], receiver[i], amount[i] = source, target, value
    return sender, receiver, amount, marked[:done].copy()


def provenance(scale: float) -> Ledger:
    """Every deposit its own theft."""
    accounts = int(ACCOUNTS * scale)
    sender, receiver, amount, marked = _provenance(int(TRANSFERS * scale), accounts, int(THEFTS * scale), 1)
    return Ledger(sender, receiver, amount, accounts + 1, marked)


def hot_wallet(lots: int, sweeps: int) -> tuple[Ledger, Ledger]:
    """`lots` thefts into account 0; then sweeps to account 1 and back, payments to others, and thefts between them."""
    rng = np.random.default_rng(1)
    others, outside = 1000, 1002
    amount = rng.integers(1 << 20, 1 << 30, lots, dtype=np.uint64)
    filled = Ledger(np.full(lots, outside, np.int32), np.zeros(lots, np.int32), amount, outside + 1, np.arange(lots))
    held = [int(amount.sum()), 0]
    moves: list[tuple[int, int, int]] = []
    marked: list[int] = []
    draws = rng.random(sweeps).tolist()
    while len(moves) < sweeps:
        for kind in ("all", "deposit", "most", "payment", "all", "half", "deposit", "some", "payment", "all"):
            draw = draws[len(moves) % sweeps]
            source = 0 if held[0] > held[1] else 1
            if kind == "deposit":
                marked.append(len(moves))
                moves.append((outside, source, 1 + int(draw * (1 << 30))))
                held[source] += moves[-1][2]
                continue
            share = {"all": 1.0, "most": 0.8 + draw / 6, "half": 0.5, "some": draw}.get(kind, 0)
            value = held[source] if share == 1.0 else max(1, int(held[source] * share))
            target = 1 - source
            if kind == "payment":
                value, target = min(held[source], 1 << 31), 2 + int(draw * others)
            held[source] -= value
            if target < 2:
                held[target] += value
            moves.append((source, target, value))
    sender, receiver, units = (
        np.array(column, kind)
        for column, kind in zip(zip(*moves, strict=True), (np.int32, np.int32, np.uint64), strict=True)
    )
    return filled, Ledger(sender, receiver, units, outside + 1, np.array(marked, np.int64))


def run(taint: Taint, ledger: Ledger, first_theft: int = 0) -> float:
    """Seconds to carry a ledger through."""
    amount = ledger.amount
    if taint.width == 128:
        amount = np.stack([amount, np.zeros_like(amount)], axis=1)
    labels = (1 + WIDTH * (first_theft + np.arange(len(ledger.marked)))).astype(np.int32)
    events = Events(ledger.sender, ledger.receiver, amount)
    marks = Marks(ledger.marked, labels, amount[ledger.marked])
    start = time.perf_counter()
    taint.advance(events, marks)
    return time.perf_counter() - start


def new_taint(policy: Policy, ledgers: list[Ledger], width: int, **more: Any) -> Taint:
    """An empty state for ledgers of the same accounts, one after the other."""
    accounts, labels = ledgers[0].accounts, 1 + WIDTH * sum(len(ledger.marked) for ledger in ledgers)
    return Taint(policy, accounts=accounts, labels=labels, width=width, origins=False, record=False, **more)


def plain_fifo(ledgers: list[Ledger]) -> tuple[list[float], dict[tuple[int, int], int]]:
    """FIFO with deques of [theft, amount], as one would write it first: seconds for each ledger, and what is held."""
    queues: list[deque[list[int]]] = [deque() for _ in range(ledgers[0].accounts)]
    seconds, thefts, outside = [], 0, ledgers[0].accounts - 1
    for ledger in ledgers:
        moves = list(zip(ledger.sender.tolist(), ledger.receiver.tolist(), ledger.amount.tolist(), strict=True))
        start = time.perf_counter()
        for sender, receiver, amount in moves:
            if sender == receiver:
                continue
            if sender == outside:
                queues[receiver].append([thefts, amount])
                thefts += 1
                continue
            draw(queues[sender], queues[receiver], amount)
        seconds.append(time.perf_counter() - start)
    held: dict[tuple[int, int], int] = {}
    for account, queue in enumerate(queues):
        for theft, amount in queue:
            held[account, theft] = held.get((account, theft), 0) + amount
    return seconds, held


def check(taint: Taint, held: dict[tuple[int, int], int]) -> None:
    """End where the kernel's answer is another than plain Python's."""
    rows = taint.holdings()
    keys = zip(rows.where, [(label - 1) // WIDTH for label in rows.label], strict=True)
    if dict(zip(keys, rows.amount, strict=True)) != held:
        sys.exit("the kernel's answer is not plain Python's")


def check_sum(taint: Taint, ledgers: list[Ledger]) -> None:
    """End where the tainted units of any theft do not add up to it."""
    _, label, amount, _ = taint.holding_columns()
    stolen = np.concatenate([ledger.amount[ledger.marked] for ledger in ledgers])
    held = np.zeros(len(stolen), np.uint64)
    np.add.at(held, (label - 1) // WIDTH, amount if amount.ndim == 1 else amount[:, 0])
    if not np.array_equal(held, stolen):
        sys.exit("a theft does not add up")


@njit(cache=True)
def _touch(rows, count):
    at = np.uint64(1)
    for _ in range(count):
        at = at * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        rows[(at >> np.uint64(33)) % np.uint64(len(rows)), 0] += np.uint64(1)


def touches(accounts: int) -> float:
    """Random rows of 32 bytes changed, in millions a second: no transfer can do with fewer than two."""
    rows, count = zeros_on_lines(accounts, 4), 5_000_000
    _touch(rows, 1)
    rows += np.uint64(1)
    start = time.perf_counter()
    _touch(rows, count)
    return count / (time.perf_counter() - start) / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _provenance_rows(share: float) -> Iterator[Row]:
    ledger = provenance(share)
    count = len(ledger.sender)
    thefts = len(ledger.marked)
    size = f"{ledger.accounts / 1e6:.3g} M accounts, {count / 1e6:.3g} M transfers, {thefts / 1e6:.3g} M thefts"
    rates = {}
    for policy in (Policy.FIFO, Policy.LIFO):
        for width in (64, 128):
            taint = new_taint(policy, [ledger], width)
            rates[width] = count / run(taint, ledger) / 1e6
            goal = (10.0 if width == 64 else 5.0) if policy is Policy.FIFO else None
            yield Row(f"{policy}, {width} bit, {size}", rates[width], "M transfers/s", goal)
            if policy is Policy.FIFO and width == 64:
                yield Row(f"{policy}, {width} bit, most memory, ledger included", _peak(), "GB", 5.0, less=True)
                check_sum(taint, [ledger])
        yield Row(f"{policy}, 128 bit against 64", rates[128] / rates[64], "times", 0.5)


def _hot_rows(share: float) -> Iterator[Row]:
    filled, swept = hot_wallet(int(LOTS * share), int(SWEEPS * min(1.0, 2 * share)))
    size = f"hot wallet, {len(filled.sender) / 1e6:.3g} M lots, {len(swept.sender) / 1e6:.3g} M transfers"
    for policy in (Policy.FIFO, Policy.LIFO):
        taken = {}
        for width in (64, 128):
            taint = new_taint(policy, [filled, swept], width)
            run(taint, filled)
            taken[width] = run(taint, swept, len(filled.marked)) / len(swept.sender) * 1e6
            goal = (2.0 if width == 64 else 4.0) if policy is Policy.FIFO else None
            yield Row(f"{policy}, {width} bit, {size}", taken[width], "us a transfer", goal, less=True)
            check_sum(taint, [filled, swept])
        yield Row(f"{policy}, hot wallet, 128 bit against 64", taken[64] / taken[128], "times", 0.5)


def _compile() -> None:
    """Have every kernel compiled, so that none is while it is measured."""
    ledger = provenance(SMALL / 100)
    filled, swept = hot_wallet(1000, 10)
    for width in (64, 128):
        run(new_taint(Policy.FIFO, [ledger], width), ledger)
        taint = new_taint(Policy.FIFO, [filled, swept], width)
        run(taint, filled)
        run(taint, swept, len(filled.marked))


def _peer_rows() -> Iterator[Row]:
    ledger = provenance(SMALL)
    (seconds,), held = plain_fifo([ledger])
    taint = new_taint(Policy.FIFO, [ledger], 64)
    run(taint, ledger)
    check(taint, held)
    yield Row("plain Python, fifo, 0.1 M transfers", len(ledger.sender) / seconds / 1e6, "M transfers/s")
    filled, swept = hot_wallet(int(LOTS * SMALL), 200)
    (_, seconds), held = plain_fifo([filled, swept])
    taken = {}
    for chunk in (256, NEVER):
        taint = new_taint(Policy.FIFO, [filled, swept], 64, chunk=chunk)
        run(taint, filled)
        taken[chunk] = run(taint, swept, len(filled.marked)) / len(swept.sender) * 1e6
        check(taint, held)
    size = f"hot wallet, {len(filled.sender) / 1e3:.0f} k lots"
    yield Row(f"plain Python, fifo, {size}", seconds / len(swept.sender) * 1e6, "us a transfer", less=True)
    yield Row(f"kernel without ropes, fifo, {size}", taken[NEVER], "us a transfer", less=True)
    yield Row(f"kernel, fifo, {size}", taken[256], "us a transfer", less=True)


def rows(scale: Scale) -> Iterator[Row]:
    """All figures, at a part of the goal's size."""
    share = SHARES[scale]
    _compile()
    yield from _peer_rows()
    yield from _provenance_rows(share)
    yield from _hot_rows(share)
    yield Row("machine: random rows of 32 bytes changed", touches(int(ACCOUNTS * share)), "M touches/s")


def main() -> None:
    """Print the table."""
    print_rows(rows(Scale.of(sys.argv)))


if __name__ == "__main__":
    main()
