"""A screening policy: rules as data, versioned, from what is known of a subject to a decision with its reasons."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from clew.errors import InputError
from clew.model import Category, Decision, Grade

DEFAULT = Path(__file__).with_name("policies") / "default.toml"
"""The policy that ships with Clew."""

_ORDER = (Decision.CLEAR, Decision.NOT_SCREENED, Decision.REVIEW, Decision.BLOCK)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "listing": ("lists", "match"),
    "tag": ("categories", "least_confidence"),
    "exposure": ("categories", "direction", "direct", "least_share", "most_hops"),
    "cluster": ("categories", "least_confidence"),
    "flaw": ("flaws",),
    "name": ("lists", "least_score"),
}
_COMMON = ("id", "on", "decision", "says")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of a subject that a rule may ask for."""

    on: str
    """``listing``, ``tag``, ``exposure``, ``cluster``, ``flaw`` or ``name``."""
    text: str
    """What it is, in words that a reason can end with."""
    grade: Grade
    source: str = ""
    """Where it is from: a list and its version, a tag's source, a ledger."""
    list: str = ""
    match: str = ""
    """Of a listing: how it relates to the listed address (`lists.listed.Likeness`)."""
    category: Category | None = None
    confidence: int = 100
    """Of a tag, on it or in its cluster, 0 to 100."""
    direction: str = ""
    """Of exposure: ``received`` or ``sent``."""
    hops: int = 0
    """Of exposure: 1 is direct."""
    share: Fraction = Fraction(0)
    """Of exposure: share of all that was received or sent in the asset."""
    score: float = 0.0
    """Of a name."""
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a fact must be for a decision; what is not stated does not matter."""

    id: str
    on: str
    decision: Decision
    says: str
    lists: frozenset[str] = frozenset()
    match: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    least_confidence: int = 0
    direction: str = ""
    direct: bool | None = None
    least_share: Fraction = Fraction(0)
    most_hops: int | None = None
    flaws: frozenset[str] = frozenset()
    least_score: float = 0.0

    def holds(self, fact: Fact) -> bool:
        """Whether a fact is what the rule asks for."""
        return (
            self.on == fact.on
            and (not self.lists or fact.list in self.lists)
            and (not self.match or fact.match in self.match)
            and (not self.categories or fact.category in self.categories)
            and fact.confidence >= self.least_confidence
            and self.direction in ("", fact.direction)
            and (self.direct is None or self.direct == (fact.hops == 1))
            and fact.share >= self.least_share
            and (self.most_hops is None or fact.hops <= self.most_hops)
            and (not self.flaws or fact.flaw in self.flaws)
            and fact.score >= self.least_score
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision is what it is: the rule, and the fact it met."""

    rule: str
    decision: Decision
    text: str
    grade: Grade
    source: str

    def to_json(self) -> dict[str, str]:
        """As plain values."""
        return {
            "rule": self.rule,
            "decision": str(self.decision),
            "text": self.text,
            "grade": str(self.grade),
            "source": self.source,
        }


@dataclass(frozen=True)
class Policy:
    """The rules of one version."""

    id: str
    version: str
    title: str
    rules: tuple[Rule, ...]

    @cached_property
    def cited(self) -> str:
        """Id and version."""
        return f"{self.id} {self.version}"

    def decide(self, facts: Iterable[Fact], *, unreadable: str = "") -> tuple[Decision, tuple[Reason, ...]]:
        """The gravest decision of all rules that hold, and every reason, the gravest first; `CLEAR` where none holds.

        A fact gives a reason once: by the gravest rule that it meets, of equals by the first. What is `unreadable`
        (why, in words) is never clear, whatever the rules are.
        """
        reasons = []
        if unreadable:
            words = f"it cannot be screened: {unreadable}"
            reasons.append(Reason("unreadable", Decision.NOT_SCREENED, words, Grade.OBSERVED, ""))
        for fact in facts:
            met = [rule for rule in self.rules if rule.holds(fact)]
            if met:
                rule = max(met, key=lambda each: _ORDER.index(each.decision))
                reasons.append(Reason(rule.id, rule.decision, f"{rule.says}: {fact.text}", fact.grade, fact.source))
        reasons.sort(key=lambda reason: -_ORDER.index(reason.decision))
        return (reasons[0].decision if reasons else Decision.CLEAR), tuple(dict.fromkeys(reasons))


def read_policy(path: Path = DEFAULT) -> Policy:
    """A policy file; InputError names the rule and the fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(str(error), where=str(path), mend="give a readable TOML file") from error
    for name in ("id", "version", "title"):
        if not isinstance(table.get(name), str) or not table[name]:
            raise InputError(f"it states no {name}", where=str(path), mend=f'add {name} = "…"')
    stated = table.get("rule", [])
    unknown = sorted(set(table) - {"id", "version", "title", "rule"})
    if unknown or not isinstance(stated, list) or not stated:
        what = f"unknown field {unknown[0]!r}" if unknown else "it states no rule"
        raise InputError(what, where=str(path), mend="a policy has id, version, title and a list of [[rule]]")
    rules = tuple(_rule(each, f"{path}: rule {number}") for number, each in enumerate(stated, 1))
    twice = [rule.id for rule in rules if [each.id for each in rules].count(rule.id) > 1]
    if twice:
        raise InputError(f"two rules are called {twice[0]!r}", where=str(path), mend="give each rule an id of its own")
    return Policy(table["id"], table["version"], table["title"], rules)


def _rule(stated: Any, where: str) -> Rule:
    if not isinstance(stated, dict) or not all(isinstance(stated.get(name), str) for name in _COMMON):
        raise InputError("it must state id, on, decision and says", where=where, mend="all four are texts")
    kind = stated["on"]
    if kind not in _FIELDS:
        raise InputError(f"on = {kind!r} is no kind of fact", where=where, mend=f"known: {', '.join(_FIELDS)}")
    unknown = sorted(set(stated) - {*_COMMON, *_FIELDS[kind]})
    if unknown:
        raise InputError(f"a rule on {kind} has no field {unknown[0]!r}", where=where, mend=", ".join(_FIELDS[kind]))
    try:
        return Rule(
            stated["id"],
            kind,
            Decision(stated["decision"]),
            stated["says"],
            _texts(stated, "lists"),
            _texts(stated, "match"),
            frozenset(map(Category, _texts(stated, "categories"))),
            _number(stated, "least_confidence", 0),
            stated.get("direction", ""),
            stated.get("direct"),
            _share(stated.get("least_share", "0")),
            _number(stated, "most_hops", None),
            _texts(stated, "flaws"),
            float(stated.get("least_score", 0.0)),
        )
    except (ValueError, TypeError, InvalidOperation) as error:
        raise InputError(str(error), where=where, mend="see docs/screening.md for what each field takes") from error


def _texts(stated: Mapping[str, Any], name: str) -> frozenset[str]:
    values = stated.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{name} must be a list of texts")
    return frozenset(values)


def _number(stated: Mapping[str, Any], name: str, default: Any) -> Any:
    value = stated.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(f"{name} must be a whole number")
    return value


def _share(text: Any) -> Fraction:
    """A share as exact text: ``"10 %"`` or ``"0.1"``."""
    if not isinstance(text, str):
        raise TypeError('a share must be text, such as "10 %"')
    bare = text.removesuffix("%").strip()
    share = Fraction(Decimal(bare)) / (100 if text.endswith("%") else 1)
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {text} is not between 0 and 100 %")
    return share
