"""Parties of a list reader as records of the index: what is kept of them."""

from dataclasses import dataclass

from clew.screening.names import Kind, NamedParty, NameIndex, NameQuery, PartyName, Quality, named_parties, screen_name


@dataclass(frozen=True)
class Name:
    text: str
    weak: bool = False


@dataclass(frozen=True)
class Party:
    list: str
    id: str
    kind: str
    names: tuple[Name, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


ANNA = Party("un", "7", "person", (Name("Anna Kite"), Name("Ann", weak=True)), ("1968/1971",), ("IR",))


def test_names_quality_and_qualifiers_are_kept() -> None:
    assert list(named_parties([ANNA])) == [
        NamedParty(
            "un:7", Kind.PERSON, (PartyName("Anna Kite"), PartyName("Ann", Quality.WEAK)), ("1968/1971",), ("IR",)
        )
    ]


def test_each_kind_has_its_own_or_is_unknown() -> None:
    kinds = ("entity", "vessel", "aircraft", "planet")
    parties = [Party("un", kind, kind, ()) for kind in kinds]
    assert [p.kind for p in named_parties(parties)] == [Kind.ORGANISATION, Kind.VESSEL, Kind.VESSEL, Kind.UNKNOWN]


def test_one_id_on_two_lists_is_two_parties() -> None:
    other = Party("eu", "7", "person", (Name("Anna Kite"),))
    index = NameIndex.build(named_parties([ANNA, other]))
    assert [match.party.id for match in screen_name(NameQuery("Anna Kite"), index)] == ["eu:7", "un:7"]
