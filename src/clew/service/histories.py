"""The walk's door to the ledger: accounts and transactions asked for by name, loaded from the chain's source."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from clew.amounts import Asset
from clew.chains import decode, find_chain
from clew.chains.logs import Log
from clew.errors import InputError
from clew.ingest import Loader, load_blocks
from clew.ingest.replies import append_reply
from clew.ledger import EVERY, Ledger, TransferTable
from clew.model import Address, History, Limitation, Theft
from clew.service.connections import Connections
from clew.service.kept_logs import KeptLogs
from clew.sources import BlockSource, HistorySource, NotRecordedError

PLACES = frozenset({"etherscan/eth_getTransactionByHash", "etherscan/eth_getTransactionReceipt"})
"""Replies that say where a transaction stands, not what it moves."""

WHOLE = 20_000
"""Height of a theft up to which a chain is read from its first block; balances before the first block are not seen."""

Progress = Callable[[str], None]


class LedgerHistories:
    """`tracing.trace.Histories` over one ledger and one source for each chain."""

    def __init__(
        self,
        ledger: Ledger,
        connections: Connections,
        *,
        limit: int,
        progress: Progress,
        thefts: Sequence[Theft] = (),
    ) -> None:
        self._ledger = ledger
        self._thefts = thefts
        self._connections = connections
        self._limit = limit
        self._progress = progress
        self._loaders: dict[str, Loader | None] = {}
        self._sources: dict[str, HistorySource] = {}
        self._table: TransferTable | None = None
        self._claims: dict[str, Asset] | None = None
        self._read_at = -1
        self.kept_logs = KeptLogs(ledger, connections.archive)

    def load(self, accounts: Sequence[Address]) -> None:
        """Load accounts from their chains' sources; a chain read block by block is loaded whole, once."""
        for chain, group in groupby(sorted(accounts), key=lambda account: account.chain):
            loader = self._loader(chain)
            if loader is not None:
                loader.load([account.value for account in group], progress=self._tell(chain))

    def _tell(self, chain: str) -> Callable[[int, int], None]:
        name = find_chain(chain).name
        return lambda done, of: self._progress(f"{name}: history {done} of {of}")

    def show(self, transactions: Sequence[Address]) -> list[Address]:
        """Load single transactions where the source can; those of them that are shown whole."""
        shown = []
        asked = [one for one in transactions if self._loader(one.chain) is not None]
        with self._ledger.writer.batch():
            for chain, tx in asked:
                try:
                    replies = self._sources[chain].transaction(tx)
                except NotRecordedError:
                    continue
                for reply in replies:
                    append_reply(self._ledger.writer, reply, decode)
                if any(reply.format not in PLACES for reply in replies):
                    shown.append(Address(chain, tx))
        return shown

    def _loader(self, chain: str) -> Loader | None:
        if chain not in self._loaders:
            source = self._connections.open(find_chain(chain))
            if isinstance(source, HistorySource):
                self._sources[chain] = source
                self._loaders[chain] = Loader(self._ledger, source, limit=self._limit)
            else:
                self._read_blocks(source)
                self._loaders[chain] = None
        return self._loaders[chain]

    def _read_blocks(self, source: BlockSource) -> None:
        name = find_chain(source.chain).name

        def tell(at: int, last: int) -> None:
            self._progress(f"{name}: block {at} of {last}")

        load_blocks(self._ledger, source, self._first(source), progress=tell)

    def _first(self, source: BlockSource) -> int:
        """Where to begin: a young chain from its first block, an old one from the block of its earliest theft."""
        heights = [source.height_of(theft.tx) for theft in self._thefts if theft.chain == source.chain]
        live = source.name != "recorded" and find_chain(source.chain).family == "evm"
        if live and not heights and (tip := source.tip()) > WHOLE:
            raise InputError(
                f"{find_chain(source.chain).name} has {tip} blocks, and no theft says where to begin to read them",
                where="sources",
                mend="name an explorer for it, which is asked account by account",
            )
        known = [height for height in heights if height is not None]
        return min(known) if known and min(known) > WHOLE else 0

    def history(self, chain: str, account: str) -> History | None:
        """How completely an account is known; on a chain read block by block all are known alike."""
        history = self._ledger.view.history(chain, account)
        if history is not None and self.whole(chain):
            # Blocks from some height on show every later transfer; what was held before them is said once for all.
            return replace(history, status="complete")
        return history

    def whole(self, chain: str) -> bool:
        """Whether a chain was read block by block."""
        return self._loaders.get(chain, self) is None

    def from_first(self, chain: str) -> bool:
        """Whether a chain was read block by block from its first block on."""
        read = self._ledger.view.history(chain, EVERY) if self.whole(chain) else None
        return read is not None and read.status == "complete"

    def transfers(self) -> TransferTable:
        """All that is loaded, read anew where the ledger has changed: another policy's walk mostly finds all there."""
        self._let_go()
        if self._table is None:
            self._table = self._ledger.view.transfers()
        return self._table

    def claims(self) -> dict[str, Asset]:
        """What the tokens met say of themselves, by asset id."""
        self._let_go()
        if self._claims is None:
            self._claims = self._ledger.view.assets()
        return self._claims

    def _let_go(self) -> None:
        """Let go of what was read of the ledger before it changed."""
        if self._read_at != self._ledger.writer.changes:
            self._read_at = self._ledger.writer.changes
            self._table = self._claims = None

    def logs(self, chain: str, tx: str) -> tuple[Log, ...] | None:
        """The events of a transaction, out of what is kept."""
        return self.kept_logs.of(chain, tx)

    def limitations(self) -> list[Limitation]:
        """What the replies could not show."""
        partial = [
            Limitation("opening-balances", f"{history.detail}: what was held before them is counted as clean", chain)
            for chain in self._loaders
            if self.whole(chain)
            and (history := self._ledger.view.history(chain, EVERY)) is not None
            and history.status != "complete"
        ]
        return partial + self._ledger.view.limitations()
