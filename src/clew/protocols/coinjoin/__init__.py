"""CoinJoins: which Bitcoin transaction is a mix, of which protocol, and how sure that is.

``classify`` looks at one transaction alone and returns what every rule says that fires. To add a protocol: a file with
a function from Shape to Verdict or None, its facts in ``facts.toml``, its name in Protocol, and a line in RULES.
"""

from collections.abc import Callable

from clew.protocols.coinjoin import joinmarket, payjoin, wasabi1, wasabi2, whirlpool
from clew.protocols.coinjoin.transaction import Input, Shape, Transaction
from clew.protocols.coinjoin.verdict import ASSERTED, Margin, Protocol, Verdict

__all__ = ["ASSERTED", "RULES", "Input", "Margin", "Protocol", "Transaction", "Verdict", "classify"]

RULES: tuple[Callable[[Shape], Verdict | None], ...] = (
    wasabi1.recognise,
    wasabi2.recognise,
    whirlpool.recognise_mix,
    whirlpool.recognise_tx0,
    joinmarket.recognise,
    payjoin.recognise,
)


def classify(transaction: Transaction) -> tuple[Verdict, ...]:
    """What every rule that fires says, the most confident first; nothing for a coinbase or a single payment.

    Without the amounts and scripts of its inputs (a raw block lacks them) the rules still judge the outputs, with a
    lower bound on confidence; ``Verdict.unchecked`` names what was not looked at.
    """
    if not transaction.inputs or len(transaction.outputs) < 2:
        return ()
    shape = Shape(transaction)
    if not shape.payments:
        return ()
    verdicts = [verdict for rule in RULES if (verdict := rule(shape))]
    return tuple(sorted(verdicts, key=lambda verdict: -verdict.confidence))
