"""Wasabi 1.x: whatever the base, its doubles and each condition's edge."""

from random import Random

from tests.protocols.coinjoin import rounds

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Transaction, Verdict
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.wasabi1 import recognise

BASE = 10_944_832
KNOWN = bytes.fromhex("0014869f5c7a4cd7776ae0c0fcd9c3315abb239a9f0d")


def a_round(*values: int, participants: int = 10, coordinator: bytes | None = None) -> Transaction:
    """One coin a participant, all but one with change; `values` are paid beside the base, by the richest."""
    random = Random(1)
    kept = [20_000_011 * (number + 1) for number in range(participants - 1)]
    spent = [rounds.coin(random, BASE + change + 6_000) for change in kept]
    spent.append(rounds.coin(random, BASE + sum(values) + 6_000))
    paid = [BASE] * participants + kept + list(values)
    outputs = [Output(value, rounds.address(random)) for value in paid]
    outputs.append(Output(3_000 * participants, coordinator or rounds.address(random)))
    return rounds.transaction(random, spent, outputs)


def verdict(transaction: Transaction) -> Verdict:
    found = recognise(Shape(transaction))
    assert found is not None
    return found


def test_doubles_of_the_base_are_levels() -> None:
    assert verdict(a_round(2 * BASE, 4 * BASE)).denominations == (BASE, 2 * BASE, 4 * BASE)


def test_doubles_of_a_slightly_lower_base_are_levels_where_several_have_them() -> None:
    lower = 21_887_656
    assert verdict(a_round(lower, lower)).denominations == (BASE, lower)
    assert verdict(a_round(lower)).denominations == (BASE,)
    assert verdict(a_round(2 * BASE - 30_000)).denominations == (BASE,)
    assert recognise(Shape(a_round(2 * BASE - 30_000, 2 * BASE - 30_000))) is None, "change of too many"


def test_the_coordinators_script_makes_it_as_sure_as_it_gets() -> None:
    assert verdict(a_round(coordinator=KNOWN)).confidence == 0.99
    assert 0.5 <= verdict(a_round()).confidence < 0.99


def test_more_change_than_participants_is_no_round() -> None:
    change = (31_000_001, 31_000_002)
    assert recognise(Shape(a_round(change[0]))) is not None
    assert recognise(Shape(a_round(*change))) is None


def test_fewer_owners_than_participants_are_no_round() -> None:
    plain = a_round()
    shared = plain.inputs[0].spent
    assert shared is not None
    one = [coin._replace(spent=Output(coin.spent.amount, shared.script)) for coin in plain.inputs if coin.spent]
    assert recognise(Shape(plain._replace(inputs=(*one[:2], *plain.inputs[2:])))) is None


def test_a_script_paid_twice_or_spent_and_paid_speaks_against_it() -> None:
    plain = a_round()
    first, second, *rest = plain.outputs
    twice = plain._replace(outputs=(first, second._replace(script=first.script), *rest))
    assert recognise(Shape(twice)) is None
    spent = plain.inputs[0].spent
    assert spent is not None
    back = plain._replace(outputs=(first._replace(script=spent.script), second, *rest))
    assert verdict(back).confidence < verdict(plain).confidence


def test_outputs_without_payers_are_a_payout_not_a_round() -> None:
    plain = a_round()
    amounts = sorted((spent.amount for _, spent in plain.inputs if spent), reverse=True)
    moved = [amounts[0] - 7 * sum(amounts[1:]) // 20] + [27 * amount // 20 for amount in amounts[1:]]
    inputs = tuple(rounds.coin(Random(number), amount) for number, amount in enumerate(moved))
    assert not verdict(plain._replace(inputs=inputs)).asserted
