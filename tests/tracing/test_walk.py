"""The walk: whom it loads, where it stops, and that it answers as a run over the whole chain would."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.kernels import KEEPING
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
from clew.attribution import Attribution
from clew.errors import InputError
from clew.model import Address, Case, Category, Conversion, Grade, Kind, Limitation, Tag
from clew.tracing import walk as walking
from clew.tracing.dispositions import Disposition, dispose
from clew.tracing.journal import Account
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk


def tag(address: str, category: Category = Category.EXCHANGE, *, chain: str = ETHEREUM.id, stop: bool = True) -> Tag:
    return Tag(chain, address, f"{address} label", address.title(), category, "a test", 90, "", stop)


def trace(
    world: World | Shelf,
    stated: Case,
    *tags: Tag,
    policy: Policy = Policy.FIFO,
    bounds: Bounds | None = None,
) -> Trace:
    shelf = Shelf(world.rows) if isinstance(world, World) else world
    return walk(stated, policy, shelf, Attribution(tags), bounds or Bounds())


def told(found: Iterable[Disposition]) -> dict[str, tuple[str, int]]:
    """What stands where: kind and origin units by account name; several rows of one account are summed."""
    sums: dict[str, tuple[str, int]] = {}
    for one in found:
        sums[one.account.name] = one.kind, one.origin + sums.get(one.account.name, ("", 0))[1]
    return sums


def chain_of_payments(*names: str, amount: int = 100) -> tuple[World, Case]:
    """The thief pays the first, who pays the second, and so on: all of it each time."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, amount)
    for sender, receiver in zip((THIEF, *names), names, strict=False):
        world.pay(sender, receiver, amount)
    return world, case(theft(tx, amount))


# --- whom it loads


def test_it_loads_those_who_hold_taint_and_nobody_else() -> None:
    world, stated = chain_of_payments("alice", "bob")
    world.pay("carol", "alice", 7)
    world.pay("carol", "dave", 7)
    shelf = Shelf(world.rows)
    found = dispose(trace(shelf, stated))
    assert told(found) == {"bob": ("held", 100)}
    assert [account.value for account in shelf.asked] == [THIEF, "alice", "bob"]


def test_the_largest_share_is_loaded_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_BATCH", 1)
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    for name, amount in (("alice", 10), ("bob", 60), ("carol", 30)):
        world.pay(THIEF, name, amount)
    shelf = Shelf(world.rows)
    trace(shelf, case(theft(tx, 100)))
    assert [account.value for account in shelf.asked] == [THIEF, "bob", "carol", "alice"]


def test_what_is_spent_before_the_theft_is_not_tainted() -> None:
    """Order matters: the whole history of an account is read, not what follows the theft alone."""
    world = World()
    world.pay("friend", THIEF, 50)
    world.pay(THIEF, "shop", 50)
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "alice", 30)
    assert told(dispose(trace(world, case(theft(tx, 100))))) == {THIEF: ("held", 70), "alice": ("held", 30)}


def test_a_theft_that_no_reply_shows_is_an_error() -> None:
    world, _ = chain_of_payments("alice")
    with pytest.raises(InputError, match=f"no reply shows transaction {hashed('unknown')}"):
        trace(world, case(theft(hashed("unknown"), 100)))


def test_a_theft_the_thiefs_history_lacks_is_asked_for_by_its_transaction() -> None:
    world = World()
    tx = world.pay("router", "pool", 5, kind=Kind.CALL)
    world.pay(OUTSIDE, "other", 1, tx=tx, kind=Kind.INTERNAL)
    world.pay(THIEF, "alice", 30)
    shelf = Shelf(world.rows, shown=[tx], covers=frozenset({Kind.NATIVE, Kind.FEE}))
    found = trace(shelf, case(theft(tx, 100)))
    assert told(dispose(found)) == {THIEF: ("held", 70), "alice": ("held", 30)}
    codes = [limit.code for limit in found.limitations]
    assert codes.count("theft-not-shown") == 1
    assert "no-internal-transfers" in codes


