"""What is known of each list: its address, files and licence, and what a release must look like to be taken.

The facts lie beside each reader as TOML. A release outside its bands, with too many empty fields, with elements the
reader does not know, or much smaller than the last one is refused: a broken file must not pass for an empty list.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clew.errors import InputError
from clew.lists.parties import NameType, PartyKind, Release

OWN = "own"
"""A list of one's own; any number of them, named ``own-NAME``."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """One list: where it is published, which files it is made of, and its assertions."""

    id: str
    title: str
    publisher: str
    licence: str
    required: tuple[str, ...]
    """Parts (files) a release must have."""
    least: Mapping[str, int]
    """``parties`` and ``wallets``: a release with fewer is refused."""
    most: Mapping[str, int]
    fill: Mapping[str, int]
    """Field -> least share of rows, in per cent, that have it."""
    shrink: int
    """Per cent by which parties or wallets may fall from one release to the next."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Part -> address; empty for a list that is only read from files."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Part -> pattern of the file's name."""
    default: bool = False
    """Whether it is fetched where no list is named."""

    def part_of(self, name: str) -> str | None:
        """The part that a file is, told by its name (without ``.gz``)."""
        plain = name.removesuffix(".gz")
        return next((part for part, pattern in self.names.items() if re.fullmatch(pattern, plain)), None)


def read_facts(list_id: str, module: str) -> ListFacts:
    """The facts of a list, from the file beside its reader."""
    table = tomllib.loads(Path(__file__).with_name(f"{module}.toml").read_text(encoding="utf-8"))
    said = table[OWN if list_id.startswith(f"{OWN}-") else list_id]
    return ListFacts(id=list_id, **said | {"required": tuple(said["required"])})


def check_release(release: Release, facts: ListFacts, last: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Why a release is not to be taken: empty where it may be. `last` counts the last good one."""
    reasons = list(release.faults)
    if release.unknown:
        reasons.append(f"elements the reader does not know: {', '.join(release.unknown[:8])}")
    for name, count in counts(release).items():
        least, most = facts.least[name], facts.most[name]
        if not least <= count <= most:
            reasons.append(f"{count:,} {name}, outside {least:,} to {most:,}")
        before = (last or {}).get(name, 0)
        if count * 100 < before * (100 - facts.shrink):
            reasons.append(f"{count:,} {name} after {before:,}: it lost more than {facts.shrink} %")
    reasons += _thin(release, facts.fill)
    return tuple(reasons)


def counts(release: Release) -> dict[str, int]:
    """How many parties and wallets it holds."""
    return {"parties": len(release.parties), "wallets": len(release.wallets)}


def _thin(release: Release, fill: Mapping[str, int]) -> Iterator[str]:
    """The fields that too few rows have."""
    for name, least in fill.items():
        rows = list(_filled(release, name))
        if rows and sum(rows) * 100 < len(rows) * least:
            share = sum(rows) * 100 // len(rows)
            yield f"{name} in {share} % of the rows, at least {least} % are due"


def _filled(release: Release, name: str) -> Iterable[bool]:
    """Of each row that may have a field, whether it has it."""
    match name:
        case "births":
            return (bool(party.births) for party in release.parties if party.kind is PartyKind.PERSON)
        case "aliases":
            return (any(one.type is not NameType.PRIMARY for one in party.names) for party in release.parties)
        case "holders":
            return (bool(wallet.holders) for wallet in release.wallets)
        case "sound":
            return (not wallet.flawed for wallet in release.wallets)
        case "names" | "programmes" | "listed" | "identifiers" | "countries" | "addresses":
            return (bool(getattr(party, name)) for party in release.parties)
        case _:
            raise InputError(f"unknown field {name!r} in the facts of {release.list}")
