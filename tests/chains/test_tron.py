"""TRON addresses are checked to the last character, and a reply's transfers are those that moved, to the sun."""

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.amounts import Asset
from clew.chains import decode, find_chain, parse_address
from clew.chains.execution import Step, seq
from clew.errors import ClewError, InputError, SourceError
from clew.model import BURNT_FEE, SUBSIDY, Decoded, Kind, Reply, Transfer

TRON = find_chain("tron")
TRX = "tron:0x2b6653dc/slip44:195"
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
USDT_HEX = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"
"""The contract of Tether's dollar on TRON in both forms, as Tether and every explorer print it."""
TX = "ab" * 32
TIME = 1_700_000_001_234


def address(number: int) -> str:
    """The base58check form by its definition: 0x41 and 20 bytes, then four bytes of a double SHA-256."""
    raw = b"\x41" + number.to_bytes(20, "big")
    return base58.b58encode(raw + hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]).decode()


def in_hex(number: int) -> str:
    return f"41{number:040x}"


ALICE, BOB, CONTRACT = 0xA11CE, 0xB0B, 0xC0
A, B, C = address(ALICE), address(BOB), address(CONTRACT)


@pytest.mark.parametrize("text", [USDT, USDT_HEX, USDT_HEX.upper(), "0x" + USDT_HEX, f"  {USDT}\n"])
def test_an_address_has_one_form(text: str) -> None:
    assert parse_address(text, TRON).value == USDT
    assert str(parse_address(text, TRON)) == f"tron:0x2b6653dc:{USDT}"


@given(st.integers(0, 2**160 - 1))
def test_both_forms_of_any_address_are_one(number: int) -> None:
    assert parse_address(in_hex(number), TRON).value == address(number)
    assert parse_address(address(number), TRON).value == address(number)


