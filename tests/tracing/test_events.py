"""From transfers and a case to events: thefts marked, wraps and conversions joined, whatever the source leaves out."""

import numpy as np
import pytest
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import (
    BITCOIN,
    BNB,
    BTC,
    ETH,
    ETHEREUM,
    OUTSIDE,
    THIEF,
    USDC,
    WETH,
    World,
    case,
    hashed,
    journal,
    theft,
)

from clew.amounts import Asset
from clew.errors import InputError, RunError
from clew.model import Case, Conversion, Grade, Kind
from clew.tracing.journal import Account, Journal
from clew.tracing.labels import grade_of, theft_of
from clew.tracing.policies import Policy
from clew.tracing.taint import Taint

Standing = dict[tuple[str, str], tuple[int, int]]
NAMES = {asset.id: asset.symbol for asset in (ETH, WETH, USDC, BTC, BNB)}


def carried(written: Journal, policy: Policy = Policy.FIFO) -> list[tuple[Account, int, int, int]]:
    """(account, label, tainted units, origin units) once all events are carried through; every account is followed."""
    taint = Taint(policy, accounts=len(written.accounts), labels=16)
    follows = np.ones(len(written.accounts), dtype=np.bool_)
    taint.advance(written.events._replace(follows=follows), written.marks)
    rows = taint.holdings()
    accounts = [written.accounts[number] for number in rows.where]
    return list(zip(accounts, rows.label, rows.amount, rows.origin, strict=True))


def carry(written: Journal, policy: Policy = Policy.FIFO) -> Standing:
    """(tainted units, origin units) by account name and symbol."""
    found: Standing = {}
    for account, _, amount, origin in carried(written, policy):
        key = account.name, NAMES.get(account.asset, "")
        before = found.get(key, (0, 0))
        found[key] = before[0] + amount, before[1] + origin
    return found


def grades_at(written: Journal, name: str) -> set[Grade]:
    """The weakest grades of what stands at an account."""
    return {grade_of(label) for account, label, _, _ in carried(written) if account.name == name}


# --- thefts


def test_a_theft_marks_the_transfer_that_brought_it() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "alice", 30)
    written = journal(world, case(theft(tx, 100)))
    assert written.theft_grades == (Grade.OBSERVED,)
    assert written.limitations == ()
    assert carry(written) == {(THIEF, "ETH"): (70, 70), ("alice", "ETH"): (30, 30)}


def test_a_theft_in_several_transfers_of_one_transaction_marks_them_all() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 60, kind=Kind.INTERNAL)
    world.pay(OUTSIDE, THIEF, 40, tx=tx, kind=Kind.INTERNAL)
    assert carry(journal(world, case(theft(tx, 100)))) == {(THIEF, "ETH"): (100, 100)}


def test_another_amount_than_the_case_states_is_an_error() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 101)
    for stated in (100, 102):
        with pytest.raises(InputError, match=f"moves 101 base units of ETH to thief, the case says {stated}"):
            journal(world, case(theft(tx, stated)))


def test_a_part_of_a_transfer_may_be_the_theft() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 60)
    world.pay(OUTSIDE, THIEF, 50, tx=tx)
    assert carry(journal(world, case(theft(tx, 100, part=True)))) == {(THIEF, "ETH"): (100, 100)}
    with pytest.raises(InputError, match="the case says 111"):
        journal(world, case(theft(tx, 111, part=True)))


def test_a_theft_that_no_source_shows_is_taken_from_the_case() -> None:
    """The history lacks internal transfers, say: the transaction is known, the transfer is not."""
    world = World()
    tx = world.pay(THIEF, "bridge", 0, kind=Kind.CALL)
    world.pay(THIEF, "alice", 30)
    written = journal(world, case(theft(tx, 100)))
    assert written.theft_grades == (Grade.ASSERTED,)
    assert [(limit.code, limit.address, limit.amount) for limit in written.limitations] == [
        ("theft-not-shown", THIEF, 100)
    ]
    assert carry(written) == {(THIEF, "ETH"): (70, 70), ("alice", "ETH"): (30, 30)}
    assert [bool(shown) for shown in written.shown].count(False) == 1


def test_a_theft_that_a_complete_history_contradicts_is_an_error() -> None:
    world = World()
    tx = world.pay(THIEF, "bridge", 0, kind=Kind.CALL)
    with pytest.raises(InputError, match="moves no ETH to thief"):
        journal(world, case(theft(tx, 100)), complete=True)


def test_what_one_sends_oneself_is_no_theft() -> None:
    world = World()
    tx = world.pay(THIEF, THIEF, 100)
    with pytest.raises(InputError, match="moves no ETH to thief"):
        journal(world, case(theft(tx, 100)), complete=True)


