"""EVM addresses and blocks: hand-made blocks whose transfers follow from the protocol's rules, and real replies."""

import copy
import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode, find_chain, parse_address
from clew.chains.evm import checksum_address
from clew.chains.execution import Step, seq
from clew.errors import InputError, SourceError
from clew.model import BURNT_FEE, FEE, SUBSIDY, UNSPENDABLE, Decoded, Kind, Reply, Transfer

ETHEREUM = find_chain("ethereum")
ETH = ETHEREUM.native.id
WETH = ETHEREUM.wrapped
WETH_ID = f"eip155:1/erc20:{WETH}"
ALICE, BOB, CAROL, TOKEN = (f"0x{digit * 40}" for digit in "abcd")
HASH = "0x" + "11" * 32
GWEI = 10**9
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
WITHDRAWAL = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"

Json = dict[str, Any]
Data = Callable[[str], Path]


def tx_hash(index: int) -> str:
    return f"0x{index + 1:064x}"


def make_tx(index: int = 0, **changes: Any) -> Json:
    return {
        "hash": tx_hash(index),
        "transactionIndex": hex(index),
        "from": ALICE,
        "to": BOB,
        "value": hex(7),
        "gas": hex(100_000),
        "gasPrice": hex(30 * GWEI),
        "input": "0x",
    } | changes


def make_receipt(index: int = 0, **changes: Any) -> Json:
    return {
        "transactionHash": tx_hash(index),
        "transactionIndex": hex(index),
        "blockHash": HASH,
        "gasUsed": hex(21_000),
        "effectiveGasPrice": hex(30 * GWEI),
        "status": "0x1",
        "contractAddress": None,
        "logs": [],
    } | changes


def make_log(topics: list[str], data: str, index: int = 0, address: str = TOKEN) -> Json:
    return {"address": address, "topics": topics, "data": data, "logIndex": hex(index)}


def topic(address: str) -> str:
    return "0x" + "0" * 24 + address[2:]


def word(amount: int) -> str:
    return f"0x{amount:064x}"


def make_block(txs: list[Json], receipts: list[Json], traces: object = None, **header: Any) -> Json:
    block = {
        "number": hex(20_000_000),
        "hash": HASH,
        "parentHash": "0x" + "22" * 32,
        "timestamp": hex(1_700_000_000),
        "baseFeePerGas": hex(20 * GWEI),
        "parentBeaconBlockRoot": "0x" + "00" * 32,
        "difficulty": "0x0",
        "transactions": txs,
    }
    return {"block": block | header, "receipts": receipts, "traces": traces}


def read(body: object, chain: str = "eip155:1") -> Decoded:
    return decode(Reply("evm/block", chain, {"height": "1"}, "0", json.dumps(body).encode()))


def moves(decoded: Decoded, *kinds: Kind) -> list[tuple[str, str, int]]:
    return [(t.sender, t.receiver, t.amount) for t in decoded.transfers if not kinds or t.kind in kinds]


def frame(kind: str, sender: str, receiver: str, value: int, *calls: Json, **changes: Any) -> Json:
    return {"type": kind, "from": sender, "to": receiver, "value": hex(value), "calls": list(calls)} | changes


def geth(*roots: Json) -> list[Json]:
    return [{"txHash": tx_hash(index), "result": root} for index, root in enumerate(roots)]


# Addresses


@pytest.mark.parametrize(
    "spelling",
    [  # the test vectors of EIP-55
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
    ],
)
def test_spelling_of_eip_55(spelling: str) -> None:
    assert checksum_address(spelling.lower()) == spelling
    assert parse_address(spelling, ETHEREUM).value == spelling.lower()


@pytest.mark.parametrize("text", [ALICE, "0x" + "A" * 40, f"  {ALICE}\n"])
def test_one_case_needs_no_checksum(text: str) -> None:
    assert parse_address(text, ETHEREUM).value == ALICE


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "position 40", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "lacks the prefix", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "39 hex digits", "whole address"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd", "41 hex digits", "too much"),
        ("0x5aaeb6O53f3e94c9b9a09f33669435e7ef1beaed", "'O' at position 9", "40 digits"),
        ("0x\uff15aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "at position 3", "40 digits"),
        ("", "lacks the prefix", "begins with 0x"),
    ],
)
def test_a_bad_address_says_where_and_how_to_mend(text: str, what: str, mend: str) -> None:
    with pytest.raises(InputError) as error:
        parse_address(text, ETHEREUM)
    assert what in error.value.what
    assert mend in error.value.mend


