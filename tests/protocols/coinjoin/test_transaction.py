"""Measures of a transaction: what is unknown stays unknown, and who paid or earned shows in one input."""

from clew.chains import rawblock
from clew.chains.rawblock import Output
from clew.chains.script import ScriptType
from clew.protocols.coinjoin.transaction import Input, Shape, Transaction

A, B, C = (b"\x00\x14" + bytes([number]) * 20 for number in (1, 2, 3))
DATA = b"\x6a\x01\x00"


def shape(inputs: list[Output | None], outputs: list[Output]) -> Shape:
    spent = tuple(Input(f"{'11' * 32}:{index}", output) for index, output in enumerate(inputs))
    return Shape(Transaction("00" * 32, spent, tuple(outputs)))


def test_a_decoded_transaction_takes_the_outputs_it_spends() -> None:
    raw = rawblock.Transaction("00" * 32, ["x:0", "x:1"], [Output(5, A)])
    assert Transaction.of(raw, {"x:1": Output(9, B)}, 7).inputs == (Input("x:0"), Input("x:1", Output(9, B)))


def test_payments_are_the_outputs_that_are_no_data() -> None:
    found = shape([], [Output(5, A), Output(0, DATA), Output(5, B)])
    assert (len(found.payments), found.payloads, found.commonest) == (2, [DATA], (5, 2))


def test_of_several_commonest_amounts_the_smallest_counts() -> None:
    assert shape([], [Output(value, A) for value in (9, 4, 9, 4, 1)]).commonest == (4, 2)


def test_an_unknown_input_leaves_amounts_and_fee_unknown_and_counts_as_an_owner() -> None:
    found = shape([Output(10, A), Output(10, A), None], [Output(5, B)])
    assert (found.amounts, found.fee, found.complete, found.owners) == (None, None, False, 2)


def test_scripts_that_repeat_and_return_are_counted() -> None:
    found = shape([Output(10, A)], [Output(1, A), Output(2, B), Output(3, B)])
    assert (found.repeated_scripts, found.returned, found.fee) == (1, 1, 4)


def test_the_share_of_a_script_type_is_in_thousandths_of_outputs_and_known_inputs() -> None:
    found = shape([Output(10, A), None], [Output(1, B), Output(2, b"\x51")])
    assert found.of_type(ScriptType.P2WPKH) == 666


def test_who_paid_has_one_coin_of_the_mixed_value_their_change_and_a_fee() -> None:
    outputs = [Output(1_000, A), Output(1_000, B), Output(300, C)]
    inputs: list[Output | None] = [Output(1_302, A), Output(1_003, B)]
    assert shape(inputs, outputs).payers([1_000], 2, [300]) == 2
    assert shape([None, *inputs], outputs).payers([1_000], 2, [300]) is None


def test_who_earned_has_more_change_than_their_coin_leaves() -> None:
    outputs = [Output(1_000, A), Output(1_000, B), Output(302, C)]
    found = shape([Output(1_300, A), Output(1_100, B)], outputs)
    assert (found.earners(1_000, [302]), found.earners(1_000, [303]), found.earners(1_000, [304])) == (1, 1, 0)