def test_a_theft_whose_transaction_is_not_loaded_is_pending() -> None:
    world = World()
    world.pay(OUTSIDE, THIEF, 100)
    written = journal(world, case(theft(hashed("unknown"), 100)))
    assert written.pending == (f"{ETHEREUM.id}:{hashed('unknown')}",)


def test_a_transaction_of_the_same_id_on_another_chain_is_another() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, asset=BNB)
    assert journal(world, case(theft(tx, 100))).pending == (f"{ETHEREUM.id}:{tx}",)


@pytest.mark.parametrize("amount", [2**64, 2**127, 2**128 - 1])
def test_great_amounts_are_exact(amount: int) -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, amount)
    world.pay(THIEF, "alice", amount // 3)
    standing = carry(journal(world, case(theft(tx, amount))))
    assert standing["alice", "ETH"] == (amount // 3, amount // 3)
    assert standing[THIEF, "ETH"] == (amount - amount // 3,) * 2


def test_an_amount_beyond_the_kernels_width_is_refused_not_wrapped() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 2**128 + 5)
    with pytest.raises(RunError, match=f"{2**128 + 5} base units does not fit 128 bits"):
        journal(world, case(theft(tx, 5, part=True)))


def test_a_stated_amount_beyond_the_kernels_width_is_refused_not_wrapped() -> None:
    world = World()
    tx = world.pay(THIEF, "bridge", 0, kind=Kind.CALL)
    with pytest.raises(RunError, match="does not fit 128 bits"):
        journal(world, case(theft(tx, 2**128)))


def test_transfers_after_the_time_asked_for_are_left_out() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=50)
    world.pay(THIEF, "alice", 30, time=60)
    world.pay(THIEF, "bob", 30, time=61)
    standing = carry(journal(world, case(theft(tx, 100)), until=60))
    assert standing == {(THIEF, "ETH"): (70, 70), ("alice", "ETH"): (30, 30)}


def test_a_theft_after_the_time_asked_for_is_told() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=50)
    with pytest.raises(InputError, match="later than the time asked for"):
        journal(world, case(theft(tx, 100)), until=49)


def test_a_conversion_that_had_not_arrived_by_then_leaves_the_units_where_they_were_paid_to() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=50)
    paid = world.pay(THIEF, "bridge", 40, time=60)
    out = world.pay("other bridge", "thief on bsc", 9, asset=BNB, time=70)
    stated = case(theft(tx, 100), conversions=[Conversion(ETH, 40, THIEF, BNB, 9, "thief on bsc", paid, out)])
    assert carry(journal(world, stated, until=55)) == {(THIEF, "ETH"): (100, 100)}
    assert carry(journal(world, stated, until=69)) == {(THIEF, "ETH"): (60, 60), ("bridge", "ETH"): (40, 40)}
    assert carry(journal(world, stated, until=70)) == {(THIEF, "ETH"): (60, 60), ("thief on bsc", "BNB"): (9, 40)}


def test_several_thefts_are_told_apart() -> None:
    world = World()
    first = world.pay(OUTSIDE, THIEF, 100)
    second = world.pay("other victim", THIEF, 50)
    world.pay(THIEF, "alice", 120)
    written = journal(world, case(theft(first, 100, name="one"), theft(second, 50, name="two")))
    held = {(account.name, theft_of(label)): amount for account, label, amount, _ in carried(written)}
    assert held == {("alice", 0): 100, ("alice", 1): 20, (THIEF, 1): 30}


def test_an_output_is_chosen_by_its_number() -> None:
    world = World()
    mint = world.spend([], [("victim", 100)])
    tx = world.spend([f"{mint}:0"], [("1Thief", 40), ("1Thief", 60)])
    stated = case(theft(tx, 60, to="1Thief", asset=BTC, vout=1))
    assert carry(journal(world, stated)) == {(f"{tx}:1", "BTC"): (60, 60)}
    assert carry(journal(world, case(theft(tx, 100, to="1Thief", asset=BTC)))) == {
        (f"{tx}:0", "BTC"): (40, 40),
        (f"{tx}:1", "BTC"): (60, 60),
    }
    with pytest.raises(InputError, match="moves 40 base units"):
        journal(world, case(theft(tx, 60, to="1Thief", asset=BTC, vout=0)))


def test_an_outpoint_names_who_controls_it() -> None:
    world = World()
    tx = world.spend([], [("1Thief", 100)])
    written = journal(world, case(theft(tx, 100, to="1Thief", asset=BTC)))
    named = {account.name: account.address for account in written.accounts if not account.made}
    assert named == {f"{tx}:0": "1Thief"}


