"""Chance is the published generator's, and its draws keep to their bounds."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from clew.simulate.dice import GAMMA, MASK, Dice, Weighted, mix


def test_the_words_are_those_of_the_reference_for_the_seed_1234567() -> None:
    states = [(1234567 + number * GAMMA) & MASK for number in range(1, 6)]
    assert [mix(state) for state in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_streams_of_one_seed_are_independent_and_repeat() -> None:
    one, again, other = Dice(1, "people"), Dice(1, "people"), Dice(1, "thief")
    first = [one.word() for _ in range(5)]
    assert first == [again.word() for _ in range(5)]
    assert not set(first) & {other.word() for _ in range(5)}


@given(st.integers(0, 2**64), st.integers(1, 10**20), st.integers(1, 10**20))
def test_draws_stay_within_their_bounds(seed: int, one: int, two: int) -> None:
    dice, least, most = Dice(seed, "test"), min(one, two), max(one, two)
    assert least <= dice.between(least, most) <= most
    assert 0 <= dice.below(most) < most
    assert sorted(dice.shuffled(range(9))) == list(range(9))


def test_heavy_sums_fall_as_one_over_their_size() -> None:
    dice = Dice(3, "test")
    drawn = [dice.heavy(100, 10**9) for _ in range(4_000)]
    assert min(drawn) >= 100
    for factor in (2, 4, 8):
        share = sum(amount > 100 * factor for amount in drawn) / len(drawn)
        assert abs(share - 1 / factor) < 0.03


def test_a_weight_is_drawn_as_often_as_it_weighs() -> None:
    weighted = Weighted([1, 0, 3])
    assert Counter(weighted.place(point) for point in range(4)) == {0: 1, 2: 3}
