"""Through mixers by expected value, where the investigator asks for it: what entered is shared over what may be its.

Nothing here is a finding. A CoinJoin's input is shared over the outputs that it may have paid, a note over the
withdrawals that may have spent it, each in proportion to its probability (`links.coinjoins`, `links.withdrawals`). What
no candidate's probability covers stays at the mixer. So the value is right on the average over many passages, and no
single candidate is proven.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from clew.amounts import Asset
from clew.links.coinjoins import output_shares
from clew.links.mixers import Pool, pool_of_size, pools, routers
from clew.links.scaling import Floats
from clew.links.waiting import learnt_waiting
from clew.links.withdrawals import MOST_PAIRS, Notes, pair_notes
from clew.model import TRANSIENT, Address, Limitation
from clew.tracing.crossings import Ground, rows_of
from clew.tracing.mixes import Mixes
from clew.tracing.passages import Entry, Exit, Note, Passage, Share, entries_in, exits_in, notes_in
from clew.tracing.trace import Run

LEAST = 0.01
"""Probability from which a candidate is followed: below it are many, and what each would get is dust."""
_PACED = "eip155:1"
"""The chain on whose pools waiting times were learnt."""
_BLOCKS_A_DAY, _DAY = 6_500, 86_400
"""Ethereum's pace when they were learnt (`links.mixers.DAY`); time in the ledger is seconds."""
_BILLION = 10**9


class Candidates:
    """The passages of a trace through mixers, each entry weighed once."""

    def __init__(self, mixes: Mixes, ground: Ground, until: int | None) -> None:
        self._mixes, self._ground, self._until = mixes, ground, until
        self._asked: set[Entry] = set()
        self._pools: list[Pool] = []
        self._refused: dict[Pool, str] = {}
        self._tables: dict[tuple[str, str, int], tuple[Share, ...]] = {}
        """By pool, transaction and number of a note: its shares."""
        self.passages: dict[Entry, Passage] = {}

    def find(self, run: Run) -> bool:
        """Weigh what entered mixers since the last run; whether something is shared that was not."""
        before = len(self.passages)
        new = [(entry, pool) for entry, pool in _entered(run, self._mixes) if entry not in self._asked]
        self._asked |= {entry for entry, _ in new}
        if self._open({pool for _, pool in new if pool is not None}):
            self._weigh()
        for entry, pool in new:
            passage = self._round(run, entry) if pool is None else self._note(entry, pool)
            if passage is not None and passage.shares:
                self.passages[entry] = passage
        return len(self.passages) > before

    # --- CoinJoins

    def _round(self, run: Run, entry: Entry) -> Passage:
        """An input, shared over the outputs that it may have paid."""
        table, rows = run.table, rows_of(run.table, entry.chain, entry.tx)
        asset = table.assets[table.asset[rows[0]]]
        spent = [table.amount_of(row) for row in entries_in(table, rows, entry.taker, asset, 0)]
        made = [table.amount_of(group[0]) for group in exits_in(table, rows, entry.taker, asset, 0)]
        column = output_shares(spent, made)[:, entry.number]
        exits = [(Exit(entry.tx, place), amount) for place, amount in enumerate(made)]
        return Passage(entry, entry.taker, asset, spent[entry.number], _shares(column, exits))

    # --- pools

    def _open(self, new: set[Pool]) -> bool:
        """Load the histories of pools not met yet; whether one more is to be weighed."""
        before = len(self._pools)
        for pool in sorted(new - set(self._pools) - self._refused.keys()):
            why = self._closed(pool)
            if why:
                self._refused[pool] = why
            else:
                self._pools.append(pool)
        return len(self._pools) > before

    def _closed(self, pool: Pool) -> str:
        if pool.chain != _PACED:
            return "how long notes wait is known for Ethereum's pools alone"
        if self._ground.whole(pool.chain):
            return ""
        why = self._ground.reach(Address(pool.chain, pool.address), of_service=True)
        history = self._ground.history(pool.chain, pool.address)
        if not why and (history is None or history.status != "complete"):
            why = "its history is " + ("not to be had" if history is None else history.status)
        return why

    def _weigh(self) -> None:
        """The shares of every note of the pools at hand, which are weighed together."""
        table = self._ground.transfers()
        relays = frozenset(address for _, address in routers())
        sides = {pool: notes_in(table, pool, relays, self._until) for pool in self._pools}
        for pool, (put, paid) in sides.items():
            if len(put) * len(paid) > MOST_PAIRS:
                self._refused[pool] = f"{len(put):,} notes went in and {len(paid):,} came out: none has a likely one"
        used = {pool: both for pool, both in sides.items() if pool not in self._refused}
        self._pools = list(used)
        names = sorted({note.holder for put, paid in used.values() for note in (*put, *paid)})
        number = {name: place for place, name in enumerate(names)}
        found = pair_notes([_columns(put, paid, number) for put, paid in used.values()], learnt_waiting())
        for (pool, (put, paid)), shares in zip(used.items(), found, strict=True):
            exits = [(Exit(note.tx, note.number), pool.amount or 0) for note in paid]
            for column, note in enumerate(put):
                self._tables[pool.address, note.tx, note.number] = _shares(shares[:, column], exits)

    def _note(self, entry: Entry, pool: Pool) -> Passage | None:
        """A payment into a pool, shared over the withdrawals that may have spent it."""
        shares = self._tables.get((pool.address, entry.tx, entry.number), ())
        asset: Asset | None = pool.asset
        return None if asset is None else Passage(entry, pool.address, asset.id, pool.amount or 0, shares)

    # --- what is said of it

    def limitations(self) -> list[Limitation]:
        """What was shared, mixer by mixer, and what was not."""
        groups: dict[tuple[str, str, str], list[Passage]] = {}
        for entry, passage in sorted(self.passages.items()):
            groups.setdefault((entry.chain, passage.mixer, passage.asset), []).append(passage)
        found = [_told(*place, group) for place, group in groups.items()]
        return found + [
            Limitation("mix-not-shared", f"notes of the {pool.name} pool stay there: {why}", pool.chain, pool.address)
            for pool, why in sorted(self._refused.items())
        ]