# --- wraps


def wrapping(*, native_leg: bool = True, paid: int = 100) -> World:
    world = World()
    world.pay(OUTSIDE, THIEF, paid, tx=hashed("theft"))
    tx = hashed("wrap")
    if native_leg:
        world.pay(THIEF, ETHEREUM.wrapped, 40, tx=tx, kind=Kind.CALL)
    world.pay(ETHEREUM.wrapped, THIEF, 40, tx=tx, asset=WETH, kind=Kind.WRAP)
    return world


def test_a_wrap_turns_ether_into_its_token_unit_for_unit() -> None:
    world = wrapping()
    world.token(THIEF, "alice", 15, asset=WETH)
    assert carry(journal(world, case(theft(hashed("theft"), 100)))) == {
        (THIEF, "ETH"): (60, 60),
        (THIEF, "WETH"): (25, 25),
        ("alice", "WETH"): (15, 15),
    }


def test_a_wrap_whose_native_leg_is_not_shown_brings_clean_units() -> None:
    """What paid for it is not seen; it is not taken from whoever happens to hold ether."""
    standing = carry(journal(wrapping(native_leg=False), case(theft(hashed("theft"), 100))))
    assert standing == {(THIEF, "ETH"): (100, 100)}


@pytest.mark.parametrize("native_leg", [True, False])
def test_an_unwrap_turns_the_token_into_ether(native_leg: bool) -> None:
    """The native leg is an internal transfer; where the source shows none, the contract's rule says what it was."""
    world = wrapping()
    tx = world.pay(THIEF, ETHEREUM.wrapped, 30, tx=hashed("unwrap"), asset=WETH, kind=Kind.WRAP)
    if native_leg:
        world.pay(ETHEREUM.wrapped, THIEF, 30, tx=tx, kind=Kind.INTERNAL)
    world.pay(THIEF, "alice", 90)
    written = journal(world, case(theft(hashed("theft"), 100)))
    assert carry(written) == {("alice", "ETH"): (90, 90), (THIEF, "WETH"): (10, 10)}
    assert grades_at(written, "alice") == ({Grade.OBSERVED} if native_leg else {Grade.OBSERVED, Grade.DECODED})


def test_the_native_leg_of_an_unwrap_may_stand_before_its_event() -> None:
    world = wrapping()
    tx = world.pay(ETHEREUM.wrapped, THIEF, 30, tx=hashed("unwrap"), kind=Kind.INTERNAL)
    world.pay(THIEF, ETHEREUM.wrapped, 30, tx=tx, asset=WETH, kind=Kind.WRAP)
    assert carry(journal(world, case(theft(hashed("theft"), 100)))) == {
        (THIEF, "ETH"): (90, 90),
        (THIEF, "WETH"): (10, 10),
    }


def test_two_equal_unwraps_of_one_transaction_take_a_leg_each() -> None:
    world = wrapping()
    tx = hashed("unwrap")
    for _ in range(2):
        world.pay(THIEF, ETHEREUM.wrapped, 10, tx=tx, asset=WETH, kind=Kind.WRAP)
    for _ in range(2):
        world.pay(ETHEREUM.wrapped, THIEF, 10, tx=tx, kind=Kind.INTERNAL)
    assert carry(journal(world, case(theft(hashed("theft"), 100)))) == {
        (THIEF, "ETH"): (80, 80),
        (THIEF, "WETH"): (20, 20),
    }


# --- conversions


def converting(
    amount_in: int = 40,
    amount_out: int = 1000,
    *,
    paid: bool = True,
    received: tuple[int, ...] = (1000,),
) -> tuple[World, Case]:
    """The thief swaps 40 of 100 stolen ETH for USDC in one transaction; what is shown of it varies."""
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    tx = hashed("swap")
    world.pay(THIEF, "@fee", 0, tx=tx, kind=Kind.FEE)
    if paid:
        world.pay(THIEF, "pool", 40, tx=tx)
    for amount in received:
        world.pay("pool", THIEF, amount, tx=tx, asset=USDC, kind=Kind.TOKEN)
    conversion = Conversion(ETH, amount_in, THIEF, USDC, amount_out, THIEF, tx)
    return world, case(theft(hashed("theft"), 100), conversions=[conversion])


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize("paid", [True, False])
@pytest.mark.parametrize("received", [(1000,), (), (600, 400)])
def test_a_conversion_hands_origin_units_over_whole(policy: Policy, paid: bool, received: tuple[int, ...]) -> None:
    """Whether its legs are shown or not."""
    standing = carry(journal(*converting(paid=paid, received=received)), policy)
    assert standing == {(THIEF, "ETH"): (60, 60), (THIEF, "USDC"): (1000, 40)}


