"""Ethereum's blocks: what a node would answer, decoded to what the book says, failures and lies included."""

import orjson
import pytest

from clew.chains import decode
from clew.errors import RunError
from clew.model import BURNT_FEE, FEE, Kind, Reply, Transfer
from clew.simulate.dice import Dice
from clew.simulate.lots import Lot
from clew.simulate.names import Names
from clew.simulate.world.evm import BASE_FEE, CHAIN, PLAIN_GAS, USDT, Effect, Evm, Pay, Token, account
from clew.simulate.world.intentions import Intentions

A, B, C = (f"0x{digit * 40}" for digit in "abc")
ETHER = 10**18
START = 1_735_689_600


@pytest.fixture
def chain() -> Evm:
    made = Evm(Names(1), Dice(1, "evm"), Intentions(), start=START)
    made.grant(A, ETHER)
    return made


def shown(chain: Evm) -> list[Transfer]:
    chain.close()
    replies = [
        Reply("evm/block", CHAIN.id, {"height": str(n)}, "0", orjson.dumps(block))
        for n, block in enumerate(chain.blocks)
    ]
    return [transfer for reply in replies for transfer in decode(reply).transfers]


def test_a_payment_pays_its_fee_first_and_a_part_of_that_is_burnt(chain: Evm) -> None:
    chain.send(START + 60, A, B, 5, price=BASE_FEE + 7)
    moved = [(t.sender, t.receiver, t.amount, t.kind) for t in shown(chain)][1:]
    assert moved == [
        (A, BURNT_FEE, PLAIN_GAS * BASE_FEE, Kind.BURN),
        (A, FEE, PLAIN_GAS * 7, Kind.FEE),
        (A, B, 5, Kind.NATIVE),
    ]


def test_calls_and_events_follow_in_their_order_and_a_lie_moves_nothing(chain: Evm) -> None:
    effects: list[Effect] = [Pay(B, C, 3), Token(C, A, 9, USDT, moves=False), Pay(C, A, 1)]
    chain.send(START + 60, A, B, 5, data="0x12345678", effects=effects)
    moved = [(t.sender, t.receiver, t.amount, t.kind) for t in shown(chain)][3:]
    assert moved == [
        (A, B, 5, Kind.CALL),
        (B, C, 3, Kind.INTERNAL),
        (C, A, 1, Kind.INTERNAL),
        (C, A, 9, Kind.TOKEN),
    ]
    assert chain.balance(A, USDT) == 0
    assert (chain.balance(B), chain.balance(C)) == (2, 2)


def test_a_failed_call_costs_its_fee_and_moves_nothing(chain: Evm) -> None:
    chain.send(START + 60, A, B, 5, data="0x12345678", failed=True, effects=[Pay(A, C, 1)])
    assert {t.kind for t in shown(chain)} == {Kind.REWARD, Kind.BURN, Kind.FEE}
    assert chain.balance(B) == chain.balance(C) == 0


def test_nobody_pays_what_he_does_not_hold(chain: Evm) -> None:
    with pytest.raises(RunError, match="spends"):
        chain.send(START + 60, A, B, ETHER)


def test_lots_that_a_service_is_handed_for_another_are_given_back(chain: Evm) -> None:
    book: Intentions = chain._book
    book.mark(account(A), "loot", 10)
    into: list[Lot] = []
    chain.send(START + 60, A, B, ETHER // 2, into=into)
    assert sum(lot.amount for lot in into) == ETHER // 2
    assert book.stolen().keys() <= {("loot", account(A))}
