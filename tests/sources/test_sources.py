"""Lists of a contract's events: page after page from an explorer and TronGrid, in one answer from a node."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from Crypto.Hash import keccak

from clew.chains import find_chain
from clew.errors import RetryError, SourceError
from clew.model import Reply
from clew.sources import Listed, NotRecordedError, Question
from clew.sources.etherscan import EtherscanSource
from clew.sources.evm_rpc import EvmRpcSource
from clew.sources.matching import question_key
from clew.sources.recorded import recognise
from clew.sources.transport import RecordedTransport
from clew.sources.trongrid import TronGridSource

ETHEREUM, TRON = "eip155:1", "tron:0x2b6653dc"
TOKEN, SIGNATURE = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "Blacklisted(address)"
TOPIC = "0x" + keccak.new(data=SIGNATURE.encode(), digest_bits=256).hexdigest()
Answer = Callable[[Question], Any]


class Server:
    """Answers by a function of the question, and remembers what was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[Question] = []
        self._answer = answer

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        body = json.dumps(self._answer(question)).encode()
        question.check(body)
        return Reply(question.format, question.chain, question.query, "1.0", body)


def explorer(blocks: list[int]) -> Answer:
    """Events in these blocks, a thousand at most of one answer."""

    def answer(question: Question) -> Any:
        start = int(question.query["fromBlock"])
        rows = [{"blockNumber": hex(block)} for block in blocks if block >= start][:1000]
        return {"status": "1", "message": "OK", "result": rows} if rows else NONE

    return answer


NONE = {"status": "0", "message": "No records found", "result": []}


def rows(listed: Listed) -> int:
    return sum(len(json.loads(reply.body)["result"]) for reply in listed.replies)


def test_an_explorer_is_asked_on_from_the_last_block_of_a_full_page() -> None:
    server = Server(explorer(list(range(10, 2500))))
    listed = EtherscanSource(ETHEREUM, server).events(TOKEN, SIGNATURE, "0" * 64)
    assert (listed.status, listed.fault) == ("complete", "")
    assert [question.query["fromBlock"] for question in server.asked] == ["0", "1009", "2008"]
    assert rows(listed) == 2490 + 2, "the block where a page ends comes twice"
    query = server.asked[0].query
    assert (query["topic0"], query["topic1"], query["topic0_1_opr"]) == (TOPIC, "0x" + "0" * 64, "and")
    assert "apikey" not in query


def test_no_events_are_an_answer() -> None:
    assert EtherscanSource(ETHEREUM, Server(lambda _question: NONE)).events(TOKEN, SIGNATURE).status == "complete"


def test_a_block_with_more_events_than_a_page_cuts_the_list() -> None:
    listed = EtherscanSource(ETHEREUM, Server(explorer([7] * 1500))).events(TOKEN, SIGNATURE)
    assert (listed.status, "more events" in listed.detail) == ("truncated", True)


@pytest.mark.parametrize("error", [SourceError("no plan for it"), RetryError("busy"), NotRecordedError("offline")])
def test_a_source_that_fails_ends_the_list_and_its_words_stay_out_of_the_answer(error: SourceError) -> None:
    """A replay has only what was kept: it must come to the same words, whatever the source said then."""
    good = explorer(list(range(10, 2500)))

    def answer(question: Question) -> Any:
        if question.query["fromBlock"] != "0":
            raise error
        return good(question)

    listed = EtherscanSource(ETHEREUM, Server(answer)).events(TOKEN, SIGNATURE)
    assert (listed.status, listed.detail) == ("truncated", "to block 1009")
    assert error.what in listed.fault

    def nothing(_question: Question) -> Any:
        raise error

    assert EtherscanSource(ETHEREUM, Server(nothing)).events(TOKEN, SIGNATURE).status == "unavailable"
    assert EvmRpcSource(find_chain("ethereum"), Server(nothing)).events(TOKEN, SIGNATURE).status == "unavailable"
    assert TronGridSource(TRON, Server(nothing)).events("T", SIGNATURE).status == "unavailable"


@pytest.mark.parametrize(
    "body", [{"status": "1", "result": [{"blockNumber": "7"}]}, {"status": "1", "result": [{}]}, {"result": {}}, [3]]
)
def test_an_answer_that_is_no_list_of_events_is_refused(body: object) -> None:
    listed = EtherscanSource(ETHEREUM, Server(lambda _question: body)).events(TOKEN, SIGNATURE)
    assert listed.status == "unavailable"
    assert listed.fault


def test_a_node_is_asked_for_the_whole_chain_at_once() -> None:
    server = Server(lambda _question: {"jsonrpc": "2.0", "id": 1, "result": [{"blockNumber": "0x7"}]})
    listed = EvmRpcSource(find_chain("ethereum"), server).events(TOKEN, SIGNATURE)
    assert (listed.status, rows(listed)) == ("complete", 1)
    asked = json.loads(server.asked[0].request.body or b"")["params"][0]
    assert asked == {"fromBlock": "0x0", "toBlock": "latest", "address": TOKEN, "topics": [TOPIC]}
    assert server.asked[0].format == "evm/logs"


def test_trongrid_is_asked_by_the_events_name_page_after_page() -> None:
    def answer(question: Question) -> Any:
        first = "fingerprint" not in question.query
        row = {"block_timestamp": 1_700_000_000_000}
        return {"success": True, "data": [row], "meta": {"fingerprint": "next"} if first else {}}

    server = Server(answer)
    listed = TronGridSource(TRON, server).events("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "AddedBlackList(address)")
    assert (listed.status, len(listed.replies)) == ("complete", 2)
    assert server.asked[0].query["event_name"] == "AddedBlackList"


def test_events_that_others_recorded_answer_the_same_question() -> None:
    query = {"module": "logs", "action": "getLogs", "address": TOKEN.upper().replace("0X", "0x"), "topic0": TOPIC}
    query |= {"fromBlock": "0", "toBlock": "99999999", "apikey": "secret"}
    assert recognise(query) == "etherscan/getLogs"
    assert recognise({"path": "/v1/contracts/T/events", "event_name": "x"}) == "trongrid/events"
    body = json.dumps({"status": "1", "result": [{"blockNumber": "0x7"}]}).encode()
    recorded = Reply("etherscan/getLogs", ETHEREUM, query, "1.0", body)
    listed = EtherscanSource(ETHEREUM, RecordedTransport([recorded])).events(TOKEN, SIGNATURE)
    assert (listed.status, listed.replies) == ("complete", (recorded,))
    early = Reply("etherscan/getLogs", ETHEREUM, {**query, "toBlock": "15000000"}, "1.0", body)
    listed = EtherscanSource(ETHEREUM, RecordedTransport([early])).events(TOKEN, SIGNATURE)
    assert (listed.status, listed.detail) == ("truncated", "to block 15000001"), "what came later was not recorded"
    other = Reply("etherscan/getLogs", ETHEREUM, {**query, "topic0": "0x" + "1" * 64}, "1.0", body)
    assert question_key(recorded) != question_key(other)
