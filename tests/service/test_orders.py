"""Requests and orders that are paid later: what leaves, what arrives, by their ids, from the events to the result."""

from pathlib import Path
from typing import Any

import pytest
from tests.protocols.swaps.test_cow import ETHFLOW, ORDER, PLACED, placement
from tests.service.test_swaps_recorded import ALICE, BOB, ETHER, THIEF, VICTIM, Explorer, standing, trace
from tests.solidity import topic, word

from clew.chains.execution import TRANSFER_TOPIC
from clew.chains.logs import Log
from clew.protocols.bridges import Arrival, Departure
from clew.protocols.swaps.cow import SETTLEMENT, order_uid
from clew.service.orders import TAKES, read_orders
from clew.service.verify import verify_case

ETHEREUM, TX, USDC = "eip155:1", "0x" + "7a" * 32, "0x" + "dc" * 20
QUEUE = "0x889edc2edab5f40e902b864ad4d7ade8e412f9b1"
STETH = TAKES["Lido"]
UID = bytes(range(56))


def log(contract: str, first: bytes, indexed: list[int | str], data: bytes, index: int = 0) -> Log:
    return Log(contract, (first, *map(word, indexed)), data, index, TX)


def test_a_withdrawal_request_leaves_and_its_claim_arrives() -> None:
    asked = topic("WithdrawalRequested(uint256,address,address,uint256,uint256)")
    paid = topic("WithdrawalClaimed(uint256,address,address,uint256)")
    logs = [
        log(QUEUE, asked, [41, THIEF, THIEF], word(90) + word(80)),
        log(QUEUE, paid, [40, THIEF, ALICE], word(70), 1),
    ]
    token = f"{ETHEREUM}/erc20:{STETH}"
    assert read_orders(ETHEREUM, logs) == [
        Departure("Lido", ETHEREUM, TX, 0, "41", token, 90, THIEF, ETHEREUM, THIEF),
        Arrival("Lido", ETHEREUM, TX, 1, "40", f"{ETHEREUM}/slip44:60", 70, ALICE, ETHEREUM),
    ]


FILLED = topic("Trade(address,address,address,uint256,uint256,uint256,bytes)")


def filled(amount: int, uid: bytes = UID) -> bytes:
    """The data of a trade that brought an amount."""
    words = [word(value) for value in ("0xc0", USDC, 70, amount, 1, 6 * 32, len(uid))]
    return b"".join(words) + uid.ljust(64, b"\0")


def settled(amount: int = 8) -> list[Log]:
    """A settlement that fills an order of EthFlow's, and pays 8 to alice."""
    transfer = log(USDC, bytes.fromhex(TRANSFER_TOPIC[2:]), [SETTLEMENT, ALICE], word(8), 1)
    return [log(SETTLEMENT, FILLED, [ETHFLOW], filled(amount)), transfer]


def test_whom_a_settlement_pays_is_what_the_tokens_transfer_says() -> None:
    asset = f"{ETHEREUM}/erc20:{USDC}"
    assert read_orders(ETHEREUM, settled()) == [Arrival("CoW", ETHEREUM, TX, 0, UID.hex(), asset, 8, ALICE, ETHEREUM)]
    assert read_orders(ETHEREUM, settled(9)) == []
    assert read_orders(ETHEREUM, [*settled(), settled()[1]]) == [], "two transfers of the amount"


def test_an_order_leaves_with_its_fee_to_its_receiver() -> None:
    (found,) = read_orders(ETHEREUM, [log(ETHFLOW, PLACED, [THIEF], placement(ALICE))])
    assert isinstance(found, Departure)
    assert (found.bridge, found.amount, found.sender, found.recipient) == ("CoW", 71, THIEF, ALICE)


# --- from an explorer's lists to the result


def as_json(log: Log) -> dict[str, Any]:
    topics = [f"0x{one.hex()}" for one in log.topics]
    return {"address": log.contract, "topics": topics, "data": f"0x{log.data.hex()}"}


