"""Nomad: a token's departure with the message that the home contract dispatches, and the router's payout of it."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_LEAST = 177
"""Bytes of a message with a transfer of a token: header 76, token 36, kind 1, recipient 32, amount 32."""
_ORIGIN, _NONCE, _TARGET, _RECIPIENT, _AMOUNT = (
    slice(0, 4),
    slice(36, 40),
    slice(40, 44),
    slice(113, 145),
    slice(145, 177),
)


def _send(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    target = event.chain_of(said["toDomain"])
    before = [other for other in event.others("dispatch") if other.log.index < event.log.index]
    if not before:
        raise UnreadableError("contradicted", "no message is dispatched before the event")
    message = before[-1].fields["message"]
    if len(message) < _LEAST:
        raise UnreadableError("truncated", f"the message has {len(message)} bytes, {_LEAST} are its least")
    origin, domain, nonce = (int.from_bytes(message[part]) for part in (_ORIGIN, _TARGET, _NONCE))
    agreed = (event.number(), said["toDomain"], said["toId"], amount)
    if (origin, domain, message[_RECIPIENT], int.from_bytes(message[_AMOUNT])) != agreed:
        raise UnreadableError("contradicted", "the message has another chain, recipient or amount than the event")
    return event.departure(
        f"{origin}/{domain}/{nonce}",
        asset=event.took(event.local("token"), amount),
        amount=amount,
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, said["toId"]),
    )


def _receive(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    origin, nonce = said["originAndNonce"] >> 32, said["originAndNonce"] % 2**32
    return event.arrival(
        f"{origin}/{event.number()}/{nonce}",
        asset=event.paid(event.local("token"), amount),
        amount=amount,
        recipient=event.local("recipient"),
        from_chain=event.chain_of(origin),
    )


# part: the message is read with the event of the router
DECODERS = {"send": _send, "receive": _receive, "dispatch": part}
