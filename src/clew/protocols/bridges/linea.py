"""Linea's own bridge: ether by a message, tokens by a message of the token bridge, each by the message's hash."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_OTHER = {"eip155:1": "eip155:59144", "eip155:59144": "eip155:1"}


def _message(event: Reading) -> Message | None:
    """A message that carries ether; those of the token bridge carry none."""
    said, target = event.fields, _OTHER[event.chain]
    amount = said["value"] + said["fee"]
    if not said["value"]:
        return None
    if amount >> 256:
        raise UnreadableError("overflow", "value and fee are more than 256 bits")
    return event.departure(
        said["messageHash"].hex(),
        asset=accounts.coin(event.chain),
        amount=amount,
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
        asset_out=accounts.coin(target),
        amount_out=said["value"],
    )


def _token_out(event: Reading) -> Message:
    said, target = event.fields, _OTHER[event.chain]
    earlier = [other for other in event.others("message") if other.log.index < event.log.index]
    own = [other for other in earlier if other.local("from") == event.log.contract]
    if not own:
        raise UnreadableError("contradicted", "the token bridge sends no message before its event")
    return event.departure(
        own[-1].fields["messageHash"].hex(),
        asset=event.took(event.local("token"), said["amount"]),
        amount=said["amount"],
        sender=event.local("sender"),
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
        amount_out=said["amount"],
    )


def _token_in(event: Reading) -> Message:
    said = event.fields
    later = (other for other in event.others("claimed") if other.log.index > event.log.index)
    claimed = next(later, None)
    if claimed is None:
        raise UnreadableError("contradicted", "no message is claimed after the event")
    token = event.local("bridgedToken" if any(said["bridgedToken"]) else "nativeToken")
    return event.arrival(
        claimed.fields["messageHash"].hex(),
        asset=event.paid(token, said["amount"]),
        amount=said["amount"],
        recipient=event.local("recipient"),
        from_chain=_OTHER[event.chain],
    )


# part: a claim is read with the token bridge's event
DECODERS = {"message": _message, "claimed": part, "token-out": _token_out, "token-in": _token_in}
