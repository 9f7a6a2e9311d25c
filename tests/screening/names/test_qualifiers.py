"""Birth dates and countries: agreement adds, conflict takes, what is missing does neither and is told."""

import pytest

from clew.screening.names import Kind, NamedParty, NameQuery, PartyName, Quality, compare

NAME = "Anna Kite"


def compared(
    asked: tuple[str, ...] = (), listed: tuple[str, ...] = (), **more: tuple[str, ...]
) -> tuple[float, list[str]]:
    party = NamedParty("1", Kind.PERSON, (PartyName(NAME),), listed, more.get("listed_in", ()))
    found = compare(NameQuery(NAME, Kind.PERSON, asked, more.get("asked_in", ())), party, party.names[0])
    return found.points, [
        feature.name for feature in found.features if "birth" in feature.name or "country" in feature.name
    ]


@pytest.mark.parametrize(
    ("asked", "listed", "name"),
    [
        ("1970-05-04", "1970-05-04", "same-birth-day"),
        ("1970-05-04", "1970-04-05", "same-birth-year"),  # day and month may have changed places
        ("1970-05-04", "1970", "same-birth-year"),
        ("1970-05", "1970-05-11", "same-birth-year"),
        ("1970", "1971", "near-birth-year"),
        ("1970-05-04", "1970-06-07", "other-birth-day"),
        ("1970-05", "1970-06", "other-birth-day"),
        ("1970-05-04", "1950", "other-birth-year"),
        ("1970-05-04", "1968/1971", "near-birth-year"),
        ("1970-05-04", "1950/1960-12-31", "other-birth-year"),
        ("1970-05-04", "1971~", "near-birth-year"),
        ("1974", "1971~", "near-birth-year"),  # two years of doubt, and one as between exact ones
        ("1975", "1971~", "other-birth-year"),
        ("1967", "1971~", "other-birth-year"),
        ("1964", "1968/1970-12-31~", "other-birth-year"),
        ("1965", "1968/1970-12-31~", "near-birth-year"),
        ("1910-01-01", "../1980", "near-birth-year"),
        ("1981", "../1980", "near-birth-year"),
        ("1982", "../1980", "other-birth-year"),
        ("1983", "../1980~", "near-birth-year"),
        ("1958", "1960-02/..", "other-birth-year"),
        ("1999", "1960-02/..", "near-birth-year"),
        ("../1980", "1985~", "other-birth-year"),
    ],
)
def test_birth_dates_are_compared_as_far_as_both_go(asked: str, listed: str, name: str) -> None:
    assert compared((asked,), (listed,))[1] == [name]
    assert compared((listed,), (asked,))[1] == [name]


def test_of_several_listed_dates_the_best_counts() -> None:
    assert compared(("1970-05-04",), ("1950", "1970-05-04", "1971"))[1] == ["same-birth-day"]


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("1971", "1971"),
        ("1968/1971", "1968/1971"),
        ("1971~", "about 1971"),
        ("../1980", "until 1980"),
        ("1960-02/..", "from 1960-02"),
        ("../1980~", "about until 1980"),
    ],
)
def test_a_contradiction_takes_the_same_from_every_kind_of_date_and_says_what_it_means(listed: str, words: str) -> None:
    party = NamedParty("1", Kind.PERSON, (PartyName(NAME),), (listed,))
    far = "1890" if listed.endswith("..") else "2001"
    (found,) = [
        one
        for one in compare(NameQuery(NAME, Kind.PERSON, (far,)), party, party.names[0]).features
        if "birth" in one.name
    ]
    assert (found.name, found.points, found.detail) == ("other-birth-year", -3.0, f"{far} against {words}")


def test_agreement_adds_and_conflict_takes() -> None:
    alone, _ = compared()
    assert compared(("1970",), ("1970",))[0] > alone > compared(("1970",), ("1950",))[0]
    assert (
        compared(asked_in=("IR",), listed_in=("ir", "SY"))[0] > alone > compared(asked_in=("IR",), listed_in=("KP",))[0]
    )


def test_a_date_that_is_none_and_countries_in_two_notations_are_not_compared() -> None:
    assert compared(("1970",), ("about 1970",)) == compared()
    assert compared(asked_in=("IR",), listed_in=("Iran",)) == compared()
    assert compared(asked_in=("Syria",), listed_in=("Iran",))[1] == ["other-country"]


def test_what_is_missing_is_no_agreement_and_is_told() -> None:
    party = NamedParty("1", Kind.PERSON, (PartyName(NAME),), ("1970",))
    silent = compare(NameQuery(NAME, Kind.PERSON), party, party.names[0])
    asked = compare(NameQuery(NAME, Kind.PERSON, ("1970",)), party, party.names[0])
    assert silent.points == compared()[0] < asked.points
    assert (silent.coverage.compared, silent.coverage.missing) == ((), ("birth date", "country"))
    assert (asked.coverage.compared, asked.coverage.share) == (("birth date",), 0.5)


def test_a_weak_alias_counts_for_less() -> None:
    party = NamedParty("1", Kind.PERSON, (PartyName(NAME), PartyName(NAME, Quality.WEAK)))
    strong, weak = (compare(NameQuery(NAME, Kind.PERSON), party, name) for name in party.names)
    assert strong.points > weak.points
    assert weak.features[-1].name == "weak-alias"
