"""Wasabi 2 (WabiSabi rounds): coins of any value become many outputs of standard denominations.

The denominations are powers of 2 and 3, twice powers of 3, and the 1-2-5 series; no payout of round decimals has
several of the former. Inputs and outputs stand in falling order of value. A transaction that spends one script's coins
alone is no mix, whatever it pays.
"""

from functools import cache
from itertools import pairwise

from clew.chains.script import ScriptType
from clew.protocols.coinjoin.facts import facts_of
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, bounded, conclude, exactly, sign


@cache
def _denominations() -> tuple[frozenset[int], frozenset[int]]:
    """The standard denominations, and those of them that tell: no round decimals."""
    values = facts_of("wasabi-2").values
    allowed = range(values["least-output"], values["most-output"] + 1)
    telling = {factor * base**power for factor, base in ((1, 2), (1, 3), (2, 3)) for power in range(40)}
    decimal = {factor * 10**power for factor in (1, 2, 5) for power in range(12)}
    telling -= decimal
    return frozenset(v for v in telling | decimal if v in allowed), frozenset(v for v in telling if v in allowed)


def recognise(shape: Shape) -> Verdict | None:
    """The verdict on a transaction; None where it cannot be such a round."""
    facts = facts_of("wasabi-2")
    outputs = len(shape.payments)
    if outputs < facts.bounds["outputs"][0] or len(shape.inputs) < facts.bounds["inputs"][0]:
        return None
    standard, telling = _denominations()
    mixed = {value: count for value, count in shape.values.items() if value in standard}
    share = 1000 * sum(mixed.values()) // outputs
    if share < facts.bounds["standard"][0]:
        return None
    paid = [output.amount for output in shape.payments]
    needed = (
        bounded(facts, "inputs", shape.owners),
        bounded(facts, "outputs", outputs),
        bounded(facts, "standard", share),
        bounded(facts, "telling", sum(value in telling for value in mixed)),
        bounded(facts, "repeated", 1000 * sum(n for n in shape.values.values() if n > 1) // outputs),
        Margin("smallest output", min(paid), facts.values["least-output"], facts.values["most-output"]),
        exactly("repeated output scripts", shape.repeated_scripts, 0),
        exactly("OP_RETURN outputs", len(shape.payloads), 0),
        exactly("inputs unknown", None if not shape.complete else 0, 0),
    )
    coordinated = sum(output.script in facts.coordinators for output in shape.payments)
    return conclude(
        facts,
        Protocol.WASABI_2,
        shape.time,
        needed,
        (
            sign(bounded(facts, "mostly-standard", share), met=250),
            sign(exactly("outputs out of falling order", _rises(paid), 0), met=100, unmet=-50),
            sign(exactly("inputs out of falling order", _rises(shape.amounts), 0), met=100, unmet=-50),
            sign(
                exactly("native segwit", shape.of_type(ScriptType.P2WPKH, ScriptType.P2TR), 1000), met=100, unmet=-200
            ),
            sign(Margin("outputs to the coordinator's known scripts", coordinated, 1, 1), met=100),
        ),
        denominations=sorted(mixed),
        equal_outputs=max(mixed.values(), default=0),
    )


def _rises(amounts: list[int] | None) -> int | None:
    """How often an amount is larger than the one before it."""
    if amounts is None:
        return None
    return sum(left < right for left, right in pairwise(amounts))
