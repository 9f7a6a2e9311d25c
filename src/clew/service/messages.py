"""What a payment into a bridge became, by the bridge's own events: by their id first, by value and time second."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clew.amounts import Asset
from clew.chains import CHAINS, Chain, find_chain
from clew.chains.execution import token_id
from clew.chains.tokens import find_token, known_tokens
from clew.ledger import Ledger, TransferTable
from clew.links import crossings as links
from clew.links.crossings import Entry, Found, Move, Receipt
from clew.model import Address, Basis, Conversion, Grade, Kind
from clew.protocols.bridges.messages import Arrival, Departure
from clew.service.message_index import MessageIndex
from clew.tracing.crossings import SKEW, Crossing, Ground, Payment, receipts_of, rows_of

MOST_SHOWN = 20
"""Receipts of a recipient whose transactions are looked into for one departure: three questions each."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """A departure whose arrival is looked for, and what of the payment it took."""

    payment: Payment
    departure: Departure
    amount: int
    asset: Asset
    recipient: str
    assumed: bool
    """Whether the event names no recipient, and the sender's own address is tried."""
    note: str

    @property
    def known(self) -> str:
        """What an investigator can go on from."""
        d = self.departure
        whom = f"{self.recipient}{' (assumed: the sender)' if self.assumed else ''}" if self.recipient else "unknown"
        return f"{d.bridge} to {_name(d.to_chain)}, recipient {whom}" + (f", id {d.id}" if d.id else "")


