"""zkSync Era's own bridge: to zkSync by the transaction that Ethereum announces, to Ethereum by what both sides say.

Three bridges of tokens followed each other; where a later one speaks in a transaction, the older's events repeat it.
"""

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Moved, Reading, part

_L1, _L2 = "eip155:1", "eip155:324"
_OTHER = {_L1: _L2, _L2: _L1}
_COIN = {_L1: f"{_L1}/slip44:60", _L2: f"{_L2}/slip44:60"}
_VAULT, _ETHER_TOKEN = 0x10004, 1
"""zkSync's vault, and what stands for ether, in the ids of assets (DataEncoding.encodeNTVAssetId)."""
_COINS_CONTRACT, _BOOTLOADER = (
    "0x000000000000000000000000000000000000800a",
    "0x0000000000000000000000000000000000008001",
)
"""What writes a Transfer for each movement of ether on zkSync; and who mints it, and takes the fees."""
_TO, _TOKEN, _AMOUNT, _WITHDRAWAL = slice(4, 24), slice(24, 44), slice(44, 76), 76
"""Of the first bridge's message to Ethereum, packed after four bytes: recipient, token, amount; and its length."""


def _asset_id(token: int) -> bytes:
    """The id of a token of Ethereum."""
    return keccak_256((1).to_bytes(32) + _VAULT.to_bytes(32) + token.to_bytes(32))


_ETHER = _asset_id(_ETHER_TOKEN)


def _content(asset: bytes, to: bytes, amount: int) -> str:
    return "out/" + keccak_256(asset + to + amount.to_bytes(32)).hex()


def _own_hash(event: Reading) -> str:
    return event.log.tx.removeprefix("0x").lower()


def _one(event: Reading, moved: list[Moved]) -> str:
    tokens = {each.token for each in moved}
    if len(tokens) != 1:
        raise UnreadableError("contradicted", f"{len(tokens)} tokens moved by the event's amount")
    return accounts.asset(event.chain, tokens.pop())


def _given(event: Reading) -> str:
    places = (event.log.contract, ZERO_ADDRESS)
    return _one(event, [m for m in event.moved if m.amount == event.fields["amount"] and m.receiver in places])


def _paid_out(event: Reading) -> str:
    places = (event.log.contract, ZERO_ADDRESS)
    return _one(event, [m for m in event.moved if m.amount == event.fields["amount"] and m.sender in places])


def _request(event: Reading) -> Message | None:
    """Ether for zkSync; what is minted there beside it pays for the gas, and the rest of it goes back."""
    call = event.fields["transaction"]
    if not call["value"]:
        return None
    return event.departure(
        event.fields["txHash"].hex(),
        asset=_COIN[_L1],
        amount=max(call["reserved"][0], call["value"]),
        sender="",
        to_chain=_L2,
        recipient=accounts.account(_L2, call["to"].to_bytes(32)),
        asset_out=_COIN[_L2],
        amount_out=call["value"],
    )


def _done(event: Reading) -> Message | None:
    """The mark of a transaction from Ethereum. Its ether is the one movement that is neither mint nor fee."""
    bootloader = event.fields["l2log"]["sender"] == bytes.fromhex(_BOOTLOADER[2:])
    if not bootloader or event.others("mint", "deposited"):
        return None
    outside = (ZERO_ADDRESS, _BOOTLOADER)
    moved = [
        m for m in event.moved
        if m.token == _COINS_CONTRACT and m.sender not in outside and m.receiver not in outside and m.amount
    ]  # fmt: skip
    if len(moved) != 1:
        return None
    return event.arrival(
        _own_hash(event), asset=_COIN[_L2], amount=moved[0].amount, recipient=moved[0].receiver, from_chain=_L1
    )


