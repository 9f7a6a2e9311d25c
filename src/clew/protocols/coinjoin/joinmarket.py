"""JoinMarket: a taker pays makers to mix with; each gets one output of the taker's value, and change.

Makers earn, so their change is slightly more than their coins less the mixed value; in coordinated rounds all pay. A
taker who sweeps has no change. Source: JoinMarket-Org/joinmarket-clientserver.
"""

from clew.chains.script import script_type
from clew.protocols.coinjoin.facts import facts_of
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, bounded, conclude, exactly, sign


def recognise(shape: Shape) -> Verdict | None:
    """The verdict on a transaction; None where it cannot be such a mix."""
    facts = facts_of("joinmarket")
    value, participants = shape.commonest
    outputs = len(shape.payments)
    if participants < facts.bounds["participants"][0] or not 2 * participants - 1 <= outputs <= 2 * participants:
        return None
    least, most = facts.bounds["inputs-per-participant"]
    needed = (
        bounded(facts, "participants", participants),
        bounded(facts, "denomination", value),
        Margin("different input scripts", shape.owners, least * participants, most * participants),
        Margin("outputs", outputs, 2 * participants - 1, 2 * participants),
        exactly("repeated output scripts", shape.repeated_scripts, 0),
        exactly("OP_RETURN outputs", len(shape.payloads), 0),
        exactly("inputs unknown", None if not shape.complete else 0, 0),
    )
    types = {script_type(output.script) for output in shape.payments if output.amount == value}
    return conclude(
        facts,
        Protocol.JOINMARKET,
        shape.time,
        needed,
        (
            sign(bounded(facts, "earners", _earners(shape, value, participants)), met=350, unmet=-200),
            sign(exactly("script types of the mixed outputs", len(types), 1), met=100, unmet=-100),
            sign(exactly("outputs to an input's script", shape.returned, 0), met=0, unmet=-250),
            sign(Margin("usual participants", participants, *facts.bounds["usual-participants"]), met=50),
        ),
        denominations=(value,),
        equal_outputs=participants,
    )


def _earners(shape: Shape, value: int, participants: int) -> int | None:
    """Makers seen to have earned, less payers beside the taker, in thousandths of the makers.

    One alone may be chance, and counts as none.
    """
    change = [output.amount for output in shape.payments if output.amount != value]
    earned, paid = shape.earners(value, change), shape.payers([value], participants, change)
    if earned is None or paid is None:
        return None
    makers = earned - max(0, paid - 1)
    return 1000 * makers // (participants - 1) if makers > 1 else 0
