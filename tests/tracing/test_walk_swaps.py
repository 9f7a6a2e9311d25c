"""The walk at swaps that pay another, contracts that are wallets, frozen balances, and hostile tokens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocols.swaps.events import v2_swap
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import ETH, ETHEREUM, OUTSIDE, THIEF, USDC, WETH, Shelf, World, case, hashed, theft

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains.execution import ZERO_ADDRESS
from clew.chains.logs import Log
from clew.model import Case, Category, Conversion, Kind, Tag
from clew.tracing.dispositions import Disposition, dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

JUNK = Asset(f"{ETHEREUM.id}/erc20:0x{'ee' * 20}", "JUNK", 18)


def tag(address: str, category: Category, asset: str = "", *, lastmod: str = "") -> Tag:
    stop = category is Category.SWAP
    return Tag(ETHEREUM.id, address, address, "Issuer", category, "a test", 90, lastmod, stop, asset, "0xfreeze")


def trace(
    world: World | Shelf, stated: Case, *tags: Tag, policy: Policy = Policy.FIFO, until: int | None = None
) -> Trace:
    shelf = world if isinstance(world, Shelf) else Shelf(world.rows)
    return walk(stated, policy, shelf, Attribution(tags), Bounds(until=until))


def told(found: list[Disposition]) -> dict[tuple[str, str], tuple[str, int, int]]:
    symbols = {ETH.id: "ETH", USDC.id: "USDC", JUNK.id: "JUNK"}
    return {(one.account.name, symbols[one.account.asset]): (one.kind, one.amount, one.origin) for one in found}


# --- swaps that pay another


def paying_another() -> World:
    """The thief swaps 60 of 100 stolen ETH at a pool, which pays USDC to alice; alice pays some on."""
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    tx = hashed("swap")
    world.pay(THIEF, "@fee", 0, tx=tx, kind=Kind.FEE)
    world.pay(THIEF, "pool", 60, tx=tx, kind=Kind.CALL)
    world.pay("pool", "alice", 900, tx=tx, asset=USDC, kind=Kind.TOKEN)
    world.token("alice", "bob", 300, asset=USDC)
    return world


STOLEN = case(theft(hashed("theft"), 100))


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize("tags", [(), (tag("pool", Category.SWAP),)])
def test_a_transaction_into_a_contract_is_asked_for_whole_and_followed_to_whom_it_paid(
    policy: Policy, tags: tuple[Tag, ...]
) -> None:
    shelf = Shelf(paying_another().rows, shown=[hashed("swap")])
    assert told(dispose(trace(shelf, STOLEN, *tags, policy=policy))) == {
        (THIEF, "ETH"): ("held", 40, 40),
        ("alice", "USDC"): ("held", 600, 40),
        ("bob", "USDC"): ("held", 300, 20),
    }


def test_what_the_source_cannot_show_ends_at_the_contract() -> None:
    found = told(dispose(trace(Shelf(paying_another().rows), STOLEN)))
    assert found == {(THIEF, "ETH"): ("held", 40, 40), ("pool", "ETH"): ("contract", 60, 60)}


def test_a_transaction_is_asked_for_once() -> None:
    asked: list[str] = []

    class Counting(Shelf):
        def show(self, transactions):  # type: ignore[no-untyped-def]
            asked.extend(one.value for one in transactions)
            return super().show(transactions)

    for shown in ([], [hashed("swap")]):
        asked.clear()
        trace(Counting(paying_another().rows, shown=shown), STOLEN)
        assert asked == [hashed("swap")]


def test_who_got_what_may_be_unclear_and_is_said() -> None:
    world = paying_another()
    world.pay("pool", "carol", 5, tx=hashed("swap"), asset=USDC, kind=Kind.TOKEN)
    traced = trace(Shelf(world.rows, shown=[hashed("swap")]), STOLEN)
    assert [(one.code, one.address) for one in traced.limitations] == [("swap-other-recipient", THIEF)]
    assert told(dispose(traced))["pool", "ETH"] == ("contract", 60, 60)


# --- contracts


def through_a_wallet() -> World:
    """A contract of the thief's, commanded from another account, swaps and pays on."""
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    world.pay(THIEF, "safe", 100)
    tx = hashed("order")
    world.pay(THIEF, "@fee", 0, tx=tx, kind=Kind.FEE)
    world.pay("safe", "pool", 50, tx=tx, kind=Kind.INTERNAL)
    world.pay("pool", "safe", 700, tx=tx, asset=USDC, kind=Kind.TOKEN)
    world.pay("safe", "alice", 20, tx=world.pay(THIEF, "@fee", 0, kind=Kind.FEE), kind=Kind.INTERNAL)
    return world


