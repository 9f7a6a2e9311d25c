"""The exposure of one holder: what it received from services and sent to them, by category and entity, with the ways.

Both answers are haircut passes over the ledger in its order, in exact integers (`passes`), so a payment made after the
money left counts for nothing. Value is attributed at the first service it meets and is not followed through it.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from clew.errors import InputError, RunError
from clew.exposure.book import Account, Book, Flows, Holders, Service, Services, columns, read_flows
from clew.exposure.kernels import FAR, add_totals
from clew.exposure.passes import ROUND, STRAIGHT, Pass, Progress, Setting
from clew.ledger import TransferTable
from clew.model import BURNT_FEE, FEE, UNSPENDABLE, Address, Category, Limitation, Tag
from clew.tracing.uint128 import unpack

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

FEES, RETURNED = "fee", "returned"
"""Where value may end beside the categories of tags: at whoever made the block, or back at the holder."""
_SINKS = {FEE: FEES, BURNT_FEE: FEES, UNSPENDABLE: str(Category.BURN)}


class Direction(StrEnum):
    """From whose point of view: what came, or what went."""

    RECEIVED = "received"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Step:
    """One transfer on a way."""

    tx: str
    time: int
    sender: str
    receiver: str
    moved: int
    """Base units the transfer moved in all."""
    carried: int
    """Of these, what belongs to the exposure."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a holder has of one category and entity in one asset."""

    direction: Direction
    asset: str
    category: str
    entity: str
    direct: int
    """Base units that came straight from the service, or went straight to it."""
    indirect: int
    hops: int | None
    """Fewest transfers between the holder and the service, 1 where it is direct; None of what returned."""
    total: int
    """All that the holder received, or sent, of the asset."""
    way: tuple[Step, ...]
    """The largest way, in the order of time."""

    @property
    def amount(self) -> int:
        """Direct and indirect together."""
        return self.direct + self.indirect

    @property
    def millionths(self) -> int:
        """The amount as millionths of the total, rounded down."""
        return self.amount * 1_000_000 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Total:
    """All a holder received and sent of an asset (change that returned is neither), and what no service explains."""

    asset: str
    received: int
    sent: int
    unattributed_received: int
    """What came from nobody known: it was not seen to come from a service."""
    unattributed_sent: int
    """What stands with holders who are no services."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The answer for one holder."""

    holder: Address
    members: tuple[str, ...]
    totals: tuple[Total, ...]
    """By asset, sorted."""
    shares: tuple[Share, ...]
    """Received before sent, by asset, the larger amount first."""
    limitations: tuple[Limitation, ...]


def exposure_in(
    table: TransferTable,
    holder: Address,
    services: Services,
    *,
    members: AbstractSet[str] = frozenset(),
    holders: Holders = lambda _chain, address: address,
    progress: Progress = lambda _done, _of: None,
) -> Exposure:
    """The exposure of a holder, by all that a ledger shows.

    `members` are the addresses of its cluster; they are one holder, and no tag of theirs is a boundary. `holders` may
    join other addresses to clusters. InputError where the ledger shows no transfer of the holder.
    """
    mine = frozenset({holder.value, *members})

    def served(chain: str, name: str) -> Tag | None:
        return None if (chain, name) == holder else services(chain, name)

    def held(chain: str, address: str) -> str:
        return holder.value if chain == holder.chain and address in mine else holders(chain, address)

    book = Book(served, held)
    flows, limitations = read_flows(book, table)
    own = [number for number, its in enumerate(book.accounts) if (its.chain, its.holder) == holder]
    if not own:
        raise InputError(
            "the ledger shows no transfer of it", where=str(holder), mend="load its history first, or check the address"
        )
    question = _Question(table, book, flows, own, progress)
    shares = [*question.received(), *question.sent()]
    order = {direction: place for place, direction in enumerate(Direction)}
    shares.sort(key=lambda one: (order[one.direction], one.asset, -one.amount, one.category, one.entity))
    return Exposure(holder, tuple(sorted(mine)), tuple(question.totals(shares)), tuple(shares), tuple(limitations))


