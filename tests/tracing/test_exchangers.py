"""Exchangers that the investigator names: the payout that alone fits is followed, all else stays and is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import BITCOIN, BNB, BSC, BTC, ETH, ETHEREUM, OUTSIDE, THIEF, Shelf, World, case, theft

from clew.attribution import Attribution
from clew.model import Address, Case, Category, Conversion, Grade, Tag
from clew.tracing.dispositions import dispose
from clew.tracing.exchangers import payouts_of
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

HOUR = 3_600
NAME, ORDER, HOT, DESK = "Exch", "order address", "hot", "desk"
START = 1_000_000
TAGS = [
    Tag(ETHEREUM.id, HOT, "Exch hot wallet", NAME, Category.SWAP, "a test", 90),
    Tag(BSC.id, DESK, "Exch payouts", NAME, Category.SWAP, "a test", 90),
    Tag(ETHEREUM.id, "bridge", "Bridge", "Bridge", Category.BRIDGE, "a test", 90),
]


class Story:
    """The thief changes 10 of 110 coins at a bridge (30 BNB for one), and pays the rest to an exchanger's order."""

    def __init__(self, order: int = 100_000) -> None:
        self.world = world = World()
        stolen = world.pay(OUTSIDE, THIEF, 10_000 + order, time=START)
        bridged = world.pay(THIEF, "bridge", 10_000, time=START + 60)
        out = world.pay("vault", "bob", 300_000, asset=BNB, time=START + 120)
        stated = Conversion(ETH, 10_000, THIEF, BNB, 300_000, "bob", bridged, out)
        self.case = case(theft(stolen, 10_000 + order), conversions=[stated])
        self.paid = world.pay(THIEF, ORDER, order, time=START + HOUR)
        for day in range(40):
            world.pay(DESK, f"customer {day}", 17, asset=BNB, time=START + 86_400 * (day - 20))

    def pay_out(self, amount: int, receiver: str = "alice", minutes: int = 30) -> str:
        return self.world.pay(DESK, receiver, amount, asset=BNB, time=START + HOUR + 60 * minutes)

    def sweep(self, amount: int = 100_000) -> "Story":
        self.world.pay(ORDER, HOT, amount, time=START + 3 * HOUR)
        return self


def trace(
    story: Story, *tags: Tag, named: bool = True, policy: Policy = Policy.FIFO, stated: Case | None = None
) -> Trace:
    bounds = Bounds(exchangers=(NAME,) if named else ())
    return walk(stated or story.case, policy, Shelf(story.world.rows), Attribution([*TAGS, *tags]), bounds)


def told(found: Trace) -> dict[str, tuple[str, int, Grade]]:
    return {one.account.name: (one.kind, one.origin, one.grade) for one in dispose(found)}


def leads(found: Trace) -> list[str]:
    return [limit.detail for limit in found.limitations if limit.code == "exchange-not-followed"]


def test_the_one_payout_that_fits_is_followed_from_the_order_s_own_address() -> None:
    story = Story()
    out = story.pay_out(2_960_000)
    found = trace(story.sweep())
    assert told(found)["alice"] == ("held", 100_000, Grade.INFERRED)
    assert HOT not in told(found)
    (one,) = [c for c in found.case.conversions if c.basis is not None]
    assert (one.sender, one.tx, one.receiver, one.tx_out) == (THIEF, story.paid, "alice", out)
    assert one.basis is not None
    assert (one.basis.bridge, one.basis.taker, one.basis.candidates) == (NAME, ORDER, 1)
    assert one.basis.probability is not None
    assert one.basis.probability > 0.95
    assert leads(found) == []


def test_by_default_the_walk_ends_at_the_exchanger() -> None:
    story = Story()
    story.pay_out(2_960_000)
    found = trace(story.sweep(), named=False)
    assert told(found)[HOT] == ("service", 100_000, Grade.OBSERVED)


