"""A history is complete beyond the explorer's window, says where it is not, and every refusal has its own words."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError, RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import NotRecordedError, Question
from clew.sources.archive import Archive
from clew.sources.etherscan import EtherscanSource, etherscan_source
from clew.sources.recorded import read_recorded
from clew.sources.transport import ArchivingTransport, HttpTransport, RecordedTransport

if TYPE_CHECKING:
    from tests.sources.conftest import Server

ETHEREUM = "eip155:1"
ACCOUNT = "0x" + "a" * 40
TX = "0x" + "1" * 64
EMPTY = b'{"status":"0","message":"No transactions found","result":[]}'

Row = dict[str, str]


def row(height: int, number: int) -> Row:
    return {"blockNumber": str(height), "timeStamp": str(1_600_000_000 + height), "hash": f"{height}-{number}"}


def rows(*counts: int) -> list[Row]:
    """So many rows in block 1, in block 2, ..."""
    return [row(height, number) for height, count in enumerate(counts, 1) for number in range(count)]


def answer(listed: list[Row]) -> bytes:
    return json.dumps({"status": "1", "message": "OK", "result": listed}).encode() if listed else EMPTY


@dataclass
class Explorer:
    """An explorer's rule: rows from a block on, oldest first, no more than asked for and than its plan gives."""

    lists: dict[str, list[Row]]
    cap: int = 10_000
    asked: list[dict[str, str]] = field(default_factory=list)

    def respond(self, params: dict[str, str]) -> bytes:
        self.asked.append(params)
        start, offset = int(params["startblock"]), int(params["offset"])
        listed = [row for row in self.lists.get(params["action"], []) if int(row["blockNumber"]) >= start]
        return answer(listed[: min(offset, self.cap)])

    def ask(self, question: Question) -> Reply:
        body = self.respond(dict(question.query))
        question.check(body)
        return Reply(question.format, question.chain, question.query, "1.0", body)


def source(explorer: Explorer, window: int = 10) -> EtherscanSource:
    return EtherscanSource(ETHEREUM, explorer, window=window)


def found(replies: tuple[Reply, ...], action: str) -> set[str]:
    bodies = [json.loads(reply.body)["result"] for reply in replies if reply.format == f"etherscan/{action}"]
    return {row["hash"] for body in bodies for row in body}


def test_the_three_lists_make_a_history() -> None:
    explorer = Explorer({"txlist": rows(2), "txlistinternal": rows(0, 1), "tokentx": rows(0, 0, 3)})
    fetched = source(explorer).history(ACCOUNT, limit=100)
    assert fetched.status == "complete"
    assert fetched.covers == {Kind.NATIVE, Kind.CALL, Kind.FEE, Kind.WRAP, Kind.INTERNAL, Kind.TOKEN}
    assert [reply.format for reply in fetched.replies] == [
        "etherscan/txlist",
        "etherscan/txlistinternal",
        "etherscan/tokentx",
    ]
    assert explorer.asked[0]["address"] == ACCOUNT
    assert "endblock" not in explorer.asked[0]


def test_an_address_without_history_is_complete_and_empty() -> None:
    fetched = source(Explorer({})).history(ACCOUNT, limit=100)
    assert (fetched.status, len(fetched.replies)) == ("complete", 3)


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(10, 25))
def test_windows_lose_nothing_and_double_only_what_is_the_same(counts: list[int], window: int) -> None:
    listed = rows(*counts)
    fetched = source(Explorer({"txlist": listed}), window).history(ACCOUNT, limit=10_000)
    assert fetched.status == "complete"
    assert found(fetched.replies, "txlist") == {row["hash"] for row in listed}
    bodies = [json.loads(reply.body)["result"] for reply in fetched.replies if reply.format == "etherscan/txlist"]
    times = Counter(row["hash"] for body in bodies for row in body)
    seams = {body[-1]["blockNumber"] for body in bodies[:-1]}
    assert all(row["blockNumber"] in seams for row in listed if times[row["hash"]] > 1)


def test_a_plan_that_gives_less_than_was_asked_for_loses_nothing() -> None:
    listed = rows(*[7] * 400)
    fetched = source(Explorer({"txlist": listed}, cap=1_000), window=10_000).history(ACCOUNT, limit=10_000)
    assert fetched.status == "complete"
    assert found(fetched.replies, "txlist") == {row["hash"] for row in listed}


