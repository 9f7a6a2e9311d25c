"""What is asked for and what is listed: names with their kind and their qualifiers. Frozen."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What bears a name. UNKNOWN can be compared with every other kind."""

    PERSON = "person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """How far a list vouches for a name: OFAC's weak aliases and the UN's `Low` ones are WEAK."""

    STRONG = "strong"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class PartyName:
    """One name of a listed party, as the list spells it."""

    text: str
    quality: Quality = Quality.STRONG


@dataclass(frozen=True, slots=True)
class NamedParty:
    """A listed party as far as names can find it."""

    id: str
    """The list's own id, unique within an index."""
    kind: Kind
    names: tuple[PartyName, ...]
    births: tuple[str, ...] = ()
    """Each YYYY, YYYY-MM or YYYY-MM-DD, or a span of two of them with a slash between, of which one may be ``..``
    (open); with ``~`` after it, it is about then."""
    countries: tuple[str, ...] = ()
    """ISO 3166 alpha-2 codes, or the list's own words: a code is compared with codes, words with words."""


@dataclass(frozen=True, slots=True)
class NameQuery:
    """Who is asked for. Fields as in NamedParty; what is left empty is not compared."""

    name: str
    kind: Kind = Kind.UNKNOWN
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One reason behind a score: how far it holds, from 0 to 1, and how many points of log-odds it gave or took."""

    name: str
    value: float
    weight: float
    detail: str

    @property
    def points(self) -> float:
        """Value times weight."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which qualifiers both sides state. One that is missing on a side is neither agreement nor conflict."""

    compared: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Compared qualifiers among all."""
        return len(self.compared) / (len(self.compared) + len(self.missing))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names side by side: the score in [0, 1] and everything it was made of."""

    score: float
    """The logistic function of `points`; from THRESHOLD on it is a match."""
    points: float
    """Log-odds: never saturates, so it orders what the score rounds together."""
    features: tuple[Feature, ...]
    coverage: Coverage
    notes: tuple[str, ...] = ()
    """What was not compared, and why."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A listed party that may be the one asked for, by its best name."""

    party: NamedParty
    name: PartyName
    comparison: Comparison

    @property
    def score(self) -> float:
        """The comparison's score."""
        return self.comparison.score
