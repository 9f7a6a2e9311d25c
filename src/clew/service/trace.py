"""Trace a case: from its file and a source to the result, the tables, the reports and the evidence in one folder."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clew import __version__
from clew.amounts import parse_units
from clew.attribution import Attribution, bundled_tags, registry_tags
from clew.cases import case_path, read_case
from clew.errors import InputError, RunError
from clew.ledger import Ledger, StoredReply, View
from clew.lists import read_tags
from clew.model import Case, Limitation, Reply
from clew.scores.mixer_files import read_pool_events
from clew.service.connections import Connections
from clew.service.crossings import BridgeRecords
from clew.service.evidence import evidence_of
from clew.service.freezes import Freezes, IssuerRecords
from clew.service.histories import LedgerHistories
from clew.service.listings import Listings, reached, read_listings
from clew.service.mixing import PoolEvents, mix
from clew.service.outputs import write_outputs
from clew.service.result import SCHEMA, Json, ResultWriter, compare, digest, evidence_rows, utc, worklist
from clew.settings import Settings
from clew.sources.archive import Archive
from clew.sources.recorded import read_recorded
from clew.tracing.dispositions import Disposition, dispose
from clew.tracing.noise import find_noise
from clew.tracing.policies import Policy, parse_policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

INPUTS = "inputs"
"""Folder of a case's own inputs: the case file and the tag files, kept so that the run can be replayed."""
EVIDENCE = "evidence"
LEDGER = "ledger.duckdb"
LISTS = "lists.json"
"""File among the inputs: what the sanctions lists in force say of wallets."""


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """What to trace and how; the command line's options."""

    case: str
    out: Path
    policy: str | None = None
    """A policy, ``all``, or None for the case's own."""
    recorded: Path | None = None
    offline: bool = False
    tags: tuple[Path, ...] = ()
    max_addresses: int = 1000
    min_amount: tuple[str, ...] = ()
    max_hops: int | None = None
    until: str | None = None
    max_transfers: int = 20_000
    through_suspected_services: bool = False
    through_exchanger: tuple[str, ...] = ()
    """Entities whose deposits are followed to the payout that alone fits."""
    through_mixes: bool = False
    """Whether what enters CoinJoins and mixers' pools is shared over what may be its."""
    settings: Settings = field(default_factory=Settings)
    pool_events: tuple[Path, ...] = ()
    """Files of events of Tornado-like pools, as ``clew score demix`` reads them."""
    tag_names: tuple[str, ...] = ()
    """Names the tag files are kept under; by default numbered ones. So are `pool_event_names`."""
    pool_event_names: tuple[str, ...] = ()
    store: Path | None = None
    """Folder of the sanctions lists whose wallets are tags too; by default the settings'."""
    lists: Path | None = None
    """The lists as a case keeps them, in place of the store."""

    def kept_tags(self) -> dict[str, Path]:
        """The tag files by the name they are kept under."""
        return _named(self.tags, self.tag_names)

    def kept_pool_events(self) -> dict[str, Path]:
        """The files of pools' events by the name they are kept under."""
        return _named(self.pool_events, self.pool_event_names)


def _named(paths: Sequence[Path], names: Sequence[str]) -> dict[str, Path]:
    return dict(zip(names or [f"{i}-{path.name}" for i, path in enumerate(paths, 1)], paths, strict=True))


Progress = Callable[[str], None]


