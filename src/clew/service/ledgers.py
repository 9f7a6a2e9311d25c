"""Opens the transfers that a command is to read: of a traced case, of a ledger file, or of recorded replies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clew.chains import DECODERS, Chain, decode
from clew.chains.bitcoin import BlockReader
from clew.errors import InputError
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.model import Reply
from clew.service.trace import LEDGER
from clew.sources.blockfiles import BlockFileSource
from clew.sources.recorded import read_recorded


@contextmanager
def open_ledger(place: Path | None, recorded: Path | None, chain: Chain, *, where: str) -> Iterator[Ledger]:
    """A case's folder or a ledger file, else the ledger of a chain's recorded replies. InputError where both or none.

    Of an evidence folder, what shows no transfers, such as a bridge's own records, is passed over. `where` names the
    command in an error.
    """
    if (place is None) == (recorded is None):
        raise InputError("say where the transfers are", where=where, mend="give either a ledger or recorded replies")
    if place is not None:
        with Ledger.open(place / LEDGER if place.is_dir() else place, read_only=True) as ledger:
            yield ledger
        return
    assert recorded is not None  # noqa: S101  # one of the two, as checked above
    reader = BlockReader(chain.id, {}).read if chain.utxo else decode
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            for reply in _replies(recorded, chain):
                append_reply(ledger.writer, reply, reader if "block" in reply.format else decode)
        yield ledger


def _replies(recorded: Path, chain: Chain) -> Iterator[Reply]:
    """The replies of a chain that show transfers, or the blocks of a node's block files."""
    if recorded.suffix == ".dat" or (recorded.is_dir() and any(recorded.glob("blk*.dat"))):
        if not chain.utxo:
            raise InputError(f"block files are read of Bitcoin and its kin, not of {chain.name}", where=str(recorded))
        source = BlockFileSource(chain.id, recorded)
        yield from source.blocks(0, source.tip())
        return
    for reply in read_recorded(recorded, default_chain=chain.id):
        if reply.chain == chain.id and reply.format in DECODERS:
            yield reply
