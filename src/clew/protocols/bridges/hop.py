"""Hop: bonded withdrawals between roll-ups by transfer id; from Ethereum by what the message of both sides says."""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading
from clew.protocols.bridges.registry import Contract

_SAID = ("amount", "amountOutMin", "deadline", "relayerFee")


def _content(event: Reading, target: int) -> str:
    """The key of a transfer from Ethereum, of what both events say."""
    said = event.fields
    words = [target.to_bytes(32), *(said[name].to_bytes(32) for name in _SAID)]
    return keccak_256(b"".join(words) + said["recipient"] + said["relayer"]).hex()


def _known(event: Reading) -> Contract:
    if event.contract is None:
        raise UnreadableError("foreign-contract", "the contract is no bridge of Hop")
    return event.contract


def _sent_to_l2(event: Reading) -> Message:
    said, contract = event.fields, _known(event)
    target, amount = event.chain_of(said["chainId"]), said["amount"]
    token, native = contract.token, contract.native
    return event.departure(
        _content(event, said["chainId"]),
        asset=accounts.coin(event.chain) if native else event.took(token, amount),
        amount=amount,
        sender="" if native else event.payer(token, amount),
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
        least_out=said["amountOutMin"],
    )


def _completed_from_l1(event: Reading) -> Message:
    """The recipient is paid in the token, or as the coin, where the pool could swap; else in Hop's own token."""
    said, token, recipient = event.fields, _known(event).token, event.local("recipient")
    to_him = [moved for moved in event.moved if moved.receiver == recipient]
    swapped = [m for m in to_him if m.token == token and m.amount >= said["amountOutMin"]]
    unwrapped = [m for m in event.moved if m.wraps and m.token == token and m.receiver == ZERO_ADDRESS]
    whole = (said["amount"], said["amount"] - said["relayerFee"])
    minted = [m for m in to_him if m.sender == ZERO_ADDRESS and m.amount in whole]
    found = swapped or unwrapped or minted
    if len({(moved.token, moved.amount) for moved in found}) != 1:
        raise UnreadableError("contradicted", f"{len(found)} payments fit the event")
    coin = found[0].wraps and token == accounts.wrapped_coin(event.chain)
    return event.arrival(
        _content(event, event.number()),
        asset=accounts.coin(event.chain) if coin else accounts.asset(event.chain, found[0].token),
        amount=found[0].amount,
        recipient=recipient,
        from_chain="eip155:1",
    )


def _sent(event: Reading) -> Message:
    """Hop's own token is burnt for the event's amount; what the sender gave for it went into the wrapper's pool."""
    said, amount = event.fields, event.fields["amount"]
    burnt = [moved for moved in event.moved if moved.receiver == ZERO_ADDRESS and moved.amount == amount]
    burnt = [moved for moved in burnt if not moved.wraps]
    if not burnt:
        raise UnreadableError("contradicted", f"no token is burnt for the event's {amount} base units")
    given = _given(event) or burnt[0]
    target = event.chain_of(said["chainId"])
    coin = given.wraps and given.token == accounts.wrapped_coin(event.chain)
    return event.departure(
        said["transferId"].hex(),
        asset=accounts.coin(event.chain) if coin else accounts.asset(event.chain, given.token),
        amount=given.amount,
        sender="" if coin else given.sender,
        to_chain=target,
        recipient=accounts.account(target, said["recipient"]),
        amount_out=max(amount - said["bonderFee"], 0) if target == "eip155:1" else None,
        least_out=None if target == "eip155:1" else said["amountOutMin"],
    )


def _given(event: Reading) -> Moved | None:
    """What went into a wrapper of the bridge's token in the transaction; None where Hop's own token was given."""
    token = _known(event).token
    wrappers = {
        contract.address
        for contract in event.family.contracts
        if (contract.chain, contract.role, contract.token) == (event.chain, "wrapper", token)
    }
    return next((m for m in event.moved if m.token == token and m.receiver in wrappers), None)


def _bonded(event: Reading) -> Message:
    said, contract = event.fields, _known(event)
    l1 = contract.role == "l1"
    asset = accounts.coin(event.chain) if contract.native else accounts.asset(event.chain, contract.token)
    return event.arrival(
        said["transferId"].hex(),
        asset=asset if l1 else "",
        amount=said["amount"],
        recipient="",
        before_fee=True,
    )


DECODERS = {"sent-to-l2": _sent_to_l2, "completed-from-l1": _completed_from_l1, "sent": _sent, "bonded": _bonded}
