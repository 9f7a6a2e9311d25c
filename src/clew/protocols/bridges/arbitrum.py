"""Arbitrum's own bridge: tokens through gateways, ether through the inbox and the outbox."""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import Tuple, keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_L1, _L2 = "eip155:1", "eip155:42161"
_RETRYABLE, _ETHER = 9, 12
"""Kinds of message (nitro's MessageTypes): a ticket, and ether alone."""
_ETHER_BYTES = 52
"""Of such a message: whom to pay and how much."""
_TICKET_TO, _TICKET_VALUE, _TICKET_GIVEN, _TICKET_DATA = 0, 1, 2, 8
"""Words of a ticket: whom to call with how much, what was given for all, and the length of the call's data."""


def _content(event: Reading, token: bytes, recipient: bytes) -> str:
    said = event.fields
    return "in/" + keccak_256(token + said["from"] + recipient + said["amount"].to_bytes(32)).hex()


def _token_in(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    return event.departure(
        _content(event, said["l1Token"], said["to"]),
        asset=event.took(event.local("l1Token"), amount),
        amount=amount,
        sender=event.local("from"),
        to_chain=_L2,
        recipient=event.local("to"),
        amount_out=amount,
    )


def _token_arrives(event: Reading) -> Message:
    said, recipient = event.fields, event.local("to")
    return event.arrival(
        _content(event, said["l1Token"], said["to"]),
        asset=_l2_token(event, "receiver", recipient),
        amount=said["amount"],
        recipient=recipient,
        from_chain=_L1,
    )


def _l2_token(event: Reading, side: str, party: str) -> str:
    """The token of the one movement of the event's amount: minted or released to a party, or taken from it."""
    places = (ZERO_ADDRESS, event.log.contract)
    other = "sender" if side == "receiver" else "receiver"
    tokens = {
        moved.token
        for moved in event.moved
        if moved.amount == event.fields["amount"] and getattr(moved, side) == party and getattr(moved, other) in places
    }
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    return accounts.asset(event.chain, tokens.pop())


def _token_out(event: Reading) -> Message:
    said, sender = event.fields, event.local("from")
    position = said["l2ToL1Id"]
    if position not in {other.fields["position"] for other in event.others("message-out")}:
        raise UnreadableError("contradicted", "no message to Ethereum has the event's position")
    return event.departure(
        f"out/{position}",
        asset=_l2_token(event, "sender", sender),
        amount=said["amount"],
        sender=sender,
        to_chain=_L1,
        recipient=event.local("to"),
        asset_out=accounts.token(_L1, said["l1Token"]),
        amount_out=said["amount"],
    )


def _token_paid(event: Reading) -> Message:
    before = [other for other in event.others("executed") if other.log.index < event.log.index]
    if not before:
        raise UnreadableError("contradicted", "no message is executed before the event")
    return event.arrival(
        f"out/{before[-1].fields['transactionIndex']}",
        asset=event.paid(event.local("l1Token"), event.fields["amount"]),
        amount=event.fields["amount"],
        recipient=event.local("to"),
        from_chain=_L2,
    )


def _message_out(event: Reading) -> Message | None:
    """A message that carries ether; those of the gateways carry none."""
    said = event.fields
    if not said["callvalue"]:
        return None
    return event.departure(
        f"out/{said['position']}",
        asset=accounts.coin(event.chain),
        amount=said["callvalue"],
        sender=event.local("caller"),
        to_chain=_L1,
        recipient=event.local("destination"),
        asset_out=accounts.coin(_L1),
        amount_out=said["callvalue"],
    )


def _executed(event: Reading) -> Message | None:
    """Ether that the bridge pays for a message: the call that it makes next tells how much."""
    later = (other for other in event.others("called") if other.log.index > event.log.index)
    called = next(later, None)
    if called is None or not called.fields["value"]:
        return None
    return event.arrival(
        f"out/{event.fields['transactionIndex']}",
        asset=accounts.coin(event.chain),
        amount=called.fields["value"],
        recipient=called.local("to"),
        from_chain=_L2,
    )


def _inbox(event: Reading) -> Message | None:
    """Ether for Arbitrum: alone, or by a ticket that calls nobody. Tickets with a call are of gateways and others."""
    said, data = event.fields, event.fields["data"]
    number = said["messageNum"]
    kinds = {o.fields["kind"] for o in event.others("delivered") if o.fields["messageIndex"] == number}
    if kinds == {_ETHER} and len(data) == _ETHER_BYTES:
        recipient, given, paid = data[:20], int.from_bytes(data[20:]), int.from_bytes(data[20:])
    elif kinds == {_RETRYABLE} and not Tuple(data).uint(_TICKET_DATA):
        ticket = Tuple(data)
        recipient = ticket.uint(_TICKET_TO).to_bytes(32)
        given, paid = ticket.uint(_TICKET_GIVEN), ticket.uint(_TICKET_VALUE)
    else:
        return None
    return event.departure(
        "",
        asset=accounts.coin(event.chain),
        amount=given,
        sender="",
        to_chain=_L2,
        recipient=accounts.account(_L2, recipient),
        asset_out=accounts.coin(_L2),
        amount_out=paid,
    )


# part: the bridge's events are read with those of inbox and outbox
DECODERS = {
    "token-in": _token_in,
    "token-arrives": _token_arrives,
    "token-out": _token_out,
    "token-paid": _token_paid,
    "message-out": _message_out,
    "executed": _executed,
    "inbox": _inbox,
    "called": part,
    "delivered": part,
}
