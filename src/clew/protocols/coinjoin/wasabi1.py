"""Wasabi 1.x (ZeroLink rounds): everyone gets one output of the base value, the rich also of its doubles.

The base value is read from the transaction, for it drifted: 0.01 to 0.11 BTC. The doubles may start from a base a
little below the one paid (in 2021 by 0.01 %). Each participant has at most one change output, and one output pays the
coordinator. Source: nopara73/ZeroLink; rounds' levels double (WalletWasabi, ``MixingLevelCollection``).
"""

from clew.chains.script import ScriptType
from clew.protocols.coinjoin.facts import facts_of
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, bounded, conclude, exactly, sign


def recognise(shape: Shape) -> Verdict | None:
    """The verdict on a transaction; None where it cannot be such a round."""
    facts = facts_of("wasabi-1")
    base, participants = shape.commonest
    if participants < facts.bounds["participants"][0] or base <= 0 or shape.owners < participants:
        return None
    levels = {value: count for value, count in shape.values.items() if _is_level(value, count, base)}
    others = [output for output in shape.payments if output.amount not in levels]
    coordinated = sum(output.script in facts.coordinators for output in others)
    if not 1 <= len(others) <= participants + 1:
        return None
    least, most = facts.bounds["inputs-per-participant"]
    needed = (
        bounded(facts, "participants", participants),
        Margin("different input scripts", shape.owners, least * participants, most * participants),
        Margin("outputs beside the levels", len(others), 1, participants + 1),
        exactly("repeated output scripts", shape.repeated_scripts, 0),
        exactly("OP_RETURN outputs", len(shape.payloads), 0),
        exactly("inputs unknown", None if not shape.complete else 0, 0),
    )
    change = [output.amount for output in others]
    return conclude(
        facts,
        Protocol.WASABI_1,
        shape.time,
        needed,
        (
            sign(Margin("outputs to the coordinator's known scripts", coordinated, 1, 1), met=540),
            sign(_coordinator_fee(base, participants, change), met=150, unmet=-150),
            sign(bounded(facts, "payers", _payers(shape, sorted(levels), participants, change)), met=300, unmet=-250),
            sign(bounded(facts, "native-segwit", shape.of_type(ScriptType.P2WPKH)), met=100, unmet=-200),
            sign(exactly("outputs to an input's script", shape.returned, 0), met=0, unmet=-300),
            sign(Margin("participants beyond a small payout", participants, 20, 200), met=50),
        ),
        denominations=sorted(levels),
        equal_outputs=participants,
        conclusive=bool(coordinated),
    )


def _is_level(value: int, count: int, base: int) -> bool:
    """Whether a value is the base or its double, or the double's, and so on; of several outputs also if only nearly."""
    factor = (value + base // 2) // base
    if not factor or factor & (factor - 1):
        return False
    apart = abs(value - factor * base)
    return not apart or (count > 1 and apart * facts_of("wasabi-1").values["level-drift"] <= factor * base)


def _coordinator_fee(base: int, participants: int, change: list[int]) -> Margin:
    """The smallest output beside the levels, against the most that the coordinator's fee can be of what is mixed."""
    least, most = facts_of("wasabi-1").bounds["coordinator-fee"]
    mixed = base * participants
    return Margin("smallest output beside the levels", min(change, default=None), least, most * mixed // 1000)


def _payers(shape: Shape, levels: list[int], participants: int, change: list[int]) -> int | None:
    """Participants seen to have paid, less those seen to have been paid, in thousandths of them all."""
    paid, earned = shape.payers(levels, participants, change), shape.earners(levels[0], change)
    return None if paid is None or earned is None else 1000 * max(0, paid - earned) // participants
