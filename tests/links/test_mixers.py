"""Pools, the deposits of a trace, and the rules that propose withdrawals, on events whose meaning is plain."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clew.links.mixers import (
    DAY,
    Deposit,
    Events,
    MixerDeposit,
    Outcome,
    Rule,
    Status,
    Withdrawal,
    deposits_of,
    join,
    order,
    pools,
    propose,
    routers,
    with_depositors,
)
from clew.model import Grade, Kind, Transfer

ETHEREUM = "eip155:1"
ETHER = f"{ETHEREUM}/slip44:60"
ROUTER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
POOL_100 = "0xa160cdab225685da1d56aa342ad8841c3b53f291"
COIN = 10**18


def address(number: int) -> str:
    return f"0x{number:040x}"


def tx(number: int) -> str:
    return f"0x{number:064x}"


def put(leaf: int, block: int, who: int | None = None, pool: str = "1 ETH", price: int | None = None) -> Deposit:
    name = "" if who is None else address(who)
    return Deposit(pool, leaf, block, block * 13, tx(leaf), tx(10**6 + leaf), name, price)


def got(number: int, block: int, who: int, pool: str = "1 ETH", price: int | None = None, fee: int = 0) -> Withdrawal:
    return Withdrawal(pool, block, tx(2 * 10**6 + number), tx(3 * 10**6 + number), address(who), fee, "", price)


def strangers(count: int, block: int, first: int = 5000) -> list[Withdrawal]:
    return [got(first + number, block, first + number) for number in range(count)]


def outcome(found: list[Outcome], rule: Rule, pool: str = "1 ETH") -> Outcome:
    return next(o for o in found if o.rule is rule and o.pool in (pool, "all"))


# --- facts


@pytest.mark.data
def test_the_pools_that_ship_are_those_of_the_public_table(shared_data: Callable[[str], Path]) -> None:
    table = json.loads(shared_data("tornado/tornado-pools.json").read_text())
    shipped = {a: p.name for (chain, a), p in pools().items() if chain == ETHEREUM}
    assert {a: shipped.get(a) for a in table} == table


def test_a_pool_has_its_amount_in_base_units_where_its_asset_is_known() -> None:
    assert pools()[ETHEREUM, POOL_100].amount == 100 * COIN
    for pool in pools().values():
        assert (pool.asset is None) == (pool.name.endswith(" cDAI")), pool
        assert pool.source.startswith("https://")
    sizes = Counter((p.asset.id, p.amount) for p in pools().values() if p.asset and "old" not in p.name)
    assert max(sizes.values()) == 1, "asset and amount single out a pool"
    assert pools()[ETHEREUM, "0xf60dd140cff0706bae9cd734ac3ae76ad9ebc32a"].name == "old 10000 DAI"
    assert (ETHEREUM, ROUTER) in routers()


@pytest.mark.parametrize(("number", "count"), [(1, 20), (10, 4), (56, 4), (100, 4), (137, 4), (42161, 4), (43114, 3)])
def test_every_chain_has_its_pools_and_a_router(number: int, count: int) -> None:
    chain = f"eip155:{number}"
    assert sum(place == chain for place, _ in pools()) == count
    assert any(place == chain for place, _ in routers())


# --- the deposits of a trace


def move(number: int, sender: str, receiver: str, amount: int, kind: Kind = Kind.CALL) -> Transfer:
    return Transfer(ETHEREUM, number, 0, 0, tx(number), number * 13, ETHER, sender, receiver, amount, kind)


def test_a_payment_through_the_router_is_one_deposit_of_the_pool_its_amount_names() -> None:
    moves = [
        move(1, address(7), ROUTER, 100 * COIN),
        move(1, ROUTER, POOL_100, 100 * COIN, Kind.INTERNAL),
        move(2, address(8), POOL_100, 100 * COIN),
        move(3, address(8), ROUTER, 3 * COIN),
        move(4, address(8), address(9), 100 * COIN),
        move(5, address(8), ROUTER, 0),
    ]
    found = deposits_of(moves)
    assert [(d.tx, d.depositor, d.pool, d.amount // COIN) for d in found] == [
        (tx(1), address(7), "100 ETH", 100),
        (tx(2), address(8), "100 ETH", 100),
        (tx(3), address(8), "", 3),
    ]


def test_notes_of_one_transaction_join_to_one_event_each() -> None:
    events = Events.of([put(0, 10)._replace(tx=tx(50)), put(1, 10)._replace(tx=tx(50)), put(2, 11)], [])
    wanted = [MixerDeposit(ETHEREUM, tx(50), 10, 130, address(n), "1 ETH", COIN) for n in (1, 2, 3)]
    assert join(wanted, events) == [0, 1, None]
    assert [d.depositor for d in with_depositors(events, wanted).deposits] == [address(1), address(2), ""]
    assert join([wanted[0]._replace(pool="10 ETH")], events) == [None]


# --- the rules


def test_a_recipient_that_deposited_before_is_proposed_with_one_chance_for_each_of_its_deposits() -> None:
    deposits = [put(0, 100, 1), put(1, 110, 1), put(2, 120, 2), put(3, 900, 1)]
    events = Events.of(deposits, [got(0, 500, 1), *strangers(30, 500)])
    reuse = outcome(propose(events, shuffles=200), Rule.ADDRESS_REUSE)
    assert reuse.status is Status.PROPOSES
    [link] = reuse.links
    assert events.withdrawals[link.withdrawal].recipient == address(1)
    assert [events.deposits[row].leaf for row in link.deposits] == [0, 1], "a later deposit is impossible"
    assert link.any == pytest.approx(reuse.rate.probability)
    assert link.probability == pytest.approx(link.any / 2)
    assert link.grade is Grade.INFERRED
    assert (reuse.rate.links, reuse.rate.by_chance) == (1, 0.0)


def test_a_withdrawal_before_the_deposit_is_never_proposed() -> None:
    events = Events.of([put(0, 100, 1)], [got(0, 99, 1), *strangers(30, 99)])
    assert outcome(propose(events, shuffles=10), Rule.ADDRESS_REUSE).status is Status.NO_MATCH


def test_an_address_of_the_trace_may_be_paid_from_any_of_its_deposits() -> None:
    events = Events.of([put(0, 100, 1), put(1, 110, 2), put(2, 120)], [got(0, 500, 77), *strangers(30, 500)])
    found = propose(events, addresses=frozenset({address(77)}), shuffles=50)
    [link] = outcome(found, Rule.ADDRESS_REUSE).links
    assert [events.deposits[row].leaf for row in link.deposits] == [0, 1]


def test_where_all_recipients_are_depositors_the_rule_is_switched_off_and_says_so() -> None:
    """Recipients drawn from those who deposited: to match is no news."""
    rng = np.random.default_rng(3)
    deposits = [put(leaf, leaf, leaf % 50) for leaf in range(500)]
    withdrawals = [got(n, 600 + n, int(rng.integers(0, 50))) for n in range(400)]
    reuse = outcome(propose(Events.of(deposits, withdrawals), shuffles=100), Rule.ADDRESS_REUSE)
    assert (reuse.status, reuse.links, reuse.rate.links) == (Status.OFF, (), 400)
    assert reuse.why.startswith("400 links, 400.0 of them by chance")


def test_nobody_known_nothing_asked() -> None:
    found = propose(Events.of([put(0, 1)], [got(0, 2, 3)]), shuffles=5)
    assert {o.status for o in found} == {Status.CANNOT_RUN}
    assert all(o.why for o in found)


def test_who_met_a_depositor_outside_often_enough_is_proposed() -> None:
    events = Events.of([put(0, 100, 1), put(1, 120, 2)], [got(0, 500, 8), got(1, 500, 9), *strangers(30, 500)])
    contacts = {address(1): Counter({address(8): 3, address(9): 2})}
    linked = outcome(propose(events, contacts=contacts, shuffles=50), Rule.LINKED_ADDRESS)
    [link] = linked.links
    assert events.withdrawals[link.withdrawal].recipient == address(8)
    assert [events.deposits[row].depositor for row in link.deposits] == [address(1)]
    blind = outcome(propose(events, shuffles=5), Rule.LINKED_ADDRESS)
    assert (blind.status, blind.why) == (Status.CANNOT_RUN, "no transfers outside of the mixer are at hand")


def test_a_gas_price_of_one_deposit_alone_is_matched_with_who_paid_himself() -> None:
    deposits = [put(0, 100, 1, price=7), put(1, 101, 2, price=9), put(2, 102, 3, price=9)]
    paid = [got(0, 500, 50, price=7), got(1, 500, 51, price=9), got(2, 500, 52, price=7, fee=5)]
    paid += [got(10 + n, 500, 60 + n, price=1000 + n) for n in range(30)]
    events = Events.of(deposits, paid)
    priced = outcome(propose(events, shuffles=50), Rule.GAS_PRICE)
    [link] = priced.links
    assert events.withdrawals[link.withdrawal].recipient == address(50)
    assert [events.deposits[row].leaf for row in link.deposits] == [0]
    unknown = Events.of([*deposits, put(3, 103, 4)], paid)
    assert "none can be called unique" in outcome(propose(unknown, shuffles=5), Rule.GAS_PRICE).why


def test_a_portfolio_of_several_pools_names_who_put_the_same_in() -> None:
    def notes(start: int, block: int, who: int, large: int) -> list[Deposit]:
        small = [put(start + n, block, who) for n in range(4)]
        return small + [put(start + n, block, who, "10 ETH") for n in range(large)]

    deposits = notes(0, 100, 1, 2) + notes(10, 200, 2, 3)
    paid = [got(n, 9 * DAY, 50) for n in range(4)] + [got(10 + n, 9 * DAY, 50, "10 ETH") for n in range(2)]
    for other in range(20):
        paid += [got(100 * other + 20 + n, 9 * DAY, 60 + other) for n in range(5 + other)]
        paid += [got(100 * other + 70, 9 * DAY, 60 + other, "10 ETH")]
    events = Events.of(deposits, paid)
    found = outcome(propose(events, shuffles=50), Rule.PORTFOLIO)
    assert found.status is Status.PROPOSES
    assert {events.withdrawals[link.withdrawal].recipient for link in found.links} == {address(50)}
    assert {events.deposits[row].depositor for link in found.links for row in link.deposits} == {address(1)}
    assert len(found.links) == 6


# --- order alone


def test_order_alone_gives_each_note_left_the_same_chance() -> None:
    """Two strangers' notes, then one of interest, then a withdrawal of each: the exact chances, worked out by hand."""
    found = order(np.array([1, 2, 10]), np.array([10]), np.array([5, 20, 30]))
    assert [(o.candidates, o.left, o.of_interest) for o in found] == [(2, 2, 0), (3, 2, 1), (3, 1, 1)]
    assert [o.expected for o in found] == pytest.approx([0, 1 / 2, 1 / 2])


def test_the_expected_notes_of_interest_are_those_a_random_walk_spends() -> None:
    rng = np.random.default_rng(4)
    deposited = np.arange(60)
    mine = np.array(sorted(rng.choice(60, 20, replace=False)))
    withdrawn = np.sort(rng.integers(30, 90, 25))
    spent = np.zeros(25)
    for _ in range(4000):
        left: set[int] = set()
        added = 0
        for number, block in enumerate(withdrawn.tolist()):
            while added < 60 and added <= block:
                left.add(added)
                added += 1
            note = int(rng.choice(sorted(left)))
            left.remove(note)
            spent[number] += note in mine
    assert [o.expected for o in order(deposited, mine, withdrawn)] == pytest.approx(spent / 4000, abs=0.035)
