"""Events: the same one out of every reply that shows it, and replies that are not what they say."""

from typing import Any

import orjson
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from clew.chains.events import Event, named_event, read_events
from clew.chains.logs import Log
from clew.errors import InputError, SourceError
from clew.model import Reply

POOL, ADDRESS = "0xA160cdAB225685dA1d56aa342Ad8841c3b53f291", "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
TX, WORD = "0x" + "ab" * 32, f"0x{ADDRESS[2:]:0>64}"
TRON_USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ROW: dict[str, Any] = {
    "address": POOL,
    "topics": ["0x" + "11" * 32, WORD],
    "data": "0x" + "22" * 64,
    "blockNumber": "0x10",
    "logIndex": "0x",
    "transactionHash": TX,
}
SHOWN = Event(
    "eip155:1", 16, 1_650_000_000, Log(POOL.lower(), (b"\x11" * 32, bytes.fromhex(WORD[2:])), b"\x22" * 64, 0, TX)
)  # fmt: skip


def topic_of(signature: str) -> bytes:
    return keccak.new(data=signature.encode(), digest_bits=256).digest()


def reply(form: str, body: object, chain: str = "eip155:1") -> Reply:
    return Reply(form, chain, {}, "1", orjson.dumps(body))


def receipt(**more: object) -> dict[str, Any]:
    return {"status": "0x1", "transactionHash": TX, "logs": [ROW], **more}


BLOCK = {"result": {"number": "0x10", "timestamp": hex(1_650_000_000)}}
SHOWING = {
    "evm/block": {"block": BLOCK, "receipts": {"result": [receipt()]}, "traces": None},
    "evm/logs": {"jsonrpc": "2.0", "id": 1, "result": [{**ROW, "blockTimestamp": hex(1_650_000_000)}]},
    "etherscan/getLogs": {"status": "1", "result": [{**ROW, "timeStamp": hex(1_650_000_000)}]},
    "etherscan/transaction": {"transaction": {}, "receipt": {"result": receipt()}, "block": BLOCK},
}


@pytest.mark.parametrize("form", SHOWING)
def test_an_event_is_the_same_whichever_reply_shows_it(form: str) -> None:
    assert read_events(reply(form, SHOWING[form])) == (SHOWN,)


def test_a_receipt_alone_does_not_tell_the_time() -> None:
    (event,) = read_events(reply("etherscan/eth_getTransactionReceipt", {"result": receipt()}))
    assert (event.time, event.log.index, event.height) == (-1, 0, 16)


def test_receipts_asked_for_one_by_one_come_as_answers() -> None:
    body = {"block": BLOCK, "receipts": [{"id": 0, "result": receipt()}], "traces": None}
    assert read_events(reply("evm/block", body)) == (SHOWN,)


def test_what_never_happened_is_left_out() -> None:
    assert read_events(reply("etherscan/eth_getTransactionReceipt", {"result": receipt(status="0x0")})) == ()
    assert read_events(reply("evm/logs", {"result": [{**ROW, "removed": True}]})) == (), "its block was taken back"


def test_an_explorer_pads_topics_and_tells_the_gas_price() -> None:
    row = {**ROW, "topics": [ROW["topics"][0], None, None, None], "gasPrice": "0x5", "timeStamp": "0x1"}
    (event,) = read_events(reply("etherscan/getLogs", {"status": "1", "result": [row]}))
    assert (len(event.log.topics), event.gas_price) == (1, 5)


def test_tron_tells_events_as_bare_hex_and_by_name() -> None:
    user, contract = "41" + ADDRESS[2:], "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
    topic = topic_of("AddedBlackList(address)")
    info = {
        "id": TX[2:],
        "blockNumber": 7,
        "blockTimeStamp": 1_650_000_000_000,
        "receipt": {"result": "SUCCESS"},
        "log": [{"address": contract, "topics": [topic.hex(), f"{ADDRESS[2:]:0>64}"]}],
    }
    event = {
        "block_number": 7,
        "block_timestamp": 1_650_000_000_000,
        "contract_address": TRON_USDT,
        "event_index": 0,
        "event_name": "AddedBlackList",
        "result": {"0": user, "_user": user},
        "result_type": {"_user": "address"},
        "transaction_id": TX[2:],
    }
    (told,) = read_events(reply("trongrid/transactioninfo", info, "tron:0x2b6653dc"))
    (named,) = read_events(reply("trongrid/events", {"success": True, "data": [event]}, "tron:0x2b6653dc"))
    assert (told.log.contract, told.log.topics) == (TRON_USDT, (topic, bytes.fromhex(WORD[2:])))
    assert named.log.data == told.log.topics[1], "TronGrid does not say which fields are topics: all follow in the data"
    assert (named.log.topics, named.time, named.log.tx) == ((topic,), told.time, told.log.tx)


@pytest.mark.parametrize(
    ("result", "signature"),
    [
        ({"0": ADDRESS, "1": "5", "_user": ADDRESS, "_balance": "5"}, "Gone(address,uint256)"),
        ({"0": "5"}, "Gone(uint256)"),
        ({"0": "hello"}, None),
        ({"0": str(2**256)}, None),
        ({"0": "-1"}, None),
    ],
)
def test_a_named_event_is_put_back_as_its_contract_wrote_it(result: dict[str, str], signature: str | None) -> None:
    words = named_event({"event_name": "Gone", "result": result})
    assert words is None if signature is None else words is not None and words[0] == topic_of(signature)


@pytest.mark.parametrize(
    "change",
    [
        {"topics": ["0x12"]},
        {"topics": "0x"},
        {"data": "0x123"},
        {"address": ADDRESS[:-1]},
        {"blockNumber": "0x" + "f" * 30},
        {"logIndex": None},
        {"transactionHash": "0x12"},
        {"timeStamp": -3},
    ],
)
def test_a_broken_event_is_an_error_that_names_the_field(change: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=next(iter(change))):
        read_events(reply("etherscan/getLogs", {"result": [{**ROW, **change}]}))


def test_a_format_without_events_shows_none() -> None:
    assert read_events(reply("etherscan/txlist", {"result": []})) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**63) | st.sampled_from([TX, POOL, "0x", "", "5", TRON_USDT, "41"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*ROW, "result", "receipt", "block", "receipts", "logs", "log", "data", "id", "status"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=15,
)


@given(st.sampled_from([*SHOWING, "trongrid/transactioninfo", "trongrid/events"]), JSON)
def test_whatever_a_reply_holds_it_is_read_or_refused(form: str, body: object) -> None:
    try:
        events = read_events(reply(form, body, "tron:0x2b6653dc" if form.startswith("tron") else "eip155:1"))
    except (SourceError, InputError):
        return
    assert all(len(topic) == 32 for event in events for topic in event.log.topics)
