"""Wallets as plain CSV with a header: an address, and what is known of who holds it.

Reads the table of a desk's own, the wallets of Israel's seizure orders (NBCTF, ``wallets.csv``), and extractions of
the OFAC list. Several holders of one address are joined by ``|``.
"""

import csv
import io
from collections.abc import Mapping

from clew.errors import InputError
from clew.lists import dates
from clew.lists.parties import ListedParty, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import Found, wallets_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "address": ("address", "wallet", "publickey"),
    "ticker": ("ticker", "currency", "asset", "ofac_type"),
    "holder": ("holder", "entity", "name"),
    "order": ("order", "aso"),
    "programme": ("programme", "program"),
    "id": ("id", "uid", "sdn_uid"),
    "listed": ("listed", "date_listed"),
    "remarks": ("remarks", "note"),
}
"""What a column means -> the names it may have; other columns are not read."""


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The wallets and their holders; InputError where the file is no such table."""
    found: list[Found] = []
    parties: dict[str, ListedParty] = {}
    try:
        rows = csv.reader(io.StringIO(files["list"].decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(rows, [])]
        places = _columns(header, list_id)
        for row in rows:
            if not row:
                continue
            where = f"line {rows.line_num}"
            if len(row) != len(header):
                raise InputError(
                    f"{len(row)} cells under {len(header)} columns", where=f"{list_id}: {where}", mend="it breaks off"
                )
            said = {name: row[place].strip() for name, place in places.items()}
            holders = _holders(list_id, said)
            parties |= {party.id: _merged(parties.get(party.id), party) for party in holders}
            found += [Found(said["address"], said.get("ticker", ""), party.id, where) for party in holders]
            if not holders:
                found.append(Found(said["address"], said.get("ticker", ""), "", where))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"not CSV: {error}", where=list_id, mend="the file is broken: get it again") from error
    return Release(list_id, "", tuple(parties.values()), wallets_of(list_id, found))


def _columns(header: list[str], where: str) -> dict[str, int]:
    places = {
        meaning: header.index(name) for meaning, names in COLUMNS.items() for name in reversed(names) if name in header
    }
    if "address" not in places:
        known = ", ".join(COLUMNS["address"])
        raise InputError("no column with addresses", where=where, mend=f"name it one of: {known}")
    return places


def _holders(list_id: str, said: Mapping[str, str]) -> list[ListedParty]:
    """The parties of a row: by name, else the order that names the wallet; none where the row says neither."""
    order = said.get("order", "")
    names = [name.strip() for name in said.get("holder", "").split("|") if name.strip()]
    names = names or ([f"Seizure order {order}"] if order else [])
    ids = [one.strip() for one in said.get("id", "").split("|")] if len(names) > 1 else [said.get("id", "")]
    programmes = distinct(part.strip() for part in said.get("programme", "").split(","))
    return [
        ListedParty(
            list=list_id,
            id=(ids[at] if at < len(ids) else "") or order or name,
            kind=PartyKind.ENTITY,
            names=(PartyName(name),),
            programmes=programmes,
            listed=dates.iso(said.get("listed", "")),
            remarks=said.get("remarks", ""),
        )
        for at, name in enumerate(names)
    ]


def _merged(known: ListedParty | None, party: ListedParty) -> ListedParty:
    """A party that several rows name: the earliest listing, every programme and remark."""
    if known is None:
        return party
    return ListedParty(
        list=party.list,
        id=party.id,
        kind=party.kind,
        names=tuple(dict.fromkeys((*known.names, *party.names))),
        programmes=distinct((*known.programmes, *party.programmes)),
        listed=min(filter(None, (known.listed, party.listed)), default=""),
        remarks="; ".join(distinct((*known.remarks.split("; "), party.remarks))),
    )
