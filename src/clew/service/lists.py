"""Sanctions lists: fetch and check releases, say what is in force, and what changed: what ``clew lists`` calls."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from clew.errors import ClewError, InputError
from clew.lists import SANCTIONS, find_facts
from clew.lists.changes import Changes
from clew.lists.facts import OWN, ListFacts
from clew.lists.store import ListStore, Version
from clew.settings import Settings
from clew.sources.download import download

Json = dict[str, Any]
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """What to take in, and where to."""

    settings: Settings
    lists: tuple[str, ...] = ()
    """Their ids; without any, those that are fetched by default."""
    files: tuple[Path, ...] = ()
    """Files, or folders of them, in place of the network; for one list."""
    store: Path | None = None
    dated: str = ""
    """The list's own date, where its files do not say it."""
    force: bool = False


def open_store(settings: Settings, folder: Path | None) -> ListStore:
    """The list store in a folder, else where the settings say."""
    place = folder or (Path(settings.lists_folder) if settings.lists_folder else None)
    if place is None:
        raise InputError("no folder for the lists", mend="give --store, or the setting lists_folder")
    return ListStore(place)


def update_lists(request: UpdateRequest, *, fetch: Fetch | None = None) -> list[Json]:
    """One row for each list: what was taken, or why not. One that fails leaves the others, and its own last version."""
    names = request.lists or tuple(name for name in SANCTIONS if name != OWN and find_facts(name).default)
    if request.files and len(names) != 1:
        raise InputError("files are given for no single list", mend="name the one list they belong to")
    store = open_store(request.settings, request.store)
    dated = parse_date(request.dated)
    rows = []
    for name in names:
        facts = find_facts(name)
        try:
            files = _read_files(facts, request.files) if request.files else _fetch_files(facts, request.settings, fetch)
            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            version, new = store.put(name, files, fetched=now, dated=dated, force=request.force)
        except ClewError as error:
            rows.append({"list": name, "state": "refused", "reason": str(error).removeprefix(f"{name}: ")})
            continue
        rows.append({"list": name, "state": "new" if new else "unchanged", **_row(version)})
    return rows


def _row(version: Version) -> Json:
    row = asdict(version) | {"effective": version.effective, "latest": version.latest, "forced": list(version.forced)}
    return {name: row[name] for name in row if name not in ("list", "shown_again")}


def _read_files(facts: ListFacts, paths: Sequence[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path, named in _whole(paths):
        part = next(iter(facts.names)) if named and len(facts.names) == 1 else facts.part_of(path.name)
        if part is None:
            continue
        if part in found:
            raise InputError(f"two files of its {part}", where=str(path), mend="give one release of the list")
        found[part] = _unpacked(path)
    if not found:
        known = ", ".join(facts.names.values())
        raise InputError(f"no file of {facts.id} among them", where=str(paths[0]), mend=f"names are told by: {known}")
    return found


def _whole(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was named itself, not its folder."""
    for path in paths:
        if path.is_dir():
            yield from ((child, False) for child in sorted(path.iterdir()) if child.is_file())
        else:
            yield path, True


def _unpacked(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), mend="give a whole file") from error


def _fetch_files(facts: ListFacts, settings: Settings, fetch: Fetch | None) -> dict[str, bytes]:
    get = fetch or (lambda address: download(address, timeout=settings.timeout))
    addresses = dict(facts.files)
    for part in facts.names:
        stated = settings.lists.get(f"{facts.id}.{part}") or (settings.lists.get(facts.id) if part == "list" else None)
        if stated:
            addresses[part] = stated
    if not addresses:
        raise InputError("it has no address", where=facts.id, mend="give its file with --from, or set it under [lists]")
    return {part: get(address) for part, address in addresses.items()}


def list_status(settings: Settings, store: Path | None = None, *, as_of: str = "", known: str = "") -> list[Json]:
    """Each list in the store, and those Clew knows: the version in force on a day, and how many there are."""
    lists = open_store(settings, store)
    day, seen = parse_date(as_of), parse_date(known)
    held = lists.lists()
    rows = []
    for name in (*held, *(name for name in SANCTIONS if name not in held and name != OWN)):
        facts = find_facts(name)
        version = lists.version_at(name, day, known=seen) if name in held else None
        row = {"list": name, "title": facts.title, "licence": facts.licence, "versions": len(lists.versions(name))}
        rows.append(row | {"in_force": _row(version) if version else None})
    return rows


def list_changes(
    settings: Settings, list_id: str, store: Path | None = None, *, old: str = "", new: str = ""
) -> tuple[Version, Version, Changes]:
    """What changed from one version of a list to another: each a version's number, or a day on which it held.

    By default from the version before the newest to the newest.
    """
    lists = open_store(settings, store)
    find_facts(list_id)
    versions = sorted(lists.versions(list_id), key=lambda version: (version.latest, version.number))
    if len(versions) < 2 and not (old and new):
        raise InputError(f"{len(versions)} versions of {list_id} are known", mend="two are needed: clew lists update")
    first = _version(lists, list_id, old) if old else versions[-2]
    second = _version(lists, list_id, new) if new else versions[-1]
    return first, second, lists.diff(first, second)


def _version(lists: ListStore, list_id: str, said: str) -> Version:
    versions = {str(version.number): version for version in lists.versions(list_id)}
    found = versions.get(said) if said.isdecimal() else lists.version_at(list_id, parse_date(said))
    if found is None:
        known = ", ".join(f"{version.number} ({version.effective})" for version in versions.values())
        raise InputError(f"no version {said} of {list_id}", mend=f"known: {known or 'none'}")
    return found


def parse_date(text: str) -> str:
    """An ISO date as it stands; empty stays empty. InputError otherwise."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise InputError(f"{text!r} is no date", mend="write it as 2022-04-14") from error
