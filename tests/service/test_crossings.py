"""A trace that enters a bridge on one chain and goes on, by the bridge's own records, on another."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case

ETHER, COIN = 10**18, 10**8
THIEF = "0x" + "a1" * 20
VICTIM = "0x" + "b2" * 20
ROUTER = "0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146"
STOLEN, DEPOSIT = "0x" + "01" * 32, "0x" + "02" * 32
PAYOUT = "03" * 32
VAULT = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
PAID = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
BITCOIN = "bip122:000000000019d6689c085ae165831e93"
FEE = 10**15


def row(block: int, tx: str, sender: str, receiver: str, value: int, call: str = "0x") -> dict[str, str]:
    return {
        "blockNumber": str(block),
        "timeStamp": str(1_700_000_000 + 12 * block),
        "hash": tx,
        "nonce": "0",
        "blockHash": "0x" + "0f" * 32,
        "transactionIndex": "0",
        "from": sender,
        "to": receiver,
        "value": str(value),
        "gas": "100000",
        "gasPrice": str(FEE // 100_000),
        "isError": "0",
        "txreceipt_status": "1",
        "input": call,
        "contractAddress": "",
        "cumulativeGasUsed": "100000",
        "gasUsed": "100000",
        "confirmations": "9",
    }


def midgard(**leg: Any) -> dict[str, Any]:
    out = {
        "txID": PAYOUT.upper(),
        "address": PAID,
        "coins": [{"asset": "BTC.BTC", "amount": str(COIN // 4)}],
    } | leg
    entered = {
        "txID": DEPOSIT[2:].upper(),
        "address": THIEF,
        "coins": [{"asset": "ETH.ETH", "amount": str(9 * COIN)}],
    }
    action = {
        "type": "swap",
        "status": "success",
        "date": "1700000100000000000",
        "height": "1",
        "in": [entered],
        "out": [out],
        "metadata": {"swap": {"memo": f"=:BTC.BTC:{PAID}:0"}},
        "pools": [],
    }
    return {"actions": [action], "count": "1"}


def bitcoin_payout() -> dict[str, Any]:
    def script(address: str) -> dict[str, str]:
        return {"scriptpubkey": P2WPKH[address], "scriptpubkey_address": address, "scriptpubkey_type": "v0_p2wpkh"}

    return {
        "txid": PAYOUT,
        "version": 2,
        "locktime": 0,
        "vin": [
            {
                "txid": "04" * 32,
                "vout": 0,
                "prevout": {**script(VAULT), "value": COIN},
                "scriptsig": "",
                "is_coinbase": False,
                "sequence": 1,
            }
        ],
        "vout": [{**script(PAID), "value": COIN // 4}, {**script(VAULT), "value": 3 * COIN // 4 - 1000}],
        "fee": 1000,
        "status": {"confirmed": True, "block_height": 800_000, "block_hash": "00" * 32, "block_time": 1_700_000_500},
    }


P2WPKH = {PAID: "0014751e76e8199196d454941c45d1b3a323f1433bd6", VAULT: "0014e8df018c7e326cc253faac7e46cdc51e68542c42"}


def record(folder: Path, midgard_reply: dict[str, Any], more: Sequence[dict[str, str]] = ()) -> Path:
    def explorer(address: str, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        empty = {"status": "0", "message": "No transactions found", "result": []}
        whole = {"status": "1", "message": "OK", "result": rows}
        lists = {"txlist": whole, "txlistinternal": empty, "tokentx": empty}
        return [
            line(
                f"etherscan/{action}",
                "eip155:1",
                {"module": "account", "action": action, "address": address},
                reply,
            )
            for action, reply in lists.items()
        ]

    def line(form: str, chain: str, query: dict[str, str], response: object) -> dict[str, Any]:
        return {"format": form, "chain": chain, "query": query, "fetched": "1700001000", "response": response}

    status = bitcoin_payout()["status"]
    lines = explorer(
        THIEF,
        [
            row(1, STOLEN, VICTIM, THIEF, 9 * ETHER + FEE),
            row(2, DEPOSIT, THIEF, ROUTER, 9 * ETHER, "0x44bc937b" + "00" * 32),
            *more,
        ],
    )
    lines += [
        line("midgard/actions", "eip155:1", {"path": "/v2/actions", "txid": DEPOSIT[2:].upper()}, midgard_reply),
        line("meta/esplora-status", BITCOIN, {"path": f"/tx/{PAYOUT}/status"}, status),
        line(
            "meta/esplora-merkle-proof",
            BITCOIN,
            {"path": f"/tx/{PAYOUT}/merkle-proof"},
            {"block_height": 800_000, "merkle": [], "pos": 7},
        ),
        line("esplora/tx", BITCOIN, {"path": f"/tx/{PAYOUT}", "pos": "7"}, bitcoin_payout()),
        line("meta/esplora-tip", BITCOIN, {"path": "/blocks/tip/height"}, 800_010),
        line("meta/esplora-outspend", BITCOIN, {"path": f"/tx/{PAYOUT}/outspend/0"}, {"spent": False}),
    ]
    (folder / "replies.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return folder / "replies.jsonl"


CASE = f"""
id = "crossing"
title = "Out of Ethereum"
policy = "fifo"
[[theft]]
chain = "ethereum"
tx = "{STOLEN}"
asset = "ETH"
amount = "9.001"
to = "{THIEF}"
"""


@pytest.fixture
def trace(tmp_path: Path) -> Any:
    def run(reply: dict[str, Any], more: Sequence[dict[str, str]] = ()) -> tuple[dict[str, Any], Path]:
        (tmp_path / "case.toml").write_text(CASE)
        request = TraceRequest(
            case=str(tmp_path / "case.toml"), out=tmp_path / "out", recorded=record(tmp_path, reply, more), offline=True
        )
        return trace_case(request), tmp_path / "out"

    return run


def standing(result: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, str]]:
    return {
        (d["kind"], d["chain"], d["address"] or ""): (d["amount"], d["origin_amount"]) for d in result["dispositions"]
    }


def test_the_walk_goes_on_in_bitcoin_at_the_address_that_was_paid(trace: Any) -> None:
    result, folder = trace(midgard())
    assert standing(result) == {
        ("held", BITCOIN, PAID): (str(COIN // 4), str(9 * ETHER)),
        ("fee", "eip155:1", ""): (str(FEE), str(FEE)),
    }
    (held,) = [d for d in result["dispositions"] if d["kind"] == "held"]
    assert held["grade"] == "decoded"
    (conversion,) = result["conversions"]
    assert (conversion["tx"], conversion["tx_out"], conversion["grade"]) == (DEPOSIT, PAYOUT, "decoded")
    assert result["conservation"][0]["difference"] == "0"
    assert "midgard/actions" in {row["format"] for row in result["evidence"]}
    verify_case(folder)


def test_a_swap_that_paid_out_nothing_yet_stays_at_the_bridge(trace: Any) -> None:
    waiting = midgard()
    waiting["actions"][0] |= {"type": "refund", "out": []}
    result, _ = trace(waiting)
    assert ("service", "eip155:1", ROUTER) in standing(result)
    assert [limit["code"] for limit in result["limitations"]] == ["bridge-not-crossed"]


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        ({"coins": [{"asset": "DASH.DASH", "amount": "1"}]}, "on no chain Clew reads"),
        ({"txID": ""}, "paid out 0 times"),
    ],
)
def test_what_cannot_be_followed_stays_at_the_bridge_and_says_why(trace: Any, leg: dict[str, Any], why: str) -> None:
    result, _ = trace(midgard(**leg))
    assert standing(result)["service", "eip155:1", ROUTER] == (str(9 * ETHER), str(9 * ETHER))
    (limit,) = [limit for limit in result["limitations"] if limit["code"] == "bridge-not-crossed"]
    assert why in limit["detail"]


# --- several legs

BACK = "0x" + "05" * 32


def in_part(*, refunded: int, **more: Any) -> dict[str, Any]:
    """A swap of which the network swapped a part, and paid the rest back."""
    told = midgard()
    (swap,) = told["actions"]
    coins = [{"asset": "ETH.ETH", "amount": str(refunded)}]
    refund = swap | {"type": "refund", "metadata": {"refund": {"memo": "", "reason": "limit"}}}
    refund["out"] = [{"txID": BACK[2:].upper(), "address": THIEF, "coins": coins}]
    told["actions"] += [refund | more]
    return told


def test_what_was_paid_back_is_the_same_coin_again_and_the_rest_was_swapped(trace: Any) -> None:
    """Explorers list what a vault pays back among the thief's receipts."""
    result, folder = trace(in_part(refunded=3 * COIN), [row(3, BACK, "0x" + "77" * 20, THIEF, 3 * ETHER)])
    assert standing(result) == {
        ("held", "eip155:1", THIEF): (str(3 * ETHER), str(3 * ETHER)),
        ("held", BITCOIN, PAID): (str(COIN // 4), str(6 * ETHER)),
        ("fee", "eip155:1", ""): (str(FEE), str(FEE)),
    }
    assert [(one["amount_in"], one["tx_out"]) for one in result["conversions"]] == [
        (str(3 * ETHER), BACK),
        (str(6 * ETHER), PAYOUT),
    ]
    assert {one["bridge"] for one in result["conversions"]} == {"THORChain"}
    verify_case(folder)


def test_a_whole_refund_goes_back_to_the_sender(trace: Any) -> None:
    told = in_part(refunded=8 * COIN)
    told["actions"] = told["actions"][1:]
    result, _ = trace(told, [row(3, BACK, "0x" + "77" * 20, THIEF, 8 * ETHER)])
    assert standing(result)["held", "eip155:1", THIEF] == (str(8 * ETHER), str(9 * ETHER))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (in_part(refunded=10 * COIN), "paid back more than"),
        (in_part(refunded=3 * COIN, status="pending"), "has not paid out yet"),
    ],
)
def test_parts_that_do_not_add_up_stay_at_the_bridge(trace: Any, told: dict[str, Any], why: str) -> None:
    result, _ = trace(told, [row(3, BACK, "0x" + "77" * 20, THIEF, 3 * ETHER)])
    assert standing(result)["service", "eip155:1", ROUTER] == (str(9 * ETHER), str(9 * ETHER))
    assert why in str(result["limitations"])


def test_two_payouts_of_one_payment_are_not_divided(trace: Any) -> None:
    told = midgard()
    told["actions"][0]["out"].append(
        {"txID": "06" * 32, "address": PAID, "coins": [{"asset": "BTC.BTC", "amount": "5"}]}
    )
    result, _ = trace(told)
    (limit,) = [one for one in result["limitations"] if one["code"] == "bridge-not-crossed"]
    assert "paid out 2 times" in limit["detail"]
    assert f"{PAYOUT} to {PAID}" in limit["detail"]
