"""Swaps by balance change, on ledgers written by hand: what is a swap, what is none, and what cannot be told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.worlds import BITCOIN, BTC, ETH, ETHEREUM, OUTSIDE, THIEF, USDC, WETH, Shelf, World, hashed

from clew.amounts import MAX_AMOUNT, Asset
from clew.chains.execution import ZERO_ADDRESS
from clew.ledger import TransferTable
from clew.links.swaps import Swap, Unresolved, find_swaps
from clew.model import Kind

X, Y, SHARE, FAKE = (Asset(f"{ETHEREUM.id}/erc20:0x{name * 20}", name, 18) for name in ("aa", "bb", "cc", "dd"))
CLAIMS = {FAKE.id: Asset(FAKE.id, "USDC", 6)}
TX = hashed("swap")


def table_of(*moves: tuple[str, str, int, Asset], kind: Kind | None = None) -> TransferTable:
    """One transaction: sender, receiver, amount, asset, in order."""
    world = World()
    world.pay(THIEF, "@fee", 21, tx=TX, kind=Kind.FEE)
    for sender, receiver, amount, asset in moves:
        native = Kind.CALL if sender == THIEF else Kind.INTERNAL
        world.pay(sender, receiver, amount, tx=TX, asset=asset, kind=kind or (native if asset == ETH else Kind.TOKEN))
    return Shelf(world.rows, read_whole=True).transfers()


def found(*moves: tuple[str, str, int, Asset]) -> tuple[Swap | None, str]:
    """The thief's one swap, or the reason why there is none."""
    swaps, unresolved = find_swaps(table_of(*moves), lambda _chain, name: name == THIEF, CLAIMS)
    assert len(swaps) + len(unresolved) <= 1
    return (swaps[0] if swaps else None), (unresolved[0].reason if unresolved else "")


def exchanged(*moves: tuple[str, str, int, Asset]) -> tuple[int, str, int, str]:
    """What the thief gave for what, in base units and the last letters of the asset's id."""
    table = table_of(*moves)
    swap, reason = found(*moves)
    assert swap is not None, reason
    names = {asset.id: asset.symbol for asset in (ETH, WETH, USDC, X, Y, SHARE)}
    sides = table.assets[swap.asset_in], table.assets[swap.asset_out]
    return swap.net_in, names[sides[0]], swap.net_out, names[sides[1]]


# --- what is a swap


def test_one_asset_out_and_another_in_is_a_swap_whatever_the_router() -> None:
    assert exchanged((THIEF, "pool", 100, X), ("pool", THIEF, 40, Y)) == (100, "aa", 40, "bb")


def test_its_rows_are_named_by_what_they_did() -> None:
    swap, _ = found((THIEF, "pool", 100, ETH), ("pool", "router", 40, Y), ("router", THIEF, 40, Y))
    assert swap is not None
    table = table_of((THIEF, "pool", 100, ETH), ("pool", "router", 40, Y), ("router", THIEF, 40, Y))
    assert [table.amount_of(row) for row in swap.paid] == [100]
    assert swap.refunded == swap.passing == ()
    assert [table.account_name[table.sender[row]] for row in swap.received] == ["router"]
    assert swap.party == swap.recipient == table.account_name.index(THIEF)


def test_what_comes_back_of_what_was_given_is_a_refund() -> None:
    """Exact output with native coins, or a partial fill."""
    moves = ((THIEF, "router", 100, ETH), ("router", THIEF, 30, ETH), ("pool", THIEF, 7, Y))
    assert exchanged(*moves) == (70, "ETH", 7, "bb")
    swap, _ = found(*moves)
    assert swap is not None
    assert len(swap.refunded) == 1


def test_a_token_that_takes_a_fee_of_each_transfer() -> None:
    """What the party gave counts, not what the pool got; what the party got counts, not what the pool gave."""
    paid = ((THIEF, "pool", 95, X), (THIEF, "collector", 5, X))
    got = (("pool", THIEF, 38, Y), ("pool", "collector", 2, Y))
    assert exchanged(*paid, *got) == (100, "aa", 38, "bb")


