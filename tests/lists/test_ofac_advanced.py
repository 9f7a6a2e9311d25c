"""``SDN_ADVANCED.XML``, made by hand from its public schema: the file's own reference sets say what a number means."""

import re

import pytest

from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, Release

LIST = "us-ofac-sdn"
BITCOIN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
OLD, NEW = "http://www.un.org/sanctions/1.0", "https://sanctionslistservice.ofac.treas.gov/exports/ADVANCED_XML"

SETS = """<ReferenceValueSets>
<AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>
<AliasType ID="1403">Name</AliasType></AliasTypeValues>
<CountryValues><Country ID="11">Nowhere</Country><Country ID="12">Elsewhere</Country></CountryValues>
<DetailReferenceValues><DetailReference ID="91526">Male</DetailReference></DetailReferenceValues>
<FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="10">Nationality Country</FeatureType>
<FeatureType ID="25">Location</FeatureType><FeatureType ID="224">Gender</FeatureType>
<FeatureType ID="344">Digital Currency Address - XBT</FeatureType>
<FeatureType ID="887">Digital Currency Address - USDT</FeatureType>
<FeatureType ID="990">Digital Currency Address - NEWCOIN</FeatureType></FeatureTypeValues>
<IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
<PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType>
<PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
</PartySubTypeValues>
<PartyTypeValues><PartyType ID="1">Individual</PartyType><PartyType ID="2">Entity</PartyType>
<PartyType ID="4">Transport</PartyType></PartyTypeValues>
<SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType><SanctionsType ID="1705">Block</SanctionsType>
</SanctionsTypeValues></ReferenceValueSets>"""


def name(text: str, kind: str = "1403", *, primary: bool = True, weak: bool = False) -> str:
    values = (f"<NamePartValue>{part}</NamePartValue>" for part in text.split("+"))
    parts = "".join(f"<DocumentedNamePart>{value}</DocumentedNamePart>" for value in values)
    attributes = f'AliasTypeID="{kind}" Primary="{str(primary).lower()}" LowQuality="{str(weak).lower()}"'
    return f'<Alias {attributes}><DocumentedName ID="1">{parts}</DocumentedName></Alias>'


def feature(kind: int, inside: str) -> str:
    version = f'<FeatureVersion ID="1"><Comment/>{inside}</FeatureVersion>'
    return f'<Feature ID="1" FeatureTypeID="{kind}">{version}</Feature>'


def detail(text: str) -> str:
    return f'<VersionDetail DetailTypeID="1432">{text}</VersionDetail>'


def day(year: int, month: int, number: int) -> str:
    return f"<Year>{year}</Year><Month>{month}</Month><Day>{number}</Day>"


def period(start: str, end: str, about: str = "false") -> str:
    edges = f'<Start Approximate="{about}"><From>{start}</From><To>{start}</To></Start>'
    return f'<DatePeriod CalendarTypeID="1">{edges}<End><From>{end}</From><To>{end}</To></End></DatePeriod>'


def party(number: int, kind: int, names: str, features: str = "") -> str:
    identity = f'<Identity ID="{number}0" Primary="true">{names}</Identity>'
    profile = f'<Profile ID="{number}" PartySubTypeID="{kind}">{identity}{features}</Profile>'
    return f'<DistinctParty FixedRef="{number}"><Comment/>{profile}</DistinctParty>'


def entry(number: int, programmes: str, date: str) -> str:
    comments = (f"<Comment>{one}</Comment>" for one in programmes.split())
    measures = "".join(f'<SanctionsMeasure SanctionsTypeID="1">{one}</SanctionsMeasure>' for one in comments)
    return (
        f'<SanctionsEntry ID="{number}" ProfileID="{number}" ListID="1550"><EntryEvent ID="1"><Date>{date}</Date>'
        f'</EntryEvent><SanctionsMeasure SanctionsTypeID="1705"/>{measures}</SanctionsEntry>'
    )


def document(parties: str, entries: str = "", namespace: str = NEW) -> str:
    places = (
        '<Locations><Location ID="51"><LocationCountry CountryID="11"/></Location><Location ID="52">'
        '<LocationPart LocPartTypeID="1454"><LocationPartValue Primary="true"><Value>Town</Value></LocationPartValue>'
        '</LocationPart><LocationCountry CountryID="12"/></Location></Locations><IDRegDocuments>'
        '<IDRegDocument ID="1" IDRegDocTypeID="1571" IdentityID="70" IssuedBy-CountryID="11"><IDRegistrationNo>P1'
        "</IDRegistrationNo></IDRegDocument></IDRegDocuments>"
    )
    return (
        f'<Sanctions xmlns="{namespace}"><DateOfIssue CalendarTypeID="1">{day(2026, 8, 20)}</DateOfIssue>{SETS}{places}'
        f"<DistinctParties>{parties}</DistinctParties><SanctionsEntries>{entries}</SanctionsEntries></Sanctions>"
    )


