"""The timeline: every unit that reached a service, in the day, week or month in which it did."""

from typing import Any

import pytest

from clew.amounts import parse_units
from clew.reports.timeline import Timeline, draw_timelines

Sample = tuple[dict[str, Any], Any]


def drawn(sample: Sample) -> tuple[Timeline, ...]:
    return draw_timelines(sample[0], sample[1].to_pylist())


def test_its_bars_add_up_to_what_reached_services(sample: Sample) -> None:
    ether, dollars = drawn(sample)
    assert sum(parse_units(amount.removesuffix(" ETH"), 18) for _, _, amount in ether.buckets) == 7_999 * 10**18
    assert dollars.caption.startswith("1,250,000 USDC in all")
    assert [words for _, words in ether.key] == ["Mixers", "Exchanges"]


def test_bars_stand_on_the_floor_and_below_the_top_line(sample: Sample) -> None:
    ether = drawn(sample)[0]
    top = min(float(y) for y, _ in ether.lines)
    assert all(float(bar.y) >= top - 0.1 for bar in ether.bars)
    assert all(float(bar.y) + float(bar.height) <= float(ether.floor) + 0.1 for bar in ether.bars)


@pytest.mark.parametrize(
    ("last", "unit", "buckets"),
    [
        ("2024-03-02", "day", ["2024-03-01", "2024-03-02"]),
        ("2024-06-06", "week", ["2024-02-26", "2024-06-03"]),
        ("2026-01-31", "month", ["2024-03", "2026-01"]),
    ],
)
def test_the_bucket_fits_the_span(last: str, unit: str, buckets: list[str], sample: Sample) -> None:
    rows = [row for row in sample[1].to_pylist() if row["receiver_name"] == "Whirlpool Cash"][:2]
    rows = [rows[0] | {"time": "2024-03-01T12:00:00Z"}, rows[1] | {"time": f"{last}T23:59:59Z"}]
    (timeline,) = draw_timelines(sample[0], rows)
    assert timeline.heading == f"Stolen ETH reaching services, by {unit}"
    assert [when for when, _, _ in timeline.buckets] == buckets


def test_empty_days_keep_their_room(sample: Sample) -> None:
    rows = [row for row in sample[1].to_pylist() if row["receiver_name"] == "Whirlpool Cash"][:2]
    rows = [rows[0] | {"time": "2024-03-01T12:00:00Z"}, rows[1] | {"time": "2024-03-05T12:00:00Z"}]
    (timeline,) = draw_timelines(sample[0], rows)
    assert [words for _, words in timeline.ticks] == [f"2024-03-0{day}" for day in range(1, 6)]


@pytest.mark.parametrize("reached", [1, 9, 10, 11, 19, 20, 21, 99, 10**18, 10**30 + 1])
def test_the_grid_has_two_to_six_lines_and_holds_the_highest_bar(reached: int, sample: Sample) -> None:
    row = next(row for row in sample[1].to_pylist() if row["receiver_name"] == "Whirlpool Cash")
    (timeline,) = draw_timelines(sample[0], [row | {"origin_amount": f"{reached}"}])
    assert 2 <= len(timeline.lines) <= 6
    assert 0 < float(timeline.bars[0].height) <= 212.1


def test_nothing_that_reached_a_service_gives_no_timeline(nothing: Sample) -> None:
    assert drawn(nothing) == ()
