"""Chainflip: swaps that begin with a call of a vault. What it pays out has no event and no id on any chain."""

from clew.protocols.bridges import accounts
from clew.protocols.bridges.messages import Message
from clew.protocols.bridges.reading import Reading

_BITCOIN = "bip122:"


def _recipient(chain: str, raw: bytes) -> str:
    """Bitcoin addresses come as their text, others as bytes."""
    if chain.startswith(_BITCOIN):
        return accounts.account_of_text(chain, raw.decode("ascii", errors="replace"))
    return accounts.account(chain, raw)


def _swap(event: Reading) -> Message:
    said, target = event.fields, event.chain_of(event.fields["dstChain"])
    coin = event.event.name == "coin"
    return event.departure(
        "",
        asset=accounts.coin(event.chain) if coin else event.took(event.local("srcToken"), said["amount"]),
        amount=said["amount"],
        sender=event.local("sender"),
        to_chain=target,
        recipient=_recipient(target, said["dstAddress"]),
    )


DECODERS = {"coin": _swap, "token": _swap}
