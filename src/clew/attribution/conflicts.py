"""Statements about one address that cannot all be right: shown side by side and weighed, never merged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clew.model import Category, Tag

_STANDING = frozenset({Category.SANCTIONED, Category.FROZEN, Category.OTHER, Category.WALLET})
"""Categories that say nothing against another: an exchange may be sanctioned, a thief's balance frozen."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one group of tags says, with its weight."""

    value: str
    """The entity's name, or the category."""
    confidence: int
    """The highest of its tags, 0 to 100."""
    sources: int
    """How many different sources say it."""
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One question that the tags of an address answer differently."""

    about: str
    """``entity`` or ``category``."""
    sides: tuple[Side, ...]
    """Heaviest first: by confidence, then by the number of sources, then by name."""

    @property
    def open(self) -> bool:
        """Whether the two heaviest sides weigh the same."""
        first, second = self.sides[:2]
        return (first.confidence, first.sources) == (second.confidence, second.sources)


def find_conflicts(tags: Iterable[Tag]) -> tuple[Conflict, ...]:
    """The questions that the tags of one address answer differently: who it is, and what it does."""
    stated = tuple(tags)
    entities = _sides(stated, lambda tag: tag.entity)
    categories = _sides(stated, lambda tag: "" if tag.category in _STANDING else str(tag.category))
    found = (("entity", entities), ("category", categories))
    return tuple(Conflict(about, sides) for about, sides in found if len(sides) > 1)


def _sides(tags: Iterable[Tag], value_of: Callable[[Tag], str]) -> tuple[Side, ...]:
    groups: dict[str, list[Tag]] = {}
    for tag in tags:
        value = value_of(tag)
        if value:
            groups.setdefault(value.casefold(), []).append(tag)
    sides = [
        Side(value_of(group[0]), max(tag.confidence for tag in group), len({tag.source for tag in group}), tuple(group))
        for group in groups.values()
    ]
    return tuple(sorted(sides, key=lambda side: (-side.confidence, -side.sources, side.value)))
