"""The kernel that reads a serialised block: one pass over its bytes into flat arrays, with the transactions' ids.

Serialisation: Bitcoin's block and transaction format, BIP-144 (witness), LIP-2/LIP-3 (Litecoin's HogEx flag). As in
Bitcoin Core's ``ReadCompactSize``, a count or length in a longer form than it needs is refused.
"""

import numpy as np
from numba import njit

from clew.chains.sha256 import begin, compress, finish_twice, hash_twice

CUT, LONG_FORM, NO_TRANSACTION, FLAGS, NO_INPUT, MWEB_DATA, COINBASE, HOGEX, REPEATED = range(-1, -10, -1)
"""Faults. All are negative, so that one can stand where an offset or a count would."""

_WITNESS, _MWEB = 1, 8
"""Flags of a transaction."""
_HEADER = 80
_LEAST_TRANSACTION, _LEAST_INPUT, _LEAST_OUTPUT = 51, 41, 9
"""Bytes; what is shorter ends before the block does."""
_ROOM = 72
"""Bytes that hashing wants after a message."""
_MANY = np.uint64(1 << 62)
"""No count is more than this: the bytes end long before."""


@njit(cache=True, nogil=True)
def read_block(data, mweb, most):
    """Read a block; `mweb` allows the HogEx flag on its last transaction.

    Returns, first, the offset behind the last transaction, or a fault; then of the transactions read before a fault:
    how many there are; the offset of the one last begun; whether it is a HogEx; the first one that pays more than
    `most` base units, or -1; ids (rows of 32 bytes, as they are hashed); the numbers of the first input and of the
    first output of each (two rows of a table, totals at the end); offsets of the outpoints spent (a coinbase spends
    none); amounts of outputs; offsets and ends of their scripts (two rows).
    """
    size = len(data)
    ids = np.empty((size // _LEAST_TRANSACTION + 1, 32), np.uint8)
    firsts = np.zeros((2, len(ids) + 1), np.int64)
    spent, amounts = np.empty(size // _LEAST_INPUT + 1, np.int64), np.empty(size // _LEAST_OUTPUT + 1, np.uint64)
    scripts = np.empty((2, len(amounts)), np.int64)
    message, state = np.empty(2 * _ROOM, np.uint8), np.empty(8, np.uint32)
    done, start, flags, rich = 0, _HEADER, 0, -1
    count, at = _count(data, _HEADER)
    if count <= 0:
        at = NO_TRANSACTION if count == 0 else count
    while at >= 0 and done < count:
        start = at
        parts = _parts(data, start, firsts[0, done], firsts[1, done], spent, amounts, scripts)
        at, flags, end, firsts[0, done + 1], firsts[1, done + 1] = parts
        if at < 0:
            break
        _id(data, start, end, at, flags, message, state, ids[done])
        if (firsts[0, done + 1] == firsts[0, done]) != (done == 0):
            at = COINBASE
        elif flags & _MWEB and not (mweb and done == count - 1):
            at = HOGEX
        if rich < 0 and _exceeds(amounts[firsts[1, done] : firsts[1, done + 1]], most):
            rich = done
        done += 1
    inputs, outputs = firsts[0, done], firsts[1, done]
    return (
        at,
        done,
        start,
        flags & _MWEB != 0,
        rich,
        ids[:done].copy(),
        firsts[:, : done + 1].copy(),
        spent[:inputs].copy(),
        amounts[:outputs].copy(),
        scripts[:, :outputs].copy(),
    )


@njit(cache=True, nogil=True)
def _count(data, at):
    """The CompactSize integer at an offset, or a fault, and the offset after it."""
    if at >= len(data):
        return CUT, at
    first = data[at]
    if first < 0xFD:
        return np.int64(first), at + 1
    width = 2 << (first - 0xFD)
    if at + 1 + width > len(data):
        return CUT, at
    value = np.uint64(0)
    for place in range(width):
        value |= np.uint64(data[at + 1 + place]) << np.uint64(8 * place)
    if value < (np.uint64(0xFD) if width == 2 else np.uint64(1) << np.uint64(4 * width)):
        return LONG_FORM, at
    return np.int64(min(value, _MANY)), at + 1 + width


@njit(cache=True, nogil=True)
def _parts(data, start, inputs, outputs, spent, amounts, scripts):
    """A transaction: the offset after it or a fault, its flags, the end of its outputs, inputs and outputs so far."""
    at, flags = start + 4, np.int64(0)
    if at < len(data) and data[at] == 0:
        if at + 1 == len(data):
            return CUT, flags, at, inputs, outputs
        flags = np.int64(data[at + 1])
        at += 2
        if flags == 0 or flags & ~(_WITNESS | _MWEB):
            return FLAGS, flags, at, inputs, outputs
    count, at = _count(data, at)
    if count <= 0:
        return NO_INPUT if count == 0 else count, flags, at, inputs, outputs
    at = _inputs(data, at, count, spent, inputs)
    coinbase = at >= 0 and count == 1 and _is_nothing(data, spent[inputs])
    inputs += 0 if coinbase else count
    at, outputs = _outputs(data, at, outputs, amounts, scripts)
    end = at
    if flags & _WITNESS:
        at = _witness(data, at, count)
    if flags & _MWEB and at >= 0:
        if at < len(data) and data[at]:
            return MWEB_DATA, flags, end, inputs, outputs
        at += 1
    if at >= 0:
        at = at + 4 if at + 4 <= len(data) else CUT
    return at, flags, end, inputs, outputs


@njit(cache=True, nogil=True)
def _is_nothing(data, at):
    """Whether an outpoint is the one of a coinbase."""
    other = np.uint8(0)
    for place in range(36):
        other |= data[at + place] ^ np.uint8(0 if place < 32 else 0xFF)
    return other == 0


@njit(cache=True, nogil=True)
def _skip(data, at):
    """The offset after a length and as many bytes, or a fault."""
    length, at = _count(data, at)
    if length < 0:
        return length
    return at + length if length <= len(data) - at else CUT


@njit(cache=True, nogil=True)
def _inputs(data, at, count, spent, row):
    """Note where the outpoints stand; the offset after the inputs, or a fault."""
    for _ in range(count):
        if at + 36 > len(data):
            return CUT
        spent[row] = at
        row += 1
        at = _skip(data, at + 36)
        if at < 0:
            return at
        at += 4
    return at


@njit(cache=True, nogil=True)
def _outputs(data, at, row, amounts, scripts):
    """Note amounts and scripts; the offset after the outputs, or a fault, and the outputs so far."""
    if at < 0:
        return at, row
    count, at = _count(data, at)
    if count < 0:
        return count, row
    for _ in range(count):
        if at + 8 > len(data):
            return CUT, row
        amount = np.uint64(0)
        for place in range(8):
            amount |= np.uint64(data[at + place]) << np.uint64(8 * place)
        length, at = _count(data, at + 8)
        if length < 0 or length > len(data) - at:
            return min(length, CUT), row
        amounts[row], scripts[0, row], scripts[1, row] = amount, at, at + length
        row += 1
        at += length
    return at, row


@njit(cache=True, nogil=True)
def _witness(data, at, inputs):
    """The offset after the witnesses of the inputs, or a fault."""
    for _ in range(inputs):
        if at < 0:
            return at
        items, at = _count(data, at)
        if items < 0:
            return items
        for _ in range(items):
            at = _skip(data, at)
            if at < 0:
                return at
    return at


@njit(cache=True, nogil=True)
def _id(data, start, end, behind, flags, message, state, digest):
    """Hash a transaction without its flags and witness: where they stand, bytes are copied together; else none are."""
    begin(state)
    shift, at = start, 0
    if flags:
        shift = start + 2
        head = min(64, end - shift)
        _copy(data, start, 4, message, 0)
        _copy(data, shift + 4, head - 4, message, 4)
        if head == 64:
            compress(state, message, 0)
            at = 64
    while at + 64 <= end - shift:
        compress(state, data, shift + at)
        at += 64
    rest = end - shift - at
    if at or not flags:
        _copy(data, shift + at, rest, message, 0)
    _copy(data, behind - 4, 4, message, rest)
    finish_twice(state, message, rest + 4, at + rest + 4, digest)


@njit(cache=True, nogil=True)
def _copy(data, start, count, target, at):
    """Copy bytes; a slice would first ask whether the two arrays overlap."""
    for place in range(count):
        target[at + place] = data[start + place]


@njit(cache=True, nogil=True)
def _exceeds(amounts, most):
    """Whether amounts add up to more than `most`; no sum wraps."""
    left = most
    for amount in amounts:
        if amount > left:
            return True
        left -= amount
    return False


@njit(cache=True, nogil=True)
def read_root(ids):
    """The Merkle root of ids, and 0; or REPEATED where two equal ones stand side by side (CVE-2012-2459)."""
    level, count = ids.copy(), len(ids)
    message, state = np.empty(64 + _ROOM, np.uint8), np.empty(8, np.uint32)
    while count > 1:
        for row in range(0, count, 2):
            other = min(row + 1, count - 1)
            if other > row and _equal(level[row], level[other]):
                return level[0], REPEATED
            _copy(level[row], 0, 32, message, 0)
            _copy(level[other], 0, 32, message, 32)
            hash_twice(message, 64, state, level[row // 2])
        count = (count + 1) // 2
    return level[0], 0


@njit(cache=True, nogil=True)
def _equal(one, other):
    apart = np.uint8(0)
    for place in range(32):
        apart |= one[place] ^ other[place]
    return apart == 0
