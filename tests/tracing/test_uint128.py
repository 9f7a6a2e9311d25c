"""Integers inside kernels: every operation equals Python's, at the edges of 32, 64 and 128 bits above all."""

import platform
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.tracing.compiled import kernel
from clew.tracing.uint128 import (
    divide_by_digits,
    divide_in_hardware,
    flag_or,
    load,
    load_or,
    muldiv,
    pack,
    small,
    store,
    store_if,
    unpack,
)

WIDTHS = (64, 128)
X86 = platform.machine() in ("x86_64", "AMD64")
SUM, DIFFERENCE, PRODUCT, ONE = range(4)
EQUAL, OTHER, LESS, AT_MOST, MORE, AT_LEAST = range(6)


@kernel
def _calculate(a: Any, b: Any, out: Any, compared: Any) -> None:
    for i in range(len(a)):
        x, y = load(a, i), load(b, i)
        store(out, 4 * i, x + y)
        store(out, 4 * i + 1, x - y)
        store(out, 4 * i + 2, x * y)
        store(out, 4 * i + 3, small(a, 1))
        compared[i, 0] = x == y
        compared[i, 1] = x != y
        compared[i, 2] = x < y
        compared[i, 3] = x <= y
        compared[i, 4] = x > y
        compared[i, 5] = x >= y


@kernel
def _muldiv(a: Any, b: Any, c: Any, out: Any) -> None:
    for i in range(len(a)):
        store(out, i, muldiv(load(a, i), load(b, i), load(c, i)))


@kernel
def _missing(a: Any, missing: Any, flags: Any, out: Any) -> None:
    store(out, 0, load_or(missing, 0, load(a, 1)))
    store(out, 1, load_or(a, 0, load(a, 1)))
    store_if(missing, 0, load(a, 0))
    store_if(out, 2, load(a, 0))
    if flag_or(missing, 0, True) and not flag_or(flags, 0, True):
        store(out, 3, small(a, 7))


def numbers(width: int) -> st.SearchStrategy[int]:
    """Integers of a width: near powers of two as often as not, so that carries and normalisations are met."""
    top = 2**width - 1
    near = st.builds(lambda power, off: min(max((1 << power) + off, 0), top), st.integers(0, width), st.integers(-3, 3))
    limbs = st.lists(st.sampled_from([0, 1, 2**31, 2**32 - 1]), min_size=width // 32, max_size=width // 32)
    digits = limbs.map(lambda parts: sum(part << (32 * at) for at, part in enumerate(parts)))
    return near | digits | st.integers(0, top)


def empty(count: int, width: int) -> Any:
    return pack([0] * count, width=width)


@pytest.mark.parametrize("width", WIDTHS)
@given(data=st.data())
def test_sums_and_comparisons_equal_pythons_modulo_the_width(width: int, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(numbers(width), numbers(width)), min_size=1, max_size=20))
    pairs += [(a, a) for a, _ in pairs]
    out, compared = empty(4 * len(pairs), width), np.zeros((len(pairs), 6), dtype=np.bool_)
    _calculate(pack([a for a, _ in pairs], width=width), pack([b for _, b in pairs], width=width), out, compared)
    found, whole = unpack(out), 2**width
    for i, (a, b) in enumerate(pairs):
        assert found[4 * i : 4 * i + 4] == [(a + b) % whole, (a - b) % whole, (a * b) % whole, 1]
        assert compared[i].tolist() == [a == b, a != b, a < b, a <= b, a > b, a >= b]


@st.composite
def quotients(draw: st.DrawFn, width: int) -> tuple[int, int, int]:
    """(a, b, c) with c > 0 and a * b // c within the width: what `muldiv` promises, up to its very edge."""
    a, b, c = draw(numbers(width)), draw(numbers(width)), max(1, draw(numbers(width)))
    least = -(-(a * b + 1) // 2**width)
    if draw(st.booleans()):
        c = max(1, min(least + draw(st.integers(0, 2)), 2**width - 1))
    return (a, b, c) if a * b // c < 2**width else (min(a, c), b, c)


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=100)
@given(data=st.data())
def test_muldiv_is_exact_up_to_the_width(width: int, data: st.DataObject) -> None:
    rows = data.draw(st.lists(quotients(width), min_size=1, max_size=20))
    out = empty(len(rows), width)
    _muldiv(*(pack([row[i] for row in rows], width=width) for i in range(3)), out)
    assert unpack(out) == [a * b // c for a, b, c in rows]


@pytest.mark.parametrize("width", WIDTHS)
def test_muldiv_at_the_corners(width: int) -> None:
    """Every combination of the numbers at which Knuth's algorithm D corrects its digit, as far as the result fits."""
    half, top = 2 ** (width // 2), 2**width - 1
    edges = sorted({0, 1, 2, half - 1, half, half + 1, top // 2, top // 2 + 1, top - half, top - 1, top})
    rows = [(a, b, c) for a in edges for b in edges for c in edges if c and a * b // c <= top]
    out = empty(len(rows), width)
    _muldiv(*(pack([row[i] for row in rows], width=width) for i in range(3)), out)
    assert len(rows) > 700
    assert unpack(out) == [a * b // c for a, b, c in rows]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_column_that_is_not_kept_gives_its_default_and_takes_nothing(width: int) -> None:
    top = 2**width - 1
    out = empty(4, width)
    _missing(pack([top, 5], width=width), None, np.array([False]), out)
    assert unpack(out) == [5, top, top, 7]


@given(st.lists(numbers(128)))
def test_what_is_packed_is_unpacked(values: list[int]) -> None:
    assert unpack(pack(values, width=128)) == values
    narrow = [value % 2**64 for value in values]
    assert unpack(pack(narrow, width=64)) == narrow


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_what_does_not_fit_is_refused_not_wrapped(width: int, beyond: int) -> None:
    with pytest.raises(OverflowError):
        pack([-1 if beyond < 0 else 2**width + beyond], width=width)


@pytest.mark.parametrize("way", [divide_by_digits, *([divide_in_hardware] if X86 else [])])
@given(high=numbers(64), low=numbers(64), divisor=numbers(64))
def test_two_words_over_one_are_divided_as_python_divides(way: Any, high: int, low: int, divisor: int) -> None:
    divisor = max(1, divisor)
    high %= divisor
    found = way(np.uint64(high), np.uint64(low), np.uint64(divisor))
    assert tuple(map(int, found)) == divmod((high << 64) | low, divisor)


@pytest.mark.skipif(not X86, reason="an instruction of x86-64")
@pytest.mark.parametrize(("high", "divisor"), [(5, 5), (6, 5), (0, 0), (2**64 - 1, 0)])
def test_a_quotient_that_does_not_fit_does_not_trap(high: int, divisor: int) -> None:
    assert divide_in_hardware(np.uint64(high), np.uint64(1), np.uint64(divisor)) == (0, 0)
