"""Swaps told by events, on ledgers written by hand: held to the balances, and never more than they say."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.links.test_swaps import CLAIMS, FAKE, SHARE, TX, X, Y, table_of
from tests.protocols.swaps.events import log, v2_swap
from tests.solidity import topic, word
from tests.tracing.worlds import ETH, ETHEREUM, THIEF, USDC, WETH

from clew.amounts import Asset
from clew.chains.logs import Log
from clew.ledger import TransferTable
from clew.links.handovers import find_handovers
from clew.links.swaps import find_swaps
from clew.links.trades import Exchange, find_exchanges

Move = tuple[str, str, int, Asset]
ONE, OTHER, CURVE = ("0x" + digit * 40 for digit in "89c")
ROUTER_1INCH = "0x1111111254fb6c44bac0bed2854e76f90643097d"
CONTRACTS = {(ETHEREUM.id, name) for name in (ONE, OTHER, CURVE, "router", ETHEREUM.wrapped)}
NAMES = {asset.id: asset.symbol for asset in (ETH, USDC, X, Y, SHARE)}
Leg = tuple[int, str, int, str]


def read(moves: Sequence[Move], events: Sequence[Log]) -> tuple[list[Exchange], str, TransferTable]:
    """The thief's exchanges, the reason where it stays untold, and the table."""
    table = table_of(*moves)
    _, own = find_swaps(table, lambda _chain, name: name == THIEF, CLAIMS)
    _, handed = find_handovers(table, lambda _c, name: name == THIEF, CONTRACTS, lambda *_: True, CLAIMS)
    found, left = find_exchanges(table, [*own, *handed], lambda *_: events, CONTRACTS, CLAIMS)
    return found, left[0].reason if left else "", table


def legs(moves: Sequence[Move], events: Sequence[Log]) -> list[Leg]:
    (found,), reason, _ = read(moves, events)
    assert not reason
    return [(one.amount_in, NAMES[one.asset_in], one.amount_out, NAMES[one.asset_out]) for one in found.legs]


def refused(moves: Sequence[Move], events: Sequence[Log]) -> str:
    found, reason, _ = read(moves, events)
    assert found == []
    return reason


def swap(pool: str, *amounts: int, index: int = 0) -> Log:
    """Of version 2: in and out of token 0, in and out of token 1; the tokens stand in the order of their contracts."""
    zero_in, zero_out, one_in, one_out = amounts
    return v2_swap(pool, (zero_in, one_in, zero_out, one_out), index=index, tx=TX)


# Contracts in order: usdc a0b8..., x aaaa..., y bbbb..., weth c02a..., share cccc...
X_FOR_Y = [(THIEF, ONE, 100, X), (ONE, THIEF, 40, Y)]
X_FOR_USDC = [(THIEF, OTHER, 60, X), (OTHER, THIEF, 7, USDC)]


def test_one_asset_for_two_is_two_conversions() -> None:
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 0, 7, 60, 0, index=1)]
    assert legs([*X_FOR_Y, *X_FOR_USDC], events) == [(100, "aa", 40, "bb"), (60, "aa", 7, "USDC")]


def test_one_payment_may_be_divided_by_a_router() -> None:
    moves = [(THIEF, "router", 160, X), ("router", ONE, 100, X), ("router", OTHER, 60, X)]
    moves += [(ONE, THIEF, 40, Y), (OTHER, THIEF, 7, USDC)]
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 0, 7, 60, 0, index=1)]
    assert legs(moves, events) == [(100, "aa", 40, "bb"), (60, "aa", 7, "USDC")]


def test_two_assets_for_one_and_a_refund() -> None:
    moves = [(THIEF, "router", 200, X), ("router", ONE, 100, X), ("router", THIEF, 100, X), (THIEF, OTHER, 5, USDC)]
    moves += [(ONE, "router", 40, Y), (OTHER, "router", 2, Y), ("router", THIEF, 42, Y)]
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 5, 0, 0, 2, index=1)]
    assert legs(moves, events) == [(100, "aa", 40, "bb"), (5, "USDC", 2, "bb")]


def test_two_independent_swaps() -> None:
    moves = [*X_FOR_Y, (THIEF, OTHER, 9, USDC), (OTHER, THIEF, 3, SHARE)]
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 9, 0, 0, 3, index=1)]
    assert legs(moves, events) == [(100, "aa", 40, "bb"), (9, "USDC", 3, "cc")]


