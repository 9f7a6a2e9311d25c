"""Wormhole's token bridge: a message of the core contract, and its redemption, by emitter and sequence."""

from itertools import takewhile

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading

_TRANSFER, _TRANSFER_WITH_PAYLOAD = 1, 3
_LEAST = 133
"""Bytes of a transfer: kind, amount, token and its chain, recipient and his chain, fee (or sender)."""
_AMOUNT, _TOKEN, _TOKEN_CHAIN, _TO, _TO_CHAIN = (
    slice(1, 33),
    slice(33, 65),
    slice(65, 67),
    slice(67, 99),
    slice(99, 101),
)
_MOST_SHIFT = 28
"""The message has eight decimals at most; a token with more has its amount times a power of ten."""


def _bridge(event: Reading) -> str:
    """The token bridge of this chain."""
    found = (c.address for c in event.family.contracts if (c.chain, c.role) == (event.chain, "bridge"))
    return next(found, "")


def _published(event: Reading) -> Message | None:
    """Other applications publish messages too: only the token bridge's transfers are its departures."""
    payload, bridge = event.fields["payload"], _bridge(event)
    if event.local("sender") != bridge or payload[:1] not in (bytes([_TRANSFER]), bytes([_TRANSFER_WITH_PAYLOAD])):
        return None
    if len(payload) < _LEAST:
        raise UnreadableError("truncated", f"the transfer has {len(payload)} bytes, {_LEAST} are its least")
    target = event.chain_of(int.from_bytes(payload[_TO_CHAIN]))
    own = int.from_bytes(payload[_TOKEN_CHAIN]) == event.number()
    token = accounts.account(event.chain, payload[_TOKEN]) if own else ""
    given = _given(event, int.from_bytes(payload[_AMOUNT]), token)
    coin = given.wraps and given.token == accounts.wrapped_coin(event.chain)
    return event.departure(
        f"{event.number()}/{event.fields['sender'].rjust(32, bytes(1)).hex()}/{event.fields['sequence']}",
        asset=accounts.coin(event.chain) if coin else accounts.asset(event.chain, given.token),
        amount=given.amount,
        sender="" if coin else given.sender,
        to_chain=target,
        recipient=accounts.account(target, payload[_TO]),
    )


def _given(event: Reading, told: int, token: str) -> Moved:
    """The last movement into the bridge before the message, of the token if it is known, that the amount fits."""
    bridge = _bridge(event)
    sums = {told * 10**shift for shift in range(_MOST_SHIFT + 1)}
    fitting = [
        moved
        for moved in event.moved
        if moved.receiver == bridge
        and moved.log < event.log.index
        and moved.token == (token or moved.token)
        and moved.amount in sums
    ]
    if not fitting:
        raise UnreadableError("contradicted", f"nothing that fits the message's {told} moves into the bridge")
    return fitting[-1]


def _redeemed(event: Reading) -> Message:
    said, source = event.fields, event.chain_of(event.fields["emitterChainId"])
    later = [moved for moved in event.moved if moved.log > event.log.index]
    ends = [other.log.index for other in event.others("redeemed") if other.log.index > event.log.index]
    own = takewhile(lambda moved: not ends or moved.log < min(ends), later)
    paid = [
        m for m in own if m.amount and (m.sender == event.log.contract or (m.sender == ZERO_ADDRESS and not m.wraps))
    ]
    first = [moved for moved in paid if moved.token == paid[0].token]
    if len(first) != 1:
        raise UnreadableError("contradicted", f"{len(first)} payments follow the redemption, one is expected")
    [payment] = first
    coin = payment.wraps and payment.token == accounts.wrapped_coin(event.chain)
    return event.arrival(
        f"{said['emitterChainId']}/{said['emitterAddress'].hex()}/{said['sequence']}",
        asset=accounts.coin(event.chain) if coin else accounts.asset(event.chain, payment.token),
        amount=payment.amount,
        recipient="" if payment.wraps else payment.receiver,
        from_chain=source,
    )


DECODERS = {"published": _published, "redeemed": _redeemed}
