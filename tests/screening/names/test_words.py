"""Reading a name: what identifies its bearer, and what is form, title, particle, number or common word."""

from clew.screening.names.records import Kind
from clew.screening.names.words import MOST_LETTERS, MOST_WORDS, Role, read_han, read_name


def roles(text: str, kind: Kind = Kind.ORGANISATION) -> dict[str, Role]:
    return {word.text: word.role for word in read_name(text, kind).words}


def test_legal_forms_at_either_end_are_classes_and_no_words() -> None:
    for text in (
        "OJSC Tactical Kites",
        "Tactical Kites, Joint Stock Company",
        "Tactical Kites OAO",
        "А.О. Tactical Kites",
    ):
        name = read_name(text, Kind.ORGANISATION)
        assert name.text == "tactical kites", text
        assert name.forms == {"stock"}, text
    assert read_name("Kites G.m.b.H.", Kind.ORGANISATION).forms == {"limited"}


def test_a_name_of_legal_forms_alone_keeps_its_words() -> None:
    assert read_name("CORP", Kind.ORGANISATION).text == "corp"


def test_letters_with_points_are_one_word_of_an_organisation_and_initials_of_a_person() -> None:
    assert read_name("L.X.C. Kites", Kind.ORGANISATION).text == "lxc kites"
    assert roles("J.-C. Kite", Kind.PERSON) == {"j": Role.INITIAL, "c": Role.INITIAL, "kite": Role.NAME}
    assert roles("JC Kite", Kind.PERSON) == roles("J.-C. Kite", Kind.PERSON)


def test_numbers_are_read_in_words_ordinals_and_roman() -> None:
    for text in ("Kites Fund IV", "Kites Fund Four", "Kites Fund 4", "Kites Fund 4th"):
        assert roles(text)["4"] is Role.NUMBER
    assert roles("MV Kite 8643")["8643"] is Role.NAME, "a hull number identifies"
    assert roles("Kite Trust 2005")["2005"] is Role.NUMBER, "a year does not"


def test_titles_and_particles_weigh_little_unless_they_are_all() -> None:
    found = roles("Sheikh Isa bin Tarif", Kind.PERSON)
    assert (found["sheikh"], found["bin"], found["isa"]) == (Role.TITLE, Role.PARTICLE, Role.NAME)
    assert roles("Sultan", Kind.PERSON) == {"sultan": Role.NAME}


def test_digits_for_letters_are_read_as_letters_in_a_persons_name() -> None:
    assert read_name("Ig0r K1te", Kind.PERSON).text == "igor kite"


def test_han_names_are_read_by_character_and_others_are_not() -> None:
    name = read_han("高市 早苗")
    assert name is not None
    assert [word.text for word in name.words] == list("高市早苗")
    assert read_han("高市 Sanae") is None
    assert read_han("高") is None


def test_what_is_beyond_the_bounds_is_said() -> None:
    assert not read_name("kite " * MOST_WORDS, Kind.PERSON).cut
    assert read_name("kite " * (MOST_WORDS + 1), Kind.PERSON).cut
    assert read_name("k" * (MOST_LETTERS + 1), Kind.PERSON).cut
    assert len(read_name("kite " * 2000, Kind.PERSON).words) == MOST_WORDS


def test_invisible_characters_cannot_push_a_name_out_of_sight() -> None:
    assert read_name("\u200b" * 10_000 + "Kite", Kind.PERSON).text == "kite"
