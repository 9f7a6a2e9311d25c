"""Polygon's own bridge: a deposit is a state that Ethereum syncs and Polygon commits, with one number.

The way back is a proof of what was burnt, whose place no event names: exits are joined by what both sides say.
"""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import Tuple, keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
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


def _exit(what: str, account: bytes, amount: int) -> str:
    return f"out/{what}/" + keccak_256(account + amount.to_bytes(32)).hex()


def _coin_burnt(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    return event.departure(
        _exit("coin", said["from"], amount),
        asset=accounts.coin(event.chain),
        amount=amount,
        sender=event.local("from"),
        to_chain="eip155:1",
        recipient=event.local("from"),
        amount_out=amount,
    )


def _coin_paid(event: Reading) -> Message:
    """MATIC in the first years, POL since: what moved to the account."""
    said, amount, recipient = event.fields, event.fields["amount"], event.local("user")
    tokens = {m.token for m in event.moved if m.amount == amount and m.receiver == recipient}
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved to the account by the event's amount")
    return event.arrival(
        _exit("coin", said["user"], amount),
        asset=accounts.asset(event.chain, tokens.pop()),
        amount=amount,
        recipient=recipient,
        from_chain=_POLYGON,
    )


def _ether_burnt(event: Reading) -> Message | None:
    said, amount = event.fields, event.fields["value"]
    if any(said["to"]) or not any(said["from"]):
        return None
    return event.departure(
        _exit("ether", said["from"], amount),
        asset=accounts.asset(event.chain, event.log.contract),
        amount=amount,
        sender=event.local("from"),
        to_chain="eip155:1",
        recipient=event.local("from"),
        asset_out=accounts.coin("eip155:1"),
        amount_out=amount,
    )


def _ether_paid(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    return event.arrival(
        _exit("ether", said["exitor"], amount),
        asset=accounts.coin(event.chain),
        amount=amount,
        recipient=event.local("exitor"),
        from_chain=_POLYGON,
    )


DECODERS = {
    "synced": _synced,
    "committed": _committed,
    "coin-burnt": _coin_burnt,
    "coin-paid": _coin_paid,
    "ether-burnt": _ether_burnt,
    "ether-paid": _ether_paid,
}
