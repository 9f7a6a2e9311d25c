"""deBridge: orders of its liquidity network, which a taker fulfils on the other chain, and its gate's submissions."""

from typing import Any

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading

_AFFILIATE = 52
"""Bytes of an affiliate's fee: his address and the amount."""


def _moved(event: Reading, token: bytes, amount: int, *, paid: bool) -> str:
    """CAIP-19 id of the token, held to a Transfer of the amount; the coin has none."""
    if not any(token):
        return accounts.coin(event.chain)
    contract = accounts.account(event.chain, token)
    return event.paid(contract, amount) if paid else event.took(contract, amount)


def _of_this_chain(event: Reading, order: dict[str, Any], side: str) -> None:
    if order[side] != event.number():
        raise UnreadableError("contradicted", f"the order is of chain {order[side]}")


def _created(event: Reading) -> Message:
    """The order's amount is what is left after the fees in the token: what was taken in is all of it."""
    said, order = event.fields, event.fields["order"]
    _of_this_chain(event, order, "giveChainId")
    fee = said["affiliateFee"]
    affiliate = int.from_bytes(fee[20:]) if len(fee) == _AFFILIATE else 0
    amount = order["giveAmount"] + said["percentFee"] + affiliate
    if amount >> 256:
        raise UnreadableError("overflow", "amount and fees are more than 256 bits")
    target = event.chain_of(order["takeChainId"])
    return event.departure(
        said["orderId"].hex(),
        asset=_moved(event, order["giveTokenAddress"], amount, paid=False),
        amount=amount,
        sender=accounts.account(event.chain, order["makerSrc"]),
        to_chain=target,
        recipient=accounts.account(target, order["receiverDst"]),
        asset_out=accounts.token(target, order["takeTokenAddress"]),
        amount_out=order["takeAmount"],
    )


def _fulfilled(event: Reading) -> Message:
    said, order = event.fields, event.fields["order"]
    _of_this_chain(event, order, "takeChainId")
    amount = said.get("fulfilledAmount", order["takeAmount"])
    return event.arrival(
        said["orderId"].hex(),
        asset=_moved(event, order["takeTokenAddress"], amount, paid=True),
        amount=amount,
        recipient=accounts.account(event.chain, order["receiverDst"]),
        from_chain=event.chain_of(order["giveChainId"]),
    )


def _sent(event: Reading) -> Message | None:
    """A submission with value; what was taken in is the amount before the fees."""
    said, given = event.fields, event.fields["feeParams"]["receivedAmount"]
    if not given:
        return None
    gate, target = event.log.contract, event.chain_of(said["chainIdTo"])
    into = [moved for moved in event.moved if moved.receiver == gate and moved.amount == given]
    return event.departure(
        said["submissionId"].hex(),
        asset=_gates(event, into),
        amount=given,
        sender=next((moved.sender for moved in into if not moved.wraps), event.local("nativeSender")),
        to_chain=target,
        recipient=accounts.account(target, said["receiver"]),
        amount_out=said["amount"],
    )


def _claimed(event: Reading) -> Message | None:
    said, amount = event.fields, event.fields["amount"]
    if not amount:
        return None
    sources = (event.log.contract, ZERO_ADDRESS)
    return event.arrival(
        said["submissionId"].hex(),
        asset=_gates(event, [moved for moved in event.moved if moved.sender in sources and moved.amount == amount]),
        amount=amount,
        recipient=event.local("receiver"),
        from_chain=event.chain_of(said["chainIdFrom"]),
    )


def _gates(event: Reading, moved: list[Moved]) -> str:
    """The one token that moved; the coin where the gate wrapped or unwrapped it."""
    tokens = {each.token for each in moved}
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    [token] = tokens
    own = any(each.wraps and event.log.contract in (each.sender, each.receiver) for each in moved)
    if own and token == accounts.wrapped_coin(event.chain):
        return accounts.coin(event.chain)
    return accounts.asset(event.chain, token)


DECODERS = {
    "created": _created,
    "fulfilled": _fulfilled,
    "fulfilled-amount": _fulfilled,
    "sent": _sent,
    "claimed": _claimed,
}
