"""OpenSanctions' data as FollowTheMoney entities, one JSON object a line (``entities.ftm.json``).

A ``Sanction`` names its party in ``entity``, a ``CryptoWallet`` its holder in ``holder``, an ``Identification`` in
``holder`` too; parties without a sanction (relatives, owners) are in the file as well and are left out.
Model: https://followthemoney.tech/explorer/
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from clew.errors import InputError
from clew.lists import dates
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, distinct
from clew.lists.wallets import Found, found_in, wallets_of

_KINDS = {
    "Person": PartyKind.PERSON,
    "Vessel": PartyKind.VESSEL,
    "Airplane": PartyKind.AIRCRAFT,
    **dict.fromkeys(("Company", "Organization", "LegalEntity", "PublicBody", "CryptoWallet"), PartyKind.ENTITY),
}
_NAMES = {"name": NameType.PRIMARY, "alias": NameType.AKA, "weakAlias": NameType.AKA, "previousName": NameType.FKA}
_COUNTRIES = ("nationality", "citizenship", "country", "jurisdiction", "mainCountry", "flag")
_IDENTIFIERS = (
    *("passportNumber", "idNumber", "taxNumber", "registrationNumber", "innCode", "ogrnCode", "leiCode", "swiftBic"),
    *("imoNumber", "mmsi", "callSign", "uscCode", "bikCode", "okpoCode", "kppCode", "dunsCode"),
)
_READ = frozenset({*_KINDS, "Sanction", "Identification", "Passport"})
"""Schemas that are read; addresses, relations and the like are passed over."""
_REMARKS = ("notes", "summary", "description")

Properties = Mapping[str, list[str]]


def read(files: Mapping[str, bytes], list_id: str) -> Release:
    """The sanctioned parties and all wallets; InputError names the line that is no entity."""
    entities = list(_entities(files["list"], list_id))
    sanctions: dict[str, list[Properties]] = {}
    documents: dict[str, list[Identifier]] = {}
    for _, schema, _, said in entities:
        if schema == "Sanction":
            for holder in said.get("entity", ()):
                sanctions.setdefault(holder, []).append(said)
        elif schema in ("Identification", "Passport"):
            kind = next(iter(said.get("type", ())), schema)
            country = next(iter(said.get("country", ())), "")
            for holder in said.get("holder", ()):
                documents.setdefault(holder, []).extend(
                    Identifier(kind, one, country) for one in said.get("number", ())
                )
    parties = tuple(
        _party(list_id, number, schema, said, sanctions.get(number, []), documents.get(number, []))
        for number, schema, targeted, said in entities
        if schema in _KINDS and schema != "CryptoWallet" and (number in sanctions or targeted)
    )
    found = [item for number, schema, _, said in entities if schema == "CryptoWallet" for item in _wallet(number, said)]
    found += [item for party in parties for item in found_in(party)]
    dated = max((seen for *_, said in entities for seen in said.get("@last_change", ())), default="")[:10]
    return Release(list_id, dates.iso(dated), parties, wallets_of(list_id, found))


def _entities(data: bytes, where: str) -> Iterator[tuple[str, str, bool, Properties]]:
    """Id, schema, whether it is a target, and properties; the date of change stands under ``@last_change``."""
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entity = orjson.loads(line)
            if entity["schema"] not in _READ:
                continue
            said = {name: _texts(values) for name, values in entity["properties"].items()}
            said["@last_change"] = [str(entity.get("last_change") or "")]
            targeted = bool(entity.get("target")) or "sanction" in said.get("topics", ())
            yield str(entity["id"]), entity["schema"], targeted, said
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(
                f"no FollowTheMoney entity: {error!r}",
                where=f"{where}: line {number}",
                mend="it breaks off: get it again",
            ) from error


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list):
        raise ValueError("a property is a list of values")
    return [str(value["id"]) if isinstance(value, dict) else str(value) for value in values]


def _party(
    list_id: str,
    number: str,
    schema: str,
    said: Properties,
    sanctions: list[Properties],
    documents: list[Identifier],
) -> ListedParty:
    stated = [Identifier(name, value) for name in _IDENTIFIERS for value in said.get(name, ())]
    days = [day for one in sanctions for name in ("startDate", "listingDate") for day in one.get(name, ())]
    programmes = [text for one in sanctions for text in (*one.get("programId", ()), *one.get("program", ()))]
    reasons = [text for one in sanctions for text in one.get("reason", ())]
    return ListedParty(
        list=list_id,
        id=number,
        kind=_KINDS[schema],
        names=tuple(
            PartyName(text, kind, name == "weakAlias") for name, kind in _NAMES.items() for text in said.get(name, ())
        ),
        births=distinct(dates.iso(text) for text in said.get("birthDate", ())),
        countries=distinct(text for name in _COUNTRIES for text in said.get(name, ())),
        addresses=distinct(said.get("address", ())),
        identifiers=tuple(dict.fromkeys([*stated, *documents])),
        programmes=distinct(programmes),
        listed=min(filter(None, (dates.iso(day[:10]) for day in days)), default=""),
        remarks="; ".join(distinct([*(text for name in _REMARKS for text in said.get(name, ())), *reasons])),
    )


def _wallet(number: str, said: Properties) -> Iterator[Found]:
    claims = said.get("currency", [""])
    holders = said.get("holder", []) or [number]
    for address in said.get("publicKey", ()):
        for claim in claims:
            for holder in holders:
                yield Found(address, claim, holder, f"entity {number}")
