"""Bitcoin transactions made by hand, with real scripts: what the clustering tests are told in."""

from collections.abc import Iterable

from clew.chains.networks import find_network
from clew.chains.rawblock import Output
from clew.chains.script import script_owner
from clew.clustering.payments import Payments, payments_of_transactions
from clew.protocols.coinjoin import Input, Transaction

CHAIN = "bip122:000000000019d6689c085ae165831e93"
BTC = 10**8


def script(name: str, kind: str = "p2wpkh") -> bytes:
    """An output script that only `name` has."""
    program = name.encode().ljust(20, b"\1")[:20]
    if kind == "p2pkh":
        return b"\x76\xa9\x14" + program + b"\x88\xac"
    return b"\xa9\x14" + program + b"\x87" if kind == "p2sh" else b"\x00\x14" + program


def address(name: str, kind: str = "p2wpkh") -> str:
    """Its address."""
    return script_owner(script(name, kind), find_network(CHAIN))


class Coins:
    """Transactions in order; a coin is named ``owner`` or ``owner/type``, an outpoint by who was paid it."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self._paid: dict[str, list[tuple[str, Output]]] = {}

    def pay(self, spends: Iterable[tuple[str, int]], pays: Iterable[tuple[str, int]]) -> str:
        """A transaction that spends coins and pays amounts; a coin that nobody paid comes from before. Its id."""
        txid = f"{len(self.transactions) + 1:064x}"
        inputs = tuple(self._input(name, amount) for name, amount in spends)
        outputs = tuple(Output(amount, script(*name.split("/"))) for name, amount in pays)
        for vout, ((name, _), output) in enumerate(zip(pays, outputs, strict=True)):
            self._paid.setdefault(name, []).append((f"{txid}:{vout}", output))
        self.transactions.append(Transaction(txid, inputs, outputs, 1_700_000_000 + 600 * len(self.transactions)))
        return txid

    def _input(self, name: str, amount: int) -> Input:
        for coin in self._paid.get(name, []):
            if coin[1].amount == amount:
                self._paid[name].remove(coin)
                return Input(*coin)
        before = f"{sum(map(ord, name)):032x}{amount:032x}:{len(self.transactions)}"
        return Input(before, Output(amount, script(*name.split("/"))))

    def payments(self) -> Payments:
        """The same as flat arrays."""
        return payments_of_transactions(self.transactions, CHAIN)
