"""Conversions of the case and of bridges: both legs meet in an account of their own, the output behind the input."""

from typing import NamedTuple

import numpy as np

from clew.chains import find_chain
from clew.errors import InputError
from clew.model import TRANSIENT, Conversion, Grade
from clew.tracing.arrangement import END, Anchor, Arrangement
from clew.tracing.journal import CONVERSION
from clew.tracing.labels import GRADES


class _Part(NamedTuple):
    """A conversion's part of a payment that has several."""

    hub: int
    amount: int
    place: tuple[int, int]
    row: int


class ConversionLegs:
    """Joins the conversions of one run."""

    def __init__(self, rows: Arrangement) -> None:
        self.rows = rows
        self._parts: dict[int, _Part] = {}

    def join(self) -> None:
        """Let both legs of every conversion meet in an account of their own."""
        for index, conversion in enumerate(self.rows.case.conversions):
            self._join_conversion(index, conversion)

    def _join_conversion(self, index: int, c: Conversion) -> None:
        chain_in, chain_out, tx_out = c.asset_in.chain, c.asset_out.chain, c.tx_out or c.tx
        start, end = self.rows.anchor(chain_in, c.tx), self.rows.anchor(chain_out, tx_out)
        if start is None or end is None:
            self.rows.pending += [f"{chain_in}:{c.tx}"] * (start is None) + [f"{chain_out}:{tx_out}"] * (end is None)
            return
        if self.rows.later(start) or self.rows.later(end):
            return  # as of then nothing had arrived: what was paid in stands where it was paid to
        where = f"conversion[{index}]"
        into = self.rows.account(chain_in, f"{CONVERSION}{index}:in", "")
        out = self.rows.account(chain_out, f"{CONVERSION}{index}:out", "")
        received = self._received(c, tx_out)
        if c.basis is not None and index not in self._parts and not self._payments(c, where):
            return  # the case states a conversion of the same payment
        place = self._pay_in(c, into, start, where) if c.basis is None else self._pay_part(index, into, where)
        total = sum(self.rows.amount(r) for r in received)
        if received and total != c.amount_out and c.grade is Grade.ASSERTED:
            raise InputError(
                f"transaction {tx_out} brings {total} base units of {c.asset_out.symbol} to {c.receiver}, "
                f"the case says {c.amount_out}",
                where=f"{where}.amount_out",
                mend="state the amount that the transaction shows",
            )
        first = min((self.rows.place_of(r) for r in received), default=(end.major, END + 1))
        if first <= place:
            self._put_behind(chain_out, tx_out, first, place, c, where)
            first = (place[0], place[1] + 2)
        # A protocol states amounts in its own, coarser units: what the chain shows is what moved.
        amount = total if received else c.amount_out
        self.rows.add(into, out, amount, place=(place[0], place[1] + 1), row=start.row, grade=c.grade, converts=True)
        for r in received:
            self.rows.sender[r] = out
        self.rows.used |= set(received)
        if not received:
            receiver = self.rows.account(chain_out, c.receiver, c.asset_out.id)
            self.rows.add(out, receiver, c.amount_out, place=first, row=end.row, grade=c.grade)

    def _received(self, c: Conversion, tx_out: str) -> list[int]:
        """Rows by which the receiver is paid: of several, for a conversion that Clew found, one of its amount."""
        rows = self.rows.receipts(c.asset_out.chain, tx_out, c.asset_out.id, c.receiver)
        if c.basis is None:
            return rows
        rows = [r for r in rows if r not in self.rows.used]
        return [r for r in rows if self.rows.amount(r) == c.amount_out][:1] or rows

    def _pay_part(self, index: int, into: int, where: str) -> tuple[int, int]:
        """Lead what a found conversion takes of its payment into the conversion's account; its place."""
        c = self.rows.case.conversions[index]
        group = [
            i for i, other in enumerate(self.rows.case.conversions) if other.basis and _payment(other) == _payment(c)
        ]
        if len(group) == 1:
            return self._pay_in(c, into, None, where)
        if index not in self._parts:
            self._divide(group, where)
        part = self._parts[index]
        self.rows.add(part.hub, into, part.amount, place=part.place, row=part.row, grade=c.grade)
        return part.place

    def _divide(self, group: list[int], where: str) -> None:
        """Divide a payment among its conversions, in their order.

        What the stated amounts leave over (fees, what a network's coarser units cut) goes with the last one; where one
        does not apply (its output is later than the time asked for), it stays with whoever was paid.
        """
        c = self.rows.case.conversions[group[0]]
        hub = self.rows.account(c.asset_in.chain, f"{CONVERSION}{group[0]}:paid", "")
        rows = self._payments(c, where)
        self.rows.used |= set(rows)
        for r in rows:
            self.rows.receiver[r] = hub
        place, row = max(self.rows.place_of(r) for r in rows), int(self.rows.row[rows[-1]])
        rest = sum(self.rows.amount(r) for r in rows)
        applying = [i for i in group if self._applies(self.rows.case.conversions[i])]
        for step, index in enumerate(applying):
            amount = rest if index == group[-1] and applying == group else self.rows.case.conversions[index].amount_in
            self._parts[index] = _Part(hub, amount, (place[0], place[1] + 1 + 2 * step), row)
            rest -= amount
        if rest:
            taker = self.rows.account(c.asset_in.chain, c.basis.taker if c.basis else "", c.asset_in.id)
            behind = place[0], place[1] + 1 + 2 * len(applying)
            self.rows.add(hub, taker, rest, place=behind, row=row, grade=Grade.OBSERVED)

    def _applies(self, c: Conversion) -> bool:
        """Whether both sides of a conversion are shown, and not later than the time asked for."""
        ends = self.rows.anchor(c.asset_in.chain, c.tx), self.rows.anchor(c.asset_out.chain, c.tx_out or c.tx)
        return all(end is not None and not self.rows.later(end) for end in ends)

    def _pay_in(self, c: Conversion, into: int, start: Anchor | None, where: str) -> tuple[int, int]:
        """Lead the payment into the conversion's account, putting it in where no source shows it; its place."""
        paid = self._payments(c, where)
        self.rows.used |= set(paid)
        for r in paid:
            self.rows.receiver[r] = into
            self.rows.grade[r] = max(int(self.rows.grade[r]), GRADES.index(c.grade))
        if paid or start is None:
            return max(self.rows.place_of(r) for r in paid)
        sender = self.rows.account(c.asset_in.chain, c.sender, c.asset_in.id)
        place = (start.major, END)
        self.rows.add(sender, into, c.amount_in, place=place, row=start.row, grade=c.grade)
        return place

    def _payments(self, c: Conversion, where: str) -> list[int]:
        """Rows by which the sender pays in; empty where no source shows them."""
        rows = []
        for r in self.rows.rows_of(c.asset_in.chain, c.tx):
            sender, receiver = self.rows.names[self.rows.sender[r]], self.rows.names[self.rows.receiver[r]]
            if receiver.asset != c.asset_in.id or receiver.made:
                continue
            if c.basis is not None:
                pays = sender.name.startswith(TRANSIENT) or sender.name == c.sender
                rows += [r] * (pays and c.basis.taker in (receiver.name, receiver.owner))
                continue
            to_another = sender.name.startswith(TRANSIENT) and receiver.owner != c.sender
            if sender.name == c.sender or (to_another and self.rows.amount(r) == c.amount_in):
                rows.append(r)
        if c.basis is not None:
            return rows
        total = sum(self.rows.amount(r) for r in rows)
        utxo = find_chain(c.asset_in.chain).utxo
        if rows and c.grade is not Grade.ASSERTED and not utxo:
            return rows
        if (rows and total != c.amount_in) or (utxo and len(rows) > 1):
            exact = [r for r in rows if self.rows.amount(r) == c.amount_in]
            if len(exact) == 1:
                return exact
            raise InputError(
                f"transaction {c.tx} takes {total} base units of {c.asset_in.symbol} from {c.sender}, "
                f"the case says {c.amount_in}",
                where=f"{where}.amount_in",
                mend="state the amount that the transaction shows",
            )
        return rows

    def _put_behind(
        self, chain: str, tx: str, start: tuple[int, int], place: tuple[int, int], c: Conversion, where: str
    ) -> None:
        """Order the output, and all that follows it on its chain, behind the input, where two clocks disagree."""
        if chain != c.asset_in.chain:
            ours = self.rows.table.chain[self.rows.row] == self.rows.table.chains.index(chain)
            late = [r for r in np.flatnonzero(ours).tolist() if start <= self.rows.place_of(r) <= place]
        elif tx == c.tx:
            late = self.rows.receipts(chain, tx, c.asset_out.id, c.receiver)
        else:
            raise InputError("the output stands before the input", where=where, mend="check tx and tx_out")
        for step, number in enumerate(sorted(late, key=self.rows.place_of)):
            self.rows.major[number], self.rows.minor[number] = place[0], place[1] + 3 + step


def _payment(c: Conversion) -> tuple[str, str, str, str]:
    """What the conversions of one payment have in common."""
    return c.tx, c.sender, c.asset_in.id, c.basis.taker if c.basis else ""
