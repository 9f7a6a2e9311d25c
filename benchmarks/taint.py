"""Speed of the taint kernels on one core: one table of transfers a second and of ratios, all from one run.

The ledger is made here: every account is paid before it pays, a third of all transfers bring new units from outside
(deposits, mined coins), the rest move a part or the whole of what an account holds, to accounts spread evenly or by a
power law. A thousand deposits are thefts. FIFO and LIFO tell all of them apart; haircut, clean-first and dirty-first
carry them under one label, since a thousand labels in every pool are another, larger question (last line).

Run ``python -m benchmarks.taint [transfers]``; 20 million by default, in about two minutes and 3 GB.
"""

import sys
import time
from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from clew.tracing.policies import Policy
from clew.tracing.taint import Events, Marks, Taint

THEFTS = 1000
SMALL = 200_000
"""Transfers of the ledger on which plain Python runs too."""
ROUNDS = 3


class Ledger(NamedTuple):
    """Transfers between `accounts` accounts; the last one stands for the outside."""

    sender: Any
    receiver: Any
    amount: Any
    accounts: int
    thefts: list[int]


@njit
def _transfers(count, accounts, seed, skewed):
    np.random.seed(seed)
    balance = np.zeros(accounts, np.uint64)
    sender, receiver = np.empty(count, np.int32), np.empty(count, np.int32)
    amount = np.empty(count, np.uint64)
    for i in range(count):
        x, y = np.random.random(), np.random.random()
        if skewed:
            x, y = x**3, y**3
        source, target = int(accounts * x) * 40503 % accounts, int(accounts * y) * 40503 % accounts
        held = int(balance[source])
        if held < 1000 or i < count // 50:
            source, value = accounts, np.random.randint(1, 1 << 40)
        else:
            value = held if np.random.random() < 0.3 else np.random.randint(1, held)
            balance[source] -= np.uint64(value)
        balance[target] += np.uint64(value)
        sender[i], receiver[i], amount[i] = source, target, value
    return sender, receiver, amount


def make_ledger(count: int, *, skewed: bool) -> Ledger:
    """A ledger of `count` transfers and a quarter as many accounts."""
    accounts = count // 4
    sender, receiver, amount = _transfers(count, accounts, 1, skewed)
    deposits = np.flatnonzero(sender == accounts)
    thefts = deposits[:: max(1, len(deposits) // THEFTS)][:THEFTS].tolist()
    return Ledger(sender, receiver, amount, accounts + 1, thefts)


def run_kernel(ledger: Ledger, policy: Policy, width: int, *, apart: bool) -> tuple[float, Taint]:
    """Best seconds of some rounds, and the last state."""
    labels = 2 if not apart else 1 + 4 * len(ledger.thefts)
    amount = ledger.amount
    if width == 128:
        amount = np.ascontiguousarray(np.stack([amount, np.zeros_like(amount)], axis=1))
    rows = [(e, 1 + 4 * k if apart else 1, int(ledger.amount[e])) for k, e in enumerate(ledger.thefts)]
    best = float("inf")
    for _ in range(ROUNDS):
        taint = Taint(
            policy, accounts=ledger.accounts, labels=labels, width=width, origins=False, record=False, capacity=1 << 21
        )
        events, marks = Events(ledger.sender, ledger.receiver, amount), Marks.of(rows, width=width)
        start = time.perf_counter()
        taint.advance(events, marks)
        best = min(best, time.perf_counter() - start)
    return best, taint


def python_fifo(ledger: Ledger) -> tuple[float, dict[tuple[int, int], int]]:
    """FIFO with deques of [label, amount], as one would write it first."""
    moves = list(zip(ledger.sender.tolist(), ledger.receiver.tolist(), ledger.amount.tolist(), strict=True))
    stolen = {event: k + 1 for k, event in enumerate(ledger.thefts)}
    outside = ledger.accounts - 1
    queues: list[deque[list[int]]] = [deque() for _ in range(ledger.accounts)]
    start = time.perf_counter()
    for event, (sender, receiver, amount) in enumerate(moves):
        if sender == receiver:
            continue
        if sender == outside:
            queues[receiver].append([stolen.get(event, 0), amount])
            continue
        queue, target = queues[sender], queues[receiver]
        while amount:
            head = queue[0]
            part = min(head[1], amount)
            if target and target[-1][0] == head[0]:
                target[-1][1] += part
            else:
                target.append([head[0], part])
            head[1] -= part
            amount -= part
            if not head[1]:
                queue.popleft()
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
    outside = ledger.accounts - 1
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


def main() -> None:
    """Print the table."""
    count = int(float(sys.argv[1])) if len(sys.argv) > 1 else 20_000_000
    run_kernel(make_ledger(1000, skewed=False), Policy.FIFO, 64, apart=True)
    small = make_ledger(SMALL, skewed=False)
    references = {Policy.FIFO: python_fifo(small), Policy.HAIRCUT: python_haircut(small)}
    print(f"taint, {count:,} transfers, {count // 4:,} accounts, {THEFTS:,} thefts, one core")
    print(f"{'policy':<12} {'ledger':<8} {'bits':>4} {'M transfers/s':>14} {'of 64 bits':>10} {'of plain Python':>16}")
    for policy, (seconds, held) in references.items():
        _, taint = run_kernel(small, policy, 64, apart=policy is Policy.FIFO)
        rows = taint.holdings()
        labels = [(label - 1) // 4 + 1 for label in rows.label]
        same = dict(zip(zip(rows.where, labels, strict=True), rows.amount, strict=True)) == held
        print(f"{policy:<12} {'Python':<8} {'any':>4} {SMALL / seconds / 1e6:>14.2f} {'':>10} {1:>16}", end="")
        print("   same answer as the kernel" if same else "   ANOTHER ANSWER than the kernel")
        if not same:
            sys.exit(1)
    for skewed in (False, True):
        ledger = make_ledger(count, skewed=skewed)
        for policy in Policy:
            apart = policy in (Policy.FIFO, Policy.LIFO)
            rates = {w: count / run_kernel(ledger, policy, w, apart=apart)[0] / 1e6 for w in (64, 128)}
            for width, rate in rates.items():
                name = "skewed" if skewed else "even"
                ratio = ""
                if policy in references:
                    ratio = f"{rate / (SMALL / references[policy][0] / 1e6):.0f}"
                print(
                    f"{policy:<12} {name:<8} {width:>4} {rate:>14.1f} {rate / rates[64]:>10.2f} {ratio:>16}", flush=True
                )
    part = make_ledger(min(count, 2_000_000), skewed=False)
    rate = len(part.sender) / run_kernel(part, Policy.HAIRCUT, 128, apart=True)[0] / 1e6
    print(f"haircut, {THEFTS:,} thefts told apart, {len(part.sender):,} transfers: {rate:.1f} M/s")


if __name__ == "__main__":
    main()
