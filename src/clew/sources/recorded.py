"""Replies recorded by somebody: lines of ``{"query": ..., "fetched": ..., "response": ...}``, or an evidence folder.

A line may also state its ``format`` and ``chain``; else they are recognised from the query. The body of a reply is
the exact bytes of the line's ``response`` where that is the line's last member, else canonical JSON of it (no blanks,
members in their order, integers as they stand).
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from clew.errors import InputError, SourceError
from clew.model import Reply
from clew.sources import read_json
from clew.sources.archive import INDEX, Archive

_SUFFIXES = (".jsonl", ".ndjson", ".json")
_SHAPE = 'each line is {"query": ..., "fetched": ..., "response": ...}'
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_RESPONSE = re.compile(rb'"response"\s*:\s*')

_HASH = "[0-9a-f]{64}"
_PATHS = tuple(
    (re.compile(pattern), format_)
    for pattern, format_ in (
        (r"/v1/accounts/[^/]+/transactions/trc20/?", "trongrid/trc20"),
        (r"/v1/accounts/[^/]+/transactions/?", "trongrid/transactions"),
        (r"/v1/contracts/[^/]+/events/?", "trongrid/events"),
        (r"/wallet(solidity)?/gettransactioninfobyid", "trongrid/transactioninfo"),
        (r"/wallet(solidity)?/getblockbynum", "meta/trongrid-block"),
        (rf"/tx/{_HASH}", "esplora/tx"),
        (rf"/tx/{_HASH}/status", "meta/esplora-status"),
        (rf"/tx/{_HASH}/outspend/\d+", "meta/esplora-outspend"),
        (rf"/tx/{_HASH}/merkle-proof", "meta/esplora-merkle-proof"),
        (r"/address/[^/]+", "meta/esplora-address"),
        (rf"/address/[^/]+/txs(/chain(/{_HASH})?)?", "esplora/txs"),
        (r"/blocks/tip/height", "meta/esplora-tip"),
    )
)
"""Path of a request -> format of its reply."""


def recognise(query: Mapping[str, str]) -> str | None:
    """The format of the reply to a query, by the words of the query; None where it is of no known API."""
    if "module" in query and "action" in query:
        return f"etherscan/{query['action']}"
    if "method" in query:
        method = query["method"]
        if method.startswith(("eth_", "debug_", "trace_")):
            return "meta/evm-rpc"
        return "bitcoin/getblock" if method == "getblock" else f"meta/{method}"
    path = query.get("path", "")
    return next((format_ for pattern, format_ in _PATHS if pattern.fullmatch(path)), None)


def read_recorded(path: Path, *, default_chain: str) -> list[Reply]:
    """The replies of a file (JSON lines or a JSON array, gzip or not), a folder of such files, or an evidence folder.

    `default_chain` (CAIP-2) is the chain of replies that do not state theirs. InputError where there is nothing to
    read, SourceError naming file and line where a line is no reply, VerificationError where evidence was changed.
    """
    if path.is_dir():
        for folder in (path, path / "evidence"):
            if (folder / INDEX).is_file():
                return list(Archive(folder, read_only=True))
        files = sorted(file for file in path.iterdir() if file.name.removesuffix(".gz").endswith(_SUFFIXES))
        if not files:
            raise InputError(
                "no recorded replies in the folder", where=str(path), mend=f"name a folder of *.jsonl files: {_SHAPE}"
            )
        return [reply for file in files for reply in read_recorded(file, default_chain=default_chain)]
    text = _read_file(path)
    replies = [_read_record(record, where, default_chain) for where, record in _records(text, path)]
    if not replies:
        raise InputError("the file is empty", where=str(path), mend=_SHAPE)
    return replies


def _read_file(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"the gzip file is broken: {error}", where=str(path), mend="copy it again") from error
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), mend="name a file or folder") from error


def _records(text: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    """Each record with the place it stands at."""
    if text.lstrip().startswith(b"["):
        array = _loads(text, str(path))
        for number, record in enumerate(array if isinstance(array, list) else [array], 1):
            yield f"{path}, record {number}", json.dumps(record, ensure_ascii=False).encode()
        return
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip():
            yield f"{path}, line {number}", line


def _loads(text: bytes, where: str) -> object:
    """Exact JSON: an integer of any length stays one. SourceError where it is broken."""
    try:
        read_json(text)
        return json.loads(text)
    except SourceError as error:
        raise SourceError(error.what, where=where, mend=error.mend or _SHAPE) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"broken JSON: {error}", where=where, mend=_SHAPE) from error


def _split(line: bytes, where: str) -> tuple[object, bytes | None]:
    """The record of a line, and the exact bytes of its response (None where it has none)."""
    match = _RESPONSE.search(line)
    if match is not None:
        body = line[match.end() :].rstrip().removesuffix(b"}").rstrip()
        try:
            record = orjson.loads(line[: match.end()] + b"null}")
            orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # the response is not the last member, or the line is broken: read it whole
        else:
            return record, body
    record = _loads(line, where)
    if not isinstance(record, dict) or "response" not in record:
        return record, None
    return record, json.dumps(record["response"], ensure_ascii=False, separators=(",", ":")).encode()


def _read_record(line: bytes, where: str, default_chain: str) -> Reply:
    record, body = _split(line, where)
    if not isinstance(record, dict) or body is None or not isinstance(record.get("query"), dict):
        raise SourceError("this is no recorded reply", where=where, mend=_SHAPE)
    if body in (b"null", b'""', b"{}"):
        raise SourceError("the recorded reply is empty", where=where, mend="record it again")
    if body.startswith(b'"') and body[1:].lstrip(b" \\nrt").startswith((b"<", b"\\u003c")):
        raise SourceError("the recorded reply is a web page (HTML), no JSON", where=where, mend="record it again")
    query = {name: value if isinstance(value, str) else _words(value) for name, value in record["query"].items()}
    format_ = record.get("format") or recognise(query)
    if format_ is None:
        raise SourceError(
            f"no known API is asked with {_words(record['query'])}",
            where=where,
            mend='state the "format" and "chain" of the reply in the line',
        )
    chain = record.get("chain") or (f"eip155:{query['chainid']}" if "chainid" in query else default_chain)
    if not isinstance(format_, str) or not isinstance(chain, str):
        raise SourceError("format and chain must be text", where=where, mend=_SHAPE)
    return Reply(format_, chain, query, _read_time(record.get("fetched", ""), where), body)


def _read_time(value: object, where: str) -> str:
    """When a reply was fetched, as it stands; empty where the line does not say it."""
    text = str(value)
    if isinstance(value, bool) or (text and _SECONDS.fullmatch(text) is None):
        raise SourceError(
            f"fetched is {text!r:.60}", where=where, mend="state it in seconds since 1970, or leave it out"
        )
    return text


def _words(value: object) -> str:
    return orjson.dumps(value).decode()
