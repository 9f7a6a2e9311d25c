"""The state of a taint run in one file: written whole, read whole or refused, and carried on by the blocks since.

A file is a header line of JSON, the arrays of the state one after the other, and the SHA-256 of all before it. It is
written beside its place and renamed into it, so that a machine that stops leaves the old file or the new one. Writing
takes what the disk takes to write the state in one stretch; what is carried on costs its own transfers alone.

A block may still be undone until it is final. So keep the file of the last final block, and carry what comes after it
on a state read from that file: when blocks are undone, read it again and carry the blocks that stand in their place.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from clew.disk import sync_folder
from clew.errors import InputError, RunError, VerificationError
from clew.tracing.memory import Need, require
from clew.tracing.policies import Policy
from clew.tracing.taint import Taint

_NAME = "clew taint state"
_VERSION = 2
_STRETCH = 1 << 24
"""Bytes hashed and written at a time."""
_LONGEST = 1 << 16
"""Bytes of the longest header line."""
_MEND = "use the file of an earlier block, or carry the ledger through from its beginning"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state as of a block, or of whatever else `at` names."""

    taint: Taint
    at: str


def write_checkpoint(path: Path, taint: Taint, *, at: str) -> None:
    """Write the state of `taint`, as of `at`, in place of what the file held. RunError where it cannot be written."""
    arrays = {name: np.ascontiguousarray(array) for name, array in taint.save().items()}
    header = {
        "file": _NAME,
        "version": _VERSION,
        "at": at,
        "policy": taint.policy,
        "width": taint.width,
        "labels": taint.labels,
        "origins": taint.origins,
        "chunk": taint.chunk,
        "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()],
    }
    line = orjson.dumps(header) + b"\n"
    if len(line) > _LONGEST:
        raise InputError("the name of the block is too long", where=str(path), mend="name it by its height and hash")
    with _replacing(path) as file:
        digest = hashlib.sha256(line)
        file.write(line)
        for array in arrays.values():
            for part in _stretches(array):
                digest.update(part)
                file.write(part)
        file.write(digest.digest())


def read_checkpoint(path: Path, *, record: bool = True) -> Checkpoint:
    """The state that a file holds. InputError where it is no such file, VerificationError where it is not whole.

    With `record` every tainted movement from here on is written down.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST)
            header = _header(line, path)
            arrays = _arrays(file, header, hashlib.sha256(line), path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path), mend=_MEND) from error
    taint = Taint(
        Policy(header["policy"]),
        accounts=0,
        labels=header["labels"],
        width=header["width"],
        origins=header["origins"],
        record=record,
        chunk=header["chunk"],
    )
    taint.restore(arrays, copy=False)
    return Checkpoint(taint, header["at"])


def _header(line: bytes, path: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = orjson.loads(line)
        name, version = header["file"], header["version"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        name, version = None, None
    if name != _NAME:
        raise InputError("this is no state of a taint run, or its beginning is damaged", where=str(path), mend=_MEND)
    if version != _VERSION:
        raise InputError(f"this state has version {version}; this Clew reads {_VERSION}", where=str(path), mend=_MEND)
    return header


def _arrays(file: BinaryIO, header: dict[str, Any], digest: Any, path: Path) -> dict[str, Any]:
    """Every array, if they are the bytes that were written and nothing else."""
    try:
        kinds = [(name, np.dtype(kind), tuple(shape)) for name, kind, shape in header["arrays"]]
        size = sum(kind.itemsize * prod(shape) for _, kind, shape in kinds)
    except (KeyError, TypeError, ValueError) as error:
        raise VerificationError(f"its beginning is damaged: {error}", where=str(path), mend=_MEND) from error
    left = os.fstat(file.fileno()).st_size - file.tell() - digest.digest_size
    if size != left:
        raise VerificationError(f"{abs(size - left):,} bytes are {_amiss(size - left)}", where=str(path), mend=_MEND)
    require(Need(size, 0), where=str(path))
    arrays = {}
    for name, kind, shape in kinds:
        array = arrays[name] = np.empty(shape, kind)
        for part in _stretches(array):
            file.readinto(part)  # type: ignore[attr-defined]
            digest.update(part)
    if file.read() != digest.digest():
        raise VerificationError("the bytes are not those that were written", where=str(path), mend=_MEND)
    return arrays


def _amiss(missing: int) -> str:
    return "missing at its end" if missing > 0 else "too many at its end"


def _stretches(array: Any) -> Iterator[memoryview]:
    """The bytes of an array, a stretch at a time."""
    if array.nbytes:
        raw = memoryview(array).cast("B")
        for start in range(0, len(raw), _STRETCH):
            yield raw[start : start + _STRETCH]


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place once it is written and on the disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RunError(
            f"the state cannot be written: {error.strerror or error}",
            where=str(path),
            mend="make room or choose another folder; what the file held before is untouched",
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
