"""Suspected services: what an account did before stolen coins came ends the walk, and what came after never does."""

from itertools import pairwise

import pytest
from tests.tracing.worlds import BTC, OUTSIDE, THIEF, Shelf, World, case, theft

from clew.attribution import Attribution
from clew.model import Case, Category, Tag
from clew.tracing.dispositions import dispose
from clew.tracing.policies import Policy
from clew.tracing.suspects import RULE, SUSPECTED, Behaviour
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

DAY = 86_400
BROKER = "broker"


def trade(world: World, *, days: int = RULE.days, payees: int = RULE.payees, payments: int = RULE.payments) -> None:
    """A broker who is paid a stock at the start and sells it in equal parts; the last time on his last day."""
    world.pay("bank", BROKER, 10_000, time=0)
    for number in range(payments - 1):
        world.pay(BROKER, f"customer {number % payees}", 10, time=days * DAY * number // payments)


def rob(world: World, time: int, via: str = BROKER) -> Case:
    """100 coins are stolen and paid to somebody, who pays a customer all he has."""
    tx = world.pay(OUTSIDE, THIEF, 100, time=time)
    world.pay(THIEF, via, 100, time=time)
    world.pay(via, "last customer", 10_100 - 10 * (RULE.payments - 1), time=time + DAY)
    return case(theft(tx, 100))


def trace(world: World, stated: Case, *tags: Tag, policy: Policy = Policy.FIFO, through: bool = False) -> Trace:
    return walk(stated, policy, Shelf(world.rows), Attribution(tags), Bounds(through_suspects=through))


def standing(found: Trace) -> dict[str, tuple[str, int]]:
    return {one.account.name: (one.kind, one.origin) for one in dispose(found)}


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy.keeps_value])
def test_the_walk_ends_at_a_broker_that_no_tag_names_and_every_unit_is_accounted_for(policy: Policy) -> None:
    world = World()
    trade(world)
    stated = rob(world, RULE.days * DAY)
    found = trace(world, stated, policy=policy)
    assert standing(found) == {BROKER: (SUSPECTED, 100)}


def test_its_figures_are_told_and_the_grade_of_the_way_is_kept() -> None:
    world = World()
    trade(world)
    (one,) = dispose(trace(world, rob(world, RULE.days * DAY)))
    assert one.grade == "observed"
    assert one.tag is None
    told = f"in {RULE.days} days, 1 accounts had paid it and it had paid {RULE.payees}, in {RULE.payments} payments"
    assert told in one.detail


def test_the_walk_goes_on_where_it_is_told_to() -> None:
    world = World()
    trade(world)
    found = trace(world, rob(world, RULE.days * DAY), through=True)
    assert standing(found) == {"last customer": ("held", 100)}


@pytest.mark.parametrize("less", [{"days": RULE.days - 1}, {"payees": RULE.payees - 1}])
def test_one_figure_below_the_rule_is_no_service(less: dict[str, int]) -> None:
    world = World()
    trade(world, **less)
    time = less.get("days", RULE.days) * DAY + DAY - 1 if "days" in less else RULE.days * DAY
    assert standing(trace(world, rob(world, time - (DAY if "days" in less else 0)))) == {"last customer": ("held", 100)}


def test_fewer_payments_than_the_rule_asks_are_no_service() -> None:
    world = World()
    trade(world, payments=RULE.payments - 1)
    tx = world.pay(OUTSIDE, THIEF, 100, time=RULE.days * DAY)
    world.pay(THIEF, BROKER, 100, time=RULE.days * DAY)
    assert standing(trace(world, case(theft(tx, 100)))) == {BROKER: ("held", 100)}


def test_what_a_thief_does_with_his_loot_makes_no_service_of_his_hub() -> None:
    """A wallet that gathers from many and pays many, all after the first stolen coin came."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 1_000, time=0)
    for number in range(20):
        world.pay(THIEF, f"part {number}", 50, time=DAY)
        world.pay(f"part {number}", "hub", 50, time=2 * DAY + number)
    for number in range(20):
        world.pay("hub", f"end {number}", 50, time=(10 + number) * DAY)
    found = standing(trace(world, case(theft(tx, 1_000))))
    assert found == {f"end {number}": ("held", 50) for number in range(20)}


def test_a_peel_chain_is_followed_to_its_end() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=0)
    names = [THIEF, *(f"peel {number}" for number in range(20))]
    for number, (sender, receiver) in enumerate(pairwise(names)):
        world.pay(sender, f"cash {number}", 1, time=number * DAY)
        world.pay(sender, receiver, 99 - number, time=number * DAY + 1)
    found = standing(trace(world, case(theft(tx, 100))))
    assert {kind for kind, _ in found.values()} == {"held"}


def test_payments_of_nothing_and_to_oneself_are_no_trade() -> None:
    world = World()
    world.pay("bank", BROKER, 10_000, time=0)
    for number in range(30):
        world.pay(f"poisoner {number}", BROKER, 0, time=number * DAY)
        world.pay(BROKER, BROKER, 5, time=number * DAY)
    tx = world.pay(OUTSIDE, THIEF, 100, time=40 * DAY)
    world.pay(THIEF, BROKER, 100, time=40 * DAY)
    assert standing(trace(world, case(theft(tx, 100)))) == {BROKER: ("held", 100)}


def test_the_thiefs_own_account_and_a_stated_wallet_are_followed_whatever_they_did() -> None:
    world = World()
    trade(world)
    wallet = Tag("eip155:1", BROKER, "a Safe", "", Category.WALLET, "a test", 90, stop=False)
    assert standing(trace(world, rob(world, RULE.days * DAY), wallet)) == {"last customer": ("held", 100)}
    own = World()
    trade(own)
    tx = own.pay(OUTSIDE, BROKER, 100, time=RULE.days * DAY)
    own.pay(BROKER, "last customer", 10_100 - 10 * (RULE.payments - 1), time=(RULE.days + 1) * DAY)
    stated = case(theft(tx, 100, to=BROKER))
    assert standing(trace(own, stated)) == {"last customer": ("held", 100)}


def test_an_output_has_no_behaviour() -> None:
    world = World()
    first = world.spend([], [(THIEF, 100)])
    second = world.spend([f"{first}:0"], [("alice", 100)])
    world.spend([f"{second}:0"], [("bob", 100)])
    stated = case(theft(first, 100, asset=BTC))
    assert {kind for kind, _ in standing(trace(world, stated)).values()} == {"held"}


def test_a_behaviour_reaches_a_rule_in_every_figure_or_not_at_all() -> None:
    assert Behaviour(9, 9, 99, 99).reaches(RULE)
    assert not Behaviour(9, RULE.payees - 1, 99, 99).reaches(RULE)
    assert not Behaviour(0, 9, 99, 99).reaches(RULE)


def test_a_hub_that_the_thief_had_paid_is_no_service_whatever_the_policy_takes_him_to_have_paid_with() -> None:
    """Newest first: he holds back the loot and pays with coins that came later, on which the hub trades for weeks."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100, time=0)
    for number in range(20):
        world.pay("stranger", THIEF, 10, time=number * DAY + 1)
        world.pay(THIEF, "hub", 10, time=number * DAY + 2)
        world.pay("hub", f"end {number % 10}", 10, time=number * DAY + 3)
    world.pay(THIEF, "hub", 100, time=30 * DAY)
    world.pay("hub", "last", 100, time=31 * DAY)
    assert standing(trace(world, case(theft(tx, 100)), policy=Policy.LIFO)) == {"last": ("held", 100)}
