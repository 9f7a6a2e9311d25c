"""The numbers of the typologies as data: one TOML file, its version and its digest go into every alert."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.errors import InputError
from clew.tracing.uint128 import pack
from clew.typologies import Typology
from clew.typologies.kernel import WIDE_BITS, Limits

DEFAULT = Path(__file__).with_name("default.toml")
"""The rules that ship with Clew."""

_NUMBERS: Mapping[Typology, Mapping[str, tuple[int, int]]] = {
    Typology.FAN_OUT: {"counterparties": (2, 48), "window": (1, 2**31)},
    Typology.FAN_IN: {"counterparties": (2, 48), "window": (1, 2**31)},
    Typology.PASS_THROUGH: {"window": (1, 2**31), "kept": (0, 499)},
    Typology.STRUCTURING: {"repeats": (2, 255), "window": (1, 2**31), "below": (1, 999)},
    Typology.PEEL_CHAIN: {
        "splits": (2, 100),
        "window": (1, 2**31),
        "part_least": (1, 499),
        "part_most": (1, 499),
        "rest_least": (500, 1000),
    },
}
"""Typology -> key -> least and most."""
_WORDS = {Typology.STRUCTURING: ("jurisdiction", "source")}


@dataclass(frozen=True, slots=True)
class AssetRule:
    """What the rules say of one asset, in base units."""

    threshold: int = 0
    """0: none, so no structuring."""
    least: int = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """A rules file, checked."""

    version: str
    """The file's own version and the start of its SHA-256: ``1 3f2a9c0d41b7``."""
    numbers: Mapping[Typology, Mapping[str, int]]
    jurisdiction: str
    source: str
    """Where the threshold is from."""
    assets: Mapping[str, AssetRule]
    """By CAIP-19 id."""

    def limits(self, asset: str, *, width: int = 64) -> Limits:
        """What the kernel needs for an asset, `width` bits an amount; InputError where an amount does not fit."""
        fan_out, fan_in, passing, band, peel = (self.numbers[each] for each in Typology)
        rule = self.assets.get(asset, AssetRule())
        above = -(-rule.threshold * (1000 - band["below"]) // 1000)
        amounts = [rule.least, above, rule.threshold]
        if max(amounts) >= 1 << (64 if width == 64 else WIDE_BITS):
            raise InputError("a least amount or threshold is out of range", where=asset, mend="give base units")
        return Limits(
            pack(amounts, width=width),
            fan_out["counterparties"],
            fan_out["window"],
            fan_in["counterparties"],
            fan_in["window"],
            passing["window"],
            passing["kept"],
            band["repeats"],
            band["window"],
            peel["splits"],
            max(passing["window"], peel["window"]),
            peel["part_least"],
            peel["part_most"],
            peel["rest_least"],
        )


def read_rules(path: Path = DEFAULT) -> Rules:
    """The rules of a file; InputError says what is wrong with it."""
    try:
        body = path.read_bytes()
        table = tomllib.loads(body.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"it cannot be read as TOML: {error}", where=str(path)) from error
    _known(table, {"version", "asset", *Typology}, str(path))
    numbers = {each: _numbers(table, each, f"{path}: {each}") for each in Typology}
    peel = numbers[Typology.PEEL_CHAIN]
    if peel["part_least"] > peel["part_most"]:
        raise InputError("part_least is more than part_most", where=f"{path}: {Typology.PEEL_CHAIN}")
    words = {name: str(table[Typology.STRUCTURING].get(name, "")) for name in _WORDS[Typology.STRUCTURING]}
    if not words["source"]:
        raise InputError("the threshold has no source", where=f"{path}: structuring", mend='write source = "..."')
    rows = table.get("asset", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError("asset is no list of tables", where=str(path), mend="write [[asset]]")
    assets = dict(_asset(row, f"{path}: asset[{number}]") for number, row in enumerate(rows, 1))
    version = f"{table.get('version', '')} {hashlib.sha256(body).hexdigest()[:12]}".strip()
    return Rules(version, numbers, **words, assets=assets)


def _known(table: Mapping[str, Any], names: set[str], where: str) -> None:
    unknown = sorted(table.keys() - names)
    if unknown:
        raise InputError(f"unknown key {unknown[0]!r}", where=where, mend="see docs/typologies.md")


def _numbers(table: Mapping[str, Any], typology: Typology, where: str) -> dict[str, int]:
    rows = table.get(typology)
    if not isinstance(rows, dict):
        raise InputError("the table is missing", where=where, mend=f"write [{typology}]")
    _known(rows, {*_NUMBERS[typology], *_WORDS.get(typology, ())}, where)
    return {name: _number(rows, name, bounds, where) for name, bounds in _NUMBERS[typology].items()}


def _number(row: Mapping[str, Any], name: str, bounds: tuple[int, int], where: str) -> int:
    value = row.get(name)
    least, most = bounds
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(f"{name} is {value!r}", where=where, mend=f"write a whole number from {least} to {most}")
    return value


def _asset(row: Mapping[str, Any], where: str) -> tuple[str, AssetRule]:
    _known(row, {"id", "threshold", "least"}, where)
    if not isinstance(row.get("id"), str) or not row["id"]:
        raise InputError("the asset has no id", where=where, mend="write its CAIP-19 id")
    filled = {"threshold": 0, "least": 1, **row}
    bounds = {"threshold": (0, 2**WIDE_BITS - 1), "least": (1, 2**WIDE_BITS - 1)}
    return row["id"], AssetRule(**{name: _number(filled, name, bounds[name], where) for name in bounds})
