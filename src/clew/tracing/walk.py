"""The walk: load the histories of the accounts that hold taint, carry it, look who holds it now, and so on.

The answer equals a run over the whole chain, restricted to what was loaded: an account is drawn from only when its
whole history is at hand, and whoever is not loaded keeps what he received. Services, contracts Clew cannot decode and
accounts too busy to be one person's are where the walk stops.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains import find_chain
from clew.chains.execution import ZERO_ADDRESS
from clew.chains.logs import Log
from clew.errors import InputError, RetryError, SourceError
from clew.ledger import TransferTable
from clew.links.handovers import find_handovers
from clew.links.swaps import Unresolved, find_swaps
from clew.links.trades import find_exchanges
from clew.links.vouching import assets_of, set_apart
from clew.model import Address, Case, Category, Conversion, History, Kind, Limitation, Tag
from clew.tracing.apart import carry
from clew.tracing.candidates import Candidates
from clew.tracing.contracts import behaving_contracts
from clew.tracing.crossings import Crosser, Crossings, Payment, no_crossings, payment_of
from clew.tracing.deposits import deposit_addresses
from clew.tracing.events import write_journal
from clew.tracing.exchangers import Exchanger
from clew.tracing.frontier import frontier_of, shares
from clew.tracing.gaps import at_services, gaps, said, unfollowed_exchanges, unresolved, unswapped, unvouched
from clew.tracing.journal import Account, Journal
from clew.tracing.labels import GRADES
from clew.tracing.mixes import Mixes
from clew.tracing.paths import Ways, follow_ways
from clew.tracing.policies import Policy
from clew.tracing.suspects import Suspects
from clew.tracing.taint import Marks, Rows
from clew.tracing.trace import BUSY, Bounds, Histories, Run, Stop, Trace, may_pay_on, named
from clew.tracing.uint128 import pack

_KINDS = tuple(Kind)
_MOST_SHOWN = 200
"""Transactions that are asked for whole, to see whom a swap paid: two or three questions each."""
_BATCH = 32
"""Accounts loaded between two runs: the largest first, since what they pay decides who comes next."""


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
        if walker.cross(run, crosser) or walker.mixes.judge(run) or walker.suspect(run):
            continue
        waiting = walker.wait(run)
        if progress is not None:
            progress(len(walker.loaded), len(waiting))
        if waiting:
            walker.load(waiting[:_BATCH])
        elif not walker.look_into(run) and not walker.exchange(run, crosser) and not walker.share(run):
            return walker.finish(run, crosser.limitations)


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
        self.mixes = Mixes()
        self.suspects = Suspects(self._owned)
        self.exchangers = [
            Exchanger(name, [Address(*place) for place in attribution.addresses_of(name)], self)
            for name in dict.fromkeys(bounds.exchangers)
        ]
        self.candidates = Candidates(self.mixes, self, bounds.until, attribution.stop_at)
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
            self.histories.show([named(name) for name in pending])
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
        shared = self.candidates.passages.values()
        return write_journal(
            table, self.case, shows=self._shows, until=until, swaps=swaps, exchanges=exchanges, passages=shared
        )

    def _shows(self, chain: str, address: str, asset: str) -> bool:
        """Whether every receipt of an asset would be in the loaded history of an address."""
        history = self.history(chain, address)
        if history is None or history.status != "complete":
            return False
        needed = {Kind.NATIVE, Kind.CALL, Kind.INTERNAL} if asset == find_chain(chain).native.id else {Kind.TOKEN}
        return needed <= history.covers

    # --- one run

    def run(self) -> Run:
        """Carry the taint through all that is loaded."""
        table = self.histories.transfers()
        journal = self._journal(table)
        self._check_thefts(journal)
        stops = self._stops(table, journal)
        follows = np.ones(len(journal.accounts), dtype=np.bool_)
        follows[list(stops)] = False
        labels = 1 + len(GRADES) * len(self.case.thefts)
        events = journal.events._replace(follows=follows)
        holdings, records, unexplained = carry(self.policy, events, journal.marks, accounts=len(follows), labels=labels)
        ways = _ways(journal, records, len(self.case.thefts))
        return Run(table, journal, holdings, records, ways, stops, unexplained)

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
            return self.mixes.stops.get((account.chain, account.name), None if account.passes else Stop("outside"))
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
            return Stop("not-followed", f"more than {self.bounds.max_transfers} transfers: {BUSY}")
        if history.status != "complete":
            return Stop("unavailable", f"{history.status} history: {history.detail}")
        seen = Kind.FEE in history.covers  # else an owner's own transactions would not show
        if seen and (account.chain, account.name) in contracts and not self._stolen_to(account):
            return Stop("contract", "a contract whose rules Clew does not decode")
        return self.suspects.stops.get((account.chain, account.name))

    def _stolen_to(self, account: Account) -> bool:
        """The thief's own account is followed, whatever a tag says of it."""
        return any(t.chain == account.chain and t.to == account.address for t in self.case.thefts)

    def _owned(self, chain: str, address: str) -> bool:
        """Whether the case or a tag says that an address is somebody's own."""
        return self._stolen_to(Account(chain, address, "")) or self.attribution.is_wallet(chain, address)

    def suspect(self, run: Run) -> bool:
        """Look for services that no tag names; whether one was found at which the walk ends."""
        return not self.bounds.through_suspects and self.suspects.judge(run)

    # --- bridges

    def cross(self, run: Run, crosser: Crosser) -> bool:
        """Ask what became of tainted payments into bridges; whether anything was learnt."""
        found = crosser.cross(shares(run, self.case.thefts, lambda event: self._payment(run, event)))
        if found:
            self.case = replace(self.case, conversions=(*self.case.conversions, *found))
        return bool(found)

    def _payment(self, run: Run, event: int) -> Payment | None:
        """The payment of an event that a bridge may have taken in: a tag says so, or its transaction is shown whole."""
        number, row = int(run.journal.events.receiver[event]), int(run.journal.row[event])
        stop = run.stops.get(number)
        if stop is None or not bool(run.journal.shown[event]):
            return None
        key = Address(run.table.chains[run.table.chain[row]], run.table.txs[run.table.tx[row]])
        bridge = stop.tag is not None and stop.tag.category is Category.BRIDGE
        whole = self._shown.get(key, False) or self.histories.whole(key.chain)
        if not bridge and not (whole and may_pay_on(stop)):
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

    def reach(self, account: Address, *, of_service: bool = False) -> str:
        """As `Ground`: one account more, if the bounds allow it."""
        if account not in self.loaded:
            if len(self.loaded) >= self.bounds.max_addresses:
                return f"{self.bounds.max_addresses} accounts were loaded already"
            tag = self.attribution.stop_at(*account)
            if tag is not None and not of_service and not self.histories.whole(account.chain):
                return f"it is of {tag.entity or tag.label}, whose history is not one person's"
            try:
                self.load([account])
            except RetryError:
                raise
            except (InputError, SourceError):  # no source can be asked for it: a replay finds no reply of it either
                self.loaded.add(account)
        return ""

    def exchange(self, run: Run, crosser: Crosser) -> bool:
        """Match deposits into the exchangers that are to be followed, once all are known; whether one was."""
        found: list[Conversion] = []
        for exchanger in self.exchangers:
            found += exchanger.match(run, self.case.thefts, self.case.conversions, crosser)
        if found:
            self.case = replace(self.case, conversions=(*self.case.conversions, *found))
        return bool(found)

    def share(self, run: Run) -> bool:
        """Share what entered mixers over what may be its, where the investigator asks for it; whether more was."""
        return self.bounds.through_mixes and self.candidates.find(run)

    # --- swaps that pay another

    def look_into(self, run: Run) -> bool:
        """Ask for the transactions by which taint entered a contract or a swap service; whether one more is shown.

        An account's history shows what the account gave and got, not whom a router paid for it. Each transaction is
        asked for once, the largest share of a theft first.
        """
        share = shares(run, self.case.thefts, lambda event: self._unseen(run, event))
        asked = sorted(share, key=lambda key: (-share[key], key))[: max(0, _MOST_SHOWN - len(self._shown))]
        shown = set(self.histories.show(asked)) if asked else set()
        self._shown |= {key: key in shown for key in asked}
        return bool(shown)

    def _unseen(self, run: Run, event: int) -> Address | None:
        """The transaction of an event, if it may have paid on what it brought, and was not asked for yet."""
        stop = run.stops.get(int(run.journal.events.receiver[event]))
        row = int(run.journal.row[event])
        key = Address(run.table.chains[run.table.chain[row]], run.table.txs[run.table.tx[row]])
        if stop is None or not may_pay_on(stop) or key in self._shown or self.histories.whole(key.chain):
            return None
        plain = stop.kind != "contract" and run.table.kind[row] == _KINDS.index(Kind.NATIVE)
        asks = find_chain(key.chain).family == "evm" and bool(run.journal.shown[event]) and not plain
        return key if asks else None

    def wait(self, run: Run) -> list[Address]:
        """Who comes next."""
        waiting, self.refused = frontier_of(run, self.case.thefts, self.bounds, len(self.loaded), self.history)
        return waiting

    def finish(self, run: Run, uncrossed: Sequence[Limitation]) -> Trace:
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
        limits = [*run.journal.limitations, *gaps(run, known), *unresolved(run)]
        limits += said(run, known, self.histories.limitations())
        limits += [*unswapped(run.table, self._unpaired, known.values()), *uncrossed]
        limits += [limit for exchanger in self.exchangers for limit in exchanger.limitations]
        limits += self.candidates.limitations()
        limits += unfollowed_exchanges(at for at in at_services(run) if at[0].entity not in self.bounds.exchangers)
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
            tuple(self.candidates.passages.values()),
            deposit_addresses(run, self.attribution.stop_at, self._owned, self.bounds.until),
        )

    def _frozen(self, run: Run) -> dict[int, Tag]:
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


def _ways(journal: Journal, records: Rows, thefts: int) -> Ways:
    marks: Marks = journal.marks
    marked = np.zeros(len(journal.row), dtype=np.bool_)
    marked[marks.event] = True
    return follow_ways(
        np.array(records.where, dtype=np.int64),
        np.array(records.label, dtype=np.int64),
        pack(records.origin, width=128),
        grade=journal.events.grade,
        sender=journal.events.sender,
        receiver=journal.events.receiver,
        passes=np.array([account.passes for account in journal.accounts], dtype=np.bool_),
        marked=marked,
        thefts=thefts,
    )
