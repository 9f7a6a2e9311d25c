"""Typologies of laundering in a stream of transfers: five at once, in one pass, 64 bytes an account.

Definitions and what each can miss: `docs/typologies.md`.
"""

from enum import StrEnum


class Typology(StrEnum):
    """What an alert says an account does; the order is that of the kernel's numbers."""

    FAN_OUT = "fan-out"
    """Pays many within a window: scatter."""
    FAN_IN = "fan-in"
    """Is paid by many within a window: gather."""
    PASS_THROUGH = "pass-through"  # noqa: S105
    """What came in leaves within a window, and little is kept."""
    STRUCTURING = "structuring"
    """Pays amounts just below a threshold again and again."""
    PEEL_CHAIN = "peel-chain"
    """Pays a small part and hands the large rest on, as did the account it has it from, and so on."""


TYPOLOGIES = tuple(Typology)