@given(st.integers(1, 33), st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
def test_a_wrong_character_is_found(place: int, character: str) -> None:
    wrong = USDT[:place] + character + USDT[place + 1 :]
    if wrong != USDT:
        with pytest.raises(InputError):
            parse_address(wrong, TRON)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 characters"),
        (USDT[:-1], "33 characters"),
        (USDT + "t", "35 characters"),
        (USDT[:-1] + "0", "no TRON address"),
        (USDT[:-1] + "u", "checksum"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLjé", "characters"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6é", "no TRON address"),
        ("0x" + "a" * 40, "EVM address"),
        ("a" * 40, "EVM address"),
        ("42" + "a" * 40, "42 characters"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "no TRON address"),
    ],
)
def test_what_is_wrong_with_an_address_is_told(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_address(text, TRON, where="case.toml")
    assert caught.value.where == "case.toml"
    assert caught.value.mend


def reply(name: str, body: object, **query: str) -> Reply:
    return Reply(f"trongrid/{name}", TRON.id, query or {"path": "/v1/x"}, "1.0", json.dumps(body).encode())


def transactions(*rows: dict[str, Any]) -> Decoded:
    return decode(reply("transactions", {"data": rows, "success": True, "meta": {}}))


def transaction(kind: str, value: dict[str, Any], ret: dict[str, Any] | None = None, **row: Any) -> dict[str, Any]:
    parameter = {"value": {"owner_address": in_hex(ALICE), **value}}
    return {
        "txID": TX,
        "blockNumber": 50_000_000,
        "block_timestamp": TIME,
        "ret": [{"contractRet": "SUCCESS", "fee": 0} if ret is None else ret],
        "raw_data": {"contract": [{"type": kind, "parameter": parameter}]},
        **row,
    }


def moved(sender: str, receiver: str, amount: int, kind: Kind, place: int, **more: Any) -> Transfer:
    given_: dict[str, Any] = {"height": 50_000_000, "asset": TRX, **more}
    return Transfer(
        chain=TRON.id, tx_index=-1, seq=place, tx=TX, time=1_700_000_001, sender=sender, receiver=receiver,
        amount=amount, kind=kind, **given_,
    )  # fmt: skip


TO_BOB = {"to_address": in_hex(BOB), "amount": 5_000_000}


def test_trx_moves_and_its_fee_is_destroyed() -> None:
    row = transaction("TransferContract", TO_BOB, {"contractRet": "SUCCESS", "fee": 1_100_000})
    assert transactions(row).transfers == (
        moved(A, BURNT_FEE, 1_100_000, Kind.BURN, seq(Step.FEE, 0)),
        moved(A, B, 5_000_000, Kind.NATIVE, seq(Step.VALUE, 0)),
    )


def test_a_fee_in_parts_is_added_up() -> None:
    row = transaction("VoteWitnessContract", {}, {"contractRet": "SUCCESS"}, net_fee=345_000, energy_fee=655_000)
    assert transactions(row).transfers == (moved(A, BURNT_FEE, 1_000_000, Kind.BURN, seq(Step.FEE, 0)),)


@pytest.mark.parametrize("result", ["REVERT", "OUT_OF_ENERGY", "FAILED"])
def test_a_failed_transaction_pays_its_fee_and_moves_nothing(result: str) -> None:
    row = transaction(
        "TriggerSmartContract",
        {"contract_address": in_hex(CONTRACT), "call_value": 7},
        {"contractRet": result, "fee": 3},
        internal_transactions=[node_call(CONTRACT, BOB, 7)],
    )
    assert [transfer.kind for transfer in transactions(row).transfers] == [Kind.BURN]


def node_call(sender: int, receiver: int, amount: int, note: str = "call", **more: Any) -> dict[str, Any]:
    """An internal transaction as a node writes it: an empty entry for no value, the note in hex."""
    value: dict[str, Any] = {"callValue": amount} if amount else {}
    return {
        "hash": "cd" * 32,
        "caller_address": in_hex(sender),
        "transferTo_address": in_hex(receiver),
        "callValueInfo": [value],
        "note": note.encode().hex(),
        **more,
    }


def listed_call(sender: int, receiver: int, amount: int, note: str = "call", rejected: bool = False) -> dict[str, Any]:
    """An internal transaction as TronGrid lists it."""
    return {
        "internal_tx_id": "cd" * 32,
        "tx_id": TX,
        "block_timestamp": TIME,
        "from_address": in_hex(sender),
        "to_address": in_hex(receiver),
        "data": {"note": note, "rejected": rejected, "call_value": {"_": amount}},
    }


CALL = {"contract_address": in_hex(CONTRACT)}


@pytest.mark.parametrize("call", [node_call, listed_call])
def test_a_call_moves_its_value_and_the_values_inside(call: Callable[..., dict[str, Any]]) -> None:
    inside = [
        call(CONTRACT, BOB, 0),
        call(CONTRACT, BOB, 4),
        call(CONTRACT, BOB, 9, rejected=True),
        call(CONTRACT, CONTRACT, 5),
        call(CONTRACT, BOB, 6, note="freezeBalanceV2ForEnergy"),
        call(CONTRACT, ALICE, 3, note="suicide"),
    ]
    row = transaction("TriggerSmartContract", {**CALL, "call_value": 10}, internal_transactions=inside)
    assert transactions(row).transfers == (
        moved(A, C, 10, Kind.CALL, seq(Step.VALUE, 0)),
        moved(C, B, 4, Kind.INTERNAL, seq(Step.CALL, 2)),
        moved(C, A, 3, Kind.INTERNAL, seq(Step.CALL, 6)),
    )


def test_values_listed_apart_have_no_block_yet() -> None:
    decoded = transactions(listed_call(CONTRACT, BOB, 4), listed_call(CONTRACT, BOB, 5, rejected=True))
    assert decoded.transfers == (moved(C, B, 4, Kind.INTERNAL, seq(Step.CALL, 1), height=-1),)


def test_a_value_shown_twice_in_a_reply_moves_once() -> None:
    row = transaction("TriggerSmartContract", CALL, internal_transactions=[node_call(CONTRACT, BOB, 4)])
    assert transactions(listed_call(CONTRACT, BOB, 4), row).transfers == (
        moved(C, B, 4, Kind.INTERNAL, seq(Step.CALL, 1)),
    )


def test_a_reward_comes_from_the_chain() -> None:
    row = transaction("WithdrawBalanceContract", {}, withdraw_amount=77)
    assert transactions(row).transfers == (moved(SUBSIDY, A, 77, Kind.REWARD, seq(Step.VALUE, 0)),)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (transaction("TransferAssetContract", {"amount": 1}), "trc10-transfer"),
        (transaction("TriggerSmartContract", {**CALL, "call_token_value": 1}), "trc10-transfer"),
        (
            transaction(
                "TriggerSmartContract",
                CALL,
                internal_transactions=[
                    node_call(CONTRACT, BOB, 0, callValueInfo=[{"callValue": 5, "tokenId": "1002000"}])
                ],
            ),
            "trc10-transfer",
        ),
        (transaction("ExchangeTransactionContract", {"quant": 5}), "undecoded-contract"),
        (transaction("WithdrawBalanceContract", {}), "undecoded-contract"),
        (transaction("CreateSmartContract", {"new_contract": {"call_value": 5}}), "undecoded-contract"),
        (
            transaction("TriggerSmartContract", CALL, internal_transactions=[node_call(CONTRACT, BOB, 5, note="news")]),
            "undecoded-contract",
        ),
    ],
)
def test_coins_that_are_not_followed_are_told(row: dict[str, Any], code: str) -> None:
    decoded = transactions(row)
    assert decoded.transfers == ()
    assert [limitation.code for limitation in decoded.limitations] == [code]
    assert TX in decoded.limitations[0].detail


