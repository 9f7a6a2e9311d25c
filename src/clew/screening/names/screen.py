"""Who on the lists may bear a name: candidates from the index, each compared in full, best first."""

from clew.screening.names.index import NameIndex
from clew.screening.names.qualifiers import qualify
from clew.screening.names.records import NamedParty, NameMatch, NameQuery, PartyName
from clew.screening.names.scorecards import least_points, threshold
from clew.screening.names.scorer import align_names, explain, kind_of, most_points


def screen_name(query: NameQuery, index: NameIndex, limit: int = 10) -> list[NameMatch]:
    """The listed parties from the threshold on, each once by its best name, at most `limit`.

    Ordered by points, then by how much evidence was compared, then by id; so the top band has an order too.
    """
    best: dict[str, NameMatch] = {}
    for row in index.closest(query.name, query.kind, limit):
        match = _match(query, index.parties[index.party_of[row]], index.names[row])
        if match is None:
            continue
        known = best.get(match.party.id)
        if known is None or match.comparison.points > known.comparison.points:
            best[match.party.id] = match
    return sorted(best.values(), key=_order)[:limit]


def _match(query: NameQuery, party: NamedParty, name: PartyName) -> NameMatch | None:
    """The match with one listed name; None below the threshold. Reasons are written for what can reach it alone."""
    kind = kind_of(query, party)
    aligned = align_names(query.name, name.text, kind)
    if aligned is None:
        return None
    qualified = qualify(query, party, name)
    if most_points(aligned, kind) + sum(feature.points for feature in qualified[0]) < least_points():
        return None
    match = NameMatch(party, name, explain(aligned, kind, qualified))
    return match if match.score >= threshold() else None


def _order(match: NameMatch) -> tuple[float, float, str]:
    return -match.comparison.points, -match.comparison.coverage.share, match.party.id
