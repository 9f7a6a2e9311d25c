"""Screening one name: each party once, by its best name, in an order that never ends in a tie."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.listed_names import listed_parties
from benchmarks.names import slip

from clew.screening.names import Kind, NamedParty, NameIndex, NameQuery, PartyName, Quality, screen_name, threshold

PARTIES = (
    NamedParty("kite", Kind.PERSON, (PartyName("KITE, Anna Maria"), PartyName("Anna Kite")), ("1970-05-04",), ("IR",)),
    NamedParty("kite-2", Kind.PERSON, (PartyName("Anna Kite"),), ("1950",)),
    NamedParty("kite-3", Kind.PERSON, (PartyName("Anna Kite", Quality.WEAK),)),
    NamedParty("ali", Kind.PERSON, (PartyName("Ali", Quality.WEAK),)),
    NamedParty("kites", Kind.ORGANISATION, (PartyName("Kite Trading LLC"),)),
)
INDEX = NameIndex.build(PARTIES)


def ids(query: NameQuery, limit: int = 10) -> list[str]:
    return [match.party.id for match in screen_name(query, INDEX, limit)]


def test_each_party_is_told_once_by_its_best_name() -> None:
    found = screen_name(NameQuery("Anna Kite", Kind.PERSON), INDEX)
    assert [match.party.id for match in found] == ["kite", "kite-2", "kite-3"]
    assert found[0].name.text == "Anna Kite"
    assert all(match.score >= threshold() for match in found)
    assert found[0].comparison.coverage.missing == ("birth date", "country")


def test_the_top_band_orders_by_what_else_is_known() -> None:
    found = screen_name(NameQuery("Anna Kite", Kind.PERSON, ("1970-05-04",), ("IR",)), INDEX)
    assert [match.party.id for match in found] == ["kite", "kite-3"]
    assert 1 > found[0].score > found[1].score


def test_equal_points_order_by_coverage_then_id() -> None:
    same = [
        NamedParty(name, Kind.PERSON, (PartyName("Anna Kite"),), births)
        for name, births in (("b", ()), ("a", ()), ("c", ("1971",)))
    ]
    found = screen_name(NameQuery("Anna Kite", Kind.PERSON, ("1970",)), NameIndex.build(same))
    assert [match.party.id for match in found] == ["c", "a", "b"]


def test_the_limit_is_kept() -> None:
    assert ids(NameQuery("Anna Kite", Kind.PERSON), 1) == ["kite"]


def test_a_lone_word_alias_does_not_match_every_bearer_of_the_word() -> None:
    assert ids(NameQuery("Ali Dove", Kind.PERSON)) == []


@pytest.mark.parametrize("name", ["", "...", "\u200b", "\u0301", "the", "🙂", "x" * 10_000, "a b " * 2500])
def test_hostile_and_empty_names_are_answered(name: str) -> None:
    assert ids(NameQuery(name)) == []


@pytest.fixture(scope="module")
def listed(shared_data: Callable[[str], Path]) -> NameIndex:
    return NameIndex.build(listed_parties(shared_data("sanctions")))


@pytest.mark.data
def test_listed_names_with_slips_are_among_the_candidates(listed: NameIndex) -> None:
    rng = random.Random(11)
    rows = [rng.randrange(len(listed.names)) for _ in range(300)]
    held = matched = 0
    for row in rows:
        party, name = listed.parties[listed.party_of[row]], slip(listed.names[row].text, rng)
        held += party.id in {listed.parties[listed.party_of[i]].id for i in listed.closest(name, party.kind, 10)}
        matched += party.id in {match.party.id for match in screen_name(NameQuery(name, party.kind), listed)}
    assert held >= 0.98 * len(rows)
    assert matched >= 0.9 * len(rows)


@pytest.mark.data
def test_few_strangers_of_the_same_cultures_match(listed: NameIndex) -> None:
    ofac = [party for party in listed.parties if party.id.startswith("ofac")]
    random.Random(5).shuffle(ofac)
    known, strangers = NameIndex.build(ofac[:6000]), ofac[6000:6300]
    alarms = sum(bool(screen_name(NameQuery(party.names[0].text, party.kind), known)) for party in strangers)
    assert alarms <= 0.12 * len(strangers)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("Усама бин Ладен", "ofac-6365"),
        ("Ri Hong Sop", "un-690740"),
        ("lazarus group", "ofac-27307"),
        ("TORNADO CASH", "ofac-39796"),
    ],
)
def test_well_known_parties_are_found_first(listed: NameIndex, name: str, party: str) -> None:
    found = screen_name(NameQuery(name), listed)
    assert found
    assert party in [match.party.id for match in found]
