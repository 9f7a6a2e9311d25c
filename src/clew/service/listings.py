"""Wallets of sanctions lists in a trace: tags of the versions in force, kept with the case so that it replays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from clew.attribution import Attribution
from clew.chains import CHAINS
from clew.errors import InputError
from clew.lists.listed import Lists
from clew.model import Category, Tag
from clew.service.lists import open_store
from clew.service.result import utc
from clew.settings import Settings
from clew.tracing.trace import Trace

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listings:
    """What the lists in force say of wallets."""

    versions: tuple[Json, ...] = ()
    """Each list with the `version` and the day from which it holds (`effective`)."""
    wallets: tuple[Json, ...] = ()
    """One row for each list, address and holder."""

    @classmethod
    def kept(cls, content: bytes) -> "Listings":
        """As `to_bytes` wrote them; InputError where they are not whole."""
        try:
            said = orjson.loads(content)
            return cls(tuple(said["lists"]), tuple(said["wallets"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(f"not the lists of a case: {error!r}", mend="trace the case again") from error

    def to_bytes(self) -> bytes:
        """The form in which a case keeps them."""
        return orjson.dumps({"lists": self.versions, "wallets": self.wallets}, option=orjson.OPT_SORT_KEYS)

    def tags(self) -> Iterator[Tag]:
        """A tag ``sanctioned`` for each wallet on each chain it can act on; a trace goes on through it."""
        held = {row["list"]: (row["version"], row["effective"]) for row in self.versions}
        for row in self.wallets:
            version, effective = held[row["list"]]
            for chain in row["chains"]:
                yield Tag(
                    chain=chain,
                    address=row["address"],
                    label=row["name"] or "listed",
                    entity=row["name"],
                    category=Category.SANCTIONED,
                    source=f"{row['list']} {version}",
                    confidence=100,
                    lastmod=effective,
                    stop=False,
                    first_seen=row["since"],
                )


def read_listings(settings: Settings, store: Path | None) -> Listings:
    """The newest version of every list in the store; none where the settings' store is empty.

    InputError where `store` is named and holds no list.
    """
    if store is None and not settings.lists_folder:
        return Listings()
    folder = open_store(settings, store)
    lists = folder.current()
    if store is not None and not lists.versions:
        raise InputError("no list is known", where=str(folder.folder), mend="fetch them: clew lists update")
    versions = tuple({"list": name, "version": version, "effective": since} for name, version, since in lists.versions)
    return Listings(versions, tuple(_wallets(lists)))


def _wallets(lists: Lists) -> Iterator[Json]:
    for wallet in lists.wallets:
        chains = [chain.id for chain in CHAINS if wallet.acts_on(chain.id)]
        if chains and not wallet.flawed:
            for party in lists.holders(wallet) or (None,):
                name, since = (party.name, party.listed) if party else ("", "")
                row = {"list": wallet.list, "address": wallet.address, "chains": chains}
                yield row | {"name": name, "since": since}


def reached(trace: Trace, attribution: Attribution, listings: Listings) -> list[Json]:
    """The listed wallets that stolen units reached, in the order of their first arrival: by which list, since when."""
    lists = {f"{row['list']} {row['version']}": row for row in listings.versions}
    where = np.array(trace.records.where, np.int64)
    receivers, first = np.unique(trace.journal.events.receiver[where], return_index=True)
    found: dict[tuple[str, str, str], Json] = {}
    for number, at in sorted(zip(receivers.tolist(), where[first].tolist(), strict=True), key=lambda one: one[1]):
        account = trace.journal.accounts[number]
        for tag in () if account.made else attribution.tags_of(account.chain, account.address):
            if tag.category is Category.SANCTIONED and tag.source in lists:
                row = {"chain": tag.chain, "address": tag.address, "category": tag.category, "name": tag.entity or None}
                row |= lists[tag.source] | {"since": tag.first_seen or None}
                row["first_time"] = utc(trace.table.time[trace.journal.row[at]])
                found.setdefault((tag.chain, tag.address, f"{tag.source} {tag.entity}"), row)
    return list(found.values())
