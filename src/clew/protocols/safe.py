"""Safe wallets: which contracts executed their owners' orders, by their own events. Pure.

A Safe is a small proxy that only its owners command; what stands in it is theirs, as in a person's address. Source:
https://github.com/safe-global/safe-smart-account, ``contracts/Safe.sol`` and ``contracts/base/ModuleManager.sol``.
Anybody may write such events: they say what a contract claims to be, not whose it is.
"""

from collections.abc import Sequence

EXECUTED = frozenset(
    {
        "442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e",
        "6895c13664aa4f67288b25d7a21d7aaa34916e355fb9b6fae0a139a9085becb8",
    }
)
"""keccak-256 of ``ExecutionSuccess(bytes32,uint256)`` and ``ExecutionFromModuleSuccess(address)``."""


def is_execution(topics: Sequence[str]) -> bool:
    """Whether a contract's event says that it executed an order of its owners."""
    return bool(topics) and topics[0].lower().removeprefix("0x") in EXECUTED
