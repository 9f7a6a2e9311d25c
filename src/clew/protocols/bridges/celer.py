"""Celer cBridge: pools and pegged tokens. Each side names the hash of the other, so nothing has to be computed."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading


def _left(event: Reading, key: str, sender: str, recipient: str, chain: str) -> Message:
    said, token = event.fields, event.local("token")
    target = event.chain_of(said[chain]) if chain else ""
    return event.departure(
        said[key].hex(),
        asset=event.took(token, said["amount"]),
        amount=said["amount"],
        sender=event.local(sender),
        to_chain=target,
        recipient=accounts.account(target or event.chain, said[recipient]),
    )


def _came(event: Reading, key: str, recipient: str, chain: str) -> Message | None:
    said, source = event.fields, event.chain_of(event.fields[chain]) if chain else event.chain
    if not any(said[key]):
        return None
    return event.arrival(
        said[key].hex(),
        asset=event.paid(event.local("token"), said["amount"]),
        amount=said["amount"],
        recipient=event.local(recipient),
        from_chain=source,
        refunds=source == event.chain,
    )


def _send(event: Reading) -> Message:
    return _left(event, "transferId", "sender", "receiver", "dstChainId")


def _relay(event: Reading) -> Message | None:
    return _came(event, "srcTransferId", "receiver", "srcChainId")


def _withdraw(event: Reading) -> Message | None:
    return _came(event, "refid", "receiver", "")


def _deposit(event: Reading) -> Message:
    return _left(event, "depositId", "depositor", "mintAccount", "mintChainId")


def _withdrawn(event: Reading) -> Message | None:
    return _came(event, "refId", "receiver", "refChainId")


def _mint(event: Reading) -> Message | None:
    return _came(event, "refId", "account", "refChainId")


def _burn_1(event: Reading) -> Message:
    return _left(event, "burnId", "account", "withdrawAccount", "")


def _burn_2(event: Reading) -> Message:
    return _left(event, "burnId", "account", "toAccount", "toChainId")


DECODERS = {
    "send": _send,
    "relay": _relay,
    "withdraw": _withdraw,
    "deposit-1": _deposit,
    "deposit-2": _deposit,
    "withdrawn": _withdrawn,
    "mint": _mint,
    "burn-1": _burn_1,
    "burn-2": _burn_2,
}
