"""Thefts: the transfers that brought the stolen units to the thief are marked; where none is shown, one is put in."""

from collections.abc import Callable

from clew.errors import InputError
from clew.model import Grade, Limitation, Theft
from clew.tracing.arrangement import END, Anchor, Arrangement
from clew.tracing.journal import OUTSIDE
from clew.tracing.labels import label_of

Shows = Callable[[str, str, str], bool]
"""``shows(chain, address, asset)``: whether the loaded history of an address would show a receipt of that asset."""


def mark_thefts(arranged: Arrangement, shows: Shows) -> tuple[Grade, ...]:
    """Mark what each theft moved; how its arrival is known."""
    return tuple(_mark_theft(arranged, shows, index, theft) for index, theft in enumerate(arranged.case.thefts))


def _mark_theft(arranged: Arrangement, shows: Shows, index: int, theft: Theft) -> Grade:
    rows = arranged.receipts(theft.chain, theft.tx, theft.asset.id, theft.to, theft.vout)
    shown = sum(arranged.amount(r) for r in rows)
    where = f"theft {theft.id}"
    if rows and (shown == theft.amount or (theft.part and shown > theft.amount)):
        rest = theft.amount
        for number in rows:
            stolen = min(rest, arranged.amount(number))
            if stolen:
                arranged.theft_marks.append((number, label_of(index), stolen))
            rest -= stolen
        return Grade.OBSERVED
    if rows:
        raise InputError(
            f"transaction {theft.tx} moves {shown} base units of {theft.asset.symbol} to {theft.to}, "
            f"the case says {theft.amount}",
            where=where,
            mend="correct the amount, or set part = true where only a part of the transfer was stolen",
        )
    anchor = arranged.anchor(theft.chain, theft.tx)
    if anchor is None:
        arranged.pending.append(f"{theft.chain}:{theft.tx}")
        return Grade.ASSERTED
    if arranged.later(anchor):
        raise InputError("it is later than the time asked for", where=where, mend="ask for a later time, or none")
    _assert_theft(arranged, shows, index, theft, anchor)
    return Grade.ASSERTED


def _assert_theft(arranged: Arrangement, shows: Shows, index: int, theft: Theft, anchor: Anchor) -> None:
    if shows(theft.chain, theft.to, theft.asset.id):
        raise InputError(
            f"transaction {theft.tx} moves no {theft.asset.symbol} to {theft.to}",
            where=f"theft {theft.id}",
            mend="check the transaction, the asset and the receiving address",
        )
    outside = arranged.account(theft.chain, f"{OUTSIDE}{theft.id}", theft.asset.id)
    to = arranged.account(theft.chain, theft.to, theft.asset.id)
    place = (anchor.major, END)
    number = arranged.add(outside, to, theft.amount, place=place, row=anchor.row, grade=Grade.OBSERVED)
    arranged.theft_marks.append((number, label_of(index), theft.amount))
    arranged.limitations.append(
        Limitation(
            "theft-not-shown",
            "no source at hand shows the transfer that brought the stolen units to the thief; transaction, amount "
            "and receiver are taken from the case file",
            theft.chain,
            theft.to,
            theft.amount,
            theft.asset.id,
        )
    )