@given(st.binary(min_size=20, max_size=20), st.integers(0, 39))
def test_a_checksum_finds_a_changed_case(raw: bytes, place: int) -> None:
    spelling = checksum_address("0x" + raw.hex())
    changed = spelling[: place + 2] + spelling[place + 2].swapcase() + spelling[place + 3 :]
    one_case = changed[2:] in (changed[2:].lower(), changed[2:].upper())
    if changed == spelling or one_case:
        return
    with pytest.raises(InputError, match=f"position {place + 3}:"):
        parse_address(changed, ETHEREUM)


# Blocks made by hand


def test_gas_is_paid_before_value_moves() -> None:
    decoded = read(make_block([make_tx()], [make_receipt()]))
    assert [(t.kind, t.sender, t.receiver, t.amount, t.seq) for t in decoded.transfers] == [
        (Kind.BURN, ALICE, BURNT_FEE, 20 * GWEI * 21_000, 0),
        (Kind.FEE, ALICE, FEE, 10 * GWEI * 21_000, 1),
        (Kind.NATIVE, ALICE, BOB, 7, 2**32),
    ]
    assert {(t.chain, t.height, t.tx_index, t.tx, t.time, t.asset) for t in decoded.transfers} == {
        ("eip155:1", 20_000_000, 0, tx_hash(0), 1_700_000_000, ETH)
    }
    assert decoded.blocks[0].parent == "0x" + "22" * 32
    assert decoded.limitations == ()


def test_before_london_the_whole_fee_is_the_miners() -> None:
    receipt = make_receipt()
    del receipt["effectiveGasPrice"]
    decoded = read(make_block([make_tx()], [receipt], baseFeePerGas=None))
    assert moves(decoded, Kind.FEE, Kind.BURN) == [(ALICE, FEE, 30 * GWEI * 21_000)]


def test_where_the_operator_collects_the_base_fee_nothing_is_burnt() -> None:
    decoded = read(make_block([make_tx()], [make_receipt(l1Fee=hex(99))]), "eip155:10")
    assert moves(decoded, Kind.FEE, Kind.BURN) == [(ALICE, FEE, 30 * GWEI * 21_000 + 99)]


def test_a_price_below_the_base_fee_never_makes_a_fee_negative() -> None:
    decoded = read(make_block([make_tx()], [make_receipt(effectiveGasPrice=hex(GWEI))]))
    assert moves(decoded, Kind.FEE, Kind.BURN) == [(ALICE, BURNT_FEE, GWEI * 21_000)]


def test_blob_gas_is_burnt() -> None:
    receipt = make_receipt(blobGasUsed=hex(131_072), blobGasPrice=hex(3))
    assert moves(read(make_block([make_tx()], [receipt])), Kind.BURN) == [
        (ALICE, BURNT_FEE, 20 * GWEI * 21_000 + 131_072 * 3)
    ]


def test_a_rollup_deposit_mints_and_pays_no_gas() -> None:
    receipt = make_receipt(effectiveGasPrice="0x0")
    decoded = read(make_block([make_tx(mint=hex(50), gasPrice="0x0")], [receipt]), "eip155:8453")
    assert [(t.kind, t.sender, t.receiver, t.amount) for t in decoded.transfers] == [
        (Kind.REWARD, SUBSIDY, ALICE, 50),
        (Kind.NATIVE, ALICE, BOB, 7),
    ]


def test_a_failed_transaction_pays_its_fee_alone() -> None:
    root = frame("CALL", ALICE, BOB, 7, frame("CALL", BOB, CAROL, 3), error="execution reverted")
    decoded = read(make_block([make_tx()], [make_receipt(status="0x0")], geth(root)))
    assert {t.kind for t in decoded.transfers} == {Kind.BURN, Kind.FEE}


