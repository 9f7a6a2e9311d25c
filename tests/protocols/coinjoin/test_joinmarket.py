"""JoinMarket: who earns, and how many outputs there may be."""

from random import Random

from tests.protocols.coinjoin import rounds

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Input, Transaction
from clew.protocols.coinjoin.joinmarket import recognise
from clew.protocols.coinjoin.transaction import Shape

MIX = rounds.joinmarket(Random(3), 12_100_000, 5, sweep=False)


def confidence(transaction: Transaction) -> float | None:
    found = recognise(Shape(transaction))
    return found.confidence if found else None


def test_a_mix_with_earning_makers_is_asserted() -> None:
    assert confidence(MIX) == 0.85


def test_one_output_may_be_missing_but_none_too_many() -> None:
    random = Random(1)
    change = [output for output in MIX.outputs if output.amount != 12_100_000]
    without = tuple(output for output in MIX.outputs if output != change[0])
    assert confidence(MIX._replace(outputs=without)) is not None
    assert confidence(MIX._replace(outputs=tuple(o for o in without if o != change[1]))) is None
    assert confidence(MIX._replace(outputs=(*MIX.outputs, Output(5, rounds.address(random))))) is None


def test_the_same_outputs_where_nobody_earns_are_no_mix() -> None:
    richer = tuple(
        Input(outpoint, Output(spent.amount + 700_001 * number, spent.script))
        for number, (outpoint, spent) in enumerate(MIX.inputs, 1)
        if spent
    )
    assert (confidence(MIX._replace(inputs=richer)) or 0) < 0.5


def test_without_the_inputs_it_is_a_suspicion() -> None:
    hidden = MIX._replace(inputs=tuple(Input(outpoint) for outpoint, _ in MIX.inputs))
    assert confidence(hidden) == 0.45


def test_it_did_not_exist_in_2014() -> None:
    assert confidence(MIX._replace(time=1_400_000_000)) is None
