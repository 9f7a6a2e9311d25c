"""From a fuzzer's bytes to an input that a decoder meets half-way: a good one, with some places made hostile.

Bytes alone hardly ever make JSON of the right form, so they are read as instructions: which good input, which places,
what to put there. The same bytes give the same input, whoever runs them.
"""

import copy
from collections.abc import Sequence
from typing import Any

import orjson

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63 - 1,
    1.5e300,
    "",
    "0x",
    "0",
    "-1",
    "1e400",
    "0x" + "f" * 64,
    "0x" + "f" * 65,
    "9" * 78,
    "9" * 79,
    str(2**256),
    "0x" + "0" * 40,
    "0x" + "00" * 32,
    "T" * 34,
    "\u202e\ud7ff",
    "=:x:y:z",
    [],
    {},
    [[]],
    [None],
    {"result": None},
    {"result": {}},
)
"""What a source that lies, or fails, puts in the place of a value."""


class Instructions:
    """Reads bytes as numbers; zeros, once they are at an end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, below: int) -> int:
        """A number of 0 to `below` - 1."""
        taken = self._data[self._at : self._at + 2]
        self._at += 2
        return int.from_bytes(taken) % below if below else 0

    def rest(self) -> bytes:
        """What was not read yet."""
        return self._data[self._at :]


def made_json(data: bytes, seeds: Sequence[Any]) -> bytes:
    """JSON: one of the good values with up to four places changed; or, of some bytes, the bytes themselves."""
    read = Instructions(data)
    choice = read.number(len(seeds) + 1)
    if choice == len(seeds):
        return read.rest()
    value = copy.deepcopy(seeds[choice])
    for _ in range(1 + read.number(4)):
        value = _changed(value, read)
    return orjson.dumps(value)


def _changed(value: Any, read: Instructions) -> Any:
    """The value with one place changed, found by going down at random."""
    if isinstance(value, dict | list) and value and read.number(8):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[read.number(len(keys))]
        what = read.number(16)
        if what == 0:
            del value[key]
        elif what == 1 and isinstance(value, list):
            value.append(copy.deepcopy(value[key]))
        else:
            value[key] = _changed(value[key], read)
        return value
    if isinstance(value, str) and value and read.number(2):
        at = read.number(len(value))
        return value[:at] + "0fgx-"[read.number(5)] * read.number(3) + value[at + read.number(3) :]
    return copy.deepcopy(HOSTILE[read.number(len(HOSTILE))])


def made_bytes(data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Bytes: a good value, cut, with words overwritten; or the bytes themselves."""
    read = Instructions(data)
    choice = read.number(len(seeds) + 1)
    if choice == len(seeds):
        return read.rest()
    value = bytearray(seeds[choice])
    for _ in range(read.number(4)):
        at = read.number(len(value) + 1)
        word = (b"\xff" * 32, b"\0" * 32, bytes(31) + b"\x20", b"\x01", read.rest()[:8])[read.number(5)]
        value[at : at + len(word)] = word
    return bytes(value[: len(value) - read.number(2) * read.number(len(value) + 1)])