def test_a_creation_pays_the_new_contract() -> None:
    tx, receipt = make_tx(to=None, input="0x6000"), make_receipt(contractAddress=CAROL)
    assert moves(read(make_block([tx], [receipt])), Kind.NATIVE) == [(ALICE, CAROL, 7)]


def test_an_empty_message_is_evidence_and_a_call_without_value_is_not() -> None:
    txs = [make_tx(0, value="0x0"), make_tx(1, value="0x0", input="0xa9059cbb")]
    decoded = read(make_block(txs, [make_receipt(0), make_receipt(1)]))
    assert [(t.tx_index, t.amount) for t in decoded.transfers if t.kind is Kind.NATIVE] == [(0, 0)]


def test_calls_move_value_in_their_order_and_other_kinds_of_call_do_not() -> None:
    root = frame(
        "CALL", ALICE, BOB, 7,
        frame("DELEGATECALL", BOB, TOKEN, 7, frame("CALL", BOB, CAROL, 1)),
        frame("STATICCALL", BOB, TOKEN, 0),
        frame("CALLCODE", BOB, TOKEN, 2),
        frame("CALL", BOB, CAROL, 3, frame("CALL", CAROL, ALICE, 9), error="out of gas"),
        frame("CREATE2", BOB, TOKEN, 4),
    )  # fmt: skip
    decoded = read(make_block([make_tx()], [make_receipt()], geth(root)))
    internal = [t for t in decoded.transfers if t.kind is Kind.INTERNAL]
    assert [(t.sender, t.receiver, t.amount, t.seq - seq(Step.CALL, 0)) for t in internal] == [
        (BOB, CAROL, 1, 2),
        (BOB, TOKEN, 4, 7),
    ]


def parity(kind: str, path: list[int], action: Json, error: str | None = None, result: Json | None = None) -> Json:
    row = {
        "type": kind, "action": action, "traceAddress": path, "transactionHash": tx_hash(0), "blockHash": HASH,
        "result": result,
    }  # fmt: skip
    return row | ({"error": error} if error else {})


def test_both_tracers_tell_the_same_story() -> None:
    root = frame(
        "CALL", ALICE, BOB, 7,
        frame("CALL", BOB, CAROL, 3, frame("CALL", CAROL, ALICE, 9), error="out of gas"),
        frame("CREATE", BOB, TOKEN, 4, frame("SELFDESTRUCT", TOKEN, ALICE, 4)),
    )  # fmt: skip
    rows = [
        parity("create", [1], {"from": BOB, "value": hex(4)}, result={"address": TOKEN}),
        parity("call", [], {"callType": "call", "from": ALICE, "to": BOB, "value": hex(7)}),
        parity("call", [0, 0], {"callType": "call", "from": CAROL, "to": ALICE, "value": hex(9)}),
        parity("suicide", [1, 0], {"address": TOKEN, "refundAddress": ALICE, "balance": hex(4)}),
        parity("call", [0], {"callType": "call", "from": BOB, "to": CAROL, "value": hex(3)}, "Out of gas"),
    ]
    by_geth = read(make_block([make_tx()], [make_receipt()], geth(root)))
    by_parity = read(make_block([make_tx()], [make_receipt()], rows))
    assert by_geth == by_parity
    assert moves(by_geth, Kind.INTERNAL) == [(BOB, TOKEN, 4), (TOKEN, ALICE, 4)]


@pytest.mark.parametrize(
    ("created", "beacon_root", "receiver"),
    [(False, None, UNSPENDABLE), (False, HASH, None), (True, HASH, UNSPENDABLE)],
)
def test_coins_a_contract_leaves_to_itself_are_destroyed_as_the_fork_says(
    created: bool, beacon_root: str | None, receiver: str | None
) -> None:
    outer = "CREATE" if created else "CALL"
    root = frame("CALL", ALICE, BOB, 7, frame(outer, BOB, TOKEN, 5, frame("SELFDESTRUCT", TOKEN, TOKEN, 5)))
    decoded = read(make_block([make_tx()], [make_receipt()], geth(root), parentBeaconBlockRoot=beacon_root))
    assert moves(decoded, Kind.INTERNAL)[1:] == ([(TOKEN, receiver, 5)] if receiver else [])


