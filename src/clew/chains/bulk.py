"""Checksums of a million addresses a second: the plain, valid ones told from those worth a closer look.

A kernel over the bytes of all addresses. It says of each which form it has with a right checksum, and the first eight
bytes of the hash it commits to. What it does not recognise (a rarer form, a fault) gets code 0: `forms.recognise`
looks at those one by one. Keccak-256, as Ethereum used it before FIPS 202: the Keccak reference,
version 3.0. Base58check: Bitcoin; bech32 and bech32m: BIP-173, BIP-350; mixed-case hex: EIP-55.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from clew.chains import bech32
from clew.chains.sha256 import hash_twice

OTHER, EVM_ONE_CASE, EVM, BASE58, SEGWIT = range(5)
"""Codes: not recognised here; EVM in one case, so without a checksum; EVM, base58check or segwit with a right one."""

VERSIONS = np.array([0x00, 0x05, 0x30, 0x32, 0x1E, 0x16, 0x21, 0x4C, 0x10, 0x26, 0x17, 0x41], dtype=np.uint8)
"""Version bytes of base58check that stand for one chain's addresses or more (`forms`)."""


def _keccak_constants() -> list[int]:
    """Round constants by the reference's linear feedback shift register."""
    constants, state = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if state & 1:
                constant |= 1 << ((1 << power) - 1)
            state = state << 1 ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return constants


