"""The walk through transactions of several trades: what became of what was stolen, told by the events, and no more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.links.test_swaps import SHARE, TX, X, Y
from tests.protocols.swaps.events import v2_swap
from tests.solidity import topic, word
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import ETHEREUM, OUTSIDE, THIEF, USDC, Shelf, World, case, hashed, theft

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains.logs import Log
from clew.model import Category, Kind, Tag
from clew.tracing.dispositions import dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

POOLS = tuple("0x" + digit * 40 for digit in "56789")
STOLEN = case(theft(hashed("theft"), 100, asset=X))
NAMES = {asset.id: asset.symbol for asset in (X, Y, USDC, SHARE)}
Deal = tuple[Asset, int, Asset, int]


def dealt(*deals: Deal, clean: int = 0, honest: bool = True) -> Shelf:
    """100 stolen X, before them some clean ones; then all deals in one transaction, each at a pool of its own."""
    world = World()
    if clean:
        world.token("friend", THIEF, clean, asset=X)
    world.token(OUTSIDE, THIEF, 100, asset=X, tx=hashed("theft"))
    for pool, (_, _, asset, brought) in zip(POOLS, deals, strict=False):
        world.token("provider", pool, brought, asset=asset)
    world.pay(THIEF, "@fee", 1, tx=TX, kind=Kind.FEE)
    events = []
    for number, (given_asset, amount, got_asset, brought) in enumerate(deals):
        pool = POOLS[number]
        world.pay(THIEF, pool, amount, asset=given_asset, tx=TX, kind=Kind.TOKEN)
        world.pay(pool, THIEF, brought, asset=got_asset, tx=TX, kind=Kind.TOKEN)
        ordered = given_asset.id < got_asset.id
        sides = (amount, 0, 0, brought) if ordered else (0, amount, brought, 0)
        lie = 0 if honest else number
        events.append(v2_swap(POOLS[number - lie], sides, index=number, tx=TX))
    return Shelf(world.rows, read_whole=True, events=events)


def trace(shelf: Shelf, policy: Policy = Policy.FIFO) -> Trace:
    return walk(STOLEN, policy, shelf, Attribution(()), Bounds())


def codes(traced: Trace) -> list[str]:
    """What could not be told of the thief."""
    return [one.code for one in traced.limitations if one.code.startswith("swap-")]


def standing(traced: Trace) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for one in dispose(traced):
        key = one.account.name, NAMES.get(one.account.asset, "")
        before = found.get(key, (0, 0))
        found[key] = before[0] + one.amount, before[1] + one.origin
    return found


TWO = ((X, 60, Y, 600), (X, 40, USDC, 80))


@pytest.mark.parametrize("policy", KEEPING)
def test_what_was_stolen_is_in_both_assets_it_bought(policy: Policy) -> None:
    traced = trace(dealt(*TWO), policy)
    assert standing(traced) == {(THIEF, "bb"): (600, 60), (THIEF, "USDC"): (80, 40)}
    assert codes(traced) == []
    told = [(one.net_in, one.net_out) for _, one in sorted(traced.journal.swaps.items())]
    assert told == [(60, 600), (40, 80)]


def test_without_the_events_it_ends_at_the_pools() -> None:
    shelf = dealt(*TWO)
    shelf.events = []
    traced = trace(shelf)
    assert standing(traced) == {(POOLS[0], "aa"): (60, 60), (POOLS[1], "aa"): (40, 40)}
    assert codes(traced) == ["swap-several-got"]


def test_events_that_lie_change_nothing() -> None:
    assert standing(trace(dealt(*TWO, honest=False))) == {(POOLS[0], "aa"): (60, 60), (POOLS[1], "aa"): (40, 40)}


def test_the_first_deal_takes_what_came_in_first() -> None:
    """Fifty clean units came before the stolen hundred: the first deal takes them, and ten stolen ones."""
    found = standing(trace(dealt(*TWO, clean=50)))
    assert found == {(THIEF, "bb"): (100, 10), (THIEF, "USDC"): (80, 40), (THIEF, "aa"): (50, 50)}


def test_a_step_through_ones_own_hands_is_followed_to_its_end() -> None:
    """X for Y, and a part of the Y for a third token, in one transaction."""
    found = standing(trace(dealt((X, 100, Y, 500), (Y, 200, SHARE, 20))))
    assert found == {(THIEF, "bb"): (300, 60), (THIEF, "cc"): (20, 40)}


def test_a_share_of_a_pool_ends_the_trace_and_says_so() -> None:
    world = World()
    world.token(OUTSIDE, THIEF, 100, asset=X, tx=hashed("theft"))
    world.pay(THIEF, "@fee", 1, tx=TX, kind=Kind.FEE)
    world.token("provider", POOLS[0], 30, asset=SHARE)
    for sender, receiver, amount, asset in (
        (THIEF, POOLS[0], 100, X),
        (THIEF, POOLS[0], 9, Y),
        (POOLS[0], THIEF, 30, SHARE),
    ):
        world.pay(sender, receiver, amount, asset=asset, tx=TX, kind=Kind.TOKEN)
    mint = Log(POOLS[0], (topic("Mint(address,uint256,uint256)"), word(1)), word(100) + word(9), 0, TX)
    traced = trace(Shelf(world.rows, read_whole=True, events=[mint]))
    assert standing(traced) == {(POOLS[0], "aa"): (100, 100)}
    assert codes(traced) == ["swap-lp-share"]


def test_a_contract_wallet_trades_like_a_person() -> None:
    """What the owners order in one transaction: two trades of what the thief paid into his wallet."""
    world = World()
    world.token(OUTSIDE, THIEF, 100, asset=X, tx=hashed("theft"))
    world.token(THIEF, "safe", 100, asset=X)
    for pool, asset, amount in ((POOLS[0], Y, 600), (POOLS[1], USDC, 80)):
        world.token("provider", pool, amount, asset=asset)
    world.pay(THIEF, "@fee", 1, tx=TX, kind=Kind.FEE)
    for pool, paid, asset, brought in ((POOLS[0], 60, Y, 600), (POOLS[1], 40, USDC, 80)):
        world.pay("safe", pool, paid, asset=X, tx=TX, kind=Kind.TOKEN)
        world.pay(pool, "safe", brought, asset=asset, tx=TX, kind=Kind.TOKEN)
    events = [v2_swap(POOLS[0], (60, 0, 0, 600), tx=TX), v2_swap(POOLS[1], (0, 40, 80, 0), index=1, tx=TX)]
    tag = Tag(ETHEREUM.id, "safe", "the thief's", "", Category.WALLET, "a test", 90, stop=False)
    shelf = Shelf(world.rows, read_whole=True, events=events)
    found = standing(walk(STOLEN, Policy.FIFO, shelf, Attribution((tag,)), Bounds()))
    assert found == {("safe", "bb"): (600, 60), ("safe", "USDC"): (80, 40)}


# --- whatever is traded

ASSETS = st.sampled_from([X, Y, USDC, SHARE])
AMOUNTS = st.integers(1, 120)
DEALS = st.lists(
    st.tuples(ASSETS, AMOUNTS, ASSETS, AMOUNTS).filter(lambda deal: deal[0] is not deal[2]), min_size=1, max_size=4
)


@settings(max_examples=25)
@given(DEALS, st.integers(0, 40), st.sampled_from(KEEPING), st.booleans())
def test_the_stolen_units_are_always_all_there(deals: list[Deal], clean: int, policy: Policy, honest: bool) -> None:
    traced = trace(dealt(*deals, clean=clean, honest=honest), policy)
    assert sum(one.origin for one in dispose(traced)) == 100
    paid = {id(one) for one in traced.journal.swaps.values()}
    assert len(paid) <= len(deals)