def test_an_explorer_that_refuses_the_window_is_asked_for_less() -> None:
    explorer = Explorer({"txlist": rows(*[3] * 10)})

    class Strict(Explorer):
        def respond(self, params: dict[str, str]) -> bytes:
            if int(params["offset"]) > 10:
                words = "Result window is too large, PageNo x Offset size must be less than or equal to 10"
                return json.dumps({"status": "0", "message": "NOTOK", "result": words}).encode()
            return super().respond(params)

    fetched = source(Strict(explorer.lists), window=50).history(ACCOUNT, limit=100)
    assert fetched.status == "complete"
    assert len(found(fetched.replies, "txlist")) == 30


def test_a_block_with_more_rows_than_a_window_is_told() -> None:
    fetched = source(Explorer({"txlist": rows(3, 12, 4)})).history(ACCOUNT, limit=100)
    assert fetched.status == "truncated"
    assert "block 2" in fetched.detail
    assert "more rows of this address" in fetched.detail


def test_more_than_the_limit_is_busy_and_stops() -> None:
    explorer = Explorer({"txlist": rows(*[5] * 20), "tokentx": rows(1)})
    fetched = source(explorer).history(ACCOUNT, limit=24)
    assert fetched.status == "busy"
    assert "more than 24 transfers" in fetched.detail
    assert {params["action"] for params in explorer.asked} == {"txlist"}
    assert len(explorer.asked) == 4, "5, 10, 15, 20 settled rows and then one more window"


@pytest.mark.parametrize(("limit", "status"), [(30, "complete"), (29, "busy")])
def test_the_limit_counts_each_row_once(limit: int, status: str) -> None:
    explorer = Explorer({"txlist": rows(*[4] * 5), "tokentx": rows(*[1] * 10)})
    assert source(explorer).history(ACCOUNT, limit=limit).status == status


def recorded(action: str, listed: list[Row], **query: str) -> Reply:
    words = {"module": "account", "action": action, "address": ACCOUNT.upper().replace("0X", "0x"), **query}
    return Reply(f"etherscan/{action}", ETHEREUM, words, "1.0", answer(listed))


def offline(*replies: Reply) -> EtherscanSource:
    return EtherscanSource(ETHEREUM, RecordedTransport(replies))


def test_what_was_never_recorded_is_not_covered() -> None:
    fetched = offline(recorded("txlist", rows(3))).history(ACCOUNT, limit=100)
    assert fetched.status == "complete"
    assert fetched.covers == {Kind.NATIVE, Kind.CALL, Kind.FEE, Kind.WRAP}


def test_an_address_that_was_never_recorded_is_unavailable() -> None:
    fetched = offline().history(ACCOUNT, limit=100)
    assert (fetched.status, fetched.replies, fetched.covers) == ("unavailable", (), frozenset())


@pytest.mark.parametrize(
    ("listed", "query"),
    [
        (rows(9_000, 1_000), {}),
        (rows(900, 100), {}),
        (rows(90, 10), {"offset": "100"}),
        (rows(1, 2), {"endblock": "2"}),
    ],
)
def test_a_recorded_list_that_is_cut_says_how_far_it_reaches(listed: list[Row], query: dict[str, str]) -> None:
    fetched = offline(recorded("txlist", listed, **query)).history(ACCOUNT, limit=100_000)
    assert fetched.status == "truncated"
    assert "block 2 (2020-09-13)" in fetched.detail


def test_a_recorded_continuation_is_followed() -> None:
    first, rest = recorded("txlist", rows(90, 10), offset="100"), [row(2, n) for n in range(12)]
    fetched = offline(first, recorded("txlist", rest, startblock="2")).history(ACCOUNT, limit=1_000)
    assert fetched.status == "complete"
    assert len(found(fetched.replies, "txlist")) == 102


def test_a_recorded_list_up_to_a_block_goes_on_with_the_next_block() -> None:
    first, rest = recorded("txlist", rows(1, 2), endblock="500"), [row(501, 0)]
    fetched = offline(first, recorded("txlist", rest, startblock="501")).history(ACCOUNT, limit=1_000)
    assert fetched.status == "complete"
    assert len(found(fetched.replies, "txlist")) == 4


def test_an_upper_block_that_means_all_is_no_cut_but_where_the_chain_is_higher() -> None:
    reply = recorded("txlist", rows(3), endblock="99999999")
    assert offline(reply).history(ACCOUNT, limit=100).status == "complete"
    arbitrum = Reply(reply.format, "eip155:42161", reply.query, "1.0", reply.body)
    history = EtherscanSource("eip155:42161", RecordedTransport([arbitrum])).history(ACCOUNT, limit=100)
    assert history.status == "truncated"