def test_a_contract_that_a_tag_calls_a_wallet_is_followed_like_a_persons_address() -> None:
    assert told(dispose(trace(through_a_wallet(), STOLEN))) == {("safe", "ETH"): ("contract", 100, 100)}
    assert told(dispose(trace(through_a_wallet(), STOLEN, tag("safe", Category.WALLET)))) == {
        ("safe", "ETH"): ("held", 30, 30),
        ("safe", "USDC"): ("held", 700, 50),
        ("alice", "ETH"): ("held", 20, 20),
    }


def received_only() -> World:
    """Stolen USDC stand at an address that never paid a fee."""
    world = World()
    world.token(OUTSIDE, THIEF, 100, asset=USDC, tx=hashed("theft"))
    world.token(THIEF, "alice", 100, asset=USDC)
    return world


USDC_STOLEN = case(theft(hashed("theft"), 100, asset=USDC))


@pytest.mark.parametrize(("asset", "amount"), [(USDC, 0), (JUNK, 7), (JUNK, 2**200)])
def test_what_others_write_does_not_make_an_address_a_contract(asset: Asset, amount: int) -> None:
    """Poison: a transfer of nothing from the address, or of a token whose maker writes what he likes."""
    world = received_only()
    world.token("alice", "mallory", amount, asset=asset, tx=world.pay("mallory", "@fee", 0, kind=Kind.FEE))
    world.rows = [row for row in world.rows if not (row.kind == Kind.FEE and row.sender == "alice")]
    assert told(dispose(trace(world, USDC_STOLEN))) == {("alice", "USDC"): ("held", 100, 100)}


def test_what_goes_to_the_zero_address_is_burned() -> None:
    world = received_only()
    world.token("alice", ZERO_ADDRESS, 30, asset=USDC)
    found = told(dispose(trace(world, USDC_STOLEN)))
    assert found == {("alice", "USDC"): ("held", 70, 70), (ZERO_ADDRESS, "USDC"): ("burned", 30, 30)}


# --- frozen


@pytest.mark.parametrize("asset", ["", USDC.id])
def test_what_stands_on_an_issuers_blacklist_at_the_end_is_frozen(asset: str) -> None:
    (found,) = dispose(trace(received_only(), USDC_STOLEN, tag("alice", Category.FROZEN, asset)))
    assert (found.kind, found.detail) == ("frozen", "alice (transaction 0xfreeze)")
    assert (found.amount, found.tag and found.tag.category) == (100, Category.FROZEN)


def test_another_asset_is_not_frozen_and_what_left_before_is_followed() -> None:
    world = received_only()
    world.token("alice", "bob", 40, asset=USDC)
    tags = tag("alice", Category.FROZEN, USDC.id), tag("bob", Category.FROZEN, ETH.id)
    assert told(dispose(trace(world, USDC_STOLEN, *tags))) == {
        ("alice", "USDC"): ("frozen", 60, 60),
        ("bob", "USDC"): ("held", 40, 40),
    }


def test_a_later_freeze_is_not_told_of_an_earlier_time() -> None:
    frozen = tag("alice", Category.FROZEN, lastmod="2024-05-03")
    for until, kind in ((10**9, "held"), (2 * 10**9, "frozen")):
        (found,) = dispose(trace(received_only(), USDC_STOLEN, frozen, until=until))
        assert found.kind == kind


# --- tokens that lie


@pytest.mark.parametrize("amount", [2**128, 2**256 - 1])
def test_a_swap_into_amounts_beyond_the_kernels_width_ends_at_the_pool(amount: int) -> None:
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    tx = world.pay(THIEF, "@fee", 0, kind=Kind.FEE)
    world.pay(THIEF, "pool", 60, tx=tx, kind=Kind.CALL)
    world.pay("pool", THIEF, amount, tx=tx, asset=JUNK, kind=Kind.TOKEN)
    traced = trace(Shelf(world.rows, read_whole=True), STOLEN)
    assert told(dispose(traced)) == {(THIEF, "ETH"): ("held", 40, 40), ("pool", "ETH"): ("contract", 60, 60)}
    assert ("swap-too-large", THIEF) in [(one.code, one.address) for one in traced.limitations]


# --- tokens that nothing vouches for

MINE = "0x" + "5" * 40


def into_junk(amount: int = 700) -> World:
    """The thief pays 60 of 100 stolen ETH to a contract, which gives him a token that nobody knows."""
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    tx = world.pay(THIEF, "@fee", 0, kind=Kind.FEE, tx=hashed("swap"))
    world.pay(THIEF, MINE, 60, tx=tx, kind=Kind.CALL)
    world.pay(MINE, THIEF, amount, tx=tx, asset=JUNK, kind=Kind.TOKEN)
    return world


def traded(amount: int = 700) -> Log:
    """The event of a pool of version 2 whose tokens are, in order, wrapped ether and junk."""
    return v2_swap(MINE, (60, 0, 0, amount), tx=hashed("swap"))


