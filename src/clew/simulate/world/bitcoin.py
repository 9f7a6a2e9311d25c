"""A simulated Bitcoin, byte by byte: transactions with witnesses, Merkle roots, headers on the real first block.

Serialisation: BIP-144; output scripts BIP-141; the height in each coinbase BIP-34. Signatures are random bytes and
headers prove no work, which no reader of the ledger checks; there is no witness commitment. A block is made only where
something happens.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from clew.chains import find_chain
from clew.chains.networks import find_network
from clew.chains.script import owner_script
from clew.model import FEE, UNSPENDABLE
from clew.simulate.dice import Dice
from clew.simulate.lots import Account, Lot
from clew.simulate.names import Names
from clew.simulate.world.intentions import Intent, Intentions, hidden

CHAIN = find_chain("bitcoin")
BTC = CHAIN.native
MAGIC = bytes.fromhex("f9beb4d9")
DUST = 1_000
"""Satoshi; a smaller rest goes to the fee."""
_NETWORK = find_network(CHAIN.id)
_INTERVAL = 1_200
"""Seconds that a block may gather transactions for; it bears the time of the last."""
_FULL = 400
_BITS = bytes.fromhex("ffff7f20")
FIRST_BLOCK = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c01010000000100000000000000000000000000000000000000000000000000"
    "00000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e"
    "206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe"
    "5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b"
    "6bf11d5fac00000000"
)
"""Bitcoin's first block, a public fact that every node carries (Bitcoin Core, ``chainparams.cpp``)."""


class Coin(NamedTuple):
    """An output that can be spent."""

    tx: str
    vout: int
    address: str
    amount: int

    @property
    def account(self) -> Account:
        """The account of this output alone."""
        return Account(CHAIN.id, f"{self.tx}:{self.vout}", BTC.id)


class Part(NamedTuple):
    """What one participant of a transaction spends and gets; most transactions have one participant."""

    coins: Sequence[Coin]
    payments: Sequence[tuple[str, int]]
    """Address (empty: a data output) and satoshi; what is left over is the participant's share of the fee."""
    intent: Intent = Intent.OLDEST
    brought: Sequence[Lot] | None = None
    """Lots that a bridge carried over: the first payment carries them in place of what the bridge spends."""


