"""Histories of Etherscan-compatible explorers: rows made by hand in both dialects, and the saved replies of a theft."""

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode, find_chain
from clew.chains.execution import DERIVED, Step, seq
from clew.errors import SourceError
from clew.model import BURNT_FEE, FEE, SUBSIDY, Decoded, Kind, Place, Reply, Transfer

WETH = find_chain("ethereum").wrapped
WETH_ID = f"eip155:1/erc20:{WETH}"
USDC_ID = "eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
ALICE, BOB, CAROL, TOKEN = (f"0x{digit * 40}" for digit in "abcd")
NOBODY = "0x" + "0" * 40
TX = "0x" + "11" * 32

Json = dict[str, Any]
Data = Callable[[str], Path]

NORMAL = {
    "blockNumber": "14442778", "timeStamp": "1648041417", "hash": TX, "transactionIndex": "195", "from": ALICE,
    "to": BOB, "value": "7", "gas": "90000", "gasPrice": "100", "isError": "0", "txreceipt_status": "1", "input": "0x",
    "contractAddress": "", "gasUsed": "21000",
}  # fmt: skip
INTERNAL = {
    "blockNumber": "14442778", "timeStamp": "1648041417", "hash": TX, "from": ALICE, "to": BOB, "value": "7",
    "contractAddress": "", "input": "", "type": "call", "gas": "1", "gasUsed": "1", "traceId": "0_1", "isError": "0",
    "errCode": "",
}  # fmt: skip
BLOCKSCOUT_INTERNAL = {
    "blockNumber": "14442778", "timeStamp": "1648041417", "transactionHash": TX, "index": "4", "from": ALICE, "to": BOB,
    "value": "7", "contractAddress": "", "input": "", "type": "call", "callType": "call", "gas": "1", "gasUsed": "1",
    "isError": "0", "errCode": "",
}  # fmt: skip
TOKENS = {
    "blockNumber": "14442778", "timeStamp": "1648041417", "hash": TX, "transactionIndex": "195", "from": ALICE,
    "to": BOB, "value": "7", "contractAddress": TOKEN, "tokenName": "Dog", "tokenSymbol": "DOG", "tokenDecimal": "9",
}  # fmt: skip


def read(kind: str, *rows: Json, chain: str = "eip155:1", **changes: Any) -> Decoded:
    body = {"status": "1", "message": "OK", "result": list(rows)} | changes
    return decode(Reply(f"etherscan/{kind}", chain, {"address": ALICE}, "0", json.dumps(body).encode()))


def moves(decoded: Decoded) -> list[tuple[Kind, str, str, int]]:
    return [(t.kind, t.sender, t.receiver, t.amount) for t in decoded.transfers]


# Where a transaction stands

ASKED: Json = {"blockNumber": "0xdc5fd5", "transactionIndex": "0xc3"}


def place(action: str, result: object) -> Decoded:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    return decode(Reply(f"etherscan/{action}", "eip155:1", {"txhash": TX}, "0", body))


@pytest.mark.parametrize(
    ("action", "name"), [("eth_getTransactionByHash", "hash"), ("eth_getTransactionReceipt", "transactionHash")]
)
def test_a_transaction_asked_for_by_its_hash_tells_its_place_alone(action: str, name: str) -> None:
    assert place(action, ASKED | {name: TX.upper().replace("X", "x"), "value": "0x7"}) == Decoded(
        places=(Place("eip155:1", TX, 14442453, 195),)
    )
    assert place(action, {name: TX, "blockNumber": None, "transactionIndex": None}) == Decoded()


@pytest.mark.parametrize(
    "result",
    [None, [], "0x", ASKED, ASKED | {"hash": "0x1"}, {"hash": TX, "blockNumber": "7"},
     ASKED | {"hash": TX, "transactionIndex": "0x80000000"}, ASKED | {"hash": TX, "blockNumber": "0x" + "f" * 16}],
)  # fmt: skip
def test_an_answer_without_a_place_is_an_error(result: object) -> None:
    with pytest.raises(SourceError):
        place("eth_getTransactionByHash", result)


# One transaction, asked for by its hash

