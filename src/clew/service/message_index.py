"""What bridges say in transactions, out of the events that the case has kept, and what arrived, by its id."""

from collections.abc import Callable, Sequence

from clew.chains.logs import Log
from clew.model import Address
from clew.protocols.bridges import Arrival, Message
from clew.service.kept_logs import KeptLogs
from clew.tracing.crossings import Ground

Decode = Callable[[str, Sequence[Log]], list[Message]]
"""``decode(chain, logs)``: what the events of one transaction say."""


class MessageIndex:
    """Reads kept events; what is not kept is asked for, where the chain has a source that shows single receipts."""

    def __init__(self, logs: KeptLogs, decode: Decode) -> None:
        self._logs = logs
        self._decode = decode
        self._arrivals: dict[str, tuple[str, dict[tuple[str, str], list[Arrival]]]] = {}

    def messages(self, tx: Address, ground: Ground) -> list[Message] | None:
        """What bridges say in a transaction; None where no receipt of it is to be had."""
        found = self._logs.of(*tx)
        if found is None and not ground.whole(tx.chain):
            ground.show(tx)
            found = self._logs.of(*tx)
        return None if found is None else self._decode(tx.chain, found)

    def arrivals(self, chain: str, bridge: str, key: str) -> list[Arrival]:
        """The arrivals with an id on a chain that was read block by block."""
        tip = self._logs.tip(chain)
        if chain not in self._arrivals or self._arrivals[chain][0] != tip:
            self._arrivals[chain] = tip, self._index(chain)
        return self._arrivals[chain][1].get((bridge, key), [])

    def _index(self, chain: str) -> dict[tuple[str, str], list[Arrival]]:
        found: dict[tuple[str, str], list[Arrival]] = {}
        for shown in self._logs.in_blocks(chain):
            for message in self._decode(chain, shown):
                if isinstance(message, Arrival):
                    found.setdefault((message.bridge, message.id), []).append(message)
        return found