def test_a_recorded_list_newest_first_lacks_its_beginning() -> None:
    fetched = offline(recorded("txlist", rows(500, 500)[::-1])).history(ACCOUNT, limit=5_000)
    assert fetched.status == "truncated"
    assert "back to block 1" in fetched.detail


REFUSALS: dict[str, tuple[type[SourceError], str]] = {
    "Max rate limit reached": (RetryError, "requests_per_second"),
    "Max calls per sec rate limit reached (3/sec)": (RetryError, "requests_per_second"),
    "Max rate limit reached, please use API Key for higher rate limit": (RetryError, "requests_per_second"),
    "Max daily rate limit reached. 100000 (100%) of 100000 day/limit": (RetryError, "tomorrow"),
    "Query Timeout occured. Please select a smaller result dataset": (RetryError, "later"),
    "Invalid API Key (#err2)|": (SourceError, "CLEW_ETHERSCAN_KEY"),
    "Missing/Invalid API Key": (SourceError, "CLEW_ETHERSCAN_KEY"),
    "Free API access is not supported for this chain. Please upgrade your api plan": (SourceError, "paid plan"),
    "Missing or unsupported chainid parameter (required for v2 api)": (SourceError, "does not know the chain"),
    "You are using a deprecated V1 endpoint, switch to Etherscan API V2": (SourceError, "v2/api"),
    "Result window is too large, PageNo x Offset size must be less than or equal to 10000": (SourceError, ""),
    "Error! Invalid address format": (SourceError, ""),
}


@pytest.mark.parametrize("place", ["result", "message"])
@pytest.mark.parametrize(("said", "expected"), REFUSALS.items(), ids=REFUSALS.keys())
def test_a_refusal_with_status_200_is_told(
    server: "Server", said: str, expected: tuple[type[SourceError], str], place: str
) -> None:
    body = {"status": "0", "message": "NOTOK", "result": None, place: said}
    server.will(json.dumps(body).encode())
    http = HttpTransport(server.base, name="etherscan", retries=1, sleep=lambda _: None)
    with pytest.raises(SourceError) as caught:
        EtherscanSource(ETHEREUM, http).history(ACCOUNT, limit=10)
    assert isinstance(caught.value, RetryError) == (expected[0] is RetryError)
    assert said[:40] in caught.value.what
    assert expected[1] in caught.value.mend


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"text"',
        b'{"status":"1","message":"OK","result":null}',
        b'{"status":"1","message":"OK","result":"rows"}',
        b'{"status":"0","message":"NOTOK","result":[]}',
        b'{"status":"0","message":"No transactions found","result":[{}]}',
        b'{"status":"1","result":[1]}',
        b'{"status":"1","result":[{"blockNumber":1.5,"timeStamp":"1"}]}',
        b'{"status":"1","result":[{"blockNumber":"-1","timeStamp":"1"}]}',
        b'{"status":"1","result":[{"timeStamp":"1"}]}',
    ],
)
def test_a_body_that_is_no_list_of_rows_is_refused(server: "Server", body: bytes) -> None:
    server.will(body)
    http = HttpTransport(server.base, name="etherscan", retries=0)
    with pytest.raises(SourceError) as caught:
        EtherscanSource(ETHEREUM, http).history(ACCOUNT, limit=10)
    assert ACCOUNT in caught.value.where


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["1", "0", "99999999999999"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["status", "message", "result", "blockNumber", "timeStamp", "error"]), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_hostile_answers_are_errors_of_the_source(value: object) -> None:
    class Hostile:
        def ask(self, question: Question) -> Reply:
            body = json.dumps(value).encode()
            question.check(body)
            return Reply(question.format, question.chain, question.query, "1.0", body)

    source = EtherscanSource(ETHEREUM, Hostile())
    with suppress(SourceError):
        assert source.history(ACCOUNT, limit=5).status in ("complete", "busy")
    with suppress(SourceError):
        assert len(source.transaction(TX)) == 2


