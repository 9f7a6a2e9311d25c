"""What a simulated world knows of who holds each address (``owners.csv``), and what follows of direct exposure."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from clew.errors import InputError
from clew.ledger import TransferTable
from clew.model import Category, Kind
from clew.scores.tables import Naming, read_columns

SERVICES = {"exchange": Category.EXCHANGE, "mixer": Category.MIXER, "bridge": Category.BRIDGE}
"""Kinds of owners that are services to be exposed to, as tags call them."""
PRIVATE = frozenset({"person", "thief"})
_KINDS = tuple(Kind)
_MOVES = frozenset(_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN))


class Holder(NamedTuple):
    """Who holds an address."""

    name: str
    kind: str


class Direct(NamedTuple):
    """What an address received straight from a kind of service, or sent straight to it."""

    address: str
    direction: str
    category: str
    asset: str


def read_holders(path: Path) -> dict[str, dict[str, Holder]]:
    """Chain -> address -> its holder. InputError where a row lacks something, or the file is none of a world."""
    columns = read_columns(path, "owners", Naming(), ("chain", "address", "owner", "kind"))
    found: dict[str, dict[str, Holder]] = {}
    rows = zip(*(columns[name].to_pylist() for name in ("chain", "address", "owner", "kind")), strict=True)
    for number, (chain, address, owner, kind) in enumerate(rows, 1):
        if not (chain and address and owner and kind):
            raise InputError("a row lacks its chain, address, owner or kind", where=f"{path}, row {number}")
        found.setdefault(chain, {})[address] = Holder(owner, kind)
    if not found:
        raise InputError("no owner", where=str(path))
    return found


def direct_exposures(table: TransferTable, holders: Mapping[str, Holder]) -> dict[Direct, int]:
    """Base units that each private address of an account chain exchanged with services, summed transfer by transfer."""
    found: dict[Direct, int] = {}
    for row in range(len(table)):
        if int(table.kind[row]) not in _MOVES or not (amount := table.amount_of(row)):
            continue
        names = table.account_name[table.sender[row]], table.account_name[table.receiver[row]]
        for address, other, direction in ((*names, "sent"), (*names[::-1], "received")):
            here, there = holders.get(address), holders.get(other)
            if here and there and here.kind in PRIVATE and there.kind in SERVICES:
                key = Direct(address, direction, str(SERVICES[there.kind]), table.assets[table.asset[row]])
                found[key] = found.get(key, 0) + amount
    return found


def compare_direct(true: Mapping[Direct, int], found: Mapping[Direct, int]) -> list[dict[str, object]]:
    """A row for each direction and category: how many exposures are found, and of the true ones to the base unit."""
    keys = sorted({(one.direction, one.category) for one in (*true, *found)})
    rows: list[dict[str, object]] = []
    for direction, category in keys:
        here = {one for one in true if (one.direction, one.category) == (direction, category)}
        said = {one for one in found if (one.direction, one.category) == (direction, category)}
        right, exact = len(here & said), sum(found.get(one) == true[one] for one in here)
        rows.append(
            {
                "direction": direction,
                "category": category,
                "true": len(here),
                "found": len(said),
                "correct": right,
                "amounts_exact": exact,
                "precision": round(right / len(said), 4) if said else None,
                "recall": round(right / len(here), 4) if here else None,
            }
        )
    return rows
