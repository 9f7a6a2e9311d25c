"""The OFAC lists as ``SDN_ADVANCED.XML`` and ``CONS_ADVANCED.XML``, read record by record.

What a number means (which feature is a digital currency address, and of which ticker) is taken from the file's own
reference sets, so that a ticker OFAC adds tomorrow is read tomorrow. Names are local: the namespace has changed before.
Format: https://ofac.treasury.gov/sdn-list-data-formats-data-schemas (Advanced Sanctions List Standard).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import Found, found_in, wallets_of
from clew.lists.xml_records import Records, text_of

_CURRENCY = "Digital Currency Address - "
_RECORDS = frozenset(
    {"DateOfIssue", "ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty", "SanctionsEntry"}
)
_FREE = frozenset({"ReferenceValueSets", "ProfileRelationships", "SanctionsEntryLinks", "SupportingInfo"})
_KNOWN = frozenset(
    {
        *("Year", "Month", "Day", "From", "To", "Start", "End", "Date", "DatePeriod", "Comment", "Value"),
        *("DurationMinimum", "DurationMaximum", "Locations", "LocationAreaCode", "LocationCountry", "LocationPart"),
        *("LocationPartValue", "FeatureVersionReference", "IDRegDocumentReference", "IDRegDocuments"),
        *("IDRegistrationNo", "IssuingAuthority", "DocumentDate", "DocumentedNameReference", "IDRegDocumentMention"),
        *("DistinctParties", "Profile", "Identity", "Alias", "DocumentedName", "DocumentedNamePart", "NamePartValue"),
        *("DocumentedNameCountry", "NamePartGroups", "MasterNamePartGroup", "NamePartGroup", "Feature"),
        *("FeatureVersion", "VersionDetail", "VersionLocation", "IdentityReference", "SanctionsEntryReference"),
        *("ExternalReference", "ExRefValue", "DirectURL", "SubLink", "SanctionsEntries", "LimitationsToListing"),
        *("EntryEvent", "SanctionsMeasure", "ProfileRelationshipReference", "Description", "Note", "Text"),
    }
)
_KINDS = {"Vessel": PartyKind.VESSEL, "Aircraft": PartyKind.AIRCRAFT}
_FORMER = ("F.K.A.",)


@dataclass
class _Sets:
    """The file's own reference values and what its records refer to."""

    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Set, such as ``FeatureType`` -> id -> text."""
    subtypes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Party subtype -> its text and its party type."""
    locations: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Location -> its text and its country."""
    documents: dict[str, list[Identifier]] = field(default_factory=dict)
    """Identity -> its documents."""

    def text(self, name: str, number: str | None) -> str:
        return self.values.get(name, {}).get(number or "", "")


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The parties of the list; InputError where the file is not whole XML of this list."""
    records = Records(files["list"], root="Sanctions", records=_RECORDS, known=_KNOWN, where=list_id, free=_FREE)
    sets, dated = _Sets(), ""
    parties: dict[str, ListedParty] = {}
    found: list[Found] = []
    for element in records:
        match element.tag:
            case "DateOfIssue":
                dated = _date(element)
            case "ReferenceValueSets":
                _read_sets(element, sets)
            case "Location":
                sets.locations[element.get("ID", "")] = _location(element, sets)
            case "IDRegDocument":
                _read_document(element, sets)
            case "DistinctParty":
                for profile, party in _parties(element, sets, list_id):
                    parties[profile] = party
                    found += _claimed(element, sets, party.id)
            case "SanctionsEntry":
                profile = element.get("ProfileID", "")
                if profile in parties:
                    parties[profile] = _listed(parties[profile], element, sets)
    listed = tuple(parties.values())
    found += [item for party in listed for item in found_in(party)]
    return Release(list_id, dated, listed, wallets_of(list_id, found), tuple(sorted(records.unknown)))


def _read_sets(element: Element, sets: _Sets) -> None:
    for group in element:
        for value in group:
            text = " ".join((value.text or "").split())
            sets.values.setdefault(value.tag, {})[value.get("ID", "")] = text
            if value.tag == "PartySubType":
                sets.subtypes[value.get("ID", "")] = text, value.get("PartyTypeID", "")


def _location(element: Element, sets: _Sets) -> tuple[str, str]:
    place = element.find("LocationCountry")
    country = sets.text("Country", place.get("CountryID")) if place is not None else ""
    parts = [" ".join((value.text or "").split()) for value in element.iterfind("LocationPart/LocationPartValue/Value")]
    return ", ".join(filter(None, [*parts, country])), country


def _read_document(element: Element, sets: _Sets) -> None:
    value = text_of(element, "IDRegistrationNo")
    if value:
        kind = sets.text("IDRegDocType", element.get("IDRegDocTypeID")) or "document"
        country = sets.text("Country", element.get("IssuedBy-CountryID"))
        sets.documents.setdefault(element.get("IdentityID", ""), []).append(Identifier(kind, value, country))


