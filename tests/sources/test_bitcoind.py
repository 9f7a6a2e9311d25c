"""A node asked over JSON-RPC: a real litecoind, to the last base unit; and scripted answers where a node misbehaves."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import absent
from tests.peers.litecoind import AUTH, MWEB_HEIGHT, Litecoind, find_litecoind, running

from clew.chains import decode
from clew.chains.bitcoin import BlockReader
from clew.errors import RetryError, SourceError
from clew.model import FEE, Decoded, Kind, Reply
from clew.sources import BlockSource, Question
from clew.sources.bitcoind import BitcoindSource
from clew.sources.blockfiles import BlockFileSource
from clew.sources.transport import HttpTransport

LITECOIN_REGTEST = "bip122:530827f38f93b43ed12af0b3ad25a288"
COIN = 10**8
GENESIS_COINBASE = "97ddfbbae6be97fd6cdf3e7ca13232a3afff2353e29badfab7f73011edd4ced9:0"
"""An output of block 0, which the node does not count: nobody can spend it."""

REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
READY = {"chain": "main", "blocks": 9, "headers": 9, "initialblockdownload": False, "pruned": False}


class Node:
    """Answers methods from a table: a result, or a function of the parameters."""

    def __init__(self, **methods: Any) -> None:
        self.methods = {"getblockhash": lambda height: GENESIS if height == 0 else f"{height:064x}", **methods}
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        call = json.loads(question.request.body or b"")
        assert question.query == {"method": call["method"], "params": json.dumps(call["params"], separators=(",", ":"))}
        answer = self.methods[call["method"]]
        result = answer(*call["params"]) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        body = result if isinstance(result, bytes) else json.dumps({"result": result, "error": None}).encode()
        question.check(body)
        return Reply(question.format, question.chain, question.query, "0", body)


def error(code: int, message: str) -> bytes:
    return json.dumps({"result": None, "error": {"code": code, "message": message}, "id": "clew"}).encode()


def test_blocks_are_asked_by_height_and_kept_by_hash() -> None:
    node = Node(getblock=lambda hash_, verbosity: {"hash": hash_, "verbosity": verbosity}, getblockcount=9)
    source = BitcoindSource(REGTEST, node)
    assert source.tip() == 9
    replies = list(source.blocks(3, 5))
    assert [json.loads(reply.body)["result"] for reply in replies] == [
        {"hash": f"{height:064x}", "verbosity": 3} for height in (3, 4, 5)
    ]
    assert {reply.format for reply in replies} == {"bitcoin/getblock"}
    kept = [question.query["method"] for question in node.asked if question.keep]
    assert kept == ["getblock"] * 3  # which block stands at a height can change, a block cannot


def test_a_node_with_an_index_tells_the_height_of_a_transaction() -> None:
    node = Node(getrawtransaction={"blockhash": "ab" * 32}, getblockheader={"height": 800_000})
    assert BitcoindSource(REGTEST, node).height_of("cd" * 32) == 800_000
    assert BitcoindSource(REGTEST, Node(getrawtransaction={"txid": "cd" * 32})).height_of("cd" * 32) is None  # waits
    without = Node(getrawtransaction=error(-5, "No such mempool transaction. Use -txindex"))
    assert BitcoindSource(REGTEST, without).height_of("cd" * 32) is None


def test_a_ready_node_of_the_right_chain_passes() -> None:
    BitcoindSource(REGTEST, Node(getblockchaininfo=READY)).check()
    regtest = {**READY, "chain": "regtest", "initialblockdownload": True}  # an old regtest never says it is ready
    BitcoindSource(REGTEST, Node(getblockchaininfo=regtest)).check()
    pruned = {**READY, "pruned": True, "pruneheight": 5}
    BitcoindSource(REGTEST, Node(getblockchaininfo=pruned), first=5).check()


@pytest.mark.parametrize(
    ("chain", "info", "wrong"),
    [
        ("bip122:000000000019d6689c085ae165831e93", {}, "first block is 0f9188f1"),
        (REGTEST, {"pruned": True, "pruneheight": 5}, "pruned the blocks below 5, and 4 is needed"),
        (REGTEST, {"headers": 12}, "has 9 of 12 blocks"),
        (REGTEST, {"initialblockdownload": True}, "still loading"),
        (REGTEST, {"blocks": None}, "None where a height is due"),
    ],
)
def test_a_node_that_cannot_answer_says_why(chain: str, info: dict[str, Any], wrong: str) -> None:
    with pytest.raises(SourceError, match=wrong):
        BitcoindSource(chain, Node(getblockchaininfo=READY | info), first=4).check()


@pytest.mark.parametrize(
    ("body", "kind", "wrong"),
    [
        (error(-28, "Loading block index..."), RetryError, "node is starting: Loading"),
        (error(-1, "Block not available (pruned data)"), SourceError, "keeps all blocks"),
        (error(-8, "Block height out of range"), SourceError, "above the node's tip"),
        (error(-99, "else"), SourceError, r"else \(-99\)"),
        (b'{"result": null, "error": "refused"}', SourceError, "refused"),
        (b"[]", SourceError, "no JSON-RPC answer"),
        (b"<html>", SourceError, "web page"),
        (b"", RetryError, "empty"),
    ],
)
def test_an_error_of_the_node_is_told_with_what_to_do(body: bytes, kind: type[SourceError], wrong: str) -> None:
    with pytest.raises(kind, match=wrong) as caught:
        list(BitcoindSource(REGTEST, Node(getblock=body)).blocks(1, 1))
    assert type(caught.value) is kind


@dataclass
class World:
    """A real chain with payments of every kind, read through the source."""

    node: Litecoind
    folder: Path
    reader: BlockReader = field(default_factory=lambda: BlockReader(LITECOIN_REGTEST))
    decoded: list[Decoded] = field(default_factory=list)
    paid: dict[str, int] = field(default_factory=dict)
    """Base units by the address they were sent to."""

    def source(self, chain: str = LITECOIN_REGTEST) -> BlockSource:
        transport = HttpTransport(
            self.node.url,
            name="litecoind",
            auth=AUTH,
            requests_per_second=1e6,
            retries=0,
            client=self.node.client,
        )
        return BitcoindSource(chain, transport)

    def read(self) -> list[Decoded]:
        """Decode what was mined since."""
        source = self.source()
        new = [self.reader.read(reply) for reply in source.blocks(len(self.decoded), source.tip())]
        self.decoded += new
        return new

    def agrees(self) -> bool:
        """Whether our unspent outputs are the node's, each with amount and address, and all of them."""
        unspent = {name: coin for name, coin in self.reader.unspent.items() if name != GENESIS_COINBASE}
        for outpoint, (amount, owner) in unspent.items():
            txid, _, vout = outpoint.partition(":")
            known = self.node.call("gettxout", txid, int(vout), False)
            assert known is not None, outpoint
            assert (amount, [owner] * bool(owner)) == (
                known["value"] * COIN,
                known["scriptPubKey"].get("addresses", []),
            )
        total = self.node.call("gettxoutsetinfo")
        return (len(unspent), sum(amount for amount, _ in unspent.values())) == (
            total["txouts"],
            total["total_amount"] * COIN,
        )