BLOCK_HASH = "0x" + "bb" * 32
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SHOWN = ASKED | {"hash": TX, "blockHash": BLOCK_HASH, "from": ALICE, "to": BOB, "value": "0x7", "input": "0x"}
SHOWN |= {"gas": "0x15f90", "gasPrice": "0x64"}
RECEIPT = ASKED | {"transactionHash": TX, "blockHash": BLOCK_HASH, "status": "0x1", "logs": []}
RECEIPT |= {"gasUsed": "0x5208", "effectiveGasPrice": "0x64", "contractAddress": None}
HEADER: Json = {"number": "0xdc5fd5", "hash": BLOCK_HASH, "parentHash": "0x" + "aa" * 32, "timestamp": "0x623b2009"}
HEADER |= {"baseFeePerGas": "0x5a", "transactions": [TX]}


def log(contract: str, *topics: str, amount: int, index: int) -> Json:
    padded = [topic if len(topic) == 66 else "0x" + topic[2:].rjust(64, "0") for topic in topics]
    return {"address": contract, "topics": padded, "data": f"0x{amount:064x}", "logIndex": hex(index)}


def whole(tx: Json = SHOWN, receipt: Json = RECEIPT, block: Json | None = HEADER, chain: str = "eip155:1") -> Decoded:
    parts = {"transaction": tx, "receipt": receipt, "block": block}
    body = {name: part and {"jsonrpc": "2.0", "id": 1, "result": part} for name, part in parts.items()}
    return decode(Reply("etherscan/transaction", chain, {"txhash": TX}, "0", json.dumps(body).encode()))


def test_transaction_receipt_and_block_tell_fee_value_place_and_time() -> None:
    decoded = whole()
    assert moves(decoded) == [  # 21,000 gas at 100, of which the base fee of 90 is burnt
        (Kind.BURN, ALICE, BURNT_FEE, 1_890_000),
        (Kind.FEE, ALICE, FEE, 210_000),
        (Kind.NATIVE, ALICE, BOB, 7),
    ]
    assert {(t.height, t.tx_index, t.time, t.tx) for t in decoded.transfers} == {(14442453, 195, 1648041993, TX)}
    assert decoded.places == (Place("eip155:1", TX, 14442453, 195),)
    assert decoded.blocks == ()


def test_without_its_block_the_fee_is_whole_and_the_time_is_not_known() -> None:
    decoded = whole(block=None)
    assert moves(decoded) == [(Kind.FEE, ALICE, FEE, 2_100_000), (Kind.NATIVE, ALICE, BOB, 7)]
    assert {t.time for t in decoded.transfers} == {-1}


def test_the_rows_are_those_that_the_lists_show() -> None:
    logs = [log(TOKEN, TRANSFER, ALICE, BOB, amount=7, index=3), log(WETH, DEPOSIT, ALICE, amount=9, index=4)]
    asked = whole(SHOWN | {"to": WETH, "value": "0x9", "input": "0xd0e30db0"}, RECEIPT | {"logs": logs}, None)
    listed = read("txlist", NORMAL | {"to": WETH, "value": "9", "input": "0xd0e30db0"}).transfers
    listed += read("tokentx", TOKENS).transfers
    assert {t.kind for t in listed} == {Kind.FEE, Kind.CALL, Kind.WRAP, Kind.TOKEN}

    def identity(t: Transfer) -> tuple[object, ...]:
        return t.tx, t.kind, t.asset, t.sender, t.receiver, t.amount

    assert sorted(map(identity, asked.transfers)) == sorted(map(identity, listed))


def test_a_failed_one_pays_its_fee_alone() -> None:
    assert [kind for kind, *_ in moves(whole(receipt=RECEIPT | {"status": "0x0"}))] == [Kind.BURN, Kind.FEE]


def test_before_byzantium_one_that_used_all_its_gas_may_have_failed() -> None:
    receipt = {name: value for name, value in RECEIPT.items() if name != "status"} | {"gasUsed": SHOWN["gas"]}
    decoded = whole(receipt=receipt)
    assert [kind for kind, *_ in moves(decoded)] == [Kind.BURN, Kind.FEE]
    assert [limit.code for limit in decoded.limitations] == ["unknown-status"]
    assert moves(whole(receipt=receipt | {"gasUsed": "0x5208"}))[2] == (Kind.NATIVE, ALICE, BOB, 7)


