"""One event log of a transaction, as a node's receipt shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Log:
    """An event as the chain keeps it. Nothing of it is checked yet."""

    address: str
    """The contract that wrote it, in the canonical form of its chain."""
    topics: tuple[bytes, ...]
    data: bytes
    index: int
    """Its place in the block."""
    tx: str
    """The transaction's hash as Clew writes it."""
