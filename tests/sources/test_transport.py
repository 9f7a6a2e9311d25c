"""Every fault of a network has its own words, passing faults are asked again, secrets reach the source alone."""

import logging
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clew.errors import InputError, RetryError, SourceError
from clew.model import Reply
from clew.sources import NotRecordedError, Question, Request, read_json
from clew.sources.archive import Archive
from clew.sources.transport import ArchivingTransport, HttpTransport, RecordedTransport

if TYPE_CHECKING:
    from tests.sources.conftest import Server

ETHEREUM = "eip155:1"
GOOD = b'{"status": "1", "message": "OK", "result": []}'
LIMITED = b'{"status": "0", "message": "NOTOK", "result": "Max rate limit reached"}'
PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


def check(body: bytes) -> None:
    """A source's own rule: an error in `result` with status 200 is a rate limit."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise SourceError("no object")
    if value.get("result") == "Max rate limit reached":
        raise RetryError("rate limit")
    if isinstance(value.get("error"), dict):
        raise SourceError(f"the node says: {value['error']['message']}")


def question(address: str = "0xaa", *, keep: bool = True) -> Question:
    query = {"module": "account", "action": "txlist", "address": address}
    return Question("etherscan/txlist", ETHEREUM, query, Request(path="/api", params=query), check, keep)


@dataclass
class Time:
    """A clock that only sleep moves."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def http(base: str, time: Time | None = None, **settings: Any) -> HttpTransport:
    time = time or Time()
    fixed = {"name": "etherscan", "requests_per_second": 1e6, "timeout": 5.0, "retries": 3, **settings}
    return HttpTransport(base, sleep=time.sleep, clock=lambda: time.at, jitter=lambda: 1.0, **fixed)


def test_a_good_reply_is_given_as_it_came(server: "Server") -> None:
    server.will(GOOD)
    reply = http(server.base, now=lambda: 1_700_000_000_123_456_789).ask(question())
    assert reply == Reply("etherscan/txlist", ETHEREUM, question().query, "1700000000.123456", GOOD)
    assert server.asked[0].path == "/api"
    assert server.asked[0].params == question().query


def test_a_post_carries_its_body(server: "Server") -> None:
    server.will(GOOD)
    asked = Question("evm/x", ETHEREUM, {"method": "x"}, Request("POST", body=b'{"method":"x"}'))
    http(server.base + "/").ask(asked)
    assert server.asked[0].method == "POST"
    assert server.asked[0].path == "/"
    assert server.asked[0].body == b'{"method":"x"}'
    assert server.asked[0].headers["content-type"] == "application/json"


PASSING: dict[str, dict[str, Any]] = {
    "rate limit with status 200": {"body": LIMITED},
    "empty body": {"body": b""},
    "truncated JSON": {"body": GOOD[:-4]},
    "body shorter than announced": {"body": GOOD, "cut": 5},
    "connection reset": {"reset": True},
    "status 429": {"body": b"slow down", "status": 429},
    "status 500": {"body": PAGE, "status": 500},
    "status 503 with JSON": {"body": b'{"message": "unavailable"}', "status": 503},
    "rate limit with status 403": {"body": LIMITED, "status": 403},
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_passing_fault_is_asked_again(server: "Server", fault: dict[str, Any]) -> None:
    server.will(**fault).will(**fault).will(GOOD)
    assert http(server.base).ask(question()).body == GOOD
    assert len(server.asked) == 3


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_does_not_pass_is_an_error_that_may_be_tried_later(
    server: "Server", fault: dict[str, Any]
) -> None:
    server.will(**fault)
    with pytest.raises(RetryError, match="asked 4 times") as caught:
        http(server.base).ask(question())
    assert "0xaa" in caught.value.where
    assert len(server.asked) == 4


LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "HTML with status 200": ({"body": PAGE}, "web page"),
    "HTML behind a byte-order mark": ({"body": b"\xef\xbb\xbf" + PAGE}, "web page"),
    "no UTF-8": ({"body": b'{"a": "\xff"}'}, "UTF-8"),
    "status 401": ({"status": 401, "body": b""}, "401"),
    "status 403": ({"status": 403, "body": b"forbidden for you"}, "forbidden for you"),
    "status 404 with a page": ({"status": 404, "body": PAGE}, "status 404 Not Found"),
    "redirection": ({"status": 302, "headers": {"Location": "https://example.org/login"}}, "example.org"),
    "error of a node with status 500": (
        {"status": 500, "body": b'{"result": null, "error": {"code": -5, "message": "Block not found"}}'},
        "the node says: Block not found",
    ),
}


@pytest.mark.parametrize(("fault", "words"), LASTING.values(), ids=LASTING.keys())
def test_a_lasting_fault_is_asked_once_and_told(server: "Server", fault: dict[str, Any], words: str) -> None:
    server.will(**fault)
    with pytest.raises(SourceError, match=words) as caught:
        http(server.base).ask(question())
    assert not isinstance(caught.value, RetryError)
    assert caught.value.where.startswith("etherscan: etherscan/txlist")
    assert len(server.asked) == 1


