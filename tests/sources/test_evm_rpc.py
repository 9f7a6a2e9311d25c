"""The node source: against a real anvil, to the last wei; and against scripted answers where a node misbehaves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pytest
from tests.conftest import absent
from tests.peers.anvil import Anvil, bytecode, find_anvil, find_artifact, running, word

from clew.amounts import MAX_AMOUNT
from clew.chains import decode, find_chain
from clew.chains.execution import DERIVED, Step, seq
from clew.errors import RetryError, SourceError
from clew.model import FEE, UNSPENDABLE, Decoded, Kind, Reply, Transfer
from clew.sources import BlockSource, HistorySource, NotRecordedError, Question, Transport
from clew.sources.evm_rpc import EvmRpcSource
from clew.sources.transport import HttpTransport, RecordedTransport

ETHEREUM = find_chain("ethereum")
ETHER = 10**18
GENESIS = 10_000 * ETHER
"""What anvil gives each of its accounts in block 0."""
NOBODY = "0x" + "0" * 40
COINBASE = "0x" + "c0" * 20


def creation(body: str) -> str:
    """Creation code that gives a contract the code `body`: CODECOPY it and return it."""
    size = len(body) // 2
    return f"0x60{size:02x}600c60003960{size:02x}6000f3{body}"


# Contracts assembled by hand. CALL takes gas, to, value, input offset and size, output offset and size.
_PAY = "6000600060006000{value}{to}5af150"
SPLITTER = creation(_PAY.format(value="60053404", to="600035") + _PAY.format(value="60053404", to="602035") + "00")
"""Pays a fifth of its value to each of the two addresses in its call data; a payment may fail."""
REFUSER = creation("60006000fd")
"""Reverts whatever it is sent."""
REVERTER = creation(_PAY.format(value="6001", to="600035") + "60006000fd")
"""Pays 1 wei to the address in its call data, then reverts: the payment never was."""
TOLERANT = creation("6020360360206000376000600060203603600034600035" + "5af15000")
"""Calls the address in its first word of call data with the rest of it and all value; goes on where that fails."""
HEIR = creation("600035ff")
"""Destroys itself in favour of the address in its call data."""
FACTORY = creation("60006000600034f500")
"""CREATE2 of an empty contract with the value it was sent."""
STILLBORN, SUICIDE = "0x33ff", "0x30ff"
"""Creation codes that destroy the new contract in favour of its creator, or of itself (its coins are no more)."""


def pad(address: str) -> str:
    return "0" * 24 + address[2:]


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    program = find_anvil()
    if program is None:
        absent("anvil is not in .peers nor on the PATH")
    assert program is not None
    with running(program, "--chain-id", "1") as peer:
        peer.call("anvil_setCoinbase", COINBASE)
        yield peer


def artifact(name: str) -> str:
    path = find_artifact(name)
    if path is None:
        absent("@uniswap/v2-periphery is not in .peers")
    assert path is not None
    return bytecode(path)


def transport_to(node: Anvil) -> HttpTransport:
    return HttpTransport(node.url, name="anvil", requests_per_second=10_000, client=node.client)


def source_of(node: Anvil) -> EvmRpcSource:
    return EvmRpcSource(ETHEREUM, transport_to(node))


def history(node: Anvil, source: EvmRpcSource | None = None) -> list[Decoded]:
    source = source or source_of(node)
    return [decode(reply) for reply in source.blocks(1, source.tip())]


def balances(decoded: Iterable[Decoded]) -> dict[tuple[str, str], int]:
    """What the transfers leave with each account, by asset: money in less money out."""
    held: dict[tuple[str, str], int] = defaultdict(int)
    for block in decoded:
        for transfer in block.transfers:
            held[transfer.asset, transfer.sender] -= transfer.amount
            held[transfer.asset, transfer.receiver] += transfer.amount
    return held


@pytest.mark.peer
def test_the_sum_of_transfers_is_every_balance_to_the_wei(node: Anvil) -> None:
    alice, bob, carol, dave = node.accounts()[:4]
    weth = ETHEREUM.wrapped
    node.call("anvil_setCode", weth, node.call("eth_getCode", node.deploy(dave, artifact("WETH9")), "latest"))
    token = node.deploy(alice, artifact("ERC20") + word(10**24))
    splitter, refuser = node.deploy(alice, SPLITTER), node.deploy(alice, REFUSER)
    factory, reverter = node.deploy(alice, FACTORY), node.deploy(alice, REVERTER)
    heir, tolerant = node.deploy(alice, HEIR), node.deploy(alice, TOLERANT)

    node.send(alice, bob, 3 * ETHER + 1)
    node.send(alice, bob, 0)
    node.send(bob, weth, 2 * ETHER, "0xd0e30db0")
    node.send(bob, weth, ETHER)  # the fallback wraps too
    node.send(bob, weth, 0, "0x2e1a7d4d" + word(ETHER + 7))
    failed = node.send(bob, weth, 0, "0x2e1a7d4d" + word(MAX_AMOUNT))
    node.send(bob, weth, 0, "0xa9059cbb" + pad(carol) + word(5))
    node.send(alice, token, 0, "0xa9059cbb" + pad(bob) + word(12345))
    node.send(bob, token, 0, "0xa9059cbb" + pad(carol) + word(0))
    node.send(carol, splitter, 10 * ETHER + 3, "0x" + pad(bob) + pad(refuser))
    undone = node.send(carol, reverter, ETHER, "0x" + pad(bob))
    created = node.send(carol, factory, 4 * ETHER)
    survived = node.send(carol, tolerant, ETHER, "0x" + pad(reverter) + pad(bob))
    node.send(carol, heir, ETHER + 11, "0x" + pad(dave))
    node.send(carol, None, 17, creation("00"))
    node.send(carol, None, 18, STILLBORN)
    node.send(carol, None, 19, SUICIDE)
    node.send(dave, refuser, ETHER)
    for nonce in range(5):  # several transactions in one block
        node.submit(alice, carol, ETHER + nonce, maxPriorityFeePerGas=hex(10**9 + nonce), maxFeePerGas=hex(10**11))
    node.call("evm_mine")
    assert {failed["status"], undone["status"]} == {"0x0"}
    assert {created["status"], survived["status"]} == {"0x1"}

    decoded = history(node)
    held = balances(decoded)
    native = ETHEREUM.native.id
    holders = [account for asset, account in held if asset == native and account.startswith("0x")]
    assert len(holders) > 12
    assert {account: held[native, account] for account in holders} == {
        account: node.balance(account) - (GENESIS if account in node.accounts() else 0)
        for account in holders
        if account != COINBASE
    }
    assert held[native, FEE] == node.balance(COINBASE)
    for contract in (token, weth):
        asset = f"eip155:1/erc20:{contract}"
        owners = [owner for held_asset, owner in held if held_asset == asset and owner not in (NOBODY, weth)]
        assert owners
        assert {owner: held[asset, owner] for owner in owners} == {
            owner: node.balance(owner, contract) for owner in owners
        }
    wraps = -held[f"eip155:1/erc20:{weth}", weth]
    assert wraps == node.balance(weth) == held[native, weth]
    transfers = [t for block in decoded for t in block.transfers]
    assert {t.kind for t in transfers} >= {Kind.NATIVE, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP, Kind.FEE, Kind.BURN}
    assert not [
        t
        for t in transfers
        if t.tx in (undone["transactionHash"], survived["transactionHash"]) and t.kind is Kind.INTERNAL
    ]
    assert held[native, UNSPENDABLE] == 19
    assert [gap for block in decoded for gap in block.limitations] == []
    assert [t.position for t in transfers] == sorted(t.position for t in transfers)
    assert len({t.position for t in transfers}) == len(transfers)


@pytest.mark.peer
def test_the_history_of_an_account_holds_every_transfer_of_it(node: Anvil) -> None:
    erin, frank, grace = node.accounts()[4:7]
    token = node.deploy(erin, artifact("ERC20") + word(10**24))
    tolerant = node.deploy(frank, TOLERANT)
    node.send(erin, token, 0, "0xa9059cbb" + pad(frank) + word(5))
    node.send(frank, node.deploy(grace, REFUSER), 1)  # fails, and costs its fee
    node.send(grace, tolerant, ETHER, "0x" + pad(frank))  # reaches frank by a call
    recording = Recording(transport_to(node))
    source = EvmRpcSource(ETHEREUM, recording)
    fetched = source.history(frank, limit=1000)
    everything = [t for block in history(node) for t in block.transfers if frank in (t.sender, t.receiver)]
    found = [t for reply in fetched.replies for t in decode(reply).transfers if frank in (t.sender, t.receiver)]
    assert (fetched.status, found) == ("complete", everything)
    assert {t.kind for t in found} >= {Kind.TOKEN, Kind.INTERNAL, Kind.FEE, Kind.BURN}
    assert Kind.REWARD not in fetched.covers
    assert EvmRpcSource(ETHEREUM, RecordedTransport(recording.kept)).history(frank, limit=1000) == fetched
    assert source.history(frank, limit=2).status == "busy"
    (block,) = source.transaction(found[0].tx)
    assert block.body == fetched.replies[0].body
    without = EvmRpcSource(ETHEREUM, Without(transport_to(node), "trace_filter"))
    assert without.history(frank, limit=1000).status == "unavailable"


@pytest.mark.peer
def test_the_tracer_of_geth_tells_the_same(node: Anvil) -> None:
    node.send(node.accounts()[0], node.accounts()[1], 1)
    by_geth = EvmRpcSource(ETHEREUM, Without(transport_to(node), "trace_block"))
    assert history(node, by_geth) == history(node)
    assert by_geth.covers == source_of(node).covers


@pytest.mark.peer
def test_receipts_one_by_one_are_the_same(node: Anvil) -> None:
    node.send(node.accounts()[0], node.accounts()[1], 1)
    one_by_one = EvmRpcSource(ETHEREUM, Without(transport_to(node), "eth_getBlockReceipts"))
    assert history(node, one_by_one) == history(node)


@pytest.mark.peer
def test_a_reorganisation_shows_as_a_parent_that_is_not_the_block_before(node: Anvil) -> None:
    for _ in range(3):
        node.send(node.accounts()[0], node.accounts()[1], 1)
    source = source_of(node)
    tip = source.tip()
    before = {block.height: block for reply in source.blocks(tip - 2, tip) for block in decode(reply).blocks}
    assert before[tip].parent == before[tip - 1].hash
    node.call("anvil_reorg", 2, [])
    node.call("evm_mine")
    after = decode(next(source.blocks(tip + 1, tip + 1))).blocks[0]
    assert after.parent != before[tip].hash
    again = {block.height: block for reply in source.blocks(tip - 2, tip) for block in decode(reply).blocks}
    assert again[tip - 2] == before[tip - 2]
    assert again[tip - 1].parent == before[tip - 2].hash
    assert again[tip - 1].hash != before[tip - 1].hash


@pytest.mark.peer
def test_check_asks_for_the_right_chain(node: Anvil) -> None:
    source_of(node).check()
    other = EvmRpcSource(find_chain("base"), transport_to(node))
    with pytest.raises(SourceError, match="eip155:1, not eip155:8453"):
        other.check()


class Without:
    """A transport to a node that lacks a method."""

    def __init__(self, inner: HttpTransport, method: str) -> None:
        self._inner = inner
        self._method = method

    def ask(self, question: Question) -> Reply:
        if question.query["method"] != self._method:
            return self._inner.ask(question)
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}'
        question.check(body)
        return Reply(question.format, question.chain, question.query, "0", body)


# Scripted answers

HASH, TX = "0x" + "11" * 32, "0x" + "aa" * 32
BLOCK: dict[str, Any] = {
    "number": "0x5", "hash": HASH, "parentHash": "0x" + "22" * 32, "timestamp": "0x1", "baseFeePerGas": "0x0",
    "transactions": [
        {
            "hash": TX, "transactionIndex": "0x0", "from": "0x" + "a" * 40, "to": "0x" + "b" * 40, "value": "0x7",
            "gas": "0x5208", "gasPrice": "0x1", "input": "0x",
        }
    ],
}  # fmt: skip
RECEIPT = {
    "transactionHash": TX, "transactionIndex": "0x0", "blockHash": HASH, "gasUsed": "0x5208", "status": "0x1",
    "logs": [],
}  # fmt: skip
TRACE = {
    "type": "call", "traceAddress": [], "transactionHash": TX, "blockHash": HASH, "result": {},
    "action": {"callType": "call", "from": "0x" + "a" * 40, "to": "0x" + "b" * 40, "value": "0x7"},
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "eth_chainId": "0x1",
    "eth_syncing": False,
    "eth_blockNumber": "0x64",
    "eth_getBlockByNumber": BLOCK,
    "eth_getBlockReceipts": [RECEIPT],
    "trace_block": [TRACE],
}


class Scripted:
    """A transport that answers by method, as HttpTransport does but without a network, and notes what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = ANSWERS | answers
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        answer = self.answers[question.query["method"]]
        if isinstance(answer, bytes):
            body = answer
        elif isinstance(answer, list) and question.query["method"] == "eth_getTransactionReceipt":
            body = orjson.dumps(answer)
        else:
            failed = isinstance(answer, dict) and "code" in answer
            body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "error" if failed else "result": answer})
        question.check(body)
        return Reply(question.format, question.chain, question.query, "1700000000", body)

    def methods(self) -> list[str]:
        return [question.query["method"] for question in self.asked]