def test_a_destruction_an_old_tracer_does_not_describe_is_a_stated_gap() -> None:
    root = frame("CALL", ALICE, BOB, 7, {"type": "SELFDESTRUCT"})
    decoded = read(make_block([make_tx()], [make_receipt()], geth(root)))
    assert [gap.code for gap in decoded.limitations] == ["unseen-selfdestruct"]


def test_a_deep_chain_of_calls_needs_no_recursion() -> None:
    root: Json = frame("CALL", ALICE, BOB, 0)
    for _ in range(400):
        root = frame("CALL", ALICE, BOB, 1, root)
    decoded = read(make_block([make_tx()], [make_receipt()], geth(root)))
    assert len(moves(decoded, Kind.INTERNAL)) == 399


def test_token_events() -> None:
    logs = [
        make_log([TRANSFER, topic(ALICE), topic(BOB)], word(2**256 - 1), 4),
        make_log([TRANSFER, topic(ALICE), topic(BOB)], word(0), 5),
        make_log([TRANSFER, topic(ALICE), topic(BOB), word(1)], "0x", 6),  # ERC-721
        make_log([word(1)], "0x", 7),
        make_log([], "0x", 8),
    ]
    decoded = read(make_block([make_tx()], [make_receipt(logs=logs)]))
    tokens = [t for t in decoded.transfers if t.kind is Kind.TOKEN]
    assert [(t.amount, t.seq, t.asset) for t in tokens] == [
        (2**256 - 1, 3 * 2**32 + 4, f"eip155:1/erc20:{TOKEN}"),
        (0, 3 * 2**32 + 5, f"eip155:1/erc20:{TOKEN}"),
    ]
    assert decoded.limitations == ()
    assert decoded.assets == ()


@pytest.mark.parametrize(
    "log",
    [
        make_log([TRANSFER, topic(ALICE)], word(1)),
        make_log([TRANSFER], word(1) + "00" * 64),
        make_log([TRANSFER, topic(ALICE), topic(BOB)], "0x"),
        make_log([TRANSFER, topic(ALICE), topic(BOB)], word(1) + "00"),
        make_log([TRANSFER, topic(ALICE), word(2**255)], word(1)),
        make_log([DEPOSIT, topic(ALICE), topic(BOB)], word(1), address=WETH),
    ],
)
def test_an_event_that_is_not_as_erc_20_is_a_stated_gap(log: Json) -> None:
    decoded = read(make_block([make_tx()], [make_receipt(logs=[log])]))
    assert moves(decoded, Kind.TOKEN, Kind.WRAP) == []
    assert [(gap.code, gap.address) for gap in decoded.limitations] == [("malformed-log", log["address"])]


def test_the_wrapped_coin_is_minted_and_burnt_by_its_contract() -> None:
    logs = [
        make_log([DEPOSIT, topic(ALICE)], word(5), 0, WETH),
        make_log([WITHDRAWAL, topic(BOB)], word(6), 1, WETH),
        make_log([DEPOSIT, topic(ALICE)], word(5), 2, TOKEN),  # the same words of another contract mean nothing
    ]
    decoded = read(make_block([make_tx()], [make_receipt(logs=logs)]))
    assert moves(decoded, Kind.WRAP) == [(WETH, ALICE, 5), (BOB, WETH, 6)]
    assert {t.asset for t in decoded.transfers if t.kind is Kind.WRAP} == {WETH_ID}


def test_arbitrum_wraps_by_transfers_from_and_to_nobody() -> None:
    wrapped, nobody = find_chain("arbitrum").wrapped, "0x" + "0" * 40
    logs = [
        make_log([TRANSFER, topic(nobody), topic(ALICE)], word(5), 0, wrapped),
        make_log([TRANSFER, topic(BOB), topic(nobody)], word(6), 1, wrapped),
    ]
    decoded = read(make_block([make_tx()], [make_receipt(logs=logs)]), "eip155:42161")
    assert moves(decoded, Kind.WRAP) == [(wrapped, ALICE, 5), (BOB, wrapped, 6)]


