"""Multichain (Anyswap): the paying router names the departure's transaction.

A router's event names the bridge's own token (anyToken), which holds another in deposit: what a user gives and gets is
that one, by its Transfer into or out of the anyToken.
"""

from collections.abc import Iterable

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading


def _out(event: Reading) -> Message:
    said, own = event.fields, event.local("token")
    if said["fromChainID"] != event.number():
        raise UnreadableError("contradicted", f"the event is of chain {said['fromChainID']}")
    target = event.chain_of(said["toChainID"])
    given = [moved for moved in event.moved if moved.amount == said["amount"] and moved.receiver == own]
    burnt = [m for m in event.moved if m.amount == said["amount"] and m.token == own and m.receiver == ZERO_ADDRESS]
    router_wraps = [moved for moved in given if _wrapped_by_router(event, moved)]
    return event.departure(
        event.log.tx.removeprefix("0x").lower(),
        asset=accounts.coin(event.chain) if router_wraps else _asset(event, given or burnt),
        amount=said["amount"],
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
    )


def _wrapped_by_router(event: Reading, given: Moved) -> bool:
    coin = given.token == accounts.wrapped_coin(event.chain)
    return coin and any(
        moved.wraps and moved.receiver == event.log.address and moved.amount == given.amount for moved in event.moved
    )


def _in(event: Reading) -> Message:
    said, own, recipient = event.fields, event.local("token"), event.local("to")
    fitting = [moved for moved in event.moved if moved.amount == said["amount"]]
    released = [m for m in fitting if m.sender == own and m.receiver == recipient]
    minted = [m for m in fitting if m.token == own and m.sender == ZERO_ADDRESS and m.receiver == recipient]
    unwrapped = [m for m in fitting if m.wraps and m.sender == event.log.address]
    coin = not released and bool(unwrapped) and unwrapped[0].token == accounts.wrapped_coin(event.chain)
    return event.arrival(
        said["txhash"].hex(),
        asset=accounts.coin(event.chain) if coin else _asset(event, released or minted),
        amount=said["amount"],
        recipient=recipient,
        from_chain=event.chain_of(said["fromChainID"]),
    )


def _asset(event: Reading, moved: Iterable[Moved]) -> str:
    tokens = {each.token for each in moved}
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    return accounts.asset(event.chain, tokens.pop())


DECODERS = {"out": _out, "in": _in}
