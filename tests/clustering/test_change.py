"""Change rules: each names an output, or says nothing."""

import numpy as np
import pytest
from tests.clustering.made import BTC, CHAIN, Coins

from clew.chains.fingerprints import Fingerprint
from clew.clustering.change import (
    FINGERPRINT,
    FIRST,
    ONE_TIME,
    OPTIMAL,
    PEEL,
    REUSE,
    ROUND_AMOUNT,
    SAME_TYPE,
    Change,
    change_links,
    change_outputs,
)
from clew.clustering.payments import payments_of_transactions
from clew.errors import InputError


def named(coins: Coins, change: Change, tx: int = -1, traits: dict[str, Fingerprint] | None = None) -> int | None:
    """Which output of a transaction a rule names: its place, or None."""
    payments = payments_of_transactions(coins.transactions, CHAIN, traits)
    number = range(len(payments))[tx]
    output = int(change_outputs(payments, change)[number])
    return None if output < 0 else output - int(np.flatnonzero(payments.output_tx == number)[0])


def known(coins: Coins, *names: str) -> None:
    """Addresses that were paid before."""
    for name in names:
        coins.pay([(f"miner-{name}", 9 * BTC)], [(name, 8 * BTC)])


def test_a_new_address_beside_a_known_one_is_change() -> None:
    coins = Coins()
    known(coins, "shop")
    coins.pay([("alice", BTC)], [("shop", 40), ("new", 50)])
    assert named(coins, FIRST) == 1


def test_two_new_addresses_say_nothing() -> None:
    coins = Coins()
    coins.pay([("alice", BTC)], [("bob", 40), ("new", 50)])
    assert named(coins, FIRST) is None


def test_a_payment_that_returns_something_to_its_payer_has_no_other_change() -> None:
    coins = Coins()
    coins.pay([("alice", BTC)], [("bob", 40), ("alice", 50)])
    assert named(coins, FIRST) is None
    assert named(coins, REUSE) == 1


def test_one_time_is_dynamic_a_later_receipt_takes_it_back() -> None:
    coins = Coins()
    known(coins, "shop")
    coins.pay([("alice", BTC)], [("shop", 40), ("new", 50)])
    assert named(coins, ONE_TIME) == 1
    assert change_links(coins.payments(), ONE_TIME).height == 1
    coins.pay([("carol", BTC)], [("new", 7)])
    assert named(coins, ONE_TIME, tx=1) is None
    assert named(coins, FIRST, tx=1) == 1
    assert change_links(coins.payments(), FIRST).height == -1


def test_change_has_the_payers_script_type_where_the_payee_has_another() -> None:
    coins = Coins()
    coins.pay([("alice", BTC), ("alma", BTC)], [("shop/p2pkh", 40), ("new", 50)])
    assert named(coins, SAME_TYPE) == 1
    coins.pay([("alice", BTC), ("alma/p2sh", BTC)], [("shop/p2pkh", 40), ("new", 50)])
    assert named(coins, SAME_TYPE) is None
    coins.pay([("alice", BTC)], [("shop", 40), ("new", 50)])
    assert named(coins, SAME_TYPE) is None


def test_an_output_below_every_input_is_change_of_two_inputs_or_more() -> None:
    coins = Coins()
    coins.pay([("alice/p2pkh", 50), ("alma/p2pkh", 60)], [("shop", 95), ("new", 14)])
    assert named(coins, OPTIMAL) == 1
    coins.pay([("alice/p2pkh", 200)], [("shop", 95), ("new", 14)])
    assert named(coins, OPTIMAL) is None


def test_a_round_amount_was_chosen_by_a_person_so_the_other_one_is_change() -> None:
    coins = Coins()
    coins.pay([("alice/p2pkh", 3 * BTC), ("alma/p2pkh", 2 * BTC)], [("shop", BTC), ("new", 123_456_789)])
    assert named(coins, OPTIMAL) is None
    assert named(coins, OPTIMAL - ROUND_AMOUNT) == 1


def test_rules_combine() -> None:
    coins = Coins()
    known(coins, "shop")
    coins.pay([("alice/p2pkh", 50), ("alma/p2pkh", 60)], [("shop", 95), ("new", 14)])
    both, either = FIRST & OPTIMAL, REUSE | OPTIMAL
    assert named(coins, both) == named(coins, either) == 1
    assert (both.rule.name, both.rule.confidence) == ("(first-receipt and optimal)", 70)
    assert (either.rule.name, either.rule.confidence) == ("(address-reuse or optimal)", 70)
    assert (FIRST - OPTIMAL).rule.confidence == 50
    assert (ONE_TIME & OPTIMAL).rule.dynamic
    assert not both.rule.dynamic
    assert named(coins, FIRST - OPTIMAL) is None


def test_change_bears_the_marks_of_the_wallet_that_spends_it() -> None:
    coins = Coins()
    paid = coins.pay([("alice", BTC)], [("shop", 40), ("new", 50)])
    other = coins.pay([("shop", 40)], [("x", 30), ("y", 5)])
    again = coins.pay([("new", 50)], [("z", 30), ("w", 5)])
    wallet, shop = Fingerprint(2, True, True), Fingerprint(1, False, False)
    assert named(coins, FINGERPRINT, 0, {paid: wallet, other: shop, again: wallet}) == 1
    assert named(coins, FINGERPRINT, 0, {paid: wallet, other: wallet, again: wallet}) is None
    assert named(coins, FINGERPRINT, 0, {paid: wallet}) is None


def test_a_rule_that_needs_marks_is_refused_where_there_are_none() -> None:
    coins = Coins()
    coins.pay([("alice", BTC)], [("shop", 40), ("new", 50)])
    with pytest.raises(InputError, match="needs version, locktime"):
        named(coins, FINGERPRINT)


def test_a_peel_chain_goes_on_in_the_larger_output() -> None:
    coins = Coins()
    coins.pay([("a0", 90_000)], [("p0", 5_000), ("a1", 84_000)])
    coins.pay([("a1", 84_000)], [("p1", 5_000), ("a2", 78_000)])
    coins.pay([("a2", 78_000)], [("all", 77_000)])
    assert [named(coins, PEEL, tx) for tx in range(3)] == [1, 1, None]
    links = change_links(coins.payments(), PEEL)
    assert (len(links), links.height, links.rule.dynamic) == (2, 2, True)


def test_a_single_step_is_no_peel_chain_and_dust_is_no_step() -> None:
    coins = Coins()
    coins.pay([("a0", 90_000)], [("p0", 5_000), ("a1", 84_000)])
    assert named(coins, PEEL, 0) is None
    coins.pay([("a1", 84_000)], [("p1", 999), ("a2", 78_000)])
    assert named(coins, PEEL, 0) is None


def test_a_coinbase_and_a_single_output_have_no_change() -> None:
    coins = Coins()
    coins.pay([], [("miner", 40), ("pool", 60)])
    assert named(coins, FIRST) is None
    coins.pay([("alice", BTC)], [("new", 50)])
    assert named(coins, FIRST) is None
