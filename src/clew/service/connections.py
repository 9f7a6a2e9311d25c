"""Which source answers for which chain: from settings, from recorded replies, or from the case's own evidence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clew import chains
from clew.chains import Chain
from clew.errors import InputError, SourceError
from clew.model import Block, Kind, Reply
from clew.settings import Settings
from clew.sources import BlockSource, EventSource, Fetched, HistorySource, Transport
from clew.sources.archive import Archive
from clew.sources.bitcoind import BitcoindSource
from clew.sources.blockfiles import BlockFileSource
from clew.sources.esplora import EsploraSource
from clew.sources.etherscan import EtherscanSource, etherscan_source
from clew.sources.evm_rpc import COVERS, EvmRpcSource, untraced
from clew.sources.transport import ArchivingTransport, HttpTransport, OnReply, RecordedTransport
from clew.sources.trongrid import TronGridSource, trongrid_source

ESPLORA = {
    "bip122:000000000019d6689c085ae165831e93": "https://blockstream.info/api",
    "bip122:000000000933ea01ad0ee984209779ba": "https://blockstream.info/testnet/api",
}
"""Public Esplora servers. Source: https://github.com/Blockstream/esplora/blob/master/API.md"""

_BLOCK_FORMATS = ("evm/block", "bitcoin/getblock", "bitcoin/block")


@dataclass(frozen=True, slots=True)
class Connections:
    """Opens one source for each chain a case touches. Whatever it answers ends in `archive`."""

    settings: Settings
    archive: Archive
    recorded: tuple[Reply, ...] | None = None
    """Replies that stand in for the network; None: ask it."""
    block_files: Path | None = None
    """Bitcoin block files that stand in for it."""
    offline: bool = False
    on_reply: OnReply | None = None

    def open(self, chain: Chain) -> HistorySource | BlockSource:
        """The source of a chain; InputError where there is none."""
        source = self._open(chain)
        if not isinstance(source, HistorySource):
            return source
        live = self.recorded is None and not self.offline
        if live and isinstance(source, EtherscanSource) and self._endpoint(chain):
            return _ArchivedHistories(source, self.archive, check=source.check)
        return _ArchivedHistories(source, self.archive)

    def events(self, chain: Chain) -> EventSource | None:
        """The source of a chain's events; None where what is asked for its transfers lists none."""
        if self.recorded is not None or self.offline:
            replies = tuple(reply for reply in self.recorded or () if reply.chain == chain.id)
            transport = ArchivingTransport(RecordedTransport(replies), self.archive, on_reply=self.on_reply)
            if chain.utxo:
                return None
            if chain.family == "tron":
                return TronGridSource(chain.id, transport)
            node = any(r.format == "evm/logs" and r.chain == chain.id for r in (*replies, *self.archive))
            return EvmRpcSource(chain, transport) if node else EtherscanSource(chain.id, transport)
        stated = self._endpoint(chain)
        if stated and stated.startswith("rpc:") and chain.family == "evm":
            return EvmRpcSource(chain, self._http(stated.removeprefix("rpc:"), "evm-rpc"))
        source = None if chain.utxo else self._open(chain)
        return source if isinstance(source, EventSource) else None

    def _open(self, chain: Chain) -> HistorySource | BlockSource:
        if self.block_files is not None and chain.utxo:
            return _Archived(BlockFileSource(chain.id, self.block_files), self.archive)
        if self.recorded is not None or self.offline:
            return self._recorded(chain)
        stated = self._endpoint(chain)
        return self._stated(chain, stated) if stated else self._public(chain)

    def _endpoint(self, chain: Chain) -> str | None:
        """What the settings name for a chain, under any of its names."""
        return next(
            (self.settings.endpoints[n] for n in (chain.id, *chain.names) if n in self.settings.endpoints), None
        )

    def _recorded(self, chain: Chain) -> HistorySource | BlockSource:
        replies = tuple(reply for reply in self.recorded or () if reply.chain == chain.id)
        formats = {reply.format for reply in replies} | {r.format for r in self.archive if r.chain == chain.id}
        if formats & set(_BLOCK_FORMATS):
            return RecordedBlocks(chain, [r for r in (*replies, *self.archive) if r.chain == chain.id], self.archive)
        transport = ArchivingTransport(RecordedTransport(replies), self.archive, on_reply=self.on_reply)
        if chain.utxo:
            return EsploraSource(chain.id, transport)
        return TronGridSource(chain.id, transport) if chain.family == "tron" else EtherscanSource(chain.id, transport)

    def _public(self, chain: Chain) -> HistorySource:
        if chain.utxo:
            if chain.id not in ESPLORA:
                raise InputError(
                    f"no public explorer of {chain.name} is known",
                    where="sources",
                    mend=f'name one in the settings: endpoints = {{ {chain.name} = "esplora:https://…" }}',
                )
            return EsploraSource(chain.id, self._http(ESPLORA[chain.id], "esplora"))
        return self._explorer(chain, "")

    def _stated(self, chain: Chain, stated: str) -> HistorySource | BlockSource:
        """A source named in the settings: ``kind:address``, or an address alone for the chain's usual kind."""
        kind, _, address = stated.partition(":")
        if kind in ("http", "https"):
            kind, address = ("esplora" if chain.utxo else "explorer"), stated
        if kind == "bitcoind" and chain.utxo:
            return _Archived(BitcoindSource(chain.id, self._http(address, "bitcoind")), self.archive)
        if kind == "esplora" and chain.utxo:
            return EsploraSource(chain.id, self._http(address, "esplora"))
        if kind == "blocks" and chain.utxo:
            return _Archived(BlockFileSource(chain.id, Path(address)), self.archive)
        if kind == "rpc" and chain.family == "evm":
            return _Archived(EvmRpcSource(chain, self._http(address, "evm-rpc")), self.archive)
        if kind == "explorer" and not chain.utxo:
            return self._explorer(chain, address)
        known = "bitcoind, esplora or blocks" if chain.utxo else "explorer, or rpc for EVM chains"
        raise InputError(
            f"{stated!r} is no source of {chain.name}", where="settings.endpoints", mend=f"write kind:address; {known}"
        )

    def _explorer(self, chain: Chain, base: str) -> HistorySource:
        open_source = trongrid_source if chain.family == "tron" else etherscan_source
        key = self.settings.trongrid_key if chain.family == "tron" else self.settings.etherscan_key
        return open_source(
            chain.id,
            key=key,
            base=base,
            timeout=self.settings.timeout,
            requests_per_second=self.settings.requests_per_second,
            archive=self.archive,
            on_reply=self.on_reply,
        )

    def transport(self, name: str, public: str) -> Transport:
        """A transport to a bridge's records: the address `name` has in the settings, else its public one."""
        if self.recorded is not None or self.offline:
            return ArchivingTransport(RecordedTransport(self.recorded or ()), self.archive, on_reply=self.on_reply)
        return self._http(self.settings.endpoints.get(name, public), name)

    def _http(self, address: str, name: str) -> Transport:
        """A transport to an address that may hold a user and a password, as nodes want them."""
        parts = urlsplit(address)
        auth = (parts.username or "", parts.password or "") if parts.username else None
        host = parts.netloc.rpartition("@")[2]
        http = HttpTransport(
            parts._replace(netloc=host).geturl(),
            name=name,
            timeout=self.settings.timeout,
            requests_per_second=self.settings.requests_per_second,
            auth=auth,
        )
        return ArchivingTransport(http, self.archive, on_reply=self.on_reply)


