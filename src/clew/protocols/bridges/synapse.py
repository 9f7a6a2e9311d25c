"""Synapse: a payout names kappa, the hash of the departure's transaction; a filled request its transaction id."""

from clew.protocols.abi import Tuple, keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_REQUEST = 12 * 32
"""Bytes of a request (IFastBridge.BridgeTransaction): twelve fields of one word."""
_RECIPIENT, _GIVEN, _PAID, _FEE = 3, 6, 7, 8
"""Its fields: who is to be paid on the target chain, amounts given and to be paid, and the fee beside the first."""


def _deposit(event: Reading) -> Message:
    said, token = event.fields, event.local("token")
    target = event.chain_of(said["chainId"])
    return event.departure(
        keccak_256(f"0x{event.log.tx.removeprefix('0x').lower()}".encode()).hex(),
        asset=event.took(token, said["amount"]),
        amount=said["amount"],
        sender=event.payer(token, said["amount"]),
        to_chain=target,
        recipient=accounts.account(target, said["to"]),
    )


def _payout(event: Reading) -> Message:
    """What the bridge gave the recipient: some forms tell the amount with the fee, some without it."""
    said, recipient, token = event.fields, event.local("to"), event.local("token")
    bridge = event.log.contract
    given = [m for m in event.moved if m.sender == bridge and (m.receiver == recipient or m.wraps)]
    if not said.get("swapSuccess", False):
        given = [m for m in given if m.token == token and m.amount in (said["amount"], said["amount"] - said["fee"])]
    paid = {(moved.token, moved.amount, moved.wraps) for moved in given}
    if len(paid) != 1:
        raise UnreadableError("contradicted", f"{len(paid)} payments of the bridge fit the event")
    [(contract, amount, unwrapped)] = paid
    coin = unwrapped and contract == accounts.wrapped_coin(event.chain)
    return event.arrival(
        said["kappa"].hex(),
        asset=accounts.coin(event.chain) if coin else accounts.asset(event.chain, contract),
        amount=amount,
        recipient=recipient,
    )


def _requested(event: Reading) -> Message:
    said, request = event.fields, Tuple(event.fields["request"])
    if len(request.data) < _REQUEST:
        raise UnreadableError("truncated", f"the request has {len(request.data)} bytes, {_REQUEST} are its form")
    if (request.uint(_GIVEN), request.uint(_PAID)) != (said["originAmount"], said["destAmount"]):
        raise UnreadableError("contradicted", "the request has other amounts than the event")
    target, given = event.chain_of(said["destChainId"]), said["originAmount"] + request.uint(_FEE)
    coin = accounts.coin(event.chain)
    native = accounts.token(event.chain, said["originToken"]) == coin
    return event.departure(
        said["transactionId"].hex(),
        asset=coin if native else event.took(event.local("originToken"), given),
        amount=given,
        sender=event.local("sender"),
        to_chain=target,
        recipient=accounts.account(target, request.uint(_RECIPIENT).to_bytes(32)),
        asset_out=accounts.token(target, said["destToken"]),
        amount_out=said["destAmount"],
    )


def _relayed(event: Reading) -> Message:
    said, coin = event.fields, accounts.coin(event.chain)
    native = accounts.token(event.chain, said["destToken"]) == coin
    return event.arrival(
        said["transactionId"].hex(),
        asset=coin if native else event.paid(event.local("destToken"), said["destAmount"]),
        amount=said["destAmount"],
        recipient=event.local("to"),
        from_chain=event.chain_of(said["originChainId"]),
    )


DECODERS = {
    "deposit": _deposit,
    "deposit-swap": _deposit,
    "redeem": _deposit,
    "redeem-remove": _deposit,
    "redeem-swap": _deposit,
    "redeem-wide": _deposit,
    "withdraw": _payout,
    "withdraw-remove": _payout,
    "mint": _payout,
    "mint-swap": _payout,
    "requested": _requested,
    "relayed": _relayed,
}
