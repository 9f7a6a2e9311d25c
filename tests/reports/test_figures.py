"""Figures: exact to the last digit, and cut only where the sign says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.amounts import parse_units
from clew.reports.figures import make_amount, make_bar, make_share


@pytest.mark.parametrize(
    ("base", "decimals", "exact", "short"),
    [
        (173_600 * 10**18, 18, "173,600", "173,600"),
        (1_234_500, 3, "1,234.5", "1,234.5"),
        (1_999_999, 6, "1.999999", "≈\u00a01.99"),
        (1_001, 3, "1.001", "≈\u00a01"),
        (123_456, 8, "0.00123456", "≈\u00a00.00123"),
        (1, 18, "0.000000000000000001", "<\u00a00.000001"),
        (0, 18, "0", "0"),
        (2**256 - 1, 0, f"{2**256 - 1:,}", f"{2**256 - 1:,}"),
    ],
)
def test_an_amount_is_printed_exactly_and_short(base: int, decimals: int, exact: str, short: str) -> None:
    amount = make_amount(base, "ETH", decimals)
    assert (amount.exact, amount.short) == (exact, short)


@given(base=st.integers(0, 2**256 - 1), decimals=st.integers(0, 30))
def test_exact_text_reads_back_and_the_short_one_is_never_more(base: int, decimals: int) -> None:
    amount = make_amount(base, "X", decimals)
    assert parse_units(amount.exact, decimals) == base
    if not amount.short.startswith("<"):
        short = parse_units(amount.short.removeprefix("≈\u00a0"), decimals)
        assert short <= base
        assert (short == base) == (not amount.short.startswith("≈"))


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (1, 3, "33.33 %"),
        (2, 3, "66.66 %"),
        (3, 3, "100.00 %"),
        (0, 3, "0.00 %"),
        (1, 10**30, "< 0.01 %"),
        (10**30 - 1, 10**30, "99.99 %"),
        (5, 0, ""),
    ],
)
def test_a_share_is_cut_never_rounded_up(part: int, whole: int, share: str) -> None:
    assert make_share(part, whole) == share


def test_a_bar_never_leaves_its_frame() -> None:
    assert make_bar(5, 3) == "100.00"
    assert make_bar(0, 0) == "0.00"