def _told(chain: str, mixer: str, asset: str, group: list[Passage]) -> Limitation:
    shared = sum(share.amount for passage in group for share in passage.shares)
    candidates = len({share.exit for passage in group for share in passage.shares})
    detail = (
        f"{len(group)} {'payment' if len(group) == 1 else 'payments'} into it, {sum(p.amount for p in group)} base "
        f"units in all, shared over {candidates} candidates by probability; what none of {LEAST:.0%} or more covers "
        "stays: expected value over candidates; no single one is proven"
    )
    return Limitation("expected-value", detail, chain, "" if mixer.startswith("@") else mixer, shared, asset)


def _entered(run: Run, mixes: Mixes) -> Iterator[tuple[Entry, Pool | None]]:
    """What stolen units entered: inputs of CoinJoins, and notes paid into pools, directly or through a router."""
    journal, table = run.journal, run.table
    receiver = journal.events.receiver
    for event in sorted(set(run.records.where)):
        account, row = journal.accounts[int(receiver[event])], int(journal.row[event])
        if not bool(journal.shown[event]):
            continue
        tx, rows = table.txs[table.tx[row]], list[int]()
        pool: Pool | None = None
        if account.name.startswith(TRANSIENT):
            if (account.chain, account.name) in mixes.stops:
                rows = entries_in(table, rows_of(table, account.chain, tx), account.name, account.asset, 0)
        else:
            pool = _pool(account.chain, account.name, account.asset, table.amount_of(row))
            if pool is not None and pool.amount is not None:
                note = pool.amount
                rows = entries_in(table, rows_of(table, account.chain, tx), account.name, account.asset, note)
        if row in rows:
            yield Entry(account.chain, tx, account.name, rows.index(row)), pool


def _pool(chain: str, name: str, asset: str, amount: int) -> Pool | None:
    """The pool that a payment is a note of."""
    pool = pools().get((chain, name))
    if pool is None and (chain, name) in routers():
        pool = pool_of_size(asset, amount)
    if pool is None or pool.asset is None or (pool.asset.id, pool.amount) != (asset, amount):
        return None
    return pool


def _columns(put: list[Note], paid: list[Note], number: dict[str, int]) -> Notes:
    """The notes as arrays; time as blocks."""
    first = min((note.time for note in (*put, *paid)), default=0)

    def blocks(notes: list[Note]) -> list[int]:
        return [(note.time - first) * _BLOCKS_A_DAY // _DAY for note in notes]

    def holders(notes: list[Note]) -> list[int]:
        return [number[note.holder] for note in notes]

    columns = (blocks(put), holders(put), blocks(paid), holders(paid))
    return Notes(*(np.array(column, dtype=np.int64) for column in columns))


def _shares(column: Floats, exits: Sequence[tuple[Exit, int]]) -> tuple[Share, ...]:
    """The candidates of an entry, of each its amount in proportion to the share of it that is the entry's.

    A share is cut to billionths; what that leaves stays at the mixer.
    """
    return tuple(
        Share(exits[row][0], exits[row][1] * int(column[row] * _BILLION) // _BILLION)
        for row in np.flatnonzero(column >= LEAST).tolist()
    )
