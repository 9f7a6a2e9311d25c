"""Amounts and shares as a report prints them: exact, never rounded; cut only where ``≈`` says so."""

from dataclasses import dataclass

from clew.amounts import format_units
from clew.reports.text import visible

_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of an asset as text: exact (``whole`` + ``part``), and cut to two decimals for sentences."""

    base: int
    whole: str
    part: str
    """The decimals with their point, empty where there are none."""
    symbol: str
    short: str

    @property
    def exact(self) -> str:
        """All digits, without the symbol."""
        return self.whole + self.part


def make_amount(base: str | int, symbol: str, decimals: int) -> Amount:
    """An amount of base units as text."""
    exact = format_units(int(base), decimals)
    whole, point, part = exact.partition(".")
    return Amount(int(base), whole, point + part, visible(symbol, 24), _cut(whole, part))


def _cut(whole: str, part: str) -> str:
    """At most two decimals, or three significant ones below 1; ``≈`` announces what is cut."""
    zeros = len(part) - len(part.lstrip("0")) if whole.strip("-") == "0" else -1
    if zeros > 5:
        return f"<{_SPACE}0.000001" if whole == "0" else f"≈{_SPACE}{whole}"
    kept = part[: 2 if zeros < 0 else zeros + 3]
    text = f"{whole}.{kept}".rstrip("0").rstrip(".") if kept else whole
    return text if len(kept) == len(part) else f"≈{_SPACE}{text}"


def maybe_amount(base: str | None, symbol: str, decimals: int) -> Amount | None:
    """`make_amount` of base units, or None where the result states none."""
    return None if base is None or base == "" else make_amount(base, symbol, decimals)


def make_share(part: int, whole: int) -> str:
    """A share in percent with two decimals, cut: ``81.79 %``; a share too small to show is ``< 0.01 %``."""
    if whole <= 0:
        return ""
    points = part * 10_000 // whole
    return "< 0.01 %" if part and not points else f"{points // 100}.{points % 100:02d} %"


def make_bar(part: int, whole: int) -> str:
    """The length of a bar, in hundredths of its whole width, computed in integers."""
    points = min(10_000, part * 10_000 // whole) if whole else 0
    return f"{points // 100}.{points % 100:02d}"
