"""From the ledger's transfers and the case to the flat events that the kernels carry.

Four things happen on the way, all of them on rows, none on balances:

* an account becomes (account, asset): one address is as many accounts as it holds assets;
* the legs of a wrap meet in an account of their own (ETH in, WETH out, unit for unit), and so do the legs of a
  conversion, where the kernel scales what went in to what comes out;
* a theft marks the transfers by which it reached the thief; where no source shows them, the case's word is put in
  as an asserted transfer;
* a conversion's output is put behind its input, where the clocks of two chains disagree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clew.chains import Chain, find_chain
from clew.errors import InputError, RunError
from clew.ledger import TransferTable
from clew.links.swaps import Swap
from clew.links.trades import Exchange
from clew.model import TRANSIENT, Case, Conversion, Grade, Kind, Limitation, Theft
from clew.tracing.exchanges import Step, reached, route_of
from clew.tracing.labels import GRADES, label_of
from clew.tracing.taint import Events, Marks
from clew.tracing.uint128 import pack

_KINDS = tuple(Kind)
_OUTSIDE = "@outside:"
_CONVERSION = "@conversion:"
_WRAP = "@wrap:"
_END = 1 << 40
"""Order within a transaction behind everything a source shows of it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an account number of the kernels stands for."""

    chain: str
    name: str
    """An address, an outpoint, or one of the accounts Clew makes: a sink, a transient, a wrap, a conversion."""
    asset: str
    """CAIP-19 id; empty for wraps and conversions, which two assets pass through."""
    owner: str = ""
    """The address that controls an outpoint; of other accounts, the name."""

    @property
    def made(self) -> bool:
        """Whether Clew made the account: nobody holds it, and its history is whole by construction."""
        return self.name.startswith("@")

    @property
    def passes(self) -> bool:
        """Whether value only passes through: reaching it is no hop."""
        return self.name.startswith((TRANSIENT, _WRAP, _CONVERSION))

    @property
    def address(self) -> str:
        """Who to ask about it: the owner of an outpoint, else the account itself."""
        return self.owner or self.name


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """The events of a run, with what they came from."""

    events: Events
    """`follows` is None: who is followed is the walk's business."""
    marks: Marks
    accounts: list[Account]
    row: npt.NDArray[np.int64]
    """Row of the transfer table an event stands for or is anchored to (its transaction and time)."""
    shown: npt.NDArray[np.bool_]
    """Whether the event is that row; False where it was put in (an asserted transfer, a conversion)."""
    theft_grades: tuple[Grade, ...]
    """How each theft's arrival is known: observed, or asserted by the case alone."""
    limitations: tuple[Limitation, ...]
    pending: tuple[str, ...]
    """Transactions of thefts and conversions that no loaded history shows (yet), as ``chain:tx``."""
    swaps: dict[int, Swap]
    """Swaps joined, by the number of their conversion; the case's own conversions have the first numbers."""


class _Anchor(NamedTuple):
    """The end of a transaction: the last selected row up to it (-1: none), and its own last row in the table."""

    major: int
    row: int


class _Added(NamedTuple):
    """An event put in."""

    sender: int
    receiver: int
    amount: int
    major: int
    minor: int
    row: int
    grade: int
    converts: bool


class _Part(NamedTuple):
    """A conversion's part of a payment that has several."""

    hub: int
    amount: int
    place: tuple[int, int]
    row: int


