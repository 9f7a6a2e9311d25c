"""The direct way to the question asked most: the same replies as by the framework, in every case."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.screening.listed import LISTED_EVM, small_index

from clew.api.app import LARGEST, create_app
from clew.api.direct import PATH
from clew.records.store import Records
from clew.screening.policy import read_policy
from clew.service.screening import Snapshot

ASKED = f'{{"addresses":[{{"address":"{LISTED_EVM}","reference":"a"}},{{"address":"?"}}]}}'.encode()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(f"sqlite:///{tmp_path}/records.db")
    yield opened
    opened.close()


CASES = {
    "a plain question": ({}, ASKED),
    "an unknown field": ({}, ASKED.replace(b"reference", b"referrence")),
    "no addresses": ({}, b'{"addresses":[]}'),
    "no JSON": ({}, b"addresses"),
    "nothing": ({}, b""),
    "a token that may not": ({"Authorization": "Bearer {reader}"}, ASKED),
    "no token in force": ({"Authorization": "Bearer clew_x"}, ASKED),
    "no token": ({"Authorization": ""}, ASKED),
    "a token in the other header": ({"Authorization": "", "X-API-Key": "{asker}"}, ASKED),
    "an odd token": ({"Authorization": "Bearer \u00e9"}, ASKED),
}


@pytest.mark.parametrize("case", CASES)
def test_both_ways_give_the_same_reply(records: Records, case: str) -> None:
    secrets = {"asker": records.add_token("asker", ["screen"]), "reader": records.add_token("reader", ["read"])}
    said, body = CASES[case]
    headers = {"Authorization": f"Bearer {secrets['asker']}"} | said
    sent = [(name.encode(), value.format(**secrets).encode("latin-1")) for name, value in headers.items()]
    app = create_app(Snapshot(small_index(), read_policy()), records)
    direct, described = asyncio.run(ask(app, sent, body))
    assert direct.content == described.content
    assert (direct.status_code, dict(direct.headers)) == (described.status_code, dict(described.headers))
    assert len(records.answers()) == (4 if direct.status_code == 200 else 0)


async def ask(app: FastAPI, headers: list[tuple[bytes, bytes]], body: bytes) -> list[httpx.Response]:
    """The reply by the direct way, and by the framework's alone."""
    replies = []
    for way in (app, partial(FastAPI.__call__, app)):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(way), base_url="http://clew") as client:
            replies.append(await client.post(PATH, content=body, headers=headers))
    return replies


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"path": "/v1/screen/names"},
        {"query_string": b"a=1"},
        {"headers": []},
        {"headers": [(b"content-length", b"-1")]},
        {"headers": [(b"content-length", b"%d" % (LARGEST + 1))]},
        {"type": "websocket"},
    ],
)
def test_what_is_not_plain_goes_by_the_framework(records: Records, changed: dict[str, object]) -> None:
    app = create_app(Snapshot(small_index(), read_policy()), records)
    plain = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": [(b"content-length", b"9")],
    }
    assert app.direct.takes(plain)
    assert not app.direct.takes(plain | changed)
