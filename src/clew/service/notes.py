"""The notes that a trace's coins became: its payments into Tornado-like pools, and what the evidence says of each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from clew.links.mixers import Deposit, Events, Pool, pool_of_size, pools, routers
from clew.model import Reply
from clew.protocols.tornado import DEPOSIT_TOPIC, DepositCall, DepositEvent, decode_call, decode_event
from clew.service.evidence import events_of
from clew.tracing.dispositions import Movement, Movements
from clew.tracing.journal import MIX
from clew.tracing.trace import Trace

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


@dataclass(frozen=True, slots=True)
class Note:
    """One tainted payment into a pool or its router; one note, where the amount is a pool's."""

    payment: Movement
    tainted: int
    """Base units of the asset paid, of all thefts."""
    origins: dict[int, int] = field(default_factory=dict)
    """By theft, its origin units."""
    pool: Pool | None = None
    """None where the payment is of no pool's size, and no call or event names the pool."""
    commitment: str = ""
    leaf: int | None = None
    known_by: str = ""
    """``event``, ``call`` or ``pool-events``: what names the note; empty where nothing does."""


def find_notes(trace: Trace) -> list[Note]:
    """The tainted payments into pools and routers, in order; the pool as the amount tells it.

    A router's own payment to its pool is the second half of one already counted.
    """
    places = pools().keys() | routers()
    numbers = {n for n, a in enumerate(trace.journal.accounts) if (a.chain, a.address) in places}
    through = {n for n in numbers if (a := trace.journal.accounts[n]) and (a.chain, a.address) in routers()}
    through |= {n for n in numbers if trace.journal.accounts[n].name.startswith(MIX)}  # shares of what was counted
    events, movements = trace.journal.events, Movements(trace)
    found: dict[int, Note] = {}
    for record, event in enumerate(trace.records.where):
        if int(events.receiver[event]) in numbers and int(events.sender[event]) not in through:
            moved = movements[record]
            note = found.get(event) or Note(moved, 0, {}, _paid_into(moved))
            origins = {**note.origins, moved.theft: note.origins.get(moved.theft, 0) + moved.origin}
            found[event] = replace(note, tainted=note.tainted + moved.tainted, origins=origins)
    return [found[event] for event in sorted(found)]


def _paid_into(moved: Movement) -> Pool | None:
    direct = pools().get((moved.chain, moved.receiver.address))
    return direct or pool_of_size(moved.receiver.asset, moved.amount)


# --- what the transaction itself says


@dataclass(frozen=True, slots=True)
class _Said:
    """What the evidence says of the notes of one transaction, in order."""

    events: list[tuple[Pool, DepositEvent]] = field(default_factory=list)
    calls: list[DepositCall] = field(default_factory=list)


def name_notes(notes: Sequence[Note], replies: Iterable[Reply]) -> list[Note]:
    """The notes with the commitment and the leaf that their own transaction's events or call show.

    Each event names one note of its transaction and pool, in order. A call names one where it is the only note there; a
    call that names no known pool, or another than was paid, names nothing.
    """
    wanted = {(note.payment.chain, note.payment.tx) for note in notes}
    said = _read(replies, wanted)
    named = []
    for note in notes:
        told = said.get((note.payment.chain, note.payment.tx), _Said())
        named.append(_by_event(note, told) or _by_call(note, told, notes) or note)
    return named


def _by_event(note: Note, told: _Said) -> Note | None:
    for at, (pool, event) in enumerate(told.events):
        if note.pool is None or pool == note.pool:
            del told.events[at]
            return replace(note, pool=pool, commitment=event.commitment, leaf=event.leaf, known_by="event")
    return None


def _by_call(note: Note, told: _Said, notes: Sequence[Note]) -> Note | None:
    alone = sum(other.payment.tx == note.payment.tx for other in notes) == 1 if len(told.calls) == 1 else False
    if not alone:
        return None
    call = told.calls[0]
    pool = pools().get((note.payment.chain, call.pool))
    if pool is None or (note.pool is not None and pool != note.pool):
        return None
    return replace(note, pool=pool, commitment=call.commitment, known_by="call")


def _read(replies: Iterable[Reply], wanted: set[tuple[str, str]]) -> dict[tuple[str, str], _Said]:
    said: dict[tuple[str, str], _Said] = {}
    chains = {chain for chain, _ in wanted}
    seen: set[tuple[str, str, int]] = set()
    for reply in replies:
        if reply.chain not in chains:
            continue
        for event in sorted(events_of(reply, [DEPOSIT_TOPIC]), key=lambda event: (event.height, event.log.index)):
            place, pool = (event.chain, event.log.tx), pools().get((event.chain, event.log.contract))
            read = decode_event(event.log.topics, event.log.data)
            if place in wanted and pool and isinstance(read, DepositEvent) and (*place, read.leaf) not in seen:
                seen.add((*place, read.leaf))
                said.setdefault(place, _Said()).events.append((pool, read))
        for tx, to, data in _calls(reply):
            call = decode_call(data, to=to) if (reply.chain, tx) in wanted else None
            told = said.setdefault((reply.chain, tx), _Said()) if isinstance(call, DepositCall) else None
            if told is not None and isinstance(call, DepositCall) and call not in told.calls:
                told.calls.append(call)
    return said


def _calls(reply: Reply) -> Iterable[tuple[str, str, bytes]]:
    """Transaction, callee and call data of the successful calls of pools and routers that a reply shows."""
    if reply.format not in ("etherscan/txlist", "etherscan/transaction", "evm/block"):
        return
    for row in _rows(orjson.loads(reply.body), reply.format):
        tx, to, data = (str(row.get(name) or "").lower() for name in ("hash", "to", "input"))
        place = (reply.chain, to)
        if (place in pools() or place in routers()) and row.get("isError", "0") == "0" and _HEX.fullmatch(data):
            yield tx, to, bytes.fromhex(data[2:])


def _rows(body: Any, form: str) -> list[dict[str, Any]]:
    """The transactions of a reply that the ledger has decoded, and so is of its form."""
    if form == "etherscan/txlist":
        found = body["result"]
    elif form == "etherscan/transaction":
        found = [body["transaction"]["result"]]
    else:
        found = body["block"].get("result", body["block"])["transactions"]
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


# --- what the pools' events say


def join_notes(notes: Sequence[Note], events: dict[str, Events]) -> list[Note]:
    """The notes with what their pools' events (by chain) say of them: by commitment, else by transaction and pool.

    No event is given twice; several notes of one transaction get theirs in order of the leaf.
    """
    by_commitment = {(c, d.pool, d.commitment): d for c, held in events.items() for d in held.deposits}
    by_tx: dict[tuple[str, str, str], list[Deposit]] = {}
    for chain, held in events.items():
        for deposit in reversed(held.deposits):
            by_tx.setdefault((chain, deposit.pool, deposit.tx), []).append(deposit)
    given: set[tuple[str, str, int]] = set()
    joined = []
    for note in notes:
        pool = note.pool.name if note.pool else ""
        key = note.payment.chain, pool
        found = by_commitment.get((*key, note.commitment))
        if not note.commitment:
            left = by_tx.get((*key, note.payment.tx), [])
            found = left.pop() if left else None
        if found is None or found.tx != note.payment.tx or (*key, found.leaf) in given:
            joined.append(note)
            continue
        given.add((*key, found.leaf))
        known_by = note.known_by or "pool-events"
        joined.append(replace(note, commitment=found.commitment, leaf=found.leaf, known_by=known_by))
    return joined
