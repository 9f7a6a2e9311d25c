"""What a trace paid into Tornado-like pools, and which withdrawals may be its own: leads, beside the dispositions.

Nothing here is followed. A payment into a pool stays a disposition at the mixer, whatever is proposed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from clew.attribution import Attribution
from clew.chains import find_chain
from clew.chains.events import read_events
from clew.chains.execution import ZERO_ADDRESS
from clew.errors import InputError
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.links.mixers import Deposit, Events, Pool, Withdrawal, pools
from clew.links.waiting import learnt_waiting
from clew.model import Decoded, Limitation, Reply
from clew.protocols.tornado import DepositEvent, WithdrawalEvent, decode_event
from clew.scores.leads import find_leads
from clew.scores.mixer_files import Trace as Known
from clew.scores.mixer_files import checked_events
from clew.service.connections import Connections
from clew.service.evidence import Evidence
from clew.service.notes import Note, find_notes, join_notes, name_notes
from clew.service.result import Json, ResultWriter, utc
from clew.sources import Listed
from clew.tracing.trace import Trace

DEPOSIT, WITHDRAWAL = "Deposit(bytes32,uint32,uint256)", "Withdrawal(address,bytes32,address,uint256)"
_PACED = "eip155:1"
"""The chain on whose pools waiting times were learnt, in its blocks."""
_MEND = "give them with --pool-events, or run online with a source of events"

Progress = Callable[[str], None]


class PoolEvents:
    """The events of pools: of files, where they hold the pool; else asked of the chain's source, and kept."""

    def __init__(self, files: dict[str, Events], connections: Connections, ledger: Ledger, progress: Progress) -> None:
        self._files, self._connections = files, connections
        self._ledger, self._progress = ledger, progress

    def of(self, pool: Pool) -> tuple[Events, str]:
        """The events, and what they lack in words."""
        held = self._files.get(pool.chain)
        if held is not None and pool.name in held.pools():
            chosen = (
                [d for d in held.deposits if d.pool == pool.name],
                [w for w in held.withdrawals if w.pool == pool.name],
            )
            lack = "" if all(chosen) else f"the files hold no {'withdrawals' if chosen[0] else 'deposits'}"
            return Events.of(*chosen), lack
        self._progress(f"asking for the events of the {pool.name} pool on {find_chain(pool.chain).name}")
        listed = [self._list(pool, signature) for signature in (DEPOSIT, WITHDRAWAL)]
        put, paid = ([e for reply in each.replies for e in _events(reply, pool)] for each in listed)
        lacks = [f"{name} reach {each.detail}" for name, each in zip(("deposits", "withdrawals"), listed, strict=True)
                 if each.status == "truncated"]  # fmt: skip
        if any(each.status == "unavailable" for each in listed):
            return Events.of([], []), "no reply and no file shows them"
        try:
            return checked_events(
                list(dict.fromkeys(e for e in put if isinstance(e, Deposit))),
                list(dict.fromkeys(e for e in paid if isinstance(e, Withdrawal))),
                f"events of the {pool.name} pool",
            ), "; ".join(lacks)
        except InputError as error:  # a source that lies, or a block that was taken back between two pages
            return Events.of([], []), f"they contradict each other: {error.what}"

    def _list(self, pool: Pool, signature: str) -> Listed:
        source = self._connections.events(find_chain(pool.chain))
        listed = source.events(pool.address, signature) if source else Listed((), "unavailable")
        for reply in listed.replies:
            append_reply(self._ledger.writer, reply, lambda _reply: Decoded())
        if listed.fault:
            self._progress(f"events of the {pool.name} pool: {listed.fault}")
        return listed


def _events(reply: Reply, pool: Pool) -> Iterable[Deposit | Withdrawal]:
    for event in read_events(reply):
        if event.log.contract != pool.address:
            continue
        read = decode_event(event.log.topics, event.log.data)
        height, tx, price = event.height, event.log.tx, event.gas_price
        if isinstance(read, DepositEvent):
            yield Deposit(pool.name, read.leaf, height, read.timestamp, tx, read.commitment, "", price)
        elif isinstance(read, WithdrawalEvent):
            relayer = "" if read.relayer == ZERO_ADDRESS else read.relayer
            yield Withdrawal(pool.name, height, tx, read.nullifier, read.recipient, read.fee, relayer, price)


def mix(trace: Trace, writer: ResultWriter, evidence: Evidence, events: PoolEvents) -> tuple[Json, list[Limitation]]:
    """The section ``mixers`` of a result, and what it could not see."""
    notes = find_notes(trace)
    if not notes:
        return {"deposits": [], "pools": [], "rules": [], "withdrawals": []}, []
    notes = name_notes(notes, evidence({note.payment.chain for note in notes}))
    used: dict[Pool, int] = Counter(note.pool for note in notes if note.pool)
    held: dict[str, list[Events]] = {}
    limits: list[Limitation] = []
    lacking: set[Pool] = set()
    for pool in sorted(used):
        found, lack = events.of(pool)
        held.setdefault(pool.chain, []).append(found)
        if lack:
            lacking.add(pool)
            limits.append(_missing(pool, used[pool], lack))
    merged = {chain: _merged(each) for chain, each in held.items()}
    notes = join_notes(notes, merged)
    limits += _unjoined(notes, lacking)
    return _section(trace, writer, notes, merged), limits


