"""Harmony's Horizon: what one side locks or burns the other pays out, and names the transaction of the first."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_ETHER = bytes(1) + b"\xee" * 19
"""What the manager of ether writes in place of a token (its ETH_ADDRESS)."""
_OTHER = {"eip155:1": "eip155:1666600000", "eip155:1666600000": "eip155:1"}


def _left(event: Reading) -> Message:
    said, target = event.fields, _OTHER[event.chain]
    ether = said["token"] == _ETHER
    return event.departure(
        event.log.tx.removeprefix("0x").lower(),
        asset=accounts.coin(event.chain) if ether else event.took(event.local("token"), said["amount"]),
        amount=said["amount"],
        sender=event.local("sender"),
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
        amount_out=said["amount"],
    )


def _came(event: Reading, token: bytes) -> Message:
    said = event.fields
    contract = accounts.account(event.chain, token)
    return event.arrival(
        said["receiptId"].hex(),
        asset=accounts.coin(event.chain) if token == _ETHER else event.paid(contract, said["amount"]),
        amount=said["amount"],
        recipient=event.local("recipient"),
        from_chain=_OTHER[event.chain],
    )


def _unlocked(event: Reading) -> Message:
    return _came(event, event.fields["ethToken"])


def _minted(event: Reading) -> Message:
    return _came(event, event.fields["oneToken"])


DECODERS = {"locked": _left, "burned": _left, "unlocked": _unlocked, "minted": _minted}