def ask(first: int = 5, **answers: Any) -> tuple[list[Transfer], EvmRpcSource, Scripted]:
    transport = Scripted(**answers)
    source = EvmRpcSource(ETHEREUM, transport)
    replies = list(source.blocks(first, first))
    return [t for reply in replies for t in decode(reply).transfers], source, transport


MISSING = {"code": -32601, "message": "the method does not exist/is not available"}


def test_it_is_a_block_source() -> None:
    source: BlockSource = EvmRpcSource(ETHEREUM, Scripted())
    assert source.chain == "eip155:1"


@pytest.mark.parametrize(
    ("found", "height"), [(None, None), ({"blockNumber": None}, None), ({"blockNumber": "0x10"}, 16)]
)
def test_the_height_of_a_transaction_is_asked_and_not_kept(found: object, height: int | None) -> None:
    transport = Scripted(eth_getTransactionByHash=found)
    assert EvmRpcSource(ETHEREUM, transport).height_of("0x" + "11" * 32) == height
    assert [question.keep for question in transport.asked] == [False]


def test_it_is_a_history_source() -> None:
    source: HistorySource = EvmRpcSource(ETHEREUM, Scripted(eth_getTransactionByHash=None))
    with pytest.raises(SourceError, match="no transaction 0xaa"):
        source.transaction(TX)


