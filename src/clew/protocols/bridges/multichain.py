"""Multichain (Anyswap): the paying router names the departure's transaction, or in version 7 its id.

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
    """The recipient is an address, or text for a chain that has others."""
    said = event.fields
    if said["fromChainID"] != event.number():
        raise UnreadableError("contradicted", f"the event is of chain {said['fromChainID']}")
    target = event.chain_of(said["toChainID"])
    text = isinstance(said["to"], str)
    recipient = accounts.account_of_text(target, said["to"]) if text else accounts.account(target, said["to"])
    return _left(event, event.log.tx.removeprefix("0x").lower(), target, recipient)


def _out_7(event: Reading) -> Message:
    target = event.chain_of(event.fields["toChainID"])
    recipient = accounts.account_of_text(target, event.fields["receiver"])
    return _left(event, event.fields["swapoutID"].hex(), target, recipient)


def _left(event: Reading, key: str, target: str, recipient: str) -> Message:
    said, own = event.fields, event.local("token")
    given = [moved for moved in event.moved if moved.amount == said["amount"] and moved.receiver == own]
    burnt = [m for m in event.moved if m.amount == said["amount"] and m.token == own and m.receiver == ZERO_ADDRESS]
    router_wraps = [moved for moved in given if _wrapped_by_router(event, moved)]
    return event.departure(
        key,
        asset=accounts.coin(event.chain) if router_wraps else _asset(event, given or burnt),
        amount=said["amount"],
        sender=event.local("from"),
        to_chain=target,
        recipient=recipient,
    )


def _wrapped_by_router(event: Reading, given: Moved) -> bool:
    coin = given.token == accounts.wrapped_coin(event.chain)
    return coin and any(
        moved.wraps and moved.receiver == event.log.contract and moved.amount == given.amount for moved in event.moved
    )


def _in(event: Reading) -> Message:
    return _came(event, event.fields["txhash"].hex(), event.local("to"))


def _in_7(event: Reading) -> Message:
    return _came(event, event.fields["swapoutID"].hex(), event.local("receiver"))


def _came(event: Reading, key: str, recipient: str) -> Message:
    said, own = event.fields, event.local("token")
    fitting = [moved for moved in event.moved if moved.amount == said["amount"]]
    released = [m for m in fitting if m.sender == own and m.receiver == recipient]
    minted = [m for m in fitting if m.token == own and m.sender == ZERO_ADDRESS and m.receiver == recipient]
    unwrapped = [m for m in fitting if m.wraps and m.sender == event.log.contract]
    coin = not released and bool(unwrapped) and unwrapped[0].token == accounts.wrapped_coin(event.chain)
    return event.arrival(
        key,
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


DECODERS = {"out": _out, "out-text": _out, "in": _in, "out-7": _out_7, "in-7": _in_7}
