"""A TRON history is read to its last page, says where it is not, and a refusal has its own words."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import Fetched, NotRecordedError, Question
from clew.sources.archive import Archive
from clew.sources.recorded import read_recorded
from clew.sources.transport import ArchivingTransport, HttpTransport, RecordedTransport
from clew.sources.trongrid import TronGridSource, trongrid_source

if TYPE_CHECKING:
    from tests.sources.conftest import Server

TRON = "tron:0x2b6653dc"
ACCOUNT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
PATH = f"/v1/accounts/{ACCOUNT}/transactions"
TX = "ab" * 32

Row = dict[str, Any]


def rows(count: int) -> list[Row]:
    return [{"block_timestamp": 1_600_000_000_000 + 3_000 * number, "n": number} for number in range(count)]


@dataclass
class Grid:
    """TronGrid's rule: pages of so many rows, each but the last with the fingerprint of the next."""

    lists: dict[str, list[Row]]
    asked: list[dict[str, str]] = field(default_factory=list)

    def respond(self, path: str, params: dict[str, str]) -> bytes:
        self.asked.append({"path": path, **params})
        listed = self.lists.get(path.removeprefix(PATH), [])
        start, size = int(params.get("fingerprint", "0")), int(params["limit"])
        meta = {"fingerprint": str(start + size)} if start + size < len(listed) else {}
        body = {"data": listed[start : start + size], "success": True, "meta": {"at": 1, **meta}}
        return json.dumps(body).encode()

    def ask(self, question: Question) -> Reply:
        body = self.respond(question.request.path, dict(question.request.params))
        question.check(body)
        return Reply(question.format, question.chain, question.query, "1.0", body)


def numbers(fetched: Fetched, name: str) -> list[int]:
    bodies = [json.loads(reply.body) for reply in fetched.replies if reply.format == f"trongrid/{name}"]
    return [row["n"] for body in bodies for row in body["data"]]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 7))
def test_every_page_is_read_once_and_in_order(transactions: int, tokens: int, page: int) -> None:
    grid = Grid({"": rows(transactions), "/trc20": rows(tokens)})
    fetched = TronGridSource(TRON, grid, page=page).history(ACCOUNT, limit=1_000)
    assert fetched.status == "complete"
    assert numbers(fetched, "transactions") == list(range(transactions))
    assert numbers(fetched, "trc20") == list(range(tokens))
    assert fetched.covers == {Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.FEE, Kind.BURN, Kind.TOKEN}
    assert {asked["only_confirmed"] for asked in grid.asked} == {"true"}


def test_more_than_the_limit_is_busy_and_stops() -> None:
    grid = Grid({"": rows(30), "/trc20": rows(5)})
    fetched = TronGridSource(TRON, grid, page=5).history(ACCOUNT, limit=12)
    assert fetched.status == "busy"
    assert len(grid.asked) == 3


@pytest.mark.parametrize(("limit", "status"), [(8, "complete"), (7, "busy")])
def test_the_limit_counts_both_lists(limit: int, status: str) -> None:
    grid = Grid({"": rows(3), "/trc20": rows(5)})
    assert TronGridSource(TRON, grid).history(ACCOUNT, limit=limit).status == status


def test_the_same_page_again_is_an_error() -> None:
    first, second = recorded("trc20", rows(1), "same"), recorded("trc20", rows(1), "same", fingerprint="same")
    with pytest.raises(SourceError, match="same page"):
        offline(first, second)


def recorded(name: str, listed: list[Row], following: str = "", **query: str) -> Reply:
    path = PATH + ("/trc20" if name == "trc20" else "")
    body = {"data": listed, "success": True, "meta": {"fingerprint": following} if following else {}}
    return Reply(f"trongrid/{name}", TRON, {"path": path, **query}, "1.0", json.dumps(body).encode())


def offline(*replies: Reply) -> Fetched:
    return TronGridSource(TRON, RecordedTransport(replies)).history(ACCOUNT, limit=100)


def test_what_was_never_recorded_is_not_covered() -> None:
    fetched = offline(recorded("trc20", rows(3), limit="50"))
    assert fetched.status == "complete"
    assert fetched.covers == {Kind.TOKEN}


def test_an_address_that_was_never_recorded_is_unavailable() -> None:
    assert offline().status == "unavailable"


def test_a_list_whose_next_page_was_not_recorded_says_what_it_shows() -> None:
    fetched = offline(recorded("trc20", rows(2), "x"), recorded("trc20", rows(3), "y", fingerprint="x"))
    assert fetched.status == "truncated"
    assert "5 rows from 2020-09-13 to 2020-09-13" in fetched.detail