def _deposit(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    return event.departure(
        said["l2DepositTxHash"].hex(),
        asset=event.took(event.local("l1Token"), amount),
        amount=amount,
        sender=event.local("from"),
        to_chain=_L2,
        recipient=event.local("to"),
        amount_out=amount,
    )


def _announced(event: Reading) -> str:
    """The transaction on zkSync that is announced after the event; empty where none is."""
    later = (o for o in event.others("hash") if o.log.index > event.log.index)
    found = next((o for o in later if o.fields["chainId"] == event.fields["chainId"]), None)
    return str(found.fields["l2DepositTxHash"].hex()) if found else ""


def _shared(event: Reading) -> Message | None:
    said, amount = event.fields, event.fields["amount"]
    if said["chainId"] != 324 or int.from_bytes(said["l1Token"]) == _ETHER_TOKEN:
        return None
    key = _announced(event)
    if not key:
        raise UnreadableError("contradicted", "no transaction on zkSync is announced after the event")
    return event.departure(
        key,
        asset=event.took(event.local("l1Token"), amount),
        amount=amount,
        sender=event.local("from"),
        to_chain=_L2,
        recipient=event.local("to"),
        amount_out=amount,
    )


def _burn(event: Reading) -> Message | None:
    """A token into the vault: of Ethereum by the transaction announced, of zkSync by what both sides say."""
    said, target = event.fields, _OTHER[event.chain]
    if event.chain_of(said["chainId"]) != target or said["assetId"] == _ETHER:
        return None
    key = _announced(event) if event.chain == _L1 else _content(said["assetId"], said["receiver"], said["amount"])
    if not key and event.others("deposit"):
        return None
    if not key:
        raise UnreadableError("contradicted", "no transaction on zkSync is announced after the event")
    return event.departure(
        key,
        asset=_given(event),
        amount=said["amount"],
        sender=event.local("sender"),
        to_chain=target,
        recipient=event.local("receiver"),
        amount_out=said["amount"],
    )


def _mint(event: Reading) -> Message | None:
    said, source = event.fields, _OTHER[event.chain]
    if event.chain_of(said["chainId"]) != source:
        return None
    ether = said["assetId"] == _ETHER
    content = _content(said["assetId"], said["receiver"], said["amount"])
    return event.arrival(
        content if event.chain == _L1 else _own_hash(event),
        asset=_COIN[event.chain] if ether else _paid_out(event),
        amount=said["amount"],
        recipient=event.local("receiver"),
        from_chain=source,
    )


def _deposited(event: Reading) -> Message | None:
    amount = event.fields["amount"]
    if event.others("mint"):
        return None
    return event.arrival(
        _own_hash(event),
        asset=event.paid(event.local("l2Token"), amount),
        amount=amount,
        recipient=event.local("l2Receiver"),
        from_chain=_L1,
    )


def _ether_out(event: Reading) -> Message:
    said, amount = event.fields, event.fields["amount"]
    return event.departure(
        _content(_ETHER, said["l1Receiver"], amount),
        asset=_COIN[_L2],
        amount=amount,
        sender=event.local("l2Sender"),
        to_chain=_L1,
        recipient=event.local("l1Receiver"),
        asset_out=_COIN[_L1],
        amount_out=amount,
    )


def _withdrawal(event: Reading) -> Message:
    """The event names zkSync's token; the message that the bridge sends before it names Ethereum's."""
    said, amount = event.fields, event.fields["amount"]
    earlier = [o for o in event.others("sent") if o.log.index < event.log.index]
    own = [o.fields["message"] for o in earlier if o.local("sender") == event.log.contract]
    agreed = (said["l1Receiver"], amount)
    if not own or len(own[-1]) < _WITHDRAWAL or (own[-1][_TO], int.from_bytes(own[-1][_AMOUNT])) != agreed:
        raise UnreadableError("contradicted", "the bridge sends no message of the withdrawal before its event")
    l1_token = own[-1][_TOKEN]
    return event.departure(
        _content(_asset_id(int.from_bytes(l1_token)), said["l1Receiver"], amount),
        asset=event.took(event.local("l2Token"), amount),
        amount=amount,
        sender=event.local("l2Sender"),
        to_chain=_L1,
        recipient=event.local("l1Receiver"),
        asset_out=accounts.token(_L1, l1_token),
        amount_out=amount,
    )


def _ether_paid(event: Reading) -> Message | None:
    return None if event.others("mint", "shared-paid") else _paid(event, bytes(19) + b"\x01")


def _first_paid(event: Reading) -> Message | None:
    return None if event.others("mint", "shared-paid") else _paid(event, event.fields["l1Token"])


def _shared_paid(event: Reading) -> Message | None:
    if event.others("mint") or event.fields["chainId"] != 324:
        return None
    return _paid(event, event.fields["l1Token"])


def _paid(event: Reading, token: bytes) -> Message:
    said, amount, number = event.fields, event.fields["amount"], int.from_bytes(token)
    ether = number == _ETHER_TOKEN
    return event.arrival(
        _content(_asset_id(number), said["to"], amount),
        asset=_COIN[_L1] if ether else event.paid(accounts.account(_L1, token), amount),
        amount=amount,
        recipient=event.local("to"),
        from_chain=_L2,
    )


DECODERS = {
    "request": _request,
    "done": _done,
    "deposit": _deposit,
    "shared": _shared,
    "hash": part,
    "burn": _burn,
    "mint": _mint,
    "deposited": _deposited,
    "ether-out": _ether_out,
    "withdrawal": _withdrawal,
    "sent": part,
    "ether-paid": _ether_paid,
    "paid": _first_paid,
    "shared-paid": _shared_paid,
}
