"""A simulated Ethereum: transactions that move lots and leave the rows an Etherscan-compatible explorer would show.

Rows have the fields of https://docs.etherscan.io, section Accounts (``txlist``, ``txlistinternal``, ``tokentx``).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.execution import DEPOSIT_CALL, WITHDRAW_CALL
from clew.chains.tokens import parse_asset
from clew.model import FEE
from clew.simulate.lots import Account, Lot, Lots
from clew.simulate.names import Names

CHAIN = find_chain("ethereum")
ETH = CHAIN.native
USDC = parse_asset("USDC", CHAIN)
WETH = parse_asset("WETH", CHAIN)

ACTIONS = ("txlist", "txlistinternal", "tokentx")
"""The three lists that make up an address's history."""

_GWEI = 10**9
_TRANSFER_GAS = 21_000
_TRANSFER, _TRANSFER_FROM, _SWAP, _WITHDRAW_BRIDGE = "0xa9059cbb", "0x23b872dd", "0x5ae401dc", "0x993e1c42"
"""Selectors of ERC-20's transfer and transferFrom, of a swap router's multicall, and of a bridge's withdrawal."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction whose effects are being shown: the fields that all its rows share, and those of its gas."""

    place: Row
    gas: Row

    @property
    def hash(self) -> str:
        """The transaction's hash."""
        return self.place["hash"]


