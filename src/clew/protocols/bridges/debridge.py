"""deBridge: orders of its liquidity network, which a taker fulfils on the other chain, by order id."""

from typing import Any

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

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


DECODERS = {"created": _created, "fulfilled": _fulfilled, "fulfilled-amount": _fulfilled}
