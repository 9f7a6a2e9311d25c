"""Instant exchangers that the investigator names: which payout a deposit of stolen units became, where one is sure.

An exchanger takes a deposit in one asset and pays out in another, under no public id. Its deposit addresses are an
order's own and soon swept to a wallet that tags know; what it pays comes from wallets that tags know. All deposits of
a trace are weighed together (`links.payouts`), at prices that the trace itself shows: what its bridges and trades gave
for the same asset. What is not sure stays where it was paid, and is told as a lead.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.ledger import TransferTable
from clew.links.crossings import terms_of
from clew.links.payouts import (
    FRESH,
    SURE,
    Deposit,
    Match,
    Payout,
    Quote,
    amounts_out,
    choose_payouts,
    match_payouts,
)
from clew.model import Address, Basis, Conversion, Grade, Kind, Limitation, Tag, Theft
from clew.tracing.crossings import Crosser, Crossing, Ground, Payment, paid, payment_of, rows_of
from clew.tracing.frontier import shares
from clew.tracing.trace import Run

_KINDS = tuple(Kind)
_INPUT, _OUTPUT = _KINDS.index(Kind.INPUT), _KINDS.index(Kind.OUTPUT)
_PAYING = [_KINDS.index(kind) for kind in (Kind.NATIVE, Kind.CALL, Kind.INTERNAL, Kind.TOKEN)]


class Made(NamedTuple):
    """A payout, and where it was made."""

    asset: str
    payout: Payout


class Exchanger:
    """One exchanger, by the name its tags bear."""

    def __init__(self, name: str, addresses: Sequence[Address], ground: Ground) -> None:
        self._name, self._addresses, self._ground = name, addresses, ground
        self._joined: set[Payment] = set()
        self.limitations: list[Limitation] = []
        """What became of deposits that were not followed, as far as it is known."""

    def match(
        self, run: Run, thefts: Sequence[Theft], known: Sequence[Conversion], crosser: Crosser
    ) -> list[Conversion]:
        """The conversions of deposits not joined yet; what `crosser` finds contradicted is left out."""
        payments = [one for one in self._payments(run, thefts) if one not in self._joined]
        self.limitations = []
        if not payments:
            return []
        closed = [why for why in map(self._open, self._addresses) if why]
        table = self._ground.transfers()
        payments = [replace(one, amount=paid(table, one)) for one in payments]
        spoken_for = {(c.asset_out.chain, c.tx_out, c.receiver, c.amount_out) for c in known}
        made = [
            one
            for one in payouts_of(table, self._addresses)
            if (one.asset.partition("/")[0], one.payout.tx, one.payout.receiver, one.payout.amount) not in spoken_for
        ]
        found: list[Conversion] = []
        for asset_in in sorted({one.asset for one in payments}):
            mine = [one for one in payments if one.asset == asset_in]
            found += self._matched(mine, made, _Prices(run, table, known), crosser, closed)
        return found

    def _matched(
        self, payments: list[Payment], made: list[Made], prices: "_Prices", crosser: Crosser, closed: list[str]
    ) -> list[Conversion]:
        """Of deposits of one asset: those that are sure, joined; of the others a lead."""
        payments = sorted(payments, key=lambda one: (one.time, one.tx))
        deposits = [Deposit(one.time, one.amount) for one in payments]
        best: dict[int, tuple[Match, Made]] = {}
        priced: set[int] = set()
        for asset_out in sorted({one.asset for one in made} - {payments[0].asset}):
            theirs = sorted((one for one in made if one.asset == asset_out), key=lambda one: one.payout.time)
            quotes, terms = prices.of(payments[0].asset, asset_out), terms_of(self._name)
            priced |= {n for n, deposit in enumerate(deposits) if amounts_out(deposit, quotes, terms) is not None}
            matches = match_payouts(deposits, [one.payout for one in theirs], quotes, terms)
            for match in [*matches, *choose_payouts(matches)]:
                if match.deposit not in best or best[match.deposit][0].probability < match.probability:
                    best[match.deposit] = match, theirs[match.payout]
        found: list[Conversion] = []
        for number, payment in enumerate(payments):
            likeliest = best.get(number)
            if likeliest is not None and likeliest[0].probability >= SURE:
                joined = crosser.join(payment, Crossing((self._conversion(payment, *likeliest),)))
                found += joined
                self._joined |= {replace(payment, amount=0)} if joined else set()
            else:
                self._lead(payment, likeliest, number in priced, closed)
        return found

    def _conversion(self, payment: Payment, match: Match, one: Made) -> Conversion:
        note = f"{self._name}: the one payout that fits in value and time"
        if match.sharing > 1:
            note = (
                f"{self._name}: {match.sharing} deposits of the trace share as many payouts that fit; in order of time"
            )
        basis = Basis(self._name, payment.taker, "", match.probability, match.base_rate, match.candidates)
        given, got, payout = _asset(payment.asset), _asset(one.asset), one.payout
        ends = (payout.receiver, payment.tx, payout.tx)
        return Conversion(given, payment.amount, payment.sender, got, payout.amount, *ends, Grade.INFERRED, note, basis)

    def _lead(
        self, payment: Payment, likeliest: tuple[Match, Made] | None, priced: bool, closed: Iterable[str]
    ) -> None:
        if likeliest is not None:
            match, one = likeliest
            why = (
                f"{match.candidates} payouts of {self._name} fit in value and time; the likeliest, {one.payout.tx} to "
            )
            why += f"{one.payout.receiver}, has probability {match.probability:.3f}, below {SURE}"
        elif not priced:
            why = f"no payout of {self._name} is at hand in an asset whose price the trace shows within {FRESH} seconds"
        else:
            why = f"no payout of {self._name} that is at hand fits in value and time"
        detail = "; ".join([f"transaction {payment.tx}: {why}", *closed])
        where = payment.chain, payment.taker
        self.limitations.append(Limitation("exchange-not-followed", detail, *where, payment.amount, payment.asset))

    def _open(self, account: Address) -> str:
        """Load what one of its wallets paid; why not, or nothing where it is at hand."""
        if self._ground.whole(account.chain):
            return ""
        why = self._ground.reach(account, of_service=True)
        history = self._ground.history(*account)
        if not why and (history is None or history.status != "complete"):
            why = "its history is " + ("not to be had" if history is None else history.status)
        return f"{account.value} was not read: {why}" if why else ""

    def _payments(self, run: Run, thefts: Sequence[Theft]) -> list[Payment]:
        """Its deposits of stolen units, the largest share of a theft first: to an order's own address, or to itself."""
        taken = {n: stop.tag for n, stop in run.stops.items() if stop.tag is not None and stop.tag.entity == self._name}
        swept = _swept(run, taken)
        receiver, sender = run.journal.events.receiver, run.journal.events.sender

        def payment(event: int) -> Payment | None:
            number, row = int(receiver[event]), int(run.journal.row[event])
            tag = taken.get(number) or swept.get(number)
            if tag is None or int(sender[event]) in swept or not bool(run.journal.shown[event]):
                return None
            return payment_of(run.table, row, run.journal.accounts[number].address, tag)

        share = shares(run, thefts, payment)
        return sorted(share, key=lambda one: (-share[one], one.chain, one.tx, one.sender, one.asset, one.taker))


