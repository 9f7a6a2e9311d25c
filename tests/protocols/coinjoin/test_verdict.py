"""Verdicts: margins say how far each condition is from its bounds, and dates and gaps bound the confidence."""

from clew.protocols.coinjoin.facts import facts_of
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, conclude, exactly, sign

FACTS = facts_of("whirlpool")
IN_TIME, AFTER = 1_600_000_000, 1_720_000_000


def verdict(*needed: Margin, time: int | None = IN_TIME, points: int = 0) -> Verdict | None:
    signs = (sign(exactly("sign", 1, 1), met=points),)
    return conclude(FACTS, Protocol.WHIRLPOOL, time, needed, signs, denominations=(1,), equal_outputs=5)


def test_room_is_the_distance_to_the_nearer_bound() -> None:
    assert [Margin("m", measured, 2, 10).room for measured in (2, 5, 9, 12, 0)] == [0, 3, 1, -2, -2]
    assert Margin("m", None, 2, 10).room is None


def test_a_sign_gives_points_where_met_takes_them_where_not_and_neither_unchecked() -> None:
    given = [sign(exactly("s", measured, 1), met=100, unmet=-50).points for measured in (1, 0, None)]
    assert given == [100, -50, 0]


def test_a_needed_condition_that_fails_leaves_no_verdict() -> None:
    assert verdict(exactly("n", 2, 1)) is None


def test_what_could_not_be_checked_bounds_the_confidence_and_is_named() -> None:
    found = verdict(exactly("n", None, 1), points=300)
    assert found is not None
    assert (found.confidence, found.unchecked) == (FACTS.blind / 1000, ("n",))


def test_a_protocol_is_not_named_before_it_existed() -> None:
    assert verdict(time=FACTS.since - 1) is None
    assert verdict(time=FACTS.since) is not None


def test_after_its_coordinator_ended_a_protocol_is_named_with_less_confidence() -> None:
    found = verdict(time=AFTER, points=300)
    assert found is not None
    assert found.confidence == FACTS.after / 1000


def test_no_confidence_is_certain_and_none_is_next_to_nothing() -> None:
    sure = verdict(points=5_000)
    assert sure is not None
    assert sure.confidence == 0.99
    assert verdict(points=-FACTS.start) is None


def test_only_a_tx0_is_of_one_owner() -> None:
    assert [protocol for protocol in Protocol if not protocol.mixes] == ["whirlpool-tx0"]
