"""Swaps as an explorer shows them, account by account: whom a router paid, and tokens that lie about themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from clew.chains.execution import TRANSFER_TOPIC
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case

Json = dict[str, Any]
ETHER = 10**18
VICTIM, THIEF, ALICE, BOB = (f"0x{digit * 40}" for digit in "1234")
ROUTER, POOL, TOKEN = (f"0x{digit * 40}" for digit in "abc")
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
ACTIONS = ("txlist", "txlistinternal", "tokentx")


class Explorer:
    """An Etherscan-like chain: each transaction in a block of its own, each row in the lists of its parties."""

    def __init__(self) -> None:
        self.height = 15_000_000
        self.rows: dict[tuple[str, str], list[Json]] = {}
        self.shown: list[Json] = []

    def send(self, sender: str, to: str, value: int = 0, call: str = "0x") -> Json:
        """A transaction whose gas costs one wei; its place."""
        self.height += 1
        place = {
            "blockNumber": str(self.height),
            "timeStamp": str(1_650_000_000 + self.height),
            "hash": f"0x{self.height:064x}",
            "transactionIndex": "0",
        }
        row = place | {"from": sender, "to": to, "value": str(value), "gas": "0", "gasUsed": "1", "gasPrice": "1"}
        self._keep("txlist", row | {"isError": "0", "txreceipt_status": "1", "input": call, "contractAddress": ""})
        return place

    def token(self, place: Json, sender: str, to: str, amount: int, token: str, symbol: str, decimals: str) -> None:
        row = place | {"from": sender, "to": to, "value": str(amount), "contractAddress": token}
        self._keep("tokentx", row | {"tokenSymbol": symbol, "tokenName": symbol, "tokenDecimal": decimals})

    def _keep(self, action: str, row: Json) -> None:
        for party in {row["from"], row["to"]}:
            self.rows.setdefault((party, action), []).append(row)

    def inner(self, place: Json, sender: str, to: str, value: int) -> None:
        """Coins that a call within a transaction moves."""
        row = place | {"from": sender, "to": to, "value": str(value), "type": "call", "traceId": "0", "isError": "0"}
        self._keep("txlistinternal", row)

    def show(
        self,
        place: Json,
        sender: str,
        to: str,
        value: int,
        logs: list[tuple[str, str, str, int]],
        events: Sequence[Json] = (),
    ) -> None:
        """The transaction, its receipt with token transfers and other events, and its block, as a node gives them."""
        height, block = hex(int(place["blockNumber"])), f"0x{'b' * 64}"
        at = {"blockNumber": height, "blockHash": block, "transactionIndex": "0x0"}
        tx = at | {"hash": place["hash"], "from": sender, "to": to, "value": hex(value), "input": "0x5e5e5e5e"}
        receipt = at | {"transactionHash": place["hash"], "gasUsed": "0x1", "effectiveGasPrice": "0x1", "status": "0x1"}
        receipt["logs"] = [
            {
                "address": token,
                "topics": [TRANSFER_TOPIC, f"0x{giver[2:]:0>64}", f"0x{getter[2:]:0>64}"],
                "data": f"0x{amount:064x}",
                "logIndex": hex(number),
            }
            for number, (token, giver, getter, amount) in enumerate(logs)
        ] + [event | {"logIndex": hex(len(logs) + number)} for number, event in enumerate(events)]
        header = {
            "number": height,
            "hash": block,
            "parentHash": f"0x{'a' * 64}",
            "timestamp": hex(int(place["timeStamp"])),
        }
        self._answer("eth_getTransactionByHash", {"txhash": place["hash"]}, tx | {"gas": "0x1", "gasPrice": "0x1"})
        self._answer("eth_getTransactionReceipt", {"txhash": place["hash"]}, receipt)
        self._answer("eth_getBlockByNumber", {"tag": height, "boolean": "false"}, header | {"transactions": []})

    def _answer(self, action: str, asked: Json, result: Json) -> None:
        query = {"module": "proxy", "action": action, **asked}
        self.shown.append(record(f"etherscan/{action}", query, {"jsonrpc": "2.0", "id": 1, "result": result}))

    def write(self, path: Path) -> Path:
        lines = list(self.shown)
        for address in sorted({THIEF, ALICE, BOB, ROUTER, POOL, *(party for party, _ in self.rows)}):
            for action in ACTIONS:
                rows = self.rows.get((address, action), [])
                answer = {"status": "1" if rows else "0", "message": "OK" if rows else "No transactions found"}
                query = {"module": "account", "action": action, "address": address, "startblock": "0", "sort": "asc"}
                lines.append(record(f"etherscan/{action}", query, answer | {"result": rows}))
        path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        return path


def record(form: str, query: Json, response: Json) -> Json:
    return {"chain": "eip155:1", "fetched": "1700000000", "format": form, "query": query, "response": response}


def trace(explorer: Explorer, folder: Path, tx: str) -> Json:
    case = folder / "case.toml"
    case.write_text(f"""
