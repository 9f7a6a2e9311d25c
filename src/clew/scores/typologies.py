"""How often flagged accounts truly did what they are flagged for, on a simulated world that says who did.

Base rate: the share of the world's accounts of which it is true; a precision means something only beside it.
"""

import csv
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from clew.errors import InputError
from clew.typologies import TYPOLOGIES, Typology

Place = tuple[str, str]
"""Chain and address."""


def read_roles(path: Path) -> dict[Typology, frozenset[Place]]:
    """Who truly played which typology (``typologies.csv`` of a world); InputError where it is none."""
    roles: dict[Typology, set[Place]] = {each: set() for each in TYPOLOGIES}
    for row in _rows(path, ("typology", "chain", "address")):
        if row["typology"] not in roles:
            raise InputError(f"unknown typology {row['typology']!r}", where=str(path))
        roles[Typology(row["typology"])].add((row["chain"], row["address"]))
    return {each: frozenset(places) for each, places in roles.items()}


def read_launderers(path: Path) -> frozenset[Place]:
    """The thief's own addresses (``owners.csv`` of a world); InputError where it is none."""
    wanted = ("chain", "address", "kind")
    return frozenset((row["chain"], row["address"]) for row in _rows(path, wanted) if row["kind"] == "thief")


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            rows = [] if missing else list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where=str(path), mend="simulate the world again")
    return rows


def score(
    flagged: Mapping[Typology, AbstractSet[Place]],
    roles: Mapping[Typology, AbstractSet[Place]],
    launderers: AbstractSet[Place],
    accounts: AbstractSet[Place],
) -> dict[str, Any]:
    """Per typology: accounts flagged, true and right, precision, recall, base rate, and how many are the thief's.

    Only accounts that the ledger shows count; shares are None where there is nothing to divide by.
    """
    found = {}
    for typology in TYPOLOGIES:
        named, true = flagged[typology] & accounts, roles[typology] & accounts
        found[str(typology)] = {
            "flagged": len(named),
            "true": len(true),
            "right": len(named & true),
            "precision": _share(len(named & true), len(named)),
            "recall": _share(len(named & true), len(true)),
            "base_rate": _share(len(true), len(accounts)),
            "thiefs": _share(len(named & launderers), len(named)),
        }
    return found


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
