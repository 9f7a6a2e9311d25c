"""The word lists: folded, disjoint where a word has one reading, and looked up both ways."""

from clew.screening.names import lexicon
from clew.screening.names.fold import fold


def test_every_word_stands_in_its_folded_form() -> None:
    for group in ("titles", "particles", "stopwords", "generic", "common"):
        assert all(fold(word) == word for word in lexicon.words(group)), group
    assert all(fold(" ".join(form)) == " ".join(form) for form in lexicon.legal_forms())


def test_titles_are_no_particles() -> None:
    assert not lexicon.words("titles") & lexicon.words("particles")


def test_nicknames_are_looked_up_both_ways() -> None:
    assert lexicon.is_nickname("bob", "robert")
    assert lexicon.is_nickname("robert", "bob")
    assert not lexicon.is_nickname("bob", "anna")
