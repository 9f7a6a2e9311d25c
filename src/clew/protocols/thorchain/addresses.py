"""Whether a memo's text is an address of some chain, by its form and checksum; or a name the network may know."""

import re

import base58

from clew.chains import bech32
from clew.errors import InputError
from clew.protocols.thorchain.facts import bech32_prefixes

_EVM = re.compile(r"0[xX][0-9a-fA-F]{40}")
_CASHADDR = re.compile(r"[qp][02-9ac-hj-np-z]{41}")
_NAME = re.compile(r"[A-Za-z0-9+_-]{1,30}")
_BASE58CHECK = (25, 26)
"""Bytes of an address with its checksum: one version byte (Bitcoin, Dogecoin, Dash, TRON) or two (Zcash)."""
_SOLANA = 32


def is_address(text: str) -> bool:
    """Whether `text` is a mainnet address of a chain the networks pay to. Which chain is not told: 0x is of many."""
    if _EVM.fullmatch(text) or _CASHADDR.fullmatch(text):
        return True
    return _is_bech32(text) or _is_base58(text)


def is_bech32_of(text: str, *prefixes: str) -> bool:
    """Whether `text` is a bech32 address with one of the prefixes."""
    try:
        return bech32.split(text)[0] in prefixes
    except InputError:
        return False


def _is_bech32(text: str) -> bool:
    return is_bech32_of(text, *bech32_prefixes())


def _is_base58(text: str) -> bool:
    if not 25 <= len(text) <= 50 or not text.isascii():
        return False
    for alphabet in (base58.BITCOIN_ALPHABET, base58.RIPPLE_ALPHABET):
        try:
            if len(base58.b58decode_check(text, alphabet=alphabet)) + 4 in _BASE58CHECK:
                return True
        except ValueError:
            continue
    try:
        return len(base58.b58decode(text)) == _SOLANA
    except ValueError:
        return False


def is_name(text: str) -> bool:
    """Whether `text` can be a THORName or MAYAName: 1 to 30 letters, digits, ``+``, ``_`` and ``-``."""
    return _NAME.fullmatch(text) is not None
