"""The events of transactions, out of what the case has kept of them."""

from collections.abc import Callable, Sequence

from clew.chains.fields import Fields, read_json
from clew.chains.logs import Log, logs_of
from clew.ledger import Ledger, StoredReply
from clew.model import Address, Reply
from clew.protocols.bridges import Arrival, Message
from clew.sources.archive import Archive
from clew.tracing.crossings import Ground

Decode = Callable[[str, Sequence[Log]], list[Message]]


class EvidenceLogs:
    """Reads kept receipts; what is not kept is asked for, where the chain has a source that shows single ones."""

    def __init__(self, archive: Archive, ledger: Ledger, decode: Decode) -> None:
        self._archive = archive
        self._ledger = ledger
        self._decode = decode
        self._arrivals: dict[str, dict[tuple[str, str], list[Arrival]]] = {}
        self._stored: dict[str, list[StoredReply]] = {}
        self._tips: dict[str, str] = {}

    def messages(self, tx: Address, ground: Ground) -> list[Message] | None:
        """What bridges say in a transaction; None where no receipt of it is to be had."""
        found = self._logs(tx, ground)
        return None if found is None else self._decode(tx.chain, found)

    def _logs(self, tx: Address, ground: Ground) -> tuple[Log, ...] | None:
        if ground.whole(tx.chain):
            placed = self._ledger.view.position(tx.chain, tx.value)
            block = None if placed is None else self._block(tx.chain, placed.height)
            return None if block is None else logs_of(block).get(tx.value)
        asked = Reply("etherscan/transaction", tx.chain, {"txhash": tx.value}, "", b"")
        kept = self._archive.get(asked)
        if kept is None:
            ground.show(tx)
            kept = self._archive.get(asked)
        return None if kept is None else logs_of(kept).get(tx.value)

    def _block(self, chain: str, height: int) -> Reply | None:
        """The kept block at a height of the branch that the ledger follows."""
        named = (block for block in self._blocks(chain) if block.query.get("height", str(height)) == str(height))
        kept = (self._archive.get(block) for block in named)
        return next((reply for reply in kept if reply is not None and _height(reply) == height), None)

    def _blocks(self, chain: str) -> list[StoredReply]:
        """The replies with the blocks of the branch that the ledger follows; read anew where it has another tip."""
        tip = self._ledger.view.tip(chain)
        at = "" if tip is None else tip.hash
        if chain not in self._stored or self._tips[chain] != at:
            replies = self._ledger.view.replies()
            self._stored[chain] = [one for one in replies if (one.format, one.chain) == ("evm/block", chain)]
            self._tips[chain] = at
            self._arrivals.pop(chain, None)
        return self._stored[chain]

    def arrivals(self, chain: str, bridge: str, key: str) -> list[Arrival]:
        """The arrivals with an id on a chain that was read block by block."""
        blocks = self._blocks(chain)
        if chain not in self._arrivals:
            self._arrivals[chain] = self._index(chain, blocks)
        return self._arrivals[chain].get((bridge, key), [])

    def _index(self, chain: str, blocks: Sequence[StoredReply]) -> dict[tuple[str, str], list[Arrival]]:
        found: dict[tuple[str, str], list[Arrival]] = {}
        for block in blocks:
            kept = self._archive.get(block)
            for shown in logs_of(kept).values() if kept is not None else ():
                for message in self._decode(chain, shown):
                    if isinstance(message, Arrival):
                        found.setdefault((message.bridge, message.id), []).append(message)
        return found


def _height(reply: Reply) -> int:
    """The height of a reply of format ``evm/block``."""
    block = Fields.of(read_json(reply.body, reply.format), reply.format).child("block")
    return (block.child("result") if "result" in block else block).quantity("number")
