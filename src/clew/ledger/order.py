"""The global order of transfers, on arrays alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]

_LAST = np.iinfo(np.int64).max


def effective_time(chain: Column, height: Column, time: Column) -> Column:
    """Per transaction: the greatest block time of its chain up to its height; its own time where that is unknown.

    Bitcoin lets a block's time lie before its parent's (it must only exceed the median of eleven), so time alone would
    contradict height.
    """
    effective = time.copy()
    for code in np.unique(chain):
        placed = np.flatnonzero((chain == code) & (height >= 0))
        by_height = placed[np.argsort(height[placed], kind="stable")]
        heights = height[by_height]
        running = np.maximum.accumulate(time[by_height])
        effective[by_height] = running[np.searchsorted(heights, heights, side="right") - 1]
    return effective


def position_rank(chain: Column, height: Column, tx_index: Column, time: Column) -> Column:
    """Per transaction, given in order of (chain, id): its place in the global order; equal for equal positions."""
    unplaced = tx_index < 0
    keys = (
        np.where(unplaced, np.arange(len(chain)), -1),
        np.where(unplaced, _LAST, tx_index),
        np.where(height < 0, _LAST, height),
        chain,
        effective_time(chain, height, time),
    )
    order = np.lexsort(keys)
    rank = np.empty(len(chain), np.int64)
    rank[order] = np.cumsum(_changes(order, keys))
    return rank


def global_order(rank: Column, seq: Column, ties: Sequence[npt.NDArray[np.generic]]) -> Column:
    """The rows in order of (rank, seq), and of `ties` (last key first, as lexsort) where both are equal."""
    order = np.lexsort((seq, rank))
    first = _changes(order, (seq, rank))
    tied = np.flatnonzero(~first | ~np.append(first[1:], True))
    if len(tied):
        rows = order[tied]
        order[tied] = rows[np.lexsort((*(key[rows] for key in ties), seq[rows], rank[rows]))]
    return np.asarray(order)


def _changes(order: Column, keys: Sequence[Column]) -> npt.NDArray[np.bool_]:
    """Whether each entry of `order` differs in a key from the one before it; true of the first."""
    changes = np.zeros(len(order), bool)
    changes[:1] = True
    for key in keys:
        ordered = key[order]
        changes[1:] |= ordered[1:] != ordered[:-1]
    return changes
