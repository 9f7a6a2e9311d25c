"""The simulated Ethereum: what moves, what is paid, and which rows show it."""

from random import Random

import pytest

from clew.model import FEE
from clew.simulate.ethereum import ETH, USDC, WETH, Ethereum
from clew.simulate.lots import Lots
from clew.simulate.names import Names

ETHER = 10**18


@pytest.fixture
def lots() -> Lots:
    return Lots()


@pytest.fixture
def chain(lots: Lots) -> Ethereum:
    """A chain on which alice has 10 ETH from outside."""
    names = Names(1)
    lots.outside.add(ORIGIN)
    chain = Ethereum(names, Random(1), lots, time=1_700_000_000, height=1)
    chain.pay(ORIGIN, ALICE, 10 * ETHER)
    return chain


ORIGIN, ALICE, BOB, ROUTER, POOL = (f"0x{number:040x}" for number in range(1, 6))


def fees(chain: Ethereum, lots: Lots) -> int:
    return lots.balance(chain.account(FEE))


def test_the_payer_pays_the_fee(chain: Ethereum, lots: Lots) -> None:
    before = fees(chain, lots)
    chain.pay(ALICE, BOB, ETHER)
    assert chain.balance(BOB) == ETHER
    assert chain.balance(ALICE) == 9 * ETHER - (fees(chain, lots) - before) < 9 * ETHER


def test_a_failed_transaction_moves_its_fee_alone(chain: Ethereum, lots: Lots) -> None:
    before = fees(chain, lots)
    chain.fail(ALICE, BOB, ETHER)
    assert chain.balance(BOB) == 0
    assert chain.balance(ALICE) == 10 * ETHER - (fees(chain, lots) - before)
    assert chain.rows[BOB]["txlist"][-1]["isError"] == "1"


def test_a_sweep_leaves_nothing(chain: Ethereum) -> None:
    chain.sweep(ALICE, BOB)
    assert chain.balance(ALICE) == 0
    assert chain.balance(BOB) > 9 * ETHER


def test_wrapped_coins_move_with_the_units(chain: Ethereum) -> None:
    chain.wrap(ALICE, 5 * ETHER)
    chain.send_token(ALICE, BOB, 2 * ETHER, WETH)
    chain.pay(ALICE, BOB, ETHER)
    chain.unwrap(BOB, 2 * ETHER)
    assert (chain.balance(ALICE, WETH), chain.balance(BOB, WETH)) == (3 * ETHER, 0)
    assert 2 * ETHER < chain.balance(BOB) < 3 * ETHER
    assert [row["value"] for row in chain.rows[BOB]["txlistinternal"]] == [str(2 * ETHER)]


def test_stolen_tokens_are_told_apart_after_a_swap(chain: Ethereum, lots: Lots) -> None:
    chain.steal(ALICE, ORIGIN, 900, USDC, "theft")
    chain.swap(ALICE, ROUTER, POOL, 600, 3 * ETHER)
    stolen = {account.asset: (lot.amount, lot.origin) for (_, account), lot in lots.stolen().items()}
    assert stolen == {USDC.id: (300, 300), ETH.id: (3 * ETHER, 600)}


def test_a_pretended_transfer_moves_nothing(chain: Ethereum) -> None:
    before = chain.balance(ALICE)
    chain.pretend(ORIGIN, ALICE, BOB, 10**9, USDC)
    assert (chain.balance(ALICE), chain.balance(BOB, USDC)) == (before, 0)
    assert chain.rows[ALICE]["tokentx"][-1]["value"] == str(10**9)


def test_time_and_place_go_forward(chain: Ethereum) -> None:
    for _ in range(100):
        chain.pay(ALICE, BOB, 1)
    places = [(int(row["blockNumber"]), int(row["transactionIndex"])) for row in chain.rows[ALICE]["txlist"]]
    assert places == sorted(set(places))
    assert [row["nonce"] for row in chain.rows[BOB]["txlist"]] == [str(nonce) for nonce in range(100)]