def test_whom_a_conversion_pays_is_loaded_though_no_taint_leads_there() -> None:
    """Its output stands in the receiver's history alone: nothing else would lead the walk to it."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    paid = world.pay(THIEF, "desk", 100)
    out = world.pay("desk", "alice", 3000, asset=USDC, kind=Kind.TOKEN)
    world.token("alice", "bob", 1200, asset=USDC)
    stated = case(theft(tx, 100), conversions=[Conversion(ETH, 100, THIEF, USDC, 3000, "alice", paid, out)])
    found = dispose(trace(world, stated))
    assert told(found) == {"alice": ("held", 60), "bob": ("held", 40)}
    assert {one.grade for one in found} == {Grade.ASSERTED}
    assert {one.account.asset for one in found} == {USDC.id}


def test_a_conversion_whose_transaction_nobody_shows_is_told() -> None:
    world, stated = chain_of_payments("alice")
    stated = case(*stated.thefts, conversions=[Conversion(ETH, 1, THIEF, USDC, 2, "bob", hashed("unknown"))])
    found = trace(world, stated)
    assert told(dispose(found)) == {"alice": ("held", 100)}
    assert [limit.detail for limit in found.limitations if limit.code == "conversion-not-applied"] == [
        f"no loaded history shows transaction {hashed('unknown')}"
    ]


# --- where it stops


def test_it_stops_at_a_service() -> None:
    world, stated = chain_of_payments("exchange", "customer")
    shelf = Shelf(world.rows)
    found = dispose(trace(shelf, stated, tag("exchange")))
    assert told(found) == {"exchange": ("service", 100)}
    assert found[0].tag == tag("exchange")
    assert "exchange" not in {account.value for account in shelf.asked}


def test_it_stops_at_a_burn_address() -> None:
    world, stated = chain_of_payments("0xdead")
    assert told(dispose(trace(world, stated, tag("0xdead", Category.BURN)))) == {"0xdead": ("burned", 100)}


def test_a_mere_label_stops_nothing() -> None:
    world, stated = chain_of_payments("alice", "bob")
    assert told(dispose(trace(world, stated, tag("alice", stop=False)))) == {"bob": ("held", 100)}


def test_a_tag_of_another_chain_stops_nothing() -> None:
    world, stated = chain_of_payments("alice", "bob")
    assert told(dispose(trace(world, stated, tag("alice", chain="eip155:56")))) == {"bob": ("held", 100)}


def test_the_thiefs_own_account_is_followed_whatever_a_tag_says() -> None:
    world, stated = chain_of_payments("alice")
    assert told(dispose(trace(world, stated, tag(THIEF, Category.THEFT)))) == {"alice": ("held", 100)}


def test_it_stops_at_a_contract_it_cannot_decode() -> None:
    """A contract is called with value and never pays a fee of its own."""
    world, stated = chain_of_payments("alice")
    world.pay("alice", "vault", 60, kind=Kind.CALL)
    world.pay("vault", "bob", 60, kind=Kind.INTERNAL)
    assert told(dispose(trace(world, stated))) == {"alice": ("held", 40), "vault": ("contract", 60)}


def test_an_account_that_pays_fees_is_no_contract() -> None:
    world, stated = chain_of_payments("alice")
    world.pay("alice", "wallet", 60, kind=Kind.CALL)
    tx = world.pay("wallet", "@fee", 1, kind=Kind.FEE)
    world.pay("wallet", "bob", 59, tx=tx)
    assert told(dispose(trace(world, stated))) == {
        "alice": ("held", 40),
        "bob": ("held", 59),
        "@fee": ("fee", 1),
    }


@pytest.mark.parametrize(
    ("status", "kind", "detail"),
    [
        ("busy", "not-followed", "too busy to be one person's"),
        ("truncated", "unavailable", "truncated history: alice is truncated"),
        ("unavailable", "unavailable", "unavailable history: alice is unavailable"),
    ],
)
def test_it_draws_from_no_account_whose_history_is_not_whole(status: str, kind: str, detail: str) -> None:
    world, stated = chain_of_payments("alice", "bob")
    found = trace(Shelf(world.rows, status={"alice": status}), stated)
    assert told(dispose(found)) == {"alice": (kind, 100)}
    assert detail in dispose(found)[0].detail
    codes = {(limit.code, limit.address) for limit in found.limitations}
    assert ((f"{status}-history", "alice") in codes) == (status != "busy")


def test_spending_beyond_what_was_received_is_told() -> None:
    world, stated = chain_of_payments("alice")
    world.pay("alice", "bob", 130)
    found = trace(world, stated)
    assert [(x.address, x.amount, x.asset) for x in found.limitations if x.code == "unobserved-inflow"] == [
        ("alice", 30, ETH.id)
    ]
    assert told(dispose(found)) == {"bob": ("held", 100)}


def test_what_kinds_of_transfer_the_replies_lack_is_told_once() -> None:
    world, stated = chain_of_payments("alice", "bob")
    found = trace(Shelf(world.rows, covers=frozenset({Kind.NATIVE, Kind.FEE})), stated)
    lacking = {limit.code: limit.detail for limit in found.limitations}
    assert lacking.keys() == {"no-internal-transfers", "no-token-transfers"}
    assert "of 3 followed accounts" in lacking["no-token-transfers"]


def test_what_a_source_says_of_others_is_left_out() -> None:
    world, stated = chain_of_payments("alice")
    shelf = Shelf(world.rows)
    about = [Limitation("odd-reply", "…", ETHEREUM.id, name) for name in ("alice", "stranger", "")]
    shelf.said = about
    found = {limit.address for limit in trace(shelf, stated).limitations if limit.code == "odd-reply"}
    assert found == {"alice", ""}


# --- bounds


def test_it_loads_no_more_accounts_than_allowed() -> None:
    world, stated = chain_of_payments("alice", "bob", "carol")
    shelf = Shelf(world.rows)
    found = dispose(trace(shelf, stated, bounds=Bounds(max_addresses=2)))
    assert told(found) == {"bob": ("not-followed", 100)}
    assert found[0].detail == "2 accounts were loaded already"
    assert len(shelf.asked) == 2


def test_it_goes_no_more_hops_than_allowed() -> None:
    world, stated = chain_of_payments("alice", "bob", "carol")
    found = dispose(trace(world, stated, bounds=Bounds(max_hops=1)))
    assert told(found) == {"bob": ("not-followed", 100)}
    assert found[0].detail == "more than 1 hops away"
    assert found[0].hops == 2


def test_it_leaves_accounts_that_hold_too_little() -> None:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, "alice", 9)
    world.pay("alice", "carol", 9)
    world.pay(THIEF, "bob", 10)
    world.pay("bob", "dave", 10)
    found = dispose(trace(world, case(theft(tx, 100)), bounds=Bounds(min_amount={0: 10})))
    assert told(found) == {THIEF: ("held", 81), "alice": ("not-followed", 9), "dave": ("held", 10)}
    assert {one.detail for one in found if one.kind == "not-followed"} == {"holds less than the least amount followed"}


def test_it_answers_as_of_a_time() -> None:
    world, stated = chain_of_payments("alice", "bob")
    until = world.rows[1].time
    assert told(dispose(trace(world, stated, bounds=Bounds(until=until)))) == {"alice": ("held", 100)}


# --- UTXO chains, several thefts, several chains


def test_outputs_are_followed_through_their_transactions() -> None:
    world = World()
    mint = world.spend([], [("1Victim", 100), ("1Friend", 50)])
    tx = world.spend([f"{mint}:0"], [("1Thief", 95)], fee=5)
    mixed = world.spend([f"{tx}:0", f"{mint}:1"], [("1Alice", 60), ("1Bob", 75)], fee=10)
    spent = world.spend([f"{mixed}:0"], [("1Exchange", 60)])
    stated = case(theft(tx, 95, to="1Thief", asset=BTC))
    found = dispose(trace(world, stated, tag("1Exchange", chain=BITCOIN.id)))
    assert told(found) == {f"{spent}:0": ("service", 60), f"{mixed}:1": ("held", 35)}
    assert {one.account.address: one.hops for one in found} == {"1Exchange": 2, "1Bob": 1}
    haircut = told(dispose(trace(world, stated, tag("1Exchange", chain=BITCOIN.id), policy=Policy.HAIRCUT)))
    # 95 of 145 units are tainted: 60 carry floor(39.3), then 75 of the 85 left floor(56 * 75 / 85), the fee the rest.
    assert haircut == {f"{spent}:0": ("service", 39), f"{mixed}:1": ("held", 49), "@fee": ("fee", 7)}


def test_several_thefts_are_told_apart_to_the_end() -> None:
    world = World()
    first = world.pay(OUTSIDE, THIEF, 100)
    second = world.pay(OUTSIDE, "other thief", 50)
    world.pay(THIEF, "alice", 100)
    world.pay("other thief", "alice", 50)
    world.pay("alice", "bob", 120)
    stated = case(theft(first, 100, name="one"), theft(second, 50, to="other thief", name="two"))
    found = {(one.account.name, one.theft): one.origin for one in dispose(trace(world, stated))}
    assert found == {("bob", 0): 100, ("bob", 1): 20, ("alice", 1): 30}


def test_one_address_holds_several_assets_apart() -> None:
    world = World()
    ether = world.pay(OUTSIDE, THIEF, 100)
    dollars = world.pay(OUTSIDE, THIEF, 500, asset=USDC, kind=Kind.TOKEN)
    world.token(THIEF, "alice", 500, asset=USDC)
    stated = case(theft(ether, 100, name="eth"), theft(dollars, 500, asset=USDC, name="usdc"))
    found = {(one.account.name, one.account.asset): one.origin for one in dispose(trace(world, stated))}
    assert found == {(THIEF, ETH.id): 100, ("alice", USDC.id): 500}


# --- the whole chain

NAMES = [THIEF, *(f"account {i}" for i in range(6))]
names = st.sampled_from(NAMES)
amounts = st.integers(0, 12) | st.integers(0, 10**20)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, Case]:
    """Random doings among few accounts, some before any theft: payments of ether and of a token, swaps of the one for
    the other (some asserted, the others decoded), zeros, self-transfers and shortfalls among them."""
    world, thefts, conversions = World(), [], []

    def live() -> None:
        for _ in range(draw(st.integers(0, 10))):
            who, to, amount = draw(names), draw(names), draw(amounts)
            doing = draw(st.sampled_from(["pay", "pay", "pay", "token", "swap", "asserted swap"]))
            if doing == "pay":
                world.pay(who, to, amount)
            elif doing == "token":
                world.token(who, to, amount, asset=USDC)
            elif amount:
                brought = draw(amounts.filter(bool))
                tx = world.swap(who, amount, brought)
                if doing == "asserted swap":
                    conversions.append(Conversion(ETH, amount, who, USDC, brought, who, tx))

    live()
    for number in range(draw(st.integers(1, 2))):
        stolen, to = draw(amounts.filter(bool)), draw(names)
        tx = world.pay(f"victim {number}", to, stolen)
        thefts.append(theft(tx, stolen, to=to, name=f"theft {number}"))
        live()
    return world, case(*thefts, conversions=conversions)


def answer(found: Trace) -> list[tuple[object, ...]]:
    """All that the dispositions say, paths included."""
    return [
        (
            one.kind,
            one.account if not one.account.passes else "in a conversion",  # which are numbered as they are found
            one.detail,
            one.amount,
            one.origin,
            one.theft,
            one.grade,
            one.hops,
            one.transfers,
            one.first_time,
            one.last_tx,
            one.last_time,
            [(step.tx, step.receiver, step.tainted) for step in one.path],
        )
        for one in dispose(found)
    ]


@settings(max_examples=10)
@given(made=worlds())
def test_the_frontiers_answer_is_that_of_the_whole_chain(made: tuple[World, Case]) -> None:
    """Under every policy; the whole chain is read once for all of them."""
    world, stated = made
    shelf = Shelf(world.rows, read_whole=True)
    for policy in KEEPING:
        whole = trace(shelf, stated, policy=policy)
        frontier = trace(Shelf(world.rows), stated, policy=policy)
        assert answer(frontier) == answer(whole), policy


@pytest.mark.parametrize("policy", [Policy.FIFO, Policy.HAIRCUT])
@settings(max_examples=10)
@given(made=worlds(), seed=st.integers(0, 99), batch=st.integers(1, 4), also=st.sets(st.sampled_from(NAMES)))
def test_the_order_of_loading_changes_nothing(
    policy: Policy, made: tuple[World, Case], seed: int, batch: int, also: set[str]
) -> None:
    """Nor do the size of its batches, the order of rows in replies, and what another walk left in the ledger."""
    world, stated = made
    plain = trace(world, stated, policy=policy)
    shelf = Shelf(world.rows, shuffle=Random(seed))
    shelf.load([Address(ETHEREUM.id, name) for name in sorted(also)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(walking, "_BATCH", batch)
        other = trace(shelf, stated, policy=policy)
    assert answer(other) == answer(plain)
    assert set(other.limitations) == set(plain.limitations)


@settings(max_examples=10)
@given(made=worlds())
def test_poison_reaches_whoever_fifo_reaches(made: tuple[World, Case]) -> None:
    assert reached(*made, Policy.FIFO) <= reached(*made, Policy.POISON)


def test_poison_reaches_the_conversion_in_which_fifo_leaves_dust() -> None:
    """Bob gets clean ether under FIFO; poison follows him, and finds his earlier swap, which is numbered first."""
    world = World()
    world.swap("bob", 5, 5)
    tx = world.pay(OUTSIDE, THIEF, 1)
    swap = world.swap(THIEF, 2, 1)  # half a unit of dollars would be stolen
    world.pay(THIEF, "bob", 1)
    stated = case(theft(tx, 1))
    assert reached(world, stated, Policy.FIFO) == {(swap, 0)}
    assert reached(world, stated, Policy.POISON) >= {(swap, 0), (Account(ETHEREUM.id, "bob", ETH.id), 0)}


def reached(world: World, stated: Case, policy: Policy) -> set[tuple[Account | str, int]]:
    """Who holds which theft's units; a conversion is known by its transaction, for its number is as it is found."""
    found = dispose(trace(world, stated, policy=policy))
    return {(one.last_tx if one.account.passes else one.account, one.theft) for one in found}


