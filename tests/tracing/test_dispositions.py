"""Dispositions: every stolen unit stands in exactly one, with its kind, its grade and when it came."""

from dataclasses import replace

import pytest
from tests.tracing.kernels import KEEPING
from tests.tracing.test_walk import told, trace
from tests.tracing.worlds import (
    BITCOIN,
    BTC,
    ETH,
    ETHEREUM,
    OUTSIDE,
    THIEF,
    USDC,
    Shelf,
    World,
    case,
    hashed,
    theft,
)

from clew.amounts import Asset
from clew.errors import RunError
from clew.model import Case, Conversion, Grade, Kind
from clew.tracing.dispositions import asset_of, check_conservation, dispose, grades_of
from clew.tracing.policies import Policy


def spread() -> tuple[World, Case]:
    """100 stolen: fees paid and burnt, a swap, payments to two accounts."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    swap = world.pay(THIEF, "@fee", 3, kind=Kind.FEE)
    world.pay(THIEF, "@burnt-fee", 7, tx=swap, kind=Kind.BURN)
    world.pay(THIEF, "pool", 40, tx=swap)
    world.pay("pool", THIEF, 1000, tx=swap, asset=USDC, kind=Kind.TOKEN)
    world.token(THIEF, "alice", 250, asset=USDC)
    world.pay(THIEF, "bob", 20)
    return world, case(theft(tx, 100), conversions=[Conversion(ETH, 40, THIEF, USDC, 1000, THIEF, swap)])


@pytest.mark.parametrize("policy", KEEPING)
def test_the_dispositions_add_up_to_the_theft(policy: Policy) -> None:
    found = dispose(trace(*spread(), policy=policy))
    assert sum(one.origin for one in found) == 100
    assert all(one.amount > 0 for one in found)


@pytest.mark.parametrize(("kept", "residue"), [(10, False), (9, True)])
def test_less_than_a_thousandth_of_what_came_is_left_over(kept: int, residue: bool) -> None:
    """It is counted all the same, in the place where it stands."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 10_000)
    world.pay(THIEF, "alice", 10_000 - kept)
    found = {one.account.name: one for one in dispose(trace(world, case(theft(tx, 10_000))))}
    assert {name: (one.origin, one.residue) for name, one in found.items()} == {
        "alice": (10_000 - kept, False),
        THIEF: (kept, residue),
    }
    assert ("left over" in found[THIEF].detail) is residue


def test_what_came_back_counts_as_having_come() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 10_000)
    for _ in range(2):
        world.pay(THIEF, "alice", 10_000)
        world.pay("alice", THIEF, 10_000)
    world.pay(THIEF, "alice", 9_975)  # 25 of 30,000 that came
    found = {one.account.name: one.residue for one in dispose(trace(world, case(theft(tx, 10_000))))}
    assert found == {"alice": False, THIEF: True}


def test_each_tells_kind_amount_and_grade_and_the_largest_stands_first() -> None:
    found = dispose(trace(*spread()))
    assert [(one.account.name, one.account.asset, one.kind, one.amount, one.origin, one.grade) for one in found] == [
        (THIEF, USDC.id, "held", 750, 30, Grade.ASSERTED),
        (THIEF, ETH.id, "held", 30, 30, Grade.OBSERVED),
        ("bob", ETH.id, "held", 20, 20, Grade.OBSERVED),
        ("alice", USDC.id, "held", 250, 10, Grade.ASSERTED),
        ("@burnt-fee", ETH.id, "burned", 7, 7, Grade.OBSERVED),
        ("@fee", ETH.id, "fee", 3, 3, Grade.OBSERVED),
    ]
    assert grades_of(found) == {(0, Grade.OBSERVED): 60, (0, Grade.ASSERTED): 40}


def test_units_of_one_account_that_came_over_unlike_links_stand_apart() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "alice", 60)
    into = world.pay(THIEF, "desk", 40)
    out = world.pay("desk", "alice", 38)
    stated = case(theft(tx, 100), conversions=[Conversion(ETH, 40, THIEF, ETH, 38, "alice", into, out)])
    found = {(one.account.name, one.grade): (one.amount, one.origin) for one in dispose(trace(world, stated))}
    assert found == {("alice", Grade.OBSERVED): (60, 60), ("alice", Grade.ASSERTED): (38, 40)}


