"""Vectors with known answers, worked out by hand from the definitions of the policies.

Account vectors: deposits in the order given, then spends. UTXO vectors: a transaction's transient account takes the
inputs in order and gives the outputs in order, the fee last. ``T`` is tainted, ``A`` to ``C`` are thefts told apart,
``c`` is clean. Each holds for the kernels in both widths and for the reference. Two policies of the literature are not
offered, so they have no column here: "taint in, highest out", and seniority, which for a transaction is dirty-first
over its outputs in index order.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest
from tests.tracing.kernels import KEEPING, WIDTHS, State, run_kernel, run_reference
from tests.tracing.reference import Move

from clew.tracing.policies import Policy

FIFO, LIFO, HAIRCUT, DIRTY, CLEAN = (
    Policy.FIFO,
    Policy.LIFO,
    Policy.HAIRCUT,
    Policy.DIRTY_FIRST,
    Policy.CLEAN_FIRST,
)
LABELS = {"T": 1, "A": 1, "B": 6, "C": 11}
PURSE = 0
"""The account under test; those that pay in stand below 100, those that are paid from 100 on."""


def pay_in(text: str, to: int, sender: int) -> Move:
    """``T3``: 3 stolen units; ``c7``: 7 clean ones."""
    name, amount = text[0], int(text[1:])
    return Move(sender, to, amount, () if name == "c" else ((LABELS[name], amount),))


def through(deposits: str, spends: Sequence[int], *, account: int = PURSE) -> list[Move]:
    """Deposits, each from another sender, then spends, each to another receiver."""
    paid = [pay_in(text, account, 50 + at) for at, text in enumerate(deposits.split())]
    return paid + [Move(account, 100 + at, amount) for at, amount in enumerate(spends)]


def spent(state: State, count: int) -> list[dict[str, int]]:
    """What each spend carried, by the theft's letter."""
    names = {1: "A", 6: "B", 11: "C"}
    return [{names[x]: units for x, (units, _) in state.held.get(100 + at, {}).items()} for at in range(count)]


@pytest.fixture(params=["reference", *WIDTHS], ids=lambda width: f"{width}")
def run(request: pytest.FixtureRequest) -> "Runner":
    """The reference, and the kernel in each width."""
    return Runner(request.param)


class Runner(NamedTuple):
    """One of the engines the vectors are held against."""

    width: int | str

    def __call__(self, policy: str, moves: Sequence[Move]) -> State:
        if isinstance(self.width, str):
            return run_reference(policy, moves)
        return run_kernel(policy, moves, width=self.width)

    def taint(self, policy: str, moves: Sequence[Move], spends: int) -> list[int]:
        """Tainted units of each spend."""
        return [sum(labels.values()) for labels in spent(self(policy, moves), spends)]