@pytest.mark.parametrize(
    "answers",
    [
        {"trace_filter": {"code": -32005, "message": "query returned more than 10000 results"}},
        {"trace_filter": [], "eth_getLogs": {"code": -32602, "message": "exceed maximum block range: 5000"}},
        {"trace_filter": [{"blockNumber": "5"}]},
        {"trace_filter": {"rows": []}},
    ],
)
def test_a_search_that_a_node_bounds_or_garbles_is_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(SourceError) as caught:
        EvmRpcSource(ETHEREUM, Scripted(**answers)).history("0x" + "a" * 40, limit=10)
    assert type(caught.value) is SourceError


def test_three_answers_make_one_reply() -> None:
    transport = Scripted()
    reply = next(EvmRpcSource(ETHEREUM, transport).blocks(5, 5))
    assert (reply.format, reply.query, reply.fetched) == ("evm/block", {"height": "5", "hash": HASH}, "1700000000")
    assert orjson.loads(reply.body)["receipts"]["result"] == [RECEIPT]
    assert [(t.kind, t.amount) for t in decode(reply).transfers] == [(Kind.FEE, 21000), (Kind.NATIVE, 7)]


def test_only_a_final_block_is_kept() -> None:
    _, _, old = ask(eth_blockNumber="0x64")
    assert {q.query["method"]: q.keep for q in old.asked} == {
        "eth_blockNumber": False,
        "eth_getBlockByNumber": True,
        "eth_getBlockReceipts": True,
        "trace_block": True,
    }
    _, _, young = ask(eth_blockNumber="0x6")
    assert not any(question.keep for question in young.asked)


