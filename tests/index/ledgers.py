"""Small ledgers for the index, as chunks in memory, and what a walk over them must find, in plain Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from clew.index import Index, build_index
from clew.index.sorting import Chunk


@dataclass
class Rows:
    """Transfers (sender, receiver, amount) in their order, as a source of an index."""

    rows: Sequence[tuple[int, int, int]]
    chain: str = ""
    asset: str = ""
    names: Sequence[str] = field(default_factory=list)

    @property
    def transfers(self) -> int:
        return len(self.rows)

    def marker(self, transfers: int) -> tuple[int, ...]:
        return self.rows[transfers - 1]

    def new_names(self) -> Sequence[str]:
        return self.names

    def chunks(self, first: int, size: int) -> Iterator[Chunk]:
        for start in range(first, len(self.rows), size):
            part = self.rows[start : start + size]
            amount = np.array([[row[2] & (2**64 - 1), row[2] >> 64] for row in part], np.uint64)
            time = np.array([time_of(start + i) for i in range(len(part))], np.uint32)
            sender, receiver = (np.array([row[end] for row in part], np.uint32) for end in (0, 1))
            yield Chunk(sender, receiver, amount, time)


def time_of(ordinal: int) -> int:
    """Four transfers a block; a block's clock may step back."""
    block = ordinal // 4
    return 1_600_000_000 + 12 * block - (30 if block % 5 == 4 else 0)


AMOUNTS = st.one_of(st.integers(1, 50), st.integers(2**62, 2**66))


@st.composite
def ledgers(draw: st.DrawFn, *, amounts: Any = AMOUNTS) -> list[tuple[int, int, int]]:
    """Up to 60 transfers among few accounts, so that money comes round."""
    account = st.integers(0, draw(st.integers(1, 12)))
    return draw(st.lists(st.tuples(account, account, amounts), min_size=1, max_size=60))


def indexed(folder: Path, rows: Sequence[tuple[int, int, int]], data: st.DataObject | None = None) -> Index:
    """An index of the rows in a new folder: built at once, or as `data` draws, in parts, some of them spilled."""
    place = folder / str(len(list(folder.iterdir())))
    ends = {len(rows)}
    if data is not None:
        ends |= set(data.draw(st.lists(st.integers(1, len(rows)), max_size=3)))
    start = 0
    for end in sorted(ends):
        spilled = data is not None and data.draw(st.booleans())
        build_index(place, Rows(rows[:end]), memory=SPILLING * (end - start) if spilled else 1 << 30)
        start = end
    return Index.open(place)


SPILLING = 80
"""Bytes a transfer that are too few for one chunk and enough to merge several."""


def reached(rows: Sequence[tuple[int, int, int]], account: int, ordinal: int, last: int, stops: set[int]) -> list[int]:
    """The transfers by which what `account` got at `ordinal` can have moved on, up to `last`."""
    holders, found = set(), []
    for at, (sender, receiver, _) in enumerate(rows[: last + 1]):
        if at > ordinal and (sender in holders or sender == account) and sender not in stops:
            found.append(at)
            holders.add(receiver)
    return found


def reaching(
    rows: Sequence[tuple[int, int, int]], account: int, ordinal: int, earliest: int, stops: set[int]
) -> list[int]:
    """The transfers by which anything can have come to where `account` was at `ordinal`, from `earliest` on."""
    holders, found = set(), []
    for at in range(ordinal, earliest - 1, -1):
        sender, receiver, _ = rows[at]
        if (receiver in holders or receiver == account) and receiver not in stops:
            found.append(at)
            holders.add(sender)
    return found[::-1]
