"""Polygon's own bridge: a deposit is a state that Ethereum syncs and Polygon commits, with one number."""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import Tuple, keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_DEPOSIT = keccak_256(b"DEPOSIT")
_POLYGON = "eip155:137"


def _synced(event: Reading) -> Message | None:
    """A deposit for the child chain's manager; other contracts sync what they like."""
    managers = {c.address for c in event.family.contracts if c.role == "child-manager"}
    data = Tuple(event.fields["data"])
    if event.local("contractAddress") not in managers or data.uint(0).to_bytes(32) != _DEPOSIT:
        return None
    deposit = Tuple(data.bytes(1))
    user, token = (bytes.fromhex(deposit.address(field)[2:]) for field in (0, 1))
    amount = Tuple(deposit.bytes(2)).uint(0)
    coin = accounts.token(event.chain, token) == accounts.coin(event.chain)
    contract = "" if coin else accounts.account(event.chain, token)
    return event.departure(
        str(event.fields["id"]),
        asset=accounts.coin(event.chain) if coin else event.took(contract, amount),
        amount=amount,
        sender="" if coin else event.payer(contract, amount),
        to_chain=_POLYGON,
        recipient=accounts.account(_POLYGON, user),
        amount_out=amount,
    )


def _committed(event: Reading) -> Message | None:
    """What is minted between the state before and this one; a state that mints nothing is no deposit."""
    start = max((o.log.index for o in event.others("committed") if o.log.index < event.log.index), default=-1)
    minted = [
        moved
        for moved in event.moved
        if start < moved.log < event.log.index and moved.sender == ZERO_ADDRESS and not moved.wraps
    ]
    if not event.fields["success"] or len(minted) != 1:
        return None
    return event.arrival(
        str(event.fields["stateId"]),
        asset=accounts.asset(event.chain, minted[0].token),
        amount=minted[0].amount,
        recipient=minted[0].receiver,
        from_chain="eip155:1",
    )


DECODERS = {"synced": _synced, "committed": _committed}