@pytest.mark.parametrize("kind", ["FreezeBalanceV2Contract", "DelegateResourceContract", "VoteWitnessContract"])
def test_staking_voting_and_lending_move_no_coin(kind: str) -> None:
    assert transactions(transaction(kind, {"frozen_balance": 5})) == Decoded()


def token_row(sender: int, receiver: int, amount: int, **more: Any) -> dict[str, Any]:
    info = {"symbol": "USDT", "address": USDT, "decimals": 6, "name": "Tether USD"}
    return {
        "transaction_id": TX,
        "block_timestamp": TIME,
        "from": address(sender),
        "to": address(receiver),
        "type": "Transfer",
        "value": str(amount),
        "token_info": info,
        **more,
    }


def trc20(*rows: dict[str, Any]) -> Decoded:
    return decode(reply("trc20", {"data": rows, "success": True, "meta": {}}))


def test_tokens_move_at_a_place_that_is_not_known_yet() -> None:
    decoded = trc20(token_row(ALICE, BOB, 2**256 - 1), token_row(ALICE, CONTRACT, 0))
    usdt = f"{TRON.id}/trc20:{USDT}"
    assert decoded.transfers == (
        moved(A, B, 2**256 - 1, Kind.TOKEN, seq(Step.LOG, 0), height=-1, asset=usdt),
        moved(A, C, 0, Kind.TOKEN, seq(Step.LOG, 1), height=-1, asset=usdt),
    )
    assert decoded.assets == (Asset(usdt, "USDT", 6),)


def test_an_approval_moves_nothing() -> None:
    assert trc20(token_row(ALICE, BOB, 5, type="Approval")) == Decoded()


def test_a_tokens_own_words_are_a_claim() -> None:
    info = {"symbol": "US\u202eDT\x00 " + "x" * 99, "address": C, "decimals": 18}
    (asset,) = trc20(token_row(ALICE, BOB, 5, token_info=info)).assets
    assert asset == Asset(f"{TRON.id}/trc20:{C}", "USDT " + "x" * 27, 18)
    lies = {"symbol": "FREE", "address": USDT, "decimals": 2}
    assert trc20(token_row(ALICE, BOB, 5, token_info=lies)).assets == (Asset(f"{TRON.id}/trc20:{USDT}", "USDT", 6),)


@pytest.mark.parametrize("decimals", [None, -1, 256, True, 6.0, "6"])
def test_a_token_without_decimals_is_told(decimals: object) -> None:
    decoded = trc20(token_row(ALICE, BOB, 5, token_info={"symbol": "X", "address": C, "decimals": decimals}))
    assert decoded.assets[0].decimals == 0
    assert decoded.limitations[0].code == "unknown-decimals"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (token_row(ALICE, BOB, 5, token_info={}), "unnamed-token"),
        (token_row(ALICE, BOB, 5, type="Mint"), "undecoded-event"),
    ],
)
def test_a_token_row_that_is_not_followed_is_told(row: dict[str, Any], code: str) -> None:
    decoded = trc20(row)
    assert (decoded.transfers, decoded.limitations[0].code) == ((), code)


TRANSFER = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def word(number: int) -> str:
    return f"{number:064x}"


def log(*topics: str, data: str = "", contract: str = USDT_HEX[2:]) -> dict[str, Any]:
    return {"address": contract, "topics": list(topics), "data": data}


