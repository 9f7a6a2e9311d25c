"""A theft through Across as explorers show it: followed by id, by value where no receipt is to be had, else stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.service.across import NOBODY, POOLS, deposited, filled
from tests.service.explorers import Explorers, Json, Log, topic, transfer, word

from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case

HERE, THERE = "eip155:1", "eip155:10"
USDC = {HERE: "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", THERE: "0x0b2c639c533813f4aa9d7837caf62653d097ff85"}
TOKENS = USDC[HERE], USDC[THERE]
VICTIM, THIEF, OTHER, FRIEND, RELAYER, SHOP = (f"0x{digit * 40}" for digit in "123456")
STOLEN, PAID = 1_000_000_000, 998_500_000
POOL = POOLS[HERE]


def steal(world: Explorers) -> str:
    return world.send(HERE, VICTIM, USDC[HERE], 0, transfer(USDC[HERE], VICTIM, THIEF, STOLEN))


def deposit(world: Explorers, *logs: Log, number: int = 7, recipient: str = OTHER, to: int = 10) -> str:
    said = deposited(number, THIEF, recipient, TOKENS, (STOLEN, PAID), to=to)
    return world.send(HERE, THIEF, POOL, 0, transfer(USDC[HERE], THIEF, POOL, STOLEN), *(logs or (said,)))


def fill(world: Explorers, *, number: int = 7, recipient: str = OTHER, amount: int = PAID, **options: bool) -> str:
    said = filled(number, THIEF, recipient, TOKENS, (STOLEN, amount))
    paid = transfer(USDC[THERE], RELAYER, recipient, amount)
    return world.send(THERE, RELAYER, POOLS[THERE], 0, paid, said, **options)


def receive(world: Explorers, amount: int, recipient: str = OTHER, **options: bool) -> str:
    """A transfer that is none of the bridge's."""
    return world.send(THERE, SHOP, USDC[THERE], 0, transfer(USDC[THERE], SHOP, recipient, amount), **options)


Run = Callable[..., Json]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def trace(world: Explorers, stolen: str, policy: str = "fifo", **options: Any) -> Json:
        case = tmp_path / "case.toml"
        case.write_text(
            f'id = "across"\n[[theft]]\nchain = "ethereum"\ntx = "{stolen}"\nasset = "USDC"\namount = "1000"\n'
            f'to = "{THIEF}"\n'
        )
        recorded = world.write(tmp_path / "replies.jsonl")
        result = trace_case(
            TraceRequest(str(case), tmp_path / "out", policy, recorded=recorded, offline=True, **options)
        )
        assert {row["difference"] for row in result["conservation"]} == {"0"}
        return result

    return trace


def standing(result: Json) -> dict[tuple[str, str, str], tuple[int, int, str]]:
    return {
        (row["kind"], row["chain"], row["address"]): (int(row["amount"]), int(row["origin_amount"]), row["grade"])
        for row in result["dispositions"]
    }


AT_THE_BRIDGE = {("service", HERE, POOL): (STOLEN, STOLEN, "observed")}


def stopped(result: Json) -> str:
    """Nothing was followed; why."""
    assert standing(result) == AT_THE_BRIDGE
    assert result["conversions"] == []
    (why,) = {limit["detail"] for limit in result["limitations"] if limit["code"] == "bridge-not-crossed"}
    return str(why)


# --- by id


