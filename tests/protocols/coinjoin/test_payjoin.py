"""PayJoin: an input that neither output needed, of another owner, and never more than a suspicion."""

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Input, Transaction
from clew.protocols.coinjoin.payjoin import recognise
from clew.protocols.coinjoin.transaction import Shape

A, B, C, D = (b"\x00\x14" + bytes([number]) * 20 for number in (1, 2, 3, 4))


def payment(inputs: list[tuple[int, bytes]], outputs: list[tuple[int, bytes]]) -> Transaction:
    spent = (Input(f"{'11' * 32}:{number}", Output(*coin)) for number, coin in enumerate(inputs))
    return Transaction("00" * 32, tuple(spent), tuple(Output(*output) for output in outputs))


def confidence(transaction: Transaction) -> float | None:
    found = recognise(Shape(transaction))
    return found.confidence if found else None


def test_a_receivers_coin_is_needed_by_neither_output() -> None:
    """The sender pays 30 of his 100; the receiver adds his 50 and is paid 80."""
    assert confidence(payment([(100, A), (50, B)], [(80, C), (68, D)])) == 0.1


def test_coins_that_the_payment_needed_raise_no_suspicion() -> None:
    assert confidence(payment([(100, A), (50, B)], [(120, C), (28, D)])) is None


def test_coins_of_one_owner_raise_no_suspicion() -> None:
    assert confidence(payment([(100, A), (50, A)], [(80, C), (68, D)])) is None


def test_coins_of_two_types_or_of_none_that_can_be_segwit_raise_no_suspicion() -> None:
    nested = b"\xa9\x14" + b"\x05" * 20 + b"\x87"
    legacy = [b"\x76\xa9\x14" + bytes([number]) * 20 + b"\x88\xac" for number in range(4)]
    assert confidence(payment([(100, A), (50, nested)], [(80, C), (68, D)])) is None
    assert confidence(payment([(100, legacy[0]), (50, legacy[1])], [(80, legacy[2]), (68, legacy[3])])) is None


def test_nothing_is_said_without_the_inputs_or_with_three_outputs() -> None:
    plain = payment([(100, A), (50, B)], [(80, C), (68, D)])
    assert confidence(plain._replace(inputs=(plain.inputs[0], Input("x:1")))) is None
    assert confidence(payment([(100, A), (50, B)], [(80, C), (60, D), (8, A)])) is None
