"""Presets: what a world is like and how its loot is laundered, as TOML (docs/simulation.md).

A laundering scheme is a set of pools of piles (a wallet's coins of one asset, or one Bitcoin output) and of steps. A
pile that enters a pool is taken by one of the steps that draw from it, in proportion to their shares, after a delay;
the step's verb moves the coins and puts what came of them into further pools. A pile no step takes stays where it is.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from clew.errors import InputError

FOLDER = Path(__file__).with_name("presets")


@dataclass(frozen=True, slots=True)
class Economy:
    """Everybody but the thief; numbers of people and events are for a scale of 1."""

    days: int = 60
    users: int = 150
    events: int = 4_000
    """Acts of ordinary people, spread over the whole time."""
    busiest: int = 200
    """How many times as active as the least active the most active may be (power law)."""
    exchanges: int = 4
    brokers: int = 6
    labelled_brokers: int = 600
    """Thousandths of the brokers whose wallets tags name."""
    coinjoins: int = 8
    """Rounds."""
    round_least: int = 14
    round_most: int = 26
    """Coins that take part in a round."""
    notes: int = 500
    """Notes that ordinary people put into the mixer."""
    orders: int = 0
    """Orders that ordinary people place at the exchanger without records."""
    reuse: int = 80
    """Thousandths of the ordinary notes that are paid out to the address that put them in."""
    relayed: int = 850
    """Thousandths of the mixer's payouts that a relayer sends."""
    sweep_hours: int = 30
    """Longest time that a deposit waits to be swept."""


@dataclass(frozen=True, slots=True)
class Loot:
    """What is stolen."""

    asset: str
    """``ETH``, ``USDT`` (both on Ethereum) or ``BTC``."""
    units: int
    """Whole units; spread over the victims."""
    day: int = 10
    victims: int = 1
    """1: a service's wallet; more: as many ordinary people, each a theft of its own."""
    spread_days: int = 0
    """Days over which the victims are robbed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scheme; what its numbers mean is its verb's affair (docs/simulation.md)."""

    verb: str
    source: str
    """The pool it draws from."""
    to: str = ""
    """Pool of what it made."""
    rest: str = ""
    """Pool of what it left over."""
    share: int = 1000
    """Thousandths of the pool's piles that it takes."""
    after_hours: int = 1
    over_hours: int = 24
    """A pile waits from `after_hours` to `after_hours + over_hours`, uniform."""
    parts: int = 2
    """How many parcels, wallets, rounds or piles; by the verb."""
    size: int = 0
    """Whole units of one parcel; 0: equal parts."""
    least: int = 100
    most: int = 300
    """Thousandths of the pile that are peeled off at each turn."""


@dataclass(frozen=True, slots=True)
class Thief:
    """The thief's habits."""

    dust: int = 100
    poison: int = 50
    """Thousandths of his new Ethereum wallets that strangers send dust to, or show look-alikes of their partner."""
    own: int = 300
    """Thousandths of his new wallets that have clean coins of his own beforehand, for fees."""
    mules: int = 3
    """Accounts at each exchange, each with one deposit address on each chain and clean payments of others."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A whole world."""

    name: str
    title: str
    loot: tuple[Loot, ...]
    steps: tuple[Step, ...]
    economy: Economy = field(default_factory=Economy)
    thief: Thief = field(default_factory=Thief)


def presets() -> dict[str, Path]:
    """The presets that ship, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def read_preset(wanted: str) -> Preset:
    """A preset that ships, by its name, or a TOML file; InputError says what is wrong with it."""
    path = presets().get(wanted, Path(wanted))
    if wanted not in presets() and not path.is_file():
        raise InputError(f"no preset {wanted!r}", where="--preset", mend=f"known: {', '.join(presets())}; or a file")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"it cannot be read as TOML: {error}", where=str(path)) from error
    unknown = table.keys() - {"title", "economy", "thief", "loot", "step"}
    if unknown:
        raise InputError(f"unknown key {sorted(unknown)[0]!r}", where=str(path), mend="see docs/simulation.md")
    loot = tuple(_made(Loot, row, f"{path}: loot[{n}]") for n, row in enumerate(_rows(table, "loot", path), 1))
    steps = tuple(_made(Step, row, f"{path}: step[{n}]") for n, row in enumerate(_rows(table, "step", path), 1))
    if not loot:
        raise InputError("nothing is stolen", where=str(path), mend="add [[loot]]")
    economy = _made(Economy, table.get("economy", {}), f"{path}: economy")
    thief = _made(Thief, table.get("thief", {}), f"{path}: thief")
    return Preset(path.stem, str(table.get("title", path.stem)), loot, steps, economy, thief)


def _rows(table: Mapping[str, Any], name: str, path: Path) -> list[Any]:
    rows = table.get(name, [])
    if not isinstance(rows, list):
        raise InputError(f"{name} is no list of tables", where=str(path), mend=f"write [[{name}]]")
    return rows


def _made(kind: Any, row: Any, where: str) -> Any:
    """A dataclass from a TOML table whose values have the types of its fields."""
    if not isinstance(row, dict):
        raise InputError("a table is expected", where=where)
    known = {each.name: each for each in fields(kind)}
    for name, value in row.items():
        if name not in known:
            raise InputError(f"unknown key {name!r}", where=where, mend=f"known: {', '.join(known)}")
        text = known[name].type in (str, "str")
        good = isinstance(value, str) if text else isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not good:
            mend = "write text" if text else "write a whole number"
            raise InputError(f"{name} is {value!r}", where=where, mend=mend)
    missing = [name for name in ("asset", "units", "verb", "source") if name in known and name not in row]
    if missing:
        raise InputError(f"{missing[0]} is missing", where=where)
    return kind(**row)
