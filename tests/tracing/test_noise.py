"""Address poisoning: transfers of nothing, fake tokens and look-alikes, set apart and never followed."""

import pytest
from tests.tracing.test_walk import told, trace
from tests.tracing.worlds import ETHEREUM, OUTSIDE, THIEF, USDC, World, case, theft

from clew.amounts import Asset
from clew.model import Kind
from clew.tracing.dispositions import dispose
from clew.tracing.noise import find_noise

ALICE = "0xa11ce" + "0" * 31 + "beef"
TWIN = "0xa11ce" + "9" * 31 + "beef"
"""Begins and ends like ALICE."""
FAKE = Asset(f"{ETHEREUM.id}/erc20:0x{'fa' * 20}", "USD\N{CYRILLIC CAPITAL LETTER ES}", 6)


def stolen() -> tuple[World, str]:
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, ALICE, 40)
    return world, tx


def noise(world: World, tx: str, *claims: Asset) -> list[tuple[str, str]]:
    """Kind and detail of what was set apart."""
    finished = trace(world, case(theft(tx, 100)))
    assert told(dispose(finished)) == {THIEF: ("held", 60), ALICE: ("held", 40)}
    return [(one.kind, one.detail) for one in find_noise(finished, {asset.id: asset for asset in claims})]


def test_plain_payments_are_no_noise() -> None:
    assert noise(*stolen()) == []


@pytest.mark.parametrize("kind", [Kind.NATIVE, Kind.TOKEN])
def test_a_transfer_of_nothing_is_noise(kind: Kind) -> None:
    world, tx = stolen()
    if kind is Kind.TOKEN:
        world.pay(THIEF, "stranger", 0, asset=USDC, kind=kind)
    else:
        world.pay("stranger", THIEF, 0)
    assert noise(world, tx) == [("zero-value", "moves nothing")]


def test_a_transfer_of_nothing_that_copies_an_address_says_whose() -> None:
    world, tx = stolen()
    world.pay(THIEF, TWIN, 0, asset=USDC, kind=Kind.TOKEN)
    assert noise(world, tx) == [("zero-value", f"imitates {ALICE}")]


@pytest.mark.parametrize("kind", [Kind.NATIVE, Kind.CALL])
def test_dust_from_a_look_alike_is_noise(kind: Kind) -> None:
    """With a text in its call data or without."""
    world, tx = stolen()
    world.pay(TWIN, THIEF, 1, kind=kind)
    world.pay(TWIN, "@fee", 1, kind=Kind.FEE)
    assert noise(world, tx) == [("look-alike", f"imitates {ALICE}")]


def test_whoever_came_first_is_not_the_look_alike() -> None:
    world = World()
    first = world.pay(TWIN, THIEF, 1)
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(THIEF, ALICE, 100)
    finished = trace(world, case(theft(tx, 100)))
    table = finished.table
    assert first not in {table.txs[table.tx[one.row]] for one in find_noise(finished, {})}


def test_a_token_that_calls_itself_by_a_known_name_is_fake() -> None:
    world, tx = stolen()
    world.pay("stranger", THIEF, 10**9, asset=FAKE, kind=Kind.TOKEN)
    (found,) = noise(world, tx, FAKE)
    assert found == ("fake-token", f"calls itself USDC, whose contract is {USDC.id}")


def test_the_real_token_is_not_fake() -> None:
    world, tx = stolen()
    world.pay("stranger", THIEF, 10**9, asset=USDC, kind=Kind.TOKEN)
    assert noise(world, tx, USDC, FAKE) == []


def test_a_fake_token_makes_no_counterparty_genuine() -> None:
    """Else the poisoner's own first transfer would stand for the address that the next one copies."""
    world = World()
    tx = world.pay(OUTSIDE, THIEF, 100)
    world.pay(TWIN, THIEF, 5, asset=FAKE, kind=Kind.TOKEN)
    world.pay(THIEF, ALICE, 40)
    assert [kind for kind, _ in noise(world, tx, FAKE)] == ["fake-token"]


def test_what_does_not_touch_the_trace_is_not_listed() -> None:
    world, tx = stolen()
    world.pay("stranger", "other", 0)
    world.pay(THIEF, "other", 0)
    assert noise(world, tx) == [("zero-value", "moves nothing")]
