"""The blocks are Bitcoin's, to the byte: a second parser, which shares no code with Clew, reads the same."""

from bitcoin.core import CBlock, CTransaction, b2lx
from bitcoin.core.script import CScript

from clew.chains.rawblock import parse_block
from clew.simulate.world.bitcoin import FIRST_BLOCK, compact
from clew.simulate.world.people import Town
from clew.simulate.world.state import World


def test_the_first_block_is_bitcoins_own() -> None:
    block = CBlock.deserialize(FIRST_BLOCK)
    assert b2lx(block.GetHash()) == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


def test_a_second_parser_reads_every_block_and_agrees_on_every_transaction(built: tuple[World, Town]) -> None:
    parent = None
    for raw in built[0].bitcoin.blocks:
        block, own = CBlock.deserialize(raw), parse_block(raw)
        assert block.serialize() == raw
        assert block.calc_merkle_root() == block.hashMerkleRoot
        assert parent is None or block.hashPrevBlock == parent
        parent = block.GetHash()
        assert [b2lx(tx.GetTxid()) for tx in block.vtx] == [tx.txid for tx in own.transactions]
        for tx, read in zip(block.vtx, own.transactions, strict=True):
            assert [out.nValue for out in tx.vout] == [out.amount for out in read.outputs]
            spent = [] if tx.is_coinbase() else [f"{b2lx(i.prevout.hash)}:{i.prevout.n}" for i in tx.vin]
            assert spent == list(read.inputs)


def test_no_output_is_spent_twice_and_none_that_is_not_there(built: tuple[World, Town]) -> None:
    unspent: dict[tuple[bytes, int], int] = {}
    for raw in built[0].bitcoin.blocks:
        for tx in CBlock.deserialize(raw).vtx:
            spent = 0 if tx.is_coinbase() else sum(unspent.pop((i.prevout.hash, i.prevout.n)) for i in tx.vin)
            paid = sum(out.nValue for out in tx.vout)
            assert tx.is_coinbase() or 0 < spent - paid < 10**6
            for number, out in enumerate(tx.vout):
                unspent[tx.GetTxid(), number] = out.nValue


def test_every_address_is_that_of_its_script(built: tuple[World, Town]) -> None:
    outputs = {
        f"{b2lx(tx.GetTxid())}:{number}": bytes(CScript(out.scriptPubKey))
        for raw in built[0].bitcoin.blocks[1:]
        for tx in CBlock.deserialize(raw).vtx
        for number, out in enumerate(tx.vout)
    }
    assert set(outputs) == set(built[0].bitcoin.owners)
    assert {script[:2] for script in outputs.values()} == {b"\0\x14"}


def test_long_lists_have_long_counts() -> None:
    assert [compact(number).hex() for number in (252, 253, 65_535, 65_536)] == ["fc", "fdfd00", "fdffff", "fe00000100"]


def test_a_witness_does_not_change_the_id(built: tuple[World, Town]) -> None:
    transactions = [tx for raw in built[0].bitcoin.blocks[1:] for tx in CBlock.deserialize(raw).vtx if tx.wit.vtxinwit]
    tx = next(tx for tx in transactions if not tx.wit.is_null())
    bare = CTransaction(tx.vin, tx.vout, tx.nLockTime, tx.nVersion)
    assert bare.GetTxid() == tx.GetTxid() != tx.GetHash()
