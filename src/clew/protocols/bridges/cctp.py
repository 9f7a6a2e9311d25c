"""Circle's CCTP: a burn names a mint on another chain by domain and nonce, or (version 2) by all it says."""

from clew.protocols.abi import keccak_256
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading, part

_RECIPIENT, _AMOUNT = slice(36, 68), slice(68, 100)
_FIXED = slice(4, 164)
"""Of a body of version 2, what both sides know: token burnt, recipient, amount, sender, greatest fee."""
_HOOK = 228
_LEAST = {"1": 132, "2": _HOOK}
"""Bytes of a body without hook data, by version (BurnMessage.sol, BurnMessageV2.sol)."""


def _burn_1(event: Reading) -> Message:
    return _burn(event, f"{event.number()}/{event.fields['nonce']}")


def _burn_2(event: Reading) -> Message:
    said = event.fields
    fixed = b"".join(
        [
            said["burnToken"].rjust(32, b"\0"),
            said["mintRecipient"],
            said["amount"].to_bytes(32),
            said["depositor"].rjust(32, b"\0"),
            said["maxFee"].to_bytes(32),
        ]
    )
    return _burn(event, _content(event.number(), said["destinationDomain"], fixed, said["hookData"]))


def _content(source: int, target: int, fixed: bytes, hook: bytes) -> str:
    return keccak_256(source.to_bytes(4) + target.to_bytes(4) + fixed + hook).hex()


def _burn(event: Reading, key: str) -> Message:
    said = event.fields
    target = event.chain_of(said["destinationDomain"])
    amount, fee = said["amount"], said.get("maxFee", 0)
    return event.departure(
        key,
        asset=event.took(event.local("burnToken"), amount),
        amount=amount,
        sender=event.local("depositor"),
        to_chain=target,
        recipient=accounts.account(target, said["mintRecipient"]),
        amount_out=None if fee else amount,
        least_out=max(amount - fee, 0) if fee else None,
    )


def _mint(event: Reading) -> Message:
    version = event.event.name[-1]
    later = (r for r in event.others(f"received-{version}") if r.log.index > event.log.index)
    received = next(later, None)
    if received is None:
        raise UnreadableError("contradicted", "no message is received after the mint")
    source, body = received.fields["sourceDomain"], received.fields["messageBody"]
    if len(body) < _LEAST[version]:
        raise UnreadableError("truncated", f"the message has {len(body)} bytes, {_LEAST[version]} are its least")
    amount, fee = event.fields["amount"], event.fields.get("feeCollected", 0)
    if body[_RECIPIENT][12:] != event.fields["mintRecipient"] or int.from_bytes(body[_AMOUNT]) != amount + fee:
        raise UnreadableError("contradicted", "the mint has another recipient or amount than the message")
    if version == "2":
        key = _content(source, event.number(), body[_FIXED], body[_HOOK:])
    else:
        key = f"{source}/{received.fields['nonce']}"
    return event.arrival(
        key,
        asset=event.paid(event.local("mintToken"), amount),
        amount=amount,
        recipient=event.local("mintRecipient"),
        from_chain=event.chain_of(source),
    )


# part: what a message holds is read with its mint
DECODERS = {
    "burn-1": _burn_1,
    "burn-2": _burn_2,
    "mint-1": _mint,
    "mint-2": _mint,
    "received-1": part,
    "received-2": part,
}
