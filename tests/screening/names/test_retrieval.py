"""The inverted index: it finds what shares letter groups or sounds, and weighs rare ones more."""

from hypothesis import given
from hypothesis import strategies as st

from clew.screening.names.fold import fold
from clew.screening.names.retrieval import bounded, build_postings, likeness, sound_class, word_likeness


def test_a_word_sounds_by_the_classes_of_its_consonants() -> None:
    assert sound_class("mohamed") == sound_class("muhammad")
    assert sound_class("putin") == sound_class("pudin")
    assert sound_class("putin") != sound_class("salman")
    assert sound_class("aio") == 0


def test_the_likeness_is_by_hand_what_the_terms_share() -> None:
    postings = build_postings(["anna kite", "anna dove", "peter"])
    found = likeness(postings, "anna kite")
    assert found[0] > found[1] > 0
    assert found[2] == 0
    assert likeness(postings, "zzz").tolist() == [0, 0, 0]


def test_no_letter_group_goes_over_two_names() -> None:
    groups = sorted(int.from_bytes(group.encode(), "big") for group in (" ab", "ab ", " cd", "cd "))
    terms = build_postings(["ab", "cd"]).terms.tolist()
    assert [term for term in terms if term < 1 << 24] == groups
    assert [term for term in terms if term > 1 << 24] == sorted({sound_class("ab"), sound_class("cd")})


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    postings = build_postings(["anna kite", *(f"anna {letter * 4}" for letter in "bcdfg"), "peter kite"])
    found = likeness(postings, "anna kitee")
    assert found[0] > found[6] > found[1]


def test_words_are_compared_to_their_nearest() -> None:
    like = word_likeness(["anna", "kite"], [["kite", "anna"], ["annakite"], ["peter"]])
    assert like[0] == like[1] == 1
    assert like[2] < 0.7


@given(st.lists(st.text(max_size=30).map(fold), min_size=1, max_size=20))
def test_every_name_with_a_term_is_found_by_itself_and_none_above_it(names: list[str]) -> None:
    postings = build_postings(names)
    for row, name in enumerate(names):
        found = likeness(postings, name)
        assert found[row] >= found.max() - 1e-5
        assert bool(found[row] > 0) == bool(name)


def test_a_bounded_name_is_folded_and_short() -> None:
    assert bounded("Анна KITE") == "anna kite"
    assert len(bounded("kite " * 5000).split()) == 24
