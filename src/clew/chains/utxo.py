"""The ledger's view of UTXO transactions: a transient account that takes its inputs in order, gives its outputs in
order, and pays the fee last.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from clew.chains.networks import Network, find_network
from clew.chains.rawblock import Output, Transaction, excess
from clew.chains.script import is_unspendable, script_owner
from clew.errors import SourceError
from clew.model import FEE, SUBSIDY, TRANSIENT, UNSPENDABLE, Block, Decoded, Kind, Limitation, Transfer

Coin = tuple[int, str]
"""An output that can be spent: its amount in base units and its owner's address (empty without one)."""


class _Change(NamedTuple):
    """What one block did to the unspent outputs, so that it can be undone."""

    height: int
    made: list[str]
    spent: dict[str, Coin]


class Coins:
    """Outputs seen and not yet spent; the last `depth` blocks can be undone.

    An outpoint names its amount and script for ever (its transaction's id commits to them), so no answer can be
    wrong, only missing.
    """

    def __init__(self, unspent: Mapping[str, Coin] | None = None, *, depth: int = 0) -> None:
        self.unspent: dict[str, Coin] = dict(unspent or {})
        self._change = _Change(-1, [], {})
        self._changes: deque[_Change] = deque(maxlen=depth)

    def begin(self, height: int) -> None:
        """A block begins; what was read at its height or above was reorganised away, and is undone."""
        while self._changes and self._changes[-1].height >= height:
            stale = self._changes.pop()
            self.unspent.update(stale.spent)
            for outpoint in stale.made:
                self.unspent.pop(outpoint, None)
        self._change = _Change(height, [], {})
        self._changes.append(self._change)

    def make(self, outpoint: str, coin: Coin) -> None:
        """An output that can be spent."""
        self.unspent[outpoint] = coin
        self._change.made.append(outpoint)

    def spend(self, outpoint: str) -> Coin | None:
        """The coin of an outpoint, now spent; None where its output was not seen."""
        coin = self.unspent.pop(outpoint, None)
        if coin is not None:
            self._change.spent[outpoint] = coin
        return coin


class Journal:
    """The transfers of one block's transactions, written in order."""

    def __init__(
        self,
        block: Block,
        asset: str,
        coins: Coins,
        prevouts: Mapping[str, Output],
        owners: Mapping[bytes, str] = MappingProxyType({}),
    ) -> None:
        """`coins` are the outputs seen before; `prevouts` the spent outputs that the reply itself names.

        A reply that names them needs no memory: its own outputs are then not kept in `coins`. `owners` are the
        addresses of scripts as far as they are known already.
        """
        self.owners = owners
        self.block, self.asset, self.coins, self.prevouts = block, asset, coins, prevouts
        self.network: Network = find_network(block.chain)
        self.keep = not prevouts
        self.transfers: list[Transfer] = []
        self.limitations: list[Limitation] = []

    def write(self, transactions: Iterable[tuple[int, Transaction]]) -> Decoded:
        """What transactions, each with its index in the block, move."""
        for tx_index, transaction in transactions:
            if transaction.inputs:
                self._payment(tx_index, transaction)
            else:
                self._coinbase(tx_index, transaction)
        blocks = (self.block,) if self.block.parent else ()
        return Decoded(tuple(self.transfers), blocks=blocks, limitations=tuple(self.limitations))

    def _payment(self, tx_index: int, transaction: Transaction) -> None:
        chain, height, _, _, time = self.block
        txid, asset, account = transaction.txid, self.asset, TRANSIENT + transaction.txid
        taken, missing = 0, False
        for seq, outpoint in enumerate(transaction.inputs):
            coin = self._coin(outpoint)
            if coin is None:
                missing = True
                self.limitations.append(_missing(chain, outpoint, txid))
                continue
            amount, owner = coin
            taken += amount
            self.transfers.append(
                Transfer(chain, height, tx_index, seq, txid, time, asset, outpoint, account, amount, Kind.INPUT, owner)
            )
        seq = len(transaction.inputs)
        paid = self._outputs(tx_index, seq, transaction)
        if missing:
            return  # what the transaction takes is not known, so its fee is not
        if paid > taken:
            raise SourceError(f"it pays {paid} base units and takes {taken}", where=f"transaction {txid}")
        self._add(tx_index, seq + len(transaction.outputs), txid, account, FEE, taken - paid, Kind.FEE)

    def _coin(self, outpoint: str) -> Coin | None:
        known = self.coins.spend(outpoint)
        if known is not None or (prevout := self.prevouts.get(outpoint)) is None:
            return known
        return prevout.amount, self._owner(prevout.script)

    def _owner(self, script: bytes) -> str:
        owner = self.owners.get(script)
        return script_owner(script, self.network) if owner is None else owner

    def _coinbase(self, tx_index: int, transaction: Transaction) -> None:
        """What the outputs claim beyond the subsidy is fees; a miner may also claim less."""
        name = self._name(transaction)
        account = TRANSIENT + name
        claimed = sum(output.amount for output in transaction.outputs)
        made = min(claimed, self.network.subsidy(self.block.height))
        sources = [(source, amount) for source, amount in ((SUBSIDY, made), (FEE, claimed - made)) if amount]
        for seq, (source, amount) in enumerate(sources):
            self._add(tx_index, seq, name, source, account, amount, Kind.COINBASE)
        self._outputs(tx_index, len(sources), transaction)

    def _name(self, transaction: Transaction) -> str:
        """The id, but for a coinbase that a later one of the same id overwrote (BIP-30): that is told by its height."""
        lost = not transaction.inputs and self.block.height in self.network.overwritten
        return f"{transaction.txid}@{self.block.height}" if lost else transaction.txid

    def _outputs(self, tx_index: int, first: int, transaction: Transaction) -> int:
        """Writes the outputs from `first` on; returns their sum."""
        chain, height, _, _, time = self.block
        txid, asset = self._name(transaction), self.asset
        account = TRANSIENT + txid
        lost = txid != transaction.txid
        paid = 0
        for vout, (amount, script) in enumerate(transaction.outputs):
            paid += amount
            if lost or is_unspendable(script):
                outpoint, owner = UNSPENDABLE, ""
            else:
                outpoint, owner = f"{txid}:{vout}", self._owner(script)
                if self.keep:
                    self.coins.make(outpoint, (amount, owner))
            self.transfers.append(
                Transfer(
                    chain,
                    height,
                    tx_index,
                    first + vout,
                    txid,
                    time,
                    asset,
                    account,
                    outpoint,
                    amount,
                    Kind.OUTPUT,
                    owner,
                )
            )
        if paid > self.network.max_money:
            raise excess(paid, txid)
        return paid

    def _add(self, tx_index: int, seq: int, txid: str, sender: str, receiver: str, amount: int, kind: Kind) -> None:
        chain, height, _, _, time = self.block
        self.transfers.append(
            Transfer(chain, height, tx_index, seq, txid, time, self.asset, sender, receiver, amount, kind)
        )


def _missing(chain: str, outpoint: str, txid: str) -> Limitation:
    detail = f"transaction {txid} spends it, but its amount was not seen: neither this input nor the fee is known"
    return Limitation("missing-prevout", detail, chain, outpoint)