def of_junk(traced: Trace) -> list[tuple[str, str]]:
    return [(one.code, one.address) for one in traced.limitations if "unknown-token" in one.code]


@pytest.mark.parametrize("policy", KEEPING)
@pytest.mark.parametrize("events", [[], [traded(699)]], ids=["no event", "an event that the balances contradict"])
def test_a_token_of_ones_own_making_takes_no_stolen_coins_along(events: list[Log], policy: Policy) -> None:
    traced = trace(Shelf(into_junk().rows, read_whole=True, events=events), STOLEN, policy=policy)
    assert told(dispose(traced)) == {(THIEF, "ETH"): ("held", 40, 40), (MINE, "ETH"): ("contract", 60, 60)}
    assert of_junk(traced) == [("swap-unknown-token", THIEF)]


def test_an_unknown_token_that_a_pool_traded_is_followed_with_a_warning() -> None:
    traced = trace(Shelf(into_junk().rows, read_whole=True, events=[traded()]), STOLEN)
    assert told(dispose(traced)) == {(THIEF, "ETH"): ("held", 40, 40), (THIEF, "JUNK"): ("held", 700, 60)}
    assert of_junk(traced) == [("unknown-token", THIEF)]


def test_an_unknown_token_is_followed_once_the_source_shows_the_trade() -> None:
    shelf = Shelf(into_junk().rows, shown=[hashed("swap")], events=[traded()])
    assert told(dispose(trace(shelf, STOLEN)))[THIEF, "JUNK"] == ("held", 700, 60)


def test_a_token_that_the_case_names_needs_no_voucher() -> None:
    world = into_junk()
    stated = Conversion(ETH, 60, THIEF, JUNK, 700, THIEF, hashed("swap"))
    again = world.pay(THIEF, "@fee", 0, kind=Kind.FEE)
    world.pay(THIEF, MINE, 40, tx=again, kind=Kind.CALL)
    world.pay(MINE, THIEF, 300, tx=again, asset=JUNK, kind=Kind.TOKEN)
    traced = trace(Shelf(world.rows, read_whole=True), case(theft(hashed("theft"), 100), conversions=[stated]))
    found = dispose(traced)
    assert {(one.account.name, one.account.asset, one.amount, one.origin) for one in found} == {
        (THIEF, JUNK.id, 700, 60),
        (THIEF, JUNK.id, 300, 40),
    }
    assert of_junk(traced) == []


def test_a_warning_is_of_stolen_coins_alone() -> None:
    world = into_junk()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("later theft"))
    stated = case(theft(hashed("later theft"), 100))
    traced = trace(Shelf(world.rows, read_whole=True, events=[traded()]), stated)
    assert told(dispose(traced)) == {(THIEF, "ETH"): ("held", 100, 100)}
    assert of_junk(traced) == []


# --- whatever happens


PARTIES = (THIEF, "alice", "pool", "router", ETHEREUM.wrapped, ZERO_ADDRESS)
MOVES = st.tuples(
    st.integers(0, 4),
    st.sampled_from(PARTIES),
    st.sampled_from(PARTIES),
    st.one_of(st.integers(0, 120), st.sampled_from([2**64, 2**130])),
    st.sampled_from(["call", "inner", "weth", "wrap", "usdc", "junk"]),
)
FORMS = {
    "call": (ETH, Kind.CALL),
    "inner": (ETH, Kind.INTERNAL),
    "weth": (WETH, Kind.TOKEN),
    "wrap": (WETH, Kind.WRAP),
    "usdc": (USDC, Kind.TOKEN),
    "junk": (JUNK, Kind.TOKEN),
}


@settings(max_examples=40)
@given(st.lists(MOVES, max_size=16), st.sampled_from(KEEPING))
def test_whatever_moves_in_whatever_transactions_the_parts_add_up_to_the_theft(
    moves: list[tuple[int, str, str, int, str]], policy: Policy
) -> None:
    """Swaps, refunds, steps, wraps and payments of others, mixed at random: `dispose` checks the sum."""
    world = World()
    world.pay(OUTSIDE, THIEF, 100, tx=hashed("theft"))
    for number in range(5):
        for payer in (THIEF, "alice"):
            world.pay(payer, "@fee", 0, tx=hashed(number), kind=Kind.FEE)
    for number, sender, receiver, amount, form in sorted(moves, key=lambda move: move[0]):
        asset, kind = FORMS[form]
        if amount < 2**128 or asset == JUNK:  # of real coins there is never so much
            world.pay(sender, receiver, amount, tx=hashed(number), asset=asset, kind=kind)
    traced = trace(Shelf(world.rows, read_whole=True), STOLEN, policy=policy)
    found = dispose(traced)
    assert sum(one.origin for one in found) == 100
    for swap in traced.journal.swaps.values():
        assert traced.table.assets[swap.asset_in] != traced.table.assets[swap.asset_out]
