"""Serialised blocks: one pass of offsets over the bytes, transaction ids, Merkle root.

Serialisation: Bitcoin's block and transaction format, BIP-144 (witness), LIP-2/LIP-3 (Litecoin's HogEx flag).
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from clew.errors import SourceError

HEADER = 80
"""Bytes of a block header."""
_NO_OUTPOINT = b"\0" * 32 + b"\xff" * 4
_WITNESS, _MWEB = 1, 8


class Output(NamedTuple):
    """An output: base units and the script that guards them."""

    amount: int
    script: bytes


class Transaction(NamedTuple):
    """A transaction as the ledger needs it."""

    txid: str
    inputs: Sequence[str]
    """Outpoints ``txid:vout`` spent, in order; none for a coinbase."""
    outputs: Sequence[Output]


class RawBlock(NamedTuple):
    """A serialised block, read."""

    hash: str
    parent: str
    time: int
    transactions: Sequence[Transaction]
    extended: bool
    """Whether a MimbleWimble extension block follows the transactions; it is not read."""


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of SHA-256: Bitcoin's hash of blocks and transactions."""
    return sha256(sha256(data).digest()).digest()


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """Root of transaction hashes (internal byte order).

    SourceError for a pair of equal hashes: repeating transactions keeps the root (CVE-2012-2459), so such a list is
    not the one the miner hashed.
    """
    level = list(hashes)
    while len(level) > 1:
        if any(left == right for left, right in zip(level[::2], level[1::2], strict=False)):
            raise SourceError("the block repeats transactions under an unchanged Merkle root (CVE-2012-2459)")
        if len(level) % 2:
            level.append(level[-1])
        level = [double_sha256(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def parse_block(data: bytes, *, mweb: bool = False) -> RawBlock:
    """The transactions of a serialised block; SourceError where the bytes are cut, too many or not what they claim.

    `mweb` allows Litecoin's extension: a last transaction with the HogEx flag, and an extension block after it.
    """
    try:
        transactions, hashes, extended = _transactions(data, mweb)
    except IndexError as error:
        raise SourceError(f"the block is cut short at {len(data)} bytes", mend="fetch the block again") from error
    if merkle_root(hashes) != data[36:68]:
        raise SourceError("the Merkle root of the transactions is not the one in the header")
    return RawBlock(
        double_sha256(data[:HEADER])[::-1].hex(),
        data[35:3:-1].hex(),
        int.from_bytes(data[68:72], "little"),
        transactions,
        extended,
    )


def _transactions(data: bytes, mweb: bool) -> tuple[list[Transaction], list[bytes], bool]:
    count, at = _varint(data, HEADER)
    transactions, hashes, flags = [], [], 0
    for index in range(count):
        transaction, hashed, flags, at = parse_transaction(data, at)
        if (not transaction.inputs) != (index == 0):
            raise SourceError("the first transaction, and no other, must be a coinbase", where=transaction.txid)
        if flags & _MWEB and not (mweb and index == count - 1):
            raise SourceError("the HogEx flag stands on a transaction that cannot have it", where=transaction.txid)
        transactions.append(transaction)
        hashes.append(hashed)
    if not transactions:
        raise SourceError("the block has no transaction")
    if at > len(data):
        raise IndexError
    extended = bool(flags & _MWEB)
    if at < len(data) and not extended:
        raise SourceError(f"{len(data) - at} bytes follow the last transaction")
    return transactions, hashes, extended


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The CompactSize integer at an offset, and the offset after it."""
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    end = at + 1 + (2 << first - 0xFD)
    return int.from_bytes(data[at + 1 : end], "little"), end


def parse_transaction(data: bytes, start: int) -> tuple[Transaction, bytes, int, int]:
    """The transaction at an offset, its hash (internal byte order), its BIP-144 flags and the offset after it.

    The hot loop of reading a chain, hence one function; IndexError where the bytes end too soon (the last field may
    overrun: the caller compares the offset with the length).
    """
    body = start + 4
    flags = 0
    if data[body] == 0:
        flags = data[body + 1]
        body += 2
        if not flags or flags & ~(_WITNESS | _MWEB):
            raise SourceError(f"a transaction at byte {start} has unknown flags {flags:#04x}")
    count = data[body]
    at = body + 1
    if count >= 0xFD:
        count, at = _varint(data, body)
    if not count:
        raise SourceError(f"a transaction at byte {start} has no input")
    inputs: list[str] = []
    coinbase = count == 1 and data[at : at + 36] == _NO_OUTPOINT
    for _ in range(count):
        length = data[at + 36]
        vout = int.from_bytes(data[at + 32 : at + 36], "little")
        inputs.append(f"{data[at : at + 32][::-1].hex()}:{vout}")
        at += 41 + length
        if length >= 0xFD:
            length, at = _varint(data, at - 5 - length)
            at += length + 4
    total = count
    count = data[at]
    at += 1
    if count >= 0xFD:
        count, at = _varint(data, at - 1)
    outputs: list[Output] = []
    for _ in range(count):
        length = data[at + 8]
        script = at + 9
        if length >= 0xFD:
            length, script = _varint(data, at + 8)
        amount = int.from_bytes(data[at : at + 8], "little")
        at = script + length
        outputs.append(Output(amount, data[script:at]))
    end = at
    if flags & _WITNESS:
        for _ in range(total):
            items = data[at]
            at += 1
            if items >= 0xFD:
                items, at = _varint(data, at - 1)
            for _ in range(items):
                length = data[at]
                at += 1 + length
                if length >= 0xFD:
                    length, at = _varint(data, at - 1 - length)
                    at += length
    if flags & _MWEB:
        if data[at]:
            raise SourceError(f"a transaction at byte {start} carries MimbleWimble data, which no block may hold")
        at += 1
    if at + 4 > len(data):
        raise IndexError
    serialised = data[start : start + 4] + data[body:end] + data[at : at + 4] if flags else data[start : at + 4]
    hashed = sha256(sha256(serialised).digest()).digest()
    return Transaction(hashed[::-1].hex(), () if coinbase else inputs, outputs), hashed, flags, at + 4