class _Question:
    """Both passes for one holder, whose accounts are `own`."""

    def __init__(self, table: TransferTable, book: Book, flows: Flows, own: Sequence[int], progress: Progress) -> None:
        self.table, self.book, self.flows, self.progress = table, book, flows, progress
        self.assets = sorted({book.accounts[number].asset for number in own})
        self.own = np.full(len(book.accounts), -1, np.int32)
        for number in own:
            self.own[number] = self.assets.index(book.accounts[number].asset)
        self.passes, self.keeps = columns(book.accounts)
        self._received, self._sent = np.zeros((2, len(self.assets), 2), np.uint64)
        add_totals(flows.sender, flows.receiver, flows.amount, self.own, flows.kept, self._received, self._sent)

    def received(self) -> list[Share]:
        """By service: what came from it."""
        kinds, seed = _kinds([account.service for account in self.book.accounts])
        setting = Setting(seed, self.keeps & (seed < 0), self.passes, self.own)
        found = Pass(len(kinds), len(self.assets), ways=True)
        found.advance(self.flows, setting, self._marked(seed >= 0), progress=self.progress)
        hops = self._least_hops(found, self.own)
        return [
            self._share(Direction.RECEIVED, found, row, kind, asset, service, int(hops[row, kind]))
            for row, asset in enumerate(self.assets)
            for kind, service in enumerate(kinds)
            if found.amount(row, kind, STRAIGHT) or found.amount(row, kind, ROUND)
        ]

    def sent(self) -> list[Share]:
        """By service: what went to it; and what went to fees, or came back."""
        ends, end_of = _kinds([self._end(number, account) for number, account in enumerate(self.book.accounts)])
        seed = np.where(self.own >= 0, 0, -1).astype(np.int32)
        asset_of = np.array([_place(self.assets, account.asset) for account in self.book.accounts], np.int32)
        rows = np.where((end_of >= 0) & (asset_of >= 0), end_of * len(self.assets) + asset_of, -1).astype(np.int32)
        setting = Setting(seed, self.keeps & (end_of < 0), self.passes & (end_of < 0), rows)
        found = Pass(1, len(ends) * len(self.assets), ways=True)
        found.advance(self.flows, setting, self._marked(self.own >= 0), progress=self.progress)
        hops = self._least_hops(found, rows)
        shares = []
        for place, end in enumerate(ends):
            for at, asset in enumerate(self.assets):
                row = place * len(self.assets) + at
                if found.amount(row, 0, STRAIGHT) or found.amount(row, 0, ROUND):
                    shares.append(self._share(Direction.SENT, found, row, 0, asset, end, int(hops[row, 0])))
        return shares

    def _end(self, number: int, account: Account) -> Service | None:
        if self.own[number] >= 0:
            return Service(RETURNED, "")
        return Service(_SINKS[account.name], "") if account.name in _SINKS else account.service

    def _marked(self, source: Mask) -> Mask:
        flows = self.flows
        marked: Mask = source[flows.sender] & (flows.sender != flows.receiver)
        return marked

    @staticmethod
    def _least_hops(found: Pass, rows: Codes) -> npt.NDArray[np.uint8]:
        """By row and kind: the fewest hops of any account that counts in the row."""
        least = np.full((len(found.sums) // found.labels, found.kinds), FAR, np.uint8)
        accounts = np.flatnonzero(rows >= 0)
        np.minimum.at(least, rows[accounts], found.hops[accounts])
        return least

    def _share(
        self, direction: Direction, found: Pass, row: int, kind: int, asset: str, service: Service, hops: int
    ) -> Share:
        place = self.assets.index(asset)
        total = unpack((self._received if direction is Direction.RECEIVED else self._sent)[place : place + 1])[0]
        direct, indirect = found.amount(row, kind, STRAIGHT), found.amount(row, kind, ROUND)
        way = tuple(self._step(move.event, move.amount) for move in found.way(row, kind))
        return Share(direction, asset, *service, direct, indirect, hops if hops < FAR else None, total, way)

    def _step(self, event: int, carried: int) -> Step:
        flows, table, accounts = self.flows, self.table, self.book.accounts
        row = int(flows.row[event])
        sender, receiver = (accounts[int(side[event])] for side in (flows.sender, flows.receiver))
        return Step(
            table.txs[table.tx[row]],
            int(table.time[row]),
            sender.holder or sender.name,
            receiver.holder or receiver.name,
            table.amount_of(row),
            carried,
        )

    def totals(self, shares: Sequence[Share]) -> list[Total]:
        """The sums of each asset; RunError where the parts are more than the whole."""
        found = []
        for asset, received, sent in zip(self.assets, unpack(self._received), unpack(self._sent), strict=True):
            parts = {
                direction: sum(one.amount for one in shares if one.asset == asset and one.direction is direction)
                for direction in Direction
            }
            left = received - parts[Direction.RECEIVED], sent - parts[Direction.SENT]
            if min(left) < 0:
                raise RunError(f"the exposure in {asset} is more than what moved, by {-min(left)} base units")
            found.append(Total(asset, received, sent, *left))
        return found


def _kinds(services: Sequence[Service | None]) -> tuple[list[Service], Codes]:
    """The different services, sorted, and which of them each account is."""
    kinds = sorted({service for service in services if service is not None})
    places = {service: place for place, service in enumerate(kinds)}
    return kinds, np.array([-1 if one is None else places[one] for one in services], np.int32)


def _place(assets: Sequence[str], asset: str) -> int:
    return assets.index(asset) if asset in assets else -1
