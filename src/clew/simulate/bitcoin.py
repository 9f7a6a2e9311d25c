"""A simulated Bitcoin: transactions that move lots from output to output, in the JSON of Esplora.

Fields: https://github.com/Blockstream/esplora/blob/master/API.md, section Transaction format.
"""

from random import Random
from typing import Any, NamedTuple

from clew.chains import bech32, find_chain
from clew.model import FEE
from clew.simulate.lots import Account, Lot, Lots
from clew.simulate.names import Names

CHAIN = find_chain("bitcoin")
BTC = CHAIN.native


class Coin(NamedTuple):
    """An output that can be spent."""

    tx: str
    vout: int
    address: str
    amount: int
    """Satoshi."""

    @property
    def account(self) -> Account:
        """The account of this output alone."""
        return Account(CHAIN.id, f"{self.tx}:{self.vout}", BTC.id)


class Bitcoin:
    """The chain: every transaction is a block of its own, inputs are laid end to end and cut by the outputs."""

    def __init__(self, names: Names, random: Random, lots: Lots, *, height: int) -> None:
        self.transactions: list[dict[str, Any]] = []
        self.spent: dict[tuple[str, int], tuple[dict[str, Any], int]] = {}
        """Output -> the transaction that spent it and the number of the input."""
        self.coinbases: dict[str, str] = {}
        """Transaction -> the coinbase transaction of its block, the only other one there."""
        self.owners: dict[str, str] = {}
        """Output ``txid:vout`` -> address."""
        self._names, self._random, self._lots = names, random, lots
        self._height, self._time = height, 0

    def outside_coin(self, address: str, amount: int) -> Coin:
        """An output of a stranger or a service, whose past is not simulated: clean."""
        coin = Coin(self._names.bitcoin_hash(), self._random.randrange(3), address, amount)
        self._lots.give(coin.account, [Lot("", amount, 0)])
        return coin

    def spend(
        self, coins: list[Coin], payments: list[tuple[str, int]], *, time: int, brought: list[Lot] | None = None
    ) -> list[Coin]:
        """Spend coins after `time`; what the payments leave is the fee. Returns the new coins, in output order.

        The first payment carries the lots `brought` over a bridge in place of the units the bridge itself spends.
        """
        self._height += 1
        self._time = max(self._time, time) + self._random.randrange(300, 1_500)
        tx = self._names.bitcoin_hash()
        created = [Coin(tx, vout, address, amount) for vout, (address, amount) in enumerate(payments)]
        fee = sum(coin.amount for coin in coins) - sum(amount for _, amount in payments)
        self._write(tx, coins, created, fee)
        through = Account(CHAIN.id, f"@tx:{tx}", BTC.id)
        for coin in coins:
            self._lots.move(coin.account, through, coin.amount)
        for coin in created:
            self.owners[f"{tx}:{coin.vout}"] = coin.address
            paid = self._lots.take(through, coin.amount)
            self._lots.give(coin.account, brought if brought and not coin.vout else paid)
        self._lots.move(through, Account(CHAIN.id, FEE, BTC.id), fee)
        return created

    def _write(self, tx: str, coins: list[Coin], created: list[Coin], fee: int) -> None:
        size = 11 + 68 * len(coins) + 31 * len(created)
        transaction = {
            "txid": tx,
            "version": 2,
            "locktime": 0,
            "size": size,
            "weight": 4 * size,
            "sigops": len(coins),
            "fee": fee,
            "vin": [_input(coin) for coin in coins],
            "vout": [_output(coin) for coin in created],
            "status": {
                "confirmed": True,
                "block_height": self._height,
                "block_hash": self._names.bitcoin_hash(),
                "block_time": self._time,
            },
        }
        self.transactions.append(transaction)
        self.coinbases[tx] = self._names.bitcoin_hash()
        for number, coin in enumerate(coins):
            self.spent[coin.tx, coin.vout] = (transaction, number)


def _output(coin: Coin) -> dict[str, Any]:
    program = bech32.decode(coin.address)[2].hex()
    return {
        "scriptpubkey": f"0014{program}",
        "scriptpubkey_asm": f"OP_0 OP_PUSHBYTES_20 {program}",
        "scriptpubkey_type": "v0_p2wpkh",
        "scriptpubkey_address": coin.address,
        "value": coin.amount,
    }


def _input(coin: Coin) -> dict[str, Any]:
    return {
        "txid": coin.tx,
        "vout": coin.vout,
        "prevout": _output(coin),
        "scriptsig": "",
        "scriptsig_asm": "",
        "witness": [],
        "is_coinbase": False,
        "sequence": 4_294_967_293,
    }
