"""The EU list, made by hand from its public schema."""

import pytest

from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Identifier, NameType, PartyKind

SMALL = """<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-01T10:00:00.000+02:00">
<sanctionEntity designationDetails="" unitedNationId="KPi.999" euReferenceNumber="EU.1.1" logicalId="13">
<remark>coins at 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed</remark>
<regulation programme="PRK" publicationDate="2017-08-30" numberTitle="2017/1509"><publicationUrl>https://eur-lex.europa.eu
</publicationUrl></regulation><regulation programme="PRK" publicationDate="2016-03-05"/>
<subjectType code="person" classificationCode="P"/>
<nameAlias firstName="Uno" lastName="" wholeName="Uno" strong="false"/>
<nameAlias firstName="First" middleName="" lastName="Person" wholeName="First Person" strong="true"/>
<nameAlias firstName="One" lastName="Person" wholeName="" strong="true"><regulationSummary/></nameAlias>
<citizenship countryIso2Code="KP" countryDescription="NORTH KOREA"/>
<birthdate circa="true" year="1971"/><birthdate circa="false" yearRangeFrom="1968" yearRangeTo="1970"/>
<birthdate circa="false" yearRangeTo="1980"/><birthdate birthdate="1969-02-03"/>
<identification number="X1" identificationTypeDescription="National passport" countryIso2Code="KP"/>
<address street="1 Street" city="Town" countryIso2Code="CN" countryDescription="CHINA"/></sanctionEntity>
<sanctionEntity logicalId="14"><subjectType code="enterprise"/><nameAlias wholeName="A Company" strong="true"/>
<citizenship countryIso2Code="00"/></sanctionEntity></export>"""


def test_a_release_in_small() -> None:
    release = read_release("eu-fsf", {"list": SMALL.encode()})
    person, company = release.parties
    assert (release.dated, release.unknown) == ("2026-10-01", ())
    assert (person.id, person.kind, person.name) == ("13", PartyKind.PERSON, "First Person")
    assert [(one.text, one.type, one.weak) for one in person.names] == [
        ("Uno", NameType.AKA, True),
        ("First Person", NameType.PRIMARY, False),
        ("One Person", NameType.AKA, False),
    ]
    assert person.births == ("1971~", "1968/1970", "../1980", "1969-02-03")
    assert (person.countries, person.programmes, person.listed) == (("KP", "CN"), ("PRK",), "2016-03-05")
    assert person.addresses == ("1 Street, Town, CHINA",)
    assert person.identifiers == (
        Identifier("UN reference", "KPi.999"),
        Identifier("National passport", "X1", "KP"),
    )
    assert (company.kind, company.countries) == (PartyKind.ENTITY, ())
    assert [wallet.address for wallet in release.wallets] == ["0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"]


def test_a_renamed_element_is_named() -> None:
    assert read_release("eu-fsf", {"list": SMALL.replace("nameAlias", "alias").encode()}).unknown == ("alias",)


def test_a_page_in_place_of_the_list_is_refused() -> None:
    with pytest.raises(InputError, match="its root is <html>"):
        read_release("eu-fsf", {"list": b"<html><body>403</body></html>"})