class Ethereum:
    """The chain: time passes with every transaction, a fee is paid before value moves, nobody spends what he lacks."""

    def __init__(self, names: Names, random: Random, lots: Lots, *, time: int, height: int) -> None:
        self.time = time
        """Of the newest block, seconds since 1970, UTC."""
        self.rows: defaultdict[str, dict[str, list[Row]]] = defaultdict(lambda: {action: [] for action in ACTIONS})
        """Address -> action -> its rows, oldest first."""
        self._names, self._random, self._lots = names, random, lots
        self._height, self._index, self._block_hash = height, 0, names.evm_hash()
        self._nonces: Counter[str] = Counter()

    def account(self, address: str, asset: Asset = ETH) -> Account:
        """An address's account of one asset."""
        return Account(CHAIN.id, address, asset.id)

    def balance(self, address: str, asset: Asset = ETH) -> int:
        """What an address holds, in base units."""
        return self._lots.balance(self.account(address, asset))

    def pay(self, sender: str, receiver: str, amount: int) -> str:
        """A plain payment of ETH; the transaction's hash."""
        call = self._call(sender, receiver, value=amount)
        self._lots.move(self.account(sender), self.account(receiver), amount)
        return call.hash

    def sweep(self, sender: str, receiver: str) -> None:
        """A plain payment of all ETH but the fee."""
        price = self._price()
        self._call(sender, receiver, value=(amount := self.balance(sender) - _TRANSFER_GAS * price), price=price)
        self._lots.move(self.account(sender), self.account(receiver), amount)

    def fail(self, sender: str, receiver: str, amount: int) -> None:
        """A reverted call: its fee is paid, its value stays where it is."""
        self._call(sender, receiver, value=amount, data=_SWAP, gas=64_000, failed=True)

    def deposit(self, sender: str, contract: str, amount: int, data: str) -> None:
        """A contract call that takes ETH along."""
        self._call(sender, contract, value=amount, data=data, gas=980_000)
        self._lots.move(self.account(sender), self.account(contract), amount)

    def steal(self, thief: str, contract: str, amount: int, asset: Asset, theft: str) -> str:
        """A contract is made to pay the thief; the transaction's hash."""
        call = self._call(thief, contract, data=_WITHDRAW_BRIDGE + "00" * 64, gas=210_000)
        self._show(call, contract, thief, amount, asset)
        self._lots.give(self.account(thief, asset), [Lot(theft, amount, amount)])
        return call.hash

    def send_token(self, sender: str, receiver: str, amount: int, asset: Asset) -> None:
        """A token's transfer by its owner."""
        call = self._call(sender, _contract(asset), data=_TRANSFER + f"{receiver[2:]:0>64}{amount:064x}", gas=65_000)
        self._show(call, sender, receiver, amount, asset)
        self._lots.move(self.account(sender, asset), self.account(receiver, asset), amount)

    def pretend(self, caller: str, sender: str, receiver: str, amount: int, asset: Asset) -> None:
        """A stranger makes a token's contract report a transfer between others, which moves nothing of theirs."""
        call = self._call(caller, _contract(asset), data=_TRANSFER_FROM, gas=48_000)
        self._show(call, sender, receiver, amount, asset)

    def wrap(self, owner: str, amount: int) -> None:
        """ETH into WETH, which the contract gives without a Transfer event."""
        self._call(owner, _contract(WETH), value=amount, data=DEPOSIT_CALL, gas=45_000)
        self._lots.move(self.account(owner), self.account(owner, WETH), amount)

    def unwrap(self, owner: str, amount: int) -> None:
        """WETH into ETH, which comes by an internal transfer."""
        call = self._call(owner, _contract(WETH), data=WITHDRAW_CALL + f"{amount:064x}", gas=46_000)
        self._show(call, _contract(WETH), owner, amount, ETH)
        self._lots.move(self.account(owner, WETH), self.account(owner), amount)

    def swap(self, owner: str, router: str, pool: str, amount_in: int, amount_out: int) -> str:
        """USDC into ETH at a router, which takes the one into its pool and pays the other; the transaction's hash."""
        call = self._call(owner, router, data=_SWAP, gas=230_000)
        self._show(call, owner, pool, amount_in, USDC)
        self._show(call, router, owner, amount_out, ETH)
        taken = self._lots.take(self.account(owner, USDC), amount_in)
        self._lots.give(self.account(owner), self._lots.convert(taken, amount_out))
        return call.hash

    def leave(self, sender: str, bridge: str, amount: int) -> tuple[str, list[Lot]]:
        """ETH handed to a bridge for another chain: the transaction's hash, and the lots that go over."""
        call = self._call(sender, bridge, value=amount)
        return call.hash, self._lots.take(self.account(sender), amount)

    def _price(self) -> int:
        return self._random.randrange(4 * _GWEI, 40 * _GWEI)

    def _next_place(self) -> Row:
        """The next transaction's place, mostly in a later block."""
        blocks = self._random.randrange(0, 60)
        if blocks:
            self._height, self._index, self._block_hash = self._height + blocks, 0, self._names.evm_hash()
            self.time += 12 * blocks
        self._index += self._random.randrange(1, 30)
        return {
            "blockNumber": str(self._height),
            "timeStamp": str(self.time),
            "hash": self._names.evm_hash(),
            "blockHash": self._block_hash,
            "transactionIndex": str(self._index),
        }

    def _call(
        self,
        sender: str,
        receiver: str,
        *,
        value: int = 0,
        data: str = "0x",
        gas: int = _TRANSFER_GAS,
        price: int = 0,
        failed: bool = False,
    ) -> Call:
        """A transaction: its row is shown and its fee paid; moving the value is the caller's part."""
        place, price = self._next_place(), price or self._price()
        limit = gas if data == "0x" else gas * 3 // 2
        call = Call(place, {"gas": str(limit), "gasUsed": str(gas), "gasPrice": str(price)})
        nonce = self._nonces[sender]
        self._nonces[sender] += 1
        row = place | call.gas | {"nonce": str(nonce), "from": sender, "to": receiver, "value": str(value)}
        row |= {"isError": str(int(failed)), "txreceipt_status": str(int(not failed)), "contractAddress": ""}
        row |= {"input": data, "methodId": data[:10], "functionName": ""}
        row |= {"cumulativeGasUsed": str(gas + 90_000 * self._index), "confirmations": "1000000"}
        self._keep("txlist", row)
        self._lots.move(self.account(sender), self.account(FEE), gas * price)
        return call

    def _show(self, call: Call, sender: str, receiver: str, amount: int, asset: Asset) -> None:
        """The row of an effect of a call: an internal transfer or a token's event."""
        row = call.place | {"from": sender, "to": receiver, "value": str(amount)}
        if asset == ETH:
            row = {name: text for name, text in row.items() if name not in ("blockHash", "transactionIndex")}
            row |= {"contractAddress": "", "input": "", "type": "call", "gas": "2300", "gasUsed": "0"}
            self._keep("txlistinternal", row | {"traceId": "0_1", "isError": "0", "errCode": ""})
            return
        row |= call.gas | {"nonce": "0", "contractAddress": _contract(asset), "cumulativeGasUsed": call.gas["gasUsed"]}
        row |= {"tokenName": asset.symbol, "tokenSymbol": asset.symbol, "tokenDecimal": str(asset.decimals)}
        self._keep("tokentx", row | {"input": "deprecated", "confirmations": "1000000"})

    def _keep(self, action: str, row: Row) -> None:
        for address in dict.fromkeys((row["from"], row["to"])):
            self.rows[address][action].append(row)


def _contract(asset: Asset) -> str:
    return asset.id.rpartition(":")[2]