def test_a_creation_pays_the_contract_that_the_receipt_names() -> None:
    tx = SHOWN | {"to": None, "input": "0x6080604052"}
    assert moves(whole(tx, RECEIPT | {"contractAddress": CAROL}))[2] == (Kind.NATIVE, ALICE, CAROL, 7)


@pytest.mark.parametrize("rollup", ["optimism", "base", "arbitrum"])
def test_on_a_rollup_the_fee_is_left_to_the_lists(rollup: str) -> None:
    receipt = RECEIPT | {"l1Fee": "0x10"}
    assert [kind for kind, *_ in moves(whole(receipt=receipt, chain=find_chain(rollup).id))] == [Kind.NATIVE]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"tx": SHOWN | {"value": "7"}}, "'value'"),
        ({"tx": {}}, "'blockNumber'|transaction"),
        ({"receipt": RECEIPT | {"transactionHash": BLOCK_HASH}}, "that of the transaction"),
        ({"receipt": RECEIPT | {"blockHash": TX}}, "the chain changed"),
        ({"block": HEADER | {"hash": TX}}, "the chain changed"),
        ({"block": HEADER | {"timestamp": None}}, "'timestamp'"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(parts: dict[str, Any], what: str) -> None:
    with pytest.raises(SourceError, match=what):
        whole(**parts)


# Normal transactions


def test_a_transaction_pays_its_fee_and_then_moves_its_value() -> None:
    decoded = read("txlist", NORMAL)
    assert moves(decoded) == [(Kind.FEE, ALICE, FEE, 2_100_000), (Kind.NATIVE, ALICE, BOB, 7)]
    first, second = decoded.transfers
    assert (first.seq, second.seq) == (1, 2**32)
    assert (second.height, second.tx_index, second.time, second.tx) == (14442778, 195, 1648041417, TX)
    assert second.asset == "eip155:1/slip44:60"


@pytest.mark.parametrize("failure", [{"isError": "1"}, {"txreceipt_status": "0"}])
def test_a_failed_transaction_pays_its_fee_alone(failure: Json) -> None:
    assert moves(read("txlist", NORMAL | failure)) == [(Kind.FEE, ALICE, FEE, 2_100_000)]


def test_a_creation_pays_the_new_contract() -> None:
    decoded = read("txlist", NORMAL | {"to": "", "contractAddress": CAROL, "input": "0x60"})
    assert moves(decoded)[1] == (Kind.NATIVE, ALICE, CAROL, 7)


def test_an_empty_message_is_evidence_and_a_call_without_value_is_not() -> None:
    message, call = NORMAL | {"value": "0"}, NORMAL | {"value": "0", "input": "0xa9059cbb"}
    assert moves(read("txlist", message))[1:] == [(Kind.NATIVE, ALICE, BOB, 0)]
    assert moves(read("txlist", call))[1:] == []


@pytest.mark.parametrize("call", ["0x", "0xd0e30db0"])
def test_a_direct_wrap_gives_the_token_that_no_event_shows(call: str) -> None:
    decoded = read("txlist", NORMAL | {"to": WETH, "input": call})
    paid = Kind.NATIVE if call == "0x" else Kind.CALL
    assert moves(decoded)[1:] == [(paid, ALICE, WETH, 7), (Kind.WRAP, WETH, ALICE, 7)]
    assert decoded.transfers[-1].asset == WETH_ID
    assert decoded.transfers[-1].seq == seq(Step.LOG, DERIVED)


def test_a_direct_unwrap_takes_the_amount_of_its_call_data() -> None:
    row = NORMAL | {"to": WETH, "value": "0", "input": "0x2e1a7d4d" + f"{123:064x}"}
    assert moves(read("txlist", row))[1:] == [(Kind.WRAP, ALICE, WETH, 123)]
    assert moves(read("txlist", row | {"isError": "1"}))[1:] == []
    assert moves(read("txlist", row | {"to": BOB}))[1:] == []


def test_where_the_wrapped_coin_emits_transfers_none_is_derived() -> None:
    wrapped = find_chain("arbitrum").wrapped
    decoded = read("txlist", NORMAL | {"to": wrapped, "input": "0xd0e30db0"}, chain="eip155:42161")
    assert Kind.WRAP not in {kind for kind, *_ in moves(decoded)}


def test_a_rollups_fee_for_l1_is_counted_or_its_lack_is_stated() -> None:
    shown = read("txlist", NORMAL | {"L1FeesPaid": "5"}, chain="eip155:10")
    assert (moves(shown)[0][3], shown.limitations) == (2_100_005, ())
    assert [gap.code for gap in read("txlist", NORMAL, chain="eip155:10").limitations] == ["unseen-l1-fee"]


def test_a_balance_of_the_genesis_block_is_no_transaction() -> None:
    row = NORMAL | {
        "blockNumber": "0", "hash": "GENESIS_" + BOB[2:], "from": "GENESIS", "gasPrice": "0", "gasUsed": "0",
        "transactionIndex": "0", "input": "", "txreceipt_status": "",
    }  # fmt: skip
    assert moves(read("txlist", row)) == [(Kind.REWARD, SUBSIDY, BOB, 7)]


# Internal transactions


def test_calls_of_one_transaction_stand_in_the_order_of_their_traces() -> None:
    other = "0x" + "22" * 32
    rows = [
        INTERNAL | {"traceId": "0_10", "value": "1"},
        INTERNAL | {"traceId": "0_9_1", "value": "2"},
        INTERNAL | {"hash": other, "traceId": "0", "value": "3"},
        INTERNAL | {"traceId": "0_9", "value": "4"},
    ]
    decoded = read("txlistinternal", *rows)
    assert [(t.amount, t.tx_index, t.seq - seq(Step.CALL, 0)) for t in decoded.transfers] == [
        (4, -1, 1),
        (2, -1, 2),
        (1, -1, 3),
        (3, -1, 1),
    ]


def test_blockscout_names_the_hash_and_the_place_otherwise() -> None:
    (transfer,) = read("txlistinternal", BLOCKSCOUT_INTERNAL | {"transactionIndex": "3"}).transfers
    assert (transfer.tx, transfer.seq, transfer.tx_index) == (TX, seq(Step.CALL, 4), 3)


@pytest.mark.parametrize(
    "row",
    [
        INTERNAL | {"isError": "1"},
        INTERNAL | {"value": "0"},
        INTERNAL | {"type": "delegatecall"},
        BLOCKSCOUT_INTERNAL | {"callType": "delegatecall"},
        BLOCKSCOUT_INTERNAL | {"callType": "callcode"},
        BLOCKSCOUT_INTERNAL | {"index": "0", "type": "create"},
    ],
)
def test_what_moves_nothing_is_left_out(row: Json) -> None:
    assert read("txlistinternal", row).transfers == ()


def test_creation_and_destruction_move_coins() -> None:
    created = INTERNAL | {"type": "create2", "to": "", "contractAddress": CAROL}
    assert moves(read("txlistinternal", created)) == [(Kind.INTERNAL, ALICE, CAROL, 7)]
    assert moves(read("txlistinternal", INTERNAL | {"type": "suicide"})) == [(Kind.INTERNAL, ALICE, BOB, 7)]


# Token transfers


def test_token_transfers_and_what_the_token_claims_to_be() -> None:
    decoded = read("tokentx", TOKENS, TOKENS | {"value": "0"}, TOKENS | {"logIndex": "77"})
    assert [(t.amount, t.seq) for t in decoded.transfers] == [
        (7, seq(Step.LOG, 0)),
        (0, seq(Step.LOG, 1)),
        (7, seq(Step.LOG, 77)),
    ]
    (asset,) = decoded.assets
    assert (asset.id, asset.symbol, asset.decimals) == (f"eip155:1/erc20:{TOKEN}", "DOG", 9)


@pytest.mark.parametrize(
    ("claim", "symbol"),
    [("\u202eCDSU\x00", "CDSU"), ("x" * 99, "x" * 32), ("", "?"), (None, "?"), (7, "?"), ("\n", "?"), ("A B", "A B")],
)
def test_a_symbol_is_a_claim_that_is_made_harmless(claim: object, symbol: str) -> None:
    assert read("tokentx", TOKENS | {"tokenSymbol": claim}).assets[0].symbol == symbol


@pytest.mark.parametrize("claim", ["", "256", "-1", "1e3", None, 6])
def test_decimals_that_are_none_are_a_stated_gap(claim: object) -> None:
    decoded = read("tokentx", TOKENS | {"tokenDecimal": claim})
    assert decoded.assets[0].decimals == 0
    assert [(gap.code, gap.address) for gap in decoded.limitations] == [("unknown-decimals", TOKEN)]


def test_a_known_token_is_what_it_is_known_as_whatever_the_reply_claims() -> None:
    row = TOKENS | {"contractAddress": USDC_ID.rpartition(":")[2].upper().replace("X", "x"), "tokenDecimal": "18"}
    (asset,) = read("tokentx", row).assets
    assert (asset.id, asset.symbol, asset.decimals) == (USDC_ID, "USDC", 6)


def test_tokens_that_are_not_fungible_are_left_out() -> None:
    assert read("tokentx", TOKENS | {"tokenID": "5"}, TOKENS | {"tokenIDs": ["5"]}) == Decoded()


def test_a_token_without_amounts_is_a_stated_gap() -> None:
    row = {name: value for name, value in TOKENS.items() if name != "value"}
    decoded = read("tokentx", row)
    assert decoded.transfers == ()
    assert [(gap.code, gap.address) for gap in decoded.limitations] == [("amountless-token", TOKEN)]


def test_blockscout_lists_a_wrap_as_a_mint_and_an_unwrap_as_a_burn() -> None:
    row = TOKENS | {"contractAddress": WETH, "logIndex": "5"}
    assert moves(read("tokentx", row | {"from": NOBODY})) == [(Kind.WRAP, WETH, BOB, 7)]
    assert moves(read("tokentx", row | {"to": NOBODY})) == [(Kind.WRAP, ALICE, WETH, 7)]
    assert moves(read("tokentx", row)) == [(Kind.TOKEN, ALICE, BOB, 7)]


def test_on_etherscan_the_wrapped_coin_sent_to_nobody_is_gone() -> None:
    assert moves(read("tokentx", TOKENS | {"contractAddress": WETH, "to": NOBODY})) == [(Kind.TOKEN, ALICE, NOBODY, 7)]


# Replies that are none


@pytest.mark.parametrize("kind", ["txlist", "txlistinternal", "tokentx"])
def test_an_empty_history_is_an_answer(kind: str) -> None:
    assert read(kind, status="0", message="No transactions found") == Decoded()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": "0", "message": "NOTOK", "result": "Max rate limit reached"}, "Max rate limit reached"),
        ({"result": None, "message": "down"}, "down"),
        ({"status": "0", "result": [NORMAL]}, "status '0'"),
        ({"result": [NORMAL, 7]}, "row 1: an object"),
        ({"result": [NORMAL, NORMAL | {"value": "1.5"}]}, "row 1: field 'value'"),
        ({"result": [NORMAL | {"value": str(2**256)}]}, "256 bits"),
        ({"result": [NORMAL | {"value": 7}]}, "'value'"),
        ({"result": [NORMAL | {"hash": "0x12"}]}, "row 0: field 'hash'"),
        ({"result": [NORMAL | {"from": "0x12"}]}, "'from'"),
        ({"result": [NORMAL | {"isError": "2"}]}, "'isError'"),
        ({"result": [NORMAL | {"timeStamp": ""}]}, "'timeStamp'"),
        ({"result": [{}]}, "not nothing"),
    ],
)
def test_anything_else_is_refused_with_row_and_field(changes: Json, what: str) -> None:
    with pytest.raises(SourceError, match=what) as error:
        read("txlist", **changes)
    assert ALICE in error.value.where