def test_when_and_by_what_units_came_is_told() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "alice", 10)
    last = world.pay(THIEF, "alice", 90)
    world.pay("friend", "alice", 1)
    found = dispose(trace(world, case(theft(tx, 100))))[0]
    assert (found.transfers, found.first_time, found.last_time) == (2, world.rows[1].time, world.rows[2].time)
    assert found.last_tx == last


def test_what_provably_nobody_can_spend_is_burned() -> None:
    world = World()
    mint = world.spend([], [("1Thief", 100)])
    tx = world.spend([f"{mint}:0"], [("1Alice", 90)])
    world.pay(f"@tx:{tx}", "@unspendable", 10, tx=tx, asset=BTC, kind=Kind.OUTPUT)
    found = told(dispose(trace(world, case(theft(mint, 100, to="1Thief", asset=BTC)))))
    assert found == {f"{tx}:0": ("held", 90), "@unspendable": ("burned", 10)}


def test_an_input_whose_transaction_is_not_whole_leaves_its_rest_unavailable() -> None:
    world = World()
    mint = world.spend([], [("1Thief", 100)])
    tx = world.spend([f"{mint}:0"], [("1Alice", 90)])
    found = dispose(trace(world, case(theft(mint, 100, to="1Thief", asset=BTC))))
    assert told(found) == {f"{tx}:0": ("held", 90), f"@tx:{tx}": ("unavailable", 10)}


def test_what_is_too_small_to_convert_is_not_followed() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 3)
    world.pay("friend", THIEF, 1000)
    swap = world.pay(THIEF, "pool", 1003)
    world.pay("pool", THIEF, 2, tx=swap, asset=USDC, kind=Kind.TOKEN)
    stated = case(theft(tx, 3), conversions=[Conversion(ETH, 1003, THIEF, USDC, 2, THIEF, swap)])
    found = dispose(trace(world, stated))
    assert [(one.kind, one.origin, one.grade) for one in found] == [("not-followed", 3, Grade.ASSERTED)]
    assert "too small" in found[0].detail


def test_a_balance_whose_spending_the_replies_cannot_show_is_not_called_held() -> None:
    """Token transfers are not in a list of normal transactions."""
    world = World()
    tx = world.pay(THIEF, "bridge", 0, kind=Kind.CALL)
    seen = frozenset({Kind.NATIVE, Kind.CALL, Kind.FEE})
    found = dispose(trace(Shelf(world.rows, covers=seen), case(theft(tx, 500, asset=USDC))))
    assert told(found) == {THIEF: ("unavailable", 500)}
    assert "no token transfers are in the replies" in found[0].detail


def test_a_sum_that_does_not_close_is_an_error() -> None:
    finished = trace(*spread())
    found = dispose(finished)
    check_conservation(finished, found)
    with pytest.raises(RunError, match="add up to 99 base units, stolen were 100"):
        check_conservation(finished, [replace(found[0], origin=found[0].origin - 1), *found[1:]])


def test_poison_tells_whom_it_reached_and_no_amounts() -> None:
    found = dispose(trace(*spread(), policy=Policy.POISON))
    assert {one.account.name for one in found} >= {THIEF, "alice", "bob"}
    assert {(one.amount, one.origin) for one in found} == {(0, 0)}


def test_an_asset_is_found_in_the_case_the_chain_the_known_tokens_or_its_own_claim() -> None:
    own = Asset(f"{ETHEREUM.id}/erc20:0x{'11' * 20}", "LOOT", 6)
    gold = Asset(f"{ETHEREUM.id}/erc20:0x{'22' * 20}", "GOLD", 4)
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, asset=own, kind=Kind.TOKEN)
    conversion = Conversion(own, 100, THIEF, gold, 5, THIEF, hashed("unknown"))
    finished = trace(world, case(theft(tx, 100, asset=own), conversions=[conversion]))
    claimed = Asset(f"{ETHEREUM.id}/erc20:0x{'33' * 20}", "CLAIM", 2)
    for known in (own, gold, ETH, BTC, USDC, claimed):
        assert asset_of(finished, known.id, {claimed.id: claimed}) == known
    unknown = f"{BITCOIN.id}/erc20:0x{'44' * 20}"
    assert asset_of(finished, unknown, {}) == Asset(unknown, "0x44444444", 0)