def _swept(run: Run, taken: dict[int, Tag]) -> dict[int, Tag]:
    """Accounts that no tag names and that pay an exchanger all they ever pay: an order's own addresses."""
    sender, receiver = run.journal.events.sender, run.journal.events.receiver
    found = {}
    for number in {int(sender[event]) for event in run.records.where if int(receiver[event]) in taken}:
        if number in run.stops or run.journal.accounts[number].made or number in taken:
            continue
        payees = set(receiver[sender == number].tolist())
        others = [payee for payee in payees - taken.keys() if not run.journal.accounts[payee].made]
        if not others:
            found[number] = next(taken[payee] for payee in sorted(payees) if payee in taken)
    return found


def payouts_of(table: TransferTable, addresses: Collection[Address]) -> list[Made]:
    """What accounts of a service, on whatever chains, paid to others, in the order of the table."""
    chains = table.account_chain.tolist()
    own = np.zeros(len(chains) + 1, dtype=np.bool_)  # its last place is that of no owner, -1
    for code, (chain, name) in enumerate(zip(chains, table.account_name, strict=True)):
        own[code] = Address(table.chains[chain], name) in addresses
    spent = (table.kind == _INPUT) & own[table.owner]
    ours = np.zeros(len(table.txs), dtype=np.bool_)
    ours[table.tx[spent]] = True
    outputs = (table.kind == _OUTPUT) & ours[table.tx] & ~own[table.owner] & (table.owner >= 0)
    plain = np.isin(table.kind, _PAYING) & own[table.sender] & ~own[table.receiver]
    found = []
    for row in np.flatnonzero(outputs | plain).tolist():
        receiver = table.account_name[table.owner[row] if outputs[row] else table.receiver[row]]
        payout = Payout(int(table.time[row]), table.amount_of(row), table.txs[table.tx[row]], receiver)
        found.append(Made(table.assets[table.asset[row]], payout))
    return found


class _Prices:
    """What a trace gave of one asset for another: its bridges with records, and its swaps."""

    def __init__(self, run: Run, table: TransferTable, known: Sequence[Conversion]) -> None:
        self._quotes: dict[tuple[str, str], list[Quote]] = {}
        for c in known:
            if c.basis is None or c.basis.probability is None:
                rows = rows_of(table, c.asset_in.chain, c.tx)
                if rows:
                    quote = Quote(int(table.time[rows[0]]), c.amount_in, c.amount_out)
                    self._quotes.setdefault((c.asset_in.id, c.asset_out.id), []).append(quote)
        names = run.table.assets
        for swap in run.journal.swaps.values():
            quote = Quote(int(run.table.time[swap.paid[0]]), swap.net_in, swap.net_out)
            self._quotes.setdefault((names[swap.asset_in], names[swap.asset_out]), []).append(quote)

    def of(self, given: str, got: str) -> list[Quote]:
        """The prices of an asset in another, as trades."""
        return self._quotes.get((given, got), [])


def _asset(name: str) -> Asset:
    """An asset that a quote was found of: a chain's own, or a known token; else as its id says."""
    native = find_chain(name.partition("/")[0]).native
    return native if native.id == name else find_token(name) or Asset(name, name.rpartition(":")[2][:10], 0)
