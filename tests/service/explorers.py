"""Explorers of several chains, as recorded replies: what each would list of an account, and show of a transaction."""

from pathlib import Path
from typing import Any

import orjson
from Crypto.Hash import keccak

from clew.chains.execution import TRANSFER_TOPIC

Json = dict[str, Any]
Log = tuple[str, list[str], str]
"""Contract, topics, data."""
ACTIONS = ("txlist", "txlistinternal", "tokentx")
START = 1_700_000_000


def topic(signature: str) -> str:
    """The first topic of an event."""
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def word(value: int | str) -> str:
    """A 32-byte word of a number or an address, without prefix."""
    return f"{value:064x}" if isinstance(value, int) else f"{value[2:]:0>64}"


def transfer(token: str, sender: str, receiver: str, amount: int) -> Log:
    """A token's Transfer event."""
    return token, [TRANSFER_TOPIC, "0x" + word(sender), "0x" + word(receiver)], "0x" + word(amount)


class Explorers:
    """Each transaction stands in a block of its own, `step` seconds after the last one, whatever its chain."""

    def __init__(self, step: int = 60) -> None:
        self.step, self.number = step, 0
        self.rows: dict[tuple[str, str, str], list[Json]] = {}
        self.shown: list[Json] = []
        self.listed: set[tuple[str, str]] = set()

    def send(self, chain: str, sender: str, to: str, value: int = 0, *logs: Log, hidden: bool = False) -> str:
        """A transaction that writes `logs`, among them tokens' transfers; `hidden`: nobody shows its receipt."""
        self.number += 1
        height, tx = 1_000_000 + self.number, f"0x{self.number:064x}"
        time = str(START + self.step * self.number)
        place = {"blockNumber": str(height), "timeStamp": time, "hash": tx, "transactionIndex": "0"}
        call = "0x5e5e5e5e" if logs else "0x"
        row = place | {"from": sender, "to": to, "value": str(value), "gas": "1", "gasUsed": "1", "gasPrice": "1"}
        row |= {"isError": "0", "txreceipt_status": "1", "input": call, "contractAddress": ""}
        self._keep(chain, "txlist", row)
        for contract, topics, data in logs:
            if topics[0] == TRANSFER_TOPIC:
                parties = {"from": "0x" + topics[1][26:], "to": "0x" + topics[2][26:], "value": str(int(data, 16))}
                told = {"contractAddress": contract, "tokenSymbol": "T", "tokenName": "T", "tokenDecimal": "6"}
                self._keep(chain, "tokentx", place | parties | told)
        if not hidden:
            self._show(chain, tx, height, row, list(logs))
        return tx

    def _keep(self, chain: str, action: str, row: Json) -> None:
        for party in {row["from"], row["to"]}:
            self.rows.setdefault((chain, party, action), []).append(row)
            self.listed.add((chain, party))

    def _show(self, chain: str, tx: str, height: int, row: Json, logs: list[Log]) -> None:
        block = f"0x{height:064x}"
        at = {"blockNumber": hex(height), "blockHash": block, "transactionIndex": "0x0"}
        shown = at | {"hash": tx, "from": row["from"], "to": row["to"], "value": hex(int(row["value"]))}
        shown |= {"input": row["input"], "gas": "0x1", "gasPrice": "0x1"}
        receipt: Json = at | {"transactionHash": tx, "gasUsed": "0x1", "effectiveGasPrice": "0x1", "status": "0x1"}
        receipt["logs"] = [
            {"address": address, "topics": topics, "data": data, "logIndex": hex(number)}
            for number, (address, topics, data) in enumerate(logs)
        ]
        header = {"number": hex(height), "hash": block, "parentHash": f"0x{'a' * 64}", "transactions": []}
        header["timestamp"] = hex(int(row["timeStamp"]))
        for action, asked, result in (
            ("eth_getTransactionByHash", {"txhash": tx}, shown),
            ("eth_getTransactionReceipt", {"txhash": tx}, receipt),
            ("eth_getBlockByNumber", {"tag": hex(height), "boolean": "false"}, header),
        ):
            query = {"module": "proxy", "action": action, **asked}
            answer = {"jsonrpc": "2.0", "id": 1, "result": result}
            self.shown.append(record(chain, f"etherscan/{action}", query, answer))

    def write(self, path: Path) -> Path:
        """All replies, as lines of a file."""
        lines = list(self.shown)
        for chain, address in sorted(self.listed):
            for action in ACTIONS:
                rows = self.rows.get((chain, address, action), [])
                answer = {"status": "1" if rows else "0", "message": "OK" if rows else "No transactions found"}
                query = {"module": "account", "action": action, "address": address, "startblock": "0", "sort": "asc"}
                lines.append(record(chain, f"etherscan/{action}", query, answer | {"result": rows}))
        path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        return path


def record(chain: str, form: str, query: Json, response: Json) -> Json:
    """One recorded reply."""
    return {"chain": chain, "fetched": "1700100000", "format": form, "query": query, "response": response}
