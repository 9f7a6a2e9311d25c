"""Likeness of words: slips cost little, vowels less than consonants, romanisations hardly anything."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.screening.names.spelling import similarity, sound, unvowelled_similarity

WORDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wladimir", "vladimir"),
        ("schoigu", "shoygu"),
        ("yousuf", "yusuf"),
        ("khaled", "haled"),
        ("dzhabbar", "jabar"),
        ("xi", "shi"),
        ("nikolaj", "nikolai"),
        ("filipp", "philip"),
    ],
)
def test_romanisations_of_one_name_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)
    assert similarity(one, other) >= 0.95


def test_a_vowel_is_half_a_step_and_a_consonant_a_whole_one() -> None:
    assert similarity("bandar", "bander") > similarity("bandar", "bantar") > 0.8


def test_neighbours_that_change_places_are_the_smallest_slip() -> None:
    assert similarity("trading", "tarding") > similarity("trading", "brading")


def test_what_two_patronymics_share_does_not_make_them_alike() -> None:
    assert similarity("ibrahimovich", "magomedovich") < 0.4
    assert similarity("abdulrahman", "abdulkarim") < 0.6


def test_a_word_without_vowels_is_compared_by_its_consonants() -> None:
    assert unvowelled_similarity("mhmd", "muhammad") > 0.9
    assert unvowelled_similarity("mhmd", "salman") < 0.6


@given(WORDS, WORDS)
def test_likeness_is_symmetric_between_0_and_1_and_1_for_the_same_word_alone(one: str, other: str) -> None:
    like = similarity(one, other)
    assert like == similarity(other, one)
    assert 0 <= like <= 1
    assert (like == 1) == (one == other)
    assert unvowelled_similarity(one, other) == unvowelled_similarity(other, one)
