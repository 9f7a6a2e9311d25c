"""Addresses of output scripts, written by the million: the plain forms, which nearly all outputs have.

P2PKH and P2SH in base58check; P2WPKH and P2WSH in bech32, P2TR in bech32m (BIP-173, BIP-350). What has another form
gets no text here: `script.script_owner` knows all forms, one script at a time.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from clew.chains import bech32
from clew.chains.bulk import absorbed
from clew.chains.networks import Network
from clew.chains.sha256 import hash_twice

_WIDTH = 64
"""Characters of the longest: four of the prefix, the separator, a version, 52 of the program, six of the checksum."""
_BASE58 = np.frombuffer(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", np.uint8)
_BECH32 = np.frombuffer(bech32.CHARSET.encode(), np.uint8)
_ENDS = (np.uint32(bech32.BECH32), np.uint32(bech32.BECH32M))


def plain_owners(data: npt.NDArray[np.uint8], scripts: npt.NDArray[np.int64], network: Network) -> list[str]:
    """The address of each script (offset and end in `data`, shape (2, scripts)); empty for another form."""
    texts, sizes = _owners(data, scripts, np.uint8(network.p2pkh), np.uint8(network.p2sh[0]), _prefix(network))
    whole = texts.tobytes().decode("ascii")
    return [whole[at : at + size] for at, size in zip(range(0, len(whole), _WIDTH), sizes.tolist(), strict=True)]


def _prefix(network: Network) -> Any:
    return np.frombuffer(network.hrp.encode("ascii"), np.uint8)


@njit(cache=True, nogil=True)
def _owners(data, scripts, p2pkh, p2sh, hrp):
    count = scripts.shape[1]
    texts, sizes = np.zeros((count, _WIDTH), np.uint8), np.zeros(count, np.int64)
    message, state, digest = np.zeros(128, np.uint8), np.zeros(8, np.uint32), np.zeros(32, np.uint8)
    for row in range(count):
        script = data[scripts[0, row] : scripts[1, row]]
        size = len(script)
        if size == 25 and _starts(script, (0x76, 0xA9, 0x14)) and script[23] == 0x88 and script[24] == 0xAC:
            sizes[row] = _base58(p2pkh, script, 3, message, state, digest, texts[row])
        elif size == 23 and _starts(script, (0xA9, 0x14)) and script[22] == 0x87:
            sizes[row] = _base58(p2sh, script, 2, message, state, digest, texts[row])
        elif (size == 22 and _starts(script, (0, 20))) or (size == 34 and _starts(script, (0, 32))):
            sizes[row] = _segwit(hrp, 0, script, texts[row])
        elif size == 34 and _starts(script, (0x51, 32)):
            sizes[row] = _segwit(hrp, 1, script, texts[row])
    return texts, sizes


@njit(cache=True, nogil=True)
def _starts(script, opcodes):
    same = True
    for place in range(len(opcodes)):
        same = same and script[place] == opcodes[place]
    return same


@njit(cache=True, nogil=True)
def _base58(version, script, first, message, state, digest, text):
    """Write version, twenty bytes and four of their double hash in base 58; the number of characters."""
    message[0] = version
    for place in range(20):
        message[1 + place] = script[first + place]
    raw = np.empty(25, np.uint8)
    for place in range(21):
        raw[place] = message[place]
    hash_twice(message, 21, state, digest)
    for place in range(4):
        raw[21 + place] = digest[place]
    size, zeros = 0, 0
    digits = np.zeros(35, np.uint8)
    for byte in raw:
        zeros += size == 0 and byte == 0
        carry = np.uint32(byte)
        for place in range(size):
            carry += np.uint32(digits[place]) << np.uint32(8)
            digits[place] = np.uint8(carry % np.uint32(58))
            carry //= np.uint32(58)
        while carry:
            digits[size] = np.uint8(carry % np.uint32(58))
            carry //= np.uint32(58)
            size += 1
    for place in range(zeros):
        text[place] = _BASE58[0]
    for place in range(size):
        text[zeros + place] = _BASE58[digits[size - 1 - place]]
    return zeros + size


@njit(cache=True, nogil=True)
def _segwit(hrp, version, script, text):
    """Write a witness program of a version; the number of characters."""
    check, at = np.uint32(1), len(hrp) + 1
    for place in range(len(hrp)):
        check, text[place] = absorbed(check, np.uint32(hrp[place]) >> np.uint32(5)), hrp[place]
    check, text[len(hrp)] = absorbed(check, np.uint32(0)), 49
    for place in range(len(hrp)):
        check = absorbed(check, np.uint32(hrp[place]) & np.uint32(31))
    check, text[at] = absorbed(check, np.uint32(version)), _BECH32[version]
    at += 1
    held, bits = np.uint32(0), 0
    for place in range(2, len(script)):
        held, bits = held << np.uint32(8) | np.uint32(script[place]), bits + 8
        last = place == len(script) - 1
        while bits >= 5 or (last and bits > 0):
            if bits < 5:
                held, bits = held << np.uint32(5 - bits), 5
            group = held >> np.uint32(bits - 5) & np.uint32(31)
            check, text[at] = absorbed(check, group), _BECH32[group]
            at, bits = at + 1, bits - 5
        held &= (np.uint32(1) << np.uint32(bits)) - np.uint32(1)
    for _ in range(6):
        check = absorbed(check, np.uint32(0))
    check ^= _ENDS[version]
    for place in range(6):
        text[at + place] = _BECH32[check >> np.uint32(5 * (5 - place)) & np.uint32(31)]
    return at + 6
