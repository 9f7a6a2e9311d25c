"""LayerZero 2: a token's event counts where the endpoint's own packet, in the same transaction, has its guid.

Anybody may write OFTSent. What an unknown contract writes is believed where the endpoint says that this contract sent
or received the packet, and where a token moved as the event says, to or from that contract, or was burnt or minted.
"""

from dataclasses import dataclass

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading, part

_PATH, _GUID, _MESSAGE = slice(1, 81), slice(81, 113), 113
"""Of a packet (PacketV1Codec): nonce, and endpoint and account of both sides; their hash; where the message begins."""
_RECIPIENT, _SHARED = slice(0, 32), 40
"""Of an OFT's message: whom to pay, and the length of a message without a call (recipient, amount in 6 decimals)."""


@dataclass(frozen=True, slots=True)
class _Packet:
    guid: bytes
    app: bytes
    """The contract on this chain that sent or received it, as a word."""
    message: bytes


def _guid(nonce: int, source: int, sender: bytes, target: int, receiver: bytes) -> bytes:
    return keccak_256(nonce.to_bytes(8) + source.to_bytes(4) + sender + target.to_bytes(4) + receiver)


def _sent_packets(event: Reading) -> list[_Packet]:
    packets = []
    for other in event.others("packet-sent"):
        raw = other.fields["encodedPayload"]
        if len(raw) >= _MESSAGE and keccak_256(raw[_PATH]) == raw[_GUID]:
            packets.append(_Packet(raw[_GUID], raw[13:45], raw[_MESSAGE:]))
    return packets


def _delivered_packets(event: Reading) -> list[_Packet]:
    packets = []
    for other in event.others("packet-delivered"):
        origin, receiver = other.fields["origin"], other.fields["receiver"].rjust(32, b"\0")
        guid = _guid(origin["nonce"], origin["srcEid"], origin["sender"], event.number(), receiver)
        packets.append(_Packet(guid, receiver, b""))
    return packets


def _packet(event: Reading, packets: list[_Packet]) -> _Packet:
    found = next((packet for packet in packets if packet.guid == event.fields["guid"]), None)
    if found is None:
        what = "foreign-contract" if event.contract is None else "contradicted"
        raise UnreadableError(what, "no packet of the endpoint in the transaction has the guid")
    if event.contract is None and accounts.account(event.chain, found.app) != event.log.contract:
        raise UnreadableError("foreign-contract", "the packet is of another contract")
    return found


def _sent(event: Reading) -> Message:
    said = event.fields
    target, sender = event.chain_of(said["dstEid"]), event.local("fromAddress")
    waits = event.contract is not None and not any(said["guid"])
    recipient = ""
    if not waits:
        message = _packet(event, _sent_packets(event)).message
        standard = event.contract is None and len(message) >= _SHARED
        recipient = accounts.account(target, message[_RECIPIENT]) if standard else ""
    amount = said["amountSentLD"]
    return event.departure(
        "" if waits else said["guid"].hex(),
        asset=_asset(event, amount, [m for m in event.moved if m.sender == sender], "receiver"),
        amount=amount,
        sender=sender,
        to_chain=target,
        recipient=recipient,
    )


def _received(event: Reading) -> Message:
    said = event.fields
    _packet(event, _delivered_packets(event))
    recipient, amount = event.local("toAddress"), said["amountReceivedLD"]
    return event.arrival(
        said["guid"].hex(),
        asset=_asset(event, amount, [m for m in event.moved if m.receiver == recipient], "sender"),
        amount=amount,
        recipient=recipient,
        from_chain=event.chain_of(said["srcEid"]),
    )


def _asset(event: Reading, amount: int, moved: list[Moved], other: str) -> str:
    """The token that moved as the event says, between the account and the contract, or burnt or minted for it."""
    known = event.contract.token if event.contract else ""
    if event.contract and event.contract.native:
        return accounts.coin(event.chain)
    places = (event.log.contract, ZERO_ADDRESS)
    fitting = {m.token for m in moved if m.amount == amount and getattr(m, other) in places}
    if known:
        fitting &= {known}
    if len(fitting) != 1:
        raise UnreadableError("contradicted", f"{len(fitting)} tokens moved by the event's {amount} base units")
    return accounts.asset(event.chain, fitting.pop())


# part: a packet is read with the token's event
DECODERS = {"sent": _sent, "received": _received, "packet-sent": part, "packet-delivered": part}
