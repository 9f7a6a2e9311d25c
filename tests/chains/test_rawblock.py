"""Serialised blocks against an independent parser, and against bytes that are none."""

from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bitcoin.core import CBlock
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.chains.plainblock import plain_block, plain_root, plain_transactions

from clew.chains.networks import NETWORKS, Network, find_network
from clew.chains.rawblock import RawBlock, ids_of, merkle_root, output_owners, parse_block
from clew.chains.script import script_owner
from clew.errors import SourceError

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
LITECOIN = find_network("bip122:12a765e31ffd4059bada1e25190f6e98")

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


def hashes(*parts: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, 32)


def test_transactions_repeated_under_the_same_root_are_refused() -> None:
    a, b, c = (bytes([n]) * 32 for n in range(3))
    assert merkle_root(hashes(a, b, c)) == plain_root([a, b, c])
    with pytest.raises(SourceError, match="CVE-2012-2459"):
        merkle_root(hashes(a, b, c, c))


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
    block = parse_block(raw + b"extension", LITECOIN)
    assert block.extended
    assert [tx.txid for tx in block.transactions] == [name, HOGEX_ID]
    assert block.transactions[1].inputs == ["c45751a15f7eb54282256f3aa7c9e4a0f6a8c5c8aa64aed0105de36770909fa3:0"]
    assert block.transactions[1].outputs[0].amount == 549987400
    with pytest.raises(SourceError, match="cannot have it"):
        parse_block(raw)
    with pytest.raises(SourceError, match="MimbleWimble data"):
        parse_block(block_with(coinbase, HOGEX[:-5] + b"\1" + HOGEX[-4:], ids=[name, HOGEX_ID]), LITECOIN)


@given(st.binary(max_size=400))
@example(b"\xff" * 9)
@example(b"\1" + b"\1\0\0\0" + b"\xff" * 9 + bytes(300))
@example(b"\1" + b"\1\0\0\0\1" + bytes(36) + b"\xff" * 9 + bytes(300))
def test_hostile_bytes_are_refused_as_a_source_fault(body: bytes) -> None:
    with pytest.raises(SourceError):
        parse_block(GENESIS[:80] + body, LITECOIN)
    with pytest.raises(SourceError):
        parse_block(body)


def compact(number: int) -> bytes:
    """A CompactSize integer."""
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + number.to_bytes(2, "little") if number < 1 << 16 else b"\xfe" + number.to_bytes(4, "little")


def sized(data: bytes) -> bytes:
    return compact(len(data)) + data


def listed(parts: list[bytes]) -> bytes:
    return compact(len(parts)) + b"".join(parts)


SCRIPTS = st.binary(max_size=40) | st.integers(250, 256).map(bytes)
INPUTS = st.tuples(st.binary(min_size=36, max_size=36), SCRIPTS).map(lambda t: t[0] + sized(t[1]) + b"\xff" * 4)
OUTPUTS = st.tuples(st.integers(0, 22 * 10**14) | st.integers(0, 2**64 - 1), SCRIPTS).map(
    lambda t: t[0].to_bytes(8, "little") + sized(t[1])
)
WITNESSES = st.lists(SCRIPTS.map(sized), max_size=3).map(listed)


@st.composite
def transactions(draw: st.DrawFn) -> bytes:
    """A transaction in any of its forms."""
    inputs = draw(st.lists(INPUTS, min_size=1, max_size=3))
    outputs = draw(st.lists(OUTPUTS, max_size=3) | st.integers(253, 255).map(lambda n: [bytes(9)] * n))
    flags = draw(st.sampled_from([0, 0, 1, 1, 8, 9]))
    witness = [draw(WITNESSES) for _ in inputs] if flags & 1 else []
    parts = [b"\2\0\0\0", bytes([0, flags]) if flags else b"", listed(inputs), listed(outputs), *witness]
    return b"".join([*parts, b"\0" if flags & 8 else b"", bytes(4)])


def sealed(body: bytes, *, mweb: bool) -> bytes:
    """A block of a count and transactions, with the right Merkle root where they can be read."""
    try:
        root = plain_root([tx.id for tx in plain_transactions(bytes(80) + body, mweb=mweb)])
    except SourceError:
        root = bytes(32)
    return GENESIS[:36] + root + GENESIS[68:80] + body


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except SourceError as error:
        return error.what, error.where, error.mend


def contents(block: RawBlock) -> list[tuple[str, list[str], list[tuple[int, bytes]]]]:
    return [
        (tx.txid, list(tx.inputs), [(amount, script) for amount, script in tx.outputs]) for tx in block.transactions
    ]


def both_ways(raw: bytes, *, mweb: bool) -> tuple[object, object]:
    """What the kernel and the plain reader make of a block."""
    fast = outcome(lambda: contents(parse_block(raw, LITECOIN if mweb else find_network(BITCOIN))))
    plain = outcome(
        lambda: [(tx.id[::-1].hex(), tx.inputs, tx.outputs) for tx in plain_block(raw, mweb=mweb)],
    )
    return fast, plain


CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 2), st.sampled_from([0, 1, 8, 0xFD, 0xFE, 0xFF])), max_size=2
)
"""Where in a block, how many bytes to lose there, and one to put in their place."""


@settings(max_examples=300)
@given(st.lists(transactions(), max_size=4), st.booleans(), CHANGES, st.booleans())
def test_the_kernel_reads_and_refuses_what_the_plain_reader_does(
    others: list[bytes], counted: bool, changes: list[tuple[float, int, int]], mweb: bool
) -> None:
    body = listed([GENESIS[81:], *others]) if counted else GENESIS[80:] + b"".join(others)
    for place, lost, byte in changes:
        at = int(place * len(body))
        body = body[:at] + bytes([byte]) + body[at + lost :]
    fast, plain = both_ways(sealed(body, mweb=mweb), mweb=mweb)
    assert fast == plain


def test_cut_anywhere_a_block_of_several_forms_is_refused_alike() -> None:
    spend = b"\2\0\0\0\0\1" + listed([b"\7" * 36 + sized(bytes(253)) + bytes(4)]) + listed([bytes(8) + sized(b"ab")])
    raw = sealed(listed([GENESIS[81:], spend + listed([sized(bytes(254)), b"\0"]) + bytes(4)]), mweb=False)
    assert len(parse_block(raw).txids) == 2
    for size in range(80, len(raw)):
        fast, plain = both_ways(raw[:size], mweb=False)
        assert fast == plain


def test_a_number_in_a_longer_form_than_it_needs_is_refused() -> None:
    """As Bitcoin Core's ReadCompactSize does: no block of its chain holds one."""
    for long in (b"\xfd\1\0", b"\xfe\1\0\0\0", b"\xff\1" + bytes(7)):
        with pytest.raises(SourceError, match="behind byte 80 has a longer form than it needs"):
            parse_block(GENESIS[:80] + long + GENESIS[81:])
        with pytest.raises(SourceError, match="behind byte 81 has a longer form than it needs"):
            parse_block(GENESIS[:85] + long + GENESIS[86:])


@pytest.mark.parametrize(("amounts", "paid"), [((21 * 10**14 + 1,), 21 * 10**14 + 1), ((2**63, 2**63, 5), 2**64 + 5)])
def test_more_than_can_exist_is_refused_and_never_wraps(amounts: tuple[int, ...], paid: int) -> None:
    before = GENESIS[81 : GENESIS.index(bytes.fromhex("0100f2052a01"))]
    coinbase = before + listed([amount.to_bytes(8, "little") + b"\0" for amount in amounts]) + bytes(4)
    with pytest.raises(SourceError, match=f"it pays {paid} base units, more than can exist"):
        parse_block(sealed(listed([coinbase]), mweb=False))


def test_flat_rows_are_those_of_the_transactions() -> None:
    spend = b"\2\0\0\0" + listed([b"\7" * 36 + b"\0" + bytes(4)] * 2) + listed([bytes(8) + b"\0"] * 3) + bytes(4)
    block = parse_block(sealed(listed([GENESIS[81:], spend]), mweb=False))
    assert list(pairwise(block.first_inputs.tolist())) == [(0, 0), (0, 2)]
    assert list(pairwise(block.first_outputs.tolist())) == [(0, 1), (1, 4)]
    assert [block.data[at : at + 36] for at in block.spent.tolist()] == [b"\7" * 36] * 2
    assert block.amounts.tolist() == [50 * 10**8, 0, 0, 0]
    assert np.array_equal(ids_of(block.txids), block.ids)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=lambda network: network.name)
def test_addresses_written_together_are_those_written_one_by_one(network: Network) -> None:
    hashes = [bytes(20), bytes(19) + b"\1", b"\xff" * 20, bytes(range(20))]
    programs = [bytes(32), b"\xff" * 32, bytes(range(32))]
    plain = [
        script
        for h in hashes
        for script in (b"\x76\xa9\x14" + h + b"\x88\xac", b"\xa9\x14" + h + b"\x87", b"\0\x14" + h)
    ]
    plain += [opcode + b"\x20" + program for program in programs for opcode in (b"\0", b"\x51")]
    others = [
        b"",
        b"\x6a\x01a",
        b"\x52\x20" + bytes(32),
        b"\x51\x14" + bytes(20),
        b"\x76\xa9\x14" + bytes(20) + b"\x88\xad",
    ]
    outputs = listed([bytes(8) + sized(script) for script in plain + others])
    coinbase = b"\1\0\0\0" + listed([bytes(32) + b"\xff" * 4 + b"\0" + bytes(4)]) + outputs + bytes(4)
    found = output_owners(parse_block(sealed(listed([coinbase]), mweb=False), network), network)
    assert found == {script: script_owner(script, network) for script in plain}


@given(st.integers(80, len(GENESIS) - 1), st.integers(1, 255))
def test_a_byte_changed_in_the_transactions_is_noticed(at: int, mask: int) -> None:
    changed = bytearray(GENESIS)
    changed[at] ^= mask
    with pytest.raises(SourceError):
        parse_block(bytes(changed))
