"""Across: a deposit into a pool, and the relay that fills it, by the deposit's number on its chain."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_ONE = 10**18
"""Fees of version 2 are in parts of it."""


def _deposit_3(event: Reading) -> Message:
    said = event.fields
    target, token, out = event.chain_of(said["destinationChainId"]), event.local("inputToken"), said["outputToken"]
    return event.departure(
        f"{event.number()}/{said['depositId']}",
        asset=event.took(token, said["inputAmount"]),
        amount=said["inputAmount"],
        sender=event.local("depositor"),
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
        asset_out=accounts.token(target, out) if any(out) else "",
        amount_out=said["outputAmount"],
    )


def _fill_3(event: Reading) -> Message:
    said, done = event.fields, event.fields["relayExecutionInfo"]
    amount = done["updatedOutputAmount"]
    return event.arrival(
        f"{said['originChainId']}/{said['depositId']}",
        asset=event.paid(event.local("outputToken"), amount),
        amount=amount,
        recipient=accounts.account(event.chain, done["updatedRecipient"]),
        from_chain=event.chain_of(said["originChainId"]),
    )


def _deposit_2(event: Reading) -> Message:
    said = event.fields
    target = event.chain_of(said["destinationChainId"])
    if said["originChainId"] != event.number():
        raise UnreadableError("contradicted", f"the event is of chain {said['originChainId']}")
    return event.departure(
        f"{said['originChainId']}/{said['depositId']}",
        asset=event.took(event.local("originToken"), said["amount"]),
        amount=said["amount"],
        sender=event.local("depositor"),
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
    )


def _fill_2(event: Reading) -> Message:
    said = event.fields
    return _filled(event, said["recipient"], _ONE - said["appliedRelayerFeePct"] - said["realizedLpFeePct"])


def _fill_2_signed(event: Reading) -> Message:
    """A slow relay may be paid more or less than the fees leave."""
    said, done = event.fields, event.fields["updatableRelayData"]
    part = _ONE - done["relayerFeePct"] - said["realizedLpFeePct"]
    return _filled(event, done["recipient"], part * (_ONE + done["payoutAdjustmentPct"]) // _ONE)


def _filled(event: Reading, to: bytes, part: int) -> Message:
    """The event tells the fill before fees; what was paid is the Transfer of the token that the fees leave."""
    said = event.fields
    contract, recipient = event.local("destinationToken"), accounts.account(event.chain, to)
    least = said["fillAmount"] * max(part, 0) // _ONE
    paid = {
        moved.amount
        for moved in event.moved
        if moved.token == contract
        and moved.amount in (least, least + 1)  # the pool may have rounded the fill from what it pays
        and (moved.receiver == recipient or (moved.wraps and moved.sender == event.log.contract))
    }
    if len(paid) != 1:
        raise UnreadableError("contradicted", f"{len(paid)} amounts of the token were paid to the recipient")
    [amount] = paid
    return event.arrival(
        f"{said['originChainId']}/{said['depositId']}",
        asset=event.paid(contract, amount),
        amount=amount,
        recipient=recipient,
        from_chain=event.chain_of(said["originChainId"]),
    )


DECODERS = {
    "deposit-3": _deposit_3,
    "deposit-3-address": _deposit_3,
    "fill-3": _fill_3,
    "fill-3-address": _fill_3,
    "deposit-2": _deposit_2,
    "fill-2": _fill_2,
    "deposit-2-signed": _deposit_2,
    "fill-2-signed": _fill_2_signed,
}
