"""Issuers' events, built as their contracts write them: freezes, releases, destroyed balances, and what is no event."""

import orjson
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode, find_chain, parse_address
from clew.chains.execution import DESTROY_TOPIC, ZERO_ADDRESS
from clew.model import Kind, Reply
from clew.protocols.issuers import Action, Control, chains_of, controlled, decode_control, events, standing
from clew.protocols.refusal import Fault, Refused
from clew.protocols.safe import EXECUTED, is_execution

ETHEREUM, TRON, BASE = map(find_chain, ("ethereum", "tron", "base"))
USDT, USDC = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
TRON_USDT, TRON_HEX = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
WORD = THIEF[2:].rjust(64, "0")
USDT_ID = f"{ETHEREUM.id}/erc20:{USDT}"


def topic(signature: str) -> str:
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def test_topics_are_the_published_ones() -> None:
    """As explorers show them at the contracts' transactions."""
    assert set(events()) >= {
        "42e160154868087d6bfdc0ca23d96a1c1cfa32f1b72ba9ba27b69b98a0d819dc",  # AddedBlackList
        "d7e9ec6e6ecd65492dce6bf513cd6867560d49544421d0783ddf06e76c24470c",  # RemovedBlackList
        "61e6e66b0d6339b2980aecc6ccc0039736791f0ccde9ed512e789a7fbdd698c6",  # DestroyedBlackFunds
        "ffa4e6181777692565cf28528fc88fd1516ea86b56da075235fa575af6a4b855",  # Blacklisted
        "117e3210bb9aa7d9baff172026820255c6f6c30ba8999d1c2fd88e2848137c4e",  # UnBlacklisted
        "406bbf2d8d145125adf1198d2cf8a67c66cc4bb0ab01c37dccd4f7c0aae1e7c7",  # BlockPlaced
    }
    assert topic("DestroyedBlackFunds(address,uint256)") == DESTROY_TOPIC
    assert {topic("ExecutionSuccess(bytes32,uint256)"), topic("ExecutionFromModuleSuccess(address)")} == {
        f"0x{one}" for one in EXECUTED
    }


def test_tether_on_ethereum_names_the_address_in_the_data() -> None:
    found = decode_control(ETHEREUM, USDT, [topic("AddedBlackList(address)")], f"0x{WORD}")
    assert found == Control(Action.FREEZE, "Tether", USDT_ID, THIEF)
    gone = decode_control(ETHEREUM, USDT, [DESTROY_TOPIC], f"0x{WORD}{5_000_000:064x}")
    assert gone == Control(Action.DESTROY, "Tether", USDT_ID, THIEF, 5_000_000)


def test_circle_names_it_in_a_topic() -> None:
    found = decode_control(ETHEREUM, USDC, [topic("UnBlacklisted(address)"), f"0x{WORD}"], "0x")
    assert found == Control(Action.RELEASE, "Circle", f"{ETHEREUM.id}/erc20:{USDC}", THIEF)


@pytest.mark.parametrize("contract", [TRON_USDT, TRON_HEX, f"41{TRON_HEX}"])
def test_on_tron_addresses_come_out_in_base58(contract: str) -> None:
    topics = [topic("AddedBlackList(address)")[2:], WORD]
    found = decode_control(TRON, contract, topics, "")
    thief = parse_address(f"41{THIEF[2:]}", TRON).value
    assert found == Control(Action.FREEZE, "Tether", f"{TRON.id}/trc20:{TRON_USDT}", thief)


def test_the_same_event_of_another_contract_means_nothing() -> None:
    freeze = [topic("AddedBlackList(address)"), f"0x{WORD}"]
    for contract in (THIEF, USDC, ZERO_ADDRESS, "nonsense", ""):
        assert decode_control(ETHEREUM, contract, freeze, "0x") is None
    assert decode_control(BASE, USDT, freeze, "0x") is None
    assert decode_control(ETHEREUM, USDT, [topic("Blacklisted(address)"), f"0x{WORD}"], "0x") is None  # not Tether's
    assert decode_control(ETHEREUM, USDT, [], "0x") is None


