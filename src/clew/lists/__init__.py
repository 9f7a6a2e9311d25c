"""Lists: sanctions lists of public authorities, and tags, somebody's statements of who holds which address.

To add a format of tags, write a module with ``entries(text, *, where)`` and add a line to READERS. It yields for each
entry where it stands and its fields (`entry.FIELDS`), or in their place the InputError that says why they cannot be
read. To add a sanctions list, write a module with ``read(files, list_id)`` that gives a `parties.Release`, with its
facts and assertions in a TOML file beside it, and add a line to SANCTIONS.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Literal, cast, overload

from clew.errors import InputError
from clew.lists.entry import read_entry
from clew.lists.facts import OWN, ListFacts, read_facts
from clew.lists.parties import Release
from clew.model import Tag

Entries = Iterator[tuple[str, Mapping[str, str] | InputError]]

READERS: dict[str, str] = {".yaml": "tagpack", ".yml": "tagpack", ".csv": "csv_tags", ".json": "json_tags"}
"""File ending -> module in this folder; each may be followed by ``.gz``."""

SANCTIONS: dict[str, str] = {
    "us-ofac-sdn": "ofac_advanced",
    "us-ofac-cons": "ofac_advanced",
    "us-ofac-sdn-csv": "ofac_csv",
    "us-ofac-cons-csv": "ofac_csv",
    "un-sc": "un",
    "eu-fsf": "eu",
    "gb-fcdo": "uk",
    "opensanctions": "ftm",
    "il-nbctf": "wallet_csv",
    OWN: "wallet_csv",
}
"""Sanctions list -> module in this folder, with the facts of the list in the TOML file of the same name."""


def find_reader(list_id: str) -> str:
    """The module that reads a sanctions list; InputError names the known lists."""
    module = SANCTIONS.get(OWN if list_id.startswith(f"{OWN}-") else list_id)
    if module is None or not re.fullmatch("[a-z0-9-]+", list_id):
        known = ", ".join(SANCTIONS)
        raise InputError(f"unknown list {list_id!r}", mend=f"known: {known}, and {OWN}-NAME for one's own")
    return module


def find_facts(list_id: str) -> ListFacts:
    """What is known of a sanctions list, and what its releases must look like."""
    return read_facts(list_id, find_reader(list_id))


def read_release(list_id: str, files: Mapping[str, bytes]) -> Release:
    """What a release of a sanctions list holds: part -> content of its file. InputError where it is broken."""
    facts = find_facts(list_id)
    for part in files:
        if part not in facts.names:
            raise InputError(f"no part {part!r}", where=list_id, mend=f"its parts: {', '.join(facts.names)}")
    missing = [part for part in facts.required if part not in files]
    read = cast("Callable[..., Release]", import_module(f"clew.lists.{find_reader(list_id)}").read)
    if not files or next(iter(facts.names)) in missing:
        raise InputError(f"the file of its {next(iter(facts.names))} is missing", where=list_id)
    release = read(files, list_id)
    lacks = [f"the file of its {part} is missing" for part in missing]
    return replace(release, faults=(*lacks, *release.faults))


DATED = frozenset({"json_tags"})
"""Readers whose entries are acts: ``entries(text, where=..., until=...)`` leaves out those after a time."""


@overload
def read_tags(path: Path, *, strict: Literal[True] = True, until: int | None = None) -> list[Tag]: ...
@overload
def read_tags(
    path: Path, *, strict: Literal[False], until: int | None = None
) -> tuple[list[Tag], list[InputError]]: ...
def read_tags(
    path: Path, *, strict: bool = True, until: int | None = None
) -> list[Tag] | tuple[list[Tag], list[InputError]]:
    """The tags of a TagPack or CSV file, in its order.

    A wrong entry is an InputError that names file, entry and fault. With ``strict=False`` such errors are returned
    beside the tags; a file that cannot be read as a whole is an error either way. `until` (seconds since 1970): a file
    of events is read as of then.
    """
    tags, errors = [], []
    for place, fields in _entries(path, until):
        try:
            if isinstance(fields, InputError):
                raise fields
            tags.append(read_entry(fields, where=place, source=path.name))
        except InputError as error:
            if strict:
                raise
            errors.append(error)
    return tags if strict else (tags, errors)


def _entries(path: Path, until: int | None) -> Entries:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    module = READERS.get("".join(suffixes[:-1][-1:] if zipped else suffixes[-1:]))
    if module is None:
        raise InputError("unknown kind of tag file", where=str(path), mend=f"known: {', '.join(READERS)} (or with .gz)")
    read = cast("Callable[..., Entries]", import_module(f"clew.lists.{module}").entries)
    asked = {"until": until} if module in DATED else {}
    return read(_text(path, zipped=zipped), where=str(path), **asked)


def _text(path: Path, *, zipped: bool) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if zipped else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), mend="give a readable UTF-8 file") from error
