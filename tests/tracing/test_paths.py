"""Ways: the fewest transfers from the theft, and the path by which most of the units came."""

import pytest
from tests.tracing.test_walk import trace
from tests.tracing.worlds import BITCOIN, BTC, ETH, OUTSIDE, THIEF, USDC, World, case, theft

from clew.model import Conversion, Grade, Kind
from clew.tracing.dispositions import Disposition, Movements, dispose
from clew.tracing.policies import Policy


def route(found: Disposition) -> list[str]:
    """Who the units came to, one after the other."""
    return [step.receiver.name for step in found.path]


def at(found: list[Disposition], name: str) -> Disposition:
    return next(one for one in found if one.account.name == name)


def test_the_path_goes_by_the_transfer_that_brought_most() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "narrow", 30)
    world.pay(THIEF, "wide", 70)
    world.pay("narrow", "end", 30)
    world.pay("wide", "end", 70)
    found = at(dispose(trace(world, case(theft(tx, 100)))), "end")
    assert route(found) == [THIEF, "wide", "end"]
    assert [step.tainted for step in found.path] == [100, 70, 70]
    assert (found.hops, found.transfers) == (2, 2)


def test_hops_are_the_fewest_not_those_of_the_path() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "end", 1)
    world.pay(THIEF, "alice", 99)
    world.pay("alice", "end", 99)
    found = at(dispose(trace(world, case(theft(tx, 100)))), "end")
    assert (route(found), found.hops) == ([THIEF, "alice", "end"], 1)


def test_the_thief_himself_is_no_hop_away() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    found = dispose(trace(world, case(theft(tx, 100))))
    assert (route(found[0]), found[0].hops) == ([THIEF], 0)


def test_units_that_went_in_a_circle_have_a_path_that_ends() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    for _ in range(3):
        world.pay(THIEF, "alice", 100)
        world.pay("alice", THIEF, 100)
    world.pay(THIEF, "end", 100)
    found = at(dispose(trace(world, case(theft(tx, 100)))), "end")
    assert found.hops == 1
    assert route(found)[0] == THIEF
    assert route(found)[-1] == "end"


def test_a_path_leaves_out_what_is_within_one_transaction() -> None:
    world = World()
    tx = world.spend([], [("1Thief", 100)])
    spent = world.spend([f"{tx}:0"], [("1Alice", 100)])
    found = dispose(trace(world, case(theft(tx, 100, to="1Thief", asset=BTC))))[0]
    assert route(found) == [f"{tx}:0", f"{spent}:0"]
    assert found.hops == 1
    assert found.account.chain == BITCOIN.id


def test_a_path_crosses_a_conversion_with_the_assets_on_both_sides() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    swap = world.pay(THIEF, "pool", 100)
    world.pay("pool", THIEF, 3000, tx=swap, asset=USDC, kind=Kind.TOKEN)
    world.token(THIEF, "alice", 3000, asset=USDC)
    stated = case(theft(tx, 100), conversions=[Conversion(ETH, 100, THIEF, USDC, 3000, THIEF, swap)])
    found = at(dispose(trace(world, stated)), "alice")
    assert [(step.receiver.name, step.receiver.asset, step.tainted, step.origin) for step in found.path] == [
        (THIEF, ETH.id, 100, 100),
        (THIEF, USDC.id, 3000, 100),
        ("alice", USDC.id, 3000, 100),
    ]


def test_units_of_each_grade_have_their_own_path_though_they_lay_in_one_account() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "end", 70)
    there = world.pay(THIEF, "pool", 30)
    world.pay("pool", THIEF, 3000, tx=there, asset=USDC, kind=Kind.TOKEN)
    back = world.token(THIEF, "pool", 3000, asset=USDC)
    world.pay("pool", "middle", 30, tx=back)
    world.pay("middle", "end", 30)
    world.pay("end", "last", 100)
    swaps = [
        Conversion(ETH, 30, THIEF, USDC, 3000, THIEF, there),
        Conversion(USDC, 3000, THIEF, ETH, 30, "middle", back),
    ]
    found = {one.grade: one for one in dispose(trace(world, case(theft(tx, 100), conversions=swaps)))}
    assert {grade: (one.origin, route(one)) for grade, one in found.items()} == {
        Grade.OBSERVED: (70, [THIEF, "end", "last"]),
        Grade.ASSERTED: (30, [THIEF, THIEF, "middle", "end", "last"]),
    }


@pytest.mark.parametrize("policy", list(Policy))
def test_every_way_begins_at_the_theft(policy: Policy) -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay("friend", THIEF, 50)
    there = world.pay(THIEF, "pool", 60)
    world.pay("pool", "alice", 3000, tx=there, asset=USDC, kind=Kind.TOKEN)
    back = world.token("alice", "pool", 3000, asset=USDC)
    world.pay("pool", THIEF, 60, tx=back)
    world.pay(THIEF, "end", 120)
    swaps = [
        Conversion(ETH, 60, THIEF, USDC, 3000, "alice", there),
        Conversion(USDC, 3000, "alice", ETH, 60, THIEF, back),
    ]
    done = trace(world, case(theft(tx, 100), conversions=swaps), policy=policy)
    records = Movements(done)
    assert {records.path(number)[0].tx for number in range(len(records))} == {tx}


def test_each_theft_has_its_own_path() -> None:
    world = World()
    first = world.pay(OUTSIDE, THIEF, 100)
    second = world.pay(OUTSIDE, "other", 50)
    world.pay(THIEF, "end", 100)
    world.pay("other", "middle", 50)
    world.pay("middle", "end", 50)
    stated = case(theft(first, 100, name="one"), theft(second, 50, to="other", name="two"))
    found = {one.theft: (route(one), one.hops) for one in dispose(trace(world, stated))}
    assert found == {0: ([THIEF, "end"], 1), 1: (["other", "middle", "end"], 2)}


def test_every_tainted_movement_is_told_with_its_transaction() -> None:
    world = World()
    world.pay("friend", THIEF, 20)
    tx = world.pay(OUTSIDE, THIEF, 100)
    paid = world.pay(THIEF, "alice", 50)
    records = Movements(trace(world, case(theft(tx, 100))))
    movements = [records[number] for number in range(len(records))]
    told = [(one.tx, one.amount, one.tainted, one.kind, one.sender.name, one.receiver.name) for one in movements]
    assert told == [
        (tx, 100, 100, Kind.NATIVE, OUTSIDE, THIEF),
        (paid, 50, 30, Kind.NATIVE, THIEF, "alice"),
    ]
    assert [one.time for one in movements] == [row.time for row in world.rows[1:]]
