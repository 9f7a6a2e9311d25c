"""Score a trace on a simulated world or on labelled edges: what ``clew score trace`` calls."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from clew.attribution import Attribution, bundled_tags
from clew.cases import read_case
from clew.chains import DECODERS, decode, find_chain
from clew.chains.bitcoin import BlockReader
from clew.chains.tokens import find_token
from clew.ingest.replies import append_reply
from clew.ledger import Ledger, TransferTable
from clew.model import Case, Kind, Reply
from clew.scores.edges import EdgeCase, edge_case, read_addresses, read_edges
from clew.scores.hidden import Hidden, compared_passages, passage_figures
from clew.scores.trace import SHARED, Subject, Way, score, walk_table
from clew.scores.truth import Truth, read_truth
from clew.service.connections import Connections
from clew.service.crossings import BridgeRecords
from clew.service.kept_logs import KeptLogs
from clew.settings import Settings
from clew.simulate.world.services import Exchanger
from clew.sources.archive import Archive
from clew.sources.recorded import read_recorded
from clew.tracing.policies import Policy

BOUNDS = (100, 1_000, 10_000)


class World(NamedTuple):
    """A world as it is read."""

    subject: Subject
    truth: Truth
    exchangers: list[str]
    """Entities whose deposits a trace may follow."""


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """A world that ``clew simulate --preset`` wrote; InputError where the folder holds none."""
    case = read_case(str(folder / "case.toml"))
    stolen = {theft.asset.id: theft.asset.decimals for theft in case.thefts}
    truth = read_truth(folder / "truth.json", stolen)
    replies = read_recorded(folder / "evidence", default_chain=case.thefts[0].chain)
    with tempfile.TemporaryDirectory() as scratch, Ledger.open(Path(scratch) / "ledger.duckdb") as ledger:
        table = ingest(ledger, replies)
        kept = tuple(reply for reply in replies if reply.format not in DECODERS)
        connections = Connections(Settings(), Archive(Path(scratch) / "kept"), recorded=kept, offline=True)
        evidence = Archive(folder / "evidence", read_only=True)
        crossings = BridgeRecords(connections, ledger, KeptLogs(ledger, evidence))
        attribution = Attribution([*bundled_tags(), *case.tags])
        subject = Subject(table, case, attribution, _worth(truth.dollars, case), crossings)
        yield World(subject, truth, [tag.entity for tag in case.tags if tag.entity == Exchanger.NAME][:1])


def score_world(
    folder: Path,
    *,
    bounds: Sequence[int] = BOUNDS,
    policies: Sequence[Policy] = tuple(Policy),
    passages: bool = True,
) -> dict[str, Any]:
    """The table of a world that ``clew simulate --preset`` wrote, and the calibration of its hidden passages.

    InputError where the folder holds no such world.
    """
    with opened(folder) as world:
        rows = score(world.subject, world.truth, bounds, policies, world.exchangers)
        figures: dict[str, Any] = {"kind": "trace", "case": world.subject.case.id, "runs": rows}
        if passages:
            figures |= passage_figures(hidden_in(world, folder, max(bounds)), folder)
    return figures


def hidden_in(world: World, folder: Path, bound: int) -> Hidden:
    """What is stated of the hidden passages of a world, by a trace through mixes within a bound and beyond it."""
    subject = world.subject
    trace = walk_table(subject, Way(SHARED, Policy.FIFO, exchangers=tuple(world.exchangers), through_mixes=True), bound)
    return Hidden.measure(subject.table, trace, folder)


def score_passages(worlds: Sequence[Path], *, bound: int = BOUNDS[-1]) -> dict[str, Any]:
    """Whether what is stated of hidden passages holds, in each world and in all; InputError where one is no world."""
    each = []
    for folder in worlds:
        with opened(folder) as world:
            each.append((str(folder), hidden_in(world, folder, bound).with_drawn(folder)))
    return {"kind": "passages", **compared_passages(each)}


def ingest(ledger: Ledger, replies: Sequence[Reply]) -> TransferTable:
    """All replies in one batch, blocks in their order."""
    readers = {reply.chain: BlockReader(reply.chain) for reply in replies if reply.format == "bitcoin/block"}
    with ledger.writer.batch():
        for reply in replies:
            if reply.format in DECODERS:
                append_reply(ledger.writer, reply, readers[reply.chain].read if reply.chain in readers else decode)
    return ledger.view.transfers()


def _worth(dollars: dict[str, int], case: Case) -> Callable[[str, int], int]:
    """Micro-dollars of base units, by the world's prices; a wrapped coin as what it wraps, other tokens nothing."""
    decimals = {theft.asset.id: theft.asset.decimals for theft in case.thefts}

    @cache
    def unit(asset: str) -> tuple[int, int]:
        chain = find_chain(asset.partition("/")[0])
        wrapped = bool(chain.wrapped) and asset.endswith(chain.wrapped)
        known = find_token(asset)
        price = dollars.get(chain.native.id if wrapped else asset, 0)
        places = chain.native.decimals if wrapped or known is None else known.decimals
        return price, 10 ** decimals.get(asset, places)

    def worth(asset: str, amount: int) -> int:
        price, whole = unit(asset)
        return amount * price // whole

    return worth


def score_edges(
    edges: Path,
    sources: Path,
    terminals: Path,
    *,
    bounds: Sequence[int] = BOUNDS,
    policies: Sequence[Policy] = tuple(Policy),
) -> dict[str, Any]:
    """The table of a labelled edge list: terminals and value found, addresses loaded. InputError for a wrong file."""
    found = edge_case(read_edges(edges), read_addresses(sources), read_addresses(terminals))
    chain = found.case.thefts[0].chain
    true = {(chain, terminal): worth for terminal, worth in found.inflow.items()}
    truth = Truth(true, true, true, {})
    subject = Subject(
        found.table,
        found.case,
        Attribution(found.case.tags),
        lambda _asset, amount: amount,
        covers=frozenset({Kind.TOKEN}),
    )
    return {"kind": "trace", "case": edges.name, **_facts(found), "runs": score(subject, truth, bounds, policies)}


def _facts(found: EdgeCase) -> dict[str, Any]:
    return {
        "transfers": len(found.table) - len(found.case.thefts),
        "addresses": len(found.table.account_name) - 1,
        "sources": len(found.case.thefts),
        "terminals": len(found.terminals),
        "terminals_in_edges": len(found.inflow),
        "stolen": str(sum(theft.amount for theft in found.case.thefts)),
        "into_terminals": str(sum(found.inflow.values())),
    }
