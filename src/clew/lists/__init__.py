"""Lists of tags: somebody's statements of who holds which address, read from files.

To add a format, write a module with ``entries(text, *, where)`` and add a line to READERS. It yields for each entry
where it stands and its fields (`entry.FIELDS`), or in their place the InputError that says why they cannot be read.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Literal, cast, overload

from clew.errors import InputError
from clew.lists.entry import read_entry
from clew.model import Tag

Entries = Iterator[tuple[str, Mapping[str, str] | InputError]]

READERS: dict[str, str] = {".yaml": "tagpack", ".yml": "tagpack", ".csv": "csv_tags", ".json": "event_logs"}
"""File ending -> module in this folder; each may be followed by ``.gz``."""


@overload
def read_tags(path: Path, *, strict: Literal[True] = True) -> list[Tag]: ...
@overload
def read_tags(path: Path, *, strict: Literal[False]) -> tuple[list[Tag], list[InputError]]: ...
def read_tags(path: Path, *, strict: bool = True) -> list[Tag] | tuple[list[Tag], list[InputError]]:
    """The tags of a TagPack or CSV file, in its order.

    A wrong entry is an InputError that names file, entry and fault. With ``strict=False`` such errors are returned
    beside the tags; a file that cannot be read as a whole is an error either way.
    """
    tags, errors = [], []
    for place, fields in _entries(path):
        try:
            if isinstance(fields, InputError):
                raise fields
            tags.append(read_entry(fields, where=place, source=path.name))
        except InputError as error:
            if strict:
                raise
            errors.append(error)
    return tags if strict else (tags, errors)


def _entries(path: Path) -> Entries:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    module = READERS.get("".join(suffixes[:-1][-1:] if zipped else suffixes[-1:]))
    if module is None:
        raise InputError("unknown kind of tag file", where=str(path), mend=f"known: {', '.join(READERS)} (or with .gz)")
    read = cast("Callable[..., Entries]", import_module(f"clew.lists.{module}").entries)
    return read(_text(path, zipped=zipped), where=str(path))


def _text(path: Path, *, zipped: bool) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if zipped else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), mend="give a readable UTF-8 file") from error