def test_a_full_run_over_http_resumes_without_asking_twice(server: "Server", tmp_path: Path) -> None:
    explorer = Explorer({"txlist": rows(*[4] * 10), "tokentx": rows(1)})
    server.respond = lambda asked: explorer.respond(asked.params)

    def history() -> tuple[str, set[str]]:
        http = HttpTransport(server.base, name="etherscan", requests_per_second=1e6, secret_params={"apikey": "SECRET"})
        fetched = EtherscanSource(ETHEREUM, ArchivingTransport(http, Archive(tmp_path)), window=10).history(
            ACCOUNT, limit=100
        )
        return fetched.status, found(fetched.replies, "txlist")

    first = history()
    asked = len(server.asked)
    assert history() == first == ("complete", {row["hash"] for row in explorer.lists["txlist"]})
    assert len(server.asked) == asked
    assert server.asked[0].params["chainid"] == "1"
    assert server.asked[0].params["apikey"] == "SECRET"
    replayed = EtherscanSource(
        ETHEREUM, RecordedTransport(read_recorded(tmp_path, default_chain=ETHEREUM)), window=10
    ).history(ACCOUNT, limit=100)
    assert replayed.status == "complete"
    assert found(replayed.replies, "txlist") == first[1]


def test_a_transaction_is_asked_whole(server: "Server") -> None:
    server.will(b'{"jsonrpc":"2.0","id":1,"result":{"hash":"0x1"}}')
    http = HttpTransport(server.base, name="etherscan", requests_per_second=1e6)
    replies = EtherscanSource(ETHEREUM, http).transaction(TX)
    assert [reply.format for reply in replies] == [
        "etherscan/eth_getTransactionByHash",
        "etherscan/eth_getTransactionReceipt",
    ]
    assert server.asked[0].params["txhash"] == TX
    assert server.asked[0].params["module"] == "proxy"


def test_blockscout_is_asked_for_transactions_by_json_rpc(server: "Server") -> None:
    server.will(b'{"jsonrpc":"2.0","id":1,"result":{"hash":"0x1"}}')
    http = HttpTransport(server.base + "/api", name="blockscout", requests_per_second=1e6)
    EtherscanSource(ETHEREUM, http, dialect="blockscout").transaction(TX)
    assert [asked.path for asked in server.asked] == ["/api/eth-rpc"] * 2
    assert json.loads(server.asked[1].body)["method"] == "eth_getTransactionReceipt"
    assert json.loads(server.asked[1].body)["params"] == [TX]


def answered(action: str, query: dict[str, str], **result: str) -> Reply:
    body = json.dumps({"result": result}).encode()
    return Reply(f"etherscan/{action}", ETHEREUM, {"module": "proxy", "action": action, **query}, "1.0", body)


def test_a_transaction_in_a_block_is_one_reply_with_the_blocks_time() -> None:
    place = {"blockNumber": "0x7", "blockHash": "0xBB"}
    shown = answered("eth_getTransactionByHash", {"txhash": TX}, **place)
    receipt = answered("eth_getTransactionReceipt", {"txhash": TX}, **place)
    block = answered("eth_getBlockByNumber", {"tag": "0x7", "boolean": "false"}, hash="0xbb")
    (reply,) = offline(shown, receipt, block).transaction(TX)
    assert (reply.format, dict(reply.query), reply.fetched) == ("etherscan/transaction", {"txhash": TX}, "1.0")
    parts = json.loads(reply.body)
    assert [parts[name]["result"] for name in ("transaction", "receipt", "block")] == [place, place, {"hash": "0xbb"}]
    (timeless,) = offline(shown, receipt).transaction(TX)
    assert json.loads(timeless.body)["block"] is None
    other = answered("eth_getBlockByNumber", {"tag": "0x7", "boolean": "false"}, hash="0xcc")
    assert offline(shown, receipt, other).transaction(TX) == (timeless,)
    moved = answered("eth_getTransactionReceipt", {"txhash": TX}, blockNumber="0x7", blockHash="0xcc")
    assert offline(shown, moved).transaction(TX) == (shown, moved)


