"""A node asked over JSON-RPC: what it is asked, and what its states and errors mean."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clew.errors import RetryError, SourceError
from clew.model import Reply
from clew.sources import Question
from clew.sources.bitcoind import BitcoindSource

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