def test_a_node_that_cannot_trace_covers_no_internal_calls() -> None:
    transfers, source, transport = ask(trace_block=MISSING, debug_traceBlockByNumber=MISSING)
    assert [t.kind for t in transfers] == [Kind.FEE, Kind.NATIVE]
    assert Kind.INTERNAL not in source.covers
    list(source.blocks(5, 5))
    assert transport.methods().count("trace_block") == transport.methods().count("debug_traceBlockByNumber") == 1


def test_check_finds_out_whether_the_node_can_trace() -> None:
    source = EvmRpcSource(ETHEREUM, Scripted(trace_block=MISSING, debug_traceBlockByNumber=MISSING))
    source.check()
    assert Kind.INTERNAL not in source.covers


def test_receipts_of_a_batch_may_come_in_any_order() -> None:
    other = "0x" + "bb" * 32
    block = BLOCK | {
        "transactions": [
            BLOCK["transactions"][0],
            BLOCK["transactions"][0] | {"hash": other, "transactionIndex": "0x1"},
        ]
    }
    second = RECEIPT | {"transactionHash": other, "transactionIndex": "0x1", "gasUsed": "0x1"}
    batch = [{"id": 1, "result": second}, {"id": 0, "result": RECEIPT}]
    transfers, _, _ = ask(eth_getBlockByNumber=block, eth_getBlockReceipts=MISSING, eth_getTransactionReceipt=batch)
    assert [(t.tx_index, t.amount) for t in transfers if t.kind is Kind.FEE] == [(0, 21000), (1, 1)]


