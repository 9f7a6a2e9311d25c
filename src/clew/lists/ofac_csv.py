"""The OFAC lists as CSV: entries, addresses, aliases, and the remarks' continuation (SDN and non-SDN alike).

The files have no heading, ``-0-`` for nothing, and a last row that holds only the byte 1A. A remark is cut at 1,000
characters, in the middle of an address if need be, and goes on in the comments file: both are joined by the entry's
number before anything is looked for in them.
Format: https://ofac.treasury.gov/sdn-list-data-formats-data-schemas
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from clew.errors import InputError
from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import found_in, wallets_of

_WIDTHS = {"entries": 12, "addresses": 6, "aliases": 5, "comments": 2}
_CUT = 1000
"""Characters after which a remark is continued in another file."""
_KINDS = {
    "individual": PartyKind.PERSON,
    "vessel": PartyKind.VESSEL,
    "aircraft": PartyKind.AIRCRAFT,
    "": PartyKind.ENTITY,
}
_TYPES = {"aka": NameType.AKA, "fka": NameType.FKA, "nka": NameType.AKA}
_WEAK = re.compile(r"(?P<type>[afn]\.?k\.?a\.?) '(?P<name>.+?)'\.?$")
"""OFAC writes an alias that it holds for weak into the remarks, in quotes."""
_BIRTH = re.compile(r"DOB (?P<date>.+?)\.?$")
_COUNTRY = re.compile(r"(?:nationality|citizen|Vessel Flag|Flag of Origin) (?P<country>.+?)\.?$", re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"(?P<kind>(?:[A-Z][\w.'/&-]*\s)*?(?:[\w.]*Passport|No\.|Number|ID|#|IMO|MMSI|Code|Cedula|NIT|RUC|SWIFT/BIC|BIK))"
    r"\s+(?P<value>[^\s()]*\d[^()]*?)(?:\s+\((?P<country>[^()]+)\))?(?:\s.*|\.)?"
)

Rows = dict[str, list[list[str]]]
"""Entry number -> its rows in one file, the number left out."""


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The parties of a release; InputError where a file is not of this form, such as one that breaks off."""
    parts = {part: _rows(files[part], width, f"{list_id} {part}") for part, width in _WIDTHS.items() if part in files}
    entries = parts.pop("entries")
    parties = tuple(_party(list_id, number, rows[0], parts) for number, rows in entries.items())
    found = (item for party in parties for item in found_in(party))
    return Release(list_id, "", parties, wallets_of(list_id, found), faults=tuple(_faults(entries, parts)))


def _rows(data: bytes, width: int, where: str) -> Rows:
    reader = csv.reader(io.StringIO(_text(data, where), newline=""), strict=True)
    rows: Rows = {}
    try:
        for row in reader:
            if not row or row[0].strip() in ("\x1a", ""):
                continue
            place = f"{where}: line {reader.line_num}"
            if len(row) != width:
                raise InputError(f"{len(row)} cells, not {width}", where=place, mend="the file is broken or another")
            if not row[0].strip().isdecimal():
                if rows or reader.line_num > 1:
                    raise InputError(f"{row[0]!r} is no entry number", where=place, mend="the file is broken")
                continue  # a heading, which some copies have
            rows.setdefault(row[0].strip(), []).append([_null(cell) for cell in row[1:]])
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", where=f"{where}: line {reader.line_num}", mend="get it again") from error
    return rows


def _text(data: bytes, where: str) -> str:
    """UTF-8, which the files are today, else Windows-1252, which they were."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("neither UTF-8 nor Windows-1252", where=where, mend="the file is broken: get it again")


def _null(cell: str) -> str:
    """Empty for ``-0-``; other text as it is, with the spaces a continued remark may need."""
    return "" if cell.strip() in ("-0-", "-0") else cell


def _party(list_id: str, number: str, row: list[str], parts: Mapping[str, Rows]) -> ListedParty:
    name, kind, programme, _title, call_sign, _type, _tonnage, _gross, flag, _owner, remark = row
    rest = parts.get("comments", {}).get(number, []) if _is_cut(remark) else []
    remarks = remark + "".join(text for (text,) in rest)
    said = [part.removeprefix("alt. ") for part in re.split(r";\s+", remarks)]
    addresses = parts.get("addresses", {}).get(number, [])
    names = [PartyName(name.strip()), *_aliases(parts.get("aliases", {}).get(number, [])), *_weak(said)]
    identifiers = [Identifier("call sign", call_sign.strip())] if call_sign.strip() else []
    countries = [
        flag.strip(),
        *_each(_COUNTRY, said, "country"),
        *(country.strip() for _, _, _, country, _ in addresses),
    ]
    return ListedParty(
        list=list_id,
        id=number,
        kind=_KINDS.get(kind.strip().lower(), PartyKind.ENTITY),
        names=tuple(dict.fromkeys(names)),
        births=distinct(dates.iso(text) for text in _each(_BIRTH, said, "date")),
        countries=distinct(countries),
        addresses=distinct(", ".join(filter(None, map(str.strip, row[1:4]))) for row in addresses),
        identifiers=(*identifiers, *_identifiers(said)),
        programmes=distinct(part.strip() for part in programme.split("] [")),
        remarks=remarks.strip(),
    )


def _aliases(rows: list[list[str]]) -> Iterator[PartyName]:
    for _, kind, name, _ in rows:
        yield PartyName(name.strip(), _TYPES.get(kind.strip(), NameType.AKA))


def _weak(said: list[str]) -> Iterator[PartyName]:
    for part in said:
        found = _WEAK.fullmatch(part.strip())
        if found is not None:
            yield PartyName(found["name"], _TYPES[found["type"].replace(".", "")], weak=True)


def _each(pattern: re.Pattern[str], said: list[str], group: str) -> Iterator[str]:
    return (found[group] for part in said if (found := pattern.match(part.strip())))


def _identifiers(said: list[str]) -> Iterator[Identifier]:
    for part in said:
        found = _IDENTIFIER.fullmatch(part.strip())
        if found is not None and "Digital Currency" not in part:
            yield Identifier(found["kind"], found["value"].strip().rstrip("."), found["country"] or "")


def _is_cut(remark: str) -> bool:
    return len(remark) >= _CUT


def _faults(entries: Rows, parts: Mapping[str, Rows]) -> Iterator[str]:
    for part, rows in parts.items():
        lost = [number for number in rows if number not in entries]
        if lost:
            yield f"{part}: {len(lost)} numbers without an entry, such as {lost[0]}: the files are of different dates"
    twice = [number for number, rows in entries.items() if len(rows) > 1]
    if twice:
        yield f"{len(twice)} entries stand twice, such as {twice[0]}"
    continued = parts.get("comments", {})
    cut = {number for number, rows in entries.items() if _is_cut(rows[0][-1])}
    whole = [number for number in continued if number in entries and number not in cut]
    if whole:
        yield f"comments: {len(whole)} continue a remark that is not cut, such as of {whole[0]}: not joined"
    if cut - continued.keys():
        numbers = ", ".join(sorted(cut - continued.keys(), key=int))
        yield f"remarks are cut at {_CUT:,} characters and nothing continues them: entries {numbers}"
