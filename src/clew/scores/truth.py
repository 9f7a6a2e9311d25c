"""What is known of where stolen funds ended, to measure a trace by: a simulated world's truth, or labelled edges."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.errors import InputError

MICRO = 10**6
MATERIAL = 100 * MICRO
"""Micro-dollars from which an address is looked at for what it holds: below stands what a payment's fee left over."""
Place = tuple[str, str]
"""Chain and address."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Worth in micro-dollars (of the stolen asset on the day of the theft) by place."""

    everywhere: dict[Place, int]
    exchanges: dict[Place, int]
    """Those of the places that are exchanges'."""
    visible: dict[Place, int]
    """Of what stands at exchanges, what came there over no mixer, CoinJoin or exchanger."""
    dollars: dict[str, int]
    """Asset (CAIP-19) -> micro-dollars of a whole unit."""


def read_truth(path: Path, decimals: dict[str, int]) -> Truth:
    """The truth of a simulated world (``truth.json``); `decimals` of the stolen assets. InputError where it is none."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        dollars = {asset: int(price) * MICRO for asset, price in table["dollars_per_unit"].items()}
        stolen = {row["theft"]: row["asset"] for row in table["stolen"]}
        places: dict[Place, int] = {}
        exchanges: dict[Place, int] = {}
        visible: dict[Place, int] = {}
        for row in table["standing"]:
            asset, place = stolen[row["theft"]], (row["chain"], row["address"])
            worth = int(row["origin_amount"]) * dollars[asset] // 10 ** decimals[asset]
            places[place] = places.get(place, 0) + worth
            if row["kind"] == "exchange":
                exchanges[place] = exchanges.get(place, 0) + worth
                visible[place] = visible.get(place, 0) + (0 if row["hidden"] else worth)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"it is no truth of a simulated world: {error!r}", where=str(path)) from error
    return Truth(places, exchanges, visible, dollars)


def compared(
    claimed: dict[Place, int], true: dict[Place, int], doubted: Collection[Place] = frozenset()
) -> dict[str, Any]:
    """Value and addresses: precision, recall, F1, and the sums right, claimed and true (value as micro-dollar text).

    Value is right as far as a place truly holds as much as is claimed of it. An address counts from one dollar on, and
    in ``material`` from a hundred. What is `doubted`, said to be rather not the theft's than its, is not named.
    """
    right = sum(min(worth, true.get(place, 0)) for place, worth in claimed.items())
    total, whole = sum(claimed.values()), sum(true.values())

    def addresses(least: int) -> dict[str, Any]:
        named, known = ({p for p, worth in places.items() if worth >= least} for places in (claimed, true))
        named -= set(doubted)
        return _rates(len(named & known), len(named), len(known)) | {"claimed": len(named), "true": len(known)}

    return {
        "value": _rates(right, total, whole) | {"right": str(right), "claimed": str(total), "true": str(whole)},
        "addresses": addresses(MICRO),
        "material": addresses(MATERIAL),
    }


def scaled(claimed: dict[Place, int], total: int, stolen: int) -> dict[Place, int]:
    """Claims of a method that claims `total` in all, cut down in proportion where that is more than was stolen."""
    if total <= stolen:
        return claimed
    return {place: worth * stolen // total for place, worth in claimed.items()}


def _rates(right: int, claimed: int, true: int) -> dict[str, float | None]:
    """Precision, recall and F1; None where there is nothing to be a share of."""
    parts = {"precision": (right, claimed), "recall": (right, true), "f1": (2 * right, claimed + true)}
    return {name: round(part / whole, 4) if whole else None for name, (part, whole) in parts.items()}
