"""Through mixers by expected value, where the investigator asks for it: what entered is shared over what may be its.

Nothing here is a finding. A CoinJoin's input is shared over the outputs that it may have paid, a note over the
withdrawals that may have spent it, each in proportion to its probability (`links.coinjoins`, `links.withdrawals`). What
no candidate's probability covers stays at the mixer. So the value is right on the average over many passages, and no
single candidate is proven.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clew.amounts import Asset
from clew.links.cashouts import ODDS_OF_COIN, ODDS_OF_NOTE, Cashout, TagOf, odds_of
from clew.links.coinjoins import output_shares
from clew.links.mixers import Pool, pool_of_size, pools, routers
from clew.links.scaling import Floats
from clew.links.waiting import learnt_waiting
from clew.links.withdrawals import MOST_PAIRS, Notes, pair_notes
from clew.model import TRANSIENT, Address, Grade, Limitation
from clew.tracing.cashouts import Cashouts
from clew.tracing.crossings import Ground, rows_of
from clew.tracing.labels import grade_of, theft_of
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


class _Side(NamedTuple):
    """The notes of a pool."""

    put: list[Note]
    paid: list[Note]
    own: list[frozenset[int]]
    """Of each note put in: the thefts that it is of."""
    cashed: list[Cashout | None]
    """Of each note paid out: where it was cashed out together with a theft."""


_Weighed = tuple[tuple[Share, ...], tuple[tuple[Exit, Cashout], ...]]
"""The shares of an entry, and those of them for which a common cash-out speaks."""


def _nobody(_chain: str, _address: str) -> None:
    return None


class Candidates:
    """The passages of a trace through mixers. All entries of a pool, or of a CoinJoin, are weighed together."""

    def __init__(self, mixes: Mixes, ground: Ground, until: int | None, tag_of: TagOf = _nobody) -> None:
        """``tag_of(chain, address)`` says whose addresses are exchanges': without it no cash-out is known."""
        self._mixes, self._ground, self._until = mixes, ground, until
        self._cashouts = Cashouts(ground, tag_of, until)
        self._entries: dict[Entry, Pool | None] = {}
        self._own: dict[Entry, frozenset[int]] = {}
        """The thefts of those entries that are mostly stolen, by a way that needs no mixer."""
        self._pools: list[Pool] = []
        self._refused: dict[Pool, str] = {}
        self._tables: dict[tuple[str, str, int], _Weighed] = {}
        """By pool, transaction and number of a note."""
        self.passages: dict[Entry, Passage] = {}

    def find(self, run: Run) -> bool:
        """Weigh what entered mixers since the last run; whether anything is shared that was not, or otherwise."""
        before = dict(self.passages)
        entered = [each for each in _entered(run, self._mixes) if each[0] not in self._entries]
        if not entered:
            return False
        new = {entry: pool for entry, pool, _ in entered}
        self._entries |= new
        self._own |= _own(run, {entry: event for entry, _, event in entered})
        self._cashouts.look(run, {e.chain for e, pool in new.items() if pool is None or pool.chain == _PACED})
        opened = self._open({pool for pool in new.values() if pool is not None})
        if opened or any(pool is not None and entry in self._own for entry, pool in new.items()):
            self._weigh()
        rounds = {(entry.chain, entry.tx) for entry, pool in new.items() if pool is None}
        for entry, pool in self._entries.items():
            if pool is not None:
                self._keep(entry, self._note(entry, pool))
            elif (entry.chain, entry.tx) in rounds:
                self._keep(entry, self._round(run, entry))
        return self.passages != before

    def _keep(self, entry: Entry, passage: Passage | None) -> None:
        self.passages.pop(entry, None)
        if passage is not None and passage.shares:
            self.passages[entry] = passage

    # --- CoinJoins

    def _round(self, run: Run, entry: Entry) -> Passage:
        """An input, shared over the outputs that it may have paid."""
        table, rows = run.table, rows_of(run.table, entry.chain, entry.tx)
        asset = table.assets[table.asset[rows[0]]]
        spent = [table.amount_of(row) for row in entries_in(table, rows, entry.taker, asset, 0)]
        paid = [group[0] for group in exits_in(table, rows, entry.taker, asset, 0)]
        made = [table.amount_of(row) for row in paid]
        outpoints = [table.account_name[table.receiver[row]] for row in paid]
        cashed = [self._cashouts.way_of(entry.chain, name, int(table.time[rows[0]])) for name in outpoints]
        own = [self._own.get(entry._replace(number=number), frozenset()) for number in range(len(spent))]
        column = output_shares(spent, made, odds_of(cashed, own, ODDS_OF_COIN))[:, entry.number]
        exits = [(Exit(entry.tx, place), amount) for place, amount in enumerate(made)]
        weighed = _weighed(column, exits, cashed, own[entry.number])
        return Passage(entry, entry.taker, asset, spent[entry.number], *weighed)

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
        self._pools = [pool for pool in sides if pool not in self._refused]
        used = [self._side(pool, *sides[pool]) for pool in self._pools]
        names = sorted({note.holder for side in used for note in (*side.put, *side.paid)})
        number = {name: place for place, name in enumerate(names)}
        notes = [_columns(side, number) for side in used]
        odds = [odds_of(side.cashed, side.own, ODDS_OF_NOTE) for side in used]
        found = pair_notes(notes, learnt_waiting(), odds)
        for pool, side, shares in zip(self._pools, used, found, strict=True):
            exits = [(Exit(note.tx, note.number), pool.amount or 0) for note in side.paid]
            for column, note in enumerate(side.put):
                key = pool.address, note.tx, note.number
                self._tables[key] = _weighed(shares[:, column], exits, side.cashed, side.own[column])

    def _side(self, pool: Pool, put: list[Note], paid: list[Note]) -> "_Side":
        """The notes of a pool, with what is known of them otherwise."""
        own = {(e.tx, e.number): self._own[e] for e, of in self._entries.items() if of == pool and e in self._own}
        return _Side(
            put,
            paid,
            [own.get((note.tx, note.number), frozenset()) for note in put],
            [self._cashouts.way_of(pool.chain, note.holder, note.time) for note in paid],
        )

    def _note(self, entry: Entry, pool: Pool) -> Passage | None:
        """A payment into a pool, shared over the withdrawals that may have spent it."""
        weighed = self._tables.get((pool.address, entry.tx, entry.number), ((), ()))
        asset: Asset | None = pool.asset
        return None if asset is None else Passage(entry, pool.address, asset.id, pool.amount or 0, *weighed)

    # --- what is said of it

    def limitations(self) -> list[Limitation]:
        """What was shared, mixer by mixer, and what was not."""
        groups: dict[tuple[str, str, str], list[Passage]] = {}
        for entry, passage in sorted(self.passages.items()):
            groups.setdefault((entry.chain, passage.mixer, passage.asset), []).append(passage)
        found = [_told(*place, group) for place, group in groups.items()]
        found += _spoken(self.passages.values())
        found += self._cashouts.limitations()
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