def test_progress_tells_who_is_loaded_and_who_waits() -> None:
    world, stated = chain_of_payments("alice", "bob")
    steps: list[tuple[int, int]] = []
    walk(
        stated,
        Policy.FIFO,
        Shelf(world.rows),
        Attribution([]),
        Bounds(),
        progress=lambda done, waiting: steps.append((done, waiting)),
    )
    assert steps == [(1, 1), (2, 1), (3, 0)]


def test_an_asset_nobody_stole_is_not_followed() -> None:
    world, stated = chain_of_payments("alice")
    fake = Asset(f"{ETHEREUM.id}/erc20:0x{'fa' * 20}", "ETH", 18)
    world.token("alice", "bob", 100, asset=fake)
    assert told(dispose(trace(world, stated))) == {"alice": ("held", 100)}


def test_what_an_instant_exchanger_took_in_is_told_with_what_it_would_take_to_go_on() -> None:
    world, stated = chain_of_payments("desk", amount=100)
    desk = Tag(ETHEREUM.id, "desk", "FixedFloat 1", "FixedFloat", Category.SWAP, "a test", 90)
    found = trace(world, stated, desk)
    assert told(dispose(found)) == {"desk": ("service", 100)}
    (limit,) = [one for one in found.limitations if one.code == "exchange-not-followed"]
    assert (limit.chain, limit.address, limit.amount, limit.asset) == (ETHEREUM.id, "desk", 100, ETH.id)
    router = trace(world, stated, tag("desk", Category.SWAP))
    assert "exchange-not-followed" not in {one.code for one in router.limitations}