def test_the_block_of_a_transaction_is_asked_for_without_its_transactions(server: "Server") -> None:
    server.will(b'{"jsonrpc":"2.0","id":1,"result":{"blockNumber":"0x7","blockHash":"0xbb","hash":"0xbb"}}')
    for dialect in ("etherscan", "blockscout"):
        http = HttpTransport(server.base, name=dialect, requests_per_second=1e6)
        source = EtherscanSource(ETHEREUM, http, dialect="etherscan" if dialect == "etherscan" else "blockscout")
        source.transaction(TX)
    assert {name: server.asked[2].params[name] for name in ("action", "tag", "boolean")} == {
        "action": "eth_getBlockByNumber", "tag": "0x7", "boolean": "false"
    }  # fmt: skip
    assert json.loads(server.asked[5].body)["params"] == ["0x7", False]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":null}', "no transaction 0x1"),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"invalid argument"}}', "invalid argument"),
        (b'{"status":"0","message":"NOTOK","result":"Invalid API Key"}', "Invalid API Key"),
    ],
)
def test_a_transaction_that_is_not_there_is_told(server: "Server", body: bytes, words: str) -> None:
    server.will(body)
    with pytest.raises(SourceError, match=words):
        EtherscanSource(ETHEREUM, HttpTransport(server.base, name="etherscan", retries=0)).transaction(TX)


def test_a_transaction_that_was_never_recorded_is_told() -> None:
    with pytest.raises(NotRecordedError):
        offline().transaction(TX)
    receipt = Reply("etherscan/eth_getTransactionReceipt", ETHEREUM, {
        "module": "proxy", "action": "eth_getTransactionReceipt", "txhash": TX
    }, "1.0", b'{"result": {}}')  # fmt: skip
    assert offline(receipt).transaction(TX) == (receipt,)


def blockscout(server: "Server", chain: str) -> EtherscanSource:
    http = HttpTransport(server.base, name="blockscout", retries=0)
    return EtherscanSource(chain, http, dialect="blockscout")


def test_an_explorer_of_another_chain_is_told(server: "Server") -> None:
    server.will(b'{"jsonrpc":"2.0","id":1,"result":"0xa"}')
    blockscout(server, "eip155:10").check()
    with pytest.raises(SourceError, match="of eip155:10, not of eip155:1 "):
        blockscout(server, ETHEREUM).check()
    server.answers[0] = type(server.answers[0])(b'{"result":"ten"}')
    with pytest.raises(SourceError, match="does not tell its chain"):
        blockscout(server, ETHEREUM).check()


@pytest.mark.parametrize(
    ("key", "base", "name"),
    [
        ("K", "", "etherscan"),
        ("", "", "blockscout"),
        ("", "https://api.etherscan.io/v2/api", "etherscan"),
        ("K", "https://explorer.example/api", "blockscout"),
    ],
)
def test_the_explorer_follows_from_key_and_address(key: str, base: str, name: str) -> None:
    assert etherscan_source(ETHEREUM, key=key, base=base).name == name


def test_a_chain_without_a_public_explorer_needs_a_key() -> None:
    with pytest.raises(InputError, match="eip155:56") as caught:
        etherscan_source("eip155:56")
    assert "CLEW_ETHERSCAN_KEY" in caught.value.mend


def test_the_opened_source_keeps_its_replies(server: "Server", tmp_path: Path) -> None:
    server.will(EMPTY)
    seen: list[tuple[str, bool]] = []
    opened = etherscan_source(
        ETHEREUM,
        base=server.base,
        requests_per_second=1e6,
        archive=Archive(tmp_path),
        on_reply=lambda question, _reply, old: seen.append((question.format, old)),
    )
    assert opened.history(ACCOUNT, limit=10).status == "complete"
    assert len(list(Archive(tmp_path))) == len(seen) == 3


@pytest.mark.data
def test_the_recorded_histories_of_the_ronin_theft(shared_data: Callable[[str], Path]) -> None:
    replies = read_recorded(shared_data("ronin-2022"), default_chain=ETHEREUM)
    source = EtherscanSource(ETHEREUM, RecordedTransport(replies))
    fetched = {reply.query["address"]: source.history(reply.query["address"], limit=20_000) for reply in replies}
    cut = {address: history.detail for address, history in fetched.items() if history.status == "truncated"}
    assert {address: detail.partition("(")[2][:10] for address, detail in cut.items()} == {
        "0x28ffe35688ffffd0659aee2e34778b0ae4e193ad": "2019-09-22",
        "0xcac725bef4f114f728cbcfd744a731c2a463c3fc": "2018-01-03",
        "0x73f8fc2e74302eb2efda125a326655acf0dc2d1b": "2019-09-29",
        "0xc098b2a3aa256d2140208c3de6543aaef5cd3a94": "2020-02-24",
    }
    assert sum(history.status == "complete" for history in fetched.values()) == 72
    dormant = source.history("0x8b4959bc175d93d41d6ca278296ce714881c8b0f", limit=20_000)
    assert dormant.status == "unavailable"