def test_a_call_of_unknown_kind_with_value_is_refused() -> None:
    with pytest.raises(SourceError, match="'type'"):
        read("txlistinternal", INTERNAL | {"type": "eofcreate"})
    assert read("txlistinternal", INTERNAL | {"type": "stop", "value": "0"}).transfers == ()


@given(st.sampled_from(["txlist", "txlistinternal", "tokentx"]), st.binary(max_size=100))
def test_bytes_that_are_no_reply_are_refused(kind: str, body: bytes) -> None:
    with pytest.raises(SourceError):
        decode(Reply(f"etherscan/{kind}", "eip155:1", {}, "0", body))


ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.just([])
    | st.just({})
    | st.sampled_from(["0x", "0", "00", "-1", "1e18", "\u0663", " 7", WETH, NOBODY, "0x" + "9" * 41])
)


@given(
    st.sampled_from(
        [
            ("txlist", NORMAL),
            ("txlist", NORMAL | {"to": WETH, "input": "0x2e1a7d4d" + f"{7:064x}"}),
            ("txlistinternal", INTERNAL),
            ("txlistinternal", BLOCKSCOUT_INTERNAL),
            ("tokentx", TOKENS),
        ]
    ),
    st.data(),
)
def test_a_spoilt_row_is_refused_or_decoded_without_an_invention(case: tuple[str, Json], data: st.DataObject) -> None:
    kind, row = case
    spoilt = copy.deepcopy(row)
    for field in data.draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=3)):
        if data.draw(st.booleans()):
            spoilt.pop(field, None)
        else:
            spoilt[field] = data.draw(ODD)
    try:
        decoded = read(kind, spoilt)
    except SourceError:
        return
    stated = {int(text) for text in spoilt.values() if isinstance(text, str) and text.isascii() and text.isdigit()}
    fees = {a * b for a in stated for b in stated}
    for transfer in decoded.transfers:
        assert transfer.amount in (stated | {7} if transfer.kind is not Kind.FEE else fees)
        assert transfer.sender in (ALICE, BOB, WETH, NOBODY, SUBSIDY)
        assert transfer.receiver in (ALICE, BOB, WETH, NOBODY, FEE)


