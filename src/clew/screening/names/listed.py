"""Parties as the list readers give them, made records of the name index. Thin: no reader is imported, any will do."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from clew.screening.names.records import Kind, NamedParty, PartyName, Quality

_KINDS = {"person": Kind.PERSON, "entity": Kind.ORGANISATION, "vessel": Kind.VESSEL, "aircraft": Kind.VESSEL}
"""Aircraft are told apart as vessels are: by a mark, a number, and seldom a name."""


class ListedName(Protocol):
    """A name as a list spells it."""

    @property
    def text(self) -> str:
        """The list's spelling."""

    @property
    def weak(self) -> bool:
        """Whether the list itself calls it weak."""


class Listed(Protocol):
    """A party of any list."""

    @property
    def list(self) -> str:
        """Id of the list."""

    @property
    def id(self) -> str:
        """The list's own id of the entry."""

    @property
    def kind(self) -> str:
        """person, entity, vessel or aircraft; another is UNKNOWN."""

    @property
    def names(self) -> Sequence[ListedName]:
        """All names of the party."""

    @property
    def births(self) -> tuple[str, ...]:
        """ISO dates as exact as the list is, or spans of them."""

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes, or the list's own words."""


def named_parties(parties: Iterable[Listed]) -> Iterator[NamedParty]:
    """The records for `NameIndex.build`; a party's id is its list's id and its own, joined by a colon."""
    for party in parties:
        names = tuple(PartyName(name.text, Quality.WEAK if name.weak else Quality.STRONG) for name in party.names)
        kind = _KINDS.get(str(party.kind), Kind.UNKNOWN)
        yield NamedParty(f"{party.list}:{party.id}", kind, names, party.births, party.countries)
