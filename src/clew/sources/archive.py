"""The case's own evidence: every raw reply, content-addressed by SHA-256, in a folder that a kill cannot break.

``<first 2 hex>/<sha256>.gz`` holds a body; ``index.jsonl`` has one line for each reply, in the order in which they
came. A line is written only after its body is on the disk, so a kill loses at most the last reply.
"""

import errno
import hashlib
import logging
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import orjson

from clew.disk import sync_folder
from clew.errors import RunError, VerificationError
from clew.model import Reply
from clew.sources.matching import Asked, question_key

INDEX = "index.jsonl"
_LOG = logging.getLogger(__name__)
_GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")
"""RFC 1952: deflate, no name, time 0, no extra flags, unknown system: the same on every machine and day."""


def _pack(body: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEADER + packer.compress(body) + packer.flush() + tail


def _unpack(packed: bytes) -> bytes:
    """The body; ValueError where a byte of the file is not what `_pack` wrote."""
    if not packed.startswith(_GZIP_HEADER):
        raise ValueError("its first ten bytes are not those of an archived body")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = unpacker.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it breaks off" if not unpacker.eof else "bytes follow its end")
    return body


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """A failing disk, in words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise RunError(
            "the disk is full" if full else f"cannot write: {error.strerror or error}",
            where=str(path),
            mend=f"{'make room' if full else 'mend the folder'} and run again: what was fetched is kept",
        ) from error


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class Archive:
    """Raw replies in a folder; one process writes at a time (the caller holds the folder's lock).

    Opening cuts off a last line that a kill tore, with a warning; with `read_only` the folder is left as it is.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self._index = folder / INDEX
        self._found: dict[str, Reply] = {}
        self._sums: dict[str, str] = {}
        with _disk(self._index):
            text = self._index.read_bytes() if self._index.exists() else b""
            whole = text.rfind(b"\n") + 1
            if whole < len(text):
                _LOG.warning("%s: the last line breaks off after a kill; that reply is asked for again", self._index)
                if not read_only:
                    os.truncate(self._index, whole)
                    text = text[:whole]
        self._lines = text.removesuffix(b"\n").split(b"\n") if text else []
        for number, line in enumerate(self._lines, 1):
            try:
                self._remember(*self._read_line(number, line))
            except VerificationError as error:
                _LOG.warning("%s", error)

    def __len__(self) -> int:
        return len(self._lines)

    def _read_line(self, number: int, line: bytes) -> tuple[Reply, str]:
        """The reply of an index line, without its body, and the body's SHA-256; VerificationError names the line."""
        try:
            entry = orjson.loads(line)
            reply = Reply(entry["format"], entry["chain"], entry["query"], entry["fetched"], b"")
            digest = entry["sha256"]
            strings = (reply.format, reply.chain, reply.fetched, digest, *reply.query, *reply.query.values())
            if not (all(isinstance(text, str) for text in strings) and len(bytes.fromhex(digest)) == 32):
                raise ValueError("a field is not text")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise VerificationError(
                f"line {number} is no index line: {error!r}", where=str(self._index), mend="a byte of it was changed"
            ) from error
        return reply, digest

    def _remember(self, reply: Reply, digest: str) -> None:
        key = question_key(reply)
        self._found[key] = reply
        self._sums[key] = digest

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.gz"

    def _body(self, digest: str) -> bytes:
        path = self._path(digest)
        try:
            body = _unpack(path.read_bytes())
        except FileNotFoundError as error:
            raise VerificationError("the file is missing", where=str(path)) from error
        except (OSError, ValueError) as error:
            raise VerificationError(f"a byte of the file was changed: {error}", where=str(path)) from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise VerificationError("its content is not what its name (SHA-256) says", where=str(path))
        return body

    def _filled(self, reply: Reply, digest: str) -> Reply:
        return Reply(reply.format, reply.chain, reply.query, reply.fetched, self._body(digest))

    def put(self, reply: Reply) -> str:
        """Keep a reply; gives the SHA-256 of its body. RunError where the disk is full; nothing half-written stays."""
        digest, key = hashlib.sha256(reply.body).hexdigest(), question_key(reply)
        if self._sums.get(key) == digest:
            return digest
        self._write_body(digest, reply.body)
        line = orjson.dumps(
            {
                "format": reply.format,
                "chain": reply.chain,
                "query": dict(reply.query),
                "fetched": reply.fetched,
                "sha256": digest,
            }
        )
        self._append(line + b"\n")
        self._lines.append(line)
        self._remember(Reply(reply.format, reply.chain, reply.query, reply.fetched, b""), digest)
        return digest

    def keep(self, reply: Reply) -> Reply:
        """The reply as evidence has it: of equal bytes fetched twice, the earlier time stands."""
        self.put(reply)
        return replace(reply, fetched=self._found[question_key(reply)].fetched)

    def _write_body(self, digest: str, body: bytes) -> None:
        path = self._path(digest)
        temporary = path.with_suffix(".part")
        with _disk(path):
            if path.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
                try:
                    _write_all(descriptor, _pack(body))
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)

    def _append(self, line: bytes) -> None:
        with _disk(self._index):
            descriptor = os.open(self._index, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    _write_all(descriptor, line)
                    os.fsync(descriptor)
                except BaseException:
                    os.ftruncate(descriptor, size)
                    raise
            finally:
                os.close(descriptor)

    def get(self, asked: Asked) -> Reply | None:
        """The newest reply to a question, or None; VerificationError where its file was changed."""
        key = question_key(asked)
        reply = self._found.get(key)
        return None if reply is None else self._filled(reply, self._sums[key])

    def __iter__(self) -> Iterator[Reply]:
        """The replies in the order in which they came; VerificationError at one that was changed."""
        for number, line in enumerate(self._lines, 1):
            yield self._filled(*self._read_line(number, line))

    def verify(self) -> list[str]:
        """What is wrong with the evidence, naming file or line: empty where every byte is what was recorded."""
        faults: list[str] = []
        checked: set[str] = set()
        for number, line in enumerate(self._lines, 1):
            try:
                _, digest = self._read_line(number, line)
                if digest not in checked:
                    checked.add(digest)
                    self._body(digest)
            except VerificationError as error:
                faults.append(str(error))
        return faults
