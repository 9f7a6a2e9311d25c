"""The UK Sanctions List, as CSV or as XML: one row, or one element, for each name or address of an entry.

Format: https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from clew.errors import InputError
from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import found_in, wallets_of
from clew.lists.xml_records import Records, text_of, texts_of

_KINDS = {"individual": PartyKind.PERSON, "entity": PartyKind.ENTITY, "ship": PartyKind.VESSEL}
_COLUMNS = frozenset(
    {
        *("Last Updated", "Unique ID", "OFSI Group ID", "UN Reference Number", *(f"Name {n}" for n in range(1, 7))),
        *("Name type", "Alias strength", "Title", "Name non-latin script", "Non-latin script type"),
        *("Non-latin script language", "Regime Name", "Designation Type", "Designation source", "Sanctions Imposed"),
        *("Other Information", "UK Statement of Reasons", *(f"Address Line {n}" for n in range(1, 7))),
        *("Address Postal Code", "Address Country", "Phone number", "Website", "Email address", "Date Designated"),
        *("D.O.B", "Nationality(/ies)", "National Identifier number", "National Identifier additional information"),
        *("Passport number", "Passport additional information", "Position", "Gender", "Town of birth"),
        *("Country of birth", "Type of entity", "Subsidiaries", "Parent company"),
        *("Business registration number (s)", "IMO number", "Current owner/operator (s)"),
        *("Previous owner/operator (s)", "Current believed flag of ship", "Previous flags", "Type of ship"),
        *("Tonnage of ship", "Length of ship", "Year Built", "Hull identification number (HIN)"),
    }
)
_NEEDED = ("Unique ID", "Name 6", "Designation Type")
_ELEMENTS = frozenset(
    {
        *("DateGenerated", "LastUpdated", "DateDesignated", "UniqueID", "OFSIGroupID", "UNReferenceNumber", "Names"),
        *("Name", *(f"Name{n}" for n in range(1, 7)), "NameType", "AliasStrength", "Title", "Titles"),
        *("NonLatinNames", "NonLatinName", "NameNonLatinScript", "NonLatinScriptType", "NonLatinScriptLanguage"),
        *("RegimeName", "IndividualEntityShip", "DesignationSource", "SanctionsImposed", "SanctionsImposedIndicators"),
        *("OtherInformation", "UKStatementofReasons", "Addresses", "Address", "AddressPostalCode", "AddressCountry"),
        *(*(f"AddressLine{n}" for n in range(1, 7)), "PhoneNumbers", "PhoneNumber", "Websites", "Website"),
        *("EmailAddresses", "EmailAddress", "IndividualDetails", "Individual", "DOBs", "DOB", "Nationalities"),
        *("Nationality", "NationalIdentifierDetails", "NationalIdentifier", "NationalIdentifierNumber"),
        *("NationalIdentifierAdditionalInformation", "PassportDetails", "Passport", "PassportNumber"),
        *("PassportAdditionalInformation", "Positions", "Position", "Genders", "Gender", "BirthDetails", "Location"),
        *("TownOfBirth", "CountryOfBirth", "EntityDetails", "Entity", "TypeOfEntities", "TypeOfEntity"),
        *("Subsidiaries", "Subsidiary", "ParentCompanies", "ParentCompany", "BusinessRegistrationNumbers"),
        *("BusinessRegistrationNumber", "ShipDetails", "Ship", "IMONumbers", "IMONumber", "CurrentOwnerOperators"),
        *("CurrentOwnerOperator", "PreviousOwnerOperators", "PreviousOwnerOperator", "CurrentBelievedFlagOfShips"),
        *("CurrentBelievedFlagOfShip", "PreviousFlags", "PreviousFlag", "TypeOfShipDetails", "TypeOfShip"),
        *("TonnageOfShipDetails", "TonnageOfShip", "LengthOfShipDetails", "LengthOfShip", "YearsBuilt", "YearBuilt"),
        *("HullIdentificationNumbers", "HullIdentificationNumber"),
    }
)
_IDENTIFIERS = (
    ("Passport", "Passport number", ".//PassportNumber"),
    ("National identifier", "National Identifier number", ".//NationalIdentifierNumber"),
    ("Business registration number", "Business registration number (s)", ".//BusinessRegistrationNumber"),
    ("IMO", "IMO number", ".//IMONumber"),
    ("UN reference", "UN Reference Number", "UNReferenceNumber"),
)
"""What it is, its column, its element."""


@dataclass
class _Entry:
    """One entry, gathered from its rows or its element."""

    kind: str = ""
    regime: str = ""
    listed: str = ""
    names: list[PartyName] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def party(self, list_id: str, number: str) -> ListedParty:
        return ListedParty(
            list=list_id,
            id=number,
            kind=_KINDS.get(self.kind.lower(), PartyKind.ENTITY),
            names=tuple(dict.fromkeys(self.names)),
            births=distinct(map(dates.iso, self.births)),
            countries=distinct(self.countries),
            addresses=distinct(self.addresses),
            identifiers=tuple(dict.fromkeys(self.identifiers)),
            programmes=distinct([self.regime]),
            listed=dates.iso(self.listed),
            remarks="; ".join(distinct(self.remarks)),
        )


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The parties of the list, from its CSV or its XML; InputError where the file is neither."""
    data = files["list"]
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        dated, entries, unknown = _read_xml(data, list_id)
    else:
        dated, entries, unknown = _read_csv(data, list_id)
    parties = tuple(entry.party(list_id, number) for number, entry in entries.items())
    found = (item for party in parties for item in found_in(party))
    return Release(list_id, dated, parties, wallets_of(list_id, found), tuple(sorted(unknown)))


