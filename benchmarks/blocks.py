"""Raw Bitcoin blocks, with transaction ids and Merkle roots, on one core: beside python-bitcoinlib, and into a ledger.

The blocks are made here: of about 1.1 MB, in which each transaction spends outputs of earlier ones, with the
script forms, witnesses and counts of inputs and outputs of today's chain; real ones of the test data are read as well,
where they are found (``CLEW_TEST_DATA``, or beside the project). python-bitcoinlib reads the same bytes in the same
run: it parses each block, names its transactions and computes the Merkle root.

Run ``python -m benchmarks.blocks [tiny|usual|full]``; the usual size takes about 20 seconds.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from benchmarks.table import Row, Scale, print_rows
from bitcoin.core import CBlock, b2lx

from clew.chains.bitcoin import BlockReader
from clew.chains.rawblock import parse_block
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.model import Reply

CHAIN = "bip122:000000000019d6689c085ae165831e93"
BLOCKS = {Scale.TINY: 2, Scale.USUAL: 16, Scale.FULL: 128}
TRANSACTIONS = 3_300
GOAL = 30
ROUNDS = 3
_FUNDED = 20_000
"""Outputs of the first block's coinbase, from which all others are paid."""
_HASHES = 50_000
"""Different owners."""


def twice(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def compact(number: int) -> bytes:
    """Bitcoin's CompactSize integer, up to four bytes of value."""
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + number.to_bytes(2, "little") if number < 1 << 16 else b"\xfe" + number.to_bytes(4, "little")


class Maker:
    """Makes blocks that follow each other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._unspent: list[tuple[bytes, int]] = []
        """Outpoints and satoshi."""
        self._parent, self._height = bytes(32), 0
        self._owners = [self._random.randbytes(20) for _ in range(_HASHES)]

    def block(self) -> bytes:
        """The next block."""
        made = [self._coinbase()]
        if self._height:
            made += [self._payment() for _ in range(TRANSACTIONS)]
        level = [hashed for _, hashed in made]
        while len(level) > 1:
            level += level[-1:] * (len(level) % 2)
            level = [twice(level[at] + level[at + 1]) for at in range(0, len(level), 2)]
        mined = (1_700_000_000 + self._height).to_bytes(4, "little")
        header = b"\0\0\0\x20" + self._parent + level[0] + mined + bytes(8)
        self._parent, self._height = twice(header), self._height + 1
        return header + compact(len(made)) + b"".join(whole for whole, _ in made)

    def _coinbase(self) -> tuple[bytes, bytes]:
        amounts = [1] if self._height else [50 * 10**8 // _FUNDED] * _FUNDED
        spent = [(bytes(32) + b"\xff" * 4, b"\4" + self._height.to_bytes(4, "little"))]
        return self._transaction(spent, amounts, [])

    def _payment(self) -> tuple[bytes, bytes]:
        """One to four inputs, one to four outputs, half of all with witnesses."""
        pick, unspent = self._random, self._unspent
        taken = []
        for _ in range(pick.choice((1, 1, 1, 1, 2, 2, 4))):
            place = pick.randrange(len(unspent))
            unspent[place], unspent[-1] = unspent[-1], unspent[place]
            taken.append(unspent.pop())
        room = sum(amount for _, amount in taken)
        count = pick.choice((1, 2, 2, 2, 2, 3, 4))
        amounts = [(room - pick.randrange(room // 100 + 1)) // count] * count
        if pick.random() < 0.5:
            witness = [b"\2\x48" + pick.randbytes(72) + b"\x21" + pick.randbytes(33) for _ in taken]
            return self._transaction([(out, b"") for out, _ in taken], amounts, witness)
        return self._transaction([(out, pick.randbytes(107)) for out, _ in taken], amounts, [])

    def _transaction(
        self, spent: list[tuple[bytes, bytes]], amounts: list[int], witness: list[bytes]
    ) -> tuple[bytes, bytes]:
        """The whole serialisation and the id; the outputs are there to be spent."""
        inputs = b"".join(outpoint + compact(len(script)) + script + b"\xfd\xff\xff\xff" for outpoint, script in spent)
        outputs = b"".join(amount.to_bytes(8, "little") + self._script() for amount in amounts)
        body = compact(len(spent)) + inputs + compact(len(amounts)) + outputs
        hashed = twice(b"\2\0\0\0" + body + bytes(4))
        self._unspent += [(hashed + vout.to_bytes(4, "little"), amount) for vout, amount in enumerate(amounts)]
        mark = b"\0\1" if witness else b""
        return b"\2\0\0\0" + mark + body + b"".join(witness) + bytes(4), hashed

    def _script(self) -> bytes:
        owner, form = self._random.choice(self._owners), self._random.random()
        if form < 0.4:
            return b"\x16\0\x14" + owner
        if form < 0.65:
            return b"\x17\xa9\x14" + owner + b"\x87"
        if form < 0.9:
            return b"\x19\x76\xa9\x14" + owner + b"\x88\xac"
        return b"\x22\x51\x20" + owner + owner[:12] if form < 0.98 else b"\x16\x6a\x14" + owner


def best(work: Callable[[], object]) -> float:
    """The least seconds of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def with_bitcoinlib(raws: Iterable[bytes]) -> list[list[str]]:
    """The transaction ids of blocks by python-bitcoinlib, having checked the Merkle root."""
    found = []
    for raw in raws:
        block = CBlock.deserialize(raw)
        assert block.calc_merkle_root() == block.hashMerkleRoot
        found.append([b2lx(tx.GetTxid()) for tx in block.vtx])
    return found


def compared(name: str, raws: list[bytes]) -> Iterator[Row]:
    """How fast blocks are read, beside python-bitcoinlib on some of them."""
    few = raws[:2]
    assert [parse_block(raw).txids for raw in few] == with_bitcoinlib(few), "another answer than python-bitcoinlib"
    slow = best(lambda: with_bitcoinlib(few))
    size, blocks = sum(map(len, raws)), [parse_block(raw) for raw in raws]
    count = sum(len(block.ids) for block in blocks)
    job = f"{name}, {len(raws)} of {size / len(raws) / 1e6:.2f} MB"
    seconds = best(lambda: [parse_block(raw) for raw in raws])
    yield Row(f"{job}: read", size / seconds / 1e6, "MB/s")
    yield Row(f"{job}: read", count / seconds / 1e6, "M tx/s")
    rate = sum(map(len, few)) / slow
    yield Row(f"{job}: python-bitcoinlib", rate / 1e6, "MB/s")
    yield Row(f"{job}: beside python-bitcoinlib", size / seconds / rate, "times", goal=GOAL)
    objects = best(lambda: [parse_block(raw).transactions for raw in few])
    note = "with a Python object for each transaction and output"
    yield Row(f"{job}: read into objects", sum(map(len, few)) / objects / 1e6, "MB/s", note=note)


def ingested(raws: list[bytes]) -> Iterator[Row]:
    """How fast blocks go into a ledger, from their bytes to its tables."""
    replies = [Reply("bitcoin/block", CHAIN, {"height": str(at)}, "0", raw) for at, raw in enumerate(raws)]
    reader = BlockReader(CHAIN)
    start = time.perf_counter()
    rows = sum(len(reader.read(reply).transfers) for reply in replies)
    decoded = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.duckdb") as ledger:
        reader = BlockReader(CHAIN)
        start = time.perf_counter()
        with ledger.writer.batch():
            for reply in replies:
                append_reply(ledger.writer, reply, reader.read)
        seconds = time.perf_counter() - start
    size = sum(map(len, raws))
    job = f"made blocks, {len(raws)}, {rows / 1e3:.0f} k transfers"
    yield Row(f"{job}: into transfers", size / decoded / 1e6, "MB/s")
    yield Row(f"{job}: into a ledger", size / seconds / 1e6, "MB/s", note=f"{rows / seconds / 1e3:.0f} k transfers/s")


def real_blocks() -> list[bytes]:
    """The real blocks of the test data, as far as they are here."""
    data = Path(os.environ.get("CLEW_TEST_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
    return [path.read_bytes() for path in sorted((data / "bitcoin").glob("block-*.raw"))]


def rows(scale: Scale) -> Iterator[Row]:
    """Every figure."""
    maker = Maker(1)
    made = [maker.block() for _ in range(1 + BLOCKS[scale])]
    yield from compared("made blocks", made[1:])
    if real := real_blocks():
        yield from compared("real blocks", real)
    yield from ingested(made)


def main() -> None:
    """Measure and print."""
    print_rows(rows(Scale.of(sys.argv)))


if __name__ == "__main__":
    main()