class _ArchivedHistories:
    """A history source whose transactions become evidence also where it puts them together from several answers."""

    def __init__(self, inner: HistorySource, archive: Archive, *, check: Callable[[], None] | None = None) -> None:
        """`check` is called before the first history: an address somebody wrote down may be another chain's."""
        self.name, self.chain = inner.name, inner.chain
        self._inner, self._archive, self._check = inner, archive, check

    def history(self, account: str, *, limit: int) -> Fetched:
        """As of the source."""
        if self._check is not None:
            self._check()
            self._check = None
        return self._inner.history(account, limit=limit)

    def transaction(self, tx: str) -> tuple[Reply, ...]:
        """As of the source; each reply is kept before it is handed on."""
        return tuple(self._archive.keep(reply) for reply in self._inner.transaction(tx))


class _Archived:
    """A block source whose blocks become evidence as they are read."""

    def __init__(self, inner: BlockSource, archive: Archive) -> None:
        self.name, self.chain, self.covers = inner.name, inner.chain, inner.covers
        self._inner, self._archive = inner, archive

    def check(self) -> None:
        """As of the source."""
        self._inner.check()

    def tip(self) -> int:
        """As of the source."""
        return self._inner.tip()

    def height_of(self, tx: str) -> int | None:
        """As of the source."""
        return self._inner.height_of(tx)

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """As of the source; each block is kept before it is handed on."""
        for reply in self._inner.blocks(first, last):
            yield self._archive.keep(reply)


class RecordedBlocks:
    """A block source that replays kept blocks: after a reorganisation the branch that was read last."""

    def __init__(self, chain: Chain, replies: Sequence[Reply], archive: Archive) -> None:
        self.name, self.chain = "recorded", chain.id
        self._archive = archive
        kept = [reply for reply in replies if reply.format in _BLOCK_FORMATS]
        found = [(block, reply) for reply in kept for block in chains.decode(reply).blocks]
        self._by_height = _last_branch(found)
        self._lowest = min(block.height for block, _ in found)
        if chain.utxo:
            self.covers = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.COINBASE, Kind.FEE})
        else:
            blind = any(untraced(reply.body) for reply in self._by_height.values())
            self.covers = COVERS - {Kind.INTERNAL} if blind else COVERS

    def check(self) -> None:
        """Recorded blocks are what they are."""

    def tip(self) -> int:
        """The highest recorded block of the branch."""
        return max(self._by_height)

    def height_of(self, tx: str) -> int | None:  # noqa: ARG002  # as of the protocol
        """What is recorded is read whole."""
        return None

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        """The recorded blocks of a span; SourceError at a gap."""
        for height in range(max(first, self._lowest), last + 1):
            if height not in self._by_height:
                raise SourceError(f"block {height} is not recorded", where=self.name, mend="record it, or trace online")
            yield self._archive.keep(self._by_height[height])


def _last_branch(found: Sequence[tuple[Block, Reply]]) -> dict[int, Reply]:
    """By height, the blocks below the newest one that no other names as its parent; below a gap the newest ones."""
    parents = {block.parent for block, _ in found}
    newest = {block.height: (block, reply) for block, reply in found}
    by_hash = {block.hash: (block, reply) for block, reply in found}
    ends = [pair for pair in found if pair[0].hash not in parents]
    block, reply = ends[-1]
    branch = {block.height: reply}
    for height in range(block.height - 1, min(newest) - 1, -1):
        below = by_hash.get(block.parent) if block.height == height + 1 else None
        if below is None:
            below = newest.get(height)
        if below is not None:
            block, branch[height] = below
    return branch
