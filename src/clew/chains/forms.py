"""What an address is by its own form and checksum, whatever ticker or chain somebody wrote beside it.

Covers chains that Clew follows and others that lists name. A chain that Clew follows has its CAIP-2 id, a whole
namespace stands for each of its chains (``eip155``), and any other chain has its plain name (``monero``).
Version bytes are those of each project's chain parameters; CashAddr: bitcoincashorg/spec; Monero: base58 in blocks of
eight bytes, keccak-256; XRP Ledger: base58check in an alphabet of its own.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import base58
from Crypto.Hash import keccak

from clew.chains import bech32, find_chain
from clew.chains.evm import checksum_address
from clew.errors import InputError


class Verdict(StrEnum):
    """What the checksum of an address says."""

    VALID = "valid"
    UNCHECKED = "unchecked"
    """It carries none: an EVM address in one case, a Solana address."""
    WRONG = "wrong"
    """It has one, and the address does not satisfy it."""
    UNKNOWN = "unknown"
    """It has the form of no address that Clew knows."""


class Form(NamedTuple):
    """An address as it stands for itself."""

    name: str
    """Such as ``evm``, ``p2pkh``, ``tron``; empty where the form is unknown."""
    address: str
    """The canonical spelling: EVM and bech32 in lower case, base58 as it is."""
    chains: tuple[str, ...]
    """Every chain on which this same address can act; ``eip155`` stands for all EVM chains."""
    verdict: Verdict
    key: str = ""
    """What the address commits to (``hash160:``, ``script:``, ``keccak:`` …): equal for all addresses of one key."""

    def acts_on(self, chain: str) -> bool:
        """Whether the address can act on a chain (CAIP-2 id)."""
        return acts_on(self.chains, chain)


def acts_on(chains: tuple[str, ...], chain: str) -> bool:
    """Whether a chain (CAIP-2 id) is among `chains`, or its namespace is."""
    return chain in chains or chain.partition(":")[0] in chains


def _ids(*names: str) -> tuple[str, ...]:
    return tuple(find_chain(name).id for name in names)


_BITCOIN, _LITECOIN, _TESTNET = _ids("bitcoin"), _ids("litecoin"), _ids("bitcoin-testnet")
_P2PKH, _P2SH = "p2pkh", "p2sh"
_VERSIONS: dict[bytes, tuple[str, tuple[str, ...]]] = {
    b"\x00": (_P2PKH, (*_BITCOIN, "bitcoin-cash", "bitcoin-sv")),
    b"\x05": (_P2SH, (*_BITCOIN, "bitcoin-cash", *_LITECOIN)),
    b"\x30": (_P2PKH, _LITECOIN),
    b"\x32": (_P2SH, _LITECOIN),
    b"\x1e": (_P2PKH, ("dogecoin", "verge")),
    b"\x16": (_P2SH, ("dogecoin",)),
    b"\x21": (_P2SH, ("verge",)),
    b"\x4c": (_P2PKH, ("dash",)),
    b"\x10": (_P2SH, ("dash",)),
    b"\x26": (_P2PKH, ("bitcoin-gold",)),
    b"\x17": (_P2SH, ("bitcoin-gold",)),
    b"\x1c\xb8": (_P2PKH, ("zcash",)),
    b"\x1c\xbd": (_P2SH, ("zcash",)),
    b"\x41": ("tron", _ids("tron")),
    b"\x6f": (_P2PKH, _TESTNET),
    b"\xc4": (_P2SH, _TESTNET),
}
_KEYS = {_P2PKH: "hash160", _P2SH: "script", "tron": "keccak"}
_SEGWIT = {"bc": _BITCOIN, "ltc": _LITECOIN, "tb": _TESTNET}
_EVM = re.compile("0[xX][0-9a-fA-F]{40}")
_TRON_HEX = re.compile("(?:0x)?41[0-9a-fA-F]{40}")
_BASE58 = re.compile("[1-9A-HJ-NP-Za-km-z]+")
_CASH = re.compile("(?:bitcoincash:)?([qp][02-9ac-hj-np-z]{41})", re.IGNORECASE)
_BECH32 = re.compile("(bc|ltc|tb|bnb)1[02-9ac-hj-np-z]{6,}", re.IGNORECASE)
_CASH_PREFIX = [ord(character) & 31 for character in "bitcoincash"] + [0]
_CASH_GENERATORS = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_MONERO_BLOCKS = {11: 8, 7: 5}
"""Characters of a block -> bytes; an address is eight or nine full blocks and one of 7 characters."""
_MONERO_NETWORKS = (18, 19, 42)
"""First byte of a main address, an integrated one, a sub-address."""


@lru_cache(maxsize=1 << 15)
def recognise(text: str) -> Form:
    """The form of an address; where none fits, UNKNOWN with the text as it stands."""
    address = text.strip()
    for read in (_evm, _tron_hex, _segwit, _cash, _base58check, _xrp, _monero, _solana):
        form = read(address)
        if form is not None:
            return form
    shaped = _BASE58.fullmatch(address) is not None and 26 <= len(address) <= 35
    return Form("base58" if shaped else "", address, (), Verdict.WRONG if shaped else Verdict.UNKNOWN)


def _evm(text: str) -> Form | None:
    if not _EVM.fullmatch(text):
        return None
    digits = text[2:]
    lower = digits.lower()
    address = f"0x{lower}"
    if digits in (lower, digits.upper()):
        verdict = Verdict.UNCHECKED
    else:
        verdict = Verdict.VALID if checksum_address(address) == "0x" + digits else Verdict.WRONG
    return Form("evm", address, ("eip155",), verdict, f"keccak:{lower}")


def _tron_hex(text: str) -> Form | None:
    if not _TRON_HEX.fullmatch(text):
        return None
    raw = bytes.fromhex(text.removeprefix("0x"))
    address = base58.b58encode_check(raw).decode("ascii")
    return Form("tron", address, _VERSIONS[b"\x41"][1], Verdict.UNCHECKED, f"keccak:{raw[1:].hex()}")


def _segwit(text: str) -> Form | None:
    found = _BECH32.fullmatch(text)
    if found is None:
        return None
    prefix, address = found[1].lower(), text.lower()
    try:
        if prefix == "bnb":
            _, values, constant = bech32.split(text)
            payload = _bytes_of(values)
            valid = constant == bech32.BECH32 and payload is not None and len(payload) == 20
            hashed = payload.hex() if payload else ""
            return Form("bech32", address, ("bnb-beacon",), _told(valid), f"hash160:{hashed}" if valid else "")
        _, version, program = bech32.decode(text)
    except InputError:
        return Form("bech32", address, (), Verdict.WRONG)
    kind = "hash160" if (version, len(program)) == (0, 20) else f"witness{version}"
    return Form("bech32", address, _SEGWIT[prefix], Verdict.VALID, f"{kind}:{program.hex()}")


def _told(valid: bool) -> Verdict:
    return Verdict.VALID if valid else Verdict.WRONG


def _bytes_of(values: list[int]) -> bytes | None:
    """The bytes of 5-bit groups; None where the rest is not fewer than five zero bits."""
    spare, number = len(values) * 5 % 8, 0
    for value in values:
        number = number << 5 | value
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(len(values) * 5 // 8)


def _cash(text: str) -> Form | None:
    """CashAddr of Bitcoin Cash with a 160-bit hash; the prefix may be left out, as lists do."""
    found = _CASH.fullmatch(text)
    if found is None or (found[1] != found[1].lower() and found[1] != found[1].upper()):
        return None
    values = [bech32.CHARSET.index(character) for character in found[1].lower()]
    checksum = 1
    for value in [*_CASH_PREFIX, *values]:
        top = checksum >> 35
        checksum = (checksum & 0x07FFFFFFFF) << 5 ^ value
        for bit, generator in enumerate(_CASH_GENERATORS):
            checksum ^= generator if top >> bit & 1 else 0
    payload = _bytes_of(values[:-8])
    address = found[1].lower()
    if checksum != 1 or payload is None or payload[0] not in (0, 8):
        return Form("cashaddr", address, (), Verdict.WRONG)
    kind = "hash160" if payload[0] == 0 else "script"
    return Form("cashaddr", address, ("bitcoin-cash",), Verdict.VALID, f"{kind}:{payload[1:].hex()}")


def _base58check(text: str) -> Form | None:
    if not 25 <= len(text) <= 36 or not _BASE58.fullmatch(text):
        return None
    try:
        raw = base58.b58decode_check(text)
    except ValueError:
        return None
    version, payload = raw[:-20], raw[-20:]
    known = _VERSIONS.get(version)
    if known is None:
        return None
    name, chains = known
    return Form(name, text, chains, Verdict.VALID, f"{_KEYS[name]}:{payload.hex()}")


def _xrp(text: str) -> Form | None:
    if not text.startswith("r") or not 25 <= len(text) <= 35:
        return None
    try:
        raw = base58.b58decode_check(text, alphabet=base58.XRP_ALPHABET)
    except ValueError:
        return None
    if len(raw) != 21 or raw[0] != 0:
        return None
    return Form("xrp", text, ("xrp-ledger",), Verdict.VALID, f"hash160:{raw[1:].hex()}")


def _monero(text: str) -> Form | None:
    if len(text) not in (95, 106) or text[0] not in "48" or not _BASE58.fullmatch(text):
        return None
    raw = b"".join(_monero_blocks(text))
    sealed = keccak.new(data=raw[:-4], digest_bits=256).digest()[:4] == raw[-4:]
    if not sealed or raw[0] not in _MONERO_NETWORKS:
        return Form("monero", text, (), Verdict.WRONG)
    return Form("monero", text, ("monero",), Verdict.VALID, f"monero:{raw[1:33].hex()}")


def _monero_blocks(text: str) -> Iterator[bytes]:
    for at in range(0, len(text), 11):
        block = text[at : at + 11]
        number = 0
        for character in block:
            number = number * 58 + base58.BITCOIN_ALPHABET.index(character.encode())
        size = _MONERO_BLOCKS[len(block)]
        yield (number & (1 << 8 * size) - 1).to_bytes(size)


def _solana(text: str) -> Form | None:
    if not 32 <= len(text) <= 44 or not _BASE58.fullmatch(text):
        return None
    if len(base58.b58decode(text)) != 32:
        return None
    return Form("solana", text, ("solana",), Verdict.UNCHECKED, f"ed25519:{text}")


_CANDIDATE = re.compile("[0-9A-Za-z]{20,120}")


def find_addresses(text: str) -> list[Form]:
    """The addresses that stand in a text: those whose checksum holds, and EVM addresses; in their order, once each."""
    found: dict[str, Form] = {}
    for word in _CANDIDATE.findall(text):
        form = recognise(word)
        if form.verdict is Verdict.VALID or form.name == "evm":
            found.setdefault(form.address, form)
    return list(found.values())
