"""Kernels that take seconds to compile, compiled before the tests where several processes share a run: each by one.

Where no compiled code is kept yet, every process would else compile all of them, at the same time as the others. A step
calls kernels with the types that the tests call them with; where it no longer does, a test compiles them itself, and
nothing but time is lost. What a step computes is for the tests to judge.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np


def _queues(width: int) -> None:
    from tests.tracing.hot_wallets import swept
    from tests.tracing.kernels import advance, new_taint, state_of

    from clew.tracing.policies import Policy

    moves = swept(0, bits=40, length=120)
    taint = new_taint(Policy.FIFO, moves, width=width, chunk=4)
    advance(taint, moves)
    state_of(taint)


def _wide_queues() -> None:
    _queues(128)


def _narrow_queues() -> None:
    _queues(64)


def _bare() -> None:
    """As the benchmarks run them, without origin units and records, and as an exposure does, with one label."""
    from clew.tracing.policies import Policy
    from clew.tracing.taint import Events, Marks, Taint
    from clew.tracing.uint128 import pack

    columns = np.zeros(1, np.int32), np.ones(1, np.int32)
    for policy, width, labels in BARE:
        taint = Taint(Policy(policy), accounts=2, labels=labels, width=width, origins=False, record=False)
        follows = np.ones(2, np.bool_) if labels == 2 else None
        taint.advance(Events(*columns, pack([10], width=width), follows), Marks.of([(0, 1, 7)], width=width))
        taint.holdings()


BARE = (("fifo", 64, 5), ("haircut", 64, 5), ("haircut", 64, 2), ("haircut", 128, 2))


def _pools() -> None:
    from tests.tracing.kernels import advance, new_taint, state_of
    from tests.tracing.reference import Move

    from clew.tracing.policies import Policy

    moves = [Move(0, 1, 10, ((1, 7),)), Move(1, 2, 4)]
    for policy in (Policy.HAIRCUT, Policy.POISON):
        for width in (64, 128):
            taint = new_taint(policy, moves, width=width)
            advance(taint, moves)
            state_of(taint)


def _index() -> None:
    from tests.index.ledgers import indexed

    from clew.tracing.indexed import trace_index
    from clew.tracing.policies import Policy

    with TemporaryDirectory() as folder:
        index = indexed(Path(folder), [(0, 1, 10), (1, 2, 1 << 64), (2, 3, 4)])
        index.walk([(3, 2)], backward=True, complete=True)
        trace_index(index, [(1, 0)], Policy.HAIRCUT, most=100)


def _blocks() -> None:
    from tests.chains.test_rawblock import BITCOIN, GENESIS

    from clew.chains.networks import find_network
    from clew.chains.rawblock import output_owners, parse_block

    output_owners(parse_block(GENESIS), find_network(BITCOIN))


def _addresses() -> None:
    import pyarrow as pa

    from clew.chains.bulk import check_addresses

    check_addresses(pa.array(["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]))


def _matchings() -> None:
    from clew.links.matchings import shares

    shares(np.array([0, 0]), np.array([0, 1]), np.ones(2), np.zeros(2), 1, 2, sweeps=2)


def _typologies() -> None:
    from tests.typologies.test_kernel import columns

    from clew.typologies.rules import read_rules
    from clew.typologies.watcher import Watcher

    rules = read_rules()
    for width in (64, 128):
        Watcher(rules, next(iter(rules.assets)), width=width).advance(columns([(0, 1, 10, 1)], width=width))


class Step(NamedTuple):
    """Kernels that are compiled together, and the file of tests that waits for them most."""

    run: Callable[[], None]
    tests: str


STEPS = (
    Step(_wide_queues, "tracing/test_ropes.py"),
    Step(_narrow_queues, "tracing/test_ropes.py"),
    Step(_blocks, "chains/test_rawblock.py"),
    Step(_index, "index/test_reach.py"),
    Step(_bare, "tracing/test_taint.py"),
    Step(_pools, "tracing/test_taint.py"),
    Step(_addresses, "chains/test_bulk.py"),
    Step(_typologies, "typologies/test_kernel.py"),
    Step(_matchings, "links/test_matchings.py"),
)
"""Dealt out in turn, so that the shares of two take about as long as each other."""


def compile_share(worker: int, workers: int, collected: Collection[str]) -> None:
    """Run one worker's share of the steps whose tests were collected."""
    wanted = [step for step in STEPS if f"tests/{step.tests}" in collected]
    for step in wanted[worker::workers]:
        step.run()
