"""The events of transactions, out of the replies that the case has kept; nothing is asked for."""

from clew.chains.logs import Log, logs_of
from clew.ledger import Ledger, StoredReply
from clew.model import Reply
from clew.sources.archive import Archive

_MOST_BLOCKS = 64
"""Blocks whose events are held at once: a walk asks for the same ones at each of its runs."""


class KeptLogs:
    """Reads the events of a transaction from its own reply, or from the block it stands in."""

    def __init__(self, ledger: Ledger, archive: Archive) -> None:
        self._ledger = ledger
        self._archive = archive
        self._found: dict[tuple[str, str], tuple[Log, ...]] = {}
        self._blocks: dict[str, dict[str, tuple[Log, ...]]] = {}

    def of(self, chain: str, tx: str) -> tuple[Log, ...] | None:
        """The events in order; None where no kept reply shows the receipt."""
        if (chain, tx) not in self._found:
            kept = self._archive.get(Reply("etherscan/transaction", chain, {"txhash": tx}, "", b""))
            found = self._in_block(chain, tx) if kept is None else logs_of(kept).get(tx)
            if found is None:
                return None
            self._found[chain, tx] = found
        return self._found[chain, tx]

    def _in_block(self, chain: str, tx: str) -> tuple[Log, ...] | None:
        placed = self._ledger.view.position(chain, tx)
        if placed is None:
            return None
        for block in self._at(chain, placed.height):
            found = self._read(block).get(tx)
            if found is not None:
                return found
        return None

    def _at(self, chain: str, height: int) -> list[StoredReply]:
        """The kept blocks of a height, of whichever branch."""
        return [
            one
            for one in self._ledger.view.replies()
            if (one.format, one.chain) == ("evm/block", chain) and one.query.get("height", str(height)) == str(height)
        ]

    def _read(self, block: StoredReply) -> dict[str, tuple[Log, ...]]:
        if block.sha256 not in self._blocks:
            kept = self._archive.get(block)
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            self._blocks[block.sha256] = {} if kept is None else logs_of(kept)
        return self._blocks[block.sha256]
