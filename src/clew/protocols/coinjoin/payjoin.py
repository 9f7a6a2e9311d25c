"""PayJoin suspicion (BIP-78): a payment to which the receiver adds a coin of his own looks like any other payment.

All it can leave is an input that neither output needed: taking the smallest coin away, the rest still covers the larger
output and the fee. Many wallets do the same, so the confidence is low by nature and no verdict is ever asserted.
"""

from clew.chains.script import ScriptType, script_type
from clew.protocols.coinjoin.facts import facts_of
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, bounded, conclude, exactly, sign

_SEGWIT = {ScriptType.P2WPKH, ScriptType.P2WSH, ScriptType.P2TR, ScriptType.P2SH}
"""Spendable with a witness, which BIP-79 asks of every input."""


def recognise(shape: Shape) -> Verdict | None:
    """The suspicion; None without input amounts, or where nothing points to it."""
    if len(shape.payments) != 2 or len(shape.inputs) < 2 or shape.amounts is None or shape.fee is None:
        return None
    spare = sum(shape.amounts) - min(shape.amounts) - shape.fee - max(output.amount for output in shape.payments)
    if spare < 0:
        return None
    facts = facts_of("payjoin")
    spent = set(map(script_type, shape.input_scripts))
    types = spent | {script_type(output.script) for output in shape.payments}
    return conclude(
        facts,
        Protocol.PAYJOIN,
        shape.time,
        (
            bounded(facts, "owners", len(shape.input_scripts)),
            exactly("input types that cannot be segwit", len(spent - _SEGWIT), 0),
            Margin("spare amount without the smallest input", spare, 0, sum(shape.amounts)),
            exactly("repeated output scripts", shape.repeated_scripts, 0),
            exactly("outputs to an input's script", shape.returned, 0),
            exactly("OP_RETURN outputs", len(shape.payloads), 0),
        ),
        (sign(exactly("script types", len(types), 1), met=40, unmet=-60),),
        denominations=(),
        equal_outputs=1,
    )
