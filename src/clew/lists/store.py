"""The list store: every version of every list that was taken in, and what was listed when.

``blobs/<2 hex>/<sha256>.gz`` holds a file as it came, ``<list>/<number>.json`` the record of a version, ``parsed/`` the
same as Parquet, which can always be made again. A record is written last and in one step, so a killed update leaves
the last good version in force.

Two times belong to a version: the list's own date, and when it was fetched. What was in force on a day is the version
of the latest own date up to it; `known` bounds when it was fetched, for what one could have known. A release without a
date of its own holds from each day on which it was shown, so those days are kept too.
"""

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from clew.disk import lock_file
from clew.errors import InputError, RunError, VerificationError
from clew.lists import find_facts, read_release
from clew.lists.changes import Changes, Entries, difference
from clew.lists.columns import LAYOUT, PartyFile, read_parties, read_wallets, write_columns
from clew.lists.facts import check_release, counts
from clew.lists.listed import FindParty, Lists
from clew.lists.parties import ListedParty, Release, Wallet

_BROKEN = (OSError, pa.ArrowException, KeyError, ValueError)
"""What a parsed file that is not whole raises."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one list, as its record states it."""

    list: str
    number: int
    """Its place in the order in which versions came, from 1."""
    id: str
    """SHA-256 over the names and hashes of its files."""
    files: Mapping[str, str]
    """Part -> SHA-256 of the file as it came."""
    fetched: str
    """ISO time, UTC."""
    dated: str
    """The list's own ISO date; empty where it says none."""
    parties: int
    wallets: int
    forced: tuple[str, ...] = ()
    """Assertions it does not meet, where somebody took it all the same."""
    shown_again: tuple[str, ...] = ()
    """Further ISO days on which it was fetched unchanged, rising; of a version without a date of its own."""

    @property
    def effective(self) -> str:
        """The day from which it holds: the list's own date, else the day it was fetched."""
        return self.dated or self.fetched[:10]

    @property
    def latest(self) -> str:
        """The last day from which it is known to hold: where it was shown again, the last time."""
        return self.shown_again[-1] if self.shown_again else self.effective

    def holds_since(self, until: str, seen: str) -> str:
        """The latest of these days up to `until`, of what was fetched up to `seen`; empty where there is none."""
        first = [self.effective] if self.fetched[:10] <= seen else []
        again = [day for day in self.shown_again if day <= seen]
        return max((day for day in (*first, *again) if day <= until), default="")


class RefusedError(RunError):
    """A release that does not meet its list's assertions: the last good version stays in force."""