@pytest.mark.parametrize(
    ("answers", "error", "what"),
    [
        ({"eth_getBlockByNumber": None}, SourceError, "no block 5"),
        ({"eth_getBlockByNumber": BLOCK | {"number": "0x6"}}, SourceError, "not block 5"),
        ({"eth_getBlockByNumber": BLOCK | {"transactions": [TX]}}, SourceError, "whole transactions"),
        ({"eth_getBlockByNumber": {"code": -32005, "message": "slow down"}}, RetryError, "slow down"),
        ({"eth_getBlockByNumber": {"code": 429, "message": "quota"}}, RetryError, "quota"),
        ({"eth_getBlockByNumber": {"code": -32000, "message": "rate limit exceeded"}}, RetryError, "rate limit"),
        ({"eth_getBlockByNumber": b"<html>"}, SourceError, "not JSON"),
        ({"eth_getBlockByNumber": b"[]"}, SourceError, "no JSON-RPC answer"),
        ({"eth_getBlockByNumber": b'{"error": "denied"}'}, SourceError, "denied"),
        ({"eth_getBlockReceipts": None}, SourceError, "no list of rows"),
        ({"eth_getBlockReceipts": [RECEIPT | {"blockHash": TX}]}, RetryError, "chain changed"),
        ({"trace_block": [TRACE | {"blockHash": TX}]}, RetryError, "chain changed"),
        ({"trace_block": []}, SourceError, "no traces"),
        ({"trace_block": {"code": -32000, "message": "missing trie node 0a"}}, SourceError, "archive node"),
        (
            {"trace_block": MISSING, "debug_traceBlockByNumber": [{"error": "historical state is not available"}]},
            SourceError,
            "archive node",
        ),
        (
            {"trace_block": MISSING, "debug_traceBlockByNumber": [{"txHash": HASH, "result": {}}]},
            RetryError,
            "chain changed",
        ),
        ({"eth_getBlockReceipts": MISSING, "eth_getTransactionReceipt": []}, RetryError, "0 of 1 calls"),
        (
            {"eth_getBlockReceipts": MISSING, "eth_getTransactionReceipt": [{"error": {"code": -32005}}]},
            RetryError,
            "-32005",
        ),
        ({"eth_getBlockReceipts": MISSING, "eth_getTransactionReceipt": b'{"result":1}'}, SourceError, "batches"),
    ],
)
def test_a_fault_of_the_node_is_said_in_words(answers: dict[str, Any], error: type[SourceError], what: str) -> None:
    with pytest.raises(SourceError) as caught:
        ask(**answers)
    assert type(caught.value) is error
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({"eth_chainId": "0x38"}, "eip155:56, not eip155:1"),
        ({"eth_chainId": 1}, "quantity"),
        ({"eth_syncing": {"currentBlock": "0x5", "highestBlock": "0x9"}}, "block 5 of 9"),
        ({"eth_syncing": {"stages": []}}, "behind"),
        ({"trace_block": {"code": -32000, "message": "state is pruned"}}, "archive node"),
    ],
)
def test_check_refuses_a_node_that_cannot_serve(answers: dict[str, Any], what: str) -> None:
    with pytest.raises(SourceError, match=what):
        EvmRpcSource(ETHEREUM, Scripted(**answers)).check()


class Recording:
    """Keeps what passes, as an archive does."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.kept: list[Reply] = []

    def ask(self, question: Question) -> Reply:
        reply = self._inner.ask(question)
        self.kept += [reply] if question.keep else []
        return reply


@pytest.mark.parametrize(
    "answers", [{}, {"trace_block": MISSING, "debug_traceBlockByNumber": MISSING}], ids=["tracing", "not tracing"]
)
def test_a_replay_from_the_kept_replies_gives_the_same_bytes(answers: dict[str, Any]) -> None:
    recording = Recording(Scripted(**answers))
    live = EvmRpcSource(ETHEREUM, recording)
    shown = list(live.blocks(5, 5))
    replay = EvmRpcSource(ETHEREUM, RecordedTransport(recording.kept))
    assert list(replay.blocks(5, 5)) == shown
    assert replay.covers == live.covers
    with pytest.raises(NotRecordedError):
        list(replay.blocks(6, 6))


def test_a_derived_wrap_never_takes_the_place_of_a_log() -> None:
    assert seq(Step.LOG, DERIVED) > seq(Step.LOG, 2**32 - 2)