def test_a_split_route_is_one_swap() -> None:
    moves = ((THIEF, "one", 60, X), (THIEF, "two", 40, X), ("one", THIEF, 6, Y), ("two", THIEF, 4, Y))
    assert exchanged(*moves) == (100, "aa", 10, "bb")


def test_ether_through_a_router_that_wraps_it() -> None:
    wrapped = ETHEREUM.wrapped
    moves = ((THIEF, "router", 100, ETH), ("router", wrapped, 100, ETH), (wrapped, "router", 100, WETH))
    assert exchanged(*moves, ("router", "pool", 100, WETH), ("pool", THIEF, 9, USDC)) == (100, "ETH", 9, "USDC")


def test_what_passes_through_the_party_in_equal_amounts_is_left_out() -> None:
    """Two steps in one transaction, the first one's output being the second one's input."""
    moves = ((THIEF, "one", 100, X), ("one", THIEF, 50, Y), (THIEF, "two", 50, Y), ("two", THIEF, 7, USDC))
    assert exchanged(*moves) == (100, "aa", 7, "USDC")
    swap, _ = found(*moves)
    assert swap is not None
    assert len(swap.passing) == 2


def test_an_imitation_beside_the_output_is_noise() -> None:
    moves = ((THIEF, "pool", 100, X), ("pool", THIEF, 40, Y), ("scam", THIEF, 10**6, FAKE))
    assert exchanged(*moves) == (100, "aa", 40, "bb")


# --- what is none


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [(THIEF, "alice", 100, X)],
        [("alice", THIEF, 100, X)],
        [(THIEF, "market", 100, ETH)],  # for a token that is not fungible, whose events are no transfers here
        [(THIEF, "pool", 100, X), ("pool", THIEF, 100, X)],  # a flash loan given back
        [("pool", THIEF, 100, X), (THIEF, "pool", 100, X), ("pool", THIEF, 3, Y)],  # the same, with a profit
        [(THIEF, "pool", 100, X), ("pool", THIEF, 0, Y)],  # nothing came
        [(THIEF, "pool", 0, X), ("pool", THIEF, 40, Y)],  # nothing was given
        [(THIEF, THIEF, 100, X), ("pool", THIEF, 40, Y)],  # to oneself
        [(THIEF, "pool", 100, X), ("pool", THIEF, 60, X)],  # one asset alone
    ],
)
def test_no_swap(moves: list[tuple[str, str, int, Asset]]) -> None:
    assert found(*moves) == (None, "")


def test_a_fee_is_no_payment() -> None:
    """Who gets something for nothing but the gas has swapped nothing."""
    assert found(("pool", THIEF, 40, Y)) == (None, "")


def test_two_transactions_are_no_swap() -> None:
    world = World()
    world.pay(THIEF, "pool", 100, asset=X, kind=Kind.TOKEN)
    world.pay("pool", THIEF, 40, asset=Y, kind=Kind.TOKEN)
    assert find_swaps(Shelf(world.rows, read_whole=True).transfers(), lambda *_: True, {}) == ([], [])


def test_outputs_of_a_bitcoin_transaction_are_none() -> None:
    world = World()
    mint = world.spend([], [(THIEF, 100)])
    world.spend([f"{mint}:0"], [(THIEF, 60), ("alice", 40)])
    assert find_swaps(Shelf(world.rows, read_whole=True).transfers(), lambda *_: True, {}) == ([], [])
    assert BTC.chain == BITCOIN.id


# --- what cannot be told