def _keccak_offsets() -> tuple[list[int], list[int]]:
    """Of the lanes in the order of the pi step: where each goes, and by how many bits it is turned (rho)."""
    lanes, turns = [], []
    x, y = 1, 0
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        lanes.append(x + 5 * y)
        turns.append((step + 1) * (step + 2) // 2 % 64)
    return lanes, turns


_IOTA = np.array(_keccak_constants(), dtype=np.uint64)
_LANES, _TURNS = (np.array(part, dtype=np.int64) for part in _keccak_offsets())
_DIGITS = np.full(256, 255, dtype=np.uint8)
_DIGITS[np.frombuffer(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", dtype=np.uint8)] = np.arange(58)
_GROUPS = np.full(256, 255, dtype=np.uint8)
_GROUPS[np.frombuffer(bech32.CHARSET.encode(), dtype=np.uint8)] = np.arange(32)
_FEEDBACK = np.array(bech32.feedback(), dtype=np.uint32)
_BECH32, _BECH32M = np.uint32(bech32.BECH32), np.uint32(bech32.BECH32M)


def check_addresses(texts: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
    """Codes and key prefixes of an Arrow array of texts without nulls.

    The prefix is the first eight bytes, big-endian, of what the address commits to: the account of an EVM or TRON
    address, a public key's or script's hash, a witness program. 0 where the code is OTHER.
    """
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    size = len(array)
    codes, keys = np.zeros(size, dtype=np.uint8), np.zeros(size, dtype=np.uint64)
    if size and data is not None:
        bounds = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + size + 1]
        _check(np.frombuffer(data, dtype=np.uint8), bounds, codes, keys, VERSIONS)
    return codes, keys


@njit(cache=True, nogil=True)
def _check(data, bounds, codes, keys, versions):
    raw, state, lanes = np.zeros(128, np.uint8), np.zeros(8, np.uint32), np.zeros(25, np.uint64)
    digest, groups = np.zeros(32, np.uint8), np.zeros(90, np.uint8)
    for i in range(len(codes)):
        text = data[bounds[i] : bounds[i + 1]]
        size = len(text)
        if size == 42 and text[0] == 48 and text[1] == 120:
            codes[i], keys[i] = _hex(text, lanes)
        elif 25 <= size <= 35 and _DIGITS[text[0]] != 255:
            codes[i], keys[i] = _base58(text, raw, state, digest, versions)
        if codes[i] == OTHER and 14 <= size <= 74:
            codes[i], keys[i] = _segwit(text, groups)


@njit(cache=True, nogil=True)
def _hex(text, lanes):
    """EVM: one case throughout, or each letter's case as the hash of the lower-case digits says."""
    key, upper, lower = np.uint64(0), False, False
    for j in range(2, 42):
        c = text[j]
        if 48 <= c <= 57:
            digit = c - 48
        elif 97 <= c <= 102:
            digit, lower = c - 87, True
        elif 65 <= c <= 70:
            digit, upper = c - 55, True
        else:
            return OTHER, np.uint64(0)
        if j < 18:
            key = key << np.uint64(4) | np.uint64(digit)
    if not (upper and lower):
        return EVM_ONE_CASE, key
    _keccak_of_digits(text, lanes)
    for j in range(40):
        c = text[j + 2]
        byte = lanes[j // 16] >> np.uint64(8 * (j // 2 % 8))
        nibble = byte >> np.uint64(4) if j % 2 == 0 else byte
        if c > 57 and (c < 97) != (nibble & np.uint64(15) >= np.uint64(8)):
            return OTHER, np.uint64(0)
    return EVM, key


@njit(cache=True, nogil=True)
def _keccak_of_digits(text, lanes):
    """Keccak-256 of forty hex digits in lower case, one block; the digest is the first four lanes."""
    lanes[:] = 0
    for j in range(40):
        c = text[j + 2]
        c = c + 32 if 65 <= c <= 70 else c
        lanes[j // 8] |= np.uint64(c) << np.uint64(8 * (j % 8))
    lanes[5] ^= np.uint64(1)
    lanes[16] ^= np.uint64(1) << np.uint64(63)
    sums = np.zeros(5, np.uint64)
    for turn in range(24):
        for x in range(5):
            sums[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
        for x in range(5):
            mixed = sums[(x + 4) % 5] ^ _turned(sums[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                lanes[x + y] ^= mixed
        carried = lanes[1]
        for step in range(24):
            lane = _LANES[step]
            carried, lanes[lane] = lanes[lane], _turned(carried, _TURNS[step])
        for y in range(0, 25, 5):
            for x in range(5):
                sums[x] = lanes[x + y]
            for x in range(5):
                lanes[x + y] = sums[x] ^ (~sums[(x + 1) % 5] & sums[(x + 2) % 5])
        lanes[0] ^= _IOTA[turn]


@njit(cache=True, nogil=True)
def _turned(lane, bits):
    if bits == 0:
        return lane
    return lane << np.uint64(bits) | lane >> np.uint64(64 - bits)


@njit(cache=True, nogil=True)
def _base58(text, raw, state, digest, versions):
    """A version byte, twenty bytes and four of the double SHA-256."""
    raw[:25] = 0
    for c in text:
        carry = np.uint32(_DIGITS[c])
        if carry == 255:
            return OTHER, np.uint64(0)
        for j in range(24, -1, -1):
            carry += np.uint32(58) * np.uint32(raw[j])
            raw[j] = np.uint8(carry & np.uint32(255))
            carry >>= np.uint32(8)
        if carry:
            return OTHER, np.uint64(0)
    ones = 0
    while ones < len(text) and text[ones] == 49:
        ones += 1
    zeros = 0
    while zeros < 25 and raw[zeros] == 0:
        zeros += 1
    known = False
    for version in versions:
        known = known or version == raw[0]
    if ones != zeros or not known:
        return OTHER, np.uint64(0)
    check = np.uint32(0)
    for j in range(21, 25):
        check = check << np.uint32(8) | np.uint32(raw[j])
    key = np.uint64(0)
    for j in range(1, 9):
        key = key << np.uint64(8) | np.uint64(raw[j])
    hash_twice(raw, 21, state, digest)
    for j in range(4):
        if digest[j] != (check >> np.uint32(24 - 8 * j)) & np.uint32(255):
            return OTHER, np.uint64(0)
    return BASE58, key


@njit(cache=True, nogil=True)
def _segwit(text, groups):
    """``bc``, ``ltc`` or ``tb``, in one case, with a right checksum and padding."""
    upper, lower, split = False, False, -1
    for j in range(len(text)):
        upper = upper or 65 <= text[j] <= 90
        lower = lower or 97 <= text[j] <= 122
        if text[j] == 49 and split < 0:
            split = j
    if (upper and lower) or not 2 <= split <= 3 or len(text) - split - 1 < 8:
        return OTHER, np.uint64(0)
    a, b, c = text[0] | 32, text[1] | 32, text[2] | 32
    if not ((split == 2 and ((a == 98 and b == 99) or (a == 116 and b == 98))) or (a == 108 and b == 116 and c == 99)):
        return OTHER, np.uint64(0)
    sum_ = np.uint32(1)
    for j in range(split):
        sum_ = absorbed(sum_, np.uint32(text[j] | 32) >> np.uint32(5))
    sum_ = absorbed(sum_, np.uint32(0))
    for j in range(split):
        sum_ = absorbed(sum_, np.uint32(text[j] & 31))
    count = len(text) - split - 1
    for j in range(count):
        c = text[split + 1 + j]
        c = c + 32 if 65 <= c <= 90 else c
        groups[j] = _GROUPS[c]
        if groups[j] == 255:
            return OTHER, np.uint64(0)
        sum_ = absorbed(sum_, np.uint32(groups[j]))
    version, program = groups[0], (count - 7) * 5 // 8
    due = _BECH32 if version == 0 else _BECH32M
    if sum_ != due or version > 16 or not 2 <= program <= 40 or (version == 0 and program != 20 and program != 32):
        return OTHER, np.uint64(0)
    spare = (count - 7) * 5 % 8
    if spare >= 5 or groups[count - 7] & np.uint8((1 << spare) - 1):
        return OTHER, np.uint64(0)
    key = np.uint64(0)
    for j in range(1, 14):  # 65 bits: one too many
        if j < 13:
            key = key << np.uint64(5) | np.uint64(groups[j])
        elif program >= 8:
            key = key << np.uint64(4) | np.uint64(groups[j] >> 1)
    return SEGWIT, key


@njit(cache=True, nogil=True)
def absorbed(sum_, value):
    """The checksum of bech32 after one more group of five bits."""
    return np.uint32((sum_ & np.uint32(0x1FFFFFF)) << np.uint32(5)) ^ value ^ _FEEDBACK[sum_ >> np.uint32(25)]
