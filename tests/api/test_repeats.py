"""Heads that were read before: the same replies as by uvicorn alone, in the same order, however the bytes arrive."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screening.listed import LISTED_EVM, MIXER, small_index
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from clew.api import repeats
from clew.api.app import Service, create_app
from clew.api.repeats import RepeatsProtocol
from clew.api.screen import screened
from clew.records.store import Records
from clew.screening.policy import read_policy
from clew.service.screening import Snapshot

UNKNOWN = "0x" + "12" * 20
Replies = list[tuple[int, Any]]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    opened = Records(f"sqlite:///{tmp_path_factory.mktemp('repeats')}/records.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def secret(records: Records) -> str:
    return records.add_token("asker", ["screen"])


def request(
    secret: str, *addresses: str, body: bytes = b"", head: str = "", path: str = "/v1/screen/addresses"
) -> bytes:
    """A question as a client writes it."""
    body = body or orjson.dumps({"addresses": [{"address": each} for each in addresses]})
    first = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n{head}"
    return f"{first}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Seen:
    """The application, and which requests came to it rather than being answered at once."""

    def __init__(self, records: Records) -> None:
        self.app: Service = create_app(Snapshot(small_index(), read_policy()), records)
        self.through = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.through += 1
        await self.app(scope, receive, send)


@asynccontextmanager
async def connected(
    seen: Seen, *, plain: bool = False
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the application over a socket of this machine; `plain`: by uvicorn alone."""
    config = uvicorn.Config(seen, access_log=False, log_level="critical", ws="none", date_header=False)
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    made = HttpToolsProtocol if plain else partial(RepeatsProtocol, seen.app.direct)
    served = await loop.create_server(
        lambda: made(config=config, server_state=state, app_state={}, _loop=loop), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*served.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        served.close()
        await asyncio.gather(*state.tasks)


async def reply_of(reader: asyncio.StreamReader) -> tuple[int, Any]:
    """The next reply: its status, and what it says."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    return int(head.split()[1]), orjson.loads(body) if body.startswith(b"{") else body


def exchange(seen: Seen, chunks: Sequence[bytes], count: int, *, plain: bool = False) -> Replies:
    """Send chunks one after the other, and read as many replies."""

    async def run() -> Replies:
        async with connected(seen, plain=plain) as (reader, writer):
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
                await asyncio.sleep(0)
            return [await reply_of(reader) for _ in range(count)]

    return asyncio.run(run())


def one_by_one(seen: Seen, requests: Sequence[bytes]) -> Replies:
    """Each sent when the one before was answered, over one connection."""

    async def run() -> Replies:
        replies = []
        async with connected(seen) as (reader, writer):
            for each in requests:
                writer.write(each)
                replies.append(await reply_of(reader))
        return replies

    return asyncio.run(run())


def test_a_head_seen_before_is_answered_without_the_application(records: Records, secret: str) -> None:
    seen = Seen(records)
    asked = [request(secret, LISTED_EVM), request(secret, UNKNOWN), request(secret, LISTED_EVM)]
    (first, second, third) = one_by_one(seen, asked)
    assert seen.through == 1
    assert first == third
    assert [reply[1]["answers"][0]["decision"] for reply in (first, second)] == ["block", "clear"]


def test_what_is_answered_at_once_is_kept_like_the_rest(records: Records, secret: str) -> None:
    before = len(records.answers(limit=10_000))
    one_by_one(Seen(records), [request(secret, UNKNOWN), request(secret, MIXER), request(secret, UNKNOWN)])
    kept = records.answers(limit=10_000)[before:]
    assert [row["decision"] for row in kept] == ["clear", "review", "clear"]
    assert {row["token"] for row in kept} == {records.tokens()[0].id}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"body": b'{"addresses":[]}'}, 422),
        ({"body": b'{"addresses":1}'}, 422),
        ({"body": b"addresses"}, 422),
        ({"body": b'{"addresses":[{"address":"?"}],"x":1}'}, 422),
        ({"secret": "clew_x"}, 401),
        ({"path": "/v1/screen/addresses?a=1"}, 422),
        ({"path": "/v1/screen/nothing"}, 404),
        ({"head": "Connection: upgrade\r\nUpgrade: h2c\r\n"}, 422),  # it reads no body of these
        ({"head": "X-Trace: 1\r\n"}, 200),
    ],
)
def test_a_repeated_request_has_the_reply_that_uvicorn_alone_gives(
    records: Records, secret: str, changed: dict[str, Any], status: int
) -> None:
    asked = request(**{"secret": secret, "body": b'{"addresses":[{"address":"?"}]}'} | changed)
    twice = one_by_one(Seen(records), [asked, asked])
    assert twice == exchange(Seen(records), [asked], 1, plain=True) * 2
    assert twice[0][0] == status


def test_a_token_that_may_not_ask_is_refused_each_time(records: Records) -> None:
    reader = records.add_token("reader", ["read"])
    asked = request(reader, UNKNOWN)
    assert [status for status, _ in one_by_one(Seen(records), [asked, asked])] == [403, 403]


def test_a_revoked_token_ends(tmp_path: Path) -> None:
    own = Records(f"sqlite:///{tmp_path}/records.db")
    seen = Seen(own)
    asked = request(own.add_token("asker", ["screen"]), UNKNOWN)
    now = [100.0]
    seen.app.state.desk.clock = lambda: now[0]

    async def run() -> list[int]:
        async with connected(seen) as (reader, writer):
            told = []
            for turn in range(3):
                if turn == 2:
                    own.revoke_token("asker")
                    now[0] += 1.0
                writer.write(asked)
                told.append((await reply_of(reader))[0])
            return told

    assert asyncio.run(run()) == [200, 200, 401]
    own.close()


def test_a_rate_counts_for_both_ways(records: Records, secret: str) -> None:
    seen = Seen(records)
    seen.app.state.desk.per_second, seen.app.state.desk.clock = 2.0, lambda: 100.0
    assert [status for status, _ in one_by_one(seen, [request(secret, UNKNOWN)] * 3)] == [200, 200, 429]
    assert seen.through == 2  # the first, and what was refused


def test_an_answer_that_cannot_be_kept_is_not_given(records: Records, secret: str, monkeypatch: Any) -> None:
    seen = Seen(records)

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    one_by_one(seen, [request(secret, UNKNOWN)])
    monkeypatch.setattr(records, "_insert_answers", full)
    ((status, told),) = one_by_one(seen, [request(secret, UNKNOWN)])
    assert (status, told["error"]["code"]) == (503, "cannot-keep-records")
    assert seen.through == 1


def test_an_answer_that_fails_goes_by_the_application_and_alone(
    records: Records, secret: str, monkeypatch: Any
) -> None:
    seen = Seen(records)
    one_by_one(seen, [request(secret, UNKNOWN)])

    def broken(desk: Any, token: Any, asked: Any) -> Any:
        if asked.addresses[0].address == MIXER:
            raise RuntimeError
        return screened(desk, token, asked)

    async def run() -> list[int]:
        async with connected(seen) as first, connected(seen) as second, connected(seen) as third:
            both = [(first, UNKNOWN), (second, MIXER), (third, UNKNOWN)]
            for (_, writer), address in both:
                writer.write(request(secret, address))
            return [(await reply_of(reader))[0] for (reader, _), _ in both]

    monkeypatch.setattr("clew.api.direct.screened", broken)
    assert asyncio.run(run()) == [200, 200, 200]
    assert seen.through == 2


def test_a_question_waits_for_a_look_at_its_token_rather_than_go_the_long_way(records: Records, secret: str) -> None:
    seen = Seen(records)
    now = [100.0]
    seen.app.state.desk.clock = lambda: now[0]

    async def run() -> list[int]:
        async with connected(seen) as (reader, writer):
            told = []
            for _ in range(3):
                writer.write(request(secret, UNKNOWN))
                told.append((await reply_of(reader))[0])
                now[0] += 10  # what is known of the token is too old
            return told

    assert asyncio.run(run()) == [200, 200, 200]
    assert seen.through == 1


def test_a_connection_that_the_asker_ends_is_ended(records: Records, secret: str) -> None:
    async def run() -> list[bytes]:
        async with connected(Seen(records)) as (reader, writer):
            for _ in range(2):
                writer.write(request(secret, UNKNOWN))
                await reply_of(reader)
            writer.write(request(secret, UNKNOWN, head="Connection: close\r\n"))
            return [await asyncio.wait_for(reader.read(), 10)]

    (rest,) = asyncio.run(run())
    assert rest.startswith(b"HTTP/1.1 200")
    assert rest.endswith(b"}")


def test_a_service_that_ends_gives_the_answers_it_owes(records: Records, secret: str) -> None:
    made: list[RepeatsProtocol] = []

    class Kept(RepeatsProtocol):
        def connection_made(self, transport: Any) -> None:
            made.append(self)
            super().connection_made(transport)

    async def run() -> bytes:
        async with connected(Seen(records)) as (reader, writer):
            for _ in range(2):
                writer.write(request(secret, UNKNOWN))
                await reply_of(reader)
            writer.write(request(secret, MIXER))
            while not made[0]._awaiting:
                await asyncio.sleep(0.0001)
            made[0].shutdown()
            return await asyncio.wait_for(reader.read(), 10)

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(globals(), "RepeatsProtocol", Kept)
        told = asyncio.run(run())
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in head
    assert b'"review"' in body


def test_heads_are_forgotten_when_there_are_too_many(records: Records, secret: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("clew.api.direct._HEADS", 2)
    seen = Seen(records)
    asked = [request(secret, UNKNOWN, head=f"X-Trace: {number}\r\n") for number in (1, 2, 1, 3, 1, 2)]
    assert {status for status, _ in one_by_one(seen, asked)} == {200}
    assert seen.through == 4  # 1, 2, 3, and 2 again


QUESTIONS = st.sampled_from([LISTED_EVM, UNKNOWN, MIXER, "?"])


@settings(max_examples=25, deadline=None)
@given(asked=st.lists(QUESTIONS, min_size=1, max_size=5), cuts=st.lists(st.integers(1, 900), max_size=6))
def test_replies_keep_their_order_however_the_bytes_are_cut(
    records: Records, secret: str, asked: list[str], cuts: list[int]
) -> None:
    """Also where several requests arrive in one piece, or the next before the last was answered."""
    stream = b"".join(request(secret, each) for each in asked)
    edges = [0, *sorted({cut for cut in cuts if cut < len(stream)}), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    seen = Seen(records)
    one_by_one(seen, [request(secret, each) for each in dict.fromkeys(asked)])  # their heads are known
    told = exchange(seen, chunks, len(asked))
    assert [reply[1]["answers"][0]["input"] for reply in told] == asked


def test_bytes_before_a_request_are_no_head(records: Records, secret: str) -> None:
    """An empty line may stand before a request; a head that began with one would end at it."""
    seen = Seen(records)
    asked = b"\r\n\r\n" + request(secret, UNKNOWN)
    assert [status for status, _ in one_by_one(seen, [asked, asked])] == [200, 200]
    assert seen.through == 2
    assert repeats._END not in seen.app.direct._heads
