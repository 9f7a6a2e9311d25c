"""Small made-up chains: transfers written by hand, and the histories of their accounts as a walk asks for them."""

import hashlib
from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.logs import Log
from clew.ledger import Ledger, TransferTable
from clew.model import TRANSIENT, Address, Case, Conversion, Decoded, History, Kind, Limitation, Reply, Theft, Transfer
from clew.tracing.events import write_journal
from clew.tracing.journal import Journal
from clew.tracing.policies import Policy

ETHEREUM, BSC, BITCOIN = map(find_chain, ("ethereum", "bsc", "bitcoin"))
ETH, BNB, BTC = ETHEREUM.native, BSC.native, BITCOIN.native
WETH = Asset(f"{ETHEREUM.id}/erc20:{ETHEREUM.wrapped}", "WETH", 18)
USDC = Asset(f"{ETHEREUM.id}/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", 6)
EVERY_KIND = frozenset(Kind)
OUTSIDE, THIEF = "victim", "thief"

T = TypeVar("T")


def hashed(name: object) -> str:
    """A transaction id."""
    return hashlib.sha256(str(name).encode()).hexdigest()


class World:
    """Transfers in the order in which they are written; each transaction stands in a block of its own."""

    def __init__(self) -> None:
        self.rows: list[Transfer] = []
        self._blocks: dict[tuple[str, str], tuple[int, int]] = {}

    def pay(
        self,
        sender: str,
        receiver: str,
        amount: int,
        *,
        tx: str = "",
        asset: Asset = ETH,
        kind: Kind = Kind.NATIVE,
        owner: str = "",
        time: int | None = None,
    ) -> str:
        """One more transfer, of a new transaction unless `tx` names one; the transaction's id."""
        chain, tx = asset.chain, tx or hashed(len(self.rows))
        block, seq = self._blocks.get((chain, tx), (len(self._blocks) + 1, 0))
        self._blocks[chain, tx] = block, seq + 1
        when = 1000 + 10 * block if time is None else time
        self.rows.append(Transfer(chain, block, 0, seq, tx, when, asset.id, sender, receiver, amount, kind, owner))
        return tx

    def token(self, sender: str, receiver: str, amount: int, *, asset: Asset, tx: str = "") -> str:
        """A token transfer with the (free) transaction that its sender made for it."""
        tx = self.pay(sender, "@fee", 0, kind=Kind.FEE, tx=tx)
        return self.pay(sender, receiver, amount, asset=asset, tx=tx, kind=Kind.TOKEN)

    def swap(self, who: str, given: int, brought: int) -> str:
        """Ether for USDC at a pool, a contract, in one transaction."""
        tx = self.pay(who, "@fee", 0, kind=Kind.FEE)
        self.pay(who, "pool", given, tx=tx, kind=Kind.CALL)
        return self.pay("pool", who, brought, tx=tx, asset=USDC, kind=Kind.TOKEN)

    def spend(self, inputs: Sequence[str], outputs: Sequence[tuple[str, int]], fee: int = 0) -> str:
        """A Bitcoin transaction: spends outpoints in order, pays (owner, amount) outputs in order, the fee last."""
        tx = hashed(("spend", len(self.rows)))
        held = {row.receiver: row for row in self.rows if row.kind == Kind.OUTPUT}
        for outpoint in inputs:
            was = held[outpoint]
            self.pay(outpoint, TRANSIENT + tx, was.amount, tx=tx, asset=BTC, kind=Kind.INPUT, owner=was.owner)
        if not inputs:
            self.pay("@subsidy", TRANSIENT + tx, sum(a for _, a in outputs), tx=tx, asset=BTC, kind=Kind.COINBASE)
        for vout, (owner, amount) in enumerate(outputs):
            self.pay(TRANSIENT + tx, f"{tx}:{vout}", amount, tx=tx, asset=BTC, kind=Kind.OUTPUT, owner=owner)
        if fee:
            self.pay(TRANSIENT + tx, "@fee", fee, tx=tx, asset=BTC, kind=Kind.FEE)
        return tx


