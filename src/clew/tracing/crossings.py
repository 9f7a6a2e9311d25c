"""Payments into bridges: what of a theft enters one, and which of the answers about it the walk may follow.

Who knows the bridges (`Crossings`) is asked once for each payment. What he answers comes from events that anybody may
have had written, so each conversion is held against the transfers before it is joined: it takes no more than was paid,
its output is shown, later than its input, and no other conversion has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np

from clew.chains import find_chain
from clew.ledger import TransferTable
from clew.model import TRANSIENT, Address, Conversion, History, Kind, Limitation, Tag

_INPUT = tuple(Kind).index(Kind.INPUT)
MOST_ASKED = 500
"""Payments into bridges that are asked for: a few questions each."""
SKEW = 900
"""Seconds by which the clocks of two chains may disagree: how much earlier than its input an output may seem."""


@dataclass(frozen=True, slots=True)
class Payment:
    """All that one sender paid of one asset to one bridge's address in one transaction."""

    chain: str
    tx: str
    time: int
    sender: str
    taker: str
    """Who was paid."""
    asset: str
    amount: int
    tag: Tag | None
    """Which bridge it is; None where no tag calls it one, and only what the transaction shows may."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a payment became, as far as it is known; else why not."""

    conversions: tuple[Conversion, ...] = ()
    reason: str = ""
    """Why all or a part of it was not followed, with what is known of where it went; empty: nobody reads the bridge."""


class Ground(Protocol):
    """What the walk lends to whoever looks for an arrival."""

    def reach(self, account: Address, *, of_service: bool = False) -> str:
        """Load one account more, against the bounds of the walk; why not, or nothing where it is loaded.

        An account that tags call a service's is not one person's, and is loaded only where it is asked for as such.
        """
        ...

    def show(self, transaction: Address) -> None:
        """Load one transaction whole, where a source can."""
        ...

    def history(self, chain: str, account: str) -> History | None:
        """How completely an account is known."""
        ...

    def whole(self, chain: str) -> bool:
        """Whether a chain was read block by block."""
        ...

    def transfers(self) -> TransferTable:
        """All that is loaded."""
        ...


Crossings = Callable[[Payment, Ground], Crossing]
"""``crossings(payment, ground)``: what a payment into a bridge became, or why that is not known."""


def no_crossings(_payment: Payment, _ground: Ground) -> Crossing:
    """Bridges are where the walk ends."""
    return Crossing()


class Crosser:
    """Asks for payments, each once, and keeps what may be followed."""

    def __init__(self, crossings: Crossings, ground: Ground, stated: Sequence[Conversion]) -> None:
        """`stated` are the case's own conversions, which no other may contradict."""
        self._crossings = crossings
        self._ground = ground
        self._asked: set[tuple[str, ...]] = set()
        self._joined = list(stated)
        self.limitations: list[Limitation] = []
        """What was not followed, and why."""

    def cross(self, payments: Mapping[Payment, Fraction]) -> list[Conversion]:
        """The conversions of the payments not asked for yet, the largest share of a theft first."""
        found: list[Conversion] = []
        order = sorted(payments, key=lambda one: (-payments[one], one.chain, one.tx, one.sender, one.asset, one.taker))
        for payment in order:
            key = payment.chain, payment.tx, payment.sender, payment.asset, payment.taker
            if key in self._asked:
                continue
            self._asked.add(key)
            payment = replace(payment, amount=paid(self._ground.transfers(), payment))
            if len(self._asked) > MOST_ASKED:
                crossing = Crossing(reason=f"{MOST_ASKED} payments into bridges were looked into already")
            else:
                crossing = self._crossings(payment, self._ground)
            found += self.join(payment, crossing)
        return found

    def join(self, payment: Payment, crossing: Crossing) -> tuple[Conversion, ...]:
        """The conversions of a crossing that the transfers bear out; none, and a limitation, where they do not."""
        reason = self._fault(payment, crossing.conversions)
        for why in filter(None, (crossing.reason, reason)):
            detail = f"transaction {payment.tx}: {why}"
            where = payment.chain, payment.taker
            self.limitations.append(Limitation("bridge-not-crossed", detail, *where, payment.amount, payment.asset))
        if reason:
            return ()
        self._joined += crossing.conversions
        return crossing.conversions

    def _fault(self, payment: Payment, conversions: Sequence[Conversion]) -> str:
        """Why conversions contradict what is shown; nothing where they may be followed."""
        if not conversions:
            return ""
        if not all(_is_part(c, payment) for c in conversions):
            return "the bridge speaks of another payment, or of an account that nobody can have"
        for c in conversions:
            self._show(Address(c.asset_out.chain, c.tx_out or c.tx))
        table = self._ground.transfers()
        if any(c.amount_in <= 0 or not 0 < c.amount_out < 1 << 128 for c in conversions):
            return "an amount is nothing, or does not fit 128 bits"
        # A network that counts in coarser units than the chain may round what it took in up or down.
        taken, moved = sum(c.amount_in for c in conversions), paid(table, payment)
        if taken > moved:
            return f"the bridge says that {taken} base units were taken in, {moved} were paid"
        for number, c in enumerate(conversions):
            fault = _misplaced(table, payment, c) or _taken(table, c, [*self._joined, *conversions[:number]])
            if fault:
                return fault
        return ""

    def _show(self, transaction: Address) -> None:
        if not len(rows_of(self._ground.transfers(), *transaction)):
            self._ground.show(transaction)


