"""Symbiosis: a portal's token becomes a synthesis' token on the other chain, or the other way, by the paying side's id.

The departure has an id of its own. The paying side's is its hash with where it is to be paid (getExternalId of
Symbiosis' SDK).
"""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading

_PAYS = {"portal": "synthesis", "synthesis": "portal"}
"""Role of the contract that writes a departure -> of the one that pays."""


def _left(event: Reading) -> Message:
    said, target = event.fields, event.chain_of(event.fields["chainID"])
    places = (event.log.contract, ZERO_ADDRESS)
    moved = [m for m in event.moved if m.amount == said["amount"] and m.receiver in places]
    return event.departure(
        _external_id(event, target),
        asset=_asset(event, moved),
        amount=said["amount"],
        sender=next((m.sender for m in moved if not m.wraps), event.local("from")),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
    )


def _external_id(event: Reading, target: str) -> str:
    """Empty where the contract that is to pay is not known."""
    said, [role] = event.fields, event.event.roles
    known = (c.address for c in event.family.contracts if (c.chain, c.role) == (target, _PAYS[role]))
    payer = next(known, "")
    if not payer:
        return ""
    packed = said["id"] + bytes.fromhex(payer[2:]) + said["revertableAddress"] + said["chainID"].to_bytes(32)
    return keccak_256(packed).hex()


def _came(event: Reading) -> Message:
    """What was paid: some forms tell the amount with the fee, some without it."""
    said, places = event.fields, (event.log.contract, ZERO_ADDRESS)
    amounts = (said["amount"], said["amount"] - said["bridgingFee"])
    moved = [m for m in event.moved if m.sender in places and m.amount in amounts and m.amount]
    if len({m.amount for m in moved}) != 1:
        raise UnreadableError("contradicted", f"{len(moved)} payments fit the event")
    return event.arrival(
        said["id"].hex(),
        asset=_asset(event, moved),
        amount=moved[0].amount,
        recipient=event.local("to"),
    )


def _asset(event: Reading, moved: list[Moved]) -> str:
    """The token of the event where it moved, else the one that did: a synthesis may name what its token stands for."""
    tokens = {m.token for m in moved}
    named = event.local("token")
    if named not in tokens and len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    return accounts.asset(event.chain, named if named in tokens else tokens.pop())


DECODERS = {"synthesize": _left, "burn": _left, "synthesized": _came, "burnt": _came}