class MessageCrossings:
    """`tracing.crossings.Crossings` over events that a bridge's contracts wrote."""

    def __init__(self, index: MessageIndex, ledger: Ledger) -> None:
        self._index = index
        self._ledger = ledger

    def __call__(self, payment: Payment, ground: Ground) -> Crossing:
        """The arrivals of the departures that a payment made; of a contract no tag calls a bridge, nothing is said
        where it made none."""
        if find_chain(payment.chain).family != "evm":
            return Crossing()
        key = Address(payment.chain, payment.tx)
        messages = self._index.messages(key, ground)
        if messages is None:
            return Crossing(reason="no reply shows the events of the transaction" if payment.tag else "")
        table, chain = ground.transfers(), find_chain(payment.chain)
        moves = [_move(table, row) for row in rows_of(table, *key)]
        native = payment.asset == chain.native.id
        entry = Entry(payment.sender, payment.taker, family_of(payment.asset), payment.amount, native)
        chosen = links.choose_departures([m for m in messages if isinstance(m, Departure)], entry, moves)
        if chosen.reason:
            refused = [f"{m.reason}: {m.detail}" for m in messages if not isinstance(m, (Departure, Arrival))]
            reason = "; ".join(dict.fromkeys([chosen.reason, *refused]))
            return Crossing(reason=reason if payment.tag else "")
        found = [self._carry(payment, d, chosen.over, ground) for d in chosen.departures]
        conversions = tuple(one for one in found if isinstance(one, Conversion))
        return Crossing(conversions, "; ".join(one for one in found if isinstance(one, str)))

    def _carry(self, payment: Payment, d: Departure, over: int, ground: Ground) -> Conversion | str:
        """One departure as a conversion; or in words why not, and what is known of where it went."""
        asset = self._asset(payment.asset)
        assumed = not d.recipient and not d.refunds
        recipient = d.recipient or payment.sender
        note = f"; of what was paid {over} base units went beyond what departed, as fees" if over else ""
        sought = _Sought(payment, d, d.amount, asset, recipient, assumed, note)
        if d.refunds:
            tx = Arrival(d.bridge, d.chain, d.tx, d.log, d.id, payment.asset, d.amount, payment.sender, refunds=True)
            return self._joined(sought, tx, ground)
        back = self._given_back(sought, ground)
        if back is not None:
            return back
        chain = next((chain for chain in CHAINS if chain.id == d.to_chain), None)
        if chain is None or chain.family != "evm":
            why = "Clew does not follow bridges to that chain" if d.to_chain else "the event does not say where to"
            return f"{sought.known}: {why}"
        refused = ground.reach(Address(chain.id, recipient))
        if refused:
            return f"{sought.known}: the recipient's history was not loaded: {refused}"
        history = ground.history(chain.id, recipient)
        if history is None or history.status == "unavailable":
            return f"{sought.known}: no source at hand shows the recipient's history"
        return self._arrived(sought, chain, ground)

    # --- by id

    def _given_back(self, sought: _Sought, ground: Ground) -> Conversion | str | None:
        """What the bridge gave back to the sender on its own chain, by the id."""
        d, sender = sought.departure, sought.payment.sender
        if not d.id:
            return None
        seen, _ = self._search(d, d.chain, sender, sought, ground)
        arrival, why = links.choose_arrival(d, [one for one in seen if one.refunds])
        if arrival is not None:
            return self._joined(sought, arrival, ground)
        return f"{sought.known}: {why}" if why else None

    def _arrived(self, sought: _Sought, chain: Chain, ground: Ground) -> Conversion | str:
        d = sought.departure
        seen, blind = self._search(d, chain.id, sought.recipient, sought, ground)
        arrival, why = links.choose_arrival(d, [one for one in seen if not one.refunds])
        if arrival is not None:
            return self._joined(sought, arrival, ground)
        if why:
            return f"{sought.known}: {why}"
        if d.id and not blind:
            return f"{sought.known}: no arrival with its id is among the recipient's receipts (yet)"
        taken = {one.tx for one in seen if one.id}
        return self._by_value(sought, chain, taken, blind, ground)

    def _search(
        self, d: Departure, chain: str, account: str, sought: _Sought, ground: Ground
    ) -> tuple[list[Arrival], set[str]]:
        """The arrivals that an account's receipts show, and the transactions whose events are not to be had."""
        if ground.whole(chain):
            return (self._index.arrivals(chain, d.bridge, d.id), set()) if d.id else ([], set())
        table = ground.transfers()
        amount = d.amount_out if d.amount_out is not None else d.amount
        rows = _received(table, chain, account, sought.payment.time)
        rows.sort(key=lambda row: (table.amount_of(row) != amount, row))
        txs = list(dict.fromkeys(table.txs[table.tx[row]] for row in rows))
        seen: list[Arrival] = []
        blind = set(txs[MOST_SHOWN:])
        for tx in txs[:MOST_SHOWN]:
            messages = self._index.messages(Address(chain, tx), ground)
            if messages is None:
                blind.add(tx)
            else:
                seen += [m for m in messages if isinstance(m, Arrival)]
        return seen, blind

    def _joined(self, sought: _Sought, arrival: Arrival, ground: Ground) -> Conversion | str:
        """A departure and its arrival as a conversion of grade ``decoded``; or why what moved contradicts it."""
        if not rows_of(ground.transfers(), arrival.chain, arrival.tx):
            ground.show(Address(arrival.chain, arrival.tx))
        table = ground.transfers()
        for asset in sorted(family_of(arrival.asset), key=lambda one: one != arrival.asset):
            rows = receipts_of(table, arrival.chain, arrival.tx, arrival.recipient, asset)
            if any(table.amount_of(row) == arrival.amount for row in rows):
                return self._conversion(sought, arrival.tx, arrival.recipient, self._asset(asset), arrival.amount)
        native = find_chain(arrival.chain).native.id
        history = ground.history(arrival.chain, arrival.recipient)
        if native in family_of(arrival.asset) and (history is None or Kind.INTERNAL not in history.covers):
            return self._conversion(sought, arrival.tx, arrival.recipient, self._asset(native), arrival.amount)
        return (
            f"{sought.known}: its arrival ({arrival.tx}) says that {arrival.amount} base units of {arrival.asset} were "
            f"paid to {arrival.recipient}, which no transfer shows"
        )

    def _conversion(
        self, sought: _Sought, tx: str, receiver: str, asset: Asset, amount: int, found: Found | None = None
    ) -> Conversion:
        d, payment = sought.departure, sought.payment
        basis = Basis(d.bridge, payment.taker, d.id)
        grade, note = Grade.DECODED, f"{d.bridge}: id {d.id}" if d.id else d.bridge
        if found is not None:
            rate, count = round(found.base_rate, 6), found.candidates
            basis = Basis(d.bridge, payment.taker, d.id, round(found.probability, 6), rate, count)
            grade = Grade.INFERRED
            note = (
                f"{d.bridge}: by value, time and recipient; probability {found.probability:.3f}, "
                f"{count} candidate, base rate {found.base_rate:.3f}"
                + ("; the event names no recipient, the sender's own address is assumed" if sought.assumed else "")
            )
        note += sought.note
        return Conversion(
            sought.asset, sought.amount, payment.sender, asset, amount, receiver, payment.tx, tx, grade, note, basis
        )

    # --- by value

    def _by_value(
        self, sought: _Sought, chain: Chain, taken: set[str], blind: set[str], ground: Ground
    ) -> Conversion | str:
        """The recipient's one receipt that fits; receipts that an id of the bridge gives to another do not."""
        d, table = sought.departure, ground.transfers()
        asset = self._asset_out(sought, chain)
        if asset is None:
            return f"{sought.known}: which token arrives is not told, so no receipt can be compared"
        family, receipts = family_of(asset.id), []
        for row in _received(table, chain.id, sought.recipient, None):
            tx = table.txs[table.tx[row]]
            if table.assets[table.asset[row]] in family and tx not in taken and (not d.id or tx in blind):
                receipts.append(Receipt(row, tx, int(table.time[row]), table.amount_of(row)))
        if not receipts:
            return f"{sought.known}: the recipient received nothing that could be it"
        amounts = links.amounts_out(d, sought.amount, sought.asset, asset)
        found = links.match_receipt(
            sought.payment.time,
            links.terms_of(d.bridge).window,
            amounts,
            receipts,
            prior=links.ASSUMED if sought.assumed else links.ARRIVES,
            skew=SKEW,
        )
        if isinstance(found, str):
            return f"{sought.known}: {found}"
        got = self._asset(table.assets[table.asset[found.receipt.row]])
        return self._conversion(sought, found.receipt.tx, sought.recipient, got, found.receipt.amount, found)

    def _asset_out(self, sought: _Sought, chain: Chain) -> Asset | None:
        """What should arrive: as the event says, else the coin for the coin, and a known token for its namesake."""
        if sought.departure.asset_out.startswith(f"{chain.id}/"):
            return self._asset(sought.departure.asset_out)
        source = find_chain(sought.payment.chain)
        if source.native.id in family_of(sought.asset.id):
            return chain.native if chain.native.symbol == source.native.symbol else None
        if find_token(sought.asset.id) is None:
            return None
        return next((token for token in _tokens(chain) if token.symbol == sought.asset.symbol), None)

    def _asset(self, asset: str) -> Asset:
        """An asset by its id: a chain's coin, a well-known token, or as its contract claims."""
        chain = find_chain(asset.partition("/")[0])
        if chain.native.id == asset:
            return chain.native
        claimed: Mapping[str, Asset] = {} if find_token(asset) else self._ledger.view.assets()
        return find_token(asset) or claimed.get(asset) or Asset(asset, asset.rpartition(":")[2][:10], 0)


