"""The consolidated financial sanctions list of the European Union (``xmlFullSanctionsList_1_1``).

Format: https://webgate.ec.europa.eu/fsd/fsf (schema of version 1.1); facts stand in attributes.
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import found_in, wallets_of
from clew.lists.xml_records import Records, texts_of

_KNOWN = frozenset(
    {
        *("remark", "regulation", "publicationUrl", "subjectType", "nameAlias", "regulationSummary", "citizenship"),
        *("birthdate", "identification", "address", "contactInfo"),
    }
)
_KINDS = {"person": PartyKind.PERSON}
_ADDRESS = ("street", "poBox", "zipCode", "city", "place", "region", "countryDescription")


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The parties of the list; InputError where the file is not whole XML of this list."""
    records = Records(files["list"], root="export", records=frozenset({"sanctionEntity"}), known=_KNOWN, where=list_id)
    parties = tuple(_party(element, list_id) for element in records)
    found = (item for party in parties for item in found_in(party))
    dated = dates.iso(records.attributes.get("generationDate", ""))
    return Release(list_id, dated, parties, wallets_of(list_id, found), tuple(sorted(records.unknown)))


def _party(element: Element, list_id: str) -> ListedParty:
    subject = element.find("subjectType")
    regulations = list(element.iterfind("regulation"))
    countries = [_country(one) for name in ("citizenship", "address") for one in element.iterfind(name)]
    addresses = [
        ", ".join(filter(None, (one.get(part, "").strip() for part in _ADDRESS))) for one in element.iterfind("address")
    ]
    return ListedParty(
        list=list_id,
        id=element.get("logicalId", "") or element.get("euReferenceNumber", ""),
        kind=_KINDS.get(subject.get("code", "") if subject is not None else "", PartyKind.ENTITY),
        names=tuple(_names(element)),
        births=distinct(map(_birth, element.iterfind("birthdate"))),
        countries=distinct(countries),
        addresses=distinct(addresses),
        identifiers=tuple(_identifiers(element)),
        programmes=distinct(one.get("programme", "") for one in regulations),
        listed=min(filter(None, (dates.iso(one.get("publicationDate", "")) for one in regulations)), default=""),
        remarks="; ".join(filter(None, [element.get("designationDetails", ""), *texts_of(element, ".//remark")])),
    )


def _names(element: Element) -> Iterator[PartyName]:
    """The list marks no primary name: the first strong one stands for it."""
    primary = True
    for alias in element.iterfind("nameAlias"):
        parts = (alias.get(part, "").strip() for part in ("firstName", "middleName", "lastName"))
        text = alias.get("wholeName", "").strip() or " ".join(filter(None, parts))
        weak = alias.get("strong", "true") == "false"
        if text:
            yield PartyName(text, NameType.PRIMARY if primary and not weak else NameType.AKA, weak)
            primary = primary and weak


def _birth(element: Element) -> str:
    about = element.get("circa") == "true"
    stated = dates.iso(element.get("birthdate", "")) or dates.partial(
        element.get("year", ""), element.get("monthOfYear", ""), element.get("dayOfMonth", "")
    )
    since, until = dates.iso(element.get("yearRangeFrom", "")), dates.iso(element.get("yearRangeTo", ""))
    born = stated or (dates.span(since, until) if since and until else f"{since or '..'}/{until or '..'}")
    return "" if born == "../.." else born + "~" * about


def _identifiers(element: Element) -> Iterator[Identifier]:
    reference = element.get("unitedNationId", "").strip()
    if reference:
        yield Identifier("UN reference", reference)
    for one in element.iterfind("identification"):
        value = (one.get("number") or one.get("latinNumber") or "").strip()
        if value:
            kind = one.get("identificationTypeDescription") or one.get("identificationTypeCode") or "document"
            yield Identifier(kind, value, _country(one))


def _country(element: Element) -> str:
    code = element.get("countryIso2Code", "").strip()
    return code if code not in ("", "00") else ""
