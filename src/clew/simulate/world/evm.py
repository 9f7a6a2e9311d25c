"""A simulated Ethereum in the words of its nodes: blocks with whole transactions, receipts with logs, traces.

The answers are those of ``eth_getBlockByNumber``, ``eth_getBlockReceipts`` and ``trace_block``, kept together as a
reply of format ``evm/block``. Hashes are names: nothing here is RLP-encoded or signed. A block is made only where
something happens, so heights count busy blocks and times jump.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.execution import TRANSFER_TOPIC, ZERO_ADDRESS
from clew.chains.tokens import parse_asset
from clew.model import BURNT_FEE, FEE
from clew.simulate.dice import Dice
from clew.simulate.lots import Account, Lot
from clew.simulate.names import Names
from clew.simulate.world.intentions import Intent, Intentions

CHAIN = find_chain("ethereum")
ETH = CHAIN.native
USDT = parse_asset("USDT", CHAIN)

GWEI = 10**9
BASE_FEE = 8 * GWEI
PLAIN_GAS, TOKEN_GAS, CALL_GAS = 21_000, 65_000, 250_000
TOKEN_CALL = "0xa9059cbb"  # noqa: S105
"""Selector of ERC-20's transfer."""
_INTERVAL, _FULL = 600, 150
"""Seconds that a block may gather transactions for, and how many it holds; it bears the time of the last."""


class Pay(NamedTuple):
    """Native coins moved by a call inside a transaction."""

    sender: str
    receiver: str
    amount: int
    intent: Intent = Intent.OLDEST
    brought: list[Lot] | None = None
    """Lots the receiver gets in place of what the payer spends: a mixer's note, a bridge's order."""


class Token(NamedTuple):
    """A token's Transfer event; `moves` is False of an event that lies."""

    sender: str
    receiver: str
    amount: int
    asset: Asset = USDT
    intent: Intent = Intent.OLDEST
    moves: bool = True
    into: list[Lot] | None = None
    """Takes the lots that the receiver, a service, is handed for somebody else."""
    brought: list[Lot] | None = None
    """As of a payment in coins."""


class Event(NamedTuple):
    """Any other event."""

    contract: str
    topics: tuple[str, ...]
    data: str


Effect = Pay | Token | Event


@dataclass(slots=True)
class _Open:
    """A block under construction."""

    opened: int
    time: int
    """Of the last transaction."""
    transactions: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    traces: list[dict[str, Any]]
    logs: int = 0


def word(value: int | str) -> str:
    """A number or an address as a word of call data, 64 hex digits."""
    return f"{value:064x}" if isinstance(value, int) else f"{value.removeprefix('0x'):0>64}"


def account(address: str, asset: Asset = ETH) -> Account:
    """An address's account of one asset."""
    return Account(CHAIN.id, address, asset.id)


