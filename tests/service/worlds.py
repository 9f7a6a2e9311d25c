"""Recorded replies of small made-up thefts, put together by hand."""

import json
from pathlib import Path
from typing import Any

from Crypto.Hash import keccak

ETHER = 10**18
FEE = 10**15
ETHEREUM = "eip155:1"
EMPTY: dict[str, Any] = {"status": "0", "message": "No transactions found", "result": []}
Json = dict[str, Any]


def address(number: int) -> str:
    return f"0x{number:040x}"


def tx(number: int) -> str:
    return f"0x{number:064x}"


def topic(signature: str) -> str:
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def time_of(block: int) -> int:
    return 1_600_000_000 + 13 * block


def row(block: int, number: int, sender: str, receiver: str, value: int, call: str = "0x") -> Json:
    """A normal transaction, as an explorer lists it."""
    return {
        "blockNumber": str(block),
        "timeStamp": str(time_of(block)),
        "hash": tx(number),
        "transactionIndex": "0",
        "from": sender,
        "to": receiver,
        "value": str(value),
        "gasPrice": str(FEE // 100_000),
        "gasUsed": "100000",
        "isError": "0",
        "txreceipt_status": "1",
        "input": call,
        "contractAddress": "",
    }


def moved(block: int, number: int, token: str, sender: str, receiver: str, amount: int) -> Json:
    """A token transfer, as an explorer lists it."""
    told = {"contractAddress": token, "tokenName": "", "tokenSymbol": "USDX", "tokenDecimal": "6"}
    return row(block, number, sender, receiver, amount) | told | {"value": str(amount), "logIndex": "1"}


def event(block: int, number: int, contract: str, topics: list[str], data: str, index: int = 0) -> Json:
    """An event, as an explorer lists it."""
    return {
        "address": contract,
        "topics": topics,
        "data": data,
        "blockNumber": hex(block),
        "timeStamp": hex(time_of(block)),
        "logIndex": hex(index) if index else "0x",
        "transactionHash": tx(number),
    }


def line(form: str, query: Json, response: object, chain: str = ETHEREUM) -> Json:
    return {"format": form, "chain": chain, "query": query, "fetched": "1700001000", "response": response}


def history(who: str, rows: list[Json], tokens: list[Json] | None = None) -> list[Json]:
    """The three lists of an address."""
    whole = {
        "txlist": {"status": "1", "message": "OK", "result": rows} if rows else EMPTY,
        "txlistinternal": EMPTY,
        "tokentx": {"status": "1", "message": "OK", "result": tokens} if tokens else EMPTY,
    }
    return [
        line(f"etherscan/{action}", {"module": "account", "action": action, "address": who}, reply)
        for action, reply in whole.items()
    ]


def listed(contract: str, signature: str, rows: list[Json], start: int = 0) -> Json:
    """One window of a contract's events of a signature."""
    query = {"module": "logs", "action": "getLogs", "address": contract, "topic0": topic(signature)}
    query |= {"fromBlock": str(start), "toBlock": "latest", "page": "1", "offset": "1000"}
    reply = {"status": "1", "message": "OK", "result": rows} if rows else EMPTY | {"message": "No records found"}
    return line("etherscan/getLogs", query, reply)


def write(path: Path, lines: list[Json]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return path
