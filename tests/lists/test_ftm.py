"""OpenSanctions' FollowTheMoney lines, made by hand from the public model."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Identifier, NameType, PartyKind, Release

WALLET = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def line(id_: str, kind: str, **said: Any) -> str:
    return json.dumps({"id": id_, "schema": kind, "last_change": "2026-10-01T06:00:00", "properties": said})


def read(*lines: str) -> Release:
    return read_release("opensanctions", {"list": "\n".join(lines).encode()})


PERSON = line(
    "p1",
    "Person",
    name=["One Person"],
    alias=["First Person"],
    weakAlias=["Uno"],
    previousName=["Old"],
    birthDate=["1971", "1971-03-02"],
    nationality=["kp"],
    passportNumber=["X1"],
    topics=["sanction"],
)
SANCTION = line("s1", "Sanction", entity=["p1"], programId=["DPRK3"], startDate=["2022-04-14"], reason=["laundering"])


def test_a_person_with_a_sanction_a_document_and_a_wallet() -> None:
    release = read(
        PERSON,
        SANCTION,
        line("d1", "Identification", holder=["p1"], type=["visa"], number=["V1"], country=["cn"]),
        line("w1", "CryptoWallet", holder=["p1"], publicKey=[WALLET], currency=["USDT"]),
        line("r1", "Person", name=["A Relative"]),
        line("a1", "Address", full=["somewhere"]),
    )
    (person,) = release.parties
    assert (release.dated, person.kind, person.listed, person.programmes) == (
        "2026-10-01",
        PartyKind.PERSON,
        "2022-04-14",
        ("DPRK3",),
    )
    assert [(one.text, one.type, one.weak) for one in person.names] == [
        ("One Person", NameType.PRIMARY, False),
        ("First Person", NameType.AKA, False),
        ("Uno", NameType.AKA, True),
        ("Old", NameType.FKA, False),
    ]
    assert person.births == ("1971", "1971-03-02")
    assert person.identifiers == (Identifier("passportNumber", "X1"), Identifier("visa", "V1", "cn"))
    (wallet,) = release.wallets
    assert (wallet.form, wallet.claims, wallet.holders) == ("tron", ("USDT",), ("p1",))


def test_a_wallet_without_a_holder_stands_for_itself() -> None:
    (wallet,) = read(line("w1", "CryptoWallet", publicKey=["lower"])).wallets
    assert (wallet.holders, wallet.flawed) == (("w1",), True)


@pytest.mark.parametrize("wrong", [PERSON[:-20], "[]", '{"id": "x"}', '{"id":"x","schema":"Person","properties":[]}'])
def test_a_line_that_is_no_entity_is_named(wrong: str) -> None:
    with pytest.raises(InputError, match="no FollowTheMoney entity") as caught:
        read(PERSON, wrong)
    assert caught.value.where == "opensanctions: line 2"


JSON = st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5).map(json.dumps)


@given(st.text(max_size=80) | JSON)
def test_no_text_raises_anything_but_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        read(text)