def test_withdrawals_stand_after_the_last_transaction() -> None:
    paid = [{"address": CAROL, "amount": hex(45_762_059)}, {"address": BOB, "amount": "0x0"}]
    decoded = read(make_block([make_tx()], [make_receipt()], withdrawals=paid))
    last = decoded.transfers[-1]
    assert (last.kind, last.sender, last.receiver) == (Kind.REWARD, SUBSIDY, CAROL)
    assert (last.amount, last.tx_index, last.tx) == (45_762_059 * GWEI, 1, HASH)


def test_a_mined_block_without_traced_reward_is_a_stated_gap() -> None:
    decoded = read(make_block([], [], difficulty="0x1", miner=CAROL))
    assert [(gap.code, gap.address) for gap in decoded.limitations] == [("missing-reward", CAROL)]


def test_before_byzantium_the_trace_says_whether_a_transaction_failed() -> None:
    receipt = make_receipt(gasUsed=hex(100_000), root=HASH)
    del receipt["status"]
    failed = read(make_block([make_tx()], [receipt], geth(frame("CALL", ALICE, BOB, 7, error="out of gas"))))
    assert moves(failed, Kind.NATIVE) == []
    unknown = read(make_block([make_tx()], [receipt]))
    assert moves(unknown, Kind.NATIVE) == [(ALICE, BOB, 7)]
    assert [gap.code for gap in unknown.limitations] == ["unknown-status"]


def test_answers_may_be_whole_json_rpc_objects() -> None:
    bare = make_block([make_tx()], [make_receipt()], geth(frame("CALL", ALICE, BOB, 7)))
    whole = {name: {"jsonrpc": "2.0", "id": 1, "result": part} for name, part in bare.items()}
    assert read(whole) == read(bare)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda b: b["block"].update(transactions=[tx_hash(0)]), "by hash alone"),
        (lambda b: b["receipts"].clear(), "no receipt of transaction"),
        (lambda b: b["receipts"][0].update(blockHash=tx_hash(9)), "the chain changed"),
        (lambda b: b["traces"][0].update(txHash=tx_hash(9)), "the chain changed"),
        (lambda b: b["traces"].clear(), "0 traces of 1"),
        (lambda b: b["traces"][0].update(error="missing trie node"), "could not trace"),
        (lambda b: b.update(receipts={"jsonrpc": "2.0", "error": {"code": -32000}}), "answered with an error"),
        (lambda b: b.update(block=None), "an object is expected"),
        (lambda b: b["block"]["transactions"][0].update(value=7), "'value'"),
        (lambda b: b["block"]["transactions"][0].update(value="0x1" + "0" * 64), "at most 256 bits"),
        (lambda b: b["receipts"][0].update(gasUsed="21000"), "'gasUsed'"),
    ],
)
def test_answers_that_do_not_belong_together_are_refused(spoil: Callable[[Json], None], what: str) -> None:
    body = make_block([make_tx()], [make_receipt()], geth(frame("CALL", ALICE, BOB, 7)))
    spoil(body)
    with pytest.raises(SourceError, match=what):
        read(body)


ODD: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just([]) | st.just({}) | st.just("0x")
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


FULL = make_block(
    [make_tx(0), make_tx(1, to=None, input="0x60")],
    [
        make_receipt(
            0,
            logs=[
                make_log([TRANSFER, topic(ALICE), topic(BOB)], word(5)),
                make_log([DEPOSIT, topic(ALICE)], word(5), 1, WETH),
            ],
        ),
        make_receipt(1, contractAddress=CAROL, blobGasUsed="0x1", blobGasPrice="0x1", l1Fee="0x1"),
    ],
    geth(frame("CALL", ALICE, BOB, 7, frame("CALL", BOB, CAROL, 3)), frame("CREATE", ALICE, CAROL, 7)),
    withdrawals=[{"address": CAROL, "amount": "0x1"}],
)


PARITY = FULL | {
    "traces": [
        parity("call", [], {"callType": "call", "from": ALICE, "to": BOB, "value": hex(7)}),
        parity("call", [0], {"callType": "call", "from": BOB, "to": CAROL, "value": hex(3)}),
        parity("create", [1], {"from": BOB, "value": hex(1)}, result={"address": TOKEN}),
        parity("suicide", [1, 0], {"address": TOKEN, "refundAddress": ALICE, "balance": hex(1)}),
        {"type": "reward", "blockHash": HASH, "action": {"author": CAROL, "value": hex(5), "rewardType": "block"}},
    ]
}


