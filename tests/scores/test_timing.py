"""Timing where everybody is known, and where only some are: which model answers, and whether a theft's notes hold."""

import numpy as np
from tests.scores.test_demix import made

from clew.links.mixers import Deposit, Events, Withdrawal
from clew.scores.calibration import gaps, pooled
from clew.scores.columns import Columns, kinds_of
from clew.scores.mixer_files import Pair
from clew.scores.passing import Known, pass_by_age, pass_by_assignment
from clew.scores.timing import Timing

THIEF = f"0x{0xABC:040x}"


def pool(seed: int) -> tuple[Events, list[Pair]]:
    """People who wait some hours, and a thief whose 40 notes wait five days and go to two wallets."""
    rng = np.random.default_rng(seed)
    people, notes = 200, 40
    put = np.concatenate([rng.integers(0, 200_000, people), rng.integers(60_000, 60_400, notes)])
    wait = np.concatenate([(300 / rng.random(people)).astype(np.int64), 36_000 + rng.integers(0, 900, notes)])
    who = [f"0x{n % 90:040x}" for n in range(people)] + [THIEF] * notes
    to = [f"0x{10**6 + n:040x}" for n in range(people)] + [f"0x{10**7 + n % 2:040x}" for n in range(notes)]
    order = np.argsort(put, kind="stable").tolist()
    deposits = [
        Deposit("1 ETH", leaf, int(put[n]), int(put[n]) * 13, f"0x{n:064x}", f"0x{10**7 + n:064x}", who[n])
        for leaf, n in enumerate(order)
    ]
    leaf = {n: place for place, n in enumerate(order)}
    withdrawals = [
        Withdrawal("1 ETH", int(put[n] + wait[n]), f"0x{10**8 + n:064x}", f"0x{n:064x}", to[n], 0)
        for n in range(people + notes)
    ]
    events = Events.of(deposits, withdrawals)
    return events, [Pair(leaf[int(w.nullifier, 16)], row, "stated") for row, w in enumerate(events.withdrawals)]


def test_where_everybody_is_known_a_thiefs_notes_are_told_from_the_others() -> None:
    events, pairs = pool(1)
    columns = Columns.of(events, "1 ETH")
    timing = Timing.measure(events, [columns], pairs, shuffles=20)
    assert timing.figures["model"] == "assignment"
    assert not timing.figures["each_tenth_in_turn"]["off_beyond_chance"]
    stolen = np.array([events.deposits[pair.deposit].depositor == THIEF for pair in pairs])
    interest = np.array([d.depositor == THIEF for d in events.deposits])
    only = Columns(columns.name, columns.rows, columns.paid, columns.deposited, interest, columns.withdrawn)
    found = timing.of_interest(only)
    assert abs(found.sum() - 40) < 4
    assert found[stolen].mean() > 0.9
    assert found[~stolen].mean() < 0.02
    given = timing.figures["shuffled_pairs"]
    assert given["probability_of_right"] > 10 * given["by_chance"]


def test_what_is_stated_of_depositors_holds_in_pools_taken_together_and_says_more_than_ages_alone() -> None:
    """In one table, since a pool's own bins are too small to tell; one of eight may be two standard errors off."""
    drawn, alone = [], []
    for seed in range(1, 4):
        events, pairs = pool(seed)
        known = Known.of(events, [Columns.of(events, "1 ETH")], pairs)
        drawn.append(pass_by_assignment(known).by_depositor)
        alone.append(pass_by_age(known).by_depositor)
    every, aged = pooled(drawn), pooled(alone)
    assert all(abs(each["points"]) < 3 * each["error_points"] for each in gaps(every)["bins"])
    assert every.probability[every.right].mean() > 1.3 * aged.probability[aged.right].mean()


def test_where_some_are_known_each_withdrawal_is_judged_for_itself() -> None:
    events, pairs = pool(2)
    columns = Columns.of(events, "1 ETH")
    assert Timing.measure(events, [columns], pairs[::2], shuffles=5).figures["model"] == "age"
    large, truth = made(1, users=1_100)
    assert Timing.measure(large, [Columns.of(large, "1 ETH")], truth, shuffles=5).figures["model"] == "age"


def test_where_a_deposit_is_missing_nothing_is_assigned() -> None:
    events, pairs = pool(3)
    late = [d for d in events.deposits if d.leaf >= 3]
    kept = [pair._replace(deposit=pair.deposit - 3) for pair in pairs if pair.deposit >= 3]
    missing = Events(late, events.withdrawals)
    assert Timing.measure(missing, [Columns.of(missing, "1 ETH")], kept, shuffles=5).figures["model"] == "age"


def test_a_withdrawals_kind_is_read_from_whom_it_pays() -> None:
    events, _ = pool(4)
    paid = [*events.withdrawals[:2], events.withdrawals[2]._replace(recipient=THIEF)]
    paid[0], paid[1] = paid[0]._replace(recipient="0xa"), paid[1]._replace(recipient="0xa")
    assert kinds_of(Events(events.deposits, [*paid, paid[0]._replace(recipient="0xb")])).tolist() == [1, 1, 2, 0]
