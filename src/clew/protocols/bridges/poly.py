"""Poly Network: the proxy says what, the manager of the same transaction by which message."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part


def _message(event: Reading, name: str, *, before: bool) -> Reading:
    """The manager's event nearest to the proxy's: before a lock, for it calls first; after an unlock."""
    found = [other for other in event.others(name) if (other.log.index < event.log.index) == before]
    if not found:
        raise UnreadableError("contradicted", "no manager's message goes with the event")
    return found[-1] if before else found[0]


def _lock(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    message = _message(event, "crosses", before=True)
    if message.local("proxyOrAssetContract") != event.log.contract or message.fields["toChainId"] != said["toChainId"]:
        raise UnreadableError("contradicted", "the manager's message is of another proxy or for another chain")
    target = event.chain_of(said["toChainId"])
    native = not any(said["fromAssetHash"])
    return event.departure(
        f"{event.number()}/{message.fields['txId'].hex()}",
        asset=accounts.coin(event.chain) if native else event.took(event.local("fromAssetHash"), amount),
        amount=amount,
        sender=event.local("fromAddress"),
        to_chain=target,
        recipient=accounts.account(target, said["toAddress"]),
        asset_out=accounts.token(target, said["toAssetHash"]),
    )


def _unlock(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    message = _message(event, "verified", before=False).fields
    native = not any(said["toAssetHash"])
    return event.arrival(
        f"{message['fromChainID']}/{message['fromChainTxHash'].hex()}",
        asset=accounts.coin(event.chain) if native else event.paid(event.local("toAssetHash"), amount),
        amount=amount,
        recipient=event.local("toAddress"),
        from_chain=event.chain_of(message["fromChainID"]),
    )


# part: a manager's message is read with the proxy's event
DECODERS = {"lock": _lock, "unlock": _unlock, "crosses": part, "verified": part}