@given(st.sampled_from([FULL, PARITY]), st.data())
def test_a_spoilt_reply_is_refused_or_decoded_without_an_invention(whole: Json, data: st.DataObject) -> None:
    body = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        *parents, key = data.draw(st.sampled_from(list(places(body))))
        holder: Any = body
        for parent in parents:
            holder = holder[parent]
        holder[key] = data.draw(ODD)
    try:
        decoded = read(body)
    except SourceError:
        return
    amounts = {0, 1, 3, 5, 7, GWEI}
    fees = {20 * GWEI * 21_000, 10 * GWEI * 21_000, 30 * GWEI * 21_000}
    for transfer in decoded.transfers:
        assert any(abs(transfer.amount - known) <= 1 for known in amounts | fees)
        assert transfer.sender.startswith(("0x", "@"))
        assert transfer.receiver.startswith(("0x", "@"))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_reply_are_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        decode(Reply("evm/block", "eip155:1", {}, "0", body))


# Real replies


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def answer(path: Path) -> Json:
    loaded: Json = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def token_rows(transfers: Iterable[Transfer]) -> list[tuple[str, str, str, int, str, int]]:
    return [
        (t.asset.rpartition(":")[2], t.sender, t.receiver, t.amount, t.tx, t.seq - seq(Step.LOG, 0))
        for t in transfers
        if t.kind is Kind.TOKEN
    ]


def expected_tokens(rows: Iterable[Json]) -> list[tuple[str, str, str, int, str, int]]:
    return [
        (
            row["token_address"], row["from_address"], row["to_address"], int(row["value"]), row["transaction_hash"],
            int(row["log_index"]),
        )
        for row in rows
    ]  # fmt: skip


@pytest.mark.data
def test_block_483920_of_2015(shared_data: Data) -> None:
    root = shared_data("ethereum")
    block = answer(root / "export-blocks-job/block-with-logs/reply-eth-get-block-by-number-1.json")
    folder = root / "export-receipts-job/receipts-with-logs"
    receipts = [answer(path) for path in sorted(folder.glob("reply-*.json"))]
    decoded = read({"block": block, "receipts": receipts, "traces": None})

    txs = rows_of(root / "export-blocks-job/block-with-logs/expected-transactions.csv")
    used = {row["transaction_hash"]: int(row["gas_used"]) for row in rows_of(folder / "expected-receipts.csv")}
    assert moves(decoded, Kind.FEE) == [
        (row["from_address"], FEE, int(row["gas_price"]) * used[row["hash"]]) for row in txs
    ]
    assert moves(decoded, Kind.NATIVE) == [
        (row["from_address"], row["to_address"], int(row["value"])) for row in txs if row["value"] != "0"
    ]
    tokens = rows_of(root / "export-token-transfers-job/block-with-transfers/expected-token-transfers.csv")
    assert token_rows(decoded.transfers) == expected_tokens(tokens)
    header = rows_of(root / "export-blocks-job/block-with-logs/expected-blocks.csv")[0]
    assert (decoded.blocks[0].hash, decoded.blocks[0].parent) == (header["hash"], header["parent_hash"])


@pytest.mark.data
def test_block_1755635_of_2016(shared_data: Data) -> None:
    folder = shared_data("ethereum") / "stream/blocks-1755634-1755635"
    receipts = [answer(path) for path in sorted(folder.glob("reply-eth-get-transaction-receipt-*.json"))]
    block = answer(folder / "reply-eth-get-block-by-number-2.json")
    decoded = read({"block": block, "receipts": receipts, "traces": None})
    txs = lines_of(folder / "expected-transactions.json")
    assert moves(decoded, Kind.NATIVE) == [
        (tx["from_address"], tx["to_address"], tx["value"]) for tx in txs if tx["value"]
    ]
    assert moves(decoded, Kind.FEE) == [
        (tx["from_address"], FEE, tx["receipt_effective_gas_price"] * tx["receipt_gas_used"]) for tx in txs
    ]
    assert token_rows(decoded.transfers) == expected_tokens(lines_of(folder / "expected-token-transfers.json"))
    empty = answer(folder / "reply-eth-get-block-by-number-1.json")
    before = read({"block": empty, "receipts": [], "traces": None})
    assert before.transfers == ()
    assert before.blocks[0].hash == decoded.blocks[0].parent


