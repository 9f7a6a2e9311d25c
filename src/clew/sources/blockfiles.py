"""Block files of a node (``blk*.dat``): the best chain read from disk, without a node and without a network.

A file repeats magic, length (4 bytes, little endian) and block, in the order in which blocks came; Bitcoin Core 28 and
later obfuscate it with the 8 bytes of ``xor.dat``, repeated from the start of each file.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from clew.errors import InputError, SourceError
from clew.model import Kind, Reply

MAGIC = {
    "bip122:000000000019d6689c085ae165831e93": bytes.fromhex("f9beb4d9"),
    "bip122:000000000933ea01ad0ee984209779ba": bytes.fromhex("0b110907"),
    "bip122:0f9188f13cb7b2c71f2a335e3a4fc328": bytes.fromhex("fabfb5da"),
    "bip122:12a765e31ffd4059bada1e25190f6e98": bytes.fromhex("fbc0b6db"),
    "bip122:530827f38f93b43ed12af0b3ad25a288": bytes.fromhex("fabfb5da"),
}
"""The bytes before each block, by chain (message start of each node's ``chainparams.cpp``)."""

_PREFIX, _HEADER, _STEP = 8, 80, 1 << 20
_LOG = logging.getLogger(__name__)


class Stored(NamedTuple):
    """Where a block stands."""

    file: Path
    offset: int
    size: int
    parent: bytes
    work: int


class BlockFile:
    """One ``blk*.dat`` file, de-obfuscated as it is read."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key if any(key) else b""
        self._size = path.stat().st_size

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from an offset."""
        with self.path.open("rb") as file:
            file.seek(offset)
            data = file.read(size)
        if not self._key:
            return data
        start = offset % 8
        mask = (self._key * (len(data) // 8 + 2))[start : start + len(data)]
        return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(len(data))

    def blocks(self, magic: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Offset, size and header of each block; space that the node keeps free is passed over."""
        at = 0
        while (at := self._find(magic, at)) >= 0:
            head = self.read(at, _PREFIX + _HEADER)
            size = int.from_bytes(head[4:_PREFIX], "little")
            end = at + _PREFIX + size
            if size <= _HEADER or end > self._size:
                _LOG.warning("%s: the block at byte %d breaks off and is left out", self.path, at)
                at += len(magic)
                continue
            yield at + _PREFIX, size, head[_PREFIX:]
            at = end

    def _find(self, magic: bytes, at: int) -> int:
        """Offset of the next magic bytes, or -1; nearly always `at` itself."""
        if self.read(at, len(magic)) == magic:
            return at
        while at < self._size:
            found = self.read(at, _STEP + len(magic) - 1).find(magic)
            if found >= 0:
                return at + found
            at += _STEP
        return -1


class BlockFileSource:
    """A BlockSource over a folder of ``blk*.dat`` files, or one such file, that begins with the chain's first block."""

    name = "block files"
    covers = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.COINBASE, Kind.FEE})

    def __init__(self, chain: str, path: Path) -> None:
        """`chain` is a CAIP-2 id; InputError where Clew does not know its block files, or `path` holds none."""
        if chain not in MAGIC:
            raise InputError(f"block files of {chain!r} are not known", mend=f"known: {', '.join(MAGIC)}")
        self.chain = chain
        self._paths = sorted(path.glob("blk*.dat")) if path.is_dir() else [path]
        if not self._paths or not self._paths[0].is_file():
            raise InputError("there are no blk*.dat files", where=str(path), mend="name the node's blocks folder")
        self._key = _read_key(self._paths[0].with_name("xor.dat"))

    def check(self) -> None:
        """SourceError where the files are of another chain, or do not begin with its first block."""
        _ = self._best

    def tip(self) -> int:
        """Height of the best chain's last block that is in the files."""
        return len(self._best) - 1

    def height_of(self, tx: str) -> int | None:  # noqa: ARG002  # as of the protocol
        """Block files have no index of transactions."""
        return None

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """The best chain's blocks from height `first` to `last`."""
        if not 0 <= first <= last <= self.tip():
            raise SourceError(f"the files hold heights 0 to {self.tip()}, not {first} to {last}", where=self._where)
        for height in range(first, last + 1):
            stored = self._best[height]
            body = BlockFile(stored.file, self._key).read(stored.offset, stored.size)
            query = {"file": stored.file.name, "offset": str(stored.offset), "height": str(height)}
            yield Reply("bitcoin/block", self.chain, query, str(int(stored.file.stat().st_mtime)), body)

    @property
    def _where(self) -> str:
        return str(self._paths[0].parent)

    @cached_property
    def _best(self) -> list[Stored]:
        """The chain of most work, by height; blocks of other branches are left out."""
        found = self._scan()
        genesis = self.chain.partition(":")[2]
        first = next((hash_ for hash_ in found if hash_[::-1].hex().startswith(genesis)), None)
        if first is None:
            raise SourceError(
                f"none of the {len(found)} blocks in the files is the first block of {self.chain}",
                where=self._where,
                mend="name a folder that begins with blk00000.dat, with its xor.dat, of this chain",
            )
        return _best_chain(found, first)

    def _scan(self) -> dict[bytes, Stored]:
        """Every block by its hash, in the order of the files."""
        magic = MAGIC[self.chain]
        found: dict[bytes, Stored] = {}
        for path in self._paths:
            for offset, size, header in BlockFile(path, self._key).blocks(magic):
                hash_ = sha256(sha256(header).digest()).digest()
                found.setdefault(hash_, Stored(path, offset, size, header[4:36], block_work(header[72:76])))
        return found


def _read_key(path: Path) -> bytes:
    """The obfuscation key beside the files, or none."""
    if not path.is_file():
        return b""
    key = path.read_bytes()
    if len(key) != 8:
        raise SourceError(f"the key has {len(key)} bytes, not 8", where=str(path), mend="copy it from the node again")
    return key


def block_work(bits: bytes) -> int:
    """Expected hashes that a block took, of its target's compact form (Bitcoin Core, ``GetBlockProof``)."""
    mantissa, exponent = int.from_bytes(bits[:3], "little"), bits[3]
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    return 2**256 // (target + 1) if 0 < target < 2**256 and mantissa < 0x800000 else 0


def _best_chain(found: dict[bytes, Stored], first: bytes) -> list[Stored]:
    """The blocks from `first` to the tip of most work; of equal ones the tip that came first, as nodes choose."""
    children: dict[bytes, list[bytes]] = defaultdict(list)
    for hash_, stored in found.items():
        children[stored.parent].append(hash_)
    work = {first: found[first].work}
    reached = [first]
    for hash_ in reached:
        for child in children[hash_]:
            work[child] = work[hash_] + found[child].work
            reached.append(child)
    if len(reached) < len(found):
        _LOG.warning("%d blocks are left out: a block between them and the first is missing", len(found) - len(reached))
    most = max(work.values())
    tip = next(hash_ for hash_ in found if work.get(hash_) == most)
    chain = [found[tip]]
    while tip != first:
        tip = found[tip].parent
        chain.append(found[tip])
    return chain[::-1]
