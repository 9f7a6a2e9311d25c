"""Sums of amounts are exact, however wide, many, or near a power of two they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clew.ledger import summed

WIDEST = 2**256 - 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, WIDEST) | st.sampled_from([2**53 + 1, 2**128, WIDEST]))))
def test_a_sum_by_code_is_that_of_pythons_integers(rows: list[tuple[int, int]]) -> None:
    limbs = [[amount >> 64 * place & 2**64 - 1 for place in range(4)] for _, amount in rows]
    table = np.array(limbs, dtype=np.uint64).reshape(-1, 4)
    sums = summed(table, np.array([code for code, _ in rows], dtype=np.int64), 5)
    assert sums.shape == (5, 9)
    for code in range(5):
        expected = sum(amount for other, amount in rows if other == code)
        assert [expected >> 32 * place & 2**32 - 1 for place in range(8)] == sums[code, :8].tolist()
        assert int(sums[code, 8]) == expected >> 256