def test_what_goes_through_an_asserted_conversion_is_asserted() -> None:
    assert grades_at(journal(*converting()), THIEF) == {Grade.OBSERVED, Grade.ASSERTED}


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"amount_in": 41}, "takes 40 base units of ETH from thief, the case says 41"),
        ({"amount_out": 999}, "brings 1000 base units of USDC to thief, the case says 999"),
        ({"received": (600, 300)}, "brings 900 base units of USDC to thief, the case says 1000"),
    ],
)
def test_a_conversion_of_another_amount_than_is_shown_is_an_error(stated: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        journal(*converting(**stated))  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", KEEPING)
def test_an_output_is_tainted_in_the_proportion_of_the_input(policy: Policy) -> None:
    world = World()
    world.pay("friend", THIEF, 60)
    tx = world.pay(OUTSIDE, THIEF, 40)
    swap = world.pay(THIEF, "pool", 100)
    world.pay("pool", THIEF, 1000, tx=swap, asset=USDC, kind=Kind.TOKEN)
    stated = case(theft(tx, 40), conversions=[Conversion(ETH, 100, THIEF, USDC, 1000, THIEF, swap)])
    assert carry(journal(world, stated), policy) == {(THIEF, "USDC"): (400, 40)}


def test_taint_too_small_for_one_unit_of_the_other_asset_stays_behind_and_is_not_lost() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 3)
    world.pay("friend", THIEF, 1000)
    swap = world.pay(THIEF, "pool", 1003)
    world.pay("pool", THIEF, 2, tx=swap, asset=USDC, kind=Kind.TOKEN)
    stated = case(theft(tx, 3), conversions=[Conversion(ETH, 1003, THIEF, USDC, 2, THIEF, swap)])
    assert carry(journal(world, stated)) == {("@conversion:0:in", ""): (3, 3)}


def test_a_conversion_may_lead_to_another_chain_whose_clock_is_behind() -> None:
    """The output's block says an earlier time than the input's: it, and what follows, is put behind the input."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=1000)
    out = world.pay("bridge", "thief on bsc", 90, asset=BNB, time=1990)
    world.pay("thief on bsc", "alice", 50, asset=BNB, time=1995)
    paid = world.pay(THIEF, "bridge", 100, time=2000)
    world.pay("thief on bsc", "bob", 10, asset=BNB, time=2010)
    conversion = Conversion(ETH, 100, THIEF, BNB, 90, "thief on bsc", paid, out)
    assert carry(journal(world, case(theft(tx, 100), conversions=[conversion]))) == {
        ("thief on bsc", "BNB"): (30, 34),
        ("alice", "BNB"): (50, 55),
        ("bob", "BNB"): (10, 11),
    }


def test_an_output_before_its_input_on_one_chain_is_an_error() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    out = world.pay("desk", THIEF, 90, asset=USDC, kind=Kind.TOKEN)
    paid = world.pay(THIEF, "desk", 100)
    with pytest.raises(InputError, match="the output stands before the input"):
        journal(world, case(theft(tx, 100), conversions=[Conversion(ETH, 100, THIEF, USDC, 90, THIEF, paid, out)]))


def test_a_conversion_from_a_utxo_chain_takes_the_output_of_its_amount() -> None:
    world = World()
    mint = world.spend([], [("1Thief", 100)])
    paid = world.spend([f"{mint}:0"], [("1Vault", 70), ("1Thief", 25)], fee=5)
    out = world.pay("vault", THIEF, 1400)
    conversion = Conversion(BTC, 70, "1Thief", ETH, 1400, THIEF, paid, out)
    stated = case(theft(mint, 100, to="1Thief", asset=BTC), conversions=[conversion])
    assert carry(journal(world, stated)) == {
        (THIEF, "ETH"): (1400, 70),
        (f"{paid}:1", "BTC"): (25, 25),
        ("@fee", "BTC"): (5, 5),
    }


def test_a_conversion_whose_transaction_is_not_loaded_is_pending() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    conversion = Conversion(ETH, 100, THIEF, BTC, 7, "1Thief", hashed("in"), hashed("out"))
    assert journal(world, case(theft(tx, 100), conversions=[conversion])).pending == (
        f"{ETHEREUM.id}:{hashed('in')}",
        f"{BITCOIN.id}:{hashed('out')}",
    )


def test_assets_a_case_does_not_touch_are_left_out() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.token(THIEF, "alice", 2**130, asset=Asset(f"{ETHEREUM.id}/erc20:0x{'ab' * 20}", "X", 18))
    assert carry(journal(world, case(theft(tx, 100)))) == {(THIEF, "ETH"): (100, 100)}
