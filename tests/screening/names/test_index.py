"""The index: built from records, by kind, and never silent about a doubled id."""

import pytest

from clew.errors import InputError
from clew.screening.names import Kind, NamedParty, NameIndex, PartyName


def party(id: str, *names: str, kind: Kind = Kind.PERSON) -> NamedParty:  # noqa: A002 - the record's own word
    return NamedParty(id, kind, tuple(map(PartyName, names)))


def test_candidates_are_rows_best_first() -> None:
    index = NameIndex.build([party("1", "Anna Kite", "Anya Kite"), party("2", "Peter Dove"), party("3", "Anna Dove")])
    rows = index.candidates("Anna Kite", Kind.PERSON).tolist()
    assert index.names[rows[0]].text == "Anna Kite"
    assert [index.parties[index.party_of[row]].id for row in rows][:2] == ["1", "1"]
    assert index.closest("Peter Dove", Kind.PERSON, 10).tolist()[0] == 2


def test_a_kind_is_asked_for_with_those_the_list_leaves_open() -> None:
    index = NameIndex.build(
        [
            party("person", "Anna Kite"),
            party("firm", "Anna Kite", kind=Kind.ORGANISATION),
            party("open", "Anna Kite", kind=Kind.UNKNOWN),
        ]
    )

    def found(kind: Kind) -> set[str]:
        return {index.parties[index.party_of[row]].id for row in index.candidates("Anna Kite", kind)}

    assert found(Kind.PERSON) == {"person", "open"}
    assert found(Kind.UNKNOWN) == {"person", "firm", "open"}


def test_an_empty_index_and_an_empty_name_have_no_candidates() -> None:
    assert not len(NameIndex.build([]).candidates("Anna Kite", Kind.PERSON))
    assert not len(NameIndex.build([party("1", "Anna")]).candidates("...", Kind.PERSON))
    assert not len(NameIndex.build([party("1", "...")]).candidates("Anna", Kind.PERSON))
    assert not len(NameIndex.build([party("1")]).closest("Anna", Kind.PERSON, 10))


def test_two_parties_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="same id"):
        NameIndex.build([party("1", "Anna"), party("1", "Peter")])