TAPROOT = "rltc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqsyzyjh"
"""The generator point of secp256k1 as an output key."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    program = find_litecoind()
    if program is None:
        absent("litecoind is not installed (Debian package litecoind)")
    assert program is not None
    folder = tmp_path_factory.mktemp("litecoind")
    with running(program, folder) as node:
        made = World(node, folder)
        node.mine(MWEB_HEIGHT - 10)
        addresses = [node.call("getnewaddress", "", kind) for kind in ("legacy", "p2sh-segwit", "bech32")]
        made.paid = {address: n * COIN + n for n, address in enumerate([*addresses, TAPROOT], 1)}
        node.call("sendmany", "", {address: f"{n}.{n:08d}" for n, address in enumerate(made.paid, 1)})
        node.mine(1)
        node.call("send", [{"data": "636c6577"}, {addresses[2]: "0.5"}])
        made.paid[addresses[2]] += COIN // 2
        node.mine(4)
        made.read()
        yield made


@pytest.mark.peer
def test_a_real_nodes_blocks_are_read_to_the_last_base_unit(world: World) -> None:
    source = world.source()
    source.check()
    assert source.tip() == len(world.decoded) - 1
    assert not any(decoded.limitations for decoded in world.decoded)
    received = dict.fromkeys(world.paid, 0)
    for transfer in (transfer for decoded in world.decoded for transfer in decoded.transfers):
        if transfer.kind is Kind.OUTPUT and transfer.owner in received:
            received[transfer.owner] += transfer.amount
    assert received == world.paid
    assert world.agrees()


@pytest.mark.peer
def test_the_raw_blocks_give_the_same_transfers(world: World) -> None:
    reader = BlockReader(LITECOIN_REGTEST)
    for height, known in enumerate(world.decoded):
        raw = world.node.raw_block(height)
        assert reader.read(Reply("bitcoin/block", LITECOIN_REGTEST, {"height": str(height)}, "0", raw)) == known


@pytest.mark.peer
def test_the_fees_that_payments_leave_are_those_that_coinbases_take(world: World) -> None:
    transfers = [transfer for decoded in world.decoded for transfer in decoded.transfers]
    left = {t.height: t.amount for t in transfers if t.kind is Kind.FEE}
    taken = {t.height: t.amount for t in transfers if t.kind is Kind.COINBASE and t.sender == FEE}
    assert left == taken
    assert len(left) == 2


@pytest.mark.peer
def test_a_node_of_another_chain_and_a_height_it_does_not_have_are_told(world: World) -> None:
    with pytest.raises(SourceError, match="first block is 530827f3"):
        world.source(REGTEST).check()
    with pytest.raises(SourceError, match="height out of range"):
        list(world.source().blocks(10**6, 10**6))


@pytest.mark.peer
def test_after_a_reorganisation_the_other_branch_is_read(world: World) -> None:
    source = world.source()
    old_tip = world.decoded[-1].blocks[0]
    world.node.call("invalidateblock", world.decoded[-2].blocks[0].hash)
    world.node.call("sendtoaddress", TAPROOT, "0.1")
    world.node.mine(3)
    (next_,) = (decode(reply).blocks[0] for reply in source.blocks(old_tip.height + 1, old_tip.height + 1))
    assert next_.parent != old_tip.hash
    fork = old_tip.height - 1
    del world.decoded[fork:]
    branch = [decoded.blocks[0] for decoded in world.read()]
    assert branch[0].parent == world.decoded[fork - 1].blocks[0].hash
    assert not any(decoded.limitations for decoded in world.decoded)
    assert world.agrees()


@pytest.mark.peer
def test_coins_that_enter_the_mimblewimble_extension_stand_in_its_output(world: World) -> None:
    fresh = BlockReader(LITECOIN_REGTEST)
    world.node.mine(MWEB_HEIGHT - 1 - world.source().tip())
    world.node.call("sendtoaddress", world.node.call("getnewaddress", "", "mweb"), "5")
    world.node.mine(2)
    source = world.source()
    decoded = [fresh.read(reply) for reply in source.blocks(0, source.tip())]
    assert [lim.code for lim in decoded[-1].limitations] == ["mweb-not-read"]
    pool = [t for t in decoded[-1].transfers if t.kind is Kind.OUTPUT and t.tx_index == 1]
    assert [(t.amount >= 5 * COIN, t.owner) for t in pool] == [(True, "")]
    world.reader, world.decoded = fresh, decoded
    assert world.agrees()


@pytest.mark.peer
def test_the_nodes_own_files_hold_the_same_best_chain(world: World) -> None:
    files = BlockFileSource(LITECOIN_REGTEST, world.folder / "regtest" / "blocks")
    files.check()
    assert files.tip() == world.source().tip()
    for height, reply in enumerate(files.blocks(0, files.tip())):
        assert reply.body == world.node.raw_block(height)