# Saved replies


@pytest.fixture(scope="module")
def ronin(shared_data: Data) -> dict[str, tuple[Decoded, int]]:
    """Decoded reply and number of rows, by address."""
    found = {}
    with gzip.open(shared_data("ronin-2022/txlist-replies.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            saved = json.loads(line)
            body = json.dumps(saved["response"]).encode()
            reply = Reply("etherscan/txlist", "eip155:1", saved["query"], str(saved["fetched"]), body)
            found[saved["query"]["address"]] = (decode(reply), len(saved["response"]["result"]))
    return found


ROOT = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ROUTER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"


@pytest.mark.data
def test_saved_replies_decode_to_the_known_sums(ronin: dict[str, tuple[Decoded, int]]) -> None:
    assert (len(ronin), sum(rows for _, rows in ronin.values())) == (76, 44_007)
    fees = [t for decoded, _ in ronin.values() for t in decoded.transfers if t.kind is Kind.FEE]
    assert (len(fees), len({t.tx for t in fees})) == (44_007, 43_729)
    values = [t for t in ronin[ROOT][0].transfers if t.kind in (Kind.NATIVE, Kind.CALL)]
    assert sum(t.amount for t in values if t.receiver == ROOT) // 10**16 == 8_665_90
    assert sum(t.amount for t in values if t.sender == ROOT) == 182_165_956030000000000000
    sent = [t for t in values if t.sender == ROOT and t.amount]
    assert (len(sent), len({t.receiver for t in sent})) == (31, 26)


@pytest.mark.data
def test_the_deposits_into_the_mixer_are_all_there(ronin: dict[str, tuple[Decoded, int]]) -> None:
    deposits = [
        t
        for address, (decoded, _) in ronin.items()
        for t in decoded.transfers
        if (t.receiver, t.sender, t.kind) == (ROUTER, address, Kind.CALL) and t.time > 1648000000
    ]
    assert (len(deposits), {t.amount for t in deposits}) == (1_751, {100 * 10**18})
    assert len({t.sender for t in deposits}) == 48


@pytest.mark.data
def test_failed_transactions_of_saved_replies_move_nothing(
    ronin: dict[str, tuple[Decoded, int]], shared_data: Data
) -> None:
    failed = set()
    with gzip.open(shared_data("ronin-2022/txlist-replies.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            failed |= {row["hash"] for row in json.loads(line)["response"]["result"] if row["isError"] != "0"}
    kinds = {t.kind for decoded, _ in ronin.values() for t in decoded.transfers if t.tx in failed}
    assert failed
    assert kinds == {Kind.FEE}