def info(**more: Any) -> Decoded:
    body = {"id": TX, "blockNumber": 50_000_000, "blockTimeStamp": TIME, "receipt": {"result": "SUCCESS"}, **more}
    return decode(reply("transactioninfo", body, path="/wallet/gettransactioninfobyid", value=TX))


def test_a_transaction_shows_its_token_and_internal_transfers_at_their_places() -> None:
    logs = [
        log("8c5be1e5" + "0" * 56, word(ALICE), word(BOB), data=word(1)),
        log(TRANSFER, word(ALICE), word(BOB), data=word(2**200)),
        log(TRANSFER, word(ALICE), word(BOB), word(7)),
        log(TRANSFER, data=word(ALICE) + word(BOB) + word(9), contract=in_hex(CONTRACT)),
    ]
    decoded = info(fee=5, log=logs, internal_transactions=[node_call(CONTRACT, BOB, 4)])
    assert decoded.transfers == (
        moved(C, B, 4, Kind.INTERNAL, seq(Step.CALL, 1)),
        moved(A, B, 2**200, Kind.TOKEN, seq(Step.LOG, 1), asset=f"{TRON.id}/trc20:{USDT}"),
        moved(A, B, 9, Kind.TOKEN, seq(Step.LOG, 3), asset=f"{TRON.id}/trc20:{C}"),
    )
    assert decoded.assets == (Asset(f"{TRON.id}/trc20:{USDT}", "USDT", 6),)


@pytest.mark.parametrize(("index", "expected"), [("7", 7), ("", -1), ("-5", -1), ("x", -1)])
def test_the_index_in_the_block_is_the_one_the_source_found(index: str, expected: int) -> None:
    body = {"id": TX, "blockNumber": 5, "blockTimeStamp": 1, "log": [log(TRANSFER, word(1), word(2), data=word(3))]}
    (transfer,) = decode(reply("transactioninfo", body, value=TX, index=index)).transfers
    assert transfer.position == (5, expected, seq(Step.LOG, 0))


@pytest.mark.parametrize("failed", [{"result": "FAILED"}, {"receipt": {"result": "OUT_OF_TIME"}}])
def test_a_failed_transaction_shows_nothing(failed: dict[str, Any]) -> None:
    assert info(log=[log(TRANSFER, word(ALICE), word(BOB), data=word(2))], **failed) == Decoded()


@pytest.mark.parametrize("topics", [[], [TRANSFER], [TRANSFER, word(1)], [TRANSFER, word(1), word(2)]])
def test_an_event_of_another_shape_is_no_transfer(topics: list[str]) -> None:
    assert info(log=[log(*topics, data="aabb")]).transfers == ()


