"""One file by its address: for lists, which are published as whole files.

Redirects are followed, since publishers hand out signed addresses, but never from https to plain http. The address
is kept out of errors beyond its host and path: what follows may be a key.
"""

import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx

from clew.errors import InputError, RetryError, SourceError

_LARGEST = 2**30
"""Bytes; the largest list has a tenth of it."""
_REDIRECTS = 5
_ATTEMPTS = 3
_LATER = "try again later, or give the file with --from"


def download(
    address: str,
    *,
    timeout: float = 30.0,
    client: httpx.Client | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> bytes:
    """The content of a file; InputError for no address, RetryError where it may come later, SourceError otherwise."""
    _told(address)
    own = client or httpx.Client(timeout=timeout)
    try:
        for attempt in range(_ATTEMPTS):
            try:
                return _follow(own, address)
            except RetryError as error:
                if attempt == _ATTEMPTS - 1:
                    raise RetryError(error.what, where=error.where, mend=_LATER) from None
                sleep(2.0**attempt)
        raise AssertionError  # the loop returns or raises
    finally:
        if client is None:
            own.close()


def _told(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError as error:
        raise InputError(f"no address: {error}", where=address[:80], mend="write https://...") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InputError("no http:// or https:// address", where=address[:80], mend="write https://...")
    return f"{host}{parts.path}"


def _follow(client: httpx.Client, address: str) -> bytes:
    for _ in range(_REDIRECTS):
        where = _told(address)
        try:
            with client.stream("GET", address, follow_redirects=False) as response:
                target = response.headers.get("location")
                if not (300 <= response.status_code < 400 and target):
                    return _body(response, where)
        except httpx.TransportError as error:
            raise RetryError(f"the connection failed: {error or type(error).__name__}", where=where) from error
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise SourceError(f"the reply cannot be read: {error}", where=where) from error
        following = urljoin(address, target)
        if address.startswith("https:") and not following.startswith("https:"):
            raise SourceError("it sends on to an address without encryption", where=where, mend="check the address")
        address = following
    raise SourceError(f"it sends on more than {_REDIRECTS} times", where=_told(address), mend="check the address")


def _body(response: httpx.Response, where: str) -> bytes:
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        raise RetryError(f"status {status} {response.reason_phrase}".strip(), where=where)
    if status != 200:
        mend = "check the address; the publisher may have moved the file"
        raise SourceError(f"status {status} {response.reason_phrase}".strip(), where=where, mend=mend)
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _LARGEST:
            raise SourceError(f"it is larger than {_LARGEST >> 20} MiB", where=where, mend="check the address")
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and "content-encoding" not in response.headers and len(body) != int(stated):
        raise RetryError(f"it breaks off after {len(body):,} of {int(stated):,} bytes", where=where)
    if not body:
        raise SourceError("it is empty", where=where, mend="try again later")
    return bytes(body)
