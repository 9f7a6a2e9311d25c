"""Who in a simulated world deals with services alone: of these it is certain what they are exposed to.

The labels come from the transfers and from who truly holds each address. The exposure that is measured by them knows
the public tags alone, so an exchange's deposit addresses are strangers to it.
"""

import csv
from pathlib import Path

import numpy as np

from clew.errors import InputError
from clew.exposure.address import Direction
from clew.ledger import TransferTable
from clew.model import Category, Kind
from clew.scores.exposure import Known

SERVICES = {kind: str(Category(kind)) for kind in ("exchange", "mixer", "bridge")}
"""Kind of an owner -> category that an exposure to him has."""
_PEOPLE = frozenset({"person", "thief"})
_MOVING = tuple(tuple(Kind).index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN))


def read_owners(path: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """(Chain, address) -> owner and kind, of a world's ``owners.csv``."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {(row["chain"], row["address"]): (row["owner"], row["kind"]) for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise InputError(f"it does not say who holds each address: {error!r}", where=str(path)) from error


def exposures_of(
    table: TransferTable, chain: str, owners: dict[tuple[str, str], tuple[str, str]], most: int
) -> dict[str, list[Known]]:
    """Address -> what it is exposed to, of at most so many people's addresses of a chain, in order of their names."""
    here = np.flatnonzero(
        (table.chain == table.chains.index(chain)) & np.isin(table.kind, _MOVING) & table.amount.any(axis=1)
    )
    dealt: dict[str, set[tuple[str, str]]] = {}
    for sender, receiver in zip(table.sender[here].tolist(), table.receiver[here].tolist(), strict=True):
        payer, payee = table.account_name[sender], table.account_name[receiver]
        for one, other, direction in ((payer, payee, Direction.SENT), (payee, payer, Direction.RECEIVED)):
            if owners.get((chain, one), ("", ""))[1] in _PEOPLE:
                kind = owners.get((chain, other), ("", ""))[1]
                dealt.setdefault(one, set()).add((str(direction), kind))
    alone = sorted(address for address, dealings in dealt.items() if all(kind in SERVICES for _, kind in dealings))
    return {
        address: [Known(direction, SERVICES[kind], None) for direction, kind in sorted(dealt[address])]
        for address in alone[:most]
    }
