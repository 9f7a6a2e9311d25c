"""Pairing words: each once, the best first, in either direction the same."""

from clew.screening.names.alignment import align
from clew.screening.names.records import Kind
from clew.screening.names.words import read_name


def pairs(one: str, other: str, kind: Kind = Kind.PERSON) -> set[tuple[str, str, str]]:
    mine, facing = read_name(one, kind), read_name(other, kind)
    found = align(mine, facing, person=kind is Kind.PERSON).pairs
    return {
        (" ".join(mine.words[i].text for i in pair.one), " ".join(facing.words[i].text for i in pair.other), pair.how)
        for pair in found
    }


def test_words_pair_whatever_their_order() -> None:
    assert pairs("Kite, Anna", "Anna Kite") == {("kite", "kite", "same"), ("anna", "anna", "same")}


def test_adjacent_words_pair_with_the_word_they_make() -> None:
    assert pairs("Vanderbilt", "van der Bilt") == {("vanderbilt", "van der bilt", "joined")}
    assert ("abdulrahman", "abd al rahman", "joined") in pairs("Abdulrahman al-Rawi", "Abd al-Rahman al-Rawi")


def test_an_initial_pairs_with_a_word_that_starts_with_it_in_a_persons_name_alone() -> None:
    assert ("a", "anna", "initial") in pairs("A. Kite", "Anna Kite")
    assert pairs("A Kite", "Anna Kite", Kind.ORGANISATION) == {("kite", "kite", "same")}


def test_a_short_form_pairs_with_the_name_it_is_short_for() -> None:
    assert ("bob", "robert", "nickname") in pairs("Bob Kite", "Robert Kite")


def test_an_acronym_pairs_with_a_whole_organisation() -> None:
    assert pairs("GWT", "Green Wave Telecommunication", Kind.ORGANISATION) == {
        ("gwt", "green wave telecommunication", "acronym")
    }


def test_a_particle_stands_for_no_name() -> None:
    assert pairs("Ali Kite", "al Bashar") == set()


def test_numbers_pair_with_the_same_number_alone() -> None:
    assert pairs("Kite 8643", "Kite 8644", Kind.VESSEL) == {("kite", "kite", "same")}
    assert pairs("YV2994", "YV2944", Kind.VESSEL) == set()


def test_a_registration_mark_pairs_whole_or_not_at_all() -> None:
    assert pairs("EP-ABC", "ep-abc", Kind.VESSEL) == {("epabc", "epabc", "same")}
    assert pairs("EP-ABC", "EP-ABD", Kind.VESSEL) == set()
