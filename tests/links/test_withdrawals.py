"""Withdrawals of a pool and the deposits that they may have spent, with probabilities."""

from collections.abc import Collection

import numpy as np

from clew.links.ages import Flags, Floats
from clew.links.waiting import BINS, Waiting
from clew.links.withdrawals import Notes, pair_notes

EVEN = Waiting(np.ones(BINS), 1)
"""Any wait is as likely."""


def notes(put: list[tuple[int, int]], paid: list[tuple[int, int]], stolen: Collection[int] = ()) -> Notes:
    """From (block, depositor) and (block, recipient); `stolen`: which depositors are thieves."""
    columns = (
        [at for at, _ in put],
        [who for _, who in put],
        [at for at, _ in paid],
        [who for _, who in paid],
        [int(who in stolen) for _, who in put],
    )
    return Notes(*(np.array(column, dtype=np.int64) for column in columns))


def test_two_notes_before_two_withdrawals_are_as_likely_either_way() -> None:
    (found,) = pair_notes([notes([(0, 0), (1, 1)], [(5, 2), (6, 3)])], EVEN)
    assert np.allclose(found, 0.5)


def test_a_withdrawal_spends_no_later_note_so_the_other_spends_it() -> None:
    """At block 5 only the first note was there; so the withdrawal at block 9 spent the second."""
    (found,) = pair_notes([notes([(0, 0), (7, 1)], [(5, 2), (9, 3)])], EVEN)
    assert np.allclose(found, [[1, 0], [0, 1]], atol=0.01)


def test_what_a_column_lacks_is_the_chance_that_the_note_is_there_still() -> None:
    (found,) = pair_notes([notes([(0, 0), (1, 1)], [(5, 2)])], EVEN)
    assert np.allclose(found, [[0.5, 0.5]], atol=0.01)


def test_who_is_paid_notes_of_two_pools_is_who_put_in_both() -> None:
    """Owner 0 put a note into each pool, owners 1 and 2 into one each; recipient 9 got one of each."""
    large = notes([(0, 0), (1, 1)], [(5, 9), (6, 8)])
    small = notes([(0, 0), (1, 2)], [(5, 9), (6, 7)])
    first, second = pair_notes([large, small], EVEN)
    assert first[0, 0] > 0.98
    assert second[0, 0] > 0.98
    assert first[1, 1] > 0.98  # the other note is left for the other withdrawal


def test_notes_that_nobody_put_in_together_tell_nothing_of_an_owner() -> None:
    (found,) = pair_notes([notes([(0, 0), (1, 1)], [(5, 9), (6, 9)])], EVEN)
    assert np.allclose(found, 0.5)


def test_a_wait_that_is_likelier_has_more_of_the_probability() -> None:
    """Deposits at ages of the first bin and of the second, which is seven times as long and weighs a third of it."""
    quick = Waiting(np.array([3.0, 1.0] + [1.0] * (BINS - 2)), 1)
    (found,) = pair_notes([notes([(0, 0), (100, 1)], [(110, 2)])], quick)
    assert 0.85 < found[0, 1] < 1
    assert np.allclose(found.sum(), 1)


def test_how_long_notes_wait_is_learnt_from_the_pool_itself() -> None:
    """Of 60 notes each is taken out 500 blocks later, when another, put in 50 blocks before, is as near by."""
    put = sorted(at for turn in range(30) for at in (10_000 * turn, 10_000 * turn + 450))
    (found,) = pair_notes(
        [notes([(at, n) for n, at in enumerate(put)], [(at + 500, 100 + n) for n, at in enumerate(put)])], EVEN
    )
    assert np.diag(found).mean() > 0.9


def test_who_is_paid_after_he_put_in_a_note_takes_back_his_own() -> None:
    """Ten people take out their own notes in the order in which another guess would cross them."""
    put = [(100 * n, n) for n in range(12)]
    paid = [(2_000 + n, 11 - n) for n in range(12)]
    (found,) = pair_notes([notes(put, paid)], EVEN)
    assert np.fliplr(found).diagonal().min() > 0.8


def test_the_habits_of_the_crowd_do_not_give_a_thiefs_note_to_whoever_comes_when_they_would() -> None:
    """40 people wait 500 blocks. Beside them somebody took out a note 500 blocks after the thief put in his, and one
    put in by nobody seen to wait so long was there too."""
    put = [(10_000 * n, n) for n in range(40)] + [(405_000, 50), (455_000, 60)]
    paid = [(10_000 * n + 500, 100 + n) for n in range(40)] + [(455_500, 200)]
    (crowd,) = pair_notes([notes(put, paid)], EVEN)
    (theft,) = pair_notes([notes(put, paid, {60})], EVEN)
    assert crowd[-1, -1] > 0.98
    assert theft[-1, -1] < crowd[-1, -1] - 0.02


def story(seed: int) -> tuple[Notes, Flags]:
    """70 people who wait some 1,500 blocks, give or take; a thief of eight notes, who waits as he likes. And who spent
    what: withdrawals in rows."""
    rng = np.random.default_rng(seed)
    put = np.concatenate([rng.integers(0, 100_000, 70), rng.integers(20_000, 60_000, 8)])
    likes = np.log(rng.choice([500, 3_000, 20_000]))
    wait = np.concatenate([rng.lognormal(np.log(1_500), 1.5, 70), rng.lognormal(likes, 0.5, 8)]).astype(np.int64)
    order, out = np.argsort(put, kind="stable"), put + wait
    paid = sorted((number for number in range(78) if out[number] < 130_000), key=lambda number: int(out[number]))
    pool = notes(
        [(int(put[number]), int(min(number, 70))) for number in order],
        [(int(out[number]), 100 + number) for number in paid],
        {70},
    )
    return pool, np.array(paid)[:, None] == order[None, :]


def test_what_is_stated_of_a_thiefs_few_notes_is_not_too_sure() -> None:
    """How he waits is learnt from his eight notes. With the weights of pairs cubed it would be off by 4.8 standard
    errors. It may come true more often, for he keeps closer to his habit than is held likely before his notes say so.
    """
    stated, true = list[Floats](), list[Flags]()
    for pool, spent in map(story, range(20)):
        (found,) = pair_notes([pool], EVEN)
        stated.append(found[:, pool.stolen == 1].ravel())
        true.append(spent[:, pool.stolen == 1].ravel())
    share, held = np.concatenate(stated), np.concatenate(true)
    likely = share >= 0.2
    gap, variance = (held - share)[likely].sum(), (share * (1 - share))[likely].sum()
    assert likely.sum() > 100
    assert -2 * np.sqrt(variance) < gap < 3 * np.sqrt(variance)


def test_where_all_notes_are_stolen_they_are_the_crowd() -> None:
    put, paid = [(100 * n, n) for n in range(12)], [(100 * n + 950, 50 + n) for n in range(12)]
    (crowd,), (thieves,) = (pair_notes([notes(put, paid, who)], EVEN) for who in ((), range(12)))
    assert (crowd == thieves).all()


def test_where_all_happens_in_one_block_any_note_is_as_likely() -> None:
    (found,) = pair_notes([notes([(7, 0), (7, 1)], [(7, 2), (7, 3)], {1})], EVEN)
    assert np.allclose(found, 0.5, atol=0.1)