def trace_case(request: TraceRequest, progress: Progress = lambda _line: None) -> Json:
    """Trace, write everything into ``request.out``, and return the result.

    InputError for bad input, SourceError where a source fails (run again to go on), RunError where the folder is in
    use, the disk is full or a sum does not close.
    """
    case = read_case(request.case)
    policies = _policies(request.policy or case.policy)
    bounds = _bounds(request, case)
    tags = [tag for path in request.tags for tag in read_tags(path, until=bounds.until)]
    files = read_pool_events(request.pool_events)
    listings = _listings(request)
    block_files, recorded = _recorded(request.recorded, case)
    out = request.out
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out), mend="name a folder you may write to") from error
    with _fresh_ledger(out / LEDGER) as ledger:
        _keep_inputs(request, out, listings)
        archive = Archive(out / EVIDENCE)
        if request.offline and recorded is None and not len(archive):
            raise InputError(
                "nothing is recorded, and the network is forbidden",
                where=str(out),
                mend="give --recorded, or trace it once without --offline",
            )
        connections = Connections(
            request.settings,
            archive,
            recorded=recorded,
            block_files=block_files,
            offline=request.offline,
            on_reply=lambda question, _reply, kept: None if kept else progress(f"asked {question.format}"),
        )
        histories = LedgerHistories(
            ledger, connections, limit=bounds.max_transfers, progress=progress, thefts=case.thefts
        )
        attribution = Attribution([*bundled_tags(), *registry_tags(), *listings.tags(), *tags, *case.tags])
        _check_exchangers(request.through_exchanger, attribution)
        records = BridgeRecords(connections, ledger, histories.kept_logs)
        walks = [_walk(case, policy, histories, records, attribution, bounds, progress) for policy in policies]
        issuers = IssuerRecords(connections, ledger, progress)
        evidence = evidence_of(archive, ledger)
        freezes = [issuers.look(trace, evidence, whole=histories.from_first) for trace in walks]
        traces = [_disposed(trace, found) for trace, found in zip(walks, freezes, strict=True)]
        writer = ResultWriter(traces[0][0], attribution, ledger.view.assets(), freezes[0].free)
        mixers, limits = mix(traces[0][0], writer, evidence, PoolEvents(files, connections, ledger, progress))
        result = _result(request, traces, writer, ledger.view, mixers, (*freezes[0].limitations, *limits), listings)
        progress("writing the reports")
        write_outputs(out, result, traces[0][0], writer)
    return result


def _policies(name: str) -> list[Policy]:
    """The policies to run; the first is the one the outputs tell."""
    return list(Policy) if name.lower() == "all" else [parse_policy(name)]


def _bounds(request: TraceRequest, case: Case) -> Bounds:
    least: dict[int, int] = {}
    for text in request.min_amount:
        units, _, symbol = text.strip().partition(" ")
        chosen = [
            (i, t.asset) for i, t in enumerate(case.thefts) if not symbol or t.asset.symbol.lower() == symbol.lower()
        ]
        if not chosen:
            stolen = ", ".join(dict.fromkeys(t.asset.symbol for t in case.thefts))
            raise InputError(f"{symbol!r} was not stolen", where="--min-amount", mend=f"stolen were: {stolen}")
        for index, asset in chosen:
            least[index] = parse_units(units, asset.decimals, where="--min-amount")
    return Bounds(
        request.max_addresses,
        least,
        request.max_hops,
        _until(request.until),
        request.max_transfers,
        request.through_suspected_services,
        request.through_exchanger,
        request.through_mixes,
    )


def _check_exchangers(names: Sequence[str], attribution: Attribution) -> None:
    """InputError where no tag says which addresses are an exchanger's."""
    for name in names:
        if not attribution.addresses_of(name):
            raise InputError(
                f"no tag at which a trace ends names {name!r}",
                where="--through-exchanger",
                mend="write the entity as its tags do (clew tags show), or give a file of its addresses with --tags",
            )


def _until(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a time", where="--until", mend='write "2022-04-04" or "2022-04-04T12:00:00Z"'
        ) from error
    if len(text) <= len("2022-04-04"):
        moment = moment.replace(hour=23, minute=59, second=59)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _recorded(path: Path | None, case: Case) -> tuple[Path | None, tuple[Reply, ...] | None]:
    """Recorded replies, or a place of Bitcoin block files; both None where the network is asked."""
    if path is None:
        return None, None
    if path.suffix == ".dat" or (path.is_dir() and any(path.glob("blk*.dat"))):
        return path, ()
    return None, tuple(read_recorded(path, default_chain=case.thefts[0].chain))


def _listings(request: TraceRequest) -> Listings:
    if request.lists is None:
        return read_listings(request.settings, request.store)
    return Listings.kept(request.lists.read_bytes())


