"""The UN list: a hand-made release of its public schema, and the real one against independent counts."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.lists import read_release
from clew.lists.parties import NameType, PartyKind

SMALL = b"""<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09Z">
<INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ONE</FIRST_NAME><SECOND_NAME>PERSON</SECOND_NAME>
<UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.999</REFERENCE_NUMBER><LISTED_ON>2016-11-30</LISTED_ON>
<COMMENTS1>takes coins at 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.</COMMENTS1>
<NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY><NAME_ORIGINAL_SCRIPT>\xec\x9d\xbc</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>First Person</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Uno</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Old Name</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1971</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1968</FROM_YEAR><TO_YEAR>1971</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>X1</NUMBER><ISSUING_COUNTRY>Nowhere</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>A COMPANY</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
<ENTITY_ADDRESS><CITY>Town</CITY><COUNTRY>Nowhere</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


def test_a_release_in_small() -> None:
    release = read_release("un-sc", {"list": SMALL})
    person, company = release.parties
    assert (release.dated, release.unknown) == ("2026-02-27", ())
    assert (person.kind, person.name, person.listed, person.programmes) == (
        PartyKind.PERSON,
        "ONE PERSON",
        "2016-11-30",
        ("DPRK",),
    )
    assert [(name.text, name.type, name.weak) for name in person.names[2:]] == [
        ("First Person", NameType.AKA, False),
        ("Uno", NameType.AKA, True),
        ("Old Name", NameType.FKA, False),
    ]
    assert person.births == ("1971~", "1968/1971")
    assert [(one.kind, one.value, one.country) for one in person.identifiers] == [
        ("UN reference", "KPi.999", ""),
        ("Passport", "X1", "Nowhere"),
    ]
    assert (company.kind, company.addresses) == (PartyKind.ENTITY, ("Town, Nowhere",))
    assert [(wallet.address, wallet.holders) for wallet in release.wallets] == [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ("1",))
    ]


def test_a_renamed_element_is_named() -> None:
    assert read_release("un-sc", {"list": SMALL.replace(b"ALIAS_NAME", b"ALIAS")}).unknown == ("ALIAS",)


@pytest.mark.data
def test_the_release_of_february_2026(shared_data: Callable[[str], Path]) -> None:
    data = gzip.decompress(shared_data("sanctions/un-consolidated.xml.gz").read_bytes())
    release = read_release("un-sc", {"list": data})
    people = [party for party in release.parties if party.kind is PartyKind.PERSON]
    entities = [party for party in release.parties if party.kind is PartyKind.ENTITY]
    assert (release.dated, release.unknown, release.wallets) == ("2026-02-27", (), ())
    assert (len(people), len(entities)) == (730, 273)
    references = [one.value for party in release.parties for one in party.identifiers if one.kind == "UN reference"]
    assert sum(reference.startswith("KP") for reference in references) == 155
    for prefix, parties, elements in ((b"INDIVIDUAL", people, 2308), (b"ENTITY", entities, 735)):
        aliases = re.findall(rb"<%s_ALIAS>(.*?)</%s_ALIAS>" % (prefix, prefix), data, re.DOTALL)
        assert len(aliases) == elements
        stated = [alias for alias in aliases if re.search(rb"<ALIAS_NAME>\s*[^<\s]", alias)]
        assert sum(one.type is not NameType.PRIMARY for party in parties for one in party.names) == len(stated)
    assert all(party.listed for party in release.parties)
