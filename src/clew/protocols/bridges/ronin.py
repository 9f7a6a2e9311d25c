"""Ronin's gateways: a receipt that both chains write, with the number of the deposit or withdrawal."""

from typing import Any

from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_FUNGIBLE, _FUNGIBLE_1 = 0, 20
"""Standard of an ERC-20 token in the receipts of version 2 (an enumeration) and of version 1."""
_SIDES = ("mainchain", "ronin")


def _receipt(event: Reading, direction: str, here: str) -> tuple[str, dict[str, Any], dict[str, Any], int]:
    """Key, this chain's side, the other's, and the amount."""
    receipt = event.fields["receipt"]
    own, other = receipt[here], receipt[_SIDES[here == "mainchain"]]
    if own["chainId"] != event.number():
        raise UnreadableError("contradicted", f"the receipt is of chain {own['chainId']}")
    return f"2/{direction}/{receipt['id']}", own, other, receipt["info"]["quantity"]


def _left(event: Reading, direction: str, here: str) -> Message | None:
    if event.fields["receipt"]["info"]["erc"] != _FUNGIBLE:
        return None
    key, own, other, amount = _receipt(event, direction, here)
    target = event.chain_of(other["chainId"])
    return event.departure(
        key,
        asset=event.took(accounts.account(event.chain, own["tokenAddr"]), amount),
        amount=amount,
        sender=accounts.account(event.chain, own["addr"]),
        to_chain=target,
        recipient=accounts.account(target, other["addr"]),
        asset_out=accounts.token(target, other["tokenAddr"]),
        amount_out=amount,
    )


def _came(event: Reading, direction: str, here: str) -> Message | None:
    if event.fields["receipt"]["info"]["erc"] != _FUNGIBLE:
        return None
    key, own, other, amount = _receipt(event, direction, here)
    return event.arrival(
        key,
        asset=event.paid(accounts.account(event.chain, own["tokenAddr"]), amount),
        amount=amount,
        recipient=accounts.account(event.chain, own["addr"]),
        from_chain=event.chain_of(other["chainId"]),
    )


def _deposit(event: Reading) -> Message | None:
    return _left(event, "deposit", "mainchain")


def _deposited(event: Reading) -> Message | None:
    return _came(event, "deposit", "ronin")


def _withdrawal(event: Reading) -> Message | None:
    return _left(event, "withdrawal", "ronin")


def _withdrew(event: Reading) -> Message | None:
    return _came(event, "withdrawal", "mainchain")


def _deposit_1(event: Reading) -> Message | None:
    """The sender is not named: the owner is whom Ronin credits."""
    said, amount = event.fields, event.fields["tokenNumber"]
    if said["standard"] != _FUNGIBLE_1:
        return None
    token = event.local("tokenAddress")
    return event.departure(
        f"1/deposit/{said['depositId']}",
        asset=event.took(token, amount),
        amount=amount,
        sender=event.payer(token, amount),
        to_chain="eip155:2020",
        recipient=event.local("owner"),
    )


def _withdrew_1(event: Reading) -> Message:
    said, amount = event.fields, event.fields["tokenNumber"]
    return event.arrival(
        f"1/withdrawal/{said['withdrawId']}",
        asset=event.paid(event.local("tokenAddress"), amount),
        amount=amount,
        recipient=event.local("owner"),
        from_chain="eip155:2020",
    )


def _deposited_1(event: Reading) -> Message:
    said, amount = event.fields, event.fields["tokenNumber"]
    return event.arrival(
        f"1/deposit/{said['depositId']}",
        asset=event.paid(event.local("tokenAddress"), amount),
        amount=amount,
        recipient=event.local("owner"),
        from_chain="eip155:1",
    )


def _withdrawal_1(event: Reading) -> Message | None:
    said, amount = event.fields, event.fields["tokenNumber"]
    if said["standard"] != _FUNGIBLE_1:
        return None
    return event.departure(
        f"1/withdrawal/{said['withdrawId']}",
        asset=event.took(event.local("tokenAddress"), amount),
        amount=amount,
        sender=event.local("owner"),
        to_chain="eip155:1",
        recipient=event.local("owner"),
        asset_out=accounts.token("eip155:1", said["mainchainAddress"]),
        amount_out=amount,
    )


DECODERS = {
    "deposit": _deposit,
    "deposited": _deposited,
    "withdrawal": _withdrawal,
    "withdrew": _withdrew,
    "deposit-1": _deposit_1,
    "withdrew-1": _withdrew_1,
    "deposited-1": _deposited_1,
    "withdrawal-1": _withdrawal_1,
}
