"""Typologies over a ledger: what ``clew monitor`` calls."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from clew.attribution import Attribution, bundled_tags, registry_tags
from clew.chains import CHAINS, find_chain
from clew.clustering.deposits import find_deposits
from clew.errors import InputError, RunError
from clew.exposure.book import is_boundary
from clew.ledger import Ledger, TransferTable
from clew.lists import read_tags
from clew.model import Category, Grade
from clew.service.trace import LEDGER
from clew.typologies import TYPOLOGIES
from clew.typologies.evidence import Evidence, Finding
from clew.typologies.flows import Flow, read_flows
from clew.typologies.kernel import Alerts, Transfers
from clew.typologies.rules import DEFAULT, Rules, read_rules
from clew.typologies.watcher import CHUNK, Watcher, joined, widened

Json = dict[str, Any]
Progress = Callable[[str], None]
Chunks = Callable[[], Iterable[Transfers]]
"""The transfers of one asset from the first on, in parts; may be asked for again."""
PARQUET = "transfers.parquet"
BARE = "amount"
"""What stands for the asset of a bare ledger, which has one and does not name it."""
_TYPES = (np.int32, np.int32, np.uint64, np.int64)
_COLUMNS = ("sender", "receiver", "amount", "time")
_KNOWN = frozenset(chain.id for chain in CHAINS)


class Monitored(NamedTuple):
    """A ledger to look at: its streams, and how their alerts are told."""

    streams: Sequence[tuple[str, str, Chunks]]
    """(Chain, asset, transfers)."""
    told: Callable[[int, Finding], Json | None]
    """An alert of the stream of a number in words; None where its account is exempt."""
    accounts: Callable[[], int]
    """How many there are; known once the streams were read."""
    limitations: Sequence[Json] = ()


def monitor(
    ledger: Path,
    out: Path,
    *,
    rules: Path | None = None,
    tags: Sequence[Path] = (),
    state: Path | None = None,
    progress: Progress = lambda _line: None,
) -> Json:
    """Write the alerts of a ledger to a file of JSON lines; a summary, as docs/typologies.md describes both.

    `ledger` is a traced case's folder or its ledger file, or a Parquet ledger or the folder of one. With the folder
    `state`, only what came since the last run is watched. InputError for wrong input, RunError where the ledger changed
    below what the state has seen.
    """
    numbers = read_rules(rules or DEFAULT)
    bare = _bare(ledger)
    progress("reading the ledger")
    found = _parquet(bare) if bare is not None else _database(ledger, tags)
    counts: Counter[str] = Counter()
    flagged: dict[str, set[str]] = {str(each): set() for each in TYPOLOGIES}
    exempt = 0
    try:
        with out.open("wb") as file:
            for number, (chain, asset, chunks) in enumerate(found.streams):
                place = None if state is None else _place(state, chain, asset)
                for finding in watch_stream(chunks, numbers, asset, state=place, progress=progress):
                    words = found.told(number, finding)
                    exempt += words is None
                    if words is not None:
                        file.write(orjson.dumps(words | {"rules": numbers.version}) + b"\n")
                        counts[words["typology"]] += 1
                        flagged[words["typology"]].add(f"{chain}:{words['account']}")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out), mend="name a file you may write") from error
    return {
        "kind": "typologies",
        "rules": numbers.version,
        "accounts": found.accounts(),
        "alerts": {name: counts[name] for name in flagged},
        "flagged": {name: len(accounts) for name, accounts in flagged.items()},
        "exempt": exempt,
        "limitations": list(found.limitations),
    }


def watch_stream(
    chunks: Chunks,
    rules: Rules,
    asset: str,
    *,
    state: Path | None = None,
    progress: Progress = lambda _line: None,
) -> Iterator[Finding]:
    """The findings of one asset's transfers; with a state file, those of the transfers that came since.

    RunError where the transfers that the state has seen are no longer the ledger's first.
    """
    watcher = Watcher.load(state, rules) if state is not None and state.exists() else Watcher(rules, asset)
    known, seen, digest = watcher.done, 0, _Digest()
    alerts: list[Alerts] = []
    for part in chunks():
        old, new = _cut(part, known - seen)
        seen += len(part.sender)
        digest.add(old)
        if not len(new.sender):
            continue
        if not alerts:
            _same(watcher, digest)
        if state is not None:
            digest.add(new)
        alerts.append(watcher.advance(new))
        progress(f"{asset}: {seen:,} transfers")
    if not alerts:
        _same(watcher, digest)
    found = joined(alerts)
    if len(found.event):
        evidence = Evidence(found, rules, asset)
        for part in chunks():
            evidence.add(part)
        yield from evidence.findings()
    if state is not None:
        watcher.digest = digest.text()
        watcher.save(state)


class _Digest:
    """A hash of transfers that does not depend on how they are cut into parts."""

    def __init__(self) -> None:
        self._columns = [hashlib.blake2b(digest_size=16) for _ in Transfers._fields]
        self.rows = 0

    def add(self, transfers: Transfers) -> None:
        """Go on with the next transfers."""
        plain = (transfers.sender, transfers.receiver, widened(transfers.amount), transfers.time)
        for hashed, column, type_ in zip(self._columns, plain, _TYPES, strict=True):
            hashed.update(np.ascontiguousarray(column, type_).data)
        self.rows += len(transfers.sender)

    def text(self) -> str:
        """The digest, as text."""
        return "".join(hashed.hexdigest() for hashed in self._columns)


def _cut(part: Transfers, at: int) -> tuple[Transfers, Transfers]:
    place = min(max(at, 0), len(part.sender))
    return Transfers(*(column[:place] for column in part)), Transfers(*(column[place:] for column in part))


def _same(watcher: Watcher, digest: _Digest) -> None:
    """RunError where what the state has seen is not what the ledger begins with."""
    if digest.rows != watcher.done or (watcher.done and digest.text() != watcher.digest):
        raise RunError(
            "the ledger has changed below where the state stands",
            where=watcher.asset,
            mend="start anew: name another folder with --state",
        )


# --- ledgers


def _bare(ledger: Path) -> Path | None:
    """The Parquet file of a bare ledger."""
    path = ledger / PARQUET if ledger.is_dir() and not (ledger / LEDGER).exists() else ledger
    return path if path.suffix == ".parquet" else None


def _parquet(path: Path) -> Monitored:
    """A ledger as ``clew simulate --ledger`` writes it: account numbers, amounts of 64 bits, rows in order."""
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"it cannot be read as Parquet: {error}", where=str(path)) from error
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where=str(path), mend="see docs/typologies.md")
    accounts = 0

    def chunks() -> Iterator[Transfers]:
        nonlocal accounts
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(CHUNK, columns=list(_COLUMNS)):
                part = _plain(batch, path)
                accounts = max(accounts, 1 + int(part.sender.max()), 1 + int(part.receiver.max()))
                yield part

    def told(_number: int, finding: Finding) -> Json:
        return _words(finding, "", BARE, str(finding.account), list(finding.events))

    return Monitored((("", BARE, chunks),), told, lambda: accounts)


def _plain(batch: pa.RecordBatch, path: Path) -> Transfers:
    types = (pa.int32(), pa.int32(), pa.uint64(), pa.int64())
    try:
        columns = [batch[name].cast(type_) for name, type_ in zip(_COLUMNS, types, strict=True)]
    except pa.ArrowInvalid as error:
        raise InputError(f"a value does not fit its column: {error}", where=str(path)) from error
    if any(column.null_count for column in columns):
        raise InputError("a value is missing", where=str(path), mend="write every cell")
    return Transfers(*(column.to_numpy(zero_copy_only=False) for column in columns))


def _database(ledger: Path, tags: Sequence[Path]) -> Monitored:
    """The ledger of a traced case."""
    path = ledger / LEDGER if ledger.is_dir() else ledger
    attribution = Attribution([*bundled_tags(), *registry_tags(), *(tag for each in tags for tag in read_tags(each))])
    with Ledger.open(path, read_only=True) as opened:
        table = opened.view.transfers()
    return monitored(table, exempt_accounts(table, attribution))


def monitored(table: TransferTable, exempt: frozenset[int]) -> Monitored:
    """A ledger's table; `exempt` are codes of accounts whose alerts are left out."""
    flows, left_out = read_flows(table)

    def told(number: int, finding: Finding) -> Json | None:
        flow = flows[number]
        code = int(flow.accounts[finding.account])
        rows = flow.rows[list(finding.events)].tolist()
        shown = [{"tx": table.txs[table.tx[row]], **_position(table, row)} for row in rows]
        return None if code in exempt else _words(finding, flow.chain, flow.asset, table.account_name[code], shown)

    limitations = [{"code": one.code, "asset": one.asset, "detail": one.detail} for one in left_out]
    streams = [(flow.chain, flow.asset, once(flow)) for flow in flows]
    return Monitored(streams, told, lambda: len(active(table, flows)), limitations)