REFUSALS: dict[str, tuple[dict[str, Any], int, bool, str]] = {
    "a rate limit": (
        {"Error": "The key exceeds the frequency limit(15), and the query server is suspended for 30 s"}, 403, True, ""
    ),
    "a rate limit of version 1": (
        {"Success": False, "Error": "rate exceeded the allowed_rps(3), and the query server is suspended for 5s"},
        429, True, "",
    ),
    "a wrong key": ({"Error": "ApiKey not exists"}, 401, False, "CLEW_TRONGRID_KEY"),
    "a bad request": ({"success": False, "error": "Invalid address provided", "statusCode": 400}, 400, False, ""),
    "no list": ({"success": True, "data": None}, 200, False, ""),
    "no success": ({"data": []}, 200, False, ""),
    "rows without a time": ({"success": True, "data": [{"n": 1}]}, 200, False, ""),
    "rows that are none": ({"success": True, "data": [[]]}, 200, False, ""),
    "a fingerprint that is none": ({"success": True, "data": rows(1), "meta": {"fingerprint": 5}}, 200, False, ""),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status", "passing", "mend"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_told(server: "Server", body: dict[str, Any], status: int, passing: bool, mend: str) -> None:
    server.will(json.dumps(body).encode(), status=status)
    slept: list[float] = []
    http = HttpTransport(server.base, name="trongrid", retries=1, sleep=slept.append)
    with pytest.raises(SourceError) as caught:
        TronGridSource(TRON, http).history(ACCOUNT, limit=10)
    assert isinstance(caught.value, RetryError) == passing
    assert len(server.asked) == 1 + passing
    assert mend in caught.value.mend
    if passing:
        assert caught.value.after in slept, "the pause TronGrid states is kept"  # type: ignore[attr-defined]


INFO = json.dumps({"id": TX, "blockNumber": 5, "blockTimeStamp": 1_000}).encode()
BLOCK = json.dumps({"transactions": [{"txID": "cd" * 32}, {"txID": TX}]}).encode()


def test_a_transaction_is_asked_by_its_id_and_placed_in_its_block(server: "Server", tmp_path: Path) -> None:
    server.respond = lambda asked: BLOCK if asked.path.endswith("getblockbynum") else INFO
    http = HttpTransport(server.base, name="trongrid", requests_per_second=1e6)
    (reply,) = TronGridSource(TRON, ArchivingTransport(http, Archive(tmp_path))).transaction(TX)
    assert [json.loads(asked.body) for asked in server.asked] == [{"value": TX}, {"num": 5}, {"value": TX}]
    assert reply.format == "trongrid/transactioninfo"
    assert reply.query["index"] == "1"
    replay = RecordedTransport(read_recorded(tmp_path, default_chain=TRON))
    assert TronGridSource(TRON, replay).transaction(TX) == (reply,)


def test_a_recorded_transaction_without_its_block_is_not_placed() -> None:
    info = Reply("trongrid/transactioninfo", TRON, {"path": "/wallet/gettransactioninfobyid", "value": TX}, "1", INFO)
    assert TronGridSource(TRON, RecordedTransport([info])).transaction(TX) == (info,)


@pytest.mark.parametrize("block", [b"{}", b'{"transactions": 5}', b'{"transactions": [{"txID": "cd"}, 5]}'])
def test_a_block_without_the_transaction_is_told(server: "Server", block: bytes) -> None:
    server.respond = lambda asked: block if asked.path.endswith("getblockbynum") else INFO
    http = HttpTransport(server.base, name="trongrid", requests_per_second=1e6, retries=0)
    with pytest.raises(SourceError, match="block"):
        TronGridSource(TRON, http).transaction(TX)


@pytest.mark.parametrize(
    ("body", "words"),
    [({}, "no confirmed transaction"), ({"id": "cd" * 32}, "another transaction"), ({"Error": "class X"}, "class X")],
)
def test_a_transaction_that_is_not_there_is_told(server: "Server", body: dict[str, Any], words: str) -> None:
    server.will(json.dumps(body).encode())
    with pytest.raises(SourceError, match=words):
        TronGridSource(TRON, HttpTransport(server.base, name="trongrid", retries=0)).transaction(TX)


def test_a_transaction_that_was_never_recorded_is_told() -> None:
    with pytest.raises(NotRecordedError):
        TronGridSource(TRON, RecordedTransport()).transaction(TX)


def test_a_run_resumes_without_asking_twice_and_replays(server: "Server", tmp_path: Path) -> None:
    grid = Grid({"": rows(12), "/trc20": rows(3)})
    server.respond = lambda asked: grid.respond(asked.path, asked.params)

    def history() -> Fetched:
        http = HttpTransport(server.base, name="trongrid", requests_per_second=1e6)
        return TronGridSource(TRON, ArchivingTransport(http, Archive(tmp_path)), page=5).history(ACCOUNT, limit=100)

    first = history()
    asked = len(server.asked)
    assert asked == 4
    assert history() == first
    assert len(server.asked) == asked
    replay = RecordedTransport(read_recorded(tmp_path, default_chain=TRON))
    assert TronGridSource(TRON, replay).history(ACCOUNT, limit=100) == first


def test_the_key_goes_into_a_header_and_nowhere_else(server: "Server", tmp_path: Path) -> None:
    server.respond = lambda asked: Grid({}).respond(asked.path, asked.params)
    seen: list[bool] = []
    source = trongrid_source(
        TRON, key="SECRET", base=server.base, archive=Archive(tmp_path), on_reply=lambda _q, _r, old: seen.append(old)
    )
    assert source.history(ACCOUNT, limit=10).status == "complete"
    assert server.asked[0].headers["tron-pro-api-key"] == "SECRET"
    assert b"SECRET" not in (tmp_path / "index.jsonl").read_bytes()
    assert seen == [False, False]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "success", "meta", "fingerprint", "block_timestamp", "Error", "id"]),
                inner,
                max_size=4,
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

    source = TronGridSource(TRON, Hostile())
    with suppress(SourceError):
        assert source.history(ACCOUNT, limit=2).status in ("complete", "busy")
    with suppress(SourceError):
        assert len(source.transaction(TX)) == 1
