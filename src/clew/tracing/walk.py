"""The walk: load the histories of the accounts that hold taint, carry it, look who holds it now, and so on.

The answer equals a run over the whole chain, restricted to what was loaded: an account is drawn from only when its
whole history is at hand, and whoever is not loaded keeps what he received. Services, contracts Clew cannot decode and
accounts too busy to be one person's are where the walk stops.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import Protocol

import numpy as np

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains import find_chain
from clew.chains.execution import ZERO_ADDRESS
from clew.chains.logs import Log
from clew.errors import InputError, RetryError, SourceError
from clew.ledger import TransferTable
from clew.links.coinjoins import coinjoin_of, mixer_tag
from clew.links.handovers import find_handovers
from clew.links.swaps import Unresolved, find_swaps
from clew.links.trades import find_exchanges
from clew.links.vouching import assets_of, set_apart
from clew.model import TRANSIENT, Address, Case, Category, History, Kind, Limitation, Tag
from clew.tracing.contracts import behaving_contracts
from clew.tracing.crossings import Crosser, Crossings, Payment, no_crossings, payment_of
from clew.tracing.events import Account, Journal, write_journal
from clew.tracing.gaps import missing_kinds, unfollowed_exchanges, unswapped, unvouched
from clew.tracing.labels import GRADES, theft_of
from clew.tracing.paths import Ways, follow_ways
from clew.tracing.policies import Policy
from clew.tracing.taint import Marks, Rows, Taint
from clew.tracing.uint128 import pack

_KINDS = tuple(Kind)
_MOST_SHOWN = 200
"""Transactions that are asked for whole, to see whom a swap paid: two or three questions each."""
_BUSY = "too busy to be one person's"
_BATCH = 32
"""Accounts loaded between two runs: the largest first, since what they pay decides who comes next."""


class Histories(Protocol):
    """Where the walk gets transfers: it names accounts and transactions, and reads the ledger they end in."""

    def load(self, accounts: Sequence[Address]) -> None:
        """Load the whole histories of accounts (addresses, or outpoints) not loaded yet."""
        ...

    def show(self, transactions: Sequence[Address]) -> Sequence[Address]:
        """Load single transactions, each named by its chain and id; those of them the source could show whole."""
        ...

    def history(self, chain: str, account: str) -> History | None:
        """How completely an account is known; None where it was not loaded."""
        ...

    def whole(self, chain: str) -> bool:
        """Whether a chain was read block by block, so that every account's history is at hand."""
        ...

    def transfers(self) -> TransferTable:
        """All that is loaded."""
        ...

    def logs(self, chain: str, tx: str) -> Sequence[Log] | None:
        """The events of a transaction; None where no reply at hand shows them."""
        ...

    def limitations(self) -> list[Limitation]:
        """What the replies could not show."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the walk gives up; what it leaves is disposed of as not followed, with the bound that stopped it."""

    max_addresses: int = 1000
    """Accounts whose histories are loaded."""
    min_amount: Mapping[int, int] | None = None
    """By theft: fewest origin units for which an account is loaded."""
    max_hops: int | None = None
    """Transfers from the thief's first account beyond which nothing is loaded."""
    until: int | None = None
    """Seconds since 1970: transfers after it are left out, so the answer is as of then."""
    max_transfers: int = 20_000
    """Transfers above which an account is too busy to be one person's."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the walk does not draw from an account."""

    kind: str
    """``service``, ``burned``, ``contract``, ``not-followed`` or ``unavailable``."""
    detail: str = ""
    tag: Tag | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A finished walk under one policy."""

    case: Case
    policy: Policy
    bounds: Bounds
    table: TransferTable
    journal: Journal
    holdings: Rows
    """Tainted units by (account, label) at the end."""
    records: Rows
    """Tainted units by (event, label)."""
    ways: Ways
    stops: Mapping[int, Stop]
    """By account: why it is not drawn from. Accounts that are drawn from are not in it."""
    histories: Mapping[int, History]
    """By account: what is known of those that hold or held taint."""
    limitations: tuple[Limitation, ...]
    loaded: int
    frozen: Mapping[int, Tag]
    """By account: the tag that says its asset is frozen there, as of the end of the trace."""


Progress = Callable[[int, int], None]
"""``progress(accounts loaded, accounts waiting)``."""


def walk(
    case: Case,
    policy: Policy,
    histories: Histories,
    attribution: Attribution,
    bounds: Bounds,
    *,
    claims: Callable[[], Mapping[str, Asset]] = dict,
    crossings: Crossings = no_crossings,
    progress: Progress | None = None,
) -> Trace:
    """Follow the thefts of `case` until no account that holds taint could still be loaded within `bounds`.

    `claims` gives what the tokens met say of themselves, by asset id; a swap into a fake token is not followed.
    `crossings` is asked once for each tainted payment into a bridge, and the walk goes on where the bridge paid out.
    InputError where what is loaded contradicts the case, or shows no such theft.
    """
    walker = _Walker(case, policy, histories, attribution, bounds, claims)
    crosser = Crosser(crossings, walker, case.conversions)
    walker.begin()
    while True:
        run = walker.run()
        if walker.cross(run, crosser) or walker.mix(run):
            continue
        waiting = walker.frontier(run)
        if progress is not None:
            progress(len(walker.loaded), len(waiting))
        if waiting:
            walker.load(waiting[:_BATCH])
        elif not walker.look_into(run):
            return walker.finish(run, crosser.limitations)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    table: TransferTable
    journal: Journal
    holdings: Rows
    records: Rows
    ways: Ways
    stops: dict[int, Stop]
    unexplained: dict[int, int]


class _Walker:
    def __init__(
        self,
        case: Case,
        policy: Policy,
        histories: Histories,
        attribution: Attribution,
        bounds: Bounds,
        claims: Callable[[], Mapping[str, Asset]],
    ) -> None:
        self.case, self.policy, self.histories = case, policy, histories
        self.attribution, self.bounds, self.claims = attribution, bounds, claims
        self.loaded: set[Address] = set()
        self.refused: dict[Address, str] = {}
        self._unpaired: list[Unresolved] = []
        self._judged: set[tuple[str, str]] = set()
        self._mixes: dict[tuple[str, str], Stop] = {}
        self._shown: dict[Address, bool] = {}
        self._met: tuple[TransferTable, Case, set[tuple[str, str]]] | None = None
        self._known: dict[Address, History | None] = {}

    def begin(self) -> None:
        """Load what the case itself names: the thieves' first accounts, the transactions of its thefts and conversions,
        and whom a conversion pays."""
        first = [Address(t.chain, t.to) for t in self.case.thefts if not find_chain(t.chain).utxo]
        self.load(list(dict.fromkeys(first)))
        self.histories.show([Address(t.chain, t.tx) for t in self.case.thefts if find_chain(t.chain).utxo])
        pending = self._journal(self.histories.transfers()).pending
        if pending:
            self.histories.show([_named(name) for name in pending])
            self.load(self._payees())

    def _payees(self) -> list[Address]:
        """Receivers of conversions whose output no reply shows yet: until it is applied no taint leads to them."""
        pending = set(self._journal(self.histories.transfers()).pending)
        payees = [
            Address(c.asset_out.chain, c.receiver)
            for c in self.case.conversions
            if f"{c.asset_out.chain}:{c.tx_out or c.tx}" in pending
        ]
        return [
            payee
            for payee in dict.fromkeys(payees)
            if not find_chain(payee.chain).utxo and self.attribution.stop_at(*payee) is None
        ]

    def load(self, accounts: Sequence[Address]) -> None:
        """Load accounts; they count against the bound once."""
        self.histories.load(accounts)
        self.loaded.update(accounts)
        for account in accounts:
            self._known.pop(account, None)

    def history(self, chain: str, account: str) -> History | None:
        """The history of an account this walk loaded, asked of the ledger once.

        What another walk left in the ledger does not count, so that a result never depends on the folder's past.
        """
        key = Address(chain, account)
        if key not in self.loaded and not self.histories.whole(chain):
            return None
        if key not in self._known:
            self._known[key] = self.histories.history(chain, account)
        return self._known[key]

    def _journal(self, table: TransferTable) -> Journal:
        contracts = self._contracts(table)

        @cache
        def follows(chain: str, name: str) -> bool:
            return self._stop(Account(chain, name, ""), contracts) is None

        def whole(chain: str, tx: str) -> bool:
            return self._shown.get(Address(chain, tx), False) or self.histories.whole(chain)

        claims = self.claims()
        own, unpaired = find_swaps(table, follows, claims)
        for_others, untold = find_handovers(table, follows, contracts, whole, claims)

        def logs(chain: str, tx: str) -> Sequence[Log] | None:
            return self.histories.logs(chain, tx) if whole(chain, tx) else None

        followed, doubtful = set_apart(table, [*own, *for_others], assets_of(self.case), logs)
        swaps = sorted(followed, key=lambda swap: (swap.paid, swap.party))
        exchanges, self._unpaired = find_exchanges(table, [*unpaired, *untold, *doubtful], logs, contracts, claims)
        until = self.bounds.until
        return write_journal(table, self.case, shows=self._shows, until=until, swaps=swaps, exchanges=exchanges)

    def _shows(self, chain: str, address: str, asset: str) -> bool:
        """Whether every receipt of an asset would be in the loaded history of an address."""
        history = self.history(chain, address)
        if history is None or history.status != "complete":
            return False
        needed = {Kind.NATIVE, Kind.CALL, Kind.INTERNAL} if asset == find_chain(chain).native.id else {Kind.TOKEN}
        return needed <= history.covers

    # --- one run

    def run(self) -> _Run:
        """Carry the taint through all that is loaded."""
        table = self.histories.transfers()
        journal = self._journal(table)
        self._check_thefts(journal)
        stops = self._stops(table, journal)
        follows = np.ones(len(journal.accounts), dtype=np.bool_)
        follows[list(stops)] = False
        labels = 1 + len(GRADES) * len(self.case.thefts)
        taint = Taint(self.policy, accounts=len(follows), labels=labels)
        taint.advance(journal.events._replace(follows=follows), journal.marks)
        records = taint.records()
        ways = _ways(journal, records, len(self.case.thefts))
        return _Run(table, journal, taint.holdings(), records, ways, stops, taint.unexplained())

    def _check_thefts(self, journal: Journal) -> None:
        for theft in self.case.thefts:
            if f"{theft.chain}:{theft.tx}" in journal.pending:
                raise InputError(
                    f"no reply shows transaction {theft.tx}",
                    where=f"theft {theft.id}",
                    mend="check the transaction and the chain; the source must know the history of "
                    f"{theft.to} or the transaction itself",
                )

    def _contracts(self, table: TransferTable) -> set[tuple[str, str]]:
        """The contracts met, but for those that a tag calls somebody's wallet."""
        if self._met is not None and self._met[0] is table and self._met[1] is self.case:
            return self._met[2]
        found = behaving_contracts(table, assets_of(self.case))
        self._met = table, self.case, {account for account in found if not self.attribution.is_wallet(*account)}
        return self._met[2]

    def _stops(self, table: TransferTable, journal: Journal) -> dict[int, Stop]:
        contracts = self._contracts(table)
        stops: dict[int, Stop] = {}
        for number, account in enumerate(journal.accounts):
            stop = self._stop(account, contracts)
            if stop is not None:
                stops[number] = stop
        return stops

    def _stop(self, account: Account, contracts: set[tuple[str, str]]) -> Stop | None:
        if account.made:
            return self._mixes.get((account.chain, account.name), None if account.passes else Stop("outside"))
        tag = self.attribution.stop_at(account.chain, account.address)
        if tag is not None and not self._stolen_to(account):
            kind = "burned" if tag.category is Category.BURN else "service"
            return Stop(kind, tag.label, tag)
        if account.name == ZERO_ADDRESS:
            return Stop("burned", "sent to the zero address, which nobody holds")
        history = self.history(account.chain, account.name)
        if history is None:
            return Stop("not-followed", self.refused.get(Address(account.chain, account.name), ""))
        if history.status == "busy":
            return Stop("not-followed", f"more than {self.bounds.max_transfers} transfers: {_BUSY}")
        if history.status != "complete":
            return Stop("unavailable", f"{history.status} history: {history.detail}")
        seen = Kind.FEE in history.covers  # else an owner's own transactions would not show
        if seen and (account.chain, account.name) in contracts and not self._stolen_to(account):
            return Stop("contract", "a contract whose rules Clew does not decode")
        return None

    def _stolen_to(self, account: Account) -> bool:
        """The thief's own account is followed, whatever a tag says of it."""
        return any(t.chain == account.chain and t.to == account.address for t in self.case.thefts)

    # --- bridges

    def cross(self, run: _Run, crosser: Crosser) -> bool:
        """Ask what became of tainted payments into bridges; whether anything was learnt."""
        share: dict[Payment, Fraction] = {}
        records = run.records
        for event, label, origin in zip(records.where, records.label, records.origin, strict=True):
            number = int(run.journal.events.receiver[event])
            payment = self._payment(run, event, number) if bool(run.journal.shown[event]) else None
            if payment is not None:
                part = Fraction(origin, self.case.thefts[theft_of(label)].amount)
                share[payment] = share.get(payment, Fraction(0)) + part
        found = crosser.cross(share)
        if found:
            self.case = replace(self.case, conversions=(*self.case.conversions, *found))
        return bool(found)

    def _payment(self, run: _Run, event: int, number: int) -> Payment | None:
        """The payment of an event that a bridge may have taken in: a tag says so, or its transaction is shown whole."""
        stop, row = run.stops.get(number), int(run.journal.row[event])
        if stop is None:
            return None
        key = Address(run.table.chains[run.table.chain[row]], run.table.txs[run.table.tx[row]])
        bridge = stop.tag is not None and stop.tag.category is Category.BRIDGE
        whole = self._shown.get(key, False) or self.histories.whole(key.chain)
        if not bridge and not (whole and _may_pay_on(stop)):
            return None
        return payment_of(run.table, row, run.journal.accounts[number].address, stop.tag if bridge else None)

    def show(self, transaction: Address) -> None:
        """As `Ground`. A source that refuses shows nothing, as a replay finds it; a passing fault ends the run."""
        try:
            self.histories.show([transaction])
        except RetryError:
            raise
        except (InputError, SourceError):
            return

    def whole(self, chain: str) -> bool:
        """As `Ground`."""
        return self.histories.whole(chain)

    def transfers(self) -> TransferTable:
        """As `Ground`."""
        return self.histories.transfers()

    def reach(self, account: Address) -> str:
        """As `Ground`: one account more, if the bounds allow it."""
        if account not in self.loaded:
            if len(self.loaded) >= self.bounds.max_addresses:
                return f"{self.bounds.max_addresses} accounts were loaded already"
            tag = self.attribution.stop_at(*account)
            if tag is not None and not self.histories.whole(account.chain):
                return f"it is of {tag.entity or tag.label}, whose history is not one person's"
            try:
                self.load([account])
            except RetryError:
                raise
            except (InputError, SourceError):  # no source can be asked for it: a replay finds no reply of it either
                self.loaded.add(account)
        return ""

    # --- swaps that pay another

    def look_into(self, run: _Run) -> bool:
        """Ask for the transactions by which taint entered a contract or a swap service; whether one more is shown.

        An account's history shows what the account gave and got, not whom a router paid for it. Each transaction is
        asked for once, the largest share of a theft first.
        """
        share: dict[Address, Fraction] = {}
        records = run.records
        for event, label, origin in zip(records.where, records.label, records.origin, strict=True):
            stop = run.stops.get(int(run.journal.events.receiver[event]))
            row = int(run.journal.row[event])
            key = Address(run.table.chains[run.table.chain[row]], run.table.txs[run.table.tx[row]])
            if stop is None or not _may_pay_on(stop) or key in self._shown or self.histories.whole(key.chain):
                continue
            plain = stop.kind != "contract" and run.table.kind[row] == _KINDS.index(Kind.NATIVE)
            if find_chain(key.chain).family == "evm" and bool(run.journal.shown[event]) and not plain:
                part = Fraction(origin, self.case.thefts[theft_of(label)].amount)
                share[key] = share.get(key, Fraction(0)) + part
        asked = sorted(share, key=lambda key: (-share[key], key))[: max(0, _MOST_SHOWN - len(self._shown))]
        shown = set(self.histories.show(asked)) if asked else set()
        self._shown |= {key: key in shown for key in asked}
        return bool(shown)

    # --- mixes

    def mix(self, run: _Run) -> bool:
        """Judge the Bitcoin transactions that taint went through; whether one of them is a CoinJoin, where it ends."""
        before = len(self._mixes)
        reached = {int(run.journal.events.receiver[event]): int(run.journal.row[event]) for event in run.records.where}
        for number, row in sorted(reached.items()):
            account = run.journal.accounts[number]
            key = account.chain, account.name
            if not account.name.startswith(TRANSIENT) or key in self._judged:
                continue
            self._judged.add(key)
            verdict = coinjoin_of(run.table, np.flatnonzero(run.table.tx == run.table.tx[row]).tolist())
            if verdict is not None:
                tag = mixer_tag(account.chain, run.table.txs[run.table.tx[row]], verdict)
                self._mixes[key] = Stop("service", f"{tag.label}, confidence {tag.confidence} %", tag)
        return len(self._mixes) > before

    # --- who comes next

    def frontier(self, run: _Run) -> list[Address]:
        """Accounts that hold taint and could still be loaded, the largest share of a theft first."""
        self.refused = {}
        share: dict[Address, Fraction] = {}
        hops: dict[Address, int] = {}
        enough: set[Address] = set()
        for number, label, origin in zip(run.holdings.where, run.holdings.label, run.holdings.origin, strict=True):
            stop = run.stops.get(number)
            account = run.journal.accounts[number]
            key = Address(account.chain, account.name)
            if stop is None or stop.kind != "not-followed" or self.history(*key) is not None:
                continue
            theft = theft_of(label)
            share[key] = max(share.get(key, Fraction(0)), Fraction(origin, self.case.thefts[theft].amount))
            hops[key] = min(hops.get(key, 1 << 30), int(run.ways.hops[number, theft]))
            if origin >= (self.bounds.min_amount or {}).get(theft, 0):
                enough.add(key)
        waiting: list[Address] = []
        room = self.bounds.max_addresses - len(self.loaded)
        for key in sorted(share, key=lambda k: (-share[k], hops[k], k)):
            if key not in enough:
                self.refused[key] = "holds less than the least amount followed"
            elif self.bounds.max_hops is not None and hops[key] > self.bounds.max_hops:
                self.refused[key] = f"more than {self.bounds.max_hops} hops away"
            elif len(waiting) >= room:
                self.refused[key] = f"{self.bounds.max_addresses} accounts were loaded already"
            else:
                waiting.append(key)
        return waiting

    def finish(self, run: _Run, uncrossed: Sequence[Limitation]) -> Trace:
        """The trace of the last run; what was refused names its bound."""
        stops = dict(run.stops)
        for number, stop in run.stops.items():
            account = run.journal.accounts[number]
            why = self.refused.get(Address(account.chain, account.name))
            if stop.kind == "not-followed" and why is not None:
                stops[number] = Stop("not-followed", why)
        touched = set(run.holdings.where)
        events = run.journal.events
        for event in set(run.records.where):
            touched |= {int(events.sender[event]), int(events.receiver[event])}
        known = {
            number: history
            for number in sorted(touched)
            if (account := run.journal.accounts[number]) and not account.made
            if (history := self.history(account.chain, account.name)) is not None
        }
        limits = [*run.journal.limitations, *self._gaps(run, known), *self._unresolved(run), *self._said(run, known)]
        limits += [*unswapped(run.table, self._unpaired, known.values()), *uncrossed]
        limits += unfollowed_exchanges(_at_services(run))
        tainted = {int(run.journal.row[event]) for event in run.records.where}
        limits += unvouched(run.table, run.journal.swaps.values(), assets_of(self.case), tainted)
        return Trace(
            self.case,
            self.policy,
            self.bounds,
            run.table,
            run.journal,
            run.holdings,
            run.records,
            run.ways,
            stops,
            known,
            tuple(dict.fromkeys(limits)),
            len(self.loaded),
            self._frozen(run),
        )

    def _frozen(self, run: _Run) -> dict[int, Tag]:
        """The accounts whose asset somebody holds fast, where that was said by the time the answer is for."""
        found = {}
        for number in set(run.holdings.where):
            account = run.journal.accounts[number]
            tag = self.attribution.frozen_by(account.chain, account.address, account.asset)
            if tag is not None and not self._later(tag):
                found[number] = tag
        return found

    def _later(self, tag: Tag) -> bool:
        if self.bounds.until is None or not tag.lastmod:
            return False
        return datetime.fromisoformat(tag.lastmod).replace(tzinfo=UTC).timestamp() > self.bounds.until

    # --- what the answer could not see

    def _gaps(self, run: _Run, known: Mapping[int, History]) -> list[Limitation]:
        """Histories that are not whole, kinds of transfer no reply shows, and spending beyond what was received."""
        limits = []
        for number, history in known.items():
            account = run.journal.accounts[number]
            if history.status in ("truncated", "unavailable"):
                limits.append(Limitation(f"{history.status}-history", history.detail, account.chain, account.name))
        for number, amount in run.unexplained.items():
            account = run.journal.accounts[number]
            if number in known and number not in run.stops:
                limits.append(
                    Limitation(
                        "unobserved-inflow",
                        "the account spends more than it is seen to receive; the difference is counted as clean",
                        account.chain,
                        account.name,
                        amount,
                        account.asset,
                    )
                )
        return limits + missing_kinds(known.values())

    def _unresolved(self, run: _Run) -> list[Limitation]:
        return [
            Limitation("conversion-not-applied", f"no loaded history shows transaction {name.value}", name.chain)
            for name in map(_named, run.journal.pending)
        ]

    def _said(self, run: _Run, known: Mapping[int, History]) -> list[Limitation]:
        """What the replies themselves could not show, where it touches an account that holds or held taint."""
        names = {(run.journal.accounts[n].chain, run.journal.accounts[n].name) for n in known}
        return [
            limit
            for limit in self.histories.limitations()
            if not limit.address or (limit.chain, limit.address) in names
        ]


