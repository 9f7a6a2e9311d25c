"""Files by their address: redirects followed but never out of encryption, faults told without what may be a key."""

from collections.abc import Callable

import httpx
import pytest

from clew.errors import InputError, RetryError, SourceError
from clew.sources.download import download

ADDRESS = "https://lists.example/sdn.xml?token=secret"
Answer = Callable[[httpx.Request], httpx.Response]


def get(answer: Answer, address: str = ADDRESS) -> bytes:
    waits: list[float] = []
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        return download(address, client=client, sleep=waits.append)


def sent_on(address: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": address})


def test_a_file_comes_as_it_is() -> None:
    assert get(lambda _: httpx.Response(200, content=b"<list/>")) == b"<list/>"


def test_a_redirect_is_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "lists.example":
            return httpx.Response(302, headers={"location": "https://store.example/signed?x=1"})
        return httpx.Response(200, content=str(request.url).encode())

    assert get(answer) == b"https://store.example/signed?x=1"


def test_a_busy_publisher_is_asked_again() -> None:
    replies = iter([httpx.Response(503), httpx.Response(429), httpx.Response(200, content=b"x")])
    assert get(lambda _: next(replies)) == b"x"


@pytest.mark.parametrize(
    ("answer", "error", "what"),
    [
        (lambda _: httpx.Response(404), SourceError, "status 404"),
        (lambda _: httpx.Response(500), RetryError, "status 500"),
        (lambda _: httpx.Response(200, content=b""), SourceError, "it is empty"),
        (lambda _: httpx.Response(302, headers={"location": ADDRESS}), SourceError, "more than 5 times"),
        (
            lambda _: httpx.Response(302, headers={"location": "http://lists.example/x"}),
            SourceError,
            "without encryption",
        ),
        (
            lambda _: httpx.Response(302, headers={"location": "file:///etc/hostname"}),
            SourceError,
            "without encryption",
        ),
        (lambda _: httpx.Response(200, content=b"x", headers={"content-length": "9"}), RetryError, "breaks off"),
    ],
)
def test_a_fault_is_told_without_the_key(answer: Answer, error: type[SourceError], what: str) -> None:
    with pytest.raises(error) as caught:
        get(answer)
    assert what in caught.value.what
    assert "secret" not in str(caught.value)
    assert caught.value.where.startswith("lists.example/sdn.xml")


def test_a_broken_connection_may_come_back() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(RetryError, match="connection failed"):
        get(answer)


@pytest.mark.parametrize("address", ["", "sdn.xml", "ftp://lists.example/x", "file:///etc/hostname", "https://[/x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError):
        get(lambda _: httpx.Response(200, content=b"x"), address)