def _is_part(c: Conversion, payment: Payment) -> bool:
    """Whether a conversion takes its input from a payment, and pays somebody."""
    stated = c.tx, c.asset_in.id, c.basis.taker if c.basis else ""
    from_sender = c.sender == payment.sender or payment.sender.startswith(TRANSIENT)
    somebody = bool(c.receiver) and not c.receiver.startswith("@")
    return stated == (payment.tx, payment.asset, payment.taker) and from_sender and somebody


def _place(c: Conversion) -> tuple[str, str, str, str]:
    return c.asset_out.chain, c.tx_out or c.tx, c.receiver, c.asset_out.id


def _where(c: Conversion) -> str:
    return f"{find_chain(c.asset_out.chain).name} transaction {c.tx_out or c.tx}, to {c.receiver}"


def _misplaced(table: TransferTable, payment: Payment, c: Conversion) -> str:
    """Why the output of a conversion cannot be that of its input."""
    chain, tx = c.asset_out.chain, c.tx_out or c.tx
    shown = rows_of(table, chain, tx)
    if not shown:
        return f"it was paid out in {_where(c)}, which no source shows"
    start = rows_of(table, payment.chain, payment.tx)
    if chain == payment.chain and tx != payment.tx and shown[0] < start[-1]:
        return f"it was paid out in {_where(c)}, before it was paid in"
    if int(table.time[shown[0]]) < payment.time - SKEW:
        return f"it was paid out in {_where(c)}, long before it was paid in"
    same = table.asset == (table.assets.index(c.asset_out.id) if c.asset_out.id in table.assets else -1)
    if bool((table.amount[same, 2:] != 0).any()):
        return f"{c.asset_out.id} has amounts that do not fit 128 bits"
    return ""


def _taken(table: TransferTable, c: Conversion, joined: Sequence[Conversion]) -> str:
    """Why the output of a conversion is another one's; of several receipts in one transaction each has its own."""
    amounts = [table.amount_of(row) for row in receipts_of(table, *_place(c))]
    others = [one for one in joined if _place(one) == _place(c)]
    exact = all(one.basis is not None and one.amount_out in amounts for one in (*others, c))
    equal = sum(one.amount_out == c.amount_out for one in others)
    if others and not (exact and equal < amounts.count(c.amount_out)):
        return f"what was paid out in {_where(c)} is joined to another payment"
    return ""


def receipts_of(table: TransferTable, chain: str, tx: str, receiver: str, asset: str) -> list[int]:
    """The rows by which somebody receives an asset in a transaction."""
    found = []
    for row in rows_of(table, chain, tx):
        owner = table.owner[row]
        names = {table.account_name[table.receiver[row]], table.account_name[owner] if owner >= 0 else ""}
        spent = table.kind[row] == _INPUT  # whose owner is the sender
        if receiver in names and table.assets[table.asset[row]] == asset and not spent:
            found.append(row)
    return found


def rows_of(table: TransferTable, chain: str, tx: str) -> list[int]:
    """The rows of a transaction, in order."""
    start = 0
    while True:
        try:
            code = table.txs.index(tx, start)
        except ValueError:
            return []
        rows = np.flatnonzero(table.tx == code)
        if len(rows) and table.chains[table.chain[rows[0]]] == chain:
            return [int(row) for row in rows]
        start = code + 1


def payment_of(table: TransferTable, row: int, taker: str, tag: Tag | None) -> Payment | None:
    """The payment that a row is of, its amount not summed yet; None where its sender does not pay by itself."""
    chain, tx = table.chains[table.chain[row]], table.txs[table.tx[row]]
    sender = table.account_name[table.sender[row]]
    if sender.startswith("@") and not sender.startswith(TRANSIENT):
        return None
    return Payment(chain, tx, int(table.time[row]), sender, taker, table.assets[table.asset[row]], 0, tag)


def paid(table: TransferTable, payment: Payment) -> int:
    """Base units that a payment moved."""
    return sum(table.amount_of(row) for row in rows_of(table, payment.chain, payment.tx) if _is_of(table, row, payment))


def _is_of(table: TransferTable, row: int, payment: Payment) -> bool:
    owner = table.owner[row]
    receivers = {table.account_name[table.receiver[row]], table.account_name[owner] if owner >= 0 else ""}
    same = table.account_name[table.sender[row]], table.assets[table.asset[row]]
    return same == (payment.sender, payment.asset) and payment.taker in receivers
