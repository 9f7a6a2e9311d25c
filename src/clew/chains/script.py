"""Output scripts: their type, and the address that owns them.

The templates are those of Bitcoin Core's ``Solver`` (``script/solver.cpp``), with BIP-16, BIP-141 and BIP-341.
"""

from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

import base58
from Crypto.Hash import RIPEMD160

from clew.chains import bech32
from clew.chains.networks import Network

MAX_SCRIPT = 10_000
"""Bytes; a longer script fails when it is run, so its output can never be spent."""


_MWEB_VERSIONS = (0x58, 0x59)
"""Litecoin's witness versions 8 and 9: coins inside the extension, and entering it. No address owns them."""


class ScriptType(StrEnum):
    """What an output asks of its spender."""

    P2PK = "p2pk"
    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2WPKH = "p2wpkh"
    P2WSH = "p2wsh"
    P2TR = "p2tr"
    WITNESS = "witness"
    """A witness program of a version or length without a rule yet."""
    MULTISIG = "multisig"
    """Bare multisig: several keys, no address."""
    OP_RETURN = "op_return"
    OVERSIZED = "oversized"
    NONSTANDARD = "nonstandard"


def script_type(script: bytes) -> ScriptType:
    """The type of an output script."""
    size = len(script)
    if size > MAX_SCRIPT:
        return ScriptType.OVERSIZED
    if script[:1] == b"\x6a":
        return ScriptType.OP_RETURN
    if size == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return ScriptType.P2PKH
    if size == 23 and script[:2] == b"\xa9\x14" and script[22] == 0x87:
        return ScriptType.P2SH
    if 4 <= size <= 42 and script[1] == size - 2 and (script[0] == 0 or 0x51 <= script[0] <= 0x60):
        return _witness_type(script[0], size - 2)
    if _key_size(script) == size - 2 and script[-1] == 0xAC:
        return ScriptType.P2PK
    return ScriptType.MULTISIG if _is_multisig(script) else ScriptType.NONSTANDARD


def _witness_type(opcode: int, size: int) -> ScriptType:
    if opcode == 0:
        return {20: ScriptType.P2WPKH, 32: ScriptType.P2WSH}.get(size, ScriptType.NONSTANDARD)
    return ScriptType.P2TR if (opcode, size) == (0x51, 32) else ScriptType.WITNESS


def _key_size(push: bytes) -> int:
    """Length of the public key that `push` starts with (its length byte and key header agree), or 0."""
    if len(push) < 2:
        return 0
    header = push[1]
    size = 33 if header in (2, 3) else 65 if header in (4, 6, 7) else 0
    return size if size == push[0] else 0


def _is_multisig(script: bytes) -> bool:
    """``OP_m <key>... OP_n OP_CHECKMULTISIG`` with 1 <= m <= n <= 16."""
    if len(script) < 3 or script[-1] != 0xAE or not 0x51 <= script[0] <= script[-2] <= 0x60:
        return False
    at, keys = 1, 0
    while size := _key_size(script[at:-2]):
        at, keys = at + 1 + size, keys + 1
    return at == len(script) - 2 and keys == script[-2] - 0x50


def base58check(version: int, payload: bytes) -> str:
    """Base58 of version byte, payload and the first four bytes of their double SHA-256."""
    return base58.b58encode_check(bytes([version]) + payload).decode("ascii")


def hash160(key: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return RIPEMD160.new(sha256(key).digest()).digest()


@lru_cache(maxsize=1 << 16)
def script_owner(script: bytes, network: Network) -> str:
    """The address of an output script; of a bare public key that of its hash, as explorers do; empty without one."""
    match script_type(script):
        case ScriptType.WITNESS if network.mweb and script[0] in _MWEB_VERSIONS:
            return ""
        case ScriptType.P2PKH:
            return base58check(network.p2pkh, script[3:23])
        case ScriptType.P2SH:
            return base58check(network.p2sh[0], script[2:22])
        case ScriptType.P2PK:
            return base58check(network.p2pkh, hash160(script[1:-1]))
        case ScriptType.P2WPKH | ScriptType.P2WSH | ScriptType.P2TR | ScriptType.WITNESS:
            return bech32.encode(network.hrp, max(0, script[0] - 0x50), script[2:])
        case _:
            return ""


def owner_script(address: str, network: Network) -> bytes:
    """The output script that pays an address in canonical form: the inverse of `script_owner` but for bare keys."""
    if network.hrp and address.startswith(network.hrp + "1"):
        _, version, program = bech32.decode(address)
        return bytes([version + 0x50 if version else 0, len(program)]) + program
    decoded = base58.b58decode_check(address)
    if decoded[0] == network.p2pkh:
        return b"\x76\xa9\x14" + decoded[1:] + b"\x88\xac"
    return b"\xa9\x14" + decoded[1:] + b"\x87"


def is_unspendable(script: bytes) -> bool:
    """Whether nobody can ever spend it: OP_RETURN or OVERSIZED (asked of every output, hence not by type)."""
    return script[:1] == b"\x6a" or len(script) > MAX_SCRIPT
