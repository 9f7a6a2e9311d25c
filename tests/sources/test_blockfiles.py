"""Block files: the best chain out of what a node wrote, plain or obfuscated, in any order."""

import logging
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path

import pytest
from bitcoin.core import CBlock, CMutableTransaction, CMutableTxIn, CMutableTxOut, CScript

from clew.chains import decode
from clew.errors import InputError, SourceError
from clew.model import Reply
from clew.sources import BlockSource
from clew.sources.blockfiles import BlockFileSource, block_work

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
MAGIC = bytes.fromhex("fabfb5da")
GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4adae5494dffff7f20020000000101000000010000000000000000000000000000000000000000000000000000"
    "000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062"
    "72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827"
    "1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
    "ac00000000"
)
"""The first block of regtest."""


def child(parent: bytes, mark: int, bits: int = 0x207FFFFF) -> bytes:
    """A block on top of another, serialised by an independent library."""
    coinbase = CMutableTransaction(
        [CMutableTxIn(scriptSig=CScript([mark, mark]))], [CMutableTxOut(mark, CScript(b"\x51"))]
    )
    unsigned = CBlock(vtx=[coinbase])
    parent_hash = CBlock.deserialize(parent).GetHash()
    block: bytes = CBlock(4, parent_hash, unsigned.calc_merkle_root(), mark, bits, 0, [coinbase]).serialize()
    return block


def stored(*blocks: bytes) -> bytes:
    return b"".join(MAGIC + len(block).to_bytes(4, "little") + block for block in blocks)


def bodies(source: BlockSource) -> list[bytes]:
    return [reply.body for reply in source.blocks(0, source.tip())]


A = child(GENESIS, 1)
B = child(A, 2)
C = child(B, 3)
STALE = child(GENESIS, 9)


def test_blocks_come_by_height_whatever_their_order_in_the_files(tmp_path: Path) -> None:
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS, B, STALE))
    (tmp_path / "blk00001.dat").write_bytes(stored(C, A))
    source = BlockFileSource(REGTEST, tmp_path)
    source.check()
    assert bodies(source) == [GENESIS, A, B, C]
    replies = list(source.blocks(1, 2))
    assert [reply.query for reply in replies] == [
        {"file": "blk00001.dat", "offset": str(16 + len(C)), "height": "1"},
        {"file": "blk00000.dat", "offset": str(16 + len(GENESIS)), "height": "2"},
    ]
    assert [decode(reply).blocks[0].height for reply in replies] == [1, 2]


def test_the_branch_of_most_work_is_taken_and_not_the_longest(tmp_path: Path) -> None:
    hard = child(GENESIS, 8, bits=0x1D00FFFF)
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS, A, B, C, hard))
    assert bodies(BlockFileSource(REGTEST, tmp_path)) == [GENESIS, hard]


def test_of_two_branches_with_equal_work_the_first_to_come_is_taken(tmp_path: Path) -> None:
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS, STALE, A))
    assert bodies(BlockFileSource(REGTEST, tmp_path)) == [GENESIS, STALE]


def test_free_space_and_a_block_that_breaks_off_are_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    free = bytes((1 << 20) + 5)
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS) + free + stored(A) + stored(B)[:-1])
    with caplog.at_level(logging.WARNING):
        assert bodies(BlockFileSource(REGTEST, tmp_path)) == [GENESIS, A]
    assert "breaks off" in caplog.text


def test_a_missing_block_ends_the_chain_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS, A, C))
    with caplog.at_level(logging.WARNING):
        assert BlockFileSource(REGTEST, tmp_path).tip() == 1
    assert "1 blocks are left out" in caplog.text


@pytest.mark.parametrize("size", [1, 7, 8, 9, 4096])
def test_obfuscated_files_give_the_same_blocks(tmp_path: Path, size: int) -> None:
    key = bytes.fromhex("0123456789abcdef")
    plain = stored(GENESIS, A) + bytes(size) + stored(B)
    (tmp_path / "blk00000.dat").write_bytes(bytes(a ^ b for a, b in zip(plain, cycle(key), strict=False)))
    (tmp_path / "xor.dat").write_bytes(key)
    assert bodies(BlockFileSource(REGTEST, tmp_path)) == [GENESIS, A, B]
    (tmp_path / "xor.dat").write_bytes(key[:7])
    with pytest.raises(SourceError, match="has 7 bytes"):
        BlockFileSource(REGTEST, tmp_path)
    (tmp_path / "xor.dat").unlink()
    with pytest.raises(SourceError, match="none of the 0 blocks"):
        BlockFileSource(REGTEST, tmp_path).check()


def test_what_the_files_do_not_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no blk\*\.dat"):
        BlockFileSource(REGTEST, tmp_path)
    with pytest.raises(InputError, match="not known"):
        BlockFileSource("eip155:1", tmp_path)
    (tmp_path / "blk00000.dat").write_bytes(stored(A, B))
    with pytest.raises(SourceError, match="none of the 2 blocks in the files is the first"):
        BlockFileSource(REGTEST, tmp_path).check()
    (tmp_path / "blk00000.dat").write_bytes(stored(GENESIS, A))
    with pytest.raises(SourceError, match="heights 0 to 1, not 1 to 2"):
        list(BlockFileSource(REGTEST, tmp_path).blocks(1, 2))


@pytest.mark.parametrize(
    ("bits", "work"),
    [
        ("ffff001d", 0x100010001),
        ("ffff7f20", 2),
        ("00000000", 0),
        ("ffffffff", 0),
        ("0000ff20", 0),
        ("01000003", 2**255),
    ],
)
def test_the_work_of_a_block_follows_from_its_target(bits: str, work: int) -> None:
    assert block_work(bytes.fromhex(bits)) == work


@pytest.mark.data
def test_the_first_blocks_of_bitcoin(shared_data: Callable[[str], Path]) -> None:
    source = BlockFileSource(BITCOIN, shared_data("bitcoin/blk-blocks-0-4312.dat"))
    source.check()
    assert source.tip() == 4312
    blocks = [decode(reply).blocks[0] for reply in source.blocks(0, 4312)]
    assert [block.height for block in blocks] == list(range(4313))
    assert all(after.parent == before.hash for before, after in pairwise(blocks))
    assert blocks[-1].hash == "00000000a9da635727dce622d78361b153ce3334e6a60d4377fad529abfc7863"


@pytest.mark.data
def test_the_same_blocks_obfuscated_are_the_same(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    path, key = shared_data("bitcoin/blk-blocks-0-4312.dat"), bytes.fromhex("fe1a22bc90018e77")
    plain = path.read_bytes()
    repeated = (key * (len(plain) // 8 + 1))[: len(plain)]
    hidden = (int.from_bytes(plain) ^ int.from_bytes(repeated)).to_bytes(len(plain))
    (tmp_path / "blk00000.dat").write_bytes(hidden)
    (tmp_path / "xor.dat").write_bytes(key)

    def told(replies: list[Reply]) -> list[tuple[str, str, bytes]]:
        return [(reply.query["height"], reply.query["offset"], reply.body) for reply in replies]

    clear, masked = BlockFileSource(BITCOIN, path), BlockFileSource(BITCOIN, tmp_path)
    assert told(list(masked.blocks(0, 4312))) == told(list(clear.blocks(0, 4312)))
