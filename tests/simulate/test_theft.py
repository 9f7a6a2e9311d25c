"""The story holds together, and holds what a tracer has to cope with."""

import pytest

from clew.simulate.theft import TORNADO_ROUTER, World, tell


@pytest.fixture(scope="module")
def world() -> World:
    return tell(1)


def test_every_kind_of_end_is_reached(world: World) -> None:
    places = {account.place for (theft, account) in world.lots.stolen() if theft == "eth"}
    assert {TORNADO_ROUTER, world.places.exchange, "@fee"} <= places
    owners = {world.bitcoin.owners.get(place) for place in places}
    assert world.places.bitcoin_exchange in owners
    assert places & set(world.wallets)


def test_both_thefts_and_clean_money_meet_in_one_account(world: World) -> None:
    mixed = [queue for queue in world.lots.queues.values() if {"eth", "usdc"} <= {lot.theft for lot in queue}]
    assert mixed
    assert any(not lot.theft for lot in world.lots.queues[world.ethereum.account(world.wallets[-1])])


def test_it_holds_what_misleads(world: World) -> None:
    rows = [row for wallet in world.wallets for row in world.ethereum.rows[wallet]["txlist"]]
    tokens = [row for wallet in world.wallets for row in world.ethereum.rows[wallet]["tokentx"]]
    assert any(row["isError"] == "1" for row in rows)
    assert any(row["value"] == "0" for row in tokens)
    assert len({row["contractAddress"] for row in tokens if row["tokenSymbol"] == "USDC"}) > 1
    assert any(0 < int(row["value"]) < 10**14 for row in rows)


@pytest.mark.parametrize("seed", range(20))
def test_the_story_can_be_told_from_any_seed(seed: int) -> None:
    world = tell(seed)
    for theft in world.thefts:
        stood = sum(lot.origin for (name, _), lot in world.lots.stolen().items() if name == theft.id)
        assert stood == theft.amount
