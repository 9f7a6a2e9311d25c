"""Events of the families' TOML files: the facts of each, and the words of a log read by its signature.

What is of varying length is not read, but for ``bytes``; data longer than a form without such fields are refused.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from clew.chains.logs import Log
from clew.protocols.abi import WORD
from clew.protocols.refusal import Fault, RefusedError
from clew.protocols.signature import Field, Signature, parse_signature

Value = int | str | bytes
"""An integer or truth value; an address, in lower case; bytes."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a protocol, and how it tells a trade."""

    protocol: str
    forks: tuple[str, ...]
    """Protocols that write the same event."""
    form: Signature
    rule: str
    """The reader that gives it its meaning."""
    names: Mapping[str, str]
    """Which field says what, for the readers that need it."""
    contracts: Mapping[str, list[str]]
    """By CAIP-2 chain, or ``*`` for all: the contracts that write it; empty where anybody may deploy one."""
    source: str

    @property
    def signature(self) -> str:
        """Name and types, as the topic is computed from."""
        return self.form.canonical

    @property
    def topic(self) -> bytes:
        """The first topic."""
        return self.form.topic

    @property
    def fields(self) -> tuple[Field, ...]:
        """Its words: a struct's are ``order.kind``, an array's ``sums.0``."""
        return tuple(word for field in self.form.fields for word in _words(field))

    def written_by(self, contract: str, chain: str) -> bool:
        """Whether a contract may be the protocol's own; any may where none is known."""
        known = self.contracts.get(chain, self.contracts.get("*", []))
        return contract in known or not self.contracts

    def read(self, log: Log) -> dict[str, Value]:
        """The fields of a log by name; RefusedError where it is not of this form."""
        head = [field for field in self.form.fields if not field.indexed]
        size = sum(field.words for field in head) * WORD
        if len(log.data) < size or (len(log.data) > size and not any(field.dynamic for field in head)):
            raise RefusedError(Fault.TRUNCATED, f"{len(log.data)} bytes of data, {size} are its form")
        unread = [field for field in head if field.dynamic and field.type != "bytes"]
        values = self.form.read(log, skip=unread)
        read = (field for field in self.form.fields if field.name in values)
        return {name: value for field in read for name, value in _flat(field, field.name, values[field.name])}


def _words(field: Field, name: str = "") -> Iterator[Field]:
    """The words of a field, named by the way to them."""
    name = name or field.name
    if field.dynamic or not (field.members or field.type.endswith("]")):
        yield Field(name, field.type, field.indexed)
    elif field.type.endswith("]"):
        for place in range(field.words // field.element.words):
            yield from _words(field.element, f"{name}.{place}")
    else:
        for member in field.members:
            yield from _words(member, f"{name}.{member.name}")


def _flat(field: Field, name: str, value: Any) -> Iterator[tuple[str, Value]]:
    """The words of a value, under the names of `_words`."""
    if isinstance(value, list):
        for place, part in enumerate(value):
            yield from _flat(field.element, f"{name}.{place}", part)
    elif isinstance(value, dict):
        for member in field.members:
            yield from _flat(member, f"{name}.{member.name}", value[member.name])
    else:
        yield name, f"0x{value.hex()}" if field.type == "address" else value


def number(values: Mapping[str, Value], name: str) -> int:
    """An integer field."""
    return int(values[name])


def text(values: Mapping[str, Value], name: str) -> str:
    """An address, or bytes as hex."""
    value = values[name]
    return value.hex() if isinstance(value, bytes) else str(value)


@cache
def events() -> Mapping[bytes, Event]:
    """Every event of the families' files, by topic."""
    found: dict[bytes, Event] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["event"]:
            event = parse_event(entry)
            found[event.topic] = event
    return found


def parse_event(entry: Mapping[str, Any]) -> Event:
    """The event of an entry of a TOML file."""
    return Event(
        entry["protocol"],
        tuple(entry.get("forks", ())),
        parse_signature(entry["signature"]),
        entry["rule"],
        entry.get("names", {}),
        entry.get("contracts", {}),
        entry["source"],
    )
