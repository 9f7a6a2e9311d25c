"""Whirlpool: the edges of a mix and of a tx0."""

from random import Random

import pytest
from tests.protocols.coinjoin import rounds

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Transaction, Verdict
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.whirlpool import recognise_mix, recognise_tx0

POOL, FEE = 5_000_000, 175_000


def mix(excess: list[int], outputs: int | None = None) -> Transaction:
    random = Random(1)
    spent = [rounds.coin(random, POOL + over) for over in excess]
    paid = [Output(POOL, rounds.address(random)) for _ in range(len(excess) if outputs is None else outputs)]
    return Transaction("00" * 32, tuple(spent), tuple(paid))


def tx0(*others: int, premixes: int = 3, payload: int = 64, excess: int = 5_000) -> Transaction:
    random = Random(1)
    push = bytes([payload]) if payload <= 75 else bytes([0x4C, payload])
    outputs = [Output(0, b"\x6a" + push + bytes(payload))]
    outputs += [Output(value, rounds.address(random)) for value in (*others, *[POOL + excess] * premixes)]
    return rounds.transaction(random, [rounds.coin(random, 10**9)], outputs)


def of_tx0(transaction: Transaction) -> Verdict | None:
    return recognise_tx0(Shape(transaction))


@pytest.mark.parametrize(
    "excess",
    [
        [9_000, 0, 0, 0],
        [9_000] + [0] * 8,
        [0] * 5,
        [9_000] * 5,
        [110_001, 0, 0, 0, 0],
        [9_000, -1, 0, 0, 0],
    ],
    ids=["four", "nine", "nobody new", "everybody new", "too much", "too little"],
)
def test_beyond_each_edge_is_no_mix(excess: list[int]) -> None:
    assert recognise_mix(Shape(mix([9_000, 110_000, 0, 0, 0]))) is not None
    assert recognise_mix(Shape(mix(excess))) is None


def test_a_mix_takes_as_many_coins_as_it_pays() -> None:
    assert recognise_mix(Shape(mix([9_000, 0, 0, 0, 0], outputs=6))) is None


def test_a_payout_of_a_pools_value_from_one_owner_is_no_mix() -> None:
    plain = mix([9_000, 0, 0, 0, 0])
    script = plain.inputs[0].spent
    assert script is not None
    owned = tuple(coin._replace(spent=Output(coin.spent.amount, script.script)) for coin in plain.inputs if coin.spent)
    assert recognise_mix(Shape(plain._replace(inputs=owned))) is None


@pytest.mark.parametrize("change", [170_000, 176_000, 180_000, 5_010_000, 900], ids=str)
def test_change_of_any_size_is_not_taken_for_the_fee(change: int) -> None:
    found = of_tx0(tx0(FEE, change))
    assert found is not None
    assert (found.confidence, found.denominations, found.equal_outputs) == (0.95, (POOL,), 3)


def test_a_fee_of_another_pool_does_not_make_a_premix_of_it() -> None:
    """175,000 sat is also what a premix of the smallest pool may have."""
    found = of_tx0(tx0(FEE, 4_500, premixes=1))
    assert found is not None
    assert found.denominations == (POOL,)


def test_both_payload_sizes_and_a_discounted_fee_are_known() -> None:
    assert [of_tx0(tx0(FEE, payload=size)) is not None for size in (64, 80)] == [True, True]
    discounted = of_tx0(tx0(122_500, 1_391_286))
    assert discounted is not None
    assert discounted.confidence == 0.85


@pytest.mark.parametrize(
    "transaction",
    [tx0(), tx0(1_000), tx0(FEE, 1, 2, 3), tx0(FEE, excess=99), tx0(FEE, excess=110_001), tx0(FEE, premixes=71)],
    ids=["no other output", "no fee", "too many others", "no excess", "too much excess", "too many premixes"],
)
def test_beyond_each_edge_is_no_tx0(transaction: Transaction) -> None:
    assert of_tx0(transaction) is None


def test_without_its_payload_it_is_at_most_a_suspicion() -> None:
    found = of_tx0(tx0(FEE, payload=20))
    assert found is not None
    assert not found.asserted
