"""What single words mean in names: titles, particles, legal forms, numbers, nicknames. Data with sources."""

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("lexicon")


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def words(group: str) -> frozenset[str]:
    """The words of one group of ``lexicon/words.toml``: titles, particles, stopwords, generic or common."""
    return frozenset(_words()[group].split())


@cache
def numbers() -> Mapping[str, str]:
    """Word for a number -> its digits."""
    return {word: digits for digits, spelled in _words()["numbers"].items() for word in spelled.split()}


@cache
def variants() -> Mapping[str, str]:
    """Another spelling of an organisation's word -> the one that is compared."""
    return {word: standard for standard, spelled in _words()["variants"].items() for word in spelled.split()}


@cache
def legal_forms() -> Mapping[tuple[str, ...], str]:
    """Words of a legal form -> its class."""
    table = tomllib.loads((_FOLDER / "legal_forms.toml").read_text(encoding="utf-8"))
    return {tuple(form.split()): name for name, entry in table.items() for form in entry["forms"]}


@cache
def longest_form() -> int:
    """Words in the longest legal form."""
    return max(map(len, legal_forms()))


@cache
def _nicknames() -> Mapping[str, frozenset[str]]:
    """Name -> the short forms in use for it (the table of the package ``nicknames``, Apache-2.0)."""
    found: dict[str, set[str]] = {}
    with (files("nicknames") / "names.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["name1"].lower(), set()).add(row["name2"].lower())
    return {name: frozenset(short) for name, short in found.items()}


def is_nickname(one: str, other: str) -> bool:
    """Whether one is a usual short form of the other."""
    table = _nicknames()
    return other in table.get(one, ()) or one in table.get(other, ())
