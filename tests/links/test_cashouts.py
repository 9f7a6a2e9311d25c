"""Whose deposit address an address is, who paid whom, and by how much a common cash-out weighs."""

import numpy as np
from tests.links.test_withdrawals import EVEN, notes
from tests.tracing.worlds import BITCOIN, ETHEREUM, Shelf, World

from clew.chains.networks import find_network
from clew.chains.script import script_owner
from clew.links.cashouts import FEW, Cashout, Coins, Moves, odds_of
from clew.links.coinjoins import output_shares
from clew.links.withdrawals import pair_notes
from clew.model import Category, Tag

FIRST, SECOND = frozenset({0}), frozenset({1})
EVER = 1 << 60
NAMES = [script_owner(bytes.fromhex("0014" + f"{n:02x}" * 20), find_network(BITCOIN.id)) for n in range(1, 21)]


def tag_of(chain: str, address: str) -> Tag | None:
    """``hot`` and the first name are an exchange's, ``shop`` is a merchant's."""
    category = {"hot": Category.EXCHANGE, NAMES[0]: Category.EXCHANGE, "shop": Category.MERCHANT}.get(address)
    return None if category is None else Tag(chain, address, address, "Exchange", category, "a test", 90)


def moves(world: World, until: int | None = None) -> Moves:
    return Moves(Shelf(world.rows, read_whole=True).transfers(), ETHEREUM.id, until)


def coins(world: World) -> Coins:
    return Coins(Shelf(world.rows, read_whole=True).transfers(), BITCOIN.id, None, tag_of)


def test_only_pairs_of_a_candidate_and_the_same_theft_are_weighed() -> None:
    cashed = [None, Cashout(ETHEREUM.id, "deposit", "Exchange", FIRST)]
    assert odds_of(cashed, [FIRST, SECOND, FIRST | SECOND, frozenset()], 9.0).tolist() == [[1] * 4, [9, 1, 9, 1]]


def test_a_withdrawal_that_is_likelier_leaves_the_other_note_to_the_other() -> None:
    (found,) = pair_notes([notes([(0, 0), (1, 1)], [(5, 2), (6, 3)])], EVEN, [np.array([[100.0, 1.0], [1.0, 1.0]])])
    assert np.allclose(found, [[100 / 101, 1 / 101], [1 / 101, 100 / 101]])


def test_an_output_that_is_likelier_is_so_within_what_its_input_has() -> None:
    odds = np.array([[100.0, 1.0], [100.0, 1.0]])
    found = output_shares([5, 5], [5, 5], odds)
    assert np.allclose(found, 0.5)  # both cannot be paid by the first: each is as likely


def test_who_last_paid_an_account_up_to_a_time() -> None:
    world = World()
    for time, name in ((10, "alice"), (20, "alice"), (30, "bob"), (90, "bob")):
        world.pay(name, "deposit", 5, time=time)
    world.pay("carl", "deposit", 0, time=15)
    assert moves(world).payers("deposit", 30) == {"alice": 20, "bob": 30}
    assert moves(world, until=20).payers("deposit", EVER) == {"alice": 20}
    assert moves(world).payees("alice") == {"deposit"}


def test_who_sends_all_to_one_exchange_has_a_deposit_address_there() -> None:
    world = World()
    for name, payee in (("deposit", "hot"), ("buyer", "shop"), ("mixed", "hot")):
        world.pay("alice", name, 5)
        world.pay(name, payee, 5)
    world.pay("alice", "mixed", 5)
    world.pay("mixed", "shop", 5)
    assert moves(world).deposits(["deposit", "buyer", "mixed"], tag_of, ETHEREUM.id) == {"deposit": "Exchange"}
    assert moves(world).deposits(["buyer"], tag_of, ETHEREUM.id) == {}


def test_an_address_whose_coins_all_go_to_one_exchange_is_a_deposit_address() -> None:
    world = World()
    one, other, unspent = (world.spend([], [(name, 10)]) for name in NAMES[1:4])
    world.spend([f"{one}:0", f"{other}:0"], [(NAMES[0], 20)])
    second = world.spend([], [(NAMES[2], 10)])
    world.spend([f"{second}:0"], [(NAMES[5], 10)])
    found = coins(world)
    assert [found.exchange_of(name) for name in NAMES[1:4]] == ["Exchange", "", ""]
    assert unspent


def test_who_paid_an_address_is_told_where_one_person_may_have() -> None:
    world = World()
    single = [f"{world.spend([], [(name, 10)])}:0" for name in NAMES[2 : 5 + FEW]]
    paid = world.spend(single[:2], [(NAMES[1], 15), (NAMES[2], 5)])
    assert coins(world).payers(NAMES[1]) == set(single[:2])
    assert coins(world).spent_by(paid) == set(single[:2])
    many = world.spend(single[2 : 3 + FEW], [(NAMES[1], 10 * (FEW + 1))])
    assert coins(world).spent_by(many) == set()
    assert coins(world).spent_by("no such transaction") == set()


def test_what_an_exchange_pays_out_is_nobodys() -> None:
    world = World()
    hot = world.spend([], [(NAMES[0], 10)])
    world.spend([f"{hot}:0"], [(NAMES[1], 10)])
    assert coins(world).payers(NAMES[1]) == set()
