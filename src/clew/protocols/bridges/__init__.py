"""Bridges by their own ids: one decoder for each family, its contracts and chains as data with their sources.

`decode_messages` reads all logs of one transaction. A departure and an arrival with the same `bridge` and `id` are one
crossing; what makes the id is in each family's file of `facts` (`registry.families`). To add a bridge, write its
file in `facts` and a module of the same name here with ``DECODERS``: event's name -> function of a `Reading`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import cast

from clew.chains.logs import Log
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Arrival, Departure, Message, Refusal
from clew.protocols.bridges.reading import Reading, movements
from clew.protocols.bridges.registry import Contract, Event, Family, families
from clew.protocols.refusal import Fault, RefusedError

__all__ = ["Arrival", "Departure", "Message", "Refusal", "bridge_contracts", "decode_messages"]

Decoder = Callable[[Reading], Message | None]

_REASONS = {Fault.TRUNCATED: "truncated", Fault.BAD_OFFSET: "truncated", Fault.NOT_TEXT: "bad-recipient"}
"""Reason of a fault of the encoding; any other is ``overflow``: a value wider than its type."""


@cache
def bridge_contracts() -> Mapping[tuple[str, str], str]:
    """(CAIP-2 chain, address in canonical form) -> name of the bridge whose contract stands there."""
    return {key: contracts[0].bridge for key, contracts in _contracts().items()}


def decode_messages(chain: str, logs: Sequence[Log]) -> list[Message]:
    """What bridges say in one transaction on a chain (CAIP-2 id), of all of whose logs; in the order of the logs.

    Never raises for what a log holds: what cannot be read, or is contradicted, is a Refusal.
    """
    ordered = sorted(logs, key=lambda log: log.index)
    moved = tuple(movements(chain, ordered))
    read: list[Reading] = []
    found: list[Message] = []
    for log in ordered:
        readings, refusal = _read(chain, log)
        read += [replace(reading, moved=moved) for reading in readings]
        found += [refusal] if refusal and not readings else []
    for reading in read:
        around = tuple(other for other in read if other.family is reading.family)
        message = _decode(replace(reading, around=around))
        if message is not None:
            found.append(message)
    return sorted(found, key=lambda message: message.log)


def _read(chain: str, log: Log) -> tuple[list[Reading], Refusal | None]:
    """The events that a log is; and, of a known contract's event that is of another form, why it is none."""
    readings, refusal = [], None
    for family, event, contract in _known(chain, log):
        try:
            readings.append(Reading(family, event, contract, chain, log, event.signature.read(log)))
        except RefusedError as error:
            if contract is not None:
                refusal = Refusal(contract.bridge, chain, log.tx, log.index, _reason(error), error.refused.detail)
    return readings, refusal


def _reason(error: RefusedError) -> str:
    return _REASONS.get(error.refused.fault, "overflow")


def _decode(reading: Reading) -> Message | None:
    def refused(reason: str, detail: str) -> Refusal:
        return Refusal(reading.bridge, reading.chain, reading.log.tx, reading.log.index, reason, detail)

    if reading.contract is None and reading.event.foreign == "refuse":
        return refused(
            "foreign-contract", f"{reading.log.contract} is no contract of {reading.family.title} that is known"
        )
    try:
        return _decoder(reading.family.name, reading.event.name)(reading)
    except UnreadableError as error:
        return refused(error.reason, error.detail)
    except RefusedError as error:
        return refused(_reason(error), error.refused.detail)


def _known(chain: str, log: Log) -> Iterator[tuple[Family, Event, Contract | None]]:
    """The events that a log may be: of its own contract if the registry has it, else each of its topic."""
    topic = log.topics[0] if log.topics else b""
    own = _contracts().get((chain, log.contract), ())
    for family, event in _events().get(topic, ()):
        contract = next((c for c in own if c.role in event.roles and c in family.contracts), None)
        if contract is not None or (event.foreign != "ignore" and not own):
            yield family, event, contract


@cache
def _contracts() -> Mapping[tuple[str, str], tuple[Contract, ...]]:
    found: dict[tuple[str, str], tuple[Contract, ...]] = {}
    for family in families().values():
        for contract in family.contracts:
            key = contract.chain, contract.address
            found[key] = (*found.get(key, ()), contract)
    return found


@cache
def _events() -> Mapping[bytes, tuple[tuple[Family, Event], ...]]:
    found: dict[bytes, tuple[tuple[Family, Event], ...]] = {}
    for family in families().values():
        for event in family.events:
            topic = event.signature.topic
            found[topic] = (*found.get(topic, ()), (family, event))
    return found


@cache
def _decoder(family: str, event: str) -> Decoder:
    decoders = cast("Mapping[str, Decoder]", import_module(f"clew.protocols.bridges.{family}").DECODERS)
    return decoders[event]