def _spoken(passages: Iterable[Passage]) -> list[Limitation]:
    """Each deposit address that spoke for candidates, with what they were given."""
    exits: dict[tuple[Cashout, str], set[tuple[str, Exit]]] = {}
    amounts: dict[tuple[Cashout, str], int] = {}
    for passage in passages:
        share = {share.exit: share.amount for share in passage.shares}
        for which, cashout in passage.cashed:
            key = cashout, passage.asset
            exits.setdefault(key, set()).add((passage.mixer, which))
            amounts[key] = amounts.get(key, 0) + share[which]
    return [
        Limitation(
            "common-cash-out",
            f"a deposit address of {cashout.exchange} that the theft reached by a way without a mixer: {len(which)} "
            f"{'candidate goes' if len(which) == 1 else 'candidates go'} there too, and got more for it",
            cashout.chain,
            cashout.address,
            amounts[cashout, asset],
            asset,
        )
        for (cashout, asset), which in sorted(exits.items(), key=lambda item: (item[0][0][:3], item[0][1]))
    ]


def _entered(run: Run, mixes: Mixes) -> Iterator[tuple[Entry, Pool | None, int]]:
    """What stolen units entered: inputs of CoinJoins, notes paid into pools or their routers; each with its event."""
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
            yield Entry(account.chain, tx, account.name, rows.index(row)), pool, event


def _pool(chain: str, name: str, asset: str, amount: int) -> Pool | None:
    """The pool that a payment is a note of."""
    pool = pools().get((chain, name))
    if pool is None and (chain, name) in routers():
        pool = pool_of_size(asset, amount)
    if pool is None or pool.asset is None or (pool.asset.id, pool.amount) != (asset, amount):
        return None
    return pool


def _columns(side: _Side, number: dict[str, int]) -> Notes:
    """The notes as arrays; time as blocks."""
    first = min((note.time for note in (*side.put, *side.paid)), default=0)

    def blocks(notes: list[Note]) -> list[int]:
        return [(note.time - first) * _BLOCKS_A_DAY // _DAY for note in notes]

    def holders(notes: list[Note]) -> list[int]:
        return [number[note.holder] for note in notes]

    stolen = [int(bool(thefts)) for thefts in side.own]
    columns = (blocks(side.put), holders(side.put), blocks(side.paid), holders(side.paid), stolen)
    return Notes(*(np.array(column, dtype=np.int64) for column in columns))


def _weighed(
    column: Floats, exits: Sequence[tuple[Exit, int]], cashed: Sequence[Cashout | None], own: frozenset[int]
) -> _Weighed:
    """The shares of an entry of these thefts, and those for which a cash-out of one of them speaks."""
    spoken = (
        (exit_, cashout)
        for share, (exit_, _), cashout in zip(column.tolist(), exits, cashed, strict=True)
        if share >= LEAST and cashout and cashout.thefts & own
    )
    return shares_of(column, exits), tuple(spoken)


def shares_of(column: Floats, exits: Sequence[tuple[Exit, int]]) -> tuple[Share, ...]:
    """The candidates of an entry, of each its amount in proportion to the share of it that is the entry's.

    A share is cut to billionths; what that leaves stays at the mixer.
    """
    return tuple(
        Share(exits[row][0], exits[row][1] * int(column[row] * _BILLION) // _BILLION)
        for row in np.flatnonzero(column >= LEAST).tolist()
    )


def _own(run: Run, entries: Mapping[Entry, int]) -> dict[Entry, frozenset[int]]:
    """Of entries (with their events), those at least half stolen by a way that needs no mixer: of which thefts.

    A note that bears a little of a theft may be put in by somebody who was paid with it.
    """
    sums: dict[int, dict[int, int]] = {}
    records = run.records
    for event, label, amount in zip(records.where, records.label, records.amount, strict=True):
        if grade_of(label) is not Grade.EXPECTED:
            stolen = sums.setdefault(event, {})
            stolen[theft_of(label)] = stolen.get(theft_of(label), 0) + amount
    found: dict[Entry, frozenset[int]] = {}
    for entry, event in entries.items():
        stolen = sums.get(event, {})
        if 2 * sum(stolen.values()) >= run.table.amount_of(int(run.journal.row[event])) and stolen:
            found[entry] = frozenset(stolen)
    return found
