"""Crossings: what a bridge is said to have paid out is followed only where the transfers bear it out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import BNB, ETH, ETHEREUM, OUTSIDE, THIEF, Shelf, World, case, hashed, theft

from clew.attribution import Attribution
from clew.errors import InputError, RetryError, SourceError
from clew.model import Address, Basis, Case, Category, Conversion, Grade, Tag
from clew.tracing import crossings as crossing
from clew.tracing.crossings import Crossing, Ground, Payment
from clew.tracing.dispositions import dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

BRIDGE = "bridge"
TAG = Tag(ETHEREUM.id, BRIDGE, "Bridge 1", "Bridge", Category.BRIDGE, "a test", 90)


class Answers:
    """Somebody who says the same of every payment, and remembers what he was asked."""

    def __init__(self, *conversions: Conversion, reason: str = "") -> None:
        self.crossing = Crossing(conversions, reason)
        self.asked: list[Payment] = []

    def __call__(self, payment: Payment, _ground: Ground) -> Crossing:
        self.asked.append(payment)
        return self.crossing


def carried(tx: str, tx_out: str, amount_in: int, amount_out: int, receiver: str = "alice") -> Conversion:
    basis = Basis("Bridge", BRIDGE, "1")
    return Conversion(ETH, amount_in, THIEF, BNB, amount_out, receiver, tx, tx_out, Grade.DECODED, "", basis)


def trace(
    world: World, stated: Case, answers: Answers, policy: Policy = Policy.FIFO, until: int | None = None
) -> Trace:
    shelf = Shelf(world.rows, shown=[row.tx for row in world.rows])
    return walk(stated, policy, shelf, Attribution([TAG]), Bounds(until=until), crossings=answers)


def told(found: Trace) -> dict[str, tuple[str, int, Grade]]:
    return {one.account.name: (one.kind, one.origin, one.grade) for one in dispose(found)}


def reasons(found: Trace) -> list[str]:
    return [limit.detail for limit in found.limitations if limit.code == "bridge-not-crossed"]


def world_of(*receipts: tuple[str, int]) -> tuple[World, Case, str, list[str]]:
    """100 stolen coins that the thief pays a bridge, and what is paid out on the other chain."""
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, 100)
    paid = world.pay(THIEF, BRIDGE, 100)
    outs = [world.pay("vault", name, amount, asset=BNB) for name, amount in receipts]
    return world, case(theft(stolen, 100)), paid, outs


def test_the_walk_goes_on_where_the_bridge_paid_out() -> None:
    world, stated, paid, (out,) = world_of(("alice", 70))
    world.pay("alice", "bob", 7, asset=BNB)
    answers = Answers(carried(paid, out, 100, 70))
    found = trace(world, stated, answers)
    assert told(found) == {"alice": ("held", 90, Grade.DECODED), "bob": ("held", 10, Grade.DECODED)}
    assert [(one.sender, one.taker, one.amount, one.tag) for one in answers.asked] == [(THIEF, BRIDGE, 100, TAG)]
    assert reasons(found) == []


def test_what_went_out_beside_a_refund_is_divided_exactly() -> None:
    world, stated, paid, (out,) = world_of(("alice", 70))
    back = world.pay("vault", THIEF, 40)
    whole = carried(paid, out, 60, 70)
    refund = replace(whole, amount_in=40, asset_out=ETH, amount_out=40, receiver=THIEF, tx_out=back)
    for policy in KEEPING:
        found = told(trace(world, stated, Answers(refund, whole), policy))
        assert found == {THIEF: ("held", 40, Grade.DECODED), "alice": ("held", 60, Grade.DECODED)}


def test_what_a_payment_has_beyond_its_parts_goes_with_the_last() -> None:
    """A network that counts in coarser units than the chain cuts the rest of what it takes in."""
    world, stated, paid, outs = world_of(("alice", 7), ("bob", 5))
    parts = [carried(paid, outs[0], 40, 7), carried(paid, outs[1], 50, 5, "bob")]
    found = told(trace(world, stated, Answers(*parts)))
    assert found == {"alice": ("held", 40, Grade.DECODED), "bob": ("held", 60, Grade.DECODED)}


def test_as_of_a_time_before_the_second_payout_its_part_stands_at_the_bridge() -> None:
    world, stated, paid, outs = world_of(("alice", 7), ("bob", 5))
    parts = [carried(paid, outs[0], 40, 7), carried(paid, outs[1], 50, 5, "bob")]
    until = world.rows[-1].time - 1
    found = told(trace(world, stated, Answers(*parts), until=until))
    assert found == {"alice": ("held", 40, Grade.DECODED), BRIDGE: ("service", 60, Grade.OBSERVED)}


def test_what_the_case_states_goes_before_what_a_bridge_says() -> None:
    world, stated, paid, outs = world_of(("alice", 7), ("bob", 5))
    said = replace(carried(paid, outs[0], 100, 7), grade=Grade.ASSERTED, basis=None)
    stated = replace(stated, conversions=(said,))
    found = trace(world, stated, Answers(carried(paid, outs[1], 100, 5, "bob")))
    assert told(found) == {"alice": ("held", 100, Grade.ASSERTED)}


def test_a_limitation_names_the_bridge_and_the_amount() -> None:
    world, stated, paid, _ = world_of()
    found = trace(world, stated, Answers(reason="it is pending"))
    assert told(found) == {BRIDGE: ("service", 100, Grade.OBSERVED)}
    (limit,) = [one for one in found.limitations if one.code == "bridge-not-crossed"]
    assert (limit.detail, limit.address, limit.amount, limit.asset) == (
        f"transaction {paid}: it is pending",
        BRIDGE,
        100,
        ETH.id,
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount_in": 101}, "101 base units were taken in, 100 were paid"),
        ({"amount_in": 0}, "an amount is nothing"),
        ({"amount_out": 0}, "an amount is nothing"),
        ({"amount_out": 1 << 128}, "does not fit 128 bits"),
        ({"tx_out": hashed("nothing")}, "which no source shows"),
        ({"tx": hashed("nothing")}, "another payment"),
        ({"sender": "alice"}, "another payment"),
        ({"asset_in": BNB}, "another payment"),
        ({"receiver": "@fee"}, "an account that nobody can have"),
    ],
)
def test_what_contradicts_the_transfers_is_refused(change: dict[str, object], why: str) -> None:
    world, stated, paid, (out,) = world_of(("alice", 70))
    found = trace(world, stated, Answers(replace(carried(paid, out, 100, 70), **change)))  # type: ignore[arg-type]
    assert told(found) == {BRIDGE: ("service", 100, Grade.OBSERVED)}
    assert why in reasons(found)[0]


def test_an_output_before_its_input_is_refused() -> None:
    world = World()
    early = world.pay("vault", "alice", 70, asset=BNB, time=10)
    stolen = world.pay(OUTSIDE, THIEF, 100, time=5000)
    paid = world.pay(THIEF, BRIDGE, 100, time=5001)
    found = trace(world, case(theft(stolen, 100)), Answers(carried(paid, early, 100, 70)))
    assert "long before it was paid in" in reasons(found)[0]


def test_one_output_is_not_two_payments() -> None:
    """Two payments that are said to have become the same receipt: the first has it."""
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, 100)
    first, second = (world.pay(THIEF, BRIDGE, amount) for amount in (60, 40))
    out = world.pay("vault", "alice", 70, asset=BNB)

    def answers(payment: Payment, _ground: Ground) -> Crossing:
        return Crossing((carried(payment.tx, out, payment.amount, 70),))

    shelf = Shelf(world.rows, shown=[out])
    found = walk(case(theft(stolen, 100)), Policy.FIFO, shelf, Attribution([TAG]), Bounds(), crossings=answers)
    assert told(found) == {"alice": ("held", 60, Grade.DECODED), BRIDGE: ("service", 40, Grade.OBSERVED)}
    assert [second in why and "is joined to another payment" in why for why in reasons(found)] == [True]
    assert first not in reasons(found)[0]


def test_a_chain_without_a_source_leaves_the_output_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    world, stated, paid, (out,) = world_of(("alice", 70))

    def no_source(_shelf: Shelf, transactions: Sequence[Address]) -> list[Address]:
        if transactions:
            raise InputError("no public explorer is known")
        return []

    monkeypatch.setattr(Shelf, "show", no_source)
    assert "which no source shows" in reasons(trace(world, stated, Answers(carried(paid, out, 100, 70))))[0]


def test_no_more_payments_are_asked_for_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossing, "MOST_ASKED", 1)
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, 100)
    for amount in (30, 70):
        world.pay(THIEF, BRIDGE, amount)
    answers = Answers()
    found = trace(world, case(theft(stolen, 100)), answers)
    assert [payment.amount for payment in answers.asked] == [70]
    assert "1 payments into bridges were looked into already" in reasons(found)[0]


def test_an_explorer_that_refuses_the_recipient_does_not_end_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    world, stated, _, _ = world_of(("alice", 70))
    asked: list[str] = []

    def answers(_payment: Payment, ground: Ground) -> Crossing:
        refused = ground.reach(Address(BNB.chain, "alice"))
        asked.append(refused)
        return Crossing(reason=f"history: {ground.history(BNB.chain, 'alice')}")

    load = Shelf.load

    def refuse(shelf: Shelf, accounts: Sequence[Address]) -> None:
        if any(account.chain == BNB.chain for account in accounts):
            raise fault
        load(shelf, accounts)

    monkeypatch.setattr(Shelf, "load", refuse)
    fault: SourceError = SourceError("the explorer wants a paid plan for this chain")
    found = walk(stated, Policy.FIFO, Shelf(world.rows), Attribution([TAG]), Bounds(), crossings=answers)
    assert asked == [""]
    assert "history: None" in reasons(found)[0]
    fault = RetryError("too many requests")
    with pytest.raises(RetryError):
        walk(stated, Policy.FIFO, Shelf(world.rows), Attribution([TAG]), Bounds(), crossings=answers)


# --- whatever a bridge answers

NAMES = st.sampled_from(["alice", "bob", THIEF, BRIDGE, "", "@fee", "\u202e", "0x" + "f" * 64])
AMOUNTS = st.one_of(st.integers(-1, 120), st.sampled_from([1 << 64, 1 << 128, 1 << 255]))


@st.composite
def lies(draw: st.DrawFn, txs: Sequence[str]) -> Conversion:
    """A conversion with parts of the truth and parts that are made up."""
    assets = st.sampled_from([ETH, BNB])
    taker = draw(st.sampled_from([BRIDGE, "alice", ""]))
    return Conversion(
        draw(assets), draw(AMOUNTS), draw(NAMES), draw(assets), draw(AMOUNTS), draw(NAMES),
        draw(st.sampled_from(txs)), draw(st.sampled_from([*txs, "", "0x"])), Grade.DECODED, "",
        Basis("Bridge", taker, draw(st.sampled_from(["", "1"]))),
    )  # fmt: skip


@settings(max_examples=30)
@given(st.data(), st.sampled_from(KEEPING))
def test_the_sum_holds_whatever_a_bridge_says(data: st.DataObject, policy: Policy) -> None:
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, 100)
    for amount in (60, 40):
        world.pay(THIEF, BRIDGE, amount)
    world.pay("vault", "alice", 70, asset=BNB)
    out = world.pay("vault", "bob", 30, asset=BNB)
    world.pay("vault", "bob", 30, asset=BNB, tx=out)
    world.pay("vault", THIEF, 40)
    world.pay("alice", "bob", 9, asset=BNB)
    said = data.draw(st.lists(lies([row.tx for row in world.rows]), max_size=4))

    def answers(payment: Payment, _ground: Ground) -> Crossing:
        if data.draw(st.integers(0, 3)) == 0:
            return Crossing(tuple(said))
        basis = Basis("Bridge", payment.taker, "1")
        mine = {"tx": payment.tx, "sender": payment.sender, "basis": basis, "asset_in": ETH}
        return Crossing(tuple(replace(c, **mine) for c in said))  # type: ignore[arg-type]

    shelf = Shelf(world.rows, shown=[row.tx for row in world.rows])
    found = walk(case(theft(stolen, 100)), policy, shelf, Attribution([TAG]), Bounds(), crossings=answers)
    assert sum(one.origin for one in dispose(found)) == 100
