"""Swaps by their own events: which contracts exchanged what, in the words of each protocol. Pure.

The facts of a family stand in a TOML file of its own: signatures with their sources, and the rule that reads each. Any
contract can write any of these events, so an event proves nothing: whoever uses a trade holds it to the transfers of
its transaction (`links.trades`).
"""

from clew.chains.logs import Log
from clew.protocols.refusal import RefusedError
from clew.protocols.swaps import cow, named, uniswap
from clew.protocols.swaps.event import events
from clew.protocols.swaps.trade import Meaning, Refusal

RULES = {
    "two-sided": uniswap.read_two_sided,
    "signed": uniswap.read_signed,
    "signed-caller": uniswap.read_signed_caller,
    "named": named.read_named,
    "numbered": named.read_numbered,
    "request": named.read_request,
    "claim": named.read_claim,
    "share": named.read_share,
    "silent": named.read_silent,
}
"""How an event tells a trade; ``placement`` alone needs the chain besides."""


def decode_event(log: Log, chain: str) -> Meaning | None:
    """What an event on `chain` (CAIP-2) says; None where it is of no family, or of a contract that is not
    the protocol's own."""
    event = events().get(log.topics[0]) if log.topics else None
    if event is None or not event.written_by(log.contract, chain):
        return None
    try:
        values = event.read(log)
    except RefusedError as error:
        return Refusal(event.protocol, log.tx, log.index, log.contract, "malformed", error.refused.detail)
    if event.rule == "placement":
        return cow.read_placement(event, log, values, chain)
    return RULES[event.rule](event, log, values)