@pytest.mark.parametrize(
    ("topics", "data", "fault"),
    [
        ([], "0x", Fault.TRUNCATED),
        ([], f"0x{WORD}{WORD}", Fault.TRUNCATED),
        ([], f"0x{'ff' * 32}", Fault.BAD_ADDRESS),
        (["0xzz"], "0x", Fault.NOT_TEXT),
        ([f"0x{WORD}"], "0x1", Fault.NOT_TEXT),
    ],
)
def test_an_issuers_event_of_another_form_is_refused(topics: list[str], data: str, fault: Fault) -> None:
    found = decode_control(ETHEREUM, USDT, [topic("AddedBlackList(address)"), *topics], data)
    assert isinstance(found, Refused)
    assert found.fault is fault


@given(st.lists(st.text(max_size=70), max_size=4), st.text(max_size=140), st.text(max_size=50))
def test_hostile_events_are_refused_or_mean_nothing(topics: list[str], data: str, contract: str) -> None:
    for chain in (ETHEREUM, TRON):
        assert decode_control(chain, contract, topics, data) is None
        for known in (USDT, TRON_USDT):
            found = decode_control(chain, known, [topic("AddedBlackList(address)"), *topics], data)
            assert found is None or isinstance(found, Control | Refused)
    assert not is_execution(topics)


def test_what_was_released_is_not_frozen_and_what_was_destroyed_is_counted() -> None:
    freeze, release = (Control(a, "Tether", USDT_ID, THIEF) for a in (Action.FREEZE, Action.RELEASE))
    destroy = Control(Action.DESTROY, "Tether", USDT_ID, THIEF, 7)
    key = USDT_ID, THIEF
    assert standing([(freeze, "1"), (freeze, "2"), (destroy, "3"), (destroy, "4")]) == {key: (freeze, "1", 14)}
    assert standing([(freeze, "1"), (release, "2")]) == {}
    assert standing([(freeze, "1"), (release, "2"), (freeze, "3")]) == {key: (freeze, "3", 0)}


def test_every_controlled_token_has_a_known_issuer_and_its_contract_names_its_chain() -> None:
    assert set(controlled().values()) == {"Tether", "Circle"}
    assert chains_of(USDT) == [ETHEREUM]
    assert chains_of(TRON_USDT) == [TRON]
    assert chains_of(THIEF) == chains_of("") == []


def block(*logs: dict[str, object]) -> Reply:
    """One block of one transaction with these logs."""
    hash_, tx = "0x" + "b1" * 32, "0x" + "71" * 32
    shown = {
        "number": "0x10",
        "hash": hash_,
        "parentHash": "0x" + "b0" * 32,
        "timestamp": "0x60000000",
        "difficulty": "0x0",
        "transactions": [
            {
                "hash": tx,
                "blockHash": hash_,
                "transactionIndex": "0x0",
                "from": THIEF,
                "to": USDT,
                "value": "0x0",
                "input": "0xf3bdc228",
                "gas": "0x5208",
                "gasPrice": "0x0",
            }
        ],
    }
    receipt = {
        "transactionHash": tx,
        "blockHash": hash_,
        "transactionIndex": "0x0",
        "gasUsed": "0x5208",
        "effectiveGasPrice": "0x0",
        "status": "0x1",
        "logs": [{"logIndex": hex(number), **log} for number, log in enumerate(logs)],
    }
    body = orjson.dumps({"block": shown, "receipts": [receipt], "traces": None})
    return Reply("evm/block", ETHEREUM.id, {"height": "16"}, "1700000000", body)


def test_a_destroyed_balance_of_tethers_first_contract_leaves_the_ledger() -> None:
    """Its contract writes no Transfer for it; another's event of that name moves nothing."""
    data = f"0x{WORD}{5_000_000:064x}"
    decoded = decode(
        block(
            {"address": USDT, "topics": [DESTROY_TOPIC], "data": data},
            {"address": USDC, "topics": [DESTROY_TOPIC], "data": data},
            {"address": USDT, "topics": [DESTROY_TOPIC], "data": "0x1234"},
        )
    )
    (moved,) = [transfer for transfer in decoded.transfers if transfer.kind == Kind.TOKEN]
    assert (moved.sender, moved.receiver, moved.amount, moved.asset) == (THIEF, ZERO_ADDRESS, 5_000_000, USDT_ID)
    assert [limit.code for limit in decoded.limitations] == ["malformed-log"]