id = "recorded"
[[theft]]
chain = "ethereum"
tx = "{tx}"
asset = "ETH"
amount = "100"
to = "{THIEF}"
""")
    recorded = explorer.write(folder / "replies.jsonl")
    result = trace_case(TraceRequest(str(case), folder / "out", "all", recorded=recorded, offline=True))
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    return result


def standing(result: Json) -> dict[tuple[str, str], tuple[str, int]]:
    return {(row["address"], row["asset"]): (row["kind"], int(row["amount"])) for row in result["dispositions"]}


@pytest.mark.parametrize("shown", [True, False])
def test_whom_a_router_paid_is_seen_in_the_transaction_itself(tmp_path: Path, shown: bool) -> None:
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 1)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    swap = explorer.send(THIEF, ROUTER, 60 * ETHER, "0x5e5e5e5e")
    explorer.token(swap, POOL, ALICE, 90_000, USDC, "USDC", "6")
    explorer.token(explorer.send(ALICE, USDC, 0, "0xa9059cbb"), ALICE, BOB, 30_000, USDC, "USDC", "6")
    weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
    if shown:
        logs = [(weth, ROUTER, POOL, 60 * ETHER), (USDC, POOL, ALICE, 90_000)]
        explorer.show(swap, THIEF, ROUTER, 60 * ETHER, logs)
    result = trace(explorer, tmp_path, stolen["hash"])
    usdc, eth = f"eip155:1/erc20:{USDC}", "eip155:1/slip44:60"
    held = {(THIEF, eth): ("held", 40 * ETHER)}
    if shown:
        assert standing(result) == held | {(ALICE, usdc): ("held", 60_000), (BOB, usdc): ("held", 30_000)}
        (conversion,) = result["conversions"]
        assert (conversion["sender"], conversion["receiver"], conversion["grade"]) == (THIEF, ALICE, "decoded")
        assert {row["format"] for row in result["evidence"]} >= {"etherscan/transaction"}
    else:
        assert standing(result) == held | {(ROUTER, eth): ("contract", 60 * ETHER)}
        assert result["conversions"] == []
    verify_case(tmp_path / "out")


@pytest.mark.parametrize("decimals", ["255", "77", "0", "", "-1", "256", "9" * 40, "x"])
def test_a_token_that_lies_about_its_decimals_is_followed_in_base_units(tmp_path: Path, decimals: str) -> None:
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 1)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    swap = explorer.send(THIEF, ROUTER, 60 * ETHER, "0x5e5e5e5e")
    explorer.token(swap, POOL, THIEF, 12_345, TOKEN, "<b>\u202e", decimals)
    event = traded(POOL, (WETH, 60 * ETHER), (TOKEN, 12_345))
    logs = [(WETH, ROUTER, POOL, 60 * ETHER), (TOKEN, POOL, THIEF, 12_345)]
    explorer.show(swap, THIEF, ROUTER, 60 * ETHER, logs, [event])
    result = trace(explorer, tmp_path, stolen["hash"])
    assert standing(result)[THIEF, f"eip155:1/erc20:{TOKEN}"] == ("held", 12_345)


@pytest.mark.parametrize("amount", [2**128, 2**256 - 1])
def test_a_token_of_amounts_beyond_128_bits_is_not_followed(tmp_path: Path, amount: int) -> None:
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 1)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    swap = explorer.send(THIEF, ROUTER, 60 * ETHER, "0x5e5e5e5e")
    explorer.token(swap, POOL, THIEF, amount, TOKEN, "HUGE", "18")
    result = trace(explorer, tmp_path, stolen["hash"])
    assert standing(result)[ROUTER, "eip155:1/slip44:60"] == ("contract", 60 * ETHER)
    assert ("swap-too-large", THIEF) in [(one["code"], one["address"]) for one in result["limitations"]]


def test_a_token_that_bears_a_known_name_is_noise_and_not_followed(tmp_path: Path) -> None:
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 1)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    swap = explorer.send(THIEF, ROUTER, 60 * ETHER, "0x5e5e5e5e")
    explorer.token(swap, POOL, THIEF, 60_000, TOKEN, "U\u0455DC", "6")
    result = trace(explorer, tmp_path, stolen["hash"])
    assert standing(result)[ROUTER, "eip155:1/slip44:60"] == ("contract", 60 * ETHER)
    assert ("swap-fake-token", THIEF) in [(one["code"], one["address"]) for one in result["limitations"]]
    assert [one["kind"] for one in result["noise"]["entries"]] == ["fake-token"]


# --- several trades in one transaction

WETH, SECOND_POOL = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "0x" + "d" * 40


def traded(pool: str, given: tuple[str, int], got: tuple[str, int]) -> Json:
    """The event of a pool of version 2."""
    first = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
    words = [given[1], 0, 0, got[1]] if given[0] < got[0] else [0, given[1], got[1], 0]
    data = "".join(f"{word:064x}" for word in words)
    return {"address": pool, "topics": [first, f"0x{ROUTER[2:]:0>64}", f"0x{THIEF[2:]:0>64}"], "data": f"0x{data}"}


def buying_two(decimals: str, writer: str) -> tuple[Explorer, str]:
    """60 of 100 stolen ETH buy USDC, 40 a token that states its decimals; `writer` says so of the second pool."""
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 9)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    swap = explorer.send(THIEF, ROUTER, 100 * ETHER, "0x5e5e5e5e")
    explorer.token(swap, POOL, THIEF, 90_000, USDC, "USDC", "6")
    explorer.token(swap, SECOND_POOL, THIEF, 7, TOKEN, "LIES", decimals)
    logs = [(WETH, ROUTER, POOL, 60 * ETHER), (USDC, POOL, THIEF, 90_000)]
    logs += [(WETH, ROUTER, SECOND_POOL, 40 * ETHER), (TOKEN, SECOND_POOL, THIEF, 7)]
    events = [traded(POOL, (WETH, 60 * ETHER), (USDC, 90_000)), traded(writer, (WETH, 40 * ETHER), (TOKEN, 7))]
    explorer.show(swap, THIEF, ROUTER, 100 * ETHER, logs, events)
    return explorer, stolen["hash"]


@pytest.mark.parametrize("decimals", ["18", "", "-3", "999"])
def test_two_swaps_of_one_payment_are_told_by_their_pools(tmp_path: Path, decimals: str) -> None:
    explorer, stolen = buying_two(decimals, SECOND_POOL)
    result = trace(explorer, tmp_path, stolen)
    told = {(row["amount_in"], row["asset_out"], row["amount_out"]) for row in result["conversions"]}
    usdc, token = f"eip155:1/erc20:{USDC}", f"eip155:1/erc20:{TOKEN}"
    assert told == {(str(60 * ETHER), usdc, "90000"), (str(40 * ETHER), token, "7")}
    assert standing(result)[THIEF, usdc] == ("held", 90_000)
    assert standing(result)[THIEF, token] == ("held", 7)
    verify_case(tmp_path / "out")


@pytest.mark.parametrize("writer", [ROUTER, "0x" + "e" * 40])
def test_what_a_contract_says_that_did_not_trade_moves_nothing(tmp_path: Path, writer: str) -> None:
    explorer, stolen = buying_two("18", writer)
    result = trace(explorer, tmp_path, stolen)
    assert result["conversions"] == []
    kind, amount = standing(result)[ROUTER, "eip155:1/slip44:60"]
    assert (kind, amount // 10) == ("contract", 10 * ETHER - 1), "all but some wei of gas"
    assert ("swap-several-got", THIEF) in [(one["code"], one["address"]) for one in result["limitations"]]