class Evm:
    """The chain: fees are paid before value moves, nobody spends what he does not hold."""

    def __init__(self, names: Names, dice: Dice, book: Intentions, *, start: int) -> None:
        self.blocks: list[dict[str, Any]] = []
        """Closed blocks by height, each ``{"block": …, "receipts": …, "traces": …}``."""
        self._names, self._dice, self._book = names, dice, book
        self._nonces: Counter[str] = Counter()
        self._miner = names.evm_address()
        self._parent = "0x" + "00" * 32
        self._hash = names.evm_hash()
        self._granted: list[dict[str, Any]] = []
        self._open = _Open(start, start, [], [], [])
        self.close()  # the first block holds what everybody has when the world begins
        self._open = _Open(start + 12, start + 12, [], [], [])

    def grant(self, address: str, amount: int) -> None:
        """New coins in the first block, as a validator's withdrawal shows them (whole gwei)."""
        self._granted.append({"index": hex(len(self._granted)), "address": address, "amount": hex(amount // GWEI)})
        self._book.give(account(address), [Lot("", amount // GWEI * GWEI, 0)])

    def mint(self, time: int, issuer: str, receiver: str, amount: int) -> None:
        """New tokens from their issuer."""
        self._book.give(account(ZERO_ADDRESS, USDT), [Lot("", amount, 0)])
        self.send(time, issuer, contract(USDT), effects=[Token(ZERO_ADDRESS, receiver, amount)], gas=TOKEN_GAS)

    def balance(self, address: str, asset: Asset = ETH) -> int:
        """What an address holds."""
        return self._book.balance(account(address, asset))

    def price(self) -> int:
        """A gas price as wallets set it: mostly a whole tenth of a gwei over the base fee, at times any number."""
        if self._dice.chance(60):
            return BASE_FEE + self._dice.between(GWEI // 10, 3 * GWEI)
        return BASE_FEE + self._dice.between(1, 30) * GWEI // 10

    def send(
        self,
        time: int,
        sender: str,
        to: str,
        value: int = 0,
        *,
        data: str = "0x",
        gas: int = PLAIN_GAS,
        price: int = 0,
        effects: list[Effect] | None = None,
        intent: Intent = Intent.OLDEST,
        into: list[Lot] | None = None,
        failed: bool = False,
    ) -> str:
        """A transaction and what it brings about; its hash. RunError where somebody pays what he does not hold.

        `into` takes the lots of the value where the receiver is handed them for somebody else.
        """
        block = self._block(time)
        tx, index, price = self._names.evm_hash(), len(block.transactions), price or self.price()
        self._pay_fee(sender, gas, price)
        block.transactions.append(
            {
                "hash": tx,
                "blockNumber": hex(len(self.blocks)),
                "transactionIndex": hex(index),
                "from": sender,
                "to": to,
                "value": hex(value),
                "input": data,
                "gas": hex(gas if data == "0x" else gas * 3 // 2),
                "gasPrice": hex(price),
                "nonce": hex(self._nonces[sender]),
            }
        )
        self._nonces[sender] += 1
        place = {"blockHash": self._hash, "blockNumber": hex(len(self.blocks))}
        receipt: dict[str, Any] = {**place, "transactionHash": tx, "transactionIndex": hex(index)}
        receipt |= {"from": sender, "to": to, "contractAddress": None}
        receipt |= {"gasUsed": hex(gas), "effectiveGasPrice": hex(price), "status": hex(not failed), "logs": []}
        block.receipts.append(receipt)
        top = self._trace(tx, (), sender, to, value)
        if failed:
            top["error"] = "Reverted"
        elif value:
            self._hand(account(sender), account(to), value, intent, into)
        for effect in [] if failed else effects or []:
            self._effect(tx, receipt, effect)
        return tx

    def _hand(self, payer: Account, payee: Account, amount: int, intent: Intent, into: list[Lot] | None) -> None:
        if into is None:
            self._book.pay(payer, payee, amount, intent)
            return
        into += self._book.spend(payer, amount, intent)
        self._book.give(payee, [Lot("", amount, 0)])

    def _pay_fee(self, sender: str, gas: int, price: int) -> None:
        payer = account(sender)
        self._book.pay(payer, Account(CHAIN.id, BURNT_FEE, ETH.id), gas * BASE_FEE, Intent.OWN)
        self._book.pay(payer, Account(CHAIN.id, FEE, ETH.id), gas * (price - BASE_FEE), Intent.OWN)

    def _effect(self, tx: str, receipt: dict[str, Any], effect: Effect) -> None:
        if isinstance(effect, Pay):
            path = (sum(row["transactionHash"] == tx for row in self._open.traces) - 1,)
            self._trace(tx, path, effect.sender, effect.receiver, effect.amount)
            paid = self._book.spend(account(effect.sender), effect.amount, effect.intent)
            self._book.give(account(effect.receiver), paid if effect.brought is None else effect.brought)
        elif isinstance(effect, Token):
            parties = (f"0x{word(effect.sender)}", f"0x{word(effect.receiver)}")
            self._log(receipt, contract(effect.asset), (TRANSFER_TOPIC, *parties), f"0x{word(effect.amount)}")
            sides = account(effect.sender, effect.asset), account(effect.receiver, effect.asset)
            if effect.brought is not None:
                self._book.spend(sides[0], effect.amount, effect.intent)
                self._book.give(sides[1], effect.brought)
            elif effect.moves:
                self._hand(*sides, effect.amount, effect.intent, effect.into)
        else:
            self._log(receipt, *effect)

    def _log(self, receipt: dict[str, Any], address: str, topics: tuple[str, ...], data: str) -> None:
        log = {"address": address, "topics": list(topics), "data": data, "logIndex": hex(self._open.logs)}
        shared = ("blockHash", "blockNumber", "transactionHash", "transactionIndex")
        receipt["logs"].append({**log, **{name: receipt[name] for name in shared}, "removed": False})
        self._open.logs += 1

    def _trace(self, tx: str, path: tuple[int, ...], sender: str, receiver: str, value: int) -> dict[str, Any]:
        action = {"from": sender, "to": receiver, "callType": "call", "value": hex(value), "input": "0x", "gas": "0x0"}
        row: dict[str, Any] = {"blockHash": self._hash, "transactionHash": tx, "type": "call", "action": action}
        row |= {"traceAddress": list(path), "result": {"gasUsed": "0x0", "output": "0x"}, "subtraces": 0}
        self._open.traces.append(row)
        return row

    def _block(self, time: int) -> _Open:
        """The block that a transaction of `time` goes into."""
        block = self._open
        if time >= block.opened + _INTERVAL or len(block.transactions) >= _FULL:
            self.close()
            time = max(time, block.time + 12)
            self._open = _Open(time, time, [], [], [])
        self._open.time = max(time, self._open.time)
        return self._open

    @property
    def time(self) -> int:
        """Of the open block."""
        return self._open.time

    def close(self) -> None:
        """End the open block."""
        block = self._open
        header: dict[str, Any] = {
            "number": hex(len(self.blocks)),
            "hash": self._hash,
            "parentHash": self._parent,
            "difficulty": "0x0",
        }
        header |= {"timestamp": hex(block.time), "baseFeePerGas": hex(BASE_FEE), "miner": self._miner}
        header |= {"parentBeaconBlockRoot": "0x" + "00" * 32, "withdrawals": [] if self.blocks else self._granted}
        header |= {"transactions": [tx | {"blockHash": self._hash} for tx in block.transactions]}
        self.blocks.append({"block": header, "receipts": block.receipts, "traces": block.traces})
        self._parent, self._hash = self._hash, self._names.evm_hash()


def contract(asset: Asset) -> str:
    """A token's contract."""
    return asset.id.rpartition(":")[2]
