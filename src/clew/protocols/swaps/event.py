"""Events by their Solidity signature: the facts of a family's TOML file, and the fields of a log read by them.

A signature is written with the names of its fields, as its source has it; the topic that marks the event is computed
from it. What is of varying length is not read, but for ``bytes``.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from clew.chains.logs import Log
from clew.protocols.abi import WORD, Tuple, keccak_256
from clew.protocols.refusal import Fault, RefusedError

_FIXED = re.compile(r"([a-z]+[0-9]*)\[([0-9]+)\]")
Value = int | str | bytes
"""An integer or truth value; an address, in lower case; bytes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One word of an event: a topic, or a word of the head of its data."""

    name: str
    type: str
    """``uint256``, ``int128``, ``address``, ``bytes32``, ``bool``, ``bytes``; ``...`` for what is not read."""
    indexed: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a protocol, and how it tells a trade."""

    protocol: str
    forks: tuple[str, ...]
    """Protocols that write the same event."""
    signature: str
    """Name and types, as the topic is computed from."""
    topic: bytes
    fields: tuple[Field, ...]
    rule: str
    """The reader that gives it its meaning."""
    names: Mapping[str, str]
    """Which field says what, for the readers that need it."""
    contracts: Mapping[str, list[str]]
    """By CAIP-2 chain, or ``*`` for all: the contracts that write it; empty where anybody may deploy one."""
    source: str

    def written_by(self, contract: str, chain: str) -> bool:
        """Whether a contract may be the protocol's own; any may where none is known."""
        known = self.contracts.get(chain, self.contracts.get("*", []))
        return contract in known or not self.contracts

    def read(self, log: Log) -> dict[str, Value]:
        """The fields of a log by name; RefusedError where it is not of this form."""
        indexed = [field for field in self.fields if field.indexed]
        if len(log.topics) != 1 + len(indexed):
            raise RefusedError(Fault.TRUNCATED, f"{len(log.topics)} topics, {1 + len(indexed)} are its form")
        head = [field for field in self.fields if not field.indexed]
        fixed = all(field.type not in ("bytes", "...") for field in head)
        if len(log.data) < len(head) * WORD or (fixed and len(log.data) != len(head) * WORD):
            raise RefusedError(Fault.TRUNCATED, f"{len(log.data)} bytes of data, {len(head) * WORD} are its form")
        values = {f.name: _word(f.type, Tuple(topic)) for f, topic in zip(indexed, log.topics[1:], strict=True)}
        data = Tuple(log.data)
        for place, field in enumerate(head):
            if field.type == "bytes":
                values[field.name] = data.bytes(place)
            elif field.type != "...":
                values[field.name] = _word(field.type, data, place)
        return values


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
    name, _, rest = str(entry["signature"]).partition("(")
    types: list[str] = []
    fields: list[Field] = []
    for part in _split(rest.removesuffix(")")):
        kind, found = _field(part)
        types.append(kind)
        fields += found
    signature = f"{name}({','.join(types)})"
    return Event(
        entry["protocol"],
        tuple(entry.get("forks", ())),
        signature,
        keccak_256(signature.encode()),
        tuple(fields),
        entry["rule"],
        entry.get("names", {}),
        entry.get("contracts", {}),
        entry["source"],
    )


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand in no brackets."""
    depth, start = 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _field(part: str) -> tuple[str, list[Field]]:
    """The type of a parameter as the topic is computed from, and its words."""
    if part.startswith("("):
        inner, _, name = part[1:].rpartition(")")
        members = [_field(member) for member in _split(inner)]
        kind = f"({','.join(kind for kind, _ in members)})"
        words = [Field(f"{name.strip()}.{f.name}", f.type, indexed=False) for _, found in members for f in found]
        if any(word.type in ("bytes", "...") for word in words):
            words = [Field(name.strip(), "...", indexed=False)]
        return kind, words
    kind, *marks, name = part.split()
    indexed = marks == ["indexed"]
    fixed = _FIXED.fullmatch(kind)
    if fixed is not None:
        return kind, [Field(f"{name}.{i}", fixed[1], indexed) for i in range(int(fixed[2]))]
    return kind, [Field(name, "..." if kind.endswith("[]") or kind == "string" else kind, indexed)]


def _word(kind: str, words: Tuple, place: int = 0) -> Value:
    if kind == "address":
        return words.address(place)
    value = words.uint(place)
    if kind.startswith("bytes"):
        return value.to_bytes(WORD)
    bits = 1 if kind == "bool" else int(kind.removeprefix("u").removeprefix("int"))
    if kind.startswith("int"):
        value -= (value >> 255) << 256
        fits = -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    else:
        fits = value < 1 << bits
    if not fits:
        raise RefusedError(Fault.BAD_NUMBER, f"word {place} does not fit {kind}")
    return value
