"""The facts of `facts.toml`: networks with their asset abbreviations, chain codes, routers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from clew.chains import Chain, find_chain


@dataclass(frozen=True, slots=True)
class Protocol:
    """One of the sister networks and what its memos abbreviate."""

    name: str
    chain: str
    """Its own chain code, which an asset without a chain belongs to."""
    short: Mapping[str, str]
    """Abbreviation, case sensitive -> asset."""


@dataclass(frozen=True, slots=True)
class Router:
    """A contract through which an EVM chain's deposits and payouts go."""

    network: str
    chain: str
    """CAIP-2 id."""
    address: str
    version: str
    source: str


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))


def _protocol(name: str) -> Protocol:
    table = _facts()[name]
    return Protocol(name, table["chain"], table["short"])


THORCHAIN = _protocol("thorchain")
MAYA = _protocol("maya")


@cache
def chain_codes() -> dict[str, tuple[Chain, str]]:
    """The networks' chain code -> the chain Clew reads, and the ticker of its gas asset."""
    return {code: (find_chain(name), ticker) for code, (name, ticker) in _facts()["chains"].items()}


@cache
def bech32_prefixes() -> frozenset[str]:
    """Human-readable parts of the addresses a memo may name."""
    return frozenset(_facts()["addresses"]["bech32"])


@cache
def routers() -> dict[tuple[str, str], Router]:
    """(CAIP-2 chain, address) -> the known router there."""
    found = {}
    for entry in _facts()["router"]:
        router = Router(**entry | {"chain": find_chain(entry["chain"]).id})
        found[router.chain, router.address] = router
    return found
