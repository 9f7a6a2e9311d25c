"""A simulated TRON in TronGrid's words: each account's list of transactions and its list of TRC-20 transfers.

Fields: https://developers.tron.network/reference, TronGrid v1 API. Fees in TRX are destroyed.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import base58

from clew.chains import find_chain
from clew.chains.tokens import parse_asset
from clew.model import BURNT_FEE
from clew.simulate.dice import Dice
from clew.simulate.lots import Account, Lot
from clew.simulate.names import Names
from clew.simulate.world.intentions import Intent, Intentions

CHAIN = find_chain("tron")
TRX = CHAIN.native
USDT = parse_asset("USDT", CHAIN)
_CONTRACT = USDT.id.rpartition(":")[2]
FEE_SUN = 6_400_000
"""What a token's transfer costs whoever has no energy, in sun."""
TRX_FEE = 268_000
_BLOCK = 3
_PAGE = 200


def account(address: str, asset: str = USDT.id) -> Account:
    """An address's account of one asset."""
    return Account(CHAIN.id, address, asset)


class Tron:
    """The chain: one transaction a block, which is every three seconds of the world's time."""

    def __init__(self, names: Names, dice: Dice, book: Intentions, *, start: int) -> None:
        self.accounts: set[str] = set()
        """Addresses whose lists are asked for: all but services."""
        self._names, self._dice, self._book = names, dice, book
        self._start, self.time = start, start
        self._rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._tokens: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def address(self) -> str:
        """A new address."""
        raw = b"\x41" + bytes.fromhex(self._names.evm_address()[2:])
        return base58.b58encode_check(raw).decode()

    def grant(self, address: str, trx: int, usdt: int) -> None:
        """What a service holds when the world begins; it is asked for by nobody, so no list shows it."""
        self._book.give(account(address, TRX.id), [Lot("", trx, 0)])
        self._book.give(account(address), [Lot("", usdt, 0)])

    def balance(self, address: str, asset: str = USDT.id) -> int:
        """What an address holds."""
        return self._book.balance(account(address, asset))

    def send_trx(self, time: int, sender: str, receiver: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """A payment in TRX; the transaction's id."""
        value = {"owner_address": _hex(sender), "to_address": _hex(receiver), "amount": amount}
        tx = self._transaction(time, sender, (receiver,), "TransferContract", value, TRX_FEE)
        self._book.pay(account(sender, TRX.id), account(receiver, TRX.id), amount, intent)
        return tx

    def send(
        self,
        time: int,
        sender: str,
        receiver: str,
        amount: int,
        intent: Intent = Intent.OLDEST,
        brought: list[Lot] | None = None,
    ) -> str:
        """A payment in USDT; the transaction's id. `brought`: lots the receiver gets in place of the sender's."""
        data = f"a9059cbb{_hex(receiver)[2:]:0>64}{amount:064x}"
        value = {"owner_address": _hex(sender), "contract_address": _hex(_CONTRACT), "data": data}
        tx = self._transaction(time, sender, (), "TriggerSmartContract", value, FEE_SUN)
        row = {"transaction_id": tx, "block_timestamp": self.time * 1000, "from": sender, "to": receiver}
        info = {"symbol": "USDT", "address": _CONTRACT, "decimals": 6, "name": "Tether USD"}
        row |= {"type": "Transfer", "value": str(amount), "token_info": info}
        for party in dict.fromkeys((sender, receiver)):
            self._tokens[party].append(row)
        paid = self._book.spend(account(sender), amount, intent)
        self._book.give(account(receiver), paid if brought is None else brought)
        return tx

    def _transaction(
        self, time: int, sender: str, others: tuple[str, ...], kind: str, value: dict[str, Any], fee: int
    ) -> str:
        self.time = max(time, self.time + _BLOCK)
        tx = self._names.bitcoin_hash()
        self._book.pay(account(sender, TRX.id), account(BURNT_FEE, TRX.id), fee, Intent.OWN)
        contract = {"type": kind, "parameter": {"value": value, "type_url": f"type.googleapis.com/protocol.{kind}"}}
        row = {"txID": tx, "blockNumber": (self.time - self._start) // _BLOCK, "block_timestamp": self.time * 1000}
        row |= {"ret": [{"contractRet": "SUCCESS", "fee": fee}], "internal_transactions": []}
        row |= {"raw_data": {"contract": [contract]}}
        for party in dict.fromkeys((sender, *others)):
            self._rows[party].append(row)
        return tx

    def replies(self, fetched: str) -> Iterator[tuple[str, dict[str, str], Any]]:
        """Format, query and body of every page of both lists of every account."""
        for address in sorted(self.accounts):
            for name, format_, rows in (
                ("transactions", "trongrid/transactions", self._rows[address]),
                ("transactions/trc20", "trongrid/trc20", self._tokens[address]),
            ):
                path = f"/v1/accounts/{address}/{name}"
                for page in range(max(1, -(-len(rows) // _PAGE))):
                    query = {"path": path, "only_confirmed": "true", "limit": str(_PAGE)}
                    query |= {"order_by": "block_timestamp,asc"}
                    if page:
                        query["fingerprint"] = f"{address}-{page}"
                    meta: dict[str, Any] = {"at": int(fetched) * 1000, "page_size": _PAGE}
                    if (page + 1) * _PAGE < len(rows):
                        meta["fingerprint"] = f"{address}-{page + 1}"
                    part = rows[page * _PAGE : (page + 1) * _PAGE]
                    yield format_, query, {"data": part, "success": True, "meta": meta}


def _hex(address: str) -> str:
    return base58.b58decode_check(address).hex()