@pytest.mark.parametrize(
    ("reason", "moves"),
    [
        ("several-given", [(THIEF, "pool", 100, X), (THIEF, "pool", 40, Y), (ZERO_ADDRESS, THIEF, 9, SHARE)]),
        ("several-got", [(THIEF, ZERO_ADDRESS, 9, SHARE), ("pool", THIEF, 100, X), ("pool", THIEF, 40, Y)]),
        ("passed-on", [(THIEF, "pool", 100, X), ("pool", THIEF, 40, Y), (THIEF, "alice", 15, Y)]),
        ("borrowed", [("pool", THIEF, 90, X), (THIEF, "pool", 100, X), ("other", THIEF, 40, Y)]),
        ("fake-token", [(THIEF, "pool", 100, X), ("pool", THIEF, 40, FAKE)]),
        ("too-large", [(THIEF, "pool", 100, X), ("pool", THIEF, 2**128, Y)]),
        ("too-large", [(THIEF, "pool", 100, X), ("pool", THIEF, 40, Y), ("liar", "nobody", 2**200, Y)]),
    ],
)
def test_a_typed_reason(reason: str, moves: list[tuple[str, str, int, Asset]]) -> None:
    assert found(*moves) == (None, reason)


def test_many_transfers_that_add_up_beyond_the_kernels_width_are_too_large() -> None:
    moves = [(THIEF, "pool", 100, X), *[("pool", THIEF, 2**120, Y)] * 300]
    assert found(*moves) == (None, "too-large")


def test_exactly_what_128_bits_hold_is_followed() -> None:
    swap, reason = found((THIEF, "pool", 100, X), ("pool", THIEF, 2**128 - 1, Y))
    assert (swap is not None and swap.net_out, reason) == (2**128 - 1, "")


# --- whatever the rows


ACCOUNTS, ASSETS = (THIEF, "pool", "alice", ZERO_ADDRESS, ETHEREUM.wrapped), (ETH, WETH, X, Y, FAKE)
AMOUNTS = st.one_of(st.integers(0, 3), st.sampled_from([2**64, 2**127, 2**128, MAX_AMOUNT]))
MOVES = st.tuples(
    st.integers(0, 2),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(ACCOUNTS),
    AMOUNTS,
    st.sampled_from(ASSETS),
    st.sampled_from([Kind.TOKEN, Kind.WRAP, Kind.CALL, Kind.INTERNAL, Kind.FEE]),
)


@settings(max_examples=30)
@given(st.lists(MOVES, max_size=12))
def test_whatever_the_rows_a_swap_is_of_one_transaction_and_its_amounts_are_its_rows(
    moves: list[tuple[int, str, str, int, Asset, Kind]],
) -> None:
    world = World()
    world.pay(OUTSIDE, THIEF, 5)
    for tx, sender, receiver, amount, asset, kind in moves:
        world.pay(sender, receiver, amount, tx=hashed(tx), asset=asset, kind=kind)
    table = Shelf(world.rows, read_whole=True).transfers()
    swaps, unresolved = find_swaps(table, lambda *_: True, CLAIMS)
    for swap in swaps:
        rows = (*swap.paid, *swap.refunded, *swap.received, *swap.passing)
        assert len(set(rows)) == len(rows)
        assert len({int(table.tx[row]) for row in rows}) == 1
        paid, back, got = (sum(map(table.amount_of, part)) for part in (swap.paid, swap.refunded, swap.received))
        assert (swap.net_in, swap.net_out) == (paid - back, got)
        assert min(swap.net_in, swap.net_out) > 0
        assert swap.asset_in != swap.asset_out
        assert {int(table.asset[row]) for row in (*swap.paid, *swap.refunded)} == {swap.asset_in}
        assert {int(table.sender[row]) for row in swap.paid} == {swap.party} == {swap.recipient}
        assert {int(table.receiver[row]) for row in (*swap.refunded, *swap.received)} == {swap.party}
        assert swap.net_out < 2**128
    of = [(swap.party, int(table.tx[swap.paid[0]])) for swap in swaps]
    of += [(one.party, int(table.tx[one.row])) for one in unresolved]
    assert len(set(of)) == len(of)
    assert all(isinstance(one, Unresolved) for one in unresolved)
