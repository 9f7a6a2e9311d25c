"""The facts of `facts/`: per family its events, its bridges' contracts, and its own numbers of chains.

One TOML file a family, each fact with its public source and the file with the day it was read. Topics are not
written down: they are computed from the signatures.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from clew.chains import CHAINS, parse_address
from clew.errors import InputError
from clew.protocols.signature import Signature, parse_signature

_FACTS = Path(__file__).with_name("facts")
_COIN = "native"
_CHAIN = re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}")

Foreign = Literal["refuse", "verify", "ignore"]
"""What an event of a contract that is not in the registry is: refused; verified by a rule of its decoder; or, where
other protocols have events of the same topic, no event of the bridge."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of a bridge on one chain."""

    bridge: str
    role: str
    """What it is in its family; the events say of which roles they come."""
    chain: str
    address: str
    source: str
    token: str = ""
    """Contract of the token it takes in or pays out, where its events do not name one; ``native`` for the coin."""

    @property
    def native(self) -> bool:
        """Whether it takes in or pays out the chain's coin."""
        return self.token == _COIN


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a family's decoder reads."""

    name: str
    """What its decoder calls it."""
    roles: tuple[str, ...]
    signature: Signature
    source: str
    foreign: Foreign = "refuse"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A bridge's own numbers of chains."""

    name: str
    chains: Mapping[int, str]
    """Number -> CAIP-2 id; ``eip155`` lists those that are EIP-155's own."""
    source: str

    def chain(self, number: int) -> str:
        """CAIP-2 id of a number, or the number as text where it is not known."""
        return self.chains.get(number, str(number))

    def number(self, chain: str) -> int | None:
        """The number of a chain; None where the bridge has none for it."""
        return next((number for number, known in self.chains.items() if known == chain), None)


@dataclass(frozen=True, slots=True)
class Names:
    """A bridge's own names of chains."""

    chains: Mapping[str, str]
    """Name -> CAIP-2 id."""
    source: str

    def chain(self, name: str) -> str:
        """CAIP-2 id of a name, or the name itself where it is not known."""
        return self.chains.get(name, name)


@dataclass(frozen=True, slots=True)
class Family:
    """Bridges whose events have one form."""

    name: str
    title: str
    id: str
    """What makes the id of a departure that of its arrival, in words."""
    untold: str
    """What its events do not tell."""
    read: date
    """The day its sources were read."""
    events: tuple[Event, ...]
    contracts: tuple[Contract, ...]
    numbers: Mapping[str, Numbers]
    names: Names | None = None
    """Where its events name chains by text."""


@cache
def families() -> Mapping[str, Family]:
    """Every family by its name, which is that of its file and of its decoder."""
    return {
        path.stem: read_family(path.stem, path.read_text(encoding="utf-8")) for path in sorted(_FACTS.glob("*.toml"))
    }


def read_family(name: str, text: str) -> Family:
    """A family from the text of its file; InputError says which entry is wrong and how."""
    where = f"facts/{name}.toml"
    try:
        table = tomllib.loads(text)
        numbers = {each["name"]: _numbers(each, where) for each in table.get("numbers", [])}
        events = tuple(_event(each, where) for each in table["event"])
        contracts = tuple(contract for each in table["contracts"] for contract in _contracts(each, where))
        names = _names(table["names"], where) if "names" in table else None
        family = Family(
            name, table["title"], table["id"], table["untold"], table["read"], events, contracts, numbers, names
        )
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", where=where) from error
    except KeyError as error:
        raise InputError(f"{error} is missing", where=where, mend="see another file of the folder") from error
    _check(family, where)
    return family


def _check(family: Family, where: str) -> None:
    roles = {contract.role for contract in family.contracts}
    for event in family.events:
        if event.foreign == "refuse" and not roles >= set(event.roles):
            raise InputError(f"{event.name}: no contract has a role of {event.roles}", where=where)
    _unique([event.name for event in family.events], "event", where)
    _unique([(c.chain, c.address, c.role) for c in family.contracts], "contract", where)


def _unique(keys: Iterable[object], what: str, where: str) -> None:
    seen: set[object] = set()
    for key in keys:
        if key in seen:
            raise InputError(f"{what} {key} stands twice", where=where)
        seen.add(key)


def _source(table: Mapping[str, Any], where: str) -> str:
    source = str(table["source"])
    if not source.startswith("https://"):
        raise InputError(f"a source has to be a public address, not {source!r}", where=where)
    return source


def _event(table: Mapping[str, Any], where: str) -> Event:
    foreign = table.get("foreign", "refuse")
    if foreign not in ("refuse", "verify", "ignore"):
        raise InputError(f"foreign has to be refuse, verify or ignore, not {foreign!r}", where=where)
    signature = parse_signature(table["signature"])
    return Event(table["name"], tuple(table["of"]), signature, _source(table, where), foreign)


def _contracts(table: Mapping[str, Any], where: str) -> list[Contract]:
    source = _source(table, where)
    return [
        Contract(table["bridge"], table["role"], _chain(chain, where), _address(chain, address, where), source, token)
        for chain, given in table["at"].items()
        for address, token in _placed(given)
    ]


def _placed(given: str | list[str] | Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Addresses with their tokens: one, several, or a table token -> address."""
    if isinstance(given, Mapping):
        return [(address, token) for token, address in given.items()]
    return [(address, "") for address in ([given] if isinstance(given, str) else given)]


def _numbers(table: Mapping[str, Any], where: str) -> Numbers:
    named = {int(number): _chain(chain, where) for number, chain in table.get("chains", {}).items()}
    plain = table.get("eip155", [])
    _unique([*named, *plain], f"number of {table['name']}", where)
    chains = named | {number: f"eip155:{number}" for number in plain}
    _unique(chains.values(), f"chain of {table['name']}", where)
    return Numbers(table["name"], chains, _source(table, where))


def _names(table: Mapping[str, Any], where: str) -> Names:
    return Names({name: _chain(chain, where) for name, chain in table["chains"].items()}, _source(table, where))


def _chain(text: str, where: str) -> str:
    if _CHAIN.fullmatch(text) is None:
        raise InputError(f"{text!r} is no CAIP-2 id", where=where)
    return text


def _address(chain: str, text: str, where: str) -> str:
    """The canonical form, which a fact has to be written in."""
    known = next((c for c in CHAINS if c.id == chain), None)
    canonical = parse_address(text, known, where=where).value if known else text.lower()
    if canonical != text:
        raise InputError(f"{text!r} is not in its chain's canonical form {canonical!r}", where=where)
    return text
