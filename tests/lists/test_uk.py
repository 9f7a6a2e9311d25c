"""The UK list in both its forms, made by hand from its public columns and elements: they give the same parties."""

import pytest

from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Identifier, NameType, PartyKind, Release

COLUMNS = (
    *("Last Updated", "Unique ID", "UN Reference Number", "Name 6", "Name 1", "Name type", "Alias strength"),
    *("Name non-latin script", "Regime Name", "Designation Type", "Other Information", "Address Line 1"),
    *("Address Country", "Date Designated", "D.O.B", "Nationality(/ies)", "Passport number", "IMO number"),
)
WALLET = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


def row(**said: str) -> str:
    cells = {name: said.get(name.replace(" ", "_").replace(".", "").replace("(/ies)", ""), "") for name in COLUMNS}
    return ",".join(f'"{cell}"' for cell in cells.values())


PERSON = {"Unique_ID": "DPR0001", "Regime_Name": "North Korea", "Designation_Type": "Individual"}
LINES = [
    row(**PERSON, Name_6="PERSON", Name_1="One", Name_type="Primary Name", DOB="dd/mm/1971", Passport_number="X1"),
    row(**PERSON, Name_6="UNO", Name_type="Alias", Alias_strength="Low quality a.k.a", Nationality="Nowhere"),
    row(**PERSON, Name_6="PERSON", Name_1="One", Name_type="Primary Name", DOB="02/03/1972", Other_Information=WALLET),
    row(Unique_ID="RUS1", Name_6="TANKER", Name_type="Primary Name", Designation_Type="Ship", IMO_number="9123456"),
]
HEAD = ["Report Date: 08-Oct-2026", ",".join(COLUMNS)]


def read(lines: list[str]) -> Release:
    return read_release("gb-fcdo", {"list": "\r\n".join(lines).encode()})


XML = f"""<Designations><DateGenerated>08/10/2026</DateGenerated>
<Designation><UniqueID>DPR0001</UniqueID><RegimeName>North Korea</RegimeName>
<IndividualEntityShip>Individual</IndividualEntityShip><OtherInformation>{WALLET}</OtherInformation>
<Names><Name><Name1>One</Name1><Name6>PERSON</Name6><NameType>Primary Name</NameType></Name>
<Name><Name6>UNO</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name></Names>
<IndividualDetails><Individual><DOBs><DOB>dd/mm/1971</DOB><DOB>02/03/1972</DOB></DOBs>
<Nationalities><Nationality>Nowhere</Nationality></Nationalities>
<PassportDetails><Passport><PassportNumber>X1</PassportNumber></Passport></PassportDetails></Individual>
</IndividualDetails><SanctionsImposedIndicators><AssetFreeze>true</AssetFreeze></SanctionsImposedIndicators></Designation>
<Designation><UniqueID>RUS1</UniqueID><Names><Name><Name6>TANKER</Name6><NameType>Primary Name</NameType></Name></Names>
<IndividualEntityShip>Ship</IndividualEntityShip><ShipDetails><Ship><IMONumbers><IMONumber>9123456</IMONumber>
</IMONumbers></Ship></ShipDetails></Designation></Designations>"""


def test_the_rows_of_an_entry_are_one_party() -> None:
    release = read([*HEAD, *LINES])
    person, ship = release.parties
    assert (release.dated, release.unknown) == ("2026-10-08", ())
    assert [(one.text, one.type, one.weak) for one in person.names] == [
        ("One PERSON", NameType.PRIMARY, False),
        ("UNO", NameType.AKA, True),
    ]
    assert (person.births, person.countries) == (("1971", "1972-03-02"), ("Nowhere",))
    assert person.programmes == ("North Korea",)
    assert person.identifiers == (Identifier("Passport", "X1"),)
    assert (ship.kind, ship.identifiers) == (PartyKind.VESSEL, (Identifier("IMO", "9123456"),))
    assert [(wallet.address, wallet.holders) for wallet in release.wallets] == [(WALLET, ("DPR0001",))]


def test_the_xml_says_the_same() -> None:
    release = read_release("gb-fcdo", {"list": XML.encode()})
    assert release == read([*HEAD, *LINES])


def test_without_a_report_date_the_header_comes_first() -> None:
    assert read([HEAD[1], *LINES]).dated == ""
    assert len(read([HEAD[1], *LINES]).parties) == 2


def test_an_unknown_column_or_element_is_named() -> None:
    assert read([HEAD[0], HEAD[1].replace("D.O.B", "Birth"), *LINES]).unknown == ("Birth",)
    assert read_release("gb-fcdo", {"list": XML.replace("DOB>", "Born>").encode()}).unknown == ("Born",)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([*HEAD, ",".join(LINES[0].split(",")[:-3])], "cells under"),
        ([*HEAD, LINES[0] + '"'], "not CSV"),
        (["Report Date: 08-Oct-2026", "a,b"], "no column 'Unique ID'"),
        (["Service unavailable"], "no column"),
    ],
)
def test_a_broken_file_is_refused(lines: list[str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(lines)