def test_a_deposit_is_followed_to_the_fill_that_bears_its_number(run: Run, tmp_path: Path) -> None:
    world = Explorers()
    stolen = steal(world)
    left = deposit(world)
    receive(world, PAID)  # the same amount to the same recipient, which is not the fill
    arrived = fill(world)
    world.send(THERE, OTHER, USDC[THERE], 0, transfer(USDC[THERE], OTHER, FRIEND, PAID // 2))
    result = run(world, stolen, "all")
    verify_case(tmp_path / "out")
    (conversion,) = result["conversions"]
    assert (conversion["tx"], conversion["tx_out"], conversion["grade"]) == (left, arrived, "decoded")
    assert (conversion["bridge"], conversion["id"]) == ("Across", "across:1/7")
    assert (conversion["probability"], conversion["base_rate"], conversion["candidates"]) == (None, None, None)
    assert (conversion["amount_in"], conversion["amount_out"]) == (str(STOLEN), str(PAID))
    # Under FIFO the receipt that came first pays the friend: half of it and nothing of the fill.
    assert standing(result) == {("held", THERE, OTHER): (PAID, STOLEN, "decoded")}
    assert "bridge-not-crossed" not in {limit["code"] for limit in result["limitations"]}
    keeping = {policy: rows for policy, rows in result["compared"].items() if policy != "poison"}
    sums = {policy: sum(int(row["origin_amount"]) for row in rows) for policy, rows in keeping.items()}
    assert sums == dict.fromkeys(("fifo", "lifo", "haircut", "clean-first", "dirty-first"), STOLEN)


def test_the_whole_is_paid_on_from_the_recipient(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    fill(world)
    world.send(THERE, OTHER, USDC[THERE], 0, transfer(USDC[THERE], OTHER, FRIEND, PAID // 2))
    result = run(world, stolen)
    assert standing(result) == {
        ("held", THERE, FRIEND): (PAID // 2, STOLEN // 2, "decoded"),
        ("held", THERE, OTHER): (PAID - PAID // 2, STOLEN - STOLEN // 2, "decoded"),
    }
    assert {row["grade"]: row["origin_amount"] for row in result["grades"]} == {"decoded": str(STOLEN)}


def test_another_partys_deposit_in_the_same_transaction_is_not_taken(run: Run) -> None:
    """The thief pays the pool; the event in the transaction is of a deposit that somebody else paid for."""
    world = Explorers()
    stolen = steal(world)
    theirs = deposited(8, FRIEND, FRIEND, TOKENS, (STOLEN, PAID))
    deposit(world, transfer(USDC[HERE], FRIEND, POOL, STOLEN), theirs)
    fill(world, number=8, recipient=FRIEND)
    assert "another party" in stopped(run(world, stolen))


def test_of_two_deposits_each_is_followed_to_its_own_fill(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    mine = deposited(7, THIEF, OTHER, TOKENS, (STOLEN, PAID))
    theirs = deposited(8, FRIEND, FRIEND, TOKENS, (STOLEN, PAID))
    deposit(world, mine, transfer(USDC[HERE], FRIEND, POOL, STOLEN), theirs)
    fill(world, number=8, recipient=FRIEND)
    fill(world)
    assert standing(run(world, stolen)) == {("held", THERE, OTHER): (PAID, STOLEN, "decoded")}


def test_a_payment_in_two_parts_is_followed_to_both_fills(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    parts = [
        deposited(7 + i, THIEF, to, TOKENS, (n, n)) for i, (to, n) in enumerate([(OTHER, 1), (FRIEND, STOLEN - 1)])
    ]
    moved = [transfer(USDC[HERE], THIEF, POOL, n) for n in (1, STOLEN - 1)]
    world.send(HERE, THIEF, POOL, 0, moved[0], parts[0], moved[1], parts[1])
    fill(world, number=8, recipient=FRIEND, amount=STOLEN - 1)
    fill(world, number=7, amount=1)
    result = run(world, stolen)
    assert standing(result) == {
        ("held", THERE, FRIEND): (STOLEN - 1, STOLEN - 1, "decoded"),
        ("held", THERE, OTHER): (1, 1, "decoded"),
    }
    assert [row["id"] for row in result["conversions"]] == ["across:1/7", "across:1/8"]


# --- what is not followed


def test_a_deposit_that_nobody_filled_stays_and_says_where_it_goes(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    receive(world, PAID)
    why = stopped(run(world, stolen))
    assert "Across to optimism" in why
    assert f"recipient {OTHER}, id across:1/7" in why
    assert "no arrival with its id" in why


@pytest.mark.parametrize(("chain", "name"), [(324, "eip155:324"), (999_999_999, "999999999")])
def test_a_deposit_to_a_chain_that_clew_does_not_read_stays(run: Run, chain: int, name: str) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world, to=chain)
    why = stopped(run(world, stolen))
    assert f"Across to {name}, recipient " in why
    assert "Clew does not follow bridges to that chain" in why


def test_two_fills_of_one_number_are_not_chosen_from(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    fill(world, amount=PAID // 2)
    fill(world, amount=PAID // 2)
    assert "2 arrivals bear its id" in stopped(run(world, stolen))


def test_a_fill_that_pays_another_is_not_followed(run: Run) -> None:
    """The history that is loaded is the named recipient's; a fill for somebody else is not in it."""
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    receive(world, 5)
    fill(world, recipient=FRIEND)
    assert "no arrival with its id" in stopped(run(world, stolen))


def test_an_event_that_no_transfer_bears_out_is_not_followed(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world, deposited(7, THIEF, OTHER, TOKENS, (2 * STOLEN, PAID)))
    fill(world)
    assert "contradicted" in stopped(run(world, stolen))


def test_a_recipient_beyond_the_bound_is_not_loaded(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    fill(world)
    result = run(world, stolen, max_addresses=1)
    assert "1 accounts were loaded already" in stopped(result)
    assert result["accounts"]["loaded"] == 1


def test_a_transaction_whose_events_nobody_shows_stays(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    said = deposited(7, THIEF, OTHER, TOKENS, (STOLEN, PAID))
    world.send(HERE, THIEF, POOL, 0, transfer(USDC[HERE], THIEF, POOL, STOLEN), said, hidden=True)
    assert "no reply shows the events" in stopped(run(world, stolen))


# --- by value


def test_a_lone_receipt_of_the_amount_is_followed_with_its_probability(run: Run, tmp_path: Path) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    arrived = fill(world, hidden=True)
    receive(world, 77)
    result = run(world, stolen, "all")
    verify_case(tmp_path / "out")
    (conversion,) = result["conversions"]
    assert (conversion["tx_out"], conversion["grade"], conversion["candidates"]) == (arrived, "inferred", 1)
    assert conversion["probability"] == pytest.approx(0.9 / (0.9 + 0.1 * 0.5), abs=1e-6)
    assert conversion["base_rate"] == pytest.approx(0.5, abs=1e-6)
    assert "by value, time and recipient" in conversion["note"]
    assert standing(result) == {("held", THERE, OTHER): (PAID, STOLEN, "inferred")}


def test_of_two_receipts_of_the_amount_none_is_followed(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world)
    fill(world, hidden=True)
    receive(world, PAID, hidden=True)
    assert "2 receipts of the recipient fit" in stopped(run(world, stolen))


def test_a_receipt_that_comes_too_late_is_not_followed(run: Run) -> None:
    world = Explorers(step=7 * 3600)
    stolen = steal(world)
    deposit(world)
    fill(world, hidden=True)
    assert "no receipt of the recipient fits" in stopped(run(world, stolen))


def test_nobody_is_paid_the_zero_address(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    deposit(world, recipient=NOBODY)
    assert "bad-recipient" in stopped(run(world, stolen))


# --- contracts that no tag calls a bridge

MINTER, ZERO = "0x" + "9" * 40, "0x" + "0" * 40
MESSENGER = {HERE: "0xbd3fa81b58ba92a82136038b25adec7066af3155", THERE: "0x2b4069517957735be00cee0fadae88a26365528f"}
TRANSMITTER = "0x4d41f22c5a0e5c74090899e5a8fb597a8842b3e8"
"""Circle's contracts. Source: https://developers.circle.com/cctp/v1/evm-smart-contracts"""
BURN = topic("DepositForBurn(uint64,address,uint256,address,bytes32,uint32,bytes32,bytes32)")
RECEIVED = topic("MessageReceived(address,uint32,uint64,bytes32,bytes)")
MINT = topic("MintAndWithdraw(address,uint256,address)")


def burn(nonce: int) -> list[Log]:
    """USDC to a minter that nobody tagged, burnt there; the messenger names the thief and whom he pays."""
    data = word(STOLEN) + word(OTHER) + word(2) + word(0) + word(0)  # domain 2 is Optimism
    topics = [BURN, "0x" + word(nonce), "0x" + word(USDC[HERE]), "0x" + word(THIEF)]
    moved = [transfer(USDC[HERE], THIEF, MINTER, STOLEN), transfer(USDC[HERE], MINTER, ZERO, STOLEN)]
    return [*moved, (MESSENGER[HERE], topics, "0x" + data)]


def mint(nonce: int) -> list[Log]:
    """The message of the burn, received and paid out."""
    body = "00000000" + word(USDC[HERE]) + word(OTHER) + word(STOLEN) + word(THIEF)
    padded = body.ljust(5 * 64, "0")
    data = word(0) + word(MESSENGER[HERE]) + word(96) + word(len(body) // 2) + padded
    minted = [MINT, "0x" + word(OTHER), "0x" + word(USDC[THERE])]
    received = [RECEIVED, "0x" + word(RELAYER), "0x" + word(nonce)]
    return [
        transfer(USDC[THERE], ZERO, OTHER, STOLEN),
        (MESSENGER[THERE], minted, "0x" + word(STOLEN)),
        (TRANSMITTER, received, "0x" + data),
    ]


def test_a_contract_that_no_tag_names_is_crossed_where_its_transaction_shows_a_departure(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    world.send(HERE, THIEF, MESSENGER[HERE], 0, *burn(41))
    world.send(THERE, RELAYER, TRANSMITTER, 0, *mint(41))
    result = run(world, stolen)
    assert standing(result) == {("held", THERE, OTHER): (STOLEN, STOLEN, "decoded")}
    assert [(row["bridge"], row["id"]) for row in result["conversions"]] == [("CCTP", "cctp:0/41")]


def test_a_contract_whose_transaction_shows_no_departure_is_none_of_a_bridge(run: Run) -> None:
    world = Explorers()
    stolen = steal(world)
    world.send(HERE, THIEF, MINTER, 0, *burn(41)[:2])
    result = run(world, stolen)
    assert [(row["kind"], row["address"]) for row in result["dispositions"]] == [("contract", MINTER)]
    assert "bridge-not-crossed" not in {limit["code"] for limit in result["limitations"]}
