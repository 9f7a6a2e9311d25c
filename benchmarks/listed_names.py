"""Names of OFAC's and the UN's lists as their files give them, for measuring alone: no checks, no addresses."""

import calendar
import csv
import gzip
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from clew.screening.names import Kind, NamedParty, PartyName, Quality

_KINDS = {"individual": Kind.PERSON, "vessel": Kind.VESSEL, "aircraft": Kind.VESSEL}
_WEAK = re.compile(r"a\.k\.a\. '([^']+)'")
_BIRTH = re.compile(r"DOB (?:(\d\d) (\w{3}) |circa |(\w{3}) )?(\d{4})")
_MONTHS = {month: f"{number:02}" for number, month in enumerate(calendar.month_abbr[1:], 1)}


def listed_parties(folder: Path) -> list[NamedParty]:
    """OFAC's entries of January 2023 with the aliases of 2019, and the UN's of 2026, from the sanctions test data."""
    return [
        *ofac(folder / "sdn-2023-01.csv.gz", folder / "ofac-csv/alt.csv.gz"),
        *united_nations(folder / "un-consolidated.xml.gz"),
    ]


def aliases(path: Path) -> dict[str, list[str]]:
    """Entry -> its aliases, of an OFAC alias file."""
    found = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.reader(lines):
            if len(row) >= 4:
                found[row[0]].append(row[3])
    return found


def ofac(entries: Path, alt: Path) -> Iterator[NamedParty]:
    """The parties of an OFAC entry file."""
    known = aliases(alt)
    with gzip.open(entries, "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.reader(lines):
            if len(row) < 12 or not row[0].isdigit():
                continue
            weak = tuple(PartyName(name, Quality.WEAK) for name in _WEAK.findall(row[11]))
            names = (PartyName(row[1]), *map(PartyName, known.get(row[0], ())), *weak)
            births = tuple(_date(*found) for found in _BIRTH.findall(row[11]))
            yield NamedParty(f"ofac-{row[0]}", _KINDS.get(row[2].strip(), Kind.ORGANISATION), names, births)


def _date(day: str, month: str, alone: str, year: str) -> str:
    month = _MONTHS.get(month or alone, "")
    return "-".join(part for part in (year, month, day if month else "") if part)


def united_nations(path: Path) -> Iterator[NamedParty]:
    """The parties of the UN's consolidated list."""
    with gzip.open(path) as source:
        root = ET.parse(source).getroot()  # noqa: S314 - a file of the test data
    for tag, kind in (("INDIVIDUAL", Kind.PERSON), ("ENTITY", Kind.ORGANISATION)):
        for entry in root.iter(tag):
            parts = (entry.findtext(f"{place}_NAME") for place in ("FIRST", "SECOND", "THIRD", "FOURTH"))
            names = [PartyName(" ".join(part.strip() for part in parts if part))]
            for alias in entry.iter(f"{tag}_ALIAS"):
                text = (alias.findtext("ALIAS_NAME") or "").strip()
                quality = Quality.WEAK if alias.findtext("QUALITY") == "Low" else Quality.STRONG
                names += [PartyName(text, quality)] if text else []
            births = tuple(year for year in (b.findtext("YEAR") for b in entry.iter(f"{tag}_DATE_OF_BIRTH")) if year)
            yield NamedParty(f"un-{entry.findtext('DATAID')}", kind, tuple(names), births)