class ListStore:
    """Reads and writes a folder of lists; one process writes at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lists(self) -> tuple[str, ...]:
        """The ids of all lists that have a version."""
        found = sorted(self.folder.glob("*/000001.json"))
        return tuple(path.parent.name for path in found)

    def versions(self, list_id: str) -> tuple[Version, ...]:
        """The versions of a list in the order in which they came; VerificationError where a record is damaged."""
        return tuple(_read_record(path) for path in sorted((self.folder / list_id).glob("[0-9]*.json")))

    def put(
        self, list_id: str, files: Mapping[str, bytes], *, fetched: str, dated: str = "", force: bool = False
    ) -> tuple[Version, bool]:
        """Take a release in; gives its version, and whether it is new: not what is in force already, shown again.

        RefusedError names every assertion it fails; with `force` it is taken and they are recorded with it.
        InputError where it cannot be read at all. In either case the last good version stays.
        """
        hashes = {part: hashlib.sha256(data).hexdigest() for part, data in sorted(files.items())}
        number = hashlib.sha256(orjson.dumps(hashes, option=orjson.OPT_SORT_KEYS)).hexdigest()
        with self._lock():
            known = self.versions(list_id)
            release = read_release(list_id, files)
            dated = dated or release.dated
            last = known[-1] if known else None
            # An earlier release may bear a later date: what is shown again today holds today, and is a version anew.
            holds = last is not None and last == _in_force(known, dated or fetched[:10])
            if last is not None and holds and (last.id, last.dated) == (number, dated):
                return self._show_again(last, fetched[:10]), False
            reasons = self._reasons(release, _in_force(known, dated or fetched[:10]))
            if reasons and not force:
                raise RefusedError("; ".join(reasons), where=list_id, mend="the last good version stays in force")
            for part, data in files.items():
                self._write_blob(hashes[part], data)
            size = counts(release)
            version = Version(
                list_id, len(known) + 1, number, hashes, fetched, dated, size["parties"], size["wallets"], reasons
            )
            self._write_parsed(version, release)
            self._write_record(version)
        return version, True

    def _show_again(self, version: Version, day: str) -> Version:
        """Without the day, a release dated since the version first came would be held for the later one."""
        if version.dated or day <= version.latest:
            return version
        shown = replace(version, shown_again=(*version.shown_again, day))
        self._write_record(shown)
        return shown

    def _write_record(self, version: Version) -> None:
        record = orjson.dumps(asdict(version), option=orjson.OPT_INDENT_2)
        _write_whole(self.folder / version.list / f"{version.number:06}.json", record)

    def _reasons(self, release: Release, last: Version | None) -> tuple[str, ...]:
        """Which assertions a release fails; `last` is the version in force before it."""
        before = {"parties": last.parties, "wallets": last.wallets} if last else None
        return check_release(release, find_facts(release.list), before)

    def current(self) -> Lists:
        """All lists, each in its newest version."""
        return self._lists("", "")

    def as_of(self, date: str, *, known: str = "") -> Lists:
        """All lists as they were in force on a day (ISO date); of those fetched until `known`, where it is given.

        A list that has no version of that time is named in `missing`: nothing is known of it, which is not "clear".
        """
        return self._lists(date, known)

    def version_at(self, list_id: str, date: str = "", *, known: str = "") -> Version | None:
        """The version of a list in force on a day; the newest without one."""
        return _in_force(self.versions(list_id), date, known)

    def _lists(self, date: str, known: str) -> Lists:
        chosen = {name: self.version_at(name, date, known=known) for name in self.lists()}
        versions = tuple(version for version in chosen.values() if version is not None)
        missing = tuple(name for name, version in chosen.items() if version is None)
        return Lists(
            versions=tuple((version.list, version.id, version.effective) for version in versions),
            missing=missing,
            read_parties=lambda: tuple(party for version in versions for party in self.parties(version)),
            read_wallets=lambda: tuple(wallet for version in versions for wallet in self.wallets(version)),
            open_parties=lambda: {version.list: self.find_party(version) for version in versions},
        )

    def parties(self, version: Version) -> tuple[ListedParty, ...]:
        """The parties of a version."""
        try:
            return read_parties(self._parsed(version), version.list)
        except _BROKEN:
            return self._parse_again(version).parties

    def find_party(self, version: Version) -> FindParty:
        """How a party of a version is found by the list's own id, without making all of them."""
        try:
            return PartyFile(self._parsed(version), version.list).find
        except _BROKEN:
            return {party.id: party for party in self._parse_again(version).parties}.get

    def wallets(self, version: Version) -> tuple[Wallet, ...]:
        """The wallets of a version."""
        try:
            return read_wallets(self._parsed(version), version.list)
        except _BROKEN:
            return self._parse_again(version).wallets

    def diff(self, old: Version, new: Version) -> Changes:
        """What became of a version of a list."""
        if old.list != new.list:
            raise InputError(f"{old.list} and {new.list} are two lists", mend="compare two versions of one")
        return difference(self._entries(old), self._entries(new))

    def _entries(self, version: Version) -> Entries:
        return Entries(self.parties(version), self.wallets(version))

    def files(self, version: Version) -> dict[str, bytes]:
        """The files of a version as they came; VerificationError where one is not what its hash says."""
        return {part: self._read_blob(digest) for part, digest in version.files.items()}

    def _parsed(self, version: Version) -> Path:
        return self.folder / "parsed" / f"{version.list}-{version.id}-{LAYOUT}"

    def _parse_again(self, version: Version) -> Release:
        """The release from its own bytes; its parsed form is replaced where the folder can be written."""
        release = read_release(version.list, self.files(version))
        shutil.rmtree(self._parsed(version), ignore_errors=True)
        if os.access(self.folder, os.W_OK):
            self._write_parsed(version, release)
        return release

    def _write_parsed(self, version: Version, release: Release) -> None:
        target = self._parsed(version)
        if target.is_dir():
            return
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        with _disk(target):
            part.mkdir(parents=True)
            try:
                write_columns(release, part)
                part.rename(target)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest[:2] / f"{digest}.gz"

    def _write_blob(self, digest: str, data: bytes) -> None:
        path = self._blob(digest)
        if not path.exists():
            _write_whole(path, gzip.compress(data, 6, mtime=0))

    def _read_blob(self, digest: str) -> bytes:
        path = self._blob(digest)
        try:
            data = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise VerificationError(f"the file cannot be read: {error}", where=str(path)) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise VerificationError("its content is not what its name (SHA-256) says", where=str(path))
        return data

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """RunError where another process updates the store; the system frees the lock of one that is killed."""
        path = self.folder / "lock"
        with _disk(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                lock_file(descriptor)
            except OSError as error:
                mend = "wait until it is done, or name another folder with --store"
                raise RunError("another update is running", where=str(self.folder), mend=mend) from error
            yield
        finally:
            os.close(descriptor)


def _in_force(versions: tuple[Version, ...], date: str = "", known: str = "") -> Version | None:
    """The one of the latest day up to `date`, among those fetched until `known`; of equal ones the last taken."""
    until, seen = date or "9", known or "9"
    since = {one.number: one.holds_since(until, seen) for one in versions}
    fit = (one for one in versions if since[one.number])
    return max(fit, key=lambda one: (since[one.number], one.number), default=None)


def _read_record(path: Path) -> Version:
    try:
        said: dict[str, Any] = orjson.loads(path.read_bytes())
        return Version(**said | {name: tuple(said.get(name, ())) for name in ("forced", "shown_again")})
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise VerificationError(f"the record is damaged: {error!r}", where=str(path)) from error


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whatever happens to the process."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """A failing disk, in words."""
    try:
        yield
    except OSError as error:
        what = f"cannot write: {error.strerror or error}"
        raise RunError(what, where=str(path), mend="make room, or mend the folder, and run again") from error