def family_of(asset: str) -> frozenset[str]:
    """The ids under which an asset may be named or paid out: a chain's coin and its wrapped twin are one."""
    chain = next((chain for chain in CHAINS if chain.id == asset.partition("/")[0]), None)
    if chain is None or not chain.wrapped:
        return frozenset({asset})
    twins = frozenset({chain.native.id, token_id(chain, chain.wrapped)})
    return twins if asset in twins else frozenset({asset})


def _name(chain: str) -> str:
    """The name of a chain, as far as Clew knows it."""
    return next((known.name for known in CHAINS if known.id == chain), chain or "a chain it does not tell")


def _tokens(chain: Chain) -> list[Asset]:
    return [token for token in known_tokens().values() if token.chain == chain.id]


def _move(table: TransferTable, row: int) -> Move:
    names = table.account_name
    sender, receiver = names[table.sender[row]], names[table.receiver[row]]
    return Move(sender, receiver, table.assets[table.asset[row]], table.amount_of(row))


def _received(table: TransferTable, chain: str, account: str, since: int | None) -> list[int]:
    """The rows by which an account of a chain is paid anything, not much earlier than `since`, in order."""
    codes = [c for c, name in enumerate(table.account_name) if name == account and _on(table, c, chain)]
    rows = np.flatnonzero(np.isin(table.receiver, codes) & ~np.isin(table.sender, codes))
    rows = rows[table.amount[rows].any(axis=1)]
    if since is not None:
        rows = rows[table.time[rows] >= since - SKEW]
    return [int(row) for row in rows]


def _on(table: TransferTable, account: int, chain: str) -> bool:
    return bool(table.chains[table.account_chain[account]] == chain)
