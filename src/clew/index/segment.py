"""One segment of an index: the transfers of a range of ordinals, found from either end.

A transfer is 16 bytes in the list of its sender, and a reference of four bytes in that of its receiver. All integers
are little-endian.
"""

from typing import Any, NamedTuple

import numpy as np

from clew.index.directory import Directory

PLAIN = np.uint64(1 << 63)
"""An amount word below it is the amount; above it, what is left is a row of `Segment.wide`."""
UNREACHED = 0xFFFFFFFF
MOST = UNREACHED - 1
"""Transfers of an index, and accounts."""


class Segment(NamedTuple):
    """`n` transfers from ordinal `first` on, as the kernels read them."""

    first: int
    rows: Any
    """``uint64[n, 2]``, by sender, then ordinal: ``ordinal << 32 | receiver``, and the amount word."""
    refs: Any
    """``uint32[n]``, by receiver: rows."""
    owners: Any
    """``uint32``: who sent row ``64 * i`` (`directory.fill_owners`)."""
    wide: Any
    """``uint64[w, 2]``: amounts of 64 to 128 bits, least limb first."""
    times: Any
    """``uint32[t, 2]``: ordinal from which on a time holds, seconds since 1970."""
    busy: Any
    """``uint32[b, 2]``: every account with more than `BUSY` transfers up to the end of this segment, and how many."""
    out: Directory
    into: Directory

    @property
    def transfers(self) -> int:
        """How many."""
        return len(self.refs)

    @property
    def end(self) -> int:
        """The ordinal behind its last."""
        return self.first + len(self.refs)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(array.nbytes for array in self.files().values())

    def files(self) -> dict[str, Any]:
        """Every array by the name of its file."""
        return {
            "rows": self.rows,
            "refs": self.refs,
            "owners": self.owners,
            "wide": self.wide,
            "times": self.times,
            "busy": self.busy,
            **{f"out-{name}": array for name, array in self.out.arrays.items()},
            **{f"into-{name}": array for name, array in self.into.arrays.items()},
        }


SHAPES: dict[str, tuple[str, int]] = {
    "rows": ("<u8", 2),
    "refs": ("<u4", 1),
    "owners": ("<u4", 1),
    "wide": ("<u8", 2),
    "times": ("<u4", 2),
    "busy": ("<u4", 2),
    "out-table": ("<u4", 1),
    "out-entries": ("<u8", 1),
    "into-table": ("<u4", 1),
    "into-entries": ("<u8", 1),
}
"""Type of each file, and integers in a row."""


def segment_of(first: int, shifts: tuple[int, int], files: dict[str, Any]) -> Segment:
    """The segment of arrays by file name, and of its directories' shifts."""
    out = Directory(shifts[0], files["out-table"], files["out-entries"])
    into = Directory(shifts[1], files["into-table"], files["into-entries"])
    plain = {name: files[name] for name in ("rows", "refs", "owners", "wide", "times", "busy")}
    return Segment(first=first, **plain, out=out, into=into)


def amounts_of(words: Any, wide: Any) -> Any:
    """Amount words as ``uint64[n, 2]``, least limb first."""
    amount = np.zeros((len(words), 2), np.uint64)
    escaped = words >= PLAIN
    amount[:, 0] = words
    amount[escaped] = wide[(words[escaped] ^ PLAIN).astype(np.int64)]
    return amount
