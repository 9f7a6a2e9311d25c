"""A serialised block read the plain way, one field after the other: what the kernel is held against."""

from hashlib import sha256
from typing import NamedTuple

from clew.errors import SourceError

LITECOIN_MOST, BITCOIN_MOST = 84 * 10**14, 21 * 10**14


class PlainTransaction(NamedTuple):
    """A transaction with its id as it is hashed."""

    id: bytes
    inputs: list[str]
    outputs: list[tuple[int, bytes]]
    flags: int


class _CutError(Exception):
    """The bytes end too soon."""


class _Cursor:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.start = at

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise _CutError
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def count(self) -> int:
        first = self.number(1)
        if first < 0xFD:
            return first
        value = self.number({0xFD: 2, 0xFE: 4, 0xFF: 8}[first])
        if value < {0xFD: 0xFD, 0xFE: 1 << 16, 0xFF: 1 << 32}[first]:
            raise SourceError(f"a count or length at or behind byte {self.start} has a longer form than it needs")
        return value

    def fault(self, what: str) -> SourceError:
        return SourceError(f"a transaction at byte {self.start} {what}")


def twice(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def read_transaction(data: bytes, start: int = 0) -> tuple[PlainTransaction, int]:
    """The transaction at an offset, and the offset after it."""
    cursor = _Cursor(data, start)
    version = cursor.take(4)
    flags, body = 0, cursor.at
    if cursor.take(1) == b"\0":
        flags = cursor.number(1)
        if flags not in (1, 8, 9):
            raise cursor.fault(f"has unknown flags {flags:#04x}")
        body = cursor.at
    cursor.at = body
    inputs = []
    for _ in range(cursor.count()):
        inputs.append((cursor.take(32), cursor.number(4)))
        cursor.take(cursor.count())
        cursor.at += 4
    if not inputs:
        raise cursor.fault("has no input")
    outputs = [(cursor.number(8), cursor.take(cursor.count())) for _ in range(cursor.count())]
    end = cursor.at
    if flags & 1:
        for _ in inputs:
            for _ in range(cursor.count()):
                cursor.take(cursor.count())
    if flags & 8 and cursor.number(1):
        raise cursor.fault("carries MimbleWimble data, which no block may hold")
    locktime = cursor.take(4)
    spent = [] if inputs == [(bytes(32), 0xFFFFFFFF)] else [f"{i[::-1].hex()}:{n}" for i, n in inputs]
    return PlainTransaction(twice(version + data[body:end] + locktime), spent, outputs, flags), cursor.at


def plain_root(ids: list[bytes]) -> bytes:
    """The Merkle root."""
    while len(ids) > 1:
        if any(left == right for left, right in zip(ids[::2], ids[1::2], strict=False)):
            raise SourceError("the block repeats transactions under an unchanged Merkle root (CVE-2012-2459)")
        ids = ids + ids[-1:] if len(ids) % 2 else ids
        ids = [twice(ids[at] + ids[at + 1]) for at in range(0, len(ids), 2)]
    return ids[0]


def plain_transactions(data: bytes, *, mweb: bool) -> list[PlainTransaction]:
    """The transactions of a block, all but its Merkle root and its amounts checked."""
    try:
        return _transactions(data, mweb)
    except _CutError as error:
        raise SourceError(f"the block is cut short at {len(data)} bytes", mend="fetch the block again") from error


def _transactions(data: bytes, mweb: bool) -> list[PlainTransaction]:
    cursor = _Cursor(data, 80)
    count = cursor.count()
    found: list[PlainTransaction] = []
    at = cursor.at
    for index in range(count):
        transaction, at = read_transaction(data, at)
        name = transaction.id[::-1].hex()
        if (not transaction.inputs) != (index == 0):
            raise SourceError("the first transaction, and no other, must be a coinbase", where=name)
        if transaction.flags & 8 and not (mweb and index == count - 1):
            raise SourceError("the HogEx flag stands on a transaction that cannot have it", where=name)
        found.append(transaction)
    if not found:
        raise SourceError("the block has no transaction")
    if at < len(data) and not found[-1].flags & 8:
        raise SourceError(f"{len(data) - at} bytes follow the last transaction")
    return found


def plain_block(data: bytes, *, mweb: bool) -> list[PlainTransaction]:
    """The transactions of a block; SourceError as `clew.chains.rawblock.parse_block` raises it."""
    found = plain_transactions(data, mweb=mweb)
    if plain_root([transaction.id for transaction in found]) != data[36:68]:
        raise SourceError("the Merkle root of the transactions is not the one in the header")
    for transaction in found:
        paid = sum(amount for amount, _ in transaction.outputs)
        if paid > (LITECOIN_MOST if mweb else BITCOIN_MOST):
            name = transaction.id[::-1].hex()
            raise SourceError(f"it pays {paid} base units, more than can exist", where=f"transaction {name}")
    return found