def _read_csv(data: bytes, where: str) -> tuple[str, dict[str, _Entry], set[str]]:
    try:
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        first = next(rows, [])
        stated = first[0].partition("Report Date:")[2].strip() if first else ""
        header = [name.strip() for name in (next(rows, []) if stated else first)]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            raise InputError(f"no column {missing[0]!r}", where=where, mend="give the CSV file of the list")
        entries: dict[str, _Entry] = {}
        for row in rows:
            if len(row) != len(header):
                place = f"{where}: line {rows.line_num}"
                raise InputError(f"{len(row)} cells under {len(header)} columns", where=place, mend="it breaks off")
            said = {name: " ".join(cell.split()) for name, cell in zip(header, row, strict=True)}
            _add_row(entries.setdefault(said["Unique ID"], _Entry()), said)
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"not CSV: {error}", where=where, mend="the file is broken: get it again") from error
    return dates.iso(stated), entries, set(header) - _COLUMNS


def _add_row(entry: _Entry, said: Mapping[str, str]) -> None:
    def cell(name: str) -> str:
        return said.get(name, "")

    entry.kind = entry.kind or cell("Designation Type")
    entry.regime = entry.regime or cell("Regime Name")
    entry.listed = entry.listed or cell("Date Designated")
    name = " ".join(filter(None, (cell(f"Name {n}") for n in range(1, 7))))
    entry.names += _name(name, cell("Name type"), cell("Alias strength"))
    entry.names += _name(cell("Name non-latin script"), cell("Name type"), cell("Alias strength"))
    entry.births.append(cell("D.O.B"))
    entry.countries += [cell("Nationality(/ies)"), cell("Address Country"), cell("Current believed flag of ship")]
    lines = (*(f"Address Line {n}" for n in range(1, 7)), "Address Postal Code", "Address Country")
    entry.addresses.append(", ".join(filter(None, map(cell, lines))))
    entry.identifiers += [Identifier(kind, cell(column)) for kind, column, _ in _IDENTIFIERS if cell(column)]
    entry.remarks += [cell("Other Information"), cell("UK Statement of Reasons")]


def _name(text: str, kind: str, strength: str) -> Iterator[PartyName]:
    alias = kind.lower().startswith("alias")
    if text:
        yield PartyName(text, NameType.AKA if alias else NameType.PRIMARY, "low" in strength.lower())


def _read_xml(data: bytes, where: str) -> tuple[str, dict[str, _Entry], set[str]]:
    entry_names = frozenset({"Designation", "DateGenerated"})
    free = frozenset({"SanctionsImposedIndicators"})
    records = Records(data, root="Designations", records=entry_names, known=_ELEMENTS, where=where, free=free)
    dated, entries = "", {}
    for element in records:
        if element.tag == "DateGenerated":
            dated = dates.iso(" ".join((element.text or "").split()))
        else:
            entries[text_of(element, "UniqueID")] = _entry(element)
    return dated, entries, records.unknown


def _entry(element: Element) -> _Entry:
    entry = _Entry(
        text_of(element, "IndividualEntityShip"), text_of(element, "RegimeName"), text_of(element, "DateDesignated")
    )
    for name in element.iterfind("Names/Name"):
        text = " ".join(filter(None, (text_of(name, f"Name{n}") for n in range(1, 7))))
        entry.names += _name(text, text_of(name, "NameType"), text_of(name, "AliasStrength"))
    for text in texts_of(element, "NonLatinNames//NameNonLatinScript"):
        entry.names += _name(text, "", "")
    entry.births = texts_of(element, ".//DOB")
    entry.countries = [
        country
        for path in (".//Nationality", ".//AddressCountry", ".//CurrentBelievedFlagOfShip")
        for country in texts_of(element, path)
    ]
    parts = (*(f"AddressLine{n}" for n in range(1, 7)), "AddressPostalCode", "AddressCountry")
    for address in element.iterfind("Addresses/Address"):
        entry.addresses.append(", ".join(filter(None, (text_of(address, part) for part in parts))))
    entry.identifiers = [Identifier(kind, value) for kind, _, path in _IDENTIFIERS for value in texts_of(element, path)]
    entry.remarks = [text_of(element, "OtherInformation"), text_of(element, "UKStatementofReasons")]
    return entry