def _merged(parts: Sequence[Events]) -> Events:
    return Events.of((d for part in parts for d in part.deposits), (w for part in parts for w in part.withdrawals))


def _missing(pool: Pool, notes: int, lack: str) -> Limitation:
    detail = f"events of the {pool.name} pool, into which {_count(notes)} went: {lack}; {_MEND}"
    return Limitation("pool-events-missing", detail, pool.chain, pool.address)


def _unjoined(notes: Sequence[Note], lacking: set[Pool]) -> list[Limitation]:
    """Notes that are not among the events of their pool: the list ends before them, or is not whole."""
    lost = Counter(note.pool for note in notes if note.pool and note.leaf is None and note.pool not in lacking)
    return [
        Limitation(
            "pool-events-missing",
            f"{_count(count)} of the {pool.name} pool stand in none of its events at hand; {_MEND}",
            pool.chain,
            pool.address,
        )
        for pool, count in sorted(lost.items())
    ]


def _count(notes: int) -> str:
    return "1 note" if notes == 1 else f"{notes:,} notes"


# --- the section


def _section(trace: Trace, writer: ResultWriter, notes: Sequence[Note], events: dict[str, Events]) -> Json:
    parts: dict[str, list[Json]] = {"pools": [], "rules": [], "withdrawals": []}
    for chain, held in sorted(events.items()):
        known = _known(trace, writer.attribution, chain, notes)
        if not known.depositors or not held.withdrawals:
            continue
        found = find_leads(held, known, learnt=learnt_waiting() if chain == _PACED else None)
        for name, rows in parts.items():
            rows += [{"chain": chain, **row} for row in found[name]]
    addresses = {(pool.chain, pool.name): pool.address for pool in pools().values()}
    for row in parts["pools"]:
        row["address"] = addresses[row["chain"], row["pool"]]
    for row in parts["withdrawals"]:
        row["label"] = writer.attribution.label_of(row["chain"], row["recipient"]) or None
    return {"deposits": [_deposit(note, trace, writer) for note in notes], **parts}


def _deposit(note: Note, trace: Trace, writer: ResultWriter) -> Json:
    paid, thefts = note.payment, trace.case.thefts
    asset = writer.asset(paid.receiver.asset)
    return {
        "chain": paid.chain,
        "tx": paid.tx,
        "time": utc(paid.time),
        "depositor": paid.sender.address,
        "paid_to": paid.receiver.address,
        "asset": asset.id,
        "symbol": asset.symbol,
        "decimals": asset.decimals,
        "amount": str(paid.amount),
        "tainted": str(note.tainted),
        "origins": [{"theft": thefts[n].id, "origin_amount": str(note.origins[n])} for n in sorted(note.origins)],
        "pool": note.pool.name if note.pool else None,
        "pool_address": note.pool.address if note.pool else None,
        "commitment": note.commitment or None,
        "leaf": note.leaf,
        "known_by": note.known_by or None,
    }


def _known(trace: Trace, attribution: Attribution, chain: str, notes: Sequence[Note]) -> Known:
    """What the rules may join on: who paid the notes, whom they met elsewhere, and who else held what was stolen."""
    here = [note for note in notes if note.payment.chain == chain]
    depositors = {note.payment.sender.address for note in here}
    held = {a.address for n in trace.histories if (a := trace.journal.accounts[n]).chain == chain and not a.made}
    return Known(
        {note.commitment: note.payment.sender.address for note in here if note.leaf is not None},
        {},
        {address for address in held - depositors if attribution.stop_at(chain, address) is None},
        _contacts(trace, attribution, chain, depositors),
    )


def _contacts(trace: Trace, attribution: Attribution, chain: str, depositors: set[str]) -> dict[str, Counter[str]]:
    """Of each depositor, how many transactions it shared with whom, outside of mixers and services."""
    table = trace.table
    codes = np.array([name in depositors for name in table.account_name], dtype=np.bool_)
    here = codes & (table.account_chain == table.chains.index(chain))
    moved = (table.amount != 0).any(axis=1)
    met: dict[str, set[tuple[int, str]]] = {name: set() for name in depositors}
    for ours, theirs in ((table.sender, table.receiver), (table.receiver, table.sender)):
        rows = np.flatnonzero(here[ours] & moved & (ours != theirs))
        for own, other, tx in zip(ours[rows].tolist(), theirs[rows].tolist(), table.tx[rows].tolist(), strict=True):
            met[table.account_name[own]].add((tx, table.account_name[other]))
    counted = {name: Counter(other for _, other in found) for name, found in met.items()}
    skipped = {
        other
        for each in counted.values()
        for other in each
        if other.startswith("@") or attribution.stop_at(chain, other) is not None
    }
    return {name: Counter({o: n for o, n in each.items() if o not in skipped}) for name, each in counted.items()}
