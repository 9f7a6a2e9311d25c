"""Orbit Bridge: a vault or minter pays, and names the transaction and the number of the deposit that it answers."""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_TX, _AMOUNT, _NUMBER = 1, 0, 2
"""Of a payout's words: the deposit's transaction; of its numbers: the amount, and the deposit's number."""


def _left(event: Reading, token: bytes) -> Message:
    said, target = event.fields, event.chain_named(event.fields["toChain"])
    return event.departure(
        f"{event.log.tx.removeprefix('0x').lower()}/{said['depositId']}",
        asset=_taken(event, token) if any(token) else accounts.coin(event.chain),
        amount=said["amount"],
        sender=event.local("fromAddr"),
        to_chain=target,
        recipient=accounts.account(target, said["toAddr"]),
    )


def _taken(event: Reading, token: bytes) -> str:
    """The token, held to a Transfer of the amount, or with its tax, a deposit of its own, of both together."""
    contract = accounts.account(event.chain, token)
    alike = [other.fields for other in event.others(event.event.name) if other.log.contract == event.log.contract]
    whole = sum(said["amount"] for said in alike if token in (said.get("tokenAddress"), said["token"]))
    for moved in event.moved:
        inward = moved.token == contract and moved.receiver in (event.log.contract, ZERO_ADDRESS)
        if inward and moved.amount in (event.fields["amount"], whole):
            return accounts.asset(event.chain, contract)
    raise UnreadableError("contradicted", f"no Transfer of {contract} brings in what the event says")


def _came(event: Reading, token: bytes) -> Message:
    said = event.fields
    if len(said["bytes32s"]) <= _TX or len(said["uints"]) <= _NUMBER:
        raise UnreadableError("truncated", "the payout names no transaction or no number of a deposit")
    amount, recipient = said["uints"][_AMOUNT], accounts.account(event.chain, said["toAddr"])
    contract = accounts.account(event.chain, token) if any(token) else ""
    return event.arrival(
        f"{said['bytes32s'][_TX].hex()}/{said['uints'][_NUMBER]}",
        asset=event.paid(contract, amount) if contract else accounts.coin(event.chain),
        amount=amount,
        recipient=recipient,
        from_chain=event.chain_named(said["fromChain"]),
    )


def _deposit(event: Reading) -> Message:
    return _left(event, event.fields["token"])


def _request(event: Reading) -> Message:
    return _left(event, event.fields["tokenAddress"])


def _withdraw(event: Reading) -> Message:
    return _came(event, event.fields["token"])


def _swap(event: Reading) -> Message:
    return _came(event, event.fields["tokenAddress"])


DECODERS = {"deposit": _deposit, "withdraw": _withdraw, "request": _request, "swap": _swap}
