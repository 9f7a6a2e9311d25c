"""Does this name belong to somebody on a list; and what the policy makes of it."""

from dataclasses import dataclass
from typing import Any

from clew.lists.listed import Lists
from clew.model import Decision, Grade
from clew.screening.names import NameIndex, NameMatch, NameQuery, screen_name
from clew.screening.policy import Fact, Policy, Reason


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """What is known of one name, and what follows."""

    query: NameQuery
    decision: Decision
    reasons: tuple[Reason, ...]
    matches: tuple[NameMatch, ...]
    """Best first."""


def screen_party(query: NameQuery, index: NameIndex, lists: Lists, policy: Policy, *, limit: int = 10) -> NameAnswer:
    """One name against the parties of all lists; a match is likely, never certain, so its reasons are `inferred`."""
    if not any(character.isalnum() for character in query.name):
        decision, reasons = policy.decide([], unreadable="it holds no letter and no digit")
        return NameAnswer(query, decision, reasons, ())
    matches = tuple(screen_name(query, index, limit))
    versions = {name: version for name, version, _ in lists.versions}
    decision, reasons = policy.decide([_fact(match, versions) for match in matches])
    return NameAnswer(query, decision, reasons, matches)


def _fact(match: NameMatch, versions: dict[str, str]) -> Fact:
    list_id, _, entry = match.party.id.partition(":")
    words = f"{list_id}, entry {entry}, {match.name.text} (score {match.score:.2f})"
    source = f"{list_id} {versions.get(list_id, '')}".strip()
    return Fact("name", words, Grade.INFERRED, source, list=list_id, score=match.score)


def to_json(answer: NameAnswer) -> dict[str, Any]:
    """An answer as plain values; keys: docs/screening.md."""
    query = answer.query
    return {
        "input": query.name,
        "kind": str(query.kind),
        "births": list(query.births),
        "countries": list(query.countries),
        "decision": str(answer.decision),
        "reasons": [reason.to_json() for reason in answer.reasons],
        "matches": [_match(match) for match in answer.matches],
    }


def _match(match: NameMatch) -> dict[str, Any]:
    list_id, _, entry = match.party.id.partition(":")
    comparison = match.comparison
    return {
        "list": list_id,
        "entry": entry,
        "kind": str(match.party.kind),
        "name": match.name.text,
        "quality": str(match.name.quality),
        "names": [name.text for name in match.party.names],
        "score": round(match.score, 4),
        "points": round(comparison.points, 4),
        "features": [
            {"name": one.name, "value": round(one.value, 4), "points": round(one.points, 4), "detail": one.detail}
            for one in comparison.features
        ],
        "compared": list(comparison.coverage.compared),
        "missing": list(comparison.coverage.missing),
        "notes": list(comparison.notes),
    }
