"""Folding: one Latin spelling for every script, whatever hides in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.screening.names.fold import clean, fold, is_unvowelled


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Владимир Путин", "vladimir putin"),
        ("习近平", "xi jin ping"),
        ("김정은", "kim jong un"),
        ("Σωκράτης", "sokratis"),
        ("Łukasz Müller-Øre", "lukasz muller ore"),
        ("O\u2019Brien & Sons", "obrien and sons"),
        ("  PUTIN,\tVladimir ", "putin vladimir"),
        ("عبد الفتاح", "bd al fth"),
        ('ООО"Кайт"', "ooo kayt"),
        ("...", ""),
        ("\u0301\u0308", ""),
        ("🙂", ""),
        ("", ""),
    ],
)
def test_a_text_has_one_latin_spelling(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_letters_that_look_alike_are_read_in_one_script() -> None:
    assert fold("Vlаdіmir Рutіn") == "vladimir putin"  # а, і, Р are Cyrillic
    assert fold("Пyтин") == fold("Путин")  # y is Latin, and stands for the Cyrillic letter of its shape


def test_invisible_characters_and_compatibility_forms_change_nothing() -> None:
    assert fold("Vla\u200bdi\u00admir \u202ePu\u2060tin") == "vladimir putin"
    assert fold("Ｖｌａｄｉｍｉｒ") == "vladimir"
    assert fold("e\u0301lan") == fold("élan") == "elan"


def test_a_word_in_one_script_is_left_in_it() -> None:
    assert clean("Путин Putin") == "Путин Putin"


def test_scripts_without_vowels_are_known() -> None:
    assert is_unvowelled("محمد")
    assert is_unvowelled("שלום")
    assert not is_unvowelled("Путин")


@given(st.text())
def test_folding_is_idempotent_and_leaves_words_of_letters_and_digits(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == " ".join(folded.split())
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in folded.split())
