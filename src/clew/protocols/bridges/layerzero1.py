"""LayerZero 1: Stargate's first pools, and tokens whose event counts where the node's own packet is of their contract.

The nodes of both chains write a packet's two ends and its number. It is sent after the pool's event and before the
token's, and received before either.
"""

from dataclasses import dataclass

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import Tuple
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading, part

_NONCE, _SOURCE, _SENDER, _TARGET, _RECEIVER, _BODY = (
    slice(0, 8),
    slice(8, 10),
    slice(10, 30),
    slice(30, 32),
    slice(32, 52),
    52,
)
"""Of a packet between EVM chains, packed: number, chain and contract of both ends; where the message begins."""
_SWAP, _TYPE, _POOL, _AMOUNT, _TO = 1, 0, 2, 6, 12
"""Of Stargate's message: the type of a swap; and its words for type, pool of the target, amount and recipient."""
_DECIMALS = 18
"""Most decimals by which a chain's token may exceed the shared ones."""


@dataclass(frozen=True, slots=True)
class _Packet:
    key: str
    app: bytes
    """The contract on this chain that sent or received it."""
    far: int
    """Number of the other chain."""
    message: bytes
    log: int


def _key(source: int, sender: bytes, target: int, receiver: bytes, nonce: int) -> str:
    return f"{source}/{sender.hex()}/{target}/{receiver.hex()}/{nonce}"


def _sent_packets(event: Reading) -> list[_Packet]:
    packets = []
    for other in event.others("packet"):
        raw = other.fields["payload"]
        if len(raw) >= _BODY:
            nonce, source, target = (int.from_bytes(raw[part]) for part in (_NONCE, _SOURCE, _TARGET))
            key = _key(source, raw[_SENDER], target, raw[_RECEIVER], nonce)
            packets.append(_Packet(key, raw[_SENDER], target, raw[_BODY:], other.log.index))
    return packets


def _received_packet(event: Reading) -> _Packet:
    """The last that was received before the event."""
    earlier = [other for other in event.others("packet-received") if other.log.index < event.log.index]
    if not earlier:
        what = "foreign-contract" if event.contract is None else "contradicted"
        raise UnreadableError(what, "no packet is received before the event")
    said = earlier[-1].fields
    key = _key(said["srcChainId"], said["srcAddress"][:20], event.number(), said["dstAddress"], said["nonce"])
    return _Packet(key, said["dstAddress"], said["srcChainId"], b"", earlier[-1].log.index)


def _swap(event: Reading) -> Message:
    said, target = event.fields, event.chain_of(event.fields["chainId"])
    packet = next((p for p in _sent_packets(event) if p.log > event.log.index and _is_of(p, said)), None)
    if packet is None:
        raise UnreadableError("contradicted", "no packet of the swap is sent after the event")
    fees = said["eqFee"] + said["protocolFee"] + said["lpFee"]
    moved = _scaled([m for m in event.moved if m.receiver == event.log.contract], said["amountSD"] + fees)
    return event.departure(
        packet.key,
        asset=_asset(event, moved.token),
        amount=moved.amount,
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, Tuple(packet.message).bytes(_TO)),
    )


def _is_of(packet: _Packet, said: dict[str, int]) -> bool:
    body = Tuple(packet.message)
    if packet.far != said["chainId"] or len(packet.message) <= _TO * 32:
        return False
    return (body.uint(_TYPE), body.uint(_POOL), body.uint(_AMOUNT)) == (_SWAP, said["dstPoolId"], said["amountSD"])


def _swap_remote(event: Reading) -> Message:
    said, packet, recipient = event.fields, _received_packet(event), event.local("to")
    paid = [m for m in event.moved if m.sender == event.log.contract]
    moved = _scaled([m for m in paid if m.receiver == recipient] or paid, said["amountSD"])
    return event.arrival(
        packet.key,
        asset=_asset(event, moved.token),
        amount=moved.amount,
        recipient=recipient,
        from_chain=event.chain_of(packet.far),
    )


def _scaled(moved: list[Moved], shared: int) -> Moved:
    """The one movement that is an amount in shared decimals, times a power of ten."""
    wanted = {shared * 10**more for more in range(_DECIMALS + 1) if shared}
    found = {(m.token, m.amount): m for m in moved if m.amount in wanted}
    if len(found) != 1:
        raise UnreadableError("contradicted", f"{len(found)} movements of the pool fit the event's amount")
    return found.popitem()[1]


def _asset(event: Reading, token: str) -> str:
    native = event.contract is not None and event.contract.native
    return accounts.coin(event.chain) if native else accounts.asset(event.chain, token)


def _token_sent(event: Reading) -> Message:
    """The contract's own packet before or after the event, to the chain that it names."""
    said, target = event.fields, event.chain_of(event.fields["dstChainId"])
    own = [p for p in _sent_packets(event) if _mine(event, p.app) and p.far == said["dstChainId"]]
    if not own:
        raise UnreadableError("foreign-contract", "no packet of the node in the transaction is of the contract")
    nearest = min(own, key=lambda packet: abs(packet.log - event.log.index))
    sender = event.local("from")
    return event.departure(
        nearest.key,
        asset=_token(event, [m for m in event.moved if m.sender == sender], "receiver"),
        amount=said["amount"],
        sender=sender,
        to_chain=target,
        recipient=accounts.account(target, said["toAddress"]),
    )


def _token_received(event: Reading) -> Message:
    said, packet, recipient = event.fields, _received_packet(event), event.local("to")
    if not _mine(event, packet.app) or packet.far != said["srcChainId"]:
        raise UnreadableError("foreign-contract", "the packet is of another contract or chain")
    return event.arrival(
        packet.key,
        asset=_token(event, [m for m in event.moved if m.receiver == recipient], "sender"),
        amount=said["amount"],
        recipient=recipient,
        from_chain=event.chain_of(packet.far),
    )


def _mine(event: Reading, app: bytes) -> bool:
    return any(app) and accounts.account(event.chain, app) == event.log.contract


def _token(event: Reading, moved: list[Moved], other: str) -> str:
    """The token that moved as the event says, between the account and the contract, or burnt or minted for it."""
    places = (event.log.contract, ZERO_ADDRESS)
    tokens = {m.token for m in moved if m.amount == event.fields["amount"] and getattr(m, other) in places}
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    return accounts.asset(event.chain, tokens.pop())


# part: a packet is read with the event of the pool or of the token
DECODERS = {
    "packet": part,
    "packet-received": part,
    "swap": _swap,
    "swap-remote": _swap_remote,
    "token-sent": _token_sent,
    "token-sent-2": _token_sent,
    "token-received": _token_received,
}
