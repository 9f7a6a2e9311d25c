"""Dates as lists write them: no more exact than they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.lists import dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 Jun 1975", "1975-06-14"),
        ("Jun 1975", "1975-06"),
        ("1975", "1975"),
        ("circa 1975", "1975~"),
        ("Approximately 1975", "1975~"),
        ("1971~", "1971~"),
        ("1968 to 1971", "1968/1971"),
        ("circa 1968 to circa 1971", "1968/1971~"),
        ("1968-03/1971~", "1968-03/1971~"),
        ("../1980", "../1980"),
        ("1960-02-01/..", "1960-02-01/.."),
        ("../..", ""),
        ("~", ""),
        ("01 Jan 1960 to 31 Dec 1965", "1960-01-01/1965-12-31"),
        ("02/03/1971", "1971-03-02"),
        ("00/00/1971", "1971"),
        ("dd/05/1971", "1971-05"),
        ("1971-03-02", "1971-03-02"),
        ("2026-02-27T00:00:09.554Z", "2026-02-27"),
        ("1971-03-02Z", "1971-03-02"),
        ("1971-02-31", "1971-02"),
        ("24-Jun-2026", "2026-06-24"),
        ("", ""),
        ("unknown", ""),
        ("15/08/19yy", ""),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_stated(text: str, expected: str) -> None:
    assert dates.iso(text) == expected


@given(st.text(max_size=40) | st.from_regex(r"(circa )?[0-9.]{2,4}(-[0-9]{2})?( to |/)[0-9.]{2,4}~?", fullmatch=True))
def test_no_text_raises_and_what_was_read_is_read_as_it_stands(text: str) -> None:
    read = dates.iso(text)
    assert dates.iso(read) == read
