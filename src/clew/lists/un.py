"""The consolidated list of the UN Security Council (``consolidated.xml``).

Format: https://scsanctions.un.org/resources/xml/en/consolidated.xml and its schema.
"""

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import found_in, wallets_of
from clew.lists.xml_records import Records, text_of, texts_of

_KINDS = {"INDIVIDUAL": PartyKind.PERSON, "ENTITY": PartyKind.ENTITY}
_NAME = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_ADDRESS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
_KNOWN = frozenset(
    {
        *("INDIVIDUALS", "ENTITIES", "DATAID", "VERSIONNUM", *_NAME, "UN_LIST_TYPE", "REFERENCE_NUMBER", "LISTED_ON"),
        *("GENDER", "COMMENTS1", "NATIONALITY", "VALUE", "LIST_TYPE", "LAST_DAY_UPDATED", "INDIVIDUAL_ALIAS"),
        *("ENTITY_ALIAS", "QUALITY", "ALIAS_NAME", "INDIVIDUAL_ADDRESS", "ENTITY_ADDRESS", *_ADDRESS, "NOTE"),
        *("INDIVIDUAL_DATE_OF_BIRTH", "TYPE_OF_DATE", "YEAR", "DATE", "FROM_YEAR", "TO_YEAR", "SUBMITTED_BY"),
        *("INDIVIDUAL_PLACE_OF_BIRTH", "INDIVIDUAL_DOCUMENT", "TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER"),
        *("ISSUING_COUNTRY", "COUNTRY_OF_ISSUE", "CITY_OF_ISSUE", "DATE_OF_ISSUE", "SORT_KEY", "SORT_KEY_LAST_MOD"),
        *("DESIGNATION", "TITLE", "NAME_ORIGINAL_SCRIPT", "CITY_OF_BIRTH", "COUNTRY_OF_BIRTH", "DATE_OF_BIRTH"),
        *("NATIONALITY2", "SUBMITTED_ON", "DELISTED_ON", "INTERPOL_LINK", "NARRATIVE"),
    }
)


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The parties of the list; InputError where the file is not whole XML of this list."""
    records = Records(files["list"], root="CONSOLIDATED_LIST", records=frozenset(_KINDS), known=_KNOWN, where=list_id)
    parties = tuple(_party(element, list_id) for element in records)
    found = (item for party in parties for item in found_in(party))
    return Release(
        list_id,
        dates.iso(records.attributes.get("dateGenerated", "")),
        parties,
        wallets_of(list_id, found),
        tuple(sorted(records.unknown)),
    )


def _party(element: Element, list_id: str) -> ListedParty:
    prefix = element.tag
    programme = text_of(element, "UN_LIST_TYPE")
    reference = text_of(element, "REFERENCE_NUMBER")
    addresses = [_join(place, _ADDRESS, ", ") for place in element.iterfind(f"{prefix}_ADDRESS")]
    countries = [*texts_of(element, "NATIONALITY/VALUE"), *texts_of(element, f"{prefix}_ADDRESS/COUNTRY")]
    references = [Identifier("UN reference", reference)] if reference else []
    return ListedParty(
        list=list_id,
        id=text_of(element, "DATAID"),
        kind=_KINDS[prefix],
        names=tuple(_names(element, prefix)),
        births=distinct(map(_birth, element.iterfind("INDIVIDUAL_DATE_OF_BIRTH"))),
        countries=distinct(countries),
        addresses=distinct(addresses),
        identifiers=(*references, *_documents(element)),
        programmes=(programme,) if programme else (),
        listed=dates.iso(text_of(element, "LISTED_ON")),
        remarks=text_of(element, "COMMENTS1"),
    )


def _names(element: Element, prefix: str) -> Iterable[PartyName]:
    yield PartyName(_join(element, _NAME, " "))
    script = text_of(element, "NAME_ORIGINAL_SCRIPT")
    if script:
        yield PartyName(script)
    for alias in element.iterfind(f"{prefix}_ALIAS"):
        text, quality = text_of(alias, "ALIAS_NAME"), text_of(alias, "QUALITY").lower()
        if text:
            yield PartyName(text, NameType.FKA if quality == "f.k.a." else NameType.AKA, quality == "low")


def _birth(element: Element) -> str:
    about = text_of(element, "TYPE_OF_DATE") == "APPROXIMATELY"
    stated = dates.iso(text_of(element, "DATE")) or dates.iso(text_of(element, "YEAR"))
    if stated:
        return stated + "~" * about
    return dates.span(dates.iso(text_of(element, "FROM_YEAR")), dates.iso(text_of(element, "TO_YEAR")))


def _documents(element: Element) -> Iterable[Identifier]:
    for document in element.iterfind("INDIVIDUAL_DOCUMENT"):
        value = text_of(document, "NUMBER")
        if value:
            kind = text_of(document, "TYPE_OF_DOCUMENT") or text_of(document, "TYPE_OF_DOCUMENT2") or "document"
            country = text_of(document, "ISSUING_COUNTRY") or text_of(document, "COUNTRY_OF_ISSUE")
            yield Identifier(kind, value, country)


def _join(element: Element, names: Iterable[str], between: str) -> str:
    return between.join(filter(None, (text_of(element, name) for name in names)))