def node_block(header: Json, txs: list[Json], logs: list[Json]) -> Json:
    """The answers of a node, spelt from an exporter's rows of the same block."""
    by_tx = defaultdict(list)
    for log in logs:
        by_tx[log["transaction_hash"]].append(make_log(log["topics"], log["data"], log["log_index"], log["address"]))
    transactions, receipts = [], []
    for tx in txs:
        index = tx["transaction_index"]
        price = {"effectiveGasPrice": hex(tx["receipt_effective_gas_price"]), "status": hex(tx["receipt_status"])}
        common = {"transactionIndex": hex(index), "from": tx["from_address"], "to": tx["to_address"]}
        value = {"value": hex(tx["value"]), "gas": hex(tx["gas"]), "gasPrice": hex(tx["gas_price"])}
        transactions.append(common | value | {"hash": tx["hash"], "input": tx["input"]})
        receipts.append(
            common
            | price
            | {"transactionHash": tx["hash"], "blockHash": header["hash"], "gasUsed": hex(tx["receipt_gas_used"])}
            | {"contractAddress": tx["receipt_contract_address"], "logs": by_tx[tx["hash"]]}
        )
    block = {
        "number": hex(header["number"]), "hash": header["hash"], "parentHash": header["parent_hash"],
        "timestamp": hex(header["timestamp"]), "baseFeePerGas": hex(header["base_fee_per_gas"]),
        "withdrawals": [{"address": w["address"], "amount": hex(w["amount"])} for w in header["withdrawals"]],
        "transactions": transactions,
    }  # fmt: skip
    return {"block": block, "receipts": receipts, "traces": None}


@pytest.mark.data
def test_two_whole_blocks_of_2023(shared_data: Data) -> None:
    folder = shared_data("ethereum") / "stream/blocks-17173049-17173050"
    txs = lines_of(folder / "expected-transactions.json")
    logs = lines_of(folder / "expected-logs.json")
    headers = lines_of(folder / "expected-blocks.json")
    decoded = [
        read(
            node_block(
                header,
                [tx for tx in txs if tx["block_number"] == header["number"]],
                [log for log in logs if log["block_number"] == header["number"]],
            )
        )
        for header in headers
    ]
    transfers = [t for block in decoded for t in block.transfers]
    rows = lines_of(folder / "expected-token-transfers.json")
    unique = {(log["transaction_hash"], log["log_index"]) for log in logs if len(log["topics"]) == 4}  # ERC-721
    fungible = [row for row in rows if (row["transaction_hash"], row["log_index"]) not in unique]
    assert (len(rows), len(fungible)) == (291, 282)
    assert sorted(token_rows(transfers)) == sorted(expected_tokens(fungible))
    assert sum(t.amount for t in transfers if t.kind in (Kind.BURN, Kind.FEE)) == sum(
        tx["receipt_gas_used"] * tx["receipt_effective_gas_price"] for tx in txs
    )
    assert sum(t.amount for t in transfers if t.kind is Kind.BURN) == sum(
        header["gas_used"] * header["base_fee_per_gas"] for header in headers
    )
    assert [t.amount for t in transfers if t.kind is Kind.REWARD] == [
        w["amount"] * GWEI for header in headers for w in header["withdrawals"]
    ]
    wraps = {DEPOSIT: 0, WITHDRAWAL: 0}
    for log in logs:
        if log["address"] == WETH and log["topics"][0] in wraps:
            wraps[log["topics"][0]] += int(log["data"], 16)
    assert sum(t.amount for t in transfers if t.kind is Kind.WRAP and t.sender == WETH) == wraps[DEPOSIT] > 0
    assert sum(t.amount for t in transfers if t.kind is Kind.WRAP and t.receiver == WETH) == wraps[WITHDRAWAL] > 0


