"""Decoders of events, found rather than listed: every package of protocols that reads logs by facts in TOML files.

A package is covered as soon as its ``__init__`` has a public function ``decode_…`` that takes ``log`` or ``logs``; its
facts give the contracts and the signatures that its own code will not refuse at the door.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from Crypto.Hash import keccak
from tests.fuzz.inputs import Instructions

from clew.chains.logs import Log

PACKAGES = ("clew.protocols.bridges", "clew.protocols.swaps")
CHAINS = ("eip155:1", "eip155:56", "eip155:137", "eip155:42161", "tron:0x2b6653dc")
_SIGNATURE = re.compile(r'"(\w+)\(([^"]*)\)"')
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\b")


def decoders() -> Iterator[tuple[str, Callable[[bytes], None]]]:
    """Name and target of each decoder found."""
    for package in PACKAGES:
        if find_spec(package) is None:
            continue
        module = import_module(package)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            taken = inspect.signature(function).parameters
            if name.startswith("decode_") and {"log", "logs"} & set(taken):
                yield f"{package.removeprefix('clew.')}.{name}", _target(module, function, set(taken))


def _target(module: Any, function: Callable[..., Any], taken: set[str]) -> Callable[[bytes], None]:
    topics, contracts = facts_of(Path(str(module.__file__)).parent)

    def target(data: bytes) -> None:
        read = Instructions(data)
        chain = CHAINS[read.number(len(CHAINS))]
        logs = [_log(read, index, topics, contracts) for index in range(1 + read.number(3))]
        given: dict[str, Any] = {"chain": chain, "logs": logs, "log": logs[0]}
        function(**{name: given[name] for name in taken if name in given})

    return target


@cache
def facts_of(folder: Path) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """The first topics and the contracts that a folder's facts name."""
    topics, contracts = {bytes(32)}, {"0x" + "11" * 20}
    for path in sorted(folder.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        contracts |= {found.lower() for found in _ADDRESS.findall(text)}
        for name, inside in _SIGNATURE.findall(text):
            topics.add(keccak.new(data=f"{name}({_types(inside)})".encode(), digest_bits=256).digest())
    return tuple(sorted(topics)), tuple(sorted(contracts))


def _types(inside: str) -> str:
    """The types of a signature's fields, without ``indexed`` and names."""
    return ",".join(re.sub(r"\s+.*", "", part.strip()) for part in inside.split(","))


def _log(read: Instructions, index: int, topics: tuple[bytes, ...], contracts: tuple[str, ...]) -> Log:
    """An event of a known contract and signature, with words that are good, hostile or cut."""
    contract = contracts[read.number(len(contracts))]
    first, more = topics[read.number(len(topics))], [_word(read) for _ in range(read.number(4))]
    data = b"".join(_word(read) for _ in range(read.number(16)))
    cut = data[: len(data) - read.number(2) * read.number(40)]
    return Log(contract, (first, *more), cut, index, "0x" + "ab" * 32)


def _word(read: Instructions) -> bytes:
    choice = read.number(8)
    if choice == 0:
        return b"\xff" * 32
    if choice == 1:
        return read.number(2**16).to_bytes(32)
    if choice == 2:
        return (32 * read.number(20)).to_bytes(32)
    if choice == 3:
        return bytes(12) + bytes([read.number(256)]) * 20
    return (10 ** read.number(30)).to_bytes(32) if choice < 6 else bytes(32)