def test_a_slow_reply_is_a_time_out(server: "Server") -> None:
    server.will(GOOD, wait=0.4)
    with pytest.raises(RetryError, match=r"no reply within 0\.1 s"):
        http(server.base, timeout=0.1, retries=0).ask(question())


def test_a_reply_that_trickles_ends_too(server: "Server") -> None:
    server.will(GOOD)
    hours = (3_600.0 * hour for hour in range(100))
    with pytest.raises(RetryError, match="did not end within 50 s"):
        HttpTransport(
            server.base, name="source", timeout=5.0, retries=0, clock=lambda: next(hours), sleep=lambda _: None
        ).ask(question())


def test_a_reply_without_end_is_refused(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.sources.transport._LARGEST", 10)
    server.will(GOOD)
    with pytest.raises(SourceError, match="larger than"):
        http(server.base).ask(question())


@pytest.mark.parametrize("header", ["7", "Tue, 14 Nov 2023 22:13:27 GMT"])
def test_the_source_says_how_long_to_wait(server: "Server", header: str) -> None:
    server.will(b"", status=429, headers={"Retry-After": header}).will(GOOD)
    time = Time()
    http(server.base, time, now=lambda: 1_700_000_000 * 10**9).ask(question())
    assert max(time.slept) == 7.0


def test_a_wait_of_a_day_ends_the_run_instead(server: "Server") -> None:
    server.will(b"", status=429, headers={"Retry-After": "86400"})
    with pytest.raises(RetryError) as caught:
        http(server.base).ask(question())
    assert caught.value.after == 86400.0
    assert len(server.asked) == 1


def test_waits_grow_and_are_random_from_zero(server: "Server") -> None:
    server.will(LIMITED)
    time = Time()
    with pytest.raises(RetryError):
        http(server.base, time, requests_per_second=1e9).ask(question())
    assert [wait for wait in time.slept if wait > 1e-6] == [0.5, 1.0, 2.0]
    none = Time()
    with pytest.raises(RetryError):
        HttpTransport(
            server.base, name="n", retries=2, sleep=none.sleep, clock=lambda: none.at, jitter=lambda: 0.0
        ).ask(question())
    assert sum(none.slept) == pytest.approx(0.5), "the rate limit alone"


def test_questions_leave_no_faster_than_the_rate(server: "Server") -> None:
    server.will(GOOD)
    time = Time()
    transport = http(server.base, time, requests_per_second=4)
    for _ in range(5):
        transport.ask(question())
    assert time.at == pytest.approx(1.0)


def test_secrets_reach_the_source_and_nothing_else(
    server: "Server", tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.will(GOOD).will(b'{"result": "Invalid key SECRET-1 or SECRET-2"}', status=403)
    with caplog.at_level(logging.DEBUG):
        transport = http(
            server.base,
            secret_params={"apikey": "SECRET-1"},
            secret_headers={"X-Key": "SECRET-2"},
            auth=("u", "SECRET-3"),
        )
        ArchivingTransport(transport, Archive(tmp_path)).ask(question())
        with pytest.raises(SourceError, match=r"\*\*\*") as caught:
            transport.ask(question("0xbb"))
    assert server.asked[0].params["apikey"] == "SECRET-1"
    assert server.asked[0].headers["x-key"] == "SECRET-2"
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*.jsonl")).decode()
    assert "SECRET" not in kept + caplog.text + str(caught.value)


def test_a_key_in_the_address_is_not_told(server: "Server") -> None:
    server.will(b"no such project: 0123456789abcdef0123", status=403)
    with pytest.raises(SourceError) as caught:
        http(server.base + "/v3/0123456789abcdef0123").ask(question())
    assert "0123456789abcdef" not in str(caught.value)


def test_no_connection_says_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(RetryError, match="connection failed"):
            http(f"http://127.0.0.1:{port}", retries=1).ask(question())


def _raising(error: Exception, cause: Exception) -> httpx.Client:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error from cause

    return httpx.Client(transport=httpx.MockTransport(handle))


def test_an_unknown_host_is_not_asked_again() -> None:
    client = _raising(httpx.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    with pytest.raises(SourceError, match="no such host") as caught:
        http("https://explorer.invalid", client=client).ask(question())
    assert not isinstance(caught.value, RetryError)


def test_an_untrusted_certificate_is_told() -> None:
    broken = ssl.SSLCertVerificationError(1, "certificate verify failed")
    broken.verify_message = "self-signed certificate"
    with pytest.raises(SourceError, match="not trusted: self-signed"):
        http("https://explorer.invalid", client=_raising(httpx.ConnectError("x"), broken)).ask(question())


def test_https_to_a_plain_server_is_told(server: "Server") -> None:
    server.will(GOOD)
    with pytest.raises(SourceError):
        http(server.base.replace("http:", "https:"), retries=0).ask(question())


def test_proxy_variables_do_not_catch_loopback(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.will(GOOD)
    assert http(server.base).ask(question()).body == GOOD


@pytest.mark.parametrize("base", ["", "api.etherscan.io", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_bad_input(base: str) -> None:
    with pytest.raises(InputError, match="address"):
        http(base)


@pytest.mark.parametrize("settings", [{"timeout": 0}, {"requests_per_second": 0}])
def test_a_setting_of_zero_is_bad_input(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="above 0"):
        http("http://127.0.0.1:1", **settings)


def test_what_was_asked_is_not_asked_again(server: "Server", tmp_path: Path) -> None:
    server.will(GOOD)
    told: list[tuple[str, bool]] = []
    for _ in range(2):
        transport = ArchivingTransport(
            http(server.base),
            Archive(tmp_path),
            on_reply=lambda asked, _reply, old: told.append((asked.query["address"], old)),
        )
        first, second = transport.ask(question("0xaa")), transport.ask(question("0xbb"))
        assert first.query["address"] == "0xaa"
        assert second.query["address"] == "0xbb"
    assert len(server.asked) == 2
    assert told == [("0xaa", False), ("0xbb", False), ("0xaa", True), ("0xbb", True)]


def test_what_changes_with_time_is_asked_each_time_and_not_kept(server: "Server", tmp_path: Path) -> None:
    server.will(GOOD)
    transport = ArchivingTransport(http(server.base), Archive(tmp_path))
    for _ in range(2):
        transport.ask(question(keep=False))
    assert len(server.asked) == 2
    assert list(Archive(tmp_path)) == []


def test_no_bad_body_becomes_evidence(server: "Server", tmp_path: Path) -> None:
    server.will(PAGE)
    with pytest.raises(SourceError):
        ArchivingTransport(http(server.base), Archive(tmp_path)).ask(question())
    assert list(Archive(tmp_path)) == []


_RUN = """
import os, sys
from pathlib import Path
from clew.sources import Question, Request
from clew.sources.archive import Archive
from clew.sources.transport import ArchivingTransport, HttpTransport
http = HttpTransport(sys.argv[1], name="source", requests_per_second=1000.0)
transport = ArchivingTransport(http, Archive(Path(sys.argv[2])))
for n in range(6):
    if n == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
    transport.ask(Question("etherscan/txlist", "eip155:1", {"address": f"0x{n}"}, Request(params={"n": str(n)})))
"""


def test_a_killed_run_resumes_and_asks_nothing_twice(server: "Server", tmp_path: Path) -> None:
    server.respond = lambda asked: b'{"n": %s}' % asked.params["n"].encode()
    killed = subprocess.run([sys.executable, "-c", _RUN, server.base, str(tmp_path), "3"], check=False)
    assert killed.returncode == -9
    index = tmp_path / "index.jsonl"
    index.write_bytes(index.read_bytes() + b'{"format": "ethersc')
    subprocess.run([sys.executable, "-c", _RUN, server.base, str(tmp_path), "99"], check=True)
    assert [asked.params["n"] for asked in server.asked] == ["0", "1", "2", "3", "4", "5"]
    archive = Archive(tmp_path)
    assert archive.verify() == []
    assert [reply.body for reply in archive] == [b'{"n": %d}' % n for n in range(6)]


def recorded(**query: str) -> Reply:
    return Reply("etherscan/txlist", ETHEREUM, {"module": "account", "action": "txlist", **query}, "1.5", GOOD)


@pytest.mark.parametrize(
    "words",
    [
        {"address": "0xaa"},
        {"address": "0xAA", "startblock": "0", "endblock": "99999999", "sort": "asc"},
        {"address": "0xaa", "page": "1", "offset": "10000", "apikey": "K", "chainid": "1"},
    ],
)
def test_a_recorded_reply_answers_the_same_question_in_other_words(words: dict[str, str]) -> None:
    reply = recorded(**words)
    assert RecordedTransport([reply]).ask(question()) == reply


@pytest.mark.parametrize(
    "words", [{"address": "0xab"}, {"address": "0xaa", "startblock": "5"}, {"address": "0xaa", "page": "2"}]
)
def test_a_recorded_reply_to_another_question_is_no_answer(words: dict[str, str]) -> None:
    with pytest.raises(NotRecordedError, match="offline") as caught:
        RecordedTransport([recorded(**words)]).ask(question())
    assert "0xaa" in caught.value.where
    assert "--offline" in caught.value.mend


def test_a_recorded_refusal_is_no_answer_either() -> None:
    refused = Reply("etherscan/txlist", ETHEREUM, question().query, "1", LIMITED)
    with pytest.raises(SourceError, match="rate limit"):
        RecordedTransport([refused]).ask(question())


def test_the_archive_alone_answers_offline(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.put(recorded(address="0xaa"))
    offline = ArchivingTransport(RecordedTransport(), Archive(tmp_path))
    assert offline.ask(question()).body == GOOD
    with pytest.raises(NotRecordedError):
        offline.ask(question("0xbb"))
