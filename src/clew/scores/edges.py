"""Labelled edge lists: who paid whom how much, the sources of the stolen money, and the terminals it is known to reach.

CSV with ``Timestamp``, ``Block``, ``Tx_hash``, ``From``, ``To`` and ``Value_in_USD``, in any order of rows. Dollars are
scaled to whole micro-dollars, rounded down; such lists conserve no value, as prices move between two hops.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clew.amounts import Asset
from clew.chains import find_chain
from clew.errors import InputError
from clew.ledger import TransferTable
from clew.model import Case, Category, Kind, Tag, Theft

CHAIN = find_chain("ethereum")
USD = Asset(f"{CHAIN.id}/erc20:0x{'0' * 36}d011", "USD", 6)
"""Dollars, as if they were one token."""
_COLUMNS = ("Timestamp", "Block", "Tx_hash", "From", "To", "Value_in_USD")
_DOLLARS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
_ADDRESS = re.compile("0x[0-9a-f]{40}")
_OUTSIDE = "0x" + "0" * 39 + "1"
"""Whoever paid the sources what they pay on."""


class Edge(NamedTuple):
    """One payment."""

    block: int
    time: int
    tx: str
    sender: str
    receiver: str
    amount: int
    """Micro-dollars."""


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """An edge list as a ledger and a case."""

    table: TransferTable
    case: Case
    terminals: tuple[str, ...]
    inflow: dict[str, int]
    """Terminal that the edges reach -> micro-dollars that enter it."""


def read_edges(path: Path) -> list[Edge]:
    """The payments in order of block, then of the file; InputError names a wrong row."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") if _zipped(path) else path.open(encoding="utf-8-sig") as text:
            rows = list(csv.DictReader(text))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error
    missing = [name for name in _COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"no column {missing[0]}", where=str(path), mend=f"needed: {', '.join(_COLUMNS)}")
    edges = [_edge(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    return sorted(edges, key=lambda edge: edge.block)


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _edge(row: dict[str, str], where: str) -> Edge:
    try:
        dollars = row["Value_in_USD"].strip()
        if _DOLLARS.fullmatch(dollars) is None:
            raise ValueError(f"{dollars[:40]!r} is no sum of dollars")
        time = datetime.fromisoformat(row["Timestamp"].strip()).replace(tzinfo=UTC)
        edge = Edge(
            int(row["Block"]),
            int(time.timestamp()),
            row["Tx_hash"].strip().lower(),
            row["From"].strip().lower(),
            row["To"].strip().lower(),
            int(Fraction(dollars) * 10**USD.decimals),
        )
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise InputError(f"it is no payment: {error}", where=where) from error
    if edge.block < 0 or not all(_ADDRESS.fullmatch(a) for a in (edge.sender, edge.receiver)):
        raise InputError("a block or an address is wrong", where=where)
    return edge


def read_addresses(path: Path) -> tuple[str, ...]:
    """Addresses, one a line; InputError where one is none."""
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read: {error}", where=str(path)) from error
    wrong = [line for line in lines if not _ADDRESS.fullmatch(line.lower())]
    if wrong or not lines:
        raise InputError(f"{wrong[0]!r} is no address" if wrong else "it is empty", where=str(path))
    return tuple(line.lower() for line in lines)


def edge_case(edges: Sequence[Edge], sources: Sequence[str], terminals: Sequence[str]) -> EdgeCase:
    """A ledger and a case in which each source first receives from outside what it will pay beyond its receipts.

    That opening sum is the theft; a source that pays nothing beyond its receipts has none. InputError where no source
    pays.
    """
    needs = _shortfalls(edges, sources)
    if not needs:
        raise InputError("no source pays anything", where="sources", mend="check that the addresses are in the edges")
    first = min(edge.time for edge in edges)
    opening = [
        Edge(0, first, f"0x{number:064x}", _OUTSIDE, source, amount)
        for number, (source, amount) in enumerate(sorted(needs.items()), 1)
    ]
    thefts = [Theft(edge.receiver, USD, edge.amount, edge.tx, edge.receiver) for edge in opening]
    tags = [Tag(CHAIN.id, t, "terminal", t, Category.EXCHANGE, "the list of terminals", 100) for t in terminals]
    inflow = {t: sum(e.amount for e in edges if e.receiver == t) for t in terminals}
    case = Case("edges", "Labelled edges", "fifo", tuple(thefts), tags=tuple(tags))
    return EdgeCase(_table([*opening, *edges]), case, tuple(terminals), {t: v for t, v in inflow.items() if v})


def _shortfalls(edges: Sequence[Edge], sources: Sequence[str]) -> dict[str, int]:
    """What each source must have held before the first payment so as never to pay what it lacks."""
    balance = dict.fromkeys(sources, 0)
    need = dict.fromkeys(sources, 0)
    for edge in edges:
        if edge.sender in balance:
            balance[edge.sender] -= edge.amount
            need[edge.sender] = max(need[edge.sender], -balance[edge.sender])
        if edge.receiver in balance:
            balance[edge.receiver] += edge.amount
    return {source: amount for source, amount in need.items() if amount}


def _table(edges: Sequence[Edge]) -> TransferTable:
    """The payments as a ledger's table: one asset, the order of the list."""
    names = sorted({name for edge in edges for name in (edge.sender, edge.receiver)})
    code = {name: number for number, name in enumerate(names)}
    txs = sorted({edge.tx for edge in edges})
    tx = {name: number for number, name in enumerate(txs)}
    count = len(edges)
    amount = np.zeros((count, 4), dtype=np.uint64)
    amount[:, 0] = [edge.amount for edge in edges]
    return TransferTable(
        chain=np.zeros(count, dtype=np.int16),
        height=np.array([edge.block for edge in edges], dtype=np.int64),
        tx_index=np.arange(count, dtype=np.int32),
        seq=np.arange(count, dtype=np.int64),
        time=np.array([edge.time for edge in edges], dtype=np.int64),
        tx=np.array([tx[edge.tx] for edge in edges], dtype=np.int32),
        asset=np.zeros(count, dtype=np.int32),
        sender=np.array([code[edge.sender] for edge in edges], dtype=np.int32),
        receiver=np.array([code[edge.receiver] for edge in edges], dtype=np.int32),
        amount=amount,
        kind=np.full(count, tuple(Kind).index(Kind.TOKEN), dtype=np.int8),
        owner=np.full(count, -1, dtype=np.int32),
        reply=np.zeros(count, dtype=np.int32),
        chains=[CHAIN.id],
        txs=txs,
        assets=[USD.id],
        account_chain=np.zeros(len(names), dtype=np.int16),
        account_name=names,
    )
