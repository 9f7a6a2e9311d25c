"""Loading a chain block by block, with its reorganisations."""

from collections.abc import Callable, Iterator
from itertools import islice

from clew import chains
from clew.chains.bitcoin import BlockReader
from clew.errors import RunError
from clew.ingest.replies import Decode, append_reply
from clew.ledger import EVERY, ForkError, Ledger, View
from clew.model import History, Reply
from clew.sources import BlockSource

TOGETHER = 64
"""Blocks in one transaction of the ledger: a kill costs these, and the archive has their replies."""

DEEPEST = 100
"""Blocks that one reorganisation may take back; a source that asks for more is taken to be of another chain."""


def resumed_decoder(view: View, chain: str) -> Decode:
    """What decodes the blocks after those in the ledger: for a UTXO chain a reader that knows its unspent outputs."""
    if not chains.find_chain(chain).utxo:
        return chains.decode
    return BlockReader(chain, {coin.outpoint: (coin.amount, coin.owner) for coin in view.unspent(chain)}).read


def load_blocks(
    ledger: Ledger,
    source: BlockSource,
    first: int = 0,
    last: int | None = None,
    *,
    decoder: Callable[[View, str], Decode] = resumed_decoder,
    progress: Callable[[int, int], None] = lambda _height, _last: None,
) -> None:
    """Read the blocks `first` to `last` (the source's tip), going on after the last stored one.

    Where a block does not follow the stored one, stored blocks are rolled back one by one until it does; `decoder` then
    makes a decoder for the ledger as it now is. `progress` is told each height stored. In the end the history of every
    account (`*`) is recorded. SourceError as the source raises it; RunError where a reorganisation is deeper than
    DEEPEST.
    """
    source.check()
    last = source.tip() if last is None else last
    tip = ledger.view.tip(source.chain)
    start = first if tip is None else max(first, tip.height + 1)
    highest, taken_back = -1, 0
    while start <= last:
        fork = _read(ledger, source.blocks(start, last), decoder(ledger.view, source.chain), progress, last)
        if fork is None:
            break
        taken_back = taken_back + 1 if fork.block.height <= highest else 1
        highest = max(highest, fork.block.height)
        if taken_back > DEEPEST:
            raise RunError(
                f"the source disagrees with more than {DEEPEST} stored blocks below {highest}",
                where=f"{source.name} {source.chain}",
                mend="is it of the same chain, and its archive newer than the reorganisation?",
            ) from fork
        ledger.writer.rollback(source.chain, fork.stale)
        start = fork.stale
    _record(ledger, source)


def _read(
    ledger: Ledger, replies: Iterator[Reply], decode: Decode, progress: Callable[[int, int], None], last: int
) -> ForkError | None:
    """Append blocks until the last, or until one does not follow; the blocks before that one are kept."""
    while batch := list(islice(replies, TOGETHER)):
        with ledger.writer.batch():
            for reply in batch:
                try:
                    append_reply(ledger.writer, reply, decode)
                except ForkError as fork:
                    return fork
        tip = ledger.view.tip(batch[-1].chain)
        progress(tip.height if tip else -1, last)
    return None


def _record(ledger: Ledger, source: BlockSource) -> None:
    """Say what the stored blocks tell of every account."""
    blocks = ledger.view.blocks(source.chain)
    if blocks:
        low, high = blocks[0].height, blocks[-1].height
        whole = low == 0 and len(blocks) == high + 1
        status = "complete" if whole else "truncated"
        ledger.writer.record(History(source.chain, EVERY, status, source.covers, f"blocks {low} to {high}"))
