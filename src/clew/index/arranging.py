"""What a walk found, put in ledger order."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from clew.compiled import prefetch_to_read
from clew.index.compiled import kernel

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_LAG = 32


def in_order(keys: Any, ends: Any, words: Any) -> tuple[Any, ...]:
    """Ordinal, both ends and amount word of transfers, in ledger order; each half by a thread of its own."""
    halves = np.empty_like(keys)
    middle = np.median(keys[:: 1 + len(keys) // 1000] >> _HALF) if len(keys) else 0
    split = int(split_at(keys, np.uint64(middle) << _HALF, halves))
    columns = [np.empty(len(keys), dtype) for dtype in (np.uint32, np.int32, np.int32, np.uint64)]

    def arrange_half(first: int, last: int) -> int:
        halves[first:last].sort()
        return int(arrange(halves[first:last], ends, words, *(column[first:last] for column in columns)))

    with ThreadPoolExecutor(2) as pool:
        low, high = pool.map(arrange_half, (0, split), (split, len(keys)))
    if low < split:
        for column in columns:
            column[low : low + high] = column[split : split + high].copy()
    return tuple(column[: low + high] for column in columns)


@kernel
def split_at(keys, middle, target):
    """Copy the keys below `middle` to the front and the others behind them; how many are below."""
    low, high = 0, len(keys) - 1
    for i in range(len(keys)):
        key = keys[i]
        below = 1 if key < middle else 0
        target[low] = key  # both places are free: no branch, which would be guessed wrong half of the time
        target[high] = key
        low += below
        high -= 1 - below
    return low


@kernel
def arrange(keys, ends, words, order, sender, receiver, word):
    """Transfers in the order of their sorted keys, the first of those with one ordinal; how many."""
    count = 0
    for i in range(len(keys)):
        if i + _LAG < len(keys):
            ahead = np.int64(keys[i + _LAG] & _LOW)
            prefetch_to_read(ends, ahead)
            prefetch_to_read(words, ahead)
        if i > 0 and keys[i] >> _HALF == keys[i - 1] >> _HALF:
            continue
        at = np.int64(keys[i] & _LOW)
        order[count] = keys[i] >> _HALF
        sender[count] = ends[at, 0]
        receiver[count] = ends[at, 1]
        word[count] = words[at]
        count += 1
    return count