ONE_EACH = [1] * 10
ACCOUNT_VECTORS: dict[str, tuple[str, list[int], Mapping[Policy, list[int]]]] = {
    "K1": ("T3 c7", [5], {HAIRCUT: [1], FIFO: [3], LIFO: [0], DIRTY: [3], CLEAN: [0]}),
    "K1x10": ("T30 c70", [50], {HAIRCUT: [15], FIFO: [30], LIFO: [0], DIRTY: [30], CLEAN: [0]}),
    "K2": (
        "c2 T3 c5",
        ONE_EACH,
        {
            HAIRCUT: [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
            FIFO: [0, 0, 1, 1, 1, 0, 0, 0, 0, 0],
            LIFO: [0, 0, 0, 0, 0, 1, 1, 1, 0, 0],
            DIRTY: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
            CLEAN: [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
        },
    ),
    "K3": (
        "c2 T3 c5",
        [4, 4, 2],
        {HAIRCUT: [1, 1, 1], FIFO: [2, 1, 0], LIFO: [0, 3, 0], DIRTY: [3, 0, 0], CLEAN: [0, 1, 2]},
    ),
    "K4": (
        "T100 c200",
        [7, 7, 7, 279],
        {
            HAIRCUT: [2, 2, 2, 94],
            FIFO: [7, 7, 7, 79],
            LIFO: [0, 0, 0, 100],
            DIRTY: [7, 7, 7, 79],
            CLEAN: [0, 0, 0, 100],
        },
    ),
    "K5": (
        "T1 c2",
        [1, 1, 1],
        {HAIRCUT: [0, 0, 1], FIFO: [1, 0, 0], LIFO: [0, 0, 1], DIRTY: [1, 0, 0], CLEAN: [0, 0, 1]},
    ),
}


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize("vector", ACCOUNT_VECTORS)
def test_an_account_pays_out_by_the_rule(vector: str, policy: Policy, run: Runner) -> None:
    deposits, spends, expected = ACCOUNT_VECTORS[vector]
    assert run.taint(policy, through(deposits, spends), len(spends)) == expected[policy]


@pytest.mark.parametrize("vector", ACCOUNT_VECTORS)
def test_poison_marks_every_spend(vector: str, run: Runner) -> None:
    deposits, spends, _ = ACCOUNT_VECTORS[vector]
    held = run(Policy.POISON, through(deposits, spends)).held
    assert all(1 in held[100 + at] for at in range(len(spends)))


def carried(text: str) -> list[dict[str, int]]:
    """``A1 B4 / c5``: what each spend carries; clean units are told by what is left."""
    return [{part[0]: int(part[1:]) for part in spend.split() if part[0] != "c"} for spend in text.split("/")]


@pytest.mark.parametrize(
    ("deposits", "spends", "policy", "expected"),
    [
        pytest.param("A4 B6 c5", [3, 5, 7], FIFO, "A3 / A1 B4 / B2 c5", id="K6 fifo"),
        pytest.param("A4 B6 c5", [3, 5, 7], LIFO, "c3 / c2 B3 / B3 A4", id="K6 lifo"),
        pytest.param("A4 B6 c5", [3, 5, 7], HAIRCUT, "A1 B1 c1 / A1 B2 c2 / A2 B3 c2", id="K6 haircut"),
        pytest.param("A1 B1", [1, 1], HAIRCUT, "A1 / B1", id="K7"),
        pytest.param("A3 B3 C3", [4, 4, 1], HAIRCUT, "A2 B1 C1 / A1 B2 C1 / C1", id="K8"),
        pytest.param(
            "A50 B30 c20",
            [33, 33, 33, 1],
            HAIRCUT,
            "A16 B10 c7 / A16 B10 c7 / A17 B10 c6 / A1",
            id="K9",
        ),
    ],
)
def test_several_thefts_share_a_spend(
    deposits: str, spends: list[int], policy: str, expected: str, run: Runner
) -> None:
    assert spent(run(policy, through(deposits, spends)), len(spends)) == carried(expected)


def test_k10_clean_money_paid_in_later_does_not_bring_back_the_lowest_balance(run: Runner) -> None:
    """Clean-first is the rule of the lowest intermediate balance (Roscoe v Winder [1915])."""
    moves = [pay_in("T10", PURSE, 50), pay_in("c5", PURSE, 51), Move(PURSE, 100, 12)]
    assert run.taint(CLEAN, moves, 1) == [7]
    assert run(CLEAN, moves).held[PURSE] == {1: (3, 3)}
    moves += [pay_in("c20", PURSE, 52), Move(PURSE, 101, 15)]
    assert run.taint(CLEAN, moves, 2) == [7, 0]
    assert run(CLEAN, moves).held[PURSE] == {1: (3, 3)}
    # 5 clean and 3 tainted units are left: the clean ones leave first again.
    assert run.taint(CLEAN, [*moves, Move(PURSE, 102, 5), Move(PURSE, 103, 3)], 4) == [7, 0, 0, 3]


UTXO_VECTORS: dict[str, tuple[str, list[int], Mapping[Policy, list[int]]]] = {
    "U1": (
        "T3 c7",
        [4, 5, 1],
        {HAIRCUT: [1, 1, 1], FIFO: [3, 0, 0], LIFO: [0, 2, 1], CLEAN: [0, 2, 1], DIRTY: [3, 0, 0]},
    ),
    "U2": (
        "c7 T3",
        [4, 5, 1],
        {HAIRCUT: [1, 1, 1], FIFO: [0, 2, 1], LIFO: [3, 0, 0], CLEAN: [0, 2, 1], DIRTY: [3, 0, 0]},
    ),
    "U3": (
        "T60 c40",
        [30, 50, 19, 1],
        {
            HAIRCUT: [18, 30, 11, 1],
            FIFO: [30, 30, 0, 0],
            LIFO: [0, 40, 19, 1],
            CLEAN: [0, 40, 19, 1],
            DIRTY: [30, 30, 0, 0],
        },
    ),
    "U4": (
        "T3 c7",
        [5, 5, 0],
        {HAIRCUT: [1, 2, 0], FIFO: [3, 0, 0], LIFO: [0, 3, 0], CLEAN: [0, 3, 0], DIRTY: [3, 0, 0]},
    ),
    "U5": (
        "c2 T3 c5",
        [1, 6, 2, 1],
        {
            HAIRCUT: [0, 2, 0, 1],
            FIFO: [0, 3, 0, 0],
            LIFO: [0, 2, 1, 0],
            CLEAN: [0, 0, 2, 1],
            DIRTY: [1, 2, 0, 0],
        },
    ),
}
"""Inputs; outputs in index order, then the fee."""


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize("vector", UTXO_VECTORS)
def test_a_transaction_pays_its_outputs_in_order_and_the_fee_last(vector: str, policy: Policy, run: Runner) -> None:
    inputs, outputs, expected = UTXO_VECTORS[vector]
    state = run(policy, through(inputs, outputs))
    assert [sum(labels.values()) for labels in spent(state, len(outputs))] == expected[policy]
    assert PURSE not in state.held


def test_u6_fees_are_followed_into_the_coinbase(run: Runner) -> None:
    """The coinbase transaction takes the subsidy first, then the fees in the order of their transactions."""
    coinbase, first, second = 1, 2, 3
    moves = [
        Move(60, coinbase, 50),
        *[pay_in(text, first, 61 + at) for at, text in enumerate(("c6", "T4"))],
        Move(first, 110, 5),
        Move(first, 111, 3),
        Move(first, coinbase, 2),
        *[pay_in(text, second, 63 + at) for at, text in enumerate(("T5", "c5"))],
        Move(second, 112, 7),
        Move(second, coinbase, 3),
    ]
    assert run(FIFO, moves).held[coinbase] == {1: (2, 2)}
    assert run.taint(FIFO, [*moves, Move(coinbase, 100, 51), Move(coinbase, 101, 4)], 2) == [1, 1]
    # c50 T1, then T1 c3: the taint is the last unit of the first output and the first of the second.
    pieces = [Move(coinbase, 100, 50), Move(coinbase, 101, 1), Move(coinbase, 102, 1), Move(coinbase, 103, 3)]
    assert run.taint(FIFO, [*moves, *pieces], 4) == [0, 1, 1, 0]


SATOSHI = 100_000_000
FEE = 10_000


def regtest_chain(*, follow_fees: bool) -> list[Move]:
    """The chain of citp/BlockSci's regtest test of taint, by its published figures.

    A tainted output of 1 BTC less a fee is merged with 2 BTC less a fee, and the result with 12 BTC less two fees, into
    a final output of 15 BTC less six fees. `follow_fees`: into the coinbase outputs of the two blocks.
    """
    miners = [120, 121] if follow_fees else [130, 130]
    return [
        Move(50, 1, SATOSHI - FEE, ((1, SATOSHI - FEE),)),
        Move(51, 1, 2 * SATOSHI - FEE),
        Move(1, 2, 3 * SATOSHI - 3 * FEE),
        Move(1, miners[0], FEE),
        Move(52, 2, 12 * SATOSHI - 2 * FEE),
        Move(2, 100, 15 * SATOSHI - 6 * FEE),
        Move(2, miners[1], FEE),
    ]


def test_published_regtest_haircut_figures(run: Runner) -> None:
    moves = regtest_chain(follow_fees=False)
    merged = run(HAIRCUT, moves[:4])
    assert merged.held == {2: {1: (99_986_666, 99_986_666)}, 130: {1: (3_334, 3_334)}}
    assert run.taint(HAIRCUT, moves, 1) == [99_985_999]


def test_published_regtest_haircut_with_fees_followed_adds_up_at_every_height(run: Runner) -> None:
    moves = regtest_chain(follow_fees=True)
    for height in (1, 4, 7):
        held = run(HAIRCUT, moves[:height]).held
        assert sum(units for labels in held.values() for units, _ in labels.values()) == 99_990_000


def test_published_regtest_poison_marks_all_of_the_output(run: Runner) -> None:
    state = run(Policy.POISON, regtest_chain(follow_fees=False))
    assert state.held[100] == {1: (0, 0)}
    assert state.moved.keys() == {0, 2, 3, 5, 6}
