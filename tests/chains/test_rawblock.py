"""Serialised blocks against an independent parser, and against bytes that are none."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from bitcoin.core import CBlock
from hypothesis import example, given
from hypothesis import strategies as st

from clew.chains.rawblock import merkle_root, parse_block
from clew.errors import SourceError

GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000000000000000000000000000000000000000000000000000"
    "000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062"
    "72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827"
    "1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
    "ac00000000"
)


def reversed_hex(data: bytes) -> str:
    return bytes(reversed(data)).hex()


def test_the_first_block_of_all() -> None:
    block = parse_block(GENESIS)
    assert block.hash == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    assert (block.parent, block.time, block.extended) == ("0" * 64, 1231006505, False)
    (coinbase,) = block.transactions
    assert coinbase.txid == "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
    assert not coinbase.inputs
    assert [(output.amount, len(output.script)) for output in coinbase.outputs] == [(50 * 10**8, 67)]


@pytest.mark.data
@pytest.mark.parametrize(
    ("height", "hash_", "transactions", "inputs", "outputs", "total"),
    [
        (413567, "0000000000000000025aff8be8a55df8f89c77296db6198f272d6577325d4069", 1557, 4887, 3581, 914705170223),
        (702861, "000000000000000000000c835b2adcaedc20fdf6ee440009c249452c726dafae", 2500, 6518, 6015, 2883682728990),
    ],
)
def test_every_part_of_a_real_block_is_what_an_independent_parser_reads(
    shared_data: Callable[[str], Path],
    height: int,
    hash_: str,
    transactions: int,
    inputs: int,
    outputs: int,
    total: int,
) -> None:
    raw = shared_data(f"bitcoin/block-{height}.raw").read_bytes()
    block, oracle = parse_block(raw), CBlock.deserialize(raw)
    assert block.hash == hash_
    assert block.parent == reversed_hex(oracle.hashPrevBlock)
    assert len(block.transactions) == transactions
    assert sum(len(tx.inputs) for tx in block.transactions) + 1 == inputs
    assert sum(len(tx.outputs) for tx in block.transactions) == outputs
    assert sum(output.amount for tx in block.transactions for output in tx.outputs) == total
    for tx, known in zip(block.transactions, oracle.vtx, strict=True):
        assert tx.txid == reversed_hex(known.GetTxid())
        spent = [f"{reversed_hex(vin.prevout.hash)}:{vin.prevout.n}" for vin in known.vin]
        assert list(tx.inputs) == ([] if known.is_coinbase() else spent)
        assert tx.outputs == [(out.nValue, bytes(out.scriptPubKey)) for out in known.vout]


def test_cut_anywhere_the_block_is_refused() -> None:
    for size in range(len(GENESIS)):
        with pytest.raises(SourceError, match="cut short"):
            parse_block(GENESIS[:size])


def test_a_byte_too_many_is_refused() -> None:
    with pytest.raises(SourceError, match="1 bytes follow the last transaction"):
        parse_block(GENESIS + b"\0")


def test_a_changed_amount_does_not_fit_the_merkle_root() -> None:
    changed = bytearray(GENESIS)
    changed[GENESIS.index(bytes.fromhex("00f2052a01"))] ^= 1
    with pytest.raises(SourceError, match="Merkle root"):
        parse_block(bytes(changed))


def test_transactions_repeated_under_the_same_root_are_refused() -> None:
    a, b, c = (bytes([n]) * 32 for n in range(3))
    assert merkle_root([a, b, c]) != merkle_root([a, b])
    with pytest.raises(SourceError, match="CVE-2012-2459"):
        merkle_root([a, b, c, c])


def test_no_transaction_no_input_and_unknown_flags_are_refused() -> None:
    header = GENESIS[:80]
    version = b"\1\0\0\0"
    for body, wrong in (
        (b"\0", "no transaction"),
        (b"\1" + version + b"\0\1\0\0", "no input"),
        (b"\1" + version + b"\0\2", "unknown flags 0x02"),
        (b"\1" + version + b"\0\0", "unknown flags 0x00"),
    ):
        with pytest.raises(SourceError, match=wrong):
            parse_block(header + body + bytes(200))


HOGEX = bytes.fromhex(
    "02000000000801a39f907067e35d10d0ae64aac8c5a8f6a0e4c9a73a6f258242b57e5fa15157c40000000000ffffffff014824c8200000000022"
    "58205e938d862b80cca6a9c914d1c6c2cd65d8e87bcf968fda65eeb5a7cb5851e4310000000000"
)
"""The last transaction of a litecoind regtest block, where the coins of the MimbleWimble extension stand."""
HOGEX_ID = "ac9a83efc980359ac5f6ccc3563c5a7343d0ea7e3f4b7c45800afa93233ba891"
"""As litecoind names it."""


def block_with(*transactions: bytes, ids: list[str]) -> bytes:
    """A block of two transactions over the header of the first block of all."""
    pair = b"".join(bytes.fromhex(name)[::-1] for name in ids)
    root = sha256(sha256(pair).digest()).digest()
    return GENESIS[:36] + root + GENESIS[68:80] + bytes([len(transactions)]) + b"".join(transactions)


def test_a_litecoin_block_is_read_up_to_its_extension() -> None:
    coinbase, name = GENESIS[81:], "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
    raw = block_with(coinbase, HOGEX, ids=[name, HOGEX_ID])
    block = parse_block(raw + b"extension", mweb=True)
    assert block.extended
    assert [tx.txid for tx in block.transactions] == [name, HOGEX_ID]
    assert block.transactions[1].inputs == ["c45751a15f7eb54282256f3aa7c9e4a0f6a8c5c8aa64aed0105de36770909fa3:0"]
    assert block.transactions[1].outputs[0].amount == 549987400
    with pytest.raises(SourceError, match="cannot have it"):
        parse_block(raw)
    with pytest.raises(SourceError, match="MimbleWimble data"):
        parse_block(block_with(coinbase, HOGEX[:-5] + b"\1" + HOGEX[-4:], ids=[name, HOGEX_ID]), mweb=True)


@given(st.binary(max_size=400))
@example(b"\xff" * 9)
@example(b"\1" + b"\1\0\0\0" + b"\xff" * 9 + bytes(300))
@example(b"\1" + b"\1\0\0\0\1" + bytes(36) + b"\xff" * 9 + bytes(300))
def test_hostile_bytes_are_refused_as_a_source_fault(body: bytes) -> None:
    with pytest.raises(SourceError):
        parse_block(GENESIS[:80] + body, mweb=True)
    with pytest.raises(SourceError):
        parse_block(body)


@given(st.integers(80, len(GENESIS) - 1), st.integers(1, 255))
def test_a_byte_changed_in_the_transactions_is_noticed(at: int, mask: int) -> None:
    changed = bytearray(GENESIS)
    changed[at] ^= mask
    with pytest.raises(SourceError):
        parse_block(bytes(changed))
