"""Wasabi 2: standard denominations that tell, of several owners."""

from random import Random

from tests.protocols.coinjoin import rounds

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Input, Transaction
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.wasabi2 import recognise

STANDARD = [8_192, 8_192, 6_561, 6_561, 13_122, 13_122, 20_000, 20_000, 32_768, 32_768, 50_000, 50_000]


def mix(values: list[int], inputs: int = 12, *, script: bytes | None = None) -> Transaction:
    random = Random(1)
    spent = [rounds.coin(random, 10_000_000 - number, script) for number in range(inputs)]
    paid = [Output(value, rounds.address(random)) for value in sorted(values, reverse=True)]
    return Transaction("00" * 32, tuple(spent), tuple(paid))


def confidence(transaction: Transaction) -> float | None:
    found = recognise(Shape(transaction))
    return found.confidence if found else None


def test_denominations_and_the_largest_group_are_named() -> None:
    found = recognise(Shape(mix([*STANDARD, 8_192])))
    assert found is not None
    assert found.denominations == (6_561, 8_192, 13_122, 20_000, 32_768, 50_000)
    assert (found.equal_outputs, found.confidence) == (3, 0.99)


def test_one_owner_mixes_with_nobody() -> None:
    assert confidence(mix(STANDARD, script=b"\x00\x14" + b"\x07" * 20)) is None


def test_round_decimals_alone_do_not_tell() -> None:
    assert confidence(mix([10_000, 20_000, 50_000, 100_000, 200_000, 500_000] * 2)) is None


def test_an_output_below_the_least_is_not_of_a_round() -> None:
    assert confidence(mix([*STANDARD, 5_001])) is not None
    assert confidence(mix([*STANDARD, 4_999])) is None


def test_outputs_and_inputs_out_of_order_make_it_less_sure() -> None:
    plain = mix([*STANDARD, 12_345, 12_346])
    orders = [plain, plain._replace(outputs=plain.outputs[::-1]), plain._replace(inputs=plain.inputs[::-1])]
    both = orders[1]._replace(inputs=plain.inputs[::-1])
    found = [confidence(transaction) or 0 for transaction in (*orders, both)]
    assert found[0] > found[1] == found[2] > found[3] > 0


def test_without_the_inputs_it_is_a_little_less_sure() -> None:
    plain = mix(STANDARD)
    hidden = plain._replace(inputs=tuple(Input(outpoint) for outpoint, _ in plain.inputs))
    assert confidence(hidden) == 0.9
