"""The exposure of one holder: who it got value from and sent it to, straight and round."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from tests.exposure.ledgers import CHAIN, ETH, MOVES, Move, ledger, services, table_of

from clew.errors import InputError
from clew.exposure.address import Direction, Exposure, Share, exposure_in
from clew.model import FEE, SUBSIDY, TRANSIENT, Address, Kind, Transfer

X = Address(CHAIN, "x")


def told(*moves: Move) -> dict[tuple[str, str], tuple[int, int, int | None]]:
    """(direction, entity or category) -> direct, indirect, hops."""
    return shares(exposure_in(ledger(*moves), X, services))


def shares(exposure: Exposure) -> dict[tuple[str, str], tuple[int, int, int | None]]:
    return {
        (one.direction, one.entity or one.category): (one.direct, one.indirect, one.hops) for one in exposure.shares
    }


def test_a_payment_by_a_service_is_direct_and_one_through_somebody_is_indirect() -> None:
    found = told(("mixer", "x", 30), ("mixer", "a", 50), ("a", "b", 50), ("b", "x", 20))
    assert found == {("received", "Mixer"): (30, 20, 1)}


def test_indirect_value_is_in_proportion_to_what_the_payer_holds() -> None:
    found = told(("mixer", "a", 30), ("nobody", "a", 70), ("a", "x", 50))
    assert found == {("received", "Mixer"): (0, 15, 2)}
    exposure = exposure_in(ledger(("mixer", "a", 30), ("nobody", "a", 70), ("a", "x", 50)), X, services)
    (total,) = exposure.totals
    assert (total.received, total.unattributed_received) == (50, 35)
    assert exposure.shares[0].millionths == 300_000


def test_a_payment_after_the_money_left_counts_for_nothing() -> None:
    assert told(("a", "x", 50), ("mixer", "a", 50)) == {}
    assert told(("x", "a", 50), ("a", "b", 50), ("a", "mixer", 9)) == {}


def test_what_is_sent_is_attributed_to_the_first_service_it_meets_and_no_further() -> None:
    found = told(("x", "exchange1", 10), ("x", "a", 40), ("a", "exchange1", 30), ("exchange1", "mixer", 40))
    assert found == {("sent", "Exchange"): (10, 30, 1)}


def test_received_value_is_of_the_service_it_left_last_not_of_one_before() -> None:
    assert told(("mixer", "exchange1", 40), ("exchange1", "x", 40)) == {("received", "Exchange"): (40, 0, 1)}


def test_fees_and_what_comes_back_are_told_apart() -> None:
    found = told(("x", FEE, 2), ("x", "a", 8), ("a", "x", 5), ("a", "b", 3))
    assert found == {("sent", "fee"): (2, 0, 1), ("sent", "returned"): (0, 5, None)}
    (total,) = exposure_in(ledger(("x", FEE, 2), ("x", "a", 8), ("a", "x", 5), ("a", "b", 3)), X, services).totals
    assert (total.sent, total.unattributed_sent) == (10, 3)


def test_hops_are_the_fewest_whatever_the_amount() -> None:
    found = told(("mixer", "a", 90), ("a", "b", 90), ("b", "x", 90), ("mixer", "c", 1), ("c", "x", 1))
    assert found == {("received", "Mixer"): (0, 91, 2)}


def test_the_way_is_the_largest_one_in_order_of_time() -> None:
    moves: Sequence[Move] = [
        ("mixer", "a", 90),
        ("mixer", "c", 1),
        ("a", "b", 80),
        ("c", "x", 1),
        ("b", "x", 70),
        ("mixer", "b", 500),
    ]
    (share,) = exposure_in(ledger(*moves), X, services).shares
    assert [(step.sender, step.receiver, step.moved, step.carried) for step in share.way] == [
        ("mixer", "a", 90, 90),
        ("a", "b", 80, 80),
        ("b", "x", 70, 70),
    ]
    assert [step.tx for step in share.way] == [f"0x{height:064x}" for height in (0, 2, 4)]


def test_a_tag_of_the_holder_itself_is_no_boundary() -> None:
    found = exposure_in(ledger(("mixer", "thief", 9), ("thief", "exchange", 9)), Address(CHAIN, "thief"), services)
    assert shares(found) == {("received", "Mixer"): (9, 0, 1), ("sent", "Exchange"): (9, 0, 1)}


def test_a_cluster_is_one_holder_and_what_moves_inside_it_is_nothing() -> None:
    table = ledger(("mixer", "x", 9), ("x", "y", 9), ("y", "exchange", 9))
    found = exposure_in(table, X, services, members={"y"})
    assert shares(found) == {("received", "Mixer"): (9, 0, 1), ("sent", "Exchange"): (9, 0, 1)}
    assert found.members == ("x", "y")
    assert (found.totals[0].received, found.totals[0].sent) == (9, 9)


def test_other_addresses_may_be_joined_too() -> None:
    table = ledger(("mixer", "a", 9), ("b", "x", 9))
    joined = exposure_in(table, X, services, holders=lambda _chain, name: "a" if name == "b" else name)
    assert shares(joined) == {("received", "Mixer"): (0, 9, 2)}


def test_an_address_the_ledger_does_not_show_is_refused() -> None:
    with pytest.raises(InputError, match="no transfer of it"):
        exposure_in(ledger(("a", "b", 1)), X, services)


@settings(max_examples=100)
@given(MOVES)
def test_shares_never_add_up_to_more_than_what_moved(moves: list[Move]) -> None:
    table = ledger(("x", "a", 1), *moves)
    exposure = exposure_in(table, X, services)
    (total,) = exposure.totals
    external = [move for move in (("x", "a", 1), *moves) if move[0] != move[1]]
    assert total.received == sum(amount for _, receiver, amount in external if receiver == "x")
    assert total.sent == sum(amount for sender, _, amount in external if sender == "x")
    for direction, whole, rest in (
        (Direction.RECEIVED, total.received, total.unattributed_received),
        (Direction.SENT, total.sent, total.unattributed_sent),
    ):
        parts = [one for one in exposure.shares if one.direction is direction]
        assert sum(one.amount for one in parts) + rest == whole
        assert rest >= 0
    for share in exposure.shares:
        check_way(share)
    direct = sum(one.direct for one in exposure.shares if one.direction is Direction.RECEIVED)
    assert direct == sum(a for s, r, a in external if r == "x" and services(CHAIN, s))


def check_way(share: Share) -> None:
    """Each step begins where the one before it ended, later, and carries no more than it moves."""
    heights = [int(step.tx, 16) for step in share.way]
    assert heights == sorted(set(heights))
    assert all(one.receiver == other.sender for one, other in zip(share.way, share.way[1:], strict=False))
    assert all(0 < step.carried <= step.moved for step in share.way)
    end = share.way[-1].receiver if share.direction is Direction.RECEIVED else share.way[0].sender
    assert end == "x"


# --- UTXO chains

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
BTC = f"{BITCOIN}/slip44:0"


class Utxo:
    """Transfers of a UTXO chain, written transaction by transaction."""

    def __init__(self) -> None:
        self.rows: list[Transfer] = []
        self.height = 0

    def pay(self, name: str, spends: Sequence[tuple[str, str, int]], pays: Sequence[tuple[str, int]]) -> None:
        """`spends` are (outpoint, owner, amount), `pays` (owner, amount); the rest is the fee."""
        here, self.height = TRANSIENT + name, self.height + 1
        moves = [(out, here, amount, Kind.INPUT, owner) for out, owner, amount in spends]
        moves += [(here, f"{name}:{n}", amount, Kind.OUTPUT, owner) for n, (owner, amount) in enumerate(pays)]
        fee = sum(amount for _, _, amount in spends) - sum(amount for _, amount in pays)
        moves.append((here, FEE, fee, Kind.FEE, ""))
        for seq, (sender, receiver, amount, kind, owner) in enumerate(moves):
            row = Transfer(BITCOIN, self.height, 0, seq, name, self.height, BTC, sender, receiver, amount, kind, owner)
            self.rows.append(row)


def test_change_is_neither_received_nor_sent_and_a_transaction_is_no_hop() -> None:
    utxo = Utxo()
    utxo.pay("t1", [("old:0", "mixer", 100)], [("x", 60), ("mixer", 40)])
    utxo.pay("t2", [("t1:0", "x", 60)], [("exchange", 25), ("x", 30)])
    utxo.pay("t3", [("t2:1", "x", 30)], [("a", 30)])
    utxo.pay("t4", [("t3:0", "a", 30)], [("exchange", 30)])
    found = exposure_in(table_of(utxo.rows), Address(BITCOIN, "x"), services)
    assert shares(found) == {
        ("received", "Mixer"): (60, 0, 1),
        ("sent", "Exchange"): (25, 30, 1),
        ("sent", "fee"): (5, 0, 1),
    }
    assert (found.totals[0].received, found.totals[0].sent) == (60, 60)


def test_a_mix_is_a_service_by_its_transaction() -> None:
    utxo = Utxo()
    utxo.pay("mix", [("old:0", "a", 50), ("old:1", "b", 50)], [("x", 50), ("c", 50)])
    found = exposure_in(table_of(utxo.rows), Address(BITCOIN, "x"), services)
    assert shares(found) == {("received", "Mix"): (50, 0, 1)}
    assert shares(exposure_in(table_of(utxo.rows), Address(BITCOIN, "a"), services)) == {("sent", "Mix"): (50, 0, 1)}


def test_newly_mined_coins_are_told() -> None:
    rows = [
        Transfer(BITCOIN, 1, 0, 0, "t", 1, BTC, SUBSIDY, TRANSIENT + "t", 50, Kind.COINBASE),
        Transfer(BITCOIN, 1, 0, 1, "t", 1, BTC, TRANSIENT + "t", "t:0", 50, Kind.OUTPUT, "x"),
    ]
    assert shares(exposure_in(table_of(rows), Address(BITCOIN, "x"), services)) == {("received", "mined"): (50, 0, 1)}


# --- amounts


def test_amounts_of_120_bits_are_exact_and_an_asset_too_large_is_left_out_and_told() -> None:
    most = 2**120 + 1
    found = exposure_in(ledger(("mixer", "a", most), ("a", "x", most)), X, services)
    assert found.shares[0].indirect == most
    rows = [
        Transfer(CHAIN, 1, 0, n, "t", 1, asset, "mixer", "x", amount, Kind.TOKEN)
        for n, (asset, amount) in enumerate(((f"{CHAIN}/erc20:0xa", 2**255), (ETH, 7)))
    ]
    found = exposure_in(table_of(rows), X, services)
    assert [(one.asset, one.direct) for one in found.shares] == [(ETH, 7)]
    assert [(one.code, one.asset) for one in found.limitations] == [("exposure-without-asset", f"{CHAIN}/erc20:0xa")]