class Shelf:
    """`trace.Histories` over a world: keeps what was asked for in a ledger in memory."""

    def __init__(
        self,
        rows: Iterable[Transfer],
        *,
        status: dict[str, str] | None = None,
        covers: frozenset[Kind] = EVERY_KIND,
        shown: Iterable[str] = (),
        read_whole: bool = False,
        shuffle: Random | None = None,
        events: Iterable[Log] = (),
    ) -> None:
        self._rows = list(rows)
        self._status, self._covers, self._shown = status or {}, covers, set(shown)
        self._read_whole, self._shuffle = read_whole, shuffle
        self._ledger = Ledger.open(":memory:")
        self._table: TransferTable | None = None
        self.events = list(events)
        self.asked: list[Address] = []
        self.said: list[Limitation] = []
        if read_whole:
            self._append("whole", self._rows)

    def load(self, accounts: Sequence[Address]) -> None:
        """Append what touches each account; of an outpoint, the transactions that make and spend it."""
        self.asked += accounts
        with self._ledger.writer.batch():
            for account in self._shuffled(list(accounts)):
                chain, name = account
                if self._ledger.view.history(chain, name) is None:
                    self._append(str(account), [] if name in self._status else self._touching(account))
                    status = self._status.get(name, "complete")
                    self._ledger.writer.record(History(chain, name, status, self._covers, f"{name} is {status}"))

    def _touching(self, account: Address) -> list[Transfer]:
        chain, name = account
        rows = [row for row in self._rows if row.chain == chain]
        touching = [row for row in rows if name in (row.sender, row.receiver, row.owner)]
        if find_chain(chain).utxo:
            txs = {row.tx for row in touching}
            return [row for row in rows if row.tx in txs]
        return touching

    def show(self, transactions: Sequence[Address]) -> list[Address]:
        """Append single transactions: on UTXO chains any, elsewhere those the source can show."""
        known = [one for one in transactions if find_chain(one.chain).utxo or one.value in self._shown]
        for chain, tx in known:
            self._append(tx, [row for row in self._rows if (row.chain, row.tx) == (chain, tx)])
        return known

    def history(self, chain: str, account: str) -> History | None:
        """As recorded by `load`."""
        if self._read_whole:
            return History(chain, account, "complete", self._covers)
        return self._ledger.view.history(chain, account)

    def whole(self, chain: str) -> bool:  # noqa: ARG002 (of a protocol)
        """Whether the world was read block by block."""
        return self._read_whole

    def transfers(self) -> TransferTable:
        """All that is loaded."""
        if self._table is None:
            self._table = self._ledger.view.transfers()
        return self._table

    def logs(self, chain: str, tx: str) -> list[Log]:  # noqa: ARG002 (of a protocol)
        """The events that the test wrote."""
        return [log for log in self.events if log.tx == tx]

    def limitations(self) -> list[Limitation]:
        """What the test says the replies lack."""
        return self.said

    def _append(self, name: str, rows: Sequence[Transfer]) -> None:
        self._table = None
        by_chain = sorted({row.chain for row in rows}) or [ETHEREUM.id]
        reply = Reply("test/reply", by_chain[0], {"name": name}, "1700000000", name.encode())
        number = self._ledger.writer.reply(reply, hashed(name))
        self._ledger.writer.append(Decoded(tuple(self._shuffled(list(rows)))), number)

    def _shuffled(self, items: list[T]) -> list[T]:
        if self._shuffle is not None:
            self._shuffle.shuffle(items)
        return items


def theft(
    tx: str,
    amount: int,
    *,
    to: str = THIEF,
    asset: Asset = ETH,
    part: bool = False,
    vout: int | None = None,
    name: str = "theft",
) -> Theft:
    """A theft of a case."""
    return Theft(name, asset, amount, tx, to, vout, part)


def case(*thefts: Theft, conversions: Sequence[Conversion] = ()) -> Case:
    """A case."""
    return Case("made-up", "Made up", Policy.FIFO, thefts, tuple(conversions))


def journal(world: World, stated: Case, *, complete: bool = False, until: int | None = None) -> Journal:
    """The events of a case where the whole world is loaded; `complete`: and is known to be all there is."""
    return write_journal(
        Shelf(world.rows, read_whole=True).transfers(),
        stated,
        shows=lambda _chain, _address, _asset: complete,
        until=until,
    )
