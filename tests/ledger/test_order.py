"""The global order on arrays, against the same rule said in plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clew.ledger.order import effective_time, global_order, position_rank

LAST = 2**63
TRANSACTIONS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-1, 4), st.integers(-1, 2), st.integers(0, 9)), min_size=1, max_size=25
).map(sorted)  # given in order of chain, as transactions of a ledger are


def columns(rows: list[tuple[int, ...]]) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]


def plain_time(rows: list[tuple[int, ...]], place: int) -> int:
    """The greatest time of the chain's blocks up to the transaction's own."""
    chain, height, _, time = rows[place]
    if height < 0:
        return time
    return max(t for c, h, _, t in rows if c == chain and 0 <= h <= height)


@given(TRANSACTIONS)
def test_effective_time_is_the_running_maximum_by_height(rows: list[tuple[int, ...]]) -> None:
    chain, height, _, time = columns(rows)
    assert effective_time(chain, height, time).tolist() == [plain_time(rows, place) for place in range(len(rows))]


@given(TRANSACTIONS)
def test_transactions_stand_by_effective_time_chain_height_and_index(rows: list[tuple[int, ...]]) -> None:
    def key(place: int) -> tuple[int, ...]:
        chain, height, tx_index, _ = rows[place]
        known_height, known_index = (LAST if number < 0 else number for number in (height, tx_index))
        return plain_time(rows, place), chain, known_height, known_index, place if tx_index < 0 else -1

    ranked = {found: order for order, found in enumerate(sorted({key(place) for place in range(len(rows))}), 1)}
    expected = [ranked[key(place)] for place in range(len(rows))]
    assert position_rank(*columns(rows)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_rows_stand_by_rank_and_seq_and_equal_ones_by_the_ties(rows: list[tuple[int, ...]]) -> None:
    rank, seq, first, second = columns(rows) if rows else [np.array([], np.int64)] * 4
    order = global_order(rank, seq, (second, first))
    assert [rows[place] for place in order] == sorted(rows)
    assert sorted(order.tolist()) == list(range(len(rows)))