def test_steps_in_between_are_one_conversion_and_the_coin_is_its_wrapped_twin() -> None:
    moves = [(THIEF, "router", 9, ETH), ("router", ETHEREUM.wrapped, 9, ETH), (ETHEREUM.wrapped, "router", 9, WETH)]
    moves += [("router", ONE, 4, WETH), (ONE, OTHER, 100, X), (OTHER, THIEF, 40, Y)]
    moves += [("router", CURVE, 5, WETH), (CURVE, THIEF, 8, USDC)]
    third = log(
        topic("TokenExchange(address,uint256,uint256,uint256,uint256)"), [1], [2, 5, 0, 8], contract=CURVE, index=2
    )
    events = [swap(ONE, 0, 100, 4, 0), swap(OTHER, 100, 0, 0, 40, index=1), third]
    assert legs(moves, events) == [(4, "ETH", 40, "bb"), (5, "ETH", 8, "USDC")]


VAULT = "0xba12222222228d8ba445958a75a0704d566bf2c8"


def contract_of(asset: Asset) -> str:
    return asset.id.rpartition(":")[2]


def test_a_vault_that_holds_the_tokens_of_all_pools() -> None:
    """Balancer: X for Y for the share by two pools of one vault, and USDC for the share by a third."""
    moves = [(THIEF, VAULT, 100, X), (VAULT, THIEF, 20, SHARE), (THIEF, VAULT, 9, USDC), (VAULT, THIEF, 1, SHARE)]
    first = topic("Swap(bytes32,address,address,uint256,uint256)")
    steps = ((X, 100, Y, 50), (Y, 50, SHARE, 20), (USDC, 9, SHARE, 1))
    events = [
        log(first, [number, contract_of(a), contract_of(b)], [paid, got], contract=VAULT, index=number)
        for number, (a, paid, b, got) in enumerate(steps)
    ]
    assert legs(moves, events) == [(100, "aa", 20, "cc"), (9, "USDC", 1, "cc")]


def test_a_manager_whose_events_name_no_token() -> None:
    """Uniswap version 4: steps that hand on to each other are one trade of what the manager took and gave."""
    moves = [(THIEF, CURVE, 100, X), (CURVE, THIEF, 20, Y), ("spammer", THIEF, 5, SHARE)]
    first = topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)")
    events = [
        log(first, [1, 2], [-100, 7, 1, 1, 1, 1], contract=CURVE, index=0),
        log(first, [3, 2], [20, -7, 1, 1, 1, 1], contract=CURVE, index=1),
    ]
    assert legs(moves, events) == [(100, "aa", 20, "bb")]
    assert refused(moves, events[:1]) == "several-got"


def test_what_came_beside_was_not_paid_for() -> None:
    """A token that nobody asked for does not hide what was swapped."""
    assert refused([*X_FOR_Y, ("spammer", THIEF, 10**6, SHARE)], []) == "several-got"
    assert legs([*X_FOR_Y, ("spammer", THIEF, 10**6, SHARE)], [swap(ONE, 100, 0, 0, 40)]) == [(100, "aa", 40, "bb")]


def test_money_beside_a_trade_may_be_what_was_really_bought() -> None:
    """A pool of the thief's own sells a trifle, and somebody sends what it is worth."""
    for asset in (USDC, ETH):
        assert refused([*X_FOR_Y, ("accomplice", THIEF, 900, asset)], [swap(ONE, 100, 0, 0, 40)]) == "several-got"


def test_a_swap_may_pay_several_others() -> None:
    moves = [(THIEF, ONE, 100, X), (ONE, "alice", 40, Y), (THIEF, OTHER, 60, X), (OTHER, "bob", 7, USDC)]
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 0, 7, 60, 0, index=1)]
    assert refused(moves, []) == "other-recipient"
    assert legs(moves, events) == [(100, "aa", 40, "bb"), (60, "aa", 7, "USDC")]
    (found,), _, table = read(moves, events)
    assert {NAMES[a]: table.account_name[who] for a, who in found.recipients.items()} == {"bb": "alice", "USDC": "bob"}


def one_inch(given: Asset, spent: int, got: Asset, brought: int, *, trader: str) -> Log:
    first = topic("Swapped(address,address,address,address,uint256,uint256)")
    tokens = [asset.id.rpartition(":")[2] for asset in (given, got)]
    return log(first, [], [trader, *tokens, trader, spent, brought], contract=ROUTER_1INCH)


