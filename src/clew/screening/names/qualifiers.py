"""What birth dates, countries and the quality of an alias add to a name score; what is missing adds nothing. Pure."""

from collections.abc import Sequence

from clew.screening.names.records import Coverage, Feature, NamedParty, NameQuery, PartyName, Quality
from clew.screening.names.scorecards import qualifier

_BIRTH_ORDER = ("same-birth-day", "same-birth-year", "near-birth-year", "other-birth-day", "other-birth-year")
"""Best first: of several birth dates on a list, the one that fits best counts."""


def qualify(query: NameQuery, party: NamedParty, name: PartyName) -> tuple[list[Feature], Coverage]:
    """The features of what both sides state beside the name, and which they were."""
    sides = {"birth date": (query.births, party.births), "country": (query.countries, party.countries)}
    compared = tuple(what for what, (mine, listed) in sides.items() if mine and listed)
    missing = tuple(what for what in sides if what not in compared)
    found = []
    if "birth date" in compared:
        found.append(_birth(query.births, party.births))
    if "country" in compared:
        found.append(_country(query.countries, party.countries))
    if name.quality is Quality.WEAK:
        found.append(_feature("weak-alias", "the list itself calls this alias weak"))
    return found, Coverage(compared, missing)


def _feature(name: str, detail: str) -> Feature:
    return Feature(name, 1.0, qualifier(name), detail)


def _birth(asked: Sequence[str], listed: Sequence[str]) -> Feature:
    """Birth dates of both sides, the best pair of them."""
    pairs = [(_BIRTH_ORDER.index(_compare_births(one, other)), one, other) for one in asked for other in listed]
    place, one, other = min(pairs)
    return _feature(_BIRTH_ORDER[place], f"{one} against {other}")


def _compare_births(one: str, other: str) -> str:
    mine, listed = one.split("-"), other.split("-")
    apart = abs(_year(mine) - _year(listed))
    if apart > 1:
        return "other-birth-year"
    if apart == 1:
        return "near-birth-year"
    if len(mine) < 3 or len(listed) < 3:
        return "same-birth-year" if mine[1:2] == listed[1:2] or min(len(mine), len(listed)) < 2 else "other-birth-day"
    if mine[1:] == listed[1:]:
        return "same-birth-day"
    return "same-birth-year" if mine[1:] == listed[:0:-1] else "other-birth-day"


def _year(parts: Sequence[str]) -> int:
    return int(parts[0])


def _country(asked: Sequence[str], listed: Sequence[str]) -> Feature:
    """Countries of both sides: one in common is enough."""
    shared = {country.casefold() for country in asked} & {country.casefold() for country in listed}
    detail = f"{', '.join(sorted(asked))} against {', '.join(sorted(listed))}"
    return _feature("same-country" if shared else "other-country", detail)
