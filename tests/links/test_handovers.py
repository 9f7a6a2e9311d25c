"""Swaps that pay another, on ledgers written by hand: who gave, who got, and when it cannot be told."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.links.test_swaps import ASSETS, CLAIMS, FAKE, MOVES, SHARE, X, Y, table_of
from tests.tracing.worlds import ETH, ETHEREUM, THIEF, USDC, WETH, Shelf, World, hashed

from clew.amounts import Asset
from clew.chains.execution import ZERO_ADDRESS
from clew.ledger import TransferTable
from clew.links.handovers import find_handovers
from clew.links.swaps import Swap, find_swaps

Move = tuple[str, str, int, Asset]
CONTRACTS = {(ETHEREUM.id, name) for name in ("pool", "other pool", "router", "vault", ETHEREUM.wrapped)}


UNWRAP = (("router", ETHEREUM.wrapped, 8, WETH),)


def handed(*moves: Move, whole: bool = True) -> tuple[list[tuple[int, str, int, str, str]], str]:
    """Amounts, assets and who was paid, of the thief's swap; or the reason why there is none."""
    table = table_of(*moves)
    swaps, unresolved = find_handovers(table, lambda _c, name: name == THIEF, CONTRACTS, lambda *_: whole, CLAIMS)
    assert len(swaps) + len(unresolved) <= 1
    names = {asset.id: asset.symbol for asset in (*ASSETS, USDC, SHARE)}
    found = [
        (
            swap.net_in,
            names[table.assets[swap.asset_in]],
            swap.net_out,
            names[table.assets[swap.asset_out]],
            table.account_name[swap.recipient],
        )
        for swap in swaps
    ]
    return found, unresolved[0].reason if unresolved else ""


def test_one_gives_and_another_gets_through_a_pool() -> None:
    assert handed((THIEF, "pool", 100, X), ("pool", "alice", 40, Y)) == ([(100, "aa", 40, "bb", "alice")], "")


def test_several_steps_and_a_refund() -> None:
    moves = [(THIEF, "router", 100, ETH), ("router", THIEF, 30, ETH), ("router", ETHEREUM.wrapped, 70, ETH)]
    moves += [(ETHEREUM.wrapped, "router", 70, WETH), ("router", "pool", 70, WETH), ("pool", "other pool", 9, X)]
    assert handed(*moves, ("other pool", "alice", 7, Y)) == ([(70, "ETH", 7, "bb", "alice")], "")


def test_where_inner_calls_are_not_shown_the_coin_and_its_wrapped_twin_are_one() -> None:
    moves = [(THIEF, "router", 100, ETH), (ETHEREUM.wrapped, "router", 100, WETH), ("router", "pool", 100, WETH)]
    assert handed(*moves, ("pool", "alice", 7, USDC)) == ([(100, "ETH", 7, "USDC", "alice")], "")


def test_a_person_who_makes_the_market_is_what_a_pool_is() -> None:
    assert handed((THIEF, "maker", 100, X), ("maker", "alice", 40, Y)) == ([(100, "aa", 40, "bb", "alice")], "")


def test_a_transaction_that_is_not_shown_whole_tells_nothing() -> None:
    assert handed((THIEF, "pool", 100, X), ("pool", "alice", 40, Y), whole=False) == ([], "")


@pytest.mark.parametrize(
    "moves",
    [
        [(THIEF, "pool", 100, X), ("pool", "alice", 60, X)],  # passed on, not exchanged
        [(THIEF, "pool", 100, X), ("pool", "other pool", 40, Y)],  # nobody got it
        [(THIEF, "alice", 100, X)],
        [(THIEF, "pool", 100, X), ("pool", THIEF, 40, Y)],  # the thief's own swap
        [(THIEF, "pool", 100, X), ("pool", "alice", 40, FAKE)],
        [(THIEF, "pool", 100, X), (ZERO_ADDRESS, "pool", 40, Y)],
    ],
)
def test_nobody_else_is_paid(moves: list[Move]) -> None:
    assert handed(*moves) == ([], "")


@pytest.mark.parametrize(
    ("reason", "moves"),
    [
        ("other-recipient", [(THIEF, "pool", 100, X), ("pool", "alice", 20, Y), ("pool", "bob", 20, Y)]),
        ("other-recipient", [(THIEF, "pool", 100, X), ("bob", "pool", 9, X), ("pool", "alice", 40, Y)]),
        ("other-recipient", [(THIEF, "pool", 100, X), ("pool", "alice", 40, Y), ("pool", "alice", 40, SHARE)]),
        ("other-recipient", [(THIEF, "pool", 100, X), (THIEF, "pool", 100, SHARE), ("pool", "alice", 40, Y)]),
        (
            "other-recipient",
            [(THIEF, "vault", 100, X), ("pool", "alice", 40, Y)],
        ),  # one has nothing to do with the other
        # Inner calls are not shown: the ether of the unwrap went to somebody, and what alice got may be a mere fee.
        (
            "other-recipient",
            [(THIEF, "pool", 100, X), ("pool", "router", 9, WETH), *UNWRAP, ("router", "alice", 1, WETH)],
        ),
        ("too-large", [(THIEF, "pool", 100, X), ("pool", "alice", 2**128, Y)]),
    ],
)
def test_a_typed_reason(reason: str, moves: list[Move]) -> None:
    assert handed(*moves) == ([], reason)


@settings(max_examples=30)
@given(st.lists(MOVES, max_size=12))
def test_no_row_is_in_two_swaps_but_of_two_who_swapped_and_amounts_are_their_rows(
    moves: list[tuple[int, ...]],
) -> None:
    world = World()
    for tx, sender, receiver, amount, asset, kind in moves:
        world.pay(sender, receiver, amount, tx=hashed(tx), asset=asset, kind=kind)  # type: ignore[arg-type]
    table: TransferTable = Shelf(world.rows, read_whole=True).transfers()
    own, _ = find_swaps(table, lambda *_: True, CLAIMS)
    handed_over, _ = find_handovers(table, lambda *_: True, CONTRACTS, lambda *_: True, CLAIMS)
    for one, other in combinations([*own, *handed_over], 2):
        both = rows_of(one) & rows_of(other)
        # Who makes the market has a swap of his own, whether the other is paid himself or has another paid.
        assert not both or ((one in own or other in own) and one.party != other.party)
        assert not both or (one.asset_in, one.asset_out) == (other.asset_out, other.asset_in)
    for swap in handed_over:
        check(table, swap)


def rows_of(swap: Swap) -> set[int]:
    return {*swap.paid, *swap.refunded, *swap.received}


def check(table: TransferTable, swap: Swap) -> None:
    assert len({int(table.tx[row]) for row in (*swap.paid, *swap.refunded, *swap.received, *swap.passing)}) == 1
    assert swap.party != swap.recipient
    assert swap.asset_in != swap.asset_out
    paid, back, got = (sum(map(table.amount_of, part)) for part in (swap.paid, swap.refunded, swap.received))
    assert (swap.net_in, swap.net_out) == (paid - back, got)
    assert min(swap.net_in, swap.net_out) > 0
    assert {int(table.receiver[row]) for row in swap.received} == {swap.recipient}
