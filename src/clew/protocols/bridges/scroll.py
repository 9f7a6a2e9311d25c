"""Scroll's gateways: what a gateway says, by the hash of the message that the messenger sends for it."""

from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_RELAY = keccak_256(b"relayMessage(address,address,uint256,uint256,bytes)")[:4]
_L1, _L2 = "eip155:1", "eip155:534352"
_OTHER = {_L1: _L2, _L2: _L1}


def _hash(event: Reading) -> str:
    """The hash of the last message that the gateway sends before its event."""
    earlier = [other for other in event.others("message") if other.log.index < event.log.index]
    own = [other.fields for other in earlier if other.local("sender") == event.log.contract]
    if not own:
        raise UnreadableError("contradicted", "the gateway sends no message before its event")
    said, body = own[-1], own[-1]["message"]
    words = [
        said["sender"].rjust(32, b"\0"),
        said["target"].rjust(32, b"\0"),
        said["value"].to_bytes(32),
        said["messageNonce"].to_bytes(32),
        (5 * 32).to_bytes(32),
        len(body).to_bytes(32),
        body + bytes(-len(body) % 32),
    ]
    return keccak_256(_RELAY + b"".join(words)).hex()


def _relayed(event: Reading) -> str:
    """The hash of the first message that is done after the event."""
    for other in event.others("relayed"):
        if other.log.index > event.log.index:
            return str(other.fields["messageHash"].hex())
    raise UnreadableError("contradicted", "no message is relayed after the event")


def _tokens(event: Reading) -> tuple[bytes, bytes]:
    """The token on this chain and on the other; zero for ether, which the events of its gateway do not name."""
    said = event.fields
    sides = said.get("l1Token", bytes(20)), said.get("l2Token", bytes(20))
    return sides if event.chain == _L1 else sides[::-1]


def _asset(event: Reading, token: bytes) -> str:
    if not any(token):
        return accounts.coin(event.chain)
    return event.took(accounts.account(event.chain, token), event.fields["amount"])


def _out(event: Reading) -> Message:
    said, target = event.fields, _OTHER[event.chain]
    here, there = _tokens(event)
    return event.departure(
        _hash(event),
        asset=_asset(event, here),
        amount=said["amount"],
        sender=event.local("from"),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
        asset_out=accounts.token(target, there),
        amount_out=said["amount"],
    )


def _in(event: Reading) -> Message:
    said, (here, _) = event.fields, _tokens(event)
    return event.arrival(
        _relayed(event),
        asset=_asset(event, here),
        amount=said["amount"],
        recipient=event.local("to"),
        from_chain=_OTHER[event.chain],
    )


# part: a message is read with the gateway's event
DECODERS = {
    "message": part,
    "relayed": part,
    "coin-deposit": _out,
    "coin-withdrawal": _out,
    "coin-deposited": _in,
    "coin-withdrawn": _in,
    "token-deposit": _out,
    "token-withdrawal": _out,
    "token-deposited": _in,
    "token-withdrawn": _in,
}
