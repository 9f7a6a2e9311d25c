"""The events of transactions, out of the replies that the case has kept; nothing is asked for."""

from collections.abc import Iterator

from clew.chains.logs import Log, logs_of
from clew.ledger import Ledger, StoredReply
from clew.model import Reply
from clew.sources.archive import Archive

_MOST_BLOCKS = 64
"""Blocks whose events are held at once: a walk asks for the same ones at each of its runs."""

Shown = dict[str, tuple[Log, ...]]
"""By transaction: its events in order."""


class KeptLogs:
    """Reads the events of a transaction from the block it stands in, or from its own reply."""

    def __init__(self, ledger: Ledger, archive: Archive) -> None:
        self._ledger = ledger
        self._archive = archive
        self._found: dict[tuple[str, str], tuple[Log, ...]] = {}
        self._stored: dict[str, tuple[str, list[StoredReply]]] = {}
        self._read: dict[str, Shown] = {}

    def of(self, chain: str, tx: str) -> tuple[Log, ...] | None:
        """The events in order; None where no kept reply shows the receipt."""
        blocks = self._blocks(chain)
        if (chain, tx) not in self._found:
            found = self._in_block(chain, tx, blocks) if blocks else None
            if found is None:
                kept = self._archive.get(Reply("etherscan/transaction", chain, {"txhash": tx}, "", b""))
                found = None if kept is None else logs_of(kept).get(tx)
            if found is None:
                return None
            self._found[chain, tx] = found
        return self._found[chain, tx]

    def tip(self, chain: str) -> str:
        """Hash of the last block that was read of a chain: what was read is of its branch. Empty where none was."""
        block = self._ledger.view.tip(chain)
        return "" if block is None else block.hash

    def in_blocks(self, chain: str) -> Iterator[tuple[Log, ...]]:
        """The events of every transaction of a chain that was read block by block."""
        for block in self._blocks(chain):
            kept = self._archive.get(block)
            yield from logs_of(kept).values() if kept is not None else ()

    def _blocks(self, chain: str) -> list[StoredReply]:
        """The replies with the blocks of the branch that the ledger follows; read anew where it has another tip."""
        tip = self.tip(chain)
        if chain not in self._stored or self._stored[chain][0] != tip:
            replies = self._ledger.view.replies()
            self._stored[chain] = tip, [one for one in replies if (one.format, one.chain) == ("evm/block", chain)]
            self._found = {key: logs for key, logs in self._found.items() if key[0] != chain}
        return self._stored[chain][1]

    def _in_block(self, chain: str, tx: str, blocks: list[StoredReply]) -> tuple[Log, ...] | None:
        placed = self._ledger.view.position(chain, tx)
        if placed is None:
            return None
        height = str(placed.height)
        at = (self._events(block) for block in blocks if block.query.get("height", height) == height)
        return next((shown[tx] for shown in at if tx in shown), None)

    def _events(self, block: StoredReply) -> Shown:
        if block.sha256 not in self._read:
            kept = self._archive.get(block)
            if len(self._read) >= _MOST_BLOCKS:
                self._read.clear()
            self._read[block.sha256] = {} if kept is None else logs_of(kept)
        return self._read[block.sha256]
