"""Facts of each protocol, read from ``facts.toml``: dates, fixed values and bounds, with their sources beside them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from clew.chains import bech32

_FACTS = Path(__file__).with_name("facts.toml")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one protocol."""

    since: int
    """Unix time of the first second in which it may have been used."""
    until: int | None
    """Unix time of the first second after its coordinator ended; None where it runs on."""
    sources: tuple[str, ...]
    start: int
    """Confidence, in thousandths, that the necessary conditions alone give."""
    blind: int
    """The most it may be where a condition could not be checked."""
    after: int
    """The most it may be after `until`."""
    bounds: Mapping[str, tuple[int, int]]
    """Least and most of each measure, both included."""
    values: Mapping[str, Any]
    """What only this protocol has: pools, fees, payload sizes."""
    coordinators: frozenset[bytes]
    """Scripts its coordinator is paid at."""


@cache
def facts_of(protocol: str) -> Facts:
    """The facts of a protocol by its name in ``facts.toml``."""
    table = tomllib.loads(_FACTS.read_text(encoding="utf-8"))[protocol]
    confidence = table["confidence"]
    until = table.get("until")
    return Facts(
        _midnight(table["from"]),
        None if until is None else _midnight(until + timedelta(days=1)),
        tuple(table["sources"]),
        confidence["start"],
        confidence["blind"],
        confidence["after"],
        {name: (least, most) for name, (least, most) in table["bounds"].items()},
        table,
        frozenset(map(_script, table.get("coordinators", ()))),
    )


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _script(address: str) -> bytes:
    """The output script of a witness-0 address."""
    _, _, program = bech32.decode(address)
    return bytes([0, len(program)]) + program
