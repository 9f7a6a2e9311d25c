"""An index on disk: a folder of segments, and ``index.json``, which says which of them hold and what their bytes are.

A segment is written whole under another name, put in its place, and only then named by a new ``index.json``, which
takes the place of the old one at once. Whoever is killed leaves the index as it was, and a folder nobody names, which
the next run removes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from clew.disk import lock_file, sync_folder
from clew.errors import InputError, RunError, VerificationError
from clew.index.segment import SHAPES, Segment, segment_of

FORMAT = 1
MANIFEST = "index.json"
NAMES = "names.parquet"
LOCK = "lock"
_MEND = "delete the folder and build the index again"
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Stored:
    """What the manifest says of one segment."""

    folder: str
    first: int
    transfers: int
    shifts: tuple[int, int]
    files: Mapping[str, tuple[int, str]]
    """File -> bytes and SHA-256."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``index.json`` says."""

    accounts: int = 0
    chain: str = ""
    asset: str = ""
    """Empty where the ledger names neither."""
    last: tuple[int, ...] = ()
    """The last transfer indexed, as its reader tells it apart: where the ledger says something else, it is another."""
    segments: tuple[Stored, ...] = ()
    format: int = field(default=FORMAT)

    @property
    def transfers(self) -> int:
        """In all segments."""
        return sum(stored.transfers for stored in self.segments)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for stored in self.segments for size, _ in stored.files.values())


def read_manifest(folder: Path) -> Manifest:
    """InputError where there is no index; VerificationError where ``index.json`` is torn or of another format."""
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_bytes())
        if told.pop("sha256") != _digest(told):
            raise VerificationError("the index is not what was written", where=str(path), mend=_MEND)
        if told["format"] != FORMAT:
            raise VerificationError(f"an index of format {told['format']}, not {FORMAT}", where=str(path), mend=_MEND)
        segments = tuple(
            Stored(
                **{**each, "shifts": tuple(each["shifts"]), "files": {k: tuple(v) for k, v in each["files"].items()}}
            )
            for each in told.pop("segments")
        )
        return Manifest(**{**told, "last": tuple(told["last"]), "segments": segments})
    except FileNotFoundError as error:
        raise InputError("there is no index", where=str(folder), mend="build one: clew index build") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise VerificationError(f"the index cannot be read: {error}", where=str(path), mend=_MEND) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one before, at once."""
    told = json.loads(json.dumps(asdict(manifest)))
    path = folder / f"{MANIFEST}.new"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps({**told, "sha256": _digest(told)}, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    path.replace(folder / MANIFEST)
    sync_folder(folder)


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def open_segment(folder: Path, stored: Stored) -> Segment:
    """A segment with its files mapped; VerificationError where one has not the length it was written with."""
    files = {}
    for name, (dtype, width) in SHAPES.items():
        path = folder / stored.folder / name
        size, _ = stored.files[name]
        if not path.is_file() or path.stat().st_size != size:
            raise VerificationError("a file of the index is torn or not there", where=str(path), mend=_MEND)
        files[name] = mapped(path, dtype, width)
    return segment_of(stored.first, stored.shifts, files)


def mapped(path: Path, dtype: str, width: int) -> Any:
    """A file as an array that cannot be written."""
    array = np.memmap(path, dtype, "r").view(np.ndarray) if path.stat().st_size else np.zeros(0, dtype)
    array.flags.writeable = False
    return array if width == 1 else array.reshape(-1, width)


def check_files(folder: Path, manifest: Manifest) -> None:
    """VerificationError where a byte of a segment is not what was written."""
    for stored in manifest.segments:
        for name, (_, expected) in stored.files.items():
            path = folder / stored.folder / name
            digest = hashlib.sha256()
            try:
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
            except OSError as error:
                raise VerificationError(f"a file of the index is gone: {error}", where=str(path), mend=_MEND) from error
            if digest.hexdigest() != expected:
                raise VerificationError("a file of the index is not what was written", where=str(path), mend=_MEND)


class FileWriter:
    """Writes one file of a segment, and counts and digests what it writes."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: Any) -> None:
        """Append an array or bytes."""
        plain: Any = data if isinstance(data, bytes) else np.ascontiguousarray(data).reshape(-1).view(np.uint8)
        view = memoryview(plain)
        self._digest.update(view)
        self._file.write(view)
        self._size += view.nbytes

    def finish(self) -> tuple[int, str]:
        """Bytes and SHA-256, once the disk has them."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        return self._size, self._digest.hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class SegmentWriter:
    """Writes the files of one segment into a folder nobody names yet; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._files: dict[str, FileWriter] = {}

    def write(self, name: str, data: Any) -> None:
        """Append to a file."""
        if name not in self._files:
            self._files[name] = FileWriter(self.folder / name)
        self._files[name].write(data)

    def finish(self, place: str, first: int, transfers: int, shifts: tuple[int, int]) -> Stored:
        """Put the folder in its place under the name `place`."""
        for name in SHAPES.keys() - self._files.keys():
            self.write(name, b"")
        files = {name: self._files[name].finish() for name in sorted(self._files)}
        self.folder.rename(self.folder.with_name(place))
        sync_folder(self.folder.parent)
        return Stored(place, first, transfers, shifts, files)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()


def write_segment(folder: Path, segment: Segment, names: bytes = b"") -> Stored:
    """Store a segment that is in memory, with the names of the accounts that are new in it."""
    with SegmentWriter(folder / new_name()) as writer:
        for name, array in segment.files().items():
            writer.write(name, array)
        if names:
            writer.write(NAMES, names)
        place = place_of(segment.first, segment.transfers)
        return writer.finish(place, segment.first, segment.transfers, shifts_of(segment))


def shifts_of(segment: Segment) -> tuple[int, int]:
    """The shifts of both directories."""
    return segment.out.shift, segment.into.shift


def place_of(first: int, transfers: int) -> str:
    """The name of a segment's folder."""
    return f"segment-{first:010}-{transfers:010}"


def new_name() -> str:
    """A name for what is being written; `remove_unnamed` knows it."""
    return f"new-{os.urandom(6).hex()}"


def remove_unnamed(folder: Path, manifest: Manifest) -> None:
    """Remove what runs that were killed left, and segments that were merged."""
    named = {stored.folder for stored in manifest.segments}
    for path in folder.iterdir():
        if path.is_dir() and path.name.startswith(("segment-", "new-", "spill-")) and path.name not in named:
            shutil.rmtree(path)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Let nobody else write the index, and turn what the system says meanwhile into this project's errors."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("wb") as file:
            try:
                lock_file(file.fileno())
            except OSError as error:
                what = "another process builds this index"
                raise RunError(what, where=str(folder), mend="wait for it to end, or stop it") from error
            yield
    except OSError as error:
        raise RunError(
            f"the index could not be written: {error.strerror or error}",
            where=str(folder),
            mend="make room or name another folder, and run again; what was indexed before is kept",
        ) from error
