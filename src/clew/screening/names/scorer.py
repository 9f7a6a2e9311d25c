"""How likely two names are one bearer's: features times weights, as log-odds, with every reason. Pure.

The score is the logistic function of the points. It comes near 1 and never reaches it, so names that agree in full
still order by what else is known; a qualifier that one side does not state gives nothing and is told as missing.
"""

import math
from collections.abc import Sequence

from clew.screening.names.alignment import align
from clew.screening.names.features import Aligned, full_contradiction
from clew.screening.names.qualifiers import qualify
from clew.screening.names.records import Comparison, Coverage, Feature, Kind, NamedParty, NameQuery, PartyName
from clew.screening.names.scorecards import intercept, weight_of, weighted
from clew.screening.names.words import MOST_LETTERS, MOST_WORDS, Name, read_han, read_name

EMPTY = Comparison(0.0, -math.inf, (), Coverage((), ("birth date", "country")), ("a name without a letter or digit",))
"""The comparison with a name that holds no letter or digit: no match, and it says why."""


def kind_of(query: NameQuery, party: NamedParty) -> Kind:
    """The kind by which two names are read: the list's, and the query's where the list does not say."""
    return query.kind if party.kind is Kind.UNKNOWN else party.kind


def card_of(kind: Kind) -> str:
    """The scorecard for a kind: persons have their own, all others share one."""
    return "person" if kind is Kind.PERSON else "organisation"


def align_names(one: str, other: str, kind: Kind) -> Aligned | None:
    """Two names with their words paired; None where one has no letter or digit."""
    names = (read_han(one), read_han(other))
    mine, facing = names if all(names) else (read_name(one, kind), read_name(other, kind))
    if not mine or not facing or not mine.words or not facing.words:
        return None
    return Aligned(mine, facing, align(mine, facing, person=kind is Kind.PERSON))


def compare_names(one: str, other: str, kind: Kind) -> Comparison:
    """Two names without qualifiers. Symmetric."""
    party = NamedParty("", kind, (PartyName(other),))
    return compare(NameQuery(one, kind), party, party.names[0])


def compare(query: NameQuery, party: NamedParty, name: PartyName) -> Comparison:
    """The name asked for against one name of a listed party, with what both state of birth and country."""
    kind = kind_of(query, party)
    aligned = align_names(query.name, name.text, kind)
    return EMPTY if aligned is None else explain(aligned, kind, qualify(query, party, name))


def explain(aligned: Aligned, kind: Kind, qualified: tuple[Sequence[Feature], Coverage]) -> Comparison:
    """The comparison of names whose words are paired, with what the qualifiers say."""
    features = _features(aligned, card_of(kind))
    qualifiers, coverage = qualified
    features += qualifiers
    points = sum(feature.points for feature in features)
    return Comparison(_logistic(points), points, tuple(features), coverage, _notes(aligned.one, aligned.other))


def most_points(aligned: Aligned, kind: Kind) -> float:
    """More points than `compare` can come to without qualifiers: only agreement gives any, all else takes."""
    card = card_of(kind)
    given = sum(measure(aligned)[0] * weight for measure, _, weight in weighted(card) if weight > 0)
    taken = min(1.0, *aligned.left) * weight_of(card, full_contradiction)
    return intercept(card) + given + taken


def _features(aligned: Aligned, card: str) -> list[Feature]:
    found = [Feature("intercept", 1.0, intercept(card), f"where every comparison of a {card} starts")]
    for measure, name, weight in weighted(card):
        value, detail = measure(aligned)
        found.append(Feature(name, value, weight, detail))
    return found


def _logistic(points: float) -> float:
    return 1 / (1 + math.exp(-points))


def _notes(one: Name, other: Name) -> tuple[str, ...]:
    bound = f"only the first {MOST_WORDS} words of {MOST_LETTERS} letters were compared"
    sides = (("asked for", one), ("listed", other))
    return tuple(f"the name {side} is longer: {bound}" for side, name in sides if name.cut)
