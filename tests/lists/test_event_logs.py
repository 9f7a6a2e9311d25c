"""Tags from events: answers of nodes and explorers as they come, and answers that are none."""

from pathlib import Path

import orjson
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import find_chain, parse_address
from clew.errors import InputError
from clew.lists import read_tags
from clew.lists.event_logs import entries
from clew.model import Category

USDT, USDC = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
TRON_USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
WORD = f"0x{THIEF[2:]:0>64}"


def topic(signature: str) -> str:
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def log(
    contract: str, topics: list[str], data: str = "0x", *, block: int = 1, tx: str = "0xaa"
) -> dict[str, str | list[str]]:
    """As Etherscan writes it: ``0x`` is 0."""
    return {
        "address": contract,
        "topics": topics,
        "data": data,
        "blockNumber": hex(block),
        "logIndex": "0x",
        "timeStamp": "0x625d0000",
        "transactionHash": tx,
    }


def read(folder: Path, answer: object) -> list[object]:
    path = folder / "events.json"
    path.write_bytes(orjson.dumps(answer))
    return list(read_tags(path))


def test_an_answer_with_logs_says_who_is_frozen_now(tmp_path: Path) -> None:
    freeze, release = topic("AddedBlackList(address)"), topic("RemovedBlackList(address)")
    destroyed = log(
        USDT, [topic("DestroyedBlackFunds(address,uint256)")], f"{WORD}{1_500_000:064x}", block=9, tx="0xcc"
    )
    other = f"0x{'11' * 20:0>64}"
    rows = [
        destroyed,  # not in order
        log(USDT, [freeze], WORD, block=2),
        log(USDT, [freeze], other, block=2),
        log(USDT, [release], other, block=3),
        log(USDC, [topic("Blacklisted(address)"), WORD], block=4, tx="0xbb"),
        log(THIEF, [freeze], WORD),  # no issuer's contract
        log(USDT, [topic("Transfer(address,address,uint256)"), WORD, other], "0x" + "0" * 64),
    ]
    path = tmp_path / "events.json"
    path.write_bytes(orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": rows}))
    found = {tag.asset.rpartition(":")[2]: tag for tag in read_tags(path)}
    assert set(found) == {USDT, USDC}
    tag = found[USDT]
    assert (tag.chain, tag.address, tag.category, tag.stop) == ("eip155:1", THIEF, Category.FROZEN, False)
    assert (tag.label, tag.entity, tag.tx) == ("USDT frozen by Tether, 1.5 destroyed since", "Tether", "0xaa")
    assert (tag.lastmod, tag.confidence) == ("2022-04-18", 100)
    assert (found[USDC].entity, found[USDC].tx) == ("Circle", "0xbb")


def test_trongrid_names_events_and_their_fields(tmp_path: Path) -> None:
    def event(name: str, result: dict[str, str], height: int) -> dict[str, object]:
        return {
            "block_number": height,
            "block_timestamp": 1650000000000,
            "contract_address": TRON_USDT,
            "event_index": 0,
            "event_name": name,
            "result": result,
            "transaction_id": "ab" * 32,
        }

    user = {"0": THIEF, "_user": THIEF}
    gone = {"0": THIEF, "1": "2000000", "_blackListedUser": THIEF, "_balance": "2000000"}
    path = tmp_path / "events.json"
    rows = [event("DestroyedBlackFunds", gone, 8), event("AddedBlackList", user, 7)]
    path.write_bytes(orjson.dumps({"success": True, "data": rows}))
    (tag,) = read_tags(path)
    assert tag.address == parse_address(f"41{THIEF[2:]}", find_chain("tron")).value
    assert (tag.label, tag.lastmod) == ("USDT frozen by Tether, 2 destroyed since", "2022-04-15")
    assert tag.asset == f"tron:0x2b6653dc/trc20:{TRON_USDT}"


def test_a_contract_that_executed_its_owners_orders_is_a_wallet(tmp_path: Path) -> None:
    rows = [log(THIEF, [topic("ExecutionSuccess(bytes32,uint256)")], WORD + "0" * 64)] * 2
    path = tmp_path / "events.json"
    path.write_bytes(orjson.dumps({"chain": "base", "result": rows}))
    (tag,) = read_tags(path)
    assert (tag.chain, tag.address, tag.category, tag.stop) == ("eip155:8453", THIEF, Category.WALLET, False)


@pytest.mark.parametrize("answer", [{}, {"result": "Max rate limit reached"}, 3, "x", {"result": None}])
def test_an_answer_without_events_is_an_error(tmp_path: Path, answer: object) -> None:
    with pytest.raises(InputError, match="no list of events"):
        read(tmp_path, answer)


def test_a_broken_event_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = log(USDT, [topic("AddedBlackList(address)")], WORD)
    rows = [good, {**good, "data": "0x12"}, {**good, "blockNumber": "0x" + "f" * 40}, {"topics": 3}, None]
    path = tmp_path / "events.json"
    path.write_bytes(orjson.dumps(rows))
    tags, errors = read_tags(path, strict=False)
    assert len(tags) == 1
    assert [error.where.rpartition(" ")[2] for error in errors] == ["1", "2", "3", "4"]


KEYS = [
    "address",
    "topics",
    "data",
    "blockNumber",
    "logIndex",
    "timeStamp",
    "transactionHash",
    "result",
    "event_name",
    "contract_address",
    "transaction_id",
    "block_timestamp",
    "_user",
    "0",
    "1",
    "_balance",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(max_size=8)
    | st.sampled_from([USDT, TRON_USDT, WORD, THIEF, "AddedBlackList", topic("AddedBlackList(address)")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=9),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=4))
def test_hostile_events_never_end_the_run(rows: list[object]) -> None:
    for _, fields in entries(orjson.dumps(rows).decode(), where="events.json"):
        assert isinstance(fields, dict | InputError)
