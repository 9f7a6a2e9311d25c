"""An encoder of Solidity's events for the tests, written apart from the reader under test, and what vectors are."""

from dataclasses import dataclass, field
from typing import Any

from tests.solidity import topic

from clew.chains.logs import Log

TX = "0x" + "7a" * 32


def number(value: int) -> bytes:
    """A word."""
    return (value % 2**256).to_bytes(32, "big")


def address(text: str) -> bytes:
    """An address in a word."""
    return bytes(12) + bytes.fromhex(text[2:])


def padded(data: bytes) -> bytes:
    """Length and bytes, filled up to whole words."""
    return number(len(data)) + data + bytes(-len(data) % 32)


def word(kind: str, value: Any) -> bytes:
    """One value of an elementary type."""
    if kind == "address":
        return address(value)
    if kind.startswith("bytes"):
        return (bytes.fromhex(value[2:]) if isinstance(value, str) else value).ljust(32, b"\0")
    return number(int(value))


def parts(text: str) -> list[str]:
    """Types between the outer commas."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(text + ","):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append(text[start:place])
            start = place + 1
    return [part for part in found if part]


def dynamic(kind: str) -> bool:
    """Whether the head is an offset."""
    return (
        kind in ("bytes", "string") or kind.endswith("[]") or (kind[0] == "(" and any(map(dynamic, parts(kind[1:-1]))))
    )


def encode(kinds: list[str], values: list[Any]) -> bytes:
    """Heads, then tails."""
    bodies = [one(kind, value) for kind, value in zip(kinds, values, strict=True)]
    size = sum(32 if dynamic(kind) else len(body) for kind, body in zip(kinds, bodies, strict=True))
    heads, tails = b"", b""
    for kind, body in zip(kinds, bodies, strict=True):
        heads += number(size + len(tails)) if dynamic(kind) else body
        tails += body if dynamic(kind) else b""
    return heads + tails


def one(kind: str, value: Any) -> bytes:
    """The body of one value."""
    if kind.endswith("[]"):
        return number(len(value)) + encode([kind[:-2]] * len(value), list(value))
    if kind.endswith("]"):
        return b"".join(word(kind.partition("[")[0], each) for each in value)
    if kind[0] == "(":
        return encode(parts(kind[1:-1]), list(value))
    if kind in ("bytes", "string"):
        return padded(value.encode() if isinstance(value, str) else value)
    return word(kind, value)


def event(index: int, contract: str, signature: str, *values: Any) -> Log:
    """A log; in the signature ``*`` stands before an indexed type, and spaces are of no account."""
    name, _, rest = signature.replace(" ", "").partition("(")
    kinds = parts(rest[:-1])
    bare = f"{name}({','.join(kind.lstrip('*') for kind in kinds)})"
    indexed = [word(k[1:], v) for k, v in zip(kinds, values, strict=True) if k.startswith("*")]
    open_ = [(k, v) for k, v in zip(kinds, values, strict=True) if not k.startswith("*")]
    data = encode([k for k, _ in open_], [v for _, v in open_])
    return Log(contract, (topic(bare), *indexed), data, index, TX)


def transfer(index: int, token: str, sender: str, receiver: str, amount: int) -> Log:
    """A token's Transfer."""
    return event(index, token, "Transfer(*address,*address,uint256)", sender, receiver, amount)


def wrap(index: int, token: str, account: str, amount: int) -> Log:
    """WETH9's Deposit."""
    return event(index, token, "Deposit(*address,uint256)", account, amount)


def unwrap(index: int, token: str, account: str, amount: int) -> Log:
    """WETH9's Withdrawal."""
    return event(index, token, "Withdrawal(*address,uint256)", account, amount)


@dataclass(frozen=True)
class Crossing:
    """What left one chain and arrived on another: the logs of both transactions, and what they say by hand."""

    name: str
    source: str
    """The public place that shows events of this shape."""
    out_chain: str
    out: list[Log]
    in_chain: str
    into: list[Log]
    """Empty where the payout has no event."""
    departure: dict[str, Any]
    arrival: dict[str, Any]
    moves: tuple[str, ...] = ("out", "into")
    """The sides that are held to Transfers of the same transaction."""
    foreign: str = "foreign-contract"
    """What the events of an unknown contract are; empty where they are none of the bridge's."""
    log: dict[str, int] = field(default_factory=dict)
    """Where the deciding event stands, if it is not the last log: ``out`` and ``into``."""


ZERO = "0x" + "0" * 40
ALICE = "0x" + "a1" * 20
BOB = "0x" + "b0" * 20
RELAYER = "0x" + "4e" * 20
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
BASE_USDC = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
ARBITRUM_WETH = "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"
BASE_WETH = "0x4200000000000000000000000000000000000006"