def sha256d(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def compact(number: int) -> bytes:
    """Bitcoin's CompactSize integer."""
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + number.to_bytes(2, "little") if number < 0x10000 else b"\xfe" + number.to_bytes(4, "little")


class RawBitcoin:
    """The chain: inputs are laid end to end; who holds an output decides what it stands for."""

    def __init__(self, names: Names, dice: Dice, book: Intentions, *, start: int) -> None:
        self.blocks: list[bytes] = [FIRST_BLOCK]
        self.owners: dict[str, str] = {}
        """Output ``txid:vout`` -> address, of all outputs made."""
        self.mixes: list[list[Part]] = []
        """The parts of every transaction of several participants, with `mix_ids` their transactions."""
        self.mix_ids: list[str] = []
        self.mix_outputs: list[list[list[Coin]]] = []
        """Of each such transaction the coins that each part got."""
        self._names, self._dice, self._book = names, dice, book
        self._parent = sha256d(FIRST_BLOCK[:80])
        self._time, self._opened = start, start
        """Of the newest transaction, which will be the open block's; when the open block began to gather."""
        self._pending: list[tuple[bytes, bytes]] = []
        """Whole serialisations and ids of the open block."""
        self.miner = names.bitcoin_address()

    def grant(self, address: str) -> Coin:
        """A block of its own whose coinbase pays an address the whole subsidy."""
        self.close(address)
        return self._coinbase_coin

    def spend(self, time: int, parts: Sequence[Part], *, payload: bytes = b"", ordered: bool = False) -> list[Coin]:
        """A transaction; the new coins of all participants, each one's in his order.

        With `ordered`, inputs and outputs stand in falling order of amount, as coordinators of mixes sort them.
        """
        self._open(time)
        coins = [coin for part in parts for coin in part.coins]
        payments = [payment for part in parts for payment in part.payments]
        inputs = sorted(coins, key=lambda c: (-c.amount, c.tx, c.vout)) if ordered else coins
        places = sorted(range(len(payments)), key=lambda p: (-payments[p][1], p)) if ordered else range(len(payments))
        outputs = [payments[place] for place in places]
        txid = self._write(inputs, outputs, payload)
        vout = {place: number for number, place in enumerate(places)}
        created = [Coin(txid, vout[place], *payment) for place, payment in enumerate(payments)]
        self._move(parts, created)
        if len(parts) > 1:
            self.mixes.append(list(parts))
            self.mix_ids.append(txid)
            rest = iter(created)
            self.mix_outputs.append([[next(rest) for _ in part.payments] for part in parts])
        return created

    def _move(self, parts: Sequence[Part], created: list[Coin]) -> None:
        fee_account = Account(CHAIN.id, FEE, BTC.id)
        rest = list(created)
        for number, part in enumerate(parts):
            through = Account(CHAIN.id, f"@part:{part.coins[0].tx}:{part.coins[0].vout}:{number}", BTC.id)
            for coin in part.coins:
                self._book.pay(coin.account, through, coin.amount)
            for index in range(len(part.payments)):
                coin = rest.pop(0)
                self.owners[f"{coin.tx}:{coin.vout}"] = coin.address
                paid = self._book.spend(through, coin.amount, part.intent)
                if coin.address in self._book.outside:
                    self._book.outside.add(coin.account.place)
                place = coin.account if coin.address else Account(CHAIN.id, UNSPENDABLE, BTC.id)
                lots = part.brought if part.brought is not None and not index else paid
                self._book.give(place, hidden(lots) if len(parts) > 1 else lots)
            self._book.pay(through, fee_account, self._book.balance(through), Intent.OWN)

    def _write(self, inputs: Sequence[Coin], outputs: Sequence[tuple[str, int]], payload: bytes) -> str:
        spent = b"".join(
            bytes.fromhex(coin.tx)[::-1] + coin.vout.to_bytes(4, "little") + b"\0" + b"\xfd\xff\xff\xff"
            for coin in inputs
        )
        paid = b"".join(_output(address, amount, payload) for address, amount in outputs)
        body = compact(len(inputs)) + spent + compact(len(outputs)) + paid
        witness = b"".join(
            b"\x02\x47" + bytes.fromhex(self._names.bitcoin_hash()) * 2 + bytes(7) + b"\x21\x02" + b"\x11" * 32
            for _ in inputs
        )
        version, locktime = (2).to_bytes(4, "little"), bytes(4)
        txid = sha256d(version + body + locktime)
        self._pending.append((version + b"\0\x01" + body + witness + locktime, txid))
        return txid[::-1].hex()

    def _open(self, time: int) -> None:
        if self._pending and (time >= self._opened + _INTERVAL or len(self._pending) >= _FULL):
            self.close()
        if not self._pending:
            self._opened = max(self._time, time)
        self._time = max(self._time, time)

    def close(self, miner: str = "") -> None:
        """End the open block: its coinbase pays the miner the subsidy and the fees."""
        height, address = len(self.blocks), miner or self.miner
        fees = Account(CHAIN.id, FEE, BTC.id)
        collected = self._book.balance(fees)
        reward = _NETWORK.subsidy(height) + collected
        script = b"\x03" + height.to_bytes(3, "little") + b"\x04clew"
        body = b"\x01" + bytes(32) + b"\xff" * 4 + compact(len(script)) + script + b"\xff" * 4
        body += b"\x01" + _output(address, reward, b"")
        coinbase = (2).to_bytes(4, "little") + body + bytes(4)
        self._pending.insert(0, (coinbase, sha256d(coinbase)))
        coin = Coin(self._pending[0][1][::-1].hex(), 0, address, reward)
        self.owners[f"{coin.tx}:0"] = address
        if address in self._book.outside:
            self._book.outside.add(coin.account.place)
        self._book.give(coin.account, [Lot("", _NETWORK.subsidy(height), 0), *self._book.spend(fees, collected)])
        root = _merkle([txid for _, txid in self._pending])
        header = (0x20000000).to_bytes(4, "little") + self._parent + root + self._time.to_bytes(4, "little")
        header += _BITS + bytes(4)
        transactions = b"".join(whole for whole, _ in self._pending)
        self.blocks.append(header + compact(len(self._pending)) + transactions)
        self._parent, self._pending, self._coinbase_coin = sha256d(header), [], coin
        self._time += 1

    def closing_time(self) -> None:
        """End the block that is open, if anything is in it."""
        if self._pending:
            self.close()


def _output(address: str, amount: int, payload: bytes) -> bytes:
    script = owner_script(address, _NETWORK) if address else b"\x6a" + bytes([len(payload)]) + payload
    return amount.to_bytes(8, "little") + compact(len(script)) + script


def _merkle(level: list[bytes]) -> bytes:
    while len(level) > 1:
        level = [*level, level[-1]] if len(level) % 2 else level
        level = [sha256d(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]