@pytest.mark.parametrize("known", [True, False])
def test_a_routers_word_counts_where_the_router_is_known(known: bool) -> None:
    party = "0x" + "7f" * 20
    moves = [(party, "maker", 100, X), ("maker", party, 40, Y), ("maker", party, 3, SHARE)]
    table = table_of(*moves)
    _, own = find_swaps(table, lambda _chain, name: name == party, CLAIMS)
    event = one_inch(X, 100, Y, 40, trader=party)
    events = [event if known else Log(OTHER, event.topics, event.data, 0, TX)]
    found, left = find_exchanges(table, own, lambda *_: events, CONTRACTS, CLAIMS)
    assert (len(found), [one.reason for one in left]) == ((1, []) if known else (0, ["several-got"]))


# --- what is not told


@pytest.mark.parametrize(
    "events",
    [
        [],
        [swap(ONE, 100, 0, 0, 40)],  # of the second swap nothing is said
        [swap(ONE, 99, 0, 0, 40), swap(OTHER, 0, 7, 60, 0)],  # the pool took another amount
        [swap(ONE, 100, 0, 0, 41), swap(OTHER, 0, 7, 60, 0)],
        [swap(OTHER, 100, 0, 0, 40), swap(ONE, 0, 7, 60, 0)],  # not of the pools that traded
        [swap(CURVE, 100, 0, 0, 40), swap(CURVE, 0, 7, 60, 0)],  # a contract that moved nothing
        [swap(ONE, 100, 0, 0, 40), swap(ONE, 100, 0, 0, 40), swap(OTHER, 0, 7, 60, 0)],
    ],
)
def test_events_that_the_balances_contradict_tell_nothing(events: list[Log]) -> None:
    assert refused([*X_FOR_Y, *X_FOR_USDC], events) == "several-got"


def test_what_is_paid_away_beside_the_trades_is_no_price() -> None:
    moves = [*X_FOR_Y, *X_FOR_USDC, (THIEF, "collector", 1, X)]
    assert refused(moves, [swap(ONE, 100, 0, 0, 40), swap(OTHER, 0, 7, 60, 0, index=1)]) == "several-got"


def test_nothing_is_followed_into_a_token_that_imitates_another() -> None:
    moves = [(THIEF, ONE, 100, X), (ONE, THIEF, 40, FAKE), (THIEF, OTHER, 60, USDC), (OTHER, THIEF, 5, FAKE)]
    events = [swap(ONE, 100, 0, 0, 40), swap(OTHER, 60, 0, 0, 5, index=1)]
    assert refused(moves, events) == "several-given"


def test_a_share_of_a_pool_is_not_divided() -> None:
    moves = [(THIEF, ONE, 100, X), (THIEF, ONE, 40, Y), (ONE, THIEF, 63, SHARE)]
    added = Log(ONE, (topic("Mint(address,uint256,uint256)"), word(1)), word(100) + word(40), 0, TX)
    assert refused(moves, []) == "several-given"
    assert refused(moves, [added]) == "lp-share"
    back = [(THIEF, ONE, 63, SHARE), (ONE, THIEF, 100, X), (ONE, THIEF, 40, Y)]
    taken = Log(ONE, (topic("Burn(address,uint256,uint256,address)"), word(1), word(2)), word(100) + word(40), 0, TX)
    assert refused(back, [taken]) == "lp-share"


# --- whatever anybody writes

POOLS = (ONE, OTHER, CURVE)
PIECES = st.sampled_from([0, 1, 5, 40, 60, 100])
AMOUNTS, ASSETS = st.sampled_from([1, 5, 40, 60, 100]), st.sampled_from([X, Y, USDC, SHARE])
MOVES = st.lists(st.tuples(st.sampled_from(POOLS), st.booleans(), AMOUNTS, ASSETS), max_size=7)
EVENTS = st.lists(st.tuples(st.sampled_from(POOLS), PIECES, PIECES, PIECES, PIECES), max_size=4)


@settings(max_examples=40)
@given(MOVES, EVENTS)
def test_an_exchange_is_never_more_than_the_balances(
    pieces: list[tuple[str, bool, int, Asset]], written: list[tuple[str, int, int, int, int]]
) -> None:
    moves = [
        (THIEF, pool, amount, asset) if out else (pool, THIEF, amount, asset) for pool, out, amount, asset in pieces
    ]
    events = [swap(pool, *amounts, index=number) for number, (pool, *amounts) in enumerate(written)]
    found, _, table = read(moves, events)
    for one in found:
        net: dict[str, int] = {}
        for row in (*one.given, *one.got):
            sign = 1 if row in one.got else -1
            net[table.assets[table.asset[row]]] = net.get(table.assets[table.asset[row]], 0) + sign * table.amount_of(
                row
            )
        for leg in one.legs:
            net[leg.asset_in] += leg.amount_in
            net[leg.asset_out] -= leg.amount_out
        assert set(net.values()) == {0}