class _Builder:
    """Arranges the rows of one table for one case."""

    def __init__(
        self,
        table: TransferTable,
        case: Case,
        shows: "Shows",
        until: int | None,
        swaps: Sequence[Swap],
        exchanges: Sequence[Exchange],
    ) -> None:
        self.table = table
        self.case = case
        self.shows = shows
        self.until = until
        self.swaps = [swap for swap in swaps if not _wraps(table, swap)]
        self.exchanges = exchanges
        self.joined: dict[int, Swap] = {}
        self._used: set[int] = set()
        self._parts: dict[int, _Part] = {}
        self.limitations: list[Limitation] = []
        self.pending: list[str] = []
        self.names: list[Account] = []
        self._all_by_tx = _Groups(table.tx)
        codes, first = np.unique(table.tx, return_index=True)
        chains = table.chain[first].tolist()
        self._tx_code = {
            (table.chains[chain], table.txs[code]): code for code, chain in zip(codes.tolist(), chains, strict=True)
        }
        selected = self._select(until)
        self.row = selected
        self.sender = self._number(table.sender[selected], table.asset[selected])
        self.receiver = self._number(table.receiver[selected], table.asset[selected])
        self._name_accounts(selected)
        self.low = table.amount[selected, 0].copy()
        self.high = table.amount[selected, 1].copy()
        self.major = np.arange(len(selected), dtype=np.int64)
        self.minor = np.zeros(len(selected), dtype=np.int64)
        self.grade = np.zeros(len(selected), dtype=np.int8)
        self.converts = np.zeros(len(selected), dtype=np.bool_)
        self.added: list[_Added] = []
        self._by_tx = _Groups(table.tx[selected])
        self.theft_marks: list[tuple[int, int, int]] = []
        """(row number or -1 - added number, label, amount)."""

    # --- selection and naming

    def _select(self, until: int | None) -> npt.NDArray[np.int64]:
        table = self.table
        wanted = np.isin(table.asset, [i for i, asset in enumerate(table.assets) if asset in self._assets()])
        if until is not None:
            wanted &= table.time <= until
        selected = np.flatnonzero(wanted)
        wide = selected[(table.amount[selected, 2] | table.amount[selected, 3]) != 0]
        if len(wide):
            row = int(wide[0])
            raise RunError(
                f"an amount of {table.amount_of(row)} base units does not fit 128 bits",
                where=table.txs[table.tx[row]],
                mend="amounts are never wrapped; leave this asset out of the case",
            )
        return selected

    def _assets(self) -> set[str]:
        """Assets taint can be in: the stolen ones, what they were converted to, and their wrapped twins."""
        assets = {theft.asset.id for theft in self.case.thefts}
        for conversion in self.case.conversions:
            assets |= {conversion.asset_in.id, conversion.asset_out.id}
        for asset in list(assets):
            chain = find_chain(asset.partition("/")[0])
            twins = {chain.native.id, wrapped_id(chain)}
            if asset in twins:
                assets |= twins
        return self._swapped(assets)

    def _swapped(self, assets: set[str]) -> set[str]:
        """The assets, and all that swaps turn them into."""
        names = self.table.assets
        size = -1
        while size < len(assets):
            size = len(assets)
            assets |= {names[swap.asset_out] for swap in self.swaps if names[swap.asset_in] in assets}
            assets = reached(self.table, self.exchanges, assets)
        return assets

    def _number(self, account: Any, asset: Any) -> Any:
        return account.astype(np.int64) * len(self.table.assets) + asset

    def _name_accounts(self, selected: npt.NDArray[np.int64]) -> None:
        table, assets = self.table, len(self.table.assets)
        both = np.concatenate([self.sender, self.receiver])
        keys, codes = np.unique(both, return_inverse=True)
        self.sender, self.receiver = np.split(codes.astype(np.int64), 2)
        owner = np.full(len(keys), -1, dtype=np.int64)
        owned = table.owner[selected] >= 0
        paid = owned & (table.kind[selected] == _KINDS.index(Kind.OUTPUT))
        spent = owned & (table.kind[selected] == _KINDS.index(Kind.INPUT))
        owner[self.receiver[paid]] = table.owner[selected][paid]
        owner[self.sender[spent]] = table.owner[selected][spent]
        for key, held_by in zip(keys.tolist(), owner.tolist(), strict=True):
            account, asset = divmod(key, assets)
            self.names.append(
                Account(
                    table.chains[table.account_chain[account]],
                    table.account_name[account],
                    table.assets[asset],
                    table.account_name[held_by] if held_by >= 0 else "",
                )
            )
        self._codes = {(a.chain, a.name, a.asset): code for code, a in enumerate(self.names)}

    def account(self, chain: str, name: str, asset: str) -> int:
        """The number of an account, new if it was never met."""
        code = self._codes.get((chain, name, asset))
        if code is None:
            code = self._codes[(chain, name, asset)] = len(self.names)
            self.names.append(Account(chain, name, asset))
        return code

    # --- rows of a transaction

    def rows_of(self, chain: str, tx: str) -> list[int]:
        """The selected rows of a transaction, in order."""
        code = self._tx_code.get((chain, tx))
        return [] if code is None else self._by_tx.rows(code)

    def _chain_of(self, number: int) -> str:
        """The chain of a selected row."""
        chain: str = self.table.chains[self.table.chain[self.row[number]]]
        return chain

    def anchor(self, chain: str, tx: str) -> _Anchor | None:
        """Where a transaction ends; None where no loaded row shows it."""
        code = self._tx_code.get((chain, tx))
        if code is None:
            return None
        last = self._all_by_tx.rows(code)[-1]
        return _Anchor(int(np.searchsorted(self.row, last, side="right")) - 1, last)

    def _later(self, anchor: _Anchor) -> bool:
        """Whether a transaction is later than the time the answer is for."""
        return self.until is not None and int(self.table.time[anchor.row]) > self.until

    def add(
        self,
        sender: int,
        receiver: int,
        amount: int,
        *,
        place: tuple[int, int],
        row: int,
        grade: Grade,
        converts: bool = False,
    ) -> int:
        """Put an event in at `place`, for the transaction of table row `row`; its number as ``-1 - index``."""
        if amount >= 1 << 128:
            raise RunError(
                f"a stated amount of {amount} base units does not fit 128 bits",
                where=self.table.txs[self.table.tx[row]],
                mend="amounts are never wrapped; check the amount in the case file",
            )
        self.added.append(_Added(sender, receiver, amount, *place, row, GRADES.index(grade), converts))
        return -len(self.added)

    def amount(self, number: int) -> int:
        """Base units of a selected row."""
        return int(self.low[number]) | int(self.high[number]) << 64

    # --- wraps

    def join_wraps(self) -> None:
        """Let the legs of every wrap and unwrap meet: what went in comes out, unit for unit, in the other asset."""
        table = self.table
        used: set[int] = set()
        for number in np.flatnonzero(table.kind[self.row] == _KINDS.index(Kind.WRAP)).tolist():
            chain = find_chain(self._chain_of(number))
            tx = table.txs[table.tx[self.row[number]]]
            node = self.account(chain.id, f"{_WRAP}{tx}:{number}", "")
            legs = self._native_legs(number, chain.native.id)
            if self.names[self.sender[number]].name == chain.wrapped:
                paid = [r for r in legs if self.names[self.receiver[r]].name == chain.wrapped and r not in used]
                self.sender[number] = node
                if paid:
                    used.add(paid[0])
                    self.receiver[paid[0]] = node
                    self._behind(number, paid[0])
            else:
                holder = self.names[self.sender[number]].name
                self.receiver[number] = node
                out = [r for r in legs if self.names[self.sender[r]].name == chain.wrapped and r not in used]
                out.sort(key=lambda r: (self.names[self.receiver[r]].name != holder, r))
                if out:
                    used.add(out[0])
                    self.sender[out[0]] = node
                    self._behind(out[0], number)
                else:
                    native = self.account(chain.id, holder, chain.native.id)
                    place = (int(self.major[number]), int(self.minor[number]) + 1)
                    row = int(self.row[number])
                    self.add(node, native, self.amount(number), place=place, row=row, grade=Grade.DECODED)

    def _native_legs(self, number: int, native: str) -> list[int]:
        amount = self.amount(number)
        rows = self._by_tx.rows(int(self.table.tx[self.row[number]]))
        moves = (_KINDS.index(Kind.NATIVE), _KINDS.index(Kind.INTERNAL), _KINDS.index(Kind.CALL))
        return [
            r
            for r in rows
            if self.table.kind[self.row[r]] in moves
            and self.table.assets[self.table.asset[self.row[r]]] == native
            and self.amount(r) == amount
        ]

    def _behind(self, later: int, earlier: int) -> None:
        """Order row `later` directly behind row `earlier`, if it does not stand behind it already."""
        if (self.major[later], self.minor[later]) <= (self.major[earlier], self.minor[earlier]):
            self.major[later] = self.major[earlier]
            self.minor[later] = self.minor[earlier] + 1

    # --- thefts

    def mark_thefts(self) -> tuple[Grade, ...]:
        """Mark what each theft moved; how its arrival is known."""
        return tuple(self._mark_theft(index, theft) for index, theft in enumerate(self.case.thefts))

    def _mark_theft(self, index: int, theft: Theft) -> Grade:
        rows = self._receipts(theft.chain, theft.tx, theft.asset.id, theft.to, theft.vout)
        shown = sum(self.amount(r) for r in rows)
        where = f"theft {theft.id}"
        if rows and (shown == theft.amount or (theft.part and shown > theft.amount)):
            rest = theft.amount
            for number in rows:
                stolen = min(rest, self.amount(number))
                if stolen:
                    self.theft_marks.append((number, label_of(index), stolen))
                rest -= stolen
            return Grade.OBSERVED
        if rows:
            raise InputError(
                f"transaction {theft.tx} moves {shown} base units of {theft.asset.symbol} to {theft.to}, "
                f"the case says {theft.amount}",
                where=where,
                mend="correct the amount, or set part = true where only a part of the transfer was stolen",
            )
        anchor = self.anchor(theft.chain, theft.tx)
        if anchor is None:
            self.pending.append(f"{theft.chain}:{theft.tx}")
            return Grade.ASSERTED
        if self._later(anchor):
            raise InputError("it is later than the time asked for", where=where, mend="ask for a later time, or none")
        self._assert_theft(index, theft, anchor)
        return Grade.ASSERTED

    def _assert_theft(self, index: int, theft: Theft, anchor: _Anchor) -> None:
        if self.shows(theft.chain, theft.to, theft.asset.id):
            raise InputError(
                f"transaction {theft.tx} moves no {theft.asset.symbol} to {theft.to}",
                where=f"theft {theft.id}",
                mend="check the transaction, the asset and the receiving address",
            )
        outside = self.account(theft.chain, f"{_OUTSIDE}{theft.id}", theft.asset.id)
        to = self.account(theft.chain, theft.to, theft.asset.id)
        place = (anchor.major, _END)
        number = self.add(outside, to, theft.amount, place=place, row=anchor.row, grade=Grade.OBSERVED)
        self.theft_marks.append((number, label_of(index), theft.amount))
        self.limitations.append(
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

    def _receipts(self, chain: str, tx: str, asset: str, to: str, vout: int | None = None) -> list[int]:
        """Rows by which `to` receives `asset` in a transaction."""
        rows = []
        for r in self.rows_of(chain, tx):
            receiver = self.names[self.receiver[r]]
            if receiver.asset != asset or receiver.made or to not in (receiver.name, receiver.owner):
                continue
            if self.sender[r] == self.receiver[r]:  # what one sends oneself brings nothing
                continue
            if vout is None or receiver.name == f"{tx}:{vout}":
                rows.append(r)
        return rows

    # --- conversions

    def join_conversions(self) -> None:
        """Let both legs of every conversion meet in an account of their own."""
        for index, conversion in enumerate(self.case.conversions):
            self._join_conversion(index, conversion)

    def _join_conversion(self, index: int, c: Conversion) -> None:
        chain_in, chain_out, tx_out = c.asset_in.chain, c.asset_out.chain, c.tx_out or c.tx
        start, end = self.anchor(chain_in, c.tx), self.anchor(chain_out, tx_out)
        if start is None or end is None:
            self.pending += [f"{chain_in}:{c.tx}"] * (start is None) + [f"{chain_out}:{tx_out}"] * (end is None)
            return
        if self._later(start) or self._later(end):
            return  # as of then nothing had arrived: what was paid in stands where it was paid to
        where = f"conversion[{index}]"
        into = self.account(chain_in, f"{_CONVERSION}{index}:in", "")
        out = self.account(chain_out, f"{_CONVERSION}{index}:out", "")
        received = self._received(c, tx_out)
        if c.basis is not None and index not in self._parts and not self._payments(c, where):
            return  # the case states a conversion of the same payment
        place = self._pay_in(c, into, start, where) if c.basis is None else self._pay_part(index, into, where)
        total = sum(self.amount(r) for r in received)
        if received and total != c.amount_out and c.grade is Grade.ASSERTED:
            raise InputError(
                f"transaction {tx_out} brings {total} base units of {c.asset_out.symbol} to {c.receiver}, "
                f"the case says {c.amount_out}",
                where=f"{where}.amount_out",
                mend="state the amount that the transaction shows",
            )
        first = min((self._place(r) for r in received), default=(end.major, _END + 1))
        if first <= place:
            self._put_behind(chain_out, tx_out, first, place, c, where)
            first = (place[0], place[1] + 2)
        # A protocol states amounts in its own, coarser units: what the chain shows is what moved.
        amount = total if received else c.amount_out
        self.add(into, out, amount, place=(place[0], place[1] + 1), row=start.row, grade=c.grade, converts=True)
        for r in received:
            self.sender[r] = out
        self._used |= set(received)
        if not received:
            receiver = self.account(chain_out, c.receiver, c.asset_out.id)
            self.add(out, receiver, c.amount_out, place=first, row=end.row, grade=c.grade)

    def _received(self, c: Conversion, tx_out: str) -> list[int]:
        """Rows by which the receiver is paid: of several, for a conversion that Clew found, one of its amount."""
        rows = self._receipts(c.asset_out.chain, tx_out, c.asset_out.id, c.receiver)
        if c.basis is None:
            return rows
        rows = [r for r in rows if r not in self._used]
        return [r for r in rows if self.amount(r) == c.amount_out][:1] or rows

    def _pay_part(self, index: int, into: int, where: str) -> tuple[int, int]:
        """Lead what a found conversion takes of its payment into the conversion's account; its place."""
        c = self.case.conversions[index]
        group = [i for i, other in enumerate(self.case.conversions) if other.basis and _payment(other) == _payment(c)]
        if len(group) == 1:
            return self._pay_in(c, into, None, where)
        if index not in self._parts:
            self._divide(group, where)
        part = self._parts[index]
        self.add(part.hub, into, part.amount, place=part.place, row=part.row, grade=c.grade)
        return part.place

    def _divide(self, group: list[int], where: str) -> None:
        """Divide a payment among its conversions, in their order.

        What the stated amounts leave over (fees, what a network's coarser units cut) goes with the last one; where one
        does not apply (its output is later than the time asked for), it stays with whoever was paid.
        """
        c = self.case.conversions[group[0]]
        hub = self.account(c.asset_in.chain, f"{_CONVERSION}{group[0]}:paid", "")
        rows = self._payments(c, where)
        self._used |= set(rows)
        for r in rows:
            self.receiver[r] = hub
        place, row = max(self._place(r) for r in rows), int(self.row[rows[-1]])
        rest = sum(self.amount(r) for r in rows)
        applying = [i for i in group if self._applies(self.case.conversions[i])]
        for step, index in enumerate(applying):
            amount = rest if index == group[-1] and applying == group else self.case.conversions[index].amount_in
            self._parts[index] = _Part(hub, amount, (place[0], place[1] + 1 + 2 * step), row)
            rest -= amount
        if rest:
            taker = self.account(c.asset_in.chain, c.basis.taker if c.basis else "", c.asset_in.id)
            behind = place[0], place[1] + 1 + 2 * len(applying)
            self.add(hub, taker, rest, place=behind, row=row, grade=Grade.OBSERVED)

    def _applies(self, c: Conversion) -> bool:
        """Whether both sides of a conversion are shown, and not later than the time asked for."""
        ends = self.anchor(c.asset_in.chain, c.tx), self.anchor(c.asset_out.chain, c.tx_out or c.tx)
        return all(end is not None and not self._later(end) for end in ends)

    def _pay_in(self, c: Conversion, into: int, start: _Anchor | None, where: str) -> tuple[int, int]:
        """Lead the payment into the conversion's account, putting it in where no source shows it; its place."""
        paid = self._payments(c, where)
        self._used |= set(paid)
        for r in paid:
            self.receiver[r] = into
            self.grade[r] = max(int(self.grade[r]), GRADES.index(c.grade))
        if paid or start is None:
            return max(self._place(r) for r in paid)
        sender = self.account(c.asset_in.chain, c.sender, c.asset_in.id)
        place = (start.major, _END)
        self.add(sender, into, c.amount_in, place=place, row=start.row, grade=c.grade)
        return place

    def _payments(self, c: Conversion, where: str) -> list[int]:
        """Rows by which the sender pays in; empty where no source shows them."""
        rows = []
        for r in self.rows_of(c.asset_in.chain, c.tx):
            sender, receiver = self.names[self.sender[r]], self.names[self.receiver[r]]
            if receiver.asset != c.asset_in.id or receiver.made:
                continue
            if c.basis is not None:
                pays = sender.name.startswith(TRANSIENT) or sender.name == c.sender
                rows += [r] * (pays and c.basis.taker in (receiver.name, receiver.owner))
                continue
            to_another = sender.name.startswith(TRANSIENT) and receiver.owner != c.sender
            if sender.name == c.sender or (to_another and self.amount(r) == c.amount_in):
                rows.append(r)
        if c.basis is not None:
            return rows
        total = sum(self.amount(r) for r in rows)
        utxo = find_chain(c.asset_in.chain).utxo
        if rows and c.grade is not Grade.ASSERTED and not utxo:
            return rows
        if (rows and total != c.amount_in) or (utxo and len(rows) > 1):
            exact = [r for r in rows if self.amount(r) == c.amount_in]
            if len(exact) == 1:
                return exact
            raise InputError(
                f"transaction {c.tx} takes {total} base units of {c.asset_in.symbol} from {c.sender}, "
                f"the case says {c.amount_in}",
                where=f"{where}.amount_in",
                mend="state the amount that the transaction shows",
            )
        return rows

    def _place(self, number: int) -> tuple[int, int]:
        return int(self.major[number]), int(self.minor[number])

    def _put_behind(
        self, chain: str, tx: str, start: tuple[int, int], place: tuple[int, int], c: Conversion, where: str
    ) -> None:
        """Order the output, and all that follows it on its chain, behind the input, where two clocks disagree."""
        if chain != c.asset_in.chain:
            ours = self.table.chain[self.row] == self.table.chains.index(chain)
            late = [r for r in np.flatnonzero(ours).tolist() if start <= self._place(r) <= place]
        elif tx == c.tx:
            late = self._receipts(chain, tx, c.asset_out.id, c.receiver)
        else:
            raise InputError("the output stands before the input", where=where, mend="check tx and tx_out")
        for step, number in enumerate(sorted(late, key=self._place)):
            self.major[number], self.minor[number] = place[0], place[1] + 3 + step

    # --- swaps

    def join_swaps(self) -> None:
        """Let both sides of every swap meet, unless the case states a conversion of the same rows."""
        for number, swap in enumerate(self.swaps, len(self.case.conversions)):
            paid, refunded, received = map(self._numbers, (swap.paid, swap.refunded, swap.received))
            passing = self._numbers(swap.passing)
            if paid and received and not self._used & {*paid, *refunded, *received}:
                self._used |= {*paid, *refunded, *received}
                self._join_swap(number, paid, refunded, received)
                self._pass_through(number, swap.party, passing)
                self.joined[number] = swap

    # --- exchanges by several trades

    def join_exchanges(self) -> None:
        """Let what a party gave and got by several trades flow leg by leg, unless its rows are another conversion's."""
        first = len(self.case.conversions) + len(self.swaps)
        for exchange in self.exchanges:
            given, got = self._numbers(exchange.given), self._numbers(exchange.got)
            whole = len(given) == len(exchange.given) and len(got) == len(exchange.got)
            if whole and not self._used & {*given, *got}:
                self._used |= {*given, *got}
                self._join_exchange(exchange, given, got, first)
                self._pass_through(first, exchange.party, self._numbers(exchange.passing))
            first += len(exchange.legs)

    def _join_exchange(self, exchange: Exchange, given: list[int], got: list[int], first: int) -> None:
        route = route_of(self.table, exchange, first)
        chain, row = self._chain_of(given[0]), int(self.row[given[-1]])

        def within(name: str) -> int:
            return self.account(chain, f"{_CONVERSION}{name}", "")

        for r in given:
            self.receiver[r] = within(route.hubs[int(self.row[r])])
            self.grade[r] = max(int(self.grade[r]), GRADES.index(Grade.DECODED))
        for r in got:
            self.sender[r] = within(route.hubs[int(self.row[r])])
        major, minor = min(self._place(r) for r in (*given, *got))
        minor -= 1
        for step in route.steps:
            if isinstance(step, Step):
                minor += 1
                ends, place = (within(step.sender), within(step.receiver)), (major, minor)
                self.add(*ends, step.amount, place=place, row=row, grade=Grade.DECODED, converts=step.converts)
                continue
            (r,) = self._numbers((step,))
            if self._place(r) <= (major, minor):
                self.major[r], self.minor[r] = major, minor + 1
            major, minor = self._place(r)
        self.joined |= dict(enumerate(route.legs, first))

    def _numbers(self, rows: Sequence[int]) -> list[int]:
        """The numbers of table rows among the selected ones."""
        places = np.searchsorted(self.row, rows).tolist()
        return [n for n, row in zip(places, rows, strict=True) if n < len(self.row) and self.row[n] == row]

    def _join_swap(self, number: int, paid: list[int], refunded: list[int], received: list[int]) -> None:
        chain, row = self._chain_of(paid[0]), int(self.row[paid[-1]])
        into = self.account(chain, f"{_CONVERSION}{number}:in", "")
        out = self.account(chain, f"{_CONVERSION}{number}:out", "")
        last = max(paid, key=self._place)
        for r in refunded:
            self.sender[r] = into
            self._behind(r, last)
        for r in paid:
            self.receiver[r] = into
            self.grade[r] = max(int(self.grade[r]), GRADES.index(Grade.DECODED))
        major, minor = max(self._place(r) for r in (*paid, *refunded))
        total = sum(self.amount(r) for r in received)
        self.add(into, out, total, place=(major, minor + 1), row=row, grade=Grade.DECODED, converts=True)
        for step, r in enumerate(received):
            self.sender[r] = out
            if self._place(r) <= (major, minor + 1):
                self.major[r], self.minor[r] = major, minor + 2 + step

    def _pass_through(self, number: int, party: int, rows: list[int]) -> None:
        """Lead what a party got and gave on past what it holds: nothing of its own is in it."""
        name = self.table.account_name[party]
        for r in rows:
            chain, asset = self._chain_of(r), self.table.assets[self.table.asset[self.row[r]]]
            hub = self.account(chain, f"{_CONVERSION}{number}:{asset}", "")
            if self.table.account_name[self.table.receiver[self.row[r]]] == name:
                self.receiver[r] = hub
            else:
                self.sender[r] = hub

    # --- the result

    def build(self) -> Journal:
        """Arrange everything and put it in order."""
        self.join_wraps()
        theft_grades = self.mark_thefts()
        self.join_conversions()
        self.join_exchanges()  # events say more than balances: they go first
        self.join_swaps()
        added = np.array([(a.sender, a.receiver, a.major, a.minor, a.row) for a in self.added], dtype=np.int64)
        columns = [self.sender, self.receiver, self.major, self.minor, self.row]
        sender, receiver, major, minor, row = (
            np.concatenate([column, added.reshape(-1, 5)[:, i]]) for i, column in enumerate(columns)
        )
        amount = np.concatenate(
            [np.stack([self.low, self.high], axis=1), pack((a.amount for a in self.added), width=128)]
        )
        grade = np.concatenate([self.grade, np.array([a.grade for a in self.added], dtype=np.int8)])
        converts = np.concatenate([self.converts, np.array([a.converts for a in self.added], dtype=np.bool_)])
        order = np.lexsort((np.arange(len(sender)), minor, major))
        event_of = np.empty(len(order), dtype=np.int64)
        event_of[order] = np.arange(len(order))
        rows = len(self.row)
        marks = [
            (int(event_of[number if number >= 0 else rows - 1 - number]), label, amount)
            for number, label, amount in self.theft_marks
        ]
        events = Events(
            sender[order].astype(np.int32),
            receiver[order].astype(np.int32),
            amount[order],
            None,
            converts[order],
            grade[order],
        )
        return Journal(
            events,
            Marks.of(marks, width=128),
            self.names,
            row[order],
            (np.arange(len(order)) < rows)[order],
            theft_grades,
            tuple(self.limitations),
            tuple(dict.fromkeys(self.pending)),
            self.joined,
        )


def _payment(c: Conversion) -> tuple[str, str, str, str]:
    """What the conversions of one payment have in common."""
    return c.tx, c.sender, c.asset_in.id, c.basis.taker if c.basis else ""


def _wraps(table: TransferTable, swap: Swap) -> bool:
    """Whether a swap is a chain's own 1:1 wrap, which has its own rule."""
    chain = find_chain(table.assets[swap.asset_in].partition("/")[0])
    pair = {table.assets[swap.asset_in], table.assets[swap.asset_out]}
    wrap = _KINDS.index(Kind.WRAP)
    rows = (*swap.paid, *swap.received)
    return pair == {chain.native.id, wrapped_id(chain)} and any(table.kind[row] == wrap for row in rows)


class _Groups:
    """Row numbers by code, found by binary search."""

    def __init__(self, codes: Any) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._sorted = codes[self._order]

    def rows(self, code: int) -> list[int]:
        first, last = np.searchsorted(self._sorted, [code, code + 1])
        return [int(r) for r in self._order[first:last]]


Shows = Callable[[str, str, str], bool]
"""``shows(chain, address, asset)``: whether the loaded history of an address would show a receipt of that asset."""


def wrapped_id(chain: Chain) -> str:
    """CAIP-19 id of a chain's 1:1 wrapped coin; that of its native coin where it has none."""
    return f"{chain.id}/erc20:{chain.wrapped}" if chain.wrapped else chain.native.id


def write_journal(
    table: TransferTable,
    case: Case,
    *,
    shows: Shows,
    until: int | None = None,
    swaps: Sequence[Swap] = (),
    exchanges: Sequence[Exchange] = (),
) -> Journal:
    """The events of `case` in `table`, up to the time `until` (seconds since 1970, inclusive), joined by `swaps` and
    `exchanges`.

    InputError where the ledger contradicts the case: another amount, no such transfer. Transactions the loaded
    histories do not show are returned as `pending`.
    """
    return _Builder(table, case, shows, until, swaps, exchanges).build()