def _parties(element: Element, sets: _Sets, list_id: str) -> Iterator[tuple[str, ListedParty]]:
    for profile in element.iterfind("Profile"):
        identities = list(profile.iterfind("Identity"))
        documents = [one for identity in identities for one in sets.documents.get(identity.get("ID", ""), ())]
        features = [(sets.text("FeatureType", one.get("FeatureTypeID")), one) for one in element.iter("Feature")]
        number = element.get("FixedRef", "") or profile.get("ID", "")
        places = [(name, *place) for name, one in features for place in _places(one, sets)]
        yield (
            profile.get("ID", ""),
            ListedParty(
                list=list_id,
                id=number,
                kind=_kind(profile, sets),
                names=tuple(name for identity in identities for name in _names(identity, sets)),
                births=distinct(_birth(one) for name, one in features if name == "Birthdate"),
                countries=distinct(country for _, _, country in places),
                addresses=distinct(text for name, text, _ in places if name == "Location"),
                identifiers=tuple(documents),
                remarks="; ".join(filter(None, (_said(name, one, sets) for name, one in features))),
            ),
        )


def _kind(profile: Element, sets: _Sets) -> PartyKind:
    text, group = sets.subtypes.get(profile.get("PartySubTypeID", ""), ("", ""))
    if text in _KINDS:
        return _KINDS[text]
    return PartyKind.PERSON if sets.text("PartyType", group) == "Individual" else PartyKind.ENTITY


def _names(identity: Element, sets: _Sets) -> Iterator[PartyName]:
    for alias in identity.iterfind("Alias"):
        former = sets.text("AliasType", alias.get("AliasTypeID")) in _FORMER
        kind = NameType.PRIMARY if alias.get("Primary") == "true" else NameType.FKA if former else NameType.AKA
        for name in alias.iterfind("DocumentedName"):
            parts = [" ".join((part.text or "").split()) for part in name.iter("NamePartValue")]
            text = " ".join(filter(None, parts))
            if text:
                yield PartyName(text, kind, alias.get("LowQuality") == "true")


def _places(feature: Element, sets: _Sets) -> Iterator[tuple[str, str]]:
    for place in feature.iter("VersionLocation"):
        text, country = sets.locations.get(place.get("LocationID", ""), ("", ""))
        if text:
            yield text, country


def _details(feature: Element, sets: _Sets) -> Iterator[str]:
    for detail in feature.iter("VersionDetail"):
        text = " ".join((detail.text or "").split())
        yield text or sets.text("DetailReference", detail.get("DetailReferenceID"))


def _said(name: str, feature: Element, sets: _Sets) -> str:
    """A feature in words, as the list's remarks have it; what has a field of its own is left out."""
    details = ", ".join(filter(None, _details(feature, sets)))
    return f"{name} {details}" if details and not name.startswith(_CURRENCY) else ""


def _claimed(element: Element, sets: _Sets, holder: str) -> Iterator[Found]:
    for feature in element.iter("Feature"):
        name = sets.text("FeatureType", feature.get("FeatureTypeID"))
        if name.startswith(_CURRENCY):
            for text in filter(None, _details(feature, sets)):
                yield Found(text, name.removeprefix(_CURRENCY).strip(), holder, f"entry {holder}, feature {name}")


def _date(element: Element | None) -> str:
    if element is None:
        return ""
    return dates.partial(text_of(element, "Year"), text_of(element, "Month"), text_of(element, "Day"))


def _birth(feature: Element) -> str:
    """From the first day of the period to its last: one day, a whole year, or a span."""
    period = next(feature.iter("DatePeriod"), None)
    if period is None:
        return ""
    start, end = _date(period.find("Start/From")), _date(period.find("End/To"))
    about = any(edge.get("Approximate") == "true" for edge in (*period.iterfind("Start"), *period.iterfind("End")))
    if start.endswith("-01-01") and end == f"{start[:4]}-12-31":
        start = end = start[:4]
    return dates.span(start, end) + "~" * about


def _listed(party: ListedParty, entry: Element, sets: _Sets) -> ListedParty:
    programmes = [
        text_of(measure, "Comment")
        for measure in entry.iterfind("SanctionsMeasure")
        if sets.text("SanctionsType", measure.get("SanctionsTypeID")) in ("Program", "")
    ]
    events = sorted(filter(None, (_date(event.find("Date")) for event in entry.iterfind("EntryEvent"))))
    since = min(filter(None, (party.listed, *events[:1])), default="")
    return replace(party, programmes=distinct((*party.programmes, *programmes)), listed=since)
