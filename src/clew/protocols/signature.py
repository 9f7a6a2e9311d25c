"""Solidity's event signatures, and the fields of a log read by one: every width, offset and count is checked.

``Sent(uint64 indexed nonce, address to, (bytes32 id, bytes data) order)``: types as the contract's ABI has them (of
fixed arrays those of one elementary type: no event here has others), a name for each field, structs as tuples with
names of their own. The topic is the hash of the types alone.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from clew.chains.logs import Log
from clew.errors import InputError
from clew.protocols.abi import WORD, Tuple, keccak_256
from clew.protocols.refusal import Fault, RefusedError

_ELEMENTARY = re.compile(r"u?int(\d+)|bytes(\d+)|address|bool|bytes|string")
_FIXED = re.compile(r"(.*)\[([1-9]\d?)\]")
"""An array of a fixed number of elements, which stand in the head one after the other."""
_MOST_TOPICS = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of an event, or one member of a struct of it."""

    name: str
    type: str
    """Elementary type, or ``tuple``; ``[]`` after it where it is an array."""
    indexed: bool = False
    members: tuple["Field", ...] = ()

    @property
    def canonical(self) -> str:
        """The type as the topic's hash takes it."""
        if not self.members:
            return self.type
        return f"({','.join(member.canonical for member in self.members)}){self.type.removeprefix('tuple')}"

    @property
    def dynamic(self) -> bool:
        """Whether its head is an offset."""
        return self.type in ("bytes", "string") or self.type.endswith("[]") or any(m.dynamic for m in self.members)

    @property
    def words(self) -> int:
        """Words of its head."""
        if self.dynamic:
            return 1
        fixed = _FIXED.fullmatch(self.type)
        return int(fixed[2]) if fixed else sum(member.words for member in self.members) or 1

    @property
    def element(self) -> "Field":
        """What an array is of."""
        return Field(self.name, self.type.rpartition("[")[0], members=self.members)


@dataclass(frozen=True, slots=True)
class Signature:
    """An event's name and parameters."""

    name: str
    fields: tuple[Field, ...]

    @property
    def canonical(self) -> str:
        """As the topic's hash takes it."""
        return f"{self.name}({','.join(field.canonical for field in self.fields)})"

    @property
    def topic(self) -> bytes:
        """keccak-256 of the canonical signature."""
        return keccak_256(self.canonical.encode())

    def read(self, log: Log, *, skip: Collection[Field] = ()) -> dict[str, Any]:
        """The log's fields by name: int, bool, bytes (addresses are 20 bytes), str, list, or dict of a struct.

        RefusedError where topics or data are not of this form; what stands in fields to `skip` is not looked at. An
        indexed field of dynamic type is its hash.
        """
        indexed = [field for field in self.fields if field.indexed]
        if len(log.topics) != len(indexed) + 1 or any(len(topic) != WORD for topic in log.topics):
            raise RefusedError(Fault.TRUNCATED, f"{self.name} has {len(indexed) + 1} topics of 32 bytes each")
        values = {
            field.name: topic if field.dynamic or field.members or field.words > 1 else _elementary(field, topic)
            for field, topic in zip(indexed, log.topics[1:], strict=True)
        }
        return values | _members([field for field in self.fields if not field.indexed], Tuple(log.data), skip)


def parse_signature(text: str) -> Signature:
    """The signature in text; InputError where it is none."""
    found = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
    if found is None:
        raise InputError(f"no event signature: {text!r}", mend="write Name(type [indexed] name, ...)")
    fields = tuple(_parse_field(part, text) for part in _split(found[2]))
    names = [field.name for field in fields]
    if len(set(names)) < len(names) or sum(field.indexed for field in fields) >= _MOST_TOPICS:
        raise InputError(f"fields named twice, or more than three indexed: {text!r}")
    return Signature(found[1], fields)


def _split(text: str) -> list[str]:
    """The parts between the commas outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _parse_field(text: str, whole: str) -> Field:
    struct = re.fullmatch(r"\((.*)\)((?:\[\])?)((?: indexed)?) (\w+)", text, re.DOTALL)
    if struct is not None:
        members = tuple(_parse_field(part, whole) for part in _split(struct[1]))
        return Field(struct[4], f"tuple{struct[2]}", bool(struct[3]), members)
    plain = re.fullmatch(r"(\w+)((?:\[\d*\])?)((?: indexed)?) (\w+)", text)
    known = _ELEMENTARY.fullmatch(plain[1]) if plain else None
    if plain is None or known is None or (plain[2] not in ("", "[]") and not _fits_fixed(plain[1], plain[2])):
        raise InputError(f"no field of an event: {text!r} in {whole!r}")
    bits, size = (int(group or 8) for group in known.groups())
    if bits % 8 or not 0 < bits <= WORD * 8 or not 0 < size <= WORD:
        raise InputError(f"no type of Solidity: {plain[1]!r} in {whole!r}")
    return Field(plain[4], plain[1] + plain[2], bool(plain[3]))


def _fits_fixed(element: str, brackets: str) -> bool:
    return element not in ("bytes", "string") and _FIXED.fullmatch(brackets) is not None


def _members(fields: Sequence[Field], at: Tuple, skip: Collection[Field] = ()) -> dict[str, Any]:
    values, head = {}, 0
    for field in fields:
        if field not in skip:
            values[field.name] = _value(field, at, head)
        head += field.words
    return values


def _value(field: Field, at: Tuple, head: int) -> Any:
    if field.type.endswith("[]"):
        return [_value(field.element, *place) for place in _elements(field.element, at, head)]
    fixed = _FIXED.fullmatch(field.type)
    if fixed:
        return [_value(field.element, at, head + index) for index in range(int(fixed[2]))]
    if field.type == "bytes":
        return at.bytes(head)
    if field.type == "string":
        return at.text(head)
    if field.members:
        inner = at.tuple(head) if field.dynamic else Tuple(at.data, at.start + head * WORD)
        return _members(field.members, inner)
    return _elementary(field, at.uint(head).to_bytes(WORD))


def _elements(element: Field, at: Tuple, head: int) -> list[tuple[Tuple, int]]:
    """Where each element of an array has its head: the tuple it belongs to, and its place in it."""
    array = at.tuple(head)
    count, first = array.uint(0), array.start + WORD
    if count * element.words * WORD > len(at.data) - first:
        raise RefusedError(Fault.TRUNCATED, f"field {element.name} announces {count} entries, more than the data hold")
    return [(Tuple(at.data, first), index * element.words) for index in range(count)]


def _elementary(field: Field, word: bytes) -> int | bool | bytes:
    value = int.from_bytes(word)
    if field.type.startswith("uint"):
        return _fitting(field, value, int(field.type[4:]))
    if field.type.startswith("int"):
        return _signed(field, value, int(field.type[3:]))
    if field.type == "bool":
        return bool(_fitting(field, value, 1))
    if field.type == "address":
        return _fitting(field, value, 160).to_bytes(20)
    size = int(field.type[5:])
    if any(word[size:]):
        raise RefusedError(Fault.BAD_NUMBER, f"field {field.name} is wider than {field.type}")
    return word[:size]


def _signed(field: Field, value: int, bits: int) -> int:
    """Two's complement over the whole word: a narrower number is filled up with its sign."""
    number = value - (value >> 255 << 256)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise RefusedError(Fault.BAD_NUMBER, f"field {field.name} is wider than {field.type}")
    return number


def _fitting(field: Field, value: int, bits: int) -> int:
    if value >> bits:
        raise RefusedError(Fault.BAD_NUMBER, f"field {field.name} is wider than {field.type}")
    return value