WRONG: dict[str, Reply] = {
    "no object": reply("transactions", []),
    "a refusal": reply("transactions", {"success": False, "error": "bad request"}),
    "no list": reply("trc20", {"success": True, "data": {}}),
    "a row that is none": reply("trc20", {"success": True, "data": [1]}),
    "an amount that is a float": reply(
        "transactions",
        {"success": True, "data": [transaction("TransferContract", {**TO_BOB, "amount": 1e20})]},
    ),
    "an amount below 0": reply(
        "transactions", {"success": True, "data": [transaction("TransferContract", {**TO_BOB, "amount": -1})]}
    ),
    "an amount that is true": reply(
        "transactions", {"success": True, "data": [transaction("TransferContract", {**TO_BOB, "amount": True})]}
    ),
    "a token amount of 257 bits": reply("trc20", {"success": True, "data": [token_row(1, 2, 2**256)]}),
    "an address of EVM": reply("trc20", {"success": True, "data": [token_row(1, 2, 3, to="0x" + "a" * 40)]}),
    "a broken id": reply("trc20", {"success": True, "data": [token_row(1, 2, 3, transaction_id="ab")]}),
    "no block": reply("transactions", {"success": True, "data": [transaction("X", {}, blockNumber=None)]}),
    "two contracts": reply(
        "transactions", {"success": True, "data": [transaction("X", {}, raw_data={"contract": [{}, {}]})]}
    ),
    "an unknown transaction": reply("transactioninfo", {}, value=TX),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_reply_that_is_not_what_it_says_is_refused(wrong: Reply) -> None:
    with pytest.raises(SourceError) as caught:
        decode(wrong)
    assert caught.value.where


names = st.sampled_from(
    [
        "data",
        "success",
        "txID",
        "blockNumber",
        "block_timestamp",
        "ret",
        "fee",
        "contractRet",
        "raw_data",
        "contract",
        "type",
        "parameter",
        "value",
        "amount",
        "owner_address",
        "to_address",
        "internal_transactions",
        "internal_tx_id",
        "tx_id",
        "call_value",
        "_",
        "note",
        "rejected",
        "callValueInfo",
        "callValue",
        "transaction_id",
        "token_info",
        "address",
        "decimals",
        "from",
        "to",
        "id",
        "blockTimeStamp",
        "log",
        "topics",
        "receipt",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.sampled_from(["TransferContract", TX, USDT, USDT_HEX, "1", ""])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=25
)
good = [
    ("transactions", {"success": True, "data": [transaction("TransferContract", TO_BOB), listed_call(1, 2, 3)]}),
    ("trc20", {"success": True, "data": [token_row(1, 2, 3)]}),
    ("transactioninfo", {"id": TX, "blockNumber": 1, "blockTimeStamp": 1, "log": [log(TRANSFER, data=word(1) * 3)]}),
]


def spoil(body: Any, path: list[int], value: object) -> Any:
    """The body with one part of it replaced."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = keys[path[0] % len(keys)]
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[key] = spoil(body[key], path[1:], value)
    return copy


@given(st.sampled_from(good), st.lists(st.integers(0, 9), max_size=7), values)
def test_a_spoilt_reply_is_an_error_or_moves_what_it_says(
    kind: tuple[str, Any], path: list[int], value: object
) -> None:
    with suppress(ClewError):
        for transfer in decode(reply(kind[0], spoil(kind[1], path, value))).transfers:
            assert 0 <= transfer.amount < 2**256
            assert len(transfer.sender) == 34 or transfer.sender == SUBSIDY
            assert len(transfer.receiver) == 34 or transfer.receiver == BURNT_FEE


@given(st.sampled_from(["transactions", "trc20", "transactioninfo"]), st.binary())
def test_hostile_bytes_are_refused(name: str, body: bytes) -> None:
    with pytest.raises(SourceError):
        decode(Reply(f"trongrid/{name}", TRON.id, {}, "1", body))


@pytest.mark.data
def test_the_dollars_of_seized_wallets_add_up(shared_data: Callable[[str], Path]) -> None:
    with gzip.open(shared_data("tron/transfers.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_wallet: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_wallet[row["wallet"]].append(
            {
                "transaction_id": row["tx_id"],
                "block_timestamp": int(row["timestamp"]),
                "from": row["from_address"],
                "to": row["to_address"],
                "type": "Transfer",
                "value": row["quant"],
                "token_info": {
                    "symbol": row["token_abbr"],
                    "address": row["token_id"],
                    "decimals": int(row["token_decimal"]),
                },
            }
        )
    usdt = f"{TRON.id}/trc20:{USDT}"
    sums = {}
    for wallet, listed in by_wallet.items():
        moved_ = [t for t in trc20(*listed).transfers if t.asset == usdt and t.amount]
        incoming = [t.amount for t in moved_ if t.receiver == wallet]
        outgoing = [t.amount for t in moved_ if t.sender == wallet]
        sums[wallet] = (sum(incoming), sum(outgoing))
    assert len(sums) == 16
    assert sum(incoming for incoming, _ in sums.values()) == 9_735_379_494966
    assert sum(outgoing for _, outgoing in sums.values()) == 9_735_254_208892
    assert sums["TGfH7imvH9h6yxusNNPkkwrDzKCg7kFDTf"] == (4_855_904_586052, 4_855_904_586052)
    assert sums["TXRBsytHfJDoAKRdcedgLsoHudh1xJGUdC"] == (2_172_201_006980, 2_172_201_006980)
    assert all(outgoing <= incoming for incoming, outgoing in sums.values())


@pytest.mark.parametrize("wrong", [[], {}, [TX], None, 7])
def test_an_id_that_is_no_text_is_refused_wherever_it_stands(wrong: object) -> None:
    """Found by fuzzing: a list in the place of an id ended the run with a traceback."""
    internal = {"internal_tx_id": "9", "tx_id": wrong, "block_timestamp": TIME}
    whole = transaction("TransferContract", {"to_address": in_hex(BOB), "amount": 1}, txID=wrong)
    for row in (internal, {**whole, "internal_transactions": [{}]}):
        with pytest.raises(SourceError, match="id"):
            transactions(row)
