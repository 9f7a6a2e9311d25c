"""What the category names of public taxonomies and label clouds mean here: a table with its sources.

``categories.csv`` has for each name its scheme, whether it names an entity, an abuse or a label of an explorer, our
category (empty where it names none of ours), and the page it was read from.
"""

import csv
from pathlib import Path
from typing import NamedTuple

from clew.model import Category


class Concept(NamedTuple):
    """A name of a public taxonomy."""

    scheme: str
    kind: str
    """``entity``, ``abuse`` or ``label``."""
    name: str
    category: Category | None
    """What it is here; None where it says nothing about what becomes of coins."""
    source: str


def _read() -> tuple[Concept, ...]:
    with Path(__file__).with_name("categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Concept(
                row["scheme"],
                row["kind"],
                row["name"],
                Category(row["category"]) if row["category"] else None,
                row["source"],
            )
            for row in csv.DictReader(file)
        )


CONCEPTS = _read()


def _of(kind: str) -> dict[str, Category]:
    return {one.name: one.category for one in CONCEPTS if one.kind == kind and one.category is not None}


CATEGORIES: dict[str, Category] = _of("entity") | {str(category): category for category in Category}
"""Names of entities, and our own, -> category; any other name is none."""
ABUSES: dict[str, Category] = _of("abuse")
"""Names of abuses -> category, where the entry names no service."""
LABELS: dict[str, Category] = _of("label")
"""Labels of block explorers -> category."""