def test_a_payment_to_the_exchanger_s_known_wallet_is_a_deposit_too() -> None:
    story = Story()
    story.world.pay(THIEF, "shop", 1, time=START + HOUR)  # so that the thief's own account is no order's address
    story.world.rows = [row for row in story.world.rows if row.tx != story.paid]
    story.world.pay(THIEF, HOT, 99_999, time=START + HOUR)
    story.pay_out(2_960_000)
    assert told(trace(story))["alice"] == ("held", 99_999, Grade.INFERRED)


def test_of_two_payouts_that_fit_none_is_followed_and_the_likeliest_is_told() -> None:
    story = Story()
    story.pay_out(2_960_000)
    story.pay_out(2_950_000, "carol", 40)
    found = trace(story.sweep())
    assert told(found)[HOT] == ("service", 100_000, Grade.OBSERVED)
    (detail,) = leads(found)
    assert "2 payouts of Exch fit in value and time" in detail


@pytest.mark.parametrize(("amount", "minutes"), [(2_960_000, 60 * 9), (2_000_000, 30), (4_000_000, 30)])
def test_what_fits_neither_time_nor_value_is_not_followed(amount: int, minutes: int) -> None:
    story = Story()
    story.pay_out(amount, minutes=minutes)
    found = trace(story.sweep())
    assert HOT in told(found)
    assert "no payout of Exch that is at hand fits" in leads(found)[0]


def test_without_a_price_in_the_trace_nothing_is_matched() -> None:
    story = Story()
    story.pay_out(2_960_000)
    bare = case(*story.case.thefts)
    found = trace(story.sweep(), stated=bare)
    assert HOT in told(found)
    assert "whose price the trace shows" in leads(found)[0]


def test_a_payout_wallet_without_a_history_is_named() -> None:
    story = Story()
    story.pay_out(2_960_000)
    shelf = Shelf(story.sweep().world.rows, status={DESK: "unavailable"})
    found = walk(story.case, Policy.FIFO, shelf, Attribution(TAGS), Bounds(exchangers=(NAME,)))
    assert f"{DESK} was not read: its history is unavailable" in leads(found)[0]


def test_an_account_that_pays_others_as_well_is_no_order_s_address() -> None:
    """What passes through a person who also pays others is that person's deposit, at the time he made it."""
    story = Story()
    story.world.pay(ORDER, "shop", 1_000, time=START + 2 * HOUR)
    story.world.pay(ORDER, HOT, 99_000, time=START + 3 * HOUR)
    out = story.pay_out(2_930_000, minutes=60 * 3)
    found = trace(story)
    (one,) = [c for c in found.case.conversions if c.basis is not None]
    assert (one.sender, one.tx_out) == (ORDER, out)


@settings(max_examples=20)
@given(st.sampled_from(KEEPING), st.integers(1, 3_100_000), st.integers(1, 300), st.booleans())
def test_every_unit_is_accounted_for_under_every_policy(
    policy: Policy, amount: int, minutes: int, second: bool
) -> None:
    story = Story()
    story.pay_out(amount, minutes=minutes)
    if second:
        story.pay_out(2_950_000, "carol", 50)
    found = dispose(trace(story.sweep(), policy=policy))
    assert sum(one.origin for one in found) == 110_000


def test_payouts_are_what_its_accounts_paid_to_others_on_every_chain() -> None:
    world = World()
    first = world.spend([], [("stock", 100)])
    world.spend([f"{first}:0"], [("alice", 60), ("stock", 39)], fee=1)
    world.pay(DESK, "bob", 7, asset=BNB)
    world.pay(DESK, "stock", 5, asset=BNB)
    world.pay("carol", "dave", 9, asset=BNB)
    table = Shelf(world.rows, read_whole=True).transfers()
    own = [Address(BITCOIN.id, "stock"), Address(BSC.id, DESK), Address(BSC.id, "stock")]
    found = payouts_of(table, own)
    assert [(one.asset, one.payout.receiver, one.payout.amount) for one in found] == [
        (BTC.id, "alice", 60),
        (BNB.id, "bob", 7),
    ]