def block_around(rows: list[Json]) -> Json:
    """A block whose transactions are the roots of Parity traces, with receipts from before Byzantium."""
    roots = [row for row in rows if row["traceAddress"] == [] and row["type"] != "reward"]
    hash_ = rows[0]["blockHash"]
    txs = [
        make_tx(
            index,
            **{"from": row["action"]["from"], "to": row["action"].get("to"), "value": row["action"]["value"]},
            hash=row["transactionHash"],
            input=row["action"].get("input", "0x60"),
        )
        for index, row in enumerate(roots)
    ]
    receipts = []
    for index, row in enumerate(roots):
        created = (row.get("result") or {}).get("address")
        receipt = make_receipt(index, transactionHash=row["transactionHash"], blockHash=hash_, contractAddress=created)
        del receipt["status"]
        receipts.append(receipt)
    return make_block(txs, receipts, hash=hash_, number=hex(rows[0]["blockNumber"]), parentBeaconBlockRoot=None)


def live(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The exporter's rows of calls that took effect, of Parity traces: it computes `status` through the call tree."""
    return [row for row in rows if row["status"] == "1"]


TRACED = ["block-with-create", "block-with-error", "block-with-subtraces", "block-with-suicide"]


@pytest.mark.data
@pytest.mark.parametrize("case", TRACED)
def test_traces_of_parity(case: str, shared_data: Data) -> None:
    folder = shared_data("ethereum") / "export-traces-job" / case
    rows = answer(folder / "reply-trace-block-1.json")["result"]
    decoded = read(block_around(rows) | {"traces": rows})
    expected = live(rows_of(folder / "expected-traces.csv"))
    moving = [row for row in expected if row["trace_type"] in ("call", "create", "suicide") and row["value"] != "0"]
    assert moves(decoded, Kind.INTERNAL) == [
        (row["from_address"], row["to_address"], int(row["value"]))
        for row in moving
        if row["trace_address"] and row["call_type"] in ("call", "")
    ]
    assert [move for move in moves(decoded, Kind.NATIVE) if move[2]] == [
        (row["from_address"], row["to_address"], int(row["value"])) for row in moving if not row["trace_address"]
    ]
    assert moves(decoded, Kind.REWARD) == [
        (SUBSIDY, row["to_address"], int(row["value"])) for row in expected if row["trace_type"] == "reward"
    ]


@pytest.mark.data
@pytest.mark.parametrize("case", TRACED)
def test_traces_of_geth_agree_with_those_of_parity(case: str, shared_data: Data) -> None:
    root = shared_data("ethereum")
    rows = answer(root / "export-traces-job" / case / "reply-trace-block-1.json")["result"]
    shell = block_around(rows)
    old = answer(root / "extract-geth-traces-job" / case / "reply-debug-trace-block-by-number-1.json")
    by_parity, by_geth = read(shell | {"traces": rows}), read(shell | {"traces": old})
    seen = [t for t in by_parity.transfers if t.kind is not Kind.REWARD]
    if case == "block-with-suicide":  # the old tracer names the call and nothing else
        seen = [t for t in seen if t.kind is not Kind.INTERNAL]
        assert "unseen-selfdestruct" in {gap.code for gap in by_geth.limitations}
    assert list(by_geth.transfers) == seen


@pytest.mark.data
@pytest.mark.parametrize("case", ["blocks-508110-508110", "blocks-2112234-2112234"])
def test_streamed_traces(case: str, shared_data: Data) -> None:
    folder = shared_data("ethereum") / "stream" / case
    rows = answer(folder / "reply-trace-block-1.json")["result"]
    decoded = read(block_around(rows) | {"traces": rows})
    expected = [row for row in lines_of(folder / "expected-traces.json") if row["status"] == 1 and row["value"]]
    assert sorted(move for move in moves(decoded, Kind.NATIVE, Kind.INTERNAL, Kind.REWARD) if move[2]) == sorted(
        (row["from_address"] or SUBSIDY, row["to_address"], row["value"])
        for row in expected
        if row["call_type"] in (None, "call")
    )
