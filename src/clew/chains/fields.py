"""Typed reading of a JSON reply's fields: what is not as its format says is a SourceError that names the field."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from clew.amounts import MAX_AMOUNT
from clew.errors import SourceError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,80}")
_DECIMAL = re.compile(r"[0-9]{1,90}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def read_json(body: bytes, where: str) -> object:
    """The JSON value of a reply's body."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"the reply is not JSON: {error}", where=where) from error
    return value


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of an EVM node's or explorer's reply; `where` names it in errors."""

    table: dict[str, object]
    where: str

    @classmethod
    def of(cls, value: object, where: str) -> "Fields":
        """The fields of a JSON value that must be an object."""
        if not isinstance(value, dict):
            raise SourceError(f"an object is expected, not {_shown(value)}", where=where)
        return cls(value, where)

    def __contains__(self, name: str) -> bool:
        """Whether the field is there with a value: neither null nor empty text."""
        return self.table.get(name) not in (None, "")

    def fault(self, name: str, wanted: str) -> SourceError:
        """The error of a field that is not what it has to be."""
        found = _shown(self.table[name]) if name in self.table else "nothing"
        return SourceError(f"field {name!r} has to be {wanted}, not {found}", where=self.where)

    def text(self, name: str) -> str:
        """A text, which may be empty."""
        value = self.table.get(name)
        if not isinstance(value, str):
            raise self.fault(name, "text")
        return value

    def child(self, name: str) -> "Fields":
        """An object."""
        return Fields.of(self.table.get(name), f"{self.where}, {name}")

    def items(self, name: str) -> list[object]:
        """A list."""
        value = self.table.get(name)
        if not isinstance(value, list):
            raise self.fault(name, "a list")
        return value

    def children(self, name: str) -> Iterator["Fields"]:
        """A list of objects."""
        for index, value in enumerate(self.items(name)):
            yield Fields.of(value, f"{self.where}, {name} {index}")

    def quantity(self, name: str, default: int | None = None, most: int = MAX_AMOUNT) -> int:
        """A JSON-RPC quantity (``0x`` and hex digits) of at most `most`; `default` where the field is absent."""
        if default is not None and name not in self:
            return default
        value = self.table.get(name)
        if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None or int(value, 16) > most:
            raise self.fault(name, "a quantity in hex" + (" of at most 256 bits" if most == MAX_AMOUNT else ""))
        return int(value, 16)

    def decimal(self, name: str, default: int | None = None, most: int = MAX_AMOUNT) -> int:
        """An integer as decimal text, of at most `most`; `default` where the field is absent."""
        if default is not None and name not in self:
            return default
        value = self.table.get(name)
        if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None or int(value) > most:
            raise self.fault(
                name, "an integer as decimal text" + (" of at most 256 bits" if most == MAX_AMOUNT else "")
            )
        return int(value)

    def address(self, name: str) -> str:
        """An EVM address, in lower case."""
        return self._hex(name, _ADDRESS, "an address of 20 bytes")

    def hash(self, name: str) -> str:
        """A hash of 32 bytes, in lower case."""
        return self._hex(name, _HASH, "a hash of 32 bytes")

    def data(self, name: str) -> str:
        """Bytes as hex, in lower case; ``0x`` where there are none."""
        return self._hex(name, _DATA, "bytes in hex")

    def _hex(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self.table.get(name)
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise self.fault(name, wanted)
        return value.lower()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