def active(table: TransferTable, flows: Sequence[Flow]) -> frozenset[tuple[str, str]]:
    """(Chain, address) of every account that pays or is paid in a flow."""
    codes = {(flow.chain, code) for flow in flows for code in flow.accounts.tolist()}
    return frozenset((chain, table.account_name[code]) for chain, code in codes)


def once(flow: Flow) -> Chunks:
    """The one part of a flow."""
    return lambda: (flow.transfers,)


def exempt_accounts(table: TransferTable, attribution: Attribution) -> frozenset[int]:
    """Codes of the services that tags name, and of the deposit addresses that sweep into a tagged exchange."""
    services: dict[int, str] = {}
    exchanges: dict[str, dict[int, str]] = {}
    for code, name in enumerate(table.account_name):
        chain = table.chains[table.account_chain[code]]
        tag = next((tag for tag in attribution.tags_of(chain, name) if is_boundary(tag)), None)
        if tag is not None:
            services[code] = tag.entity
            if tag.category is Category.EXCHANGE:
                exchanges.setdefault(chain, {})[code] = tag.entity
    found = set(services)
    for chain, wallets in exchanges.items():
        if chain in _KNOWN and not find_chain(chain).utxo:
            native = find_chain(chain).native.id
            found |= {one.address for one in find_deposits(table, chain, wallets, services.keys(), native)}
    return frozenset(found)


# --- in words


def _place(folder: Path, chain: str, asset: str) -> Path:
    """The state file of a stream."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(folder), mend="name a folder") from error
    return folder / f"{hashlib.sha256(f'{chain} {asset}'.encode()).hexdigest()[:16]}.npz"


def _words(finding: Finding, chain: str, asset: str, account: str, transfers: Sequence[Any]) -> Json:
    return {
        "typology": str(finding.typology),
        "chain": chain,
        "asset": asset,
        "account": account,
        "since": _utc(finding.since),
        "time": _utc(finding.time),
        "count": finding.count,
        "amount": str(finding.amount),
        "grade": str(Grade.INFERRED),
        "transfers": transfers,
    }


def _utc(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _position(table: TransferTable, row: int) -> Json:
    return {
        "height": int(table.height[row]),
        "tx_index": int(table.tx_index[row]),
        "seq": int(table.seq[row]),
    }