PERSON = party(
    7,
    4,
    name("DOE+Jane") + name("ROE", "1401", primary=False) + name("J", "1400", primary=False, weak=True),
    feature(8, period(day(1975, 6, 14), day(1975, 6, 14)))
    + feature(8, period(day(1960, 1, 1), day(1960, 12, 31), "true"))
    + feature(10, '<VersionLocation LocationID="51"/>')
    + feature(25, '<VersionLocation LocationID="52"/>')
    + feature(224, '<VersionDetail DetailTypeID="1431" DetailReferenceID="91526"/>')
    + feature(344, detail(BITCOIN))
    + feature(887, detail(TRON))
    + feature(990, detail(EVM)),
)


def read(text: str) -> Release:
    return read_release(LIST, {"list": text.encode()})


def only(text: str) -> ListedParty:
    (found,) = read(text).parties
    return found


@pytest.mark.parametrize("namespace", [OLD, NEW])
def test_a_person_with_everything(namespace: str) -> None:
    release = read(document(PERSON, entry(7, "DPRK3 CYBER2", day(2022, 4, 14)), namespace))
    (person,) = release.parties
    assert (release.dated, release.unknown, release.faults) == ("2026-08-20", (), ())
    assert (person.id, person.kind, person.programmes, person.listed) == (
        "7",
        PartyKind.PERSON,
        ("DPRK3", "CYBER2"),
        "2022-04-14",
    )
    assert [(one.text, one.type, one.weak) for one in person.names] == [
        ("DOE Jane", NameType.PRIMARY, False),
        ("ROE", NameType.FKA, False),
        ("J", NameType.AKA, True),
    ]
    assert person.births == ("1975-06-14", "1960~")
    assert (person.countries, person.addresses) == (("Nowhere", "Elsewhere"), ("Town, Elsewhere",))
    assert person.identifiers == (Identifier("Passport", "P1", "Nowhere"),)
    assert "Gender Male" in person.remarks


def test_tickers_come_from_the_files_own_reference_sets() -> None:
    wallets = read(document(PERSON)).wallets
    assert [(wallet.address, wallet.claims, wallet.form, wallet.holders) for wallet in wallets] == [
        (BITCOIN, ("XBT",), "p2pkh", ("7",)),
        (TRON, ("USDT",), "tron", ("7",)),
        (EVM.lower(), ("NEWCOIN",), "evm", ("7",)),
    ]
    assert wallets[2].original == EVM


def test_one_address_of_two_parties_is_one_row() -> None:
    two = party(1, 3, name("A"), feature(344, detail(BITCOIN))) + party(2, 3, name("B"), feature(887, detail(BITCOIN)))
    (wallet,) = read(document(two)).wallets
    assert (wallet.holders, wallet.claims) == (("1", "2"), ("XBT", "USDT"))


def test_what_is_no_address_is_kept_and_flagged() -> None:
    wallets = read(document(party(1, 3, name("A"), feature(344, detail("no address") + detail(BITCOIN[:-1]))))).wallets
    assert [(wallet.original, wallet.flawed, wallet.chains) for wallet in wallets] == [
        ("no address", True, ()),
        (BITCOIN[:-1], True, ()),
    ]


def test_kinds_follow_the_party_subtypes() -> None:
    assert only(document(party(1, 1, name("SHIP")))).kind is PartyKind.VESSEL
    assert only(document(party(1, 3, name("COMPANY")))).kind is PartyKind.ENTITY


@pytest.mark.parametrize("renamed", ["Alias", "VersionDetail", "SanctionsMeasure"])
def test_a_renamed_element_is_named(renamed: str) -> None:
    text = document(PERSON, entry(7, "DPRK3", day(2022, 4, 14)))
    assert read(re.sub(rf"(</?){renamed}\b", r"\1Other", text)).unknown == ("Other",)


def test_reference_sets_may_grow() -> None:
    grown = document(PERSON).replace("</ReferenceValueSets>", "<NewValues><New/></NewValues></ReferenceValueSets>")
    assert read(grown).unknown == ()


def test_a_file_that_breaks_off_is_refused() -> None:
    text = document(PERSON)
    for share in (0.3, 0.6, 0.99):
        with pytest.raises(InputError, match="not whole XML"):
            read(text[: int(len(text) * share)])
