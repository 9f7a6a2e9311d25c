"""Hostile text is shown, not obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.reports.text import clock, count, shorten, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ETH", "ETH"),
        ("USDT\u202egpj", "USDT[U+202E]gpj"),
        ("a\u200bb", "a[U+200B]b"),
        ("line\none\t two", "line one two"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("泰达币", "泰达币"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_invisible_is_left_and_the_length_is_bounded(text: str) -> None:
    shown = visible(text, 20)
    assert not [c for c in shown if c != " " and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}]
    assert len(shown) <= 20 * len("[U+10FFFF]")


def test_a_long_name_is_cut_with_a_sign() -> None:
    assert visible("x" * 50, 10) == "xxxxxxxxx…"


def test_a_hash_keeps_its_ends() -> None:
    assert shorten("0x098b716b8aaf21512996dc57eb0615e2383e2f96") == "0x098b71…3e2f96"
    assert shorten("0x1234") == "0x1234"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2022-03-23T13:29:09Z", "2022-03-23 13:29:09 UTC"),
        ("2022-03-23T15:29:09+02:00", "2022-03-23 13:29:09 UTC"),
        (None, ""),
        ("", ""),
    ],
)
def test_times_are_shown_in_utc(text: str | None, shown: str) -> None:
    assert clock(text) == shown


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(InputError, match="'soon' is not a time"):
        clock("soon")


def test_numbers_agree_with_their_nouns() -> None:
    assert count(1, "address", "addresses") == "1 address"
    assert count(1_751, "transfer") == "1,751 transfers"
