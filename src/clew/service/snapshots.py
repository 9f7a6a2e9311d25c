"""What a screening rests on, put together: lists of the store, tags, a policy; and made anew when any of it changes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clew.attribution import bundled_tags
from clew.errors import InputError
from clew.lists import read_tags
from clew.screening.addresses import AddressIndex
from clew.screening.policy import DEFAULT, read_policy
from clew.service.exposure import exposure_facts
from clew.service.lists import open_store, parse_date
from clew.service.screening import Snapshot
from clew.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the parts of a snapshot are."""

    settings: Settings
    store: Path | None = None
    """Folder of the lists; by default the settings'."""
    policy: Path | None = None
    tags: tuple[Path, ...] = ()
    ledger: Path | None = None
    """Folder of a traced case, or its ledger: whence exposure is computed."""
    clusters: bool = False
    """Whether addresses that clustering joins are one holder there."""
    as_of: str = ""
    """ISO date: the lists as they were in force then; empty: now."""
    known: str = ""
    """ISO date: of those that had been fetched by then."""


def read_snapshot(ground: Ground) -> Snapshot:
    """A snapshot of now; InputError where there is no list at all, since then nothing could be called clear."""
    store = open_store(ground.settings, ground.store)
    day, known = parse_date(ground.as_of), parse_date(ground.known)
    lists = store.as_of(day, known=known) if day or known else store.current()
    if not lists.versions:
        when = f" that was in force on {day}" if day else ""
        raise InputError(f"no list is known{when}", where=str(store.folder), mend="fetch them: clew lists update")
    tags = [*bundled_tags(), *(tag for path in ground.tags for tag in read_tags(path))]
    index = AddressIndex.build(lists, tags)
    _ = index.key_prefixes, lists.look_up(""), lists.party("", "")  # the first answer shall not wait for the index
    if ground.clusters and ground.ledger is None:
        raise InputError("there is nothing to cluster", where="--clusters", mend="give the case, too: --ledger CASE")
    exposures = exposure_facts(ground.ledger, tags, lists, clustered=ground.clusters) if ground.ledger else None
    return Snapshot(index, read_policy(ground.policy or DEFAULT), _digest(ground.tags), exposures)


def changed(ground: Ground, snapshot: Snapshot) -> Snapshot | None:
    """A new snapshot where a list, a tag file or the policy is not what it was; None where all is the same.

    Where names were asked for, the new one's are indexed before it is given: no asker waits for that.
    """
    policy = read_policy(ground.policy or DEFAULT)
    versions = open_store(ground.settings, ground.store).current().versions
    same = (
        versions == snapshot.addresses.lists.versions
        and policy == snapshot.policy
        and _digest(ground.tags) == snapshot.tags
    )
    if same:
        return None
    new = read_snapshot(ground)
    if "names" in vars(snapshot):
        _ = new.names
    return new


def _digest(paths: Sequence[Path]) -> str:
    """Hash of the tag files; those that ship with Clew change with its version."""
    total = hashlib.sha256()
    for path in paths:
        try:
            total.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror}", where=str(path), mend="give a readable file"
            ) from error
    return total.hexdigest() if paths else ""
