"""Uniswap and its forks: what a pool's event says of its two tokens, which it knows as 0 and 1 in address order.

Version 2 gives four unsigned amounts, version 3 the signed changes of the pool, version 4 those of whoever called it.
"""

from collections.abc import Mapping

from clew.chains.logs import Log
from clew.protocols.swaps.event import Event, Value, number, text
from clew.protocols.swaps.trade import Meaning, Refusal, Trade


def read_two_sided(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """Version 2: what came in and went out of either token; a token that did both nets off."""
    changes = [number(values, f"amount{coin}In") - number(values, f"amount{coin}Out") for coin in (0, 1)]
    return _trade(event, log, values, changes)


def read_signed(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """Version 3: positive is what the pool got."""
    return _trade(event, log, values, [number(values, f"amount{coin}") for coin in (0, 1)])


def read_signed_caller(event: Event, log: Log, values: Mapping[str, Value]) -> Meaning:
    """Version 4: negative is what the caller owes the pool."""
    return _trade(event, log, values, [-number(values, f"amount{coin}") for coin in (0, 1)])


def _trade(event: Event, log: Log, values: Mapping[str, Value], changes: list[int]) -> Meaning:
    into = 0 if changes[0] > 0 else 1
    if changes[into] <= 0 or changes[1 - into] >= 0:
        return Refusal(event.protocol, log.tx, log.index, log.contract, "one-sided")
    return Trade(
        event.protocol,
        log.tx,
        log.index,
        log.contract,
        None,
        changes[into],
        None,
        -changes[1 - into],
        recipient=text(values, event.names["recipient"]) if "recipient" in event.names else "",
        pool=True,
        coin_in=into,
        coin_out=1 - into,
    )