def _fresh_ledger(path: Path) -> Ledger:
    """An empty ledger in place of what an earlier run left: it is made anew from the evidence, which is kept.

    Opening the old one first shows whether another run is using it.
    """
    if path.exists():
        with suppress(InputError):  # broken or of an older version: it is only derived from the evidence
            Ledger.open(path).close()
        path.unlink()
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)  # of a ledger that could not be opened
    return Ledger.open(path)


def _keep_inputs(request: TraceRequest, out: Path, listings: Listings) -> None:
    """Copy the case file and the tag files beside the result, with what the lists say."""
    inputs = out / INPUTS
    kept = {inputs / "case.toml": case_path(request.case)}
    kept |= {inputs / "tags" / name: path for name, path in request.kept_tags().items()}
    kept |= {inputs / "pool-events" / name: path for name, path in request.kept_pool_events().items()}
    contents = {target: source.read_bytes() for target, source in kept.items()}
    if listings.versions:
        contents[inputs / LISTS] = listings.to_bytes()
    try:
        if inputs.exists():
            shutil.rmtree(inputs)
        for target, content in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        mend = "make room, or mend the folder, and run again"
        raise RunError(error.strerror or str(error), where=str(inputs), mend=mend) from error


def _walk(
    case: Case,
    policy: Policy,
    histories: LedgerHistories,
    records: BridgeRecords,
    attribution: Attribution,
    bounds: Bounds,
    progress: Progress,
) -> Trace:
    return walk(
        case,
        policy,
        histories,
        attribution,
        bounds,
        claims=histories.claims,
        crossings=records,
        progress=lambda done, waiting: progress(f"{policy}: {done} accounts loaded, {waiting} waiting"),
    )


def _disposed(trace: Trace, freezes: Freezes) -> tuple[Trace, list[Disposition]]:
    told = replace(trace, frozen=freezes.frozen)
    return told, dispose(told)


def _as_of(replies: Sequence[StoredReply], trace: Trace) -> float:
    """When the newest reply was fetched; where none says it, the time of the newest transfer."""
    fetched = [float(reply.fetched) for reply in replies if reply.fetched]
    return max(fetched, default=float(max(trace.table.time)))


def _result(
    request: TraceRequest,
    traces: Sequence[tuple[Trace, list[Disposition]]],
    writer: ResultWriter,
    view: View,
    mixers: Json,
    limits: Sequence[Limitation],
    listings: Listings,
) -> Json:
    trace, found = traces[0]
    replies = view.replies()
    if not replies:
        raise RunError("no reply was read", mend="check the case's chain and the source")
    case = trace.case
    result: dict[str, Any] = {
        "schema": SCHEMA,
        "engine": __version__,
        "case": case.id,
        "title": case.title,
        "policy": trace.policy,
        "policies": [str(each.policy) for each, _ in traces],
        "as_of": utc(_as_of(replies, trace)),
        "sources": list(case.sources),
        "note": case.note,
        "bounds": writer.bounds(),
        "min_amount": list(request.min_amount),
        "tag_files": list(request.kept_tags()),
        "pool_event_files": list(request.kept_pool_events()),
        "lists": list(listings.versions),
        "stolen": writer.stolen(),
        "conversions": writer.conversions(),
        "dispositions": [writer.disposition(d) for d in found],
        "grades": writer.grades(found),
        "conservation": writer.conservation(found) if trace.policy.keeps_value else [],
        "worklist": worklist(found, writer),
        "sanctioned": reached(trace, writer.attribution, listings),
        "mixers": mixers,
        "noise": writer.noise(find_noise(trace, view.assets())),
        "limitations": writer.limitations(limits),
        "accounts": writer.accounts(found),
        "transfers": len(set(trace.records.where)),
        "evidence": evidence_rows(replies),
    }
    if len(traces) > 1:
        result["compared"] = {str(each.policy): compare(where, each) for each, where in traces}
    result["result_sha256"] = digest(result)
    return result
