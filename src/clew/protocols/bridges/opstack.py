"""The OP Stack's standard bridges: what the bridge says, by the hash of the message that its messenger sends."""

from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_RELAY = keccak_256(b"relayMessage(uint256,address,address,uint256,uint256,bytes)")[:4]
_VERSION = 240
"""Bits of a message's number below its version; version 1 came with Bedrock."""


def _other_chain(event: Reading) -> str:
    """The other side of the bridge of this name."""
    sides = {c.chain for c in event.family.contracts if c.bridge == event.bridge}
    return next(chain for chain in sorted(sides) if chain != event.chain)


def _hash(event: Reading) -> str:
    """The hash of the first message that the bridge itself sends after its event."""
    mine = [other for other in event.others("message", "message-value") if other.bridge == event.bridge]
    later = [other for other in mine if other.log.index > event.log.index]
    sent = next((o for o in later if o.event.name == "message" and o.local("sender") == event.log.contract), None)
    if sent is None:
        raise UnreadableError("contradicted", "the bridge sends no message after its event")
    after = (o for o in later if o.event.name == "message-value" and o.log.index > sent.log.index)
    extension = next(after, None)
    value = extension.fields["value"] if extension else 0
    said = sent.fields
    if said["messageNonce"] >> _VERSION != 1:
        raise UnreadableError("contradicted", "the message is not of version 1")
    body = said["message"]
    words = [
        said["messageNonce"].to_bytes(32),
        said["sender"].rjust(32, b"\0"),
        said["target"].rjust(32, b"\0"),
        value.to_bytes(32),
        said["gasLimit"].to_bytes(32),
        (6 * 32).to_bytes(32),
        len(body).to_bytes(32),
        body + bytes(-len(body) % 32),
    ]
    return keccak_256(_RELAY + b"".join(words)).hex()


def _relayed(event: Reading) -> str:
    """The hash of the first message that is done after the event."""
    for other in event.others("relayed"):
        if other.log.index > event.log.index and other.bridge == event.bridge:
            return str(other.fields["msgHash"].hex())
    raise UnreadableError("contradicted", "no message is relayed after the event")


def _out(event: Reading) -> Message:
    said, target = event.fields, _other_chain(event)
    coin = event.event.name == "coin-out"
    return event.departure(
        _hash(event),
        asset=accounts.coin(event.chain) if coin else event.took(event.local("localToken"), said["amount"]),
        amount=said["amount"],
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
        asset_out=accounts.coin(target) if coin else accounts.token(target, said["remoteToken"]),
        amount_out=said["amount"],
    )


def _in(event: Reading) -> Message:
    said = event.fields
    coin = event.event.name == "coin-in"
    return event.arrival(
        _relayed(event),
        asset=accounts.coin(event.chain) if coin else event.paid(event.local("localToken"), said["amount"]),
        amount=said["amount"],
        recipient=event.local("to"),
        from_chain=_other_chain(event),
    )


# part: a message is read with the bridge's event
DECODERS = {
    "coin-out": _out,
    "coin-in": _in,
    "token-out": _out,
    "token-in": _in,
    "message": part,
    "message-value": part,
    "relayed": part,
}
