"""What birth dates, countries and the quality of an alias add to a name score; what is missing adds nothing. Pure."""

import re
from collections.abc import Sequence

from clew.screening.names.fold import fold
from clew.screening.names.records import Coverage, Feature, NamedParty, NameQuery, PartyName, Quality
from clew.screening.names.scorecards import qualifier

_DAY = r"\d{4}(?:-\d\d){0,2}"
_DATE = re.compile(rf"(?:{_DAY}|{_DAY}/{_DAY}|\.\./{_DAY}|{_DAY}/\.\.)~?")
_WHOLE = 3
"""Parts of a date that names a day."""
_ABOUT = 2
"""Years that one called uncertain may be off, either way."""
_FIRST, _LAST = 0, 9999
"""The years that stand for an open end of a span."""
_CODE = 2
"""Letters of an ISO 3166 alpha-2 code."""
_BIRTH_ORDER = ("same-birth-day", "same-birth-year", "near-birth-year", "other-birth-day", "other-birth-year")
"""Best first: of several birth dates on a list, the one that fits best counts."""


def qualify(query: NameQuery, party: NamedParty, name: PartyName) -> tuple[list[Feature], Coverage]:
    """The features of what both sides state beside the name, and which they were."""
    stated = {
        "birth date": _birth(query.births, party.births) if query.births and party.births else None,
        "country": _country(query.countries, party.countries) if query.countries and party.countries else None,
    }
    compared = tuple(what for what, feature in stated.items() if feature is not None)
    found = [feature for feature in stated.values() if feature is not None]
    if name.quality is Quality.WEAK:
        found.append(_feature("weak-alias", "the list itself calls this alias weak"))
    return found, Coverage(compared, tuple(what for what in stated if what not in compared))


def _feature(name: str, detail: str) -> Feature:
    return Feature(name, 1.0, qualifier(name), detail)


def _birth(asked: Sequence[str], listed: Sequence[str]) -> Feature | None:
    """Birth dates of both sides, the best pair of them; None where a side has none that is a date."""
    mine, theirs = (list(filter(_DATE.fullmatch, dates)) for dates in (asked, listed))
    pairs = [(_BIRTH_ORDER.index(_compare_births(one, other)), one, other) for one in mine for other in theirs]
    if not pairs:
        return None
    place, one, other = min(pairs)
    return _feature(_BIRTH_ORDER[place], f"{_words(one)} against {_words(other)}")


def _words(date: str) -> str:
    """A date as people write it: what is uncertain or open about it in words."""
    exact = date.removesuffix("~")
    start, _, end = exact.partition("/")
    said = f"until {end}" if start == ".." else f"from {start}" if end == ".." else exact
    return said if exact == date else f"about {said}"


def _compare_births(one: str, other: str) -> str:
    if not (one + other).replace("-", "").isdecimal():
        return _compare_spans(_years(one), _years(other))
    mine, listed = one.split("-"), other.split("-")
    apart = abs(int(mine[0]) - int(listed[0]))
    if apart > 1:
        return "other-birth-year"
    if apart == 1:
        return "near-birth-year"
    shared = min(len(mine), len(listed))
    if mine[:shared] == listed[:shared]:
        return "same-birth-day" if shared == _WHOLE else "same-birth-year"
    swapped = shared == _WHOLE and mine[1:] == listed[:0:-1]
    return "same-birth-year" if swapped else "other-birth-day"


def _compare_spans(one: tuple[int, int], other: tuple[int, int]) -> str:
    """A span, or a year that is uncertain, says little where it fits, and much where it is years away."""
    apart = max(one[0], other[0]) - min(one[1], other[1])
    return "near-birth-year" if apart <= 1 else "other-birth-year"


def _years(date: str) -> tuple[int, int]:
    """The first and the last year that a date may mean."""
    slack = _ABOUT if date.endswith("~") else 0
    start, _, end = date.removesuffix("~").partition("/")
    bounds = _FIRST if start == ".." else int(start[:4]), _LAST if end == ".." else int((end or start)[:4])
    return min(bounds) - slack, max(bounds) + slack


def _country(asked: Sequence[str], listed: Sequence[str]) -> Feature | None:
    """Countries of both sides: one in common is enough. None where one side has codes and the other words alone."""
    mine, theirs = ({fold(country) for country in countries} - {""} for countries in (asked, listed))
    shared = mine & theirs
    same_notation = {len(country) == _CODE for country in mine} & {len(country) == _CODE for country in theirs}
    if not shared and not same_notation:
        return None
    detail = f"{', '.join(sorted(mine))} against {', '.join(sorted(theirs))}"
    return _feature("same-country" if shared else "other-country", detail)