@pytest.mark.parametrize("number", [41, 42])
def test_staked_ether_is_followed_through_the_queue_to_what_it_paid(tmp_path: Path, number: int) -> None:
    """Stolen ether is staked, and asked back by request 41; what that request was paid with is followed."""
    whole, brought = 100 * ETHER, 100 * ETHER - 3
    explorer = Explorer()
    explorer.send(VICTIM, THIEF, 9)  # for the gas
    stolen = explorer.send(VICTIM, THIEF, whole)
    staked = explorer.send(THIEF, STETH, whole, "0xa1903eab")
    explorer.token(staked, "0x" + "0" * 40, THIEF, whole, STETH, "stETH", "18")
    asked = explorer.send(THIEF, QUEUE, 0, "0xd6681042")
    explorer.token(asked, THIEF, QUEUE, whole, STETH, "stETH", "18")
    request = topic("WithdrawalRequested(uint256,address,address,uint256,uint256)")
    requested = log(QUEUE, request, [41, THIEF, THIEF], word(whole) + word(4))
    explorer.show(asked, THIEF, QUEUE, 0, [(STETH, THIEF, QUEUE, whole)], [as_json(requested)])
    claimed = explorer.send(THIEF, QUEUE, 0, "0xf8444436")
    explorer.inner(claimed, QUEUE, THIEF, brought)
    claim = topic("WithdrawalClaimed(uint256,address,address,uint256)")
    explorer.show(claimed, THIEF, QUEUE, 0, [], [as_json(log(QUEUE, claim, [number, THIEF, THIEF], word(brought)))])
    result = trace(explorer, tmp_path, stolen["hash"])
    told = [
        (row["amount_in"], row["amount_out"], row["grade"])
        for row in result["conversions"]
        if row["tx_out"] != row["tx"]
    ]
    kinds = {kind for kind, _ in standing(result).values()}
    if number == 41:
        assert told == [(str(whole), str(brought), "decoded")]
        assert kinds == {"held", "fee"}
        verify_case(tmp_path / "out")
    else:
        assert told == []
        assert "contract" in kinds


@pytest.mark.parametrize("uid", ["its own", "another"])
def test_ether_sold_through_an_order_is_followed_to_what_its_settlement_paid(tmp_path: Path, uid: str) -> None:
    explorer = Explorer()
    stolen = explorer.send(VICTIM, THIEF, 100 * ETHER)
    placed = explorer.send(THIEF, ETHFLOW, 71, "0x322bba21")
    explorer.show(placed, THIEF, ETHFLOW, 71, [], [as_json(log(ETHFLOW, PLACED, [THIEF], placement(ALICE)))])
    settlement = explorer.send(BOB, SETTLEMENT, 0, "0x13d79a0b")
    explorer.token(settlement, SETTLEMENT, ALICE, 8, USDC, "XYZ", "6")
    order = bytes.fromhex(order_uid(ORDER | {"receiver": ALICE}, ETHFLOW, 1)) if uid == "its own" else UID
    trade = log(SETTLEMENT, FILLED, [ETHFLOW], filled(8, order))
    explorer.show(settlement, BOB, SETTLEMENT, 0, [(USDC, SETTLEMENT, ALICE, 8)], [as_json(trade)])
    result = trace(explorer, tmp_path, stolen["hash"])
    told = [(row["amount_in"], row["receiver"], row["amount_out"], row["grade"]) for row in result["conversions"]]
    held = standing(result)
    if uid == "its own":
        assert told == [("71", ALICE, "8", "decoded")]
        assert held[ALICE, f"{ETHEREUM}/erc20:{USDC}"] == ("held", 8)
        verify_case(tmp_path / "out")
    else:
        assert told == []
        assert held[ETHFLOW, f"{ETHEREUM}/slip44:60"] == ("contract", 71)
