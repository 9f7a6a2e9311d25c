"""Issuers' controls: the events by which Tether and Circle freeze, release and destroy balances of their tokens. Pure.

Only an event of the token's own contract counts. Its address stands in a topic or, in Tether's first contract on
Ethereum, in the data; TRON writes it as 20 bytes too, and Clew in base58. Tether's first contracts (Ethereum, TRON)
destroy a balance without a Transfer event, its newer ones with one.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from clew.chains import Chain, find_chain, parse_address
from clew.chains.execution import token_id
from clew.chains.tokens import known_tokens, tokens_of
from clew.errors import InputError
from clew.protocols.abi import WORD, topic_of
from clew.protocols.refusal import Fault, Refused

_FACTS = Path(__file__).with_name("issuers.toml")


class Action(StrEnum):
    """What an issuer does to a balance."""

    FREEZE = "freeze"
    RELEASE = "release"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class Control:
    """One act of an issuer upon one address."""

    action: Action
    issuer: str
    asset: str
    """CAIP-19 id of the token."""
    address: str
    amount: int | None = None
    """Base units destroyed; None for the other actions."""


@cache
def events() -> Mapping[str, tuple[str, Action]]:
    """Topic (64 hex digits: keccak-256 of the event's signature) -> issuer and action."""
    found = {}
    for issuer in tomllib.loads(_FACTS.read_text(encoding="utf-8"))["issuer"]:
        for action in Action:
            for signature in issuer[action]:
                found[topic_of(signature)] = issuer["name"], action
    return found


@cache
def forms(issuer: str) -> tuple[Mapping[Action, str], ...]:
    """The forms that an issuer's contracts have, oldest first: the signature of the event of each action."""
    facts = next(each for each in tomllib.loads(_FACTS.read_text(encoding="utf-8"))["issuer"] if each["name"] == issuer)
    return tuple(
        {action: facts[action][form] for action in Action if form < len(facts[action])}
        for form in range(len(facts[Action.FREEZE]))
    )


@cache
def controlled() -> Mapping[str, str]:
    """CAIP-19 id of each token whose issuer can freeze balances -> the issuer."""
    return {asset: name for name in sorted({n for n, _ in events().values()}) for asset in tokens_of(name)}


def decode_control(
    chain: Chain, contract: str, topics: Sequence[str], data: str, *, issued: Mapping[str, str] | None = None
) -> Control | Refused | None:
    """What an event says, by its contract, topics and data in hex (``0x`` or not); None where it is no such event.

    `issued`: tokens and their issuers, by default those Clew knows. Refused where an issuer's event is not of the form
    its contract gives it.
    """
    known = controlled() if issued is None else issued
    issuer, action = events().get(_digits(topics[0]) if topics else "", ("", Action.FREEZE))
    asset = _asset(chain, contract)
    if not issuer or known.get(asset) != issuer:
        return None
    try:
        words = bytes.fromhex("".join(map(_digits, (*topics[1:], data))))
    except ValueError:
        return Refused(Fault.NOT_TEXT, "the event is not hex")
    wanted = 2 if action is Action.DESTROY else 1
    if len(words) != wanted * WORD:
        return Refused(Fault.TRUNCATED, f"the event has {len(words)} bytes, {wanted * WORD} are its form")
    if any(words[: WORD - 20]):
        return Refused(Fault.BAD_ADDRESS, "its first word is wider than an address")
    address = _address(chain, words[WORD - 20 : WORD].hex())
    amount = int.from_bytes(words[WORD:]) if action is Action.DESTROY else None
    return Control(action, issuer, asset, address, amount)


def standing(controls: Iterable[tuple[Control, str]]) -> dict[tuple[str, str], tuple[Control, str, int]]:
    """By asset and address: the act that holds it now, its transaction, and the base units destroyed since.

    `controls`: acts with their transactions, in the order of the chain. What was released again is left out.
    """
    held: dict[tuple[str, str], tuple[Control, str, int]] = {}
    for control, tx in controls:
        key = control.asset, control.address
        if control.action is Action.RELEASE:
            held.pop(key, None)
        elif control.action is Action.FREEZE:
            held.setdefault(key, (control, tx, 0))
        else:
            first, since, gone = held.get(key, (control, tx, 0))
            held[key] = first, since, gone + (control.amount or 0)
    return held


def ticker(asset: str) -> str:
    """The ticker of a controlled token."""
    token = known_tokens().get(asset)
    return token.symbol if token else asset.rpartition(":")[2]


def chains_of(contract: str) -> list[Chain]:
    """The chains on which a contract is an issuer's token; most are on one alone."""
    chains = {find_chain(asset.partition("/")[0]) for asset in controlled()}
    return sorted((c for c in chains if _asset(c, contract) in controlled()), key=lambda c: c.id)


def _asset(chain: Chain, contract: str) -> str:
    try:
        return token_id(chain, _address(chain, contract))
    except InputError:
        return ""


def _address(chain: Chain, text: str) -> str:
    """Canonical form of an address, also of 20 bytes in hex without prefix."""
    bare = len(text) == 40
    prefix = "41" if chain.family == "tron" else "0x"
    lower = text if text.startswith("T") else text.lower()
    return parse_address(prefix + lower if bare else lower, chain).value


def _digits(text: str) -> str:
    return text.lower().removeprefix("0x")