def _at_services(run: _Run) -> Iterator[tuple[Tag, Address, str, int]]:
    """The tainted units that stand at tagged services: tag, address, asset and units."""
    for number, amount in zip(run.holdings.where, run.holdings.amount, strict=True):
        tag, account = run.stops[number].tag if number in run.stops else None, run.journal.accounts[number]
        if tag is not None:
            yield tag, Address(account.chain, account.address), account.asset, amount


def _may_pay_on(stop: Stop) -> bool:
    """Whether what enters an account may leave it again for another in the same transaction, or for another chain."""
    if stop.tag is not None:
        return stop.tag.category in (Category.SWAP, Category.CONTRACT)
    return stop.kind in ("contract", "burned") or stop.detail.endswith(_BUSY)


def _named(text: str) -> Address:
    chain, _, name = text.rpartition(":")
    return Address(chain, name)


def _ways(journal: Journal, records: Rows, thefts: int) -> Ways:
    marks: Marks = journal.marks
    marked = np.zeros(len(journal.row), dtype=np.bool_)
    marked[marks.event] = True
    return follow_ways(
        np.array(records.where, dtype=np.int64),
        np.array([theft_of(label) for label in records.label], dtype=np.int64),
        pack(records.origin, width=128),
        sender=journal.events.sender,
        receiver=journal.events.receiver,
        passes=np.array([account.passes for account in journal.accounts], dtype=np.bool_),
        marked=marked,
        thefts=thefts,
    )
