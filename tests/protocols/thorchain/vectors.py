"""The real transactions of the shared data, and an encoder of router calls that is not the code under test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def vectors(shared_data: Callable[[str], Path], chain: str) -> list[dict[str, Any]]:
    """The records of one chain."""
    records: list[dict[str, Any]] = json.loads(shared_data("thorchain/vectors.json").read_text(encoding="utf-8"))
    return [record for record in records if record["chain"] == chain]


def word(value: int | str) -> bytes:
    """An integer, or an address as hex, in 32 bytes."""
    return (value if isinstance(value, int) else int(value, 16)).to_bytes(32)


def string(text: bytes) -> bytes:
    """Length, bytes, padding."""
    return word(len(text)) + text + b"\0" * (-len(text) % 32)
