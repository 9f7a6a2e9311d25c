"""Addresses and assets as bridges write them, in bytes, brought into the canonical form of their chain."""

import base58

from clew.chains import CHAINS, find_chain, parse_address
from clew.errors import InputError

_EVM, _TRON, _SOLANA = "eip155:", "tron:", "solana:"
_PADDING = 12
"""Zero bytes before an EVM address in a word."""


class UnreadableError(Exception):
    """Carries a refusal's reason and detail out of the depth of a decoder."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def account(chain: str, raw: bytes) -> str:
    """The account of `raw` on a chain, by its CAIP-2 id; hex with ``0x`` where the form of its addresses is not known.

    UnreadableError where the bytes cannot be an account of that chain.
    """
    if not any(raw):
        raise UnreadableError("bad-recipient", "the account is empty, or zero")
    if chain.startswith(_EVM):
        return f"0x{_last_20(chain, raw).hex()}"
    if chain.startswith(_TRON):
        return parse_address("41" + _last_20(chain, raw).hex(), find_chain(chain)).value
    if chain.startswith(_SOLANA) and len(raw) == 32:
        return base58.b58encode(raw).decode()
    return f"0x{raw.hex()}"


def account_of_text(chain: str, text: str) -> str:
    """The account that a text names on a chain; the text itself where Clew cannot read addresses of that chain."""
    clean = text.strip()
    known = next((c for c in CHAINS if c.id == chain), None)
    if known is None and not chain.startswith(_EVM):
        return clean
    try:
        return parse_address(clean, known or find_chain("ethereum")).value
    except InputError as error:
        raise UnreadableError("bad-recipient", f"{clean[:80]!r}: {error.what}") from error


def coin(chain: str) -> str:
    """CAIP-19 id of a chain's own coin; empty where Clew does not know the chain."""
    return next((c.native.id for c in CHAINS if c.id == chain), "")


def wrapped_coin(chain: str) -> str:
    """Contract of the wrapped coin of a chain; empty where Clew knows none."""
    return next((c.wrapped for c in CHAINS if c.id == chain), "")


def token(chain: str, raw: bytes) -> str:
    """CAIP-19 id of the token at an address on a chain; the chain's coin for the zero address (or 0xee...ee).

    Empty where the form of that chain's assets is not known.
    """
    if not any(raw) or raw[-20:] == b"\xee" * 20:
        return coin(chain)
    if chain.startswith((_EVM, _TRON)):
        return asset(chain, account(chain, raw))
    return ""


def asset(chain: str, contract: str) -> str:
    """CAIP-19 id of the token of a contract in canonical form."""
    return f"{chain}/{'trc20' if chain.startswith(_TRON) else 'erc20'}:{contract}"


def _last_20(chain: str, raw: bytes) -> bytes:
    padding = raw[:-20]
    clean = padding.lstrip(b"\0")
    if len(raw) < 20 or len(raw) > _PADDING + 20 or clean not in (b"", b"\x41" if chain.startswith(_TRON) else b""):
        raise UnreadableError("bad-recipient", f"0x{raw.hex()[:80]} is no address of {chain}")
    return raw[-20:]
