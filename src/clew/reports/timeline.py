"""The timeline: stolen units reaching services, by day, week or month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clew.reports.accounts import Row
from clew.reports.figures import Amount, make_amount
from clew.reports.groups import tone
from clew.reports.places import locate
from clew.reports.text import moment, visible

WIDTH, HEIGHT = 960, 260
_LEFT, _TOP, _BOTTOM = 76.0, 14.0, 34.0
SERIES = {"mixer": "Mixers", "exchange": "Exchanges", "bridge": "Bridges", "service": "Other services"}
"""Colour class -> the words of the key, in the order in which bars are stacked."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of one bar."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timeline of one stolen asset."""

    symbol: str
    width: str
    height: str
    heading: str
    description: str
    bars: tuple[Bar, ...]
    lines: tuple[tuple[str, str], ...]
    """(y, words) of the horizontal grid."""
    ticks: tuple[tuple[str, str], ...]
    """(x, words) of the time axis."""
    key: tuple[tuple[str, str], ...]
    """(tone, name) of the series."""
    left: str
    right: str
    floor: str
    buckets: tuple[tuple[str, str, str], ...]
    """(when, to what, amount): the picture as a table."""
    caption: str


def draw_timelines(result: Row, rows: Sequence[Row]) -> tuple[Timeline, ...]:
    """One timeline for each stolen asset that reached a service; none under poison, which measures nothing."""
    if result["policy"] == "poison":
        return ()
    units = {entry["asset"]: (entry["symbol"], entry["decimals"]) for entry in result["stolen"]}
    found = ((unit, _reached(result, rows, asset)) for asset, unit in units.items())
    return tuple(_draw(reached, *unit) for unit, reached in found if reached)


def _reached(result: Row, rows: Sequence[Row], asset: str) -> dict[date, dict[str, int]]:
    """Stolen units by day and colour class of the service."""
    entries = [e for e in result["dispositions"] if e["kind"] == "service" and e["origin_asset"] == asset]
    services = {
        (entry["chain"], place, entry["theft"]): tone("service", entry.get("category") or "")
        for entry, place in zip(entries, locate(entries, rows), strict=True)
    }
    days: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        kind, time = services.get((row["chain"], row["receiver"], row["theft"])), moment(row["time"])
        if kind and time and int(row["origin_amount"] or 0):
            days[time.date()][kind] += int(row["origin_amount"])
    return days


def _draw(days: Mapping[date, Mapping[str, int]], symbol: str, decimals: int) -> Timeline:
    unit = _choose(min(days), max(days))
    buckets = _fill(days, unit)
    sums = {start: sum(parts.values()) for start, parts in buckets.items()}
    step, top = _grid(max(sums.values()))
    shown = visible(symbol, 24)
    pitch = (WIDTH - _LEFT - 8) / len(buckets)
    tall = HEIGHT - _TOP - _BOTTOM
    bars, table, ticks = [], [], []
    every = max(1, -(-len(buckets) // 9))
    for index, (start, parts) in enumerate(buckets.items()):
        x, y, wide = _LEFT + index * pitch, HEIGHT - _BOTTOM, min(36.0, pitch * 0.8)
        when = _when(start, unit)
        if index % every == 0:
            ticks.append((f"{x + pitch / 2:.1f}", when))
        for kind in (kind for kind in SERIES if parts.get(kind)):
            amount = make_amount(parts[kind], symbol, decimals)
            high = parts[kind] / top * tall
            y -= high
            title = f"{when}, {SERIES[kind].lower()}: {amount.exact} {amount.symbol}"
            left = x + (pitch - wide) / 2
            bars.append(Bar(f"{left:.1f}", f"{y:.1f}", f"{wide:.1f}", f"{high:.1f}", kind, title))
            table.append((when, SERIES[kind], f"{amount.exact} {amount.symbol}"))
    total: Amount = make_amount(sum(sums.values()), symbol, decimals)
    lines = [
        (f"{HEIGHT - _BOTTOM - value / top * tall:.1f}", make_amount(value, symbol, decimals).short)
        for value in range(0, top + 1, step)
    ]
    return Timeline(
        symbol=shown,
        width=f"{WIDTH}",
        height=f"{HEIGHT}",
        heading=f"Stolen {shown} reaching services, by {unit}",
        description=f"From {min(days):%Y-%m-%d} to {max(days):%Y-%m-%d}, {total.short} {shown} reached services; "
        f"the highest {unit} is {_when(max(sums, key=lambda start: sums[start]), unit)}.",
        bars=tuple(bars),
        lines=tuple(lines),
        ticks=tuple(ticks),
        key=tuple((kind, words) for kind, words in SERIES.items() if any(kind in parts for parts in days.values())),
        left=f"{_LEFT:.0f}",
        right=f"{WIDTH - 8}",
        floor=f"{HEIGHT - _BOTTOM:.0f}",
        buckets=tuple(table),
        caption=f"{total.exact} {shown} in all, from {min(days):%Y-%m-%d} to {max(days):%Y-%m-%d} (UTC).",
    )


def _choose(first: date, last: date) -> str:
    span = (last - first).days
    return "day" if span <= 62 else "week" if span <= 62 * 7 else "month"


def _fill(days: Mapping[date, Mapping[str, int]], unit: str) -> dict[date, dict[str, int]]:
    """Every bucket from the first to the last, empty ones too."""
    buckets: dict[date, dict[str, int]] = {}
    start, last = _begin(min(days), unit), _begin(max(days), unit)
    while start <= last:
        buckets[start] = defaultdict(int)
        start = _begin(start + timedelta(days={"day": 1, "week": 7, "month": 31}[unit]), unit)
    for day, parts in days.items():
        for kind, units in parts.items():
            buckets[_begin(day, unit)][kind] += units
    return buckets


def _begin(day: date, unit: str) -> date:
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[unit]


def _when(start: date, unit: str) -> str:
    return f"{start:%Y-%m}" if unit == "month" else f"{start:%Y-%m-%d}"


def _grid(largest: int) -> tuple[int, int]:
    """A round step (1, 2 or 5 times a power of ten) and the top of the axis: two to five lines."""
    power = 10 ** (len(str(largest)) - 1)
    for step in (power // 5, power // 2, power, power * 2):
        if step and -(-largest // step) <= 5:
            return step, -(-largest // step) * step
    return power, -(-largest // power) * power
