"""An index that is read: its accounts, its times, and walks over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from clew.errors import InputError
from clew.index.building import known_names
from clew.index.busy import BUSY
from clew.index.directory import rows_of
from clew.index.reach import MOST_REACHED, Reach, Walker
from clew.index.segment import Segment
from clew.index.storage import Manifest, check_files, open_segment, read_manifest

_HALF = np.uint64(32)


@dataclass(frozen=True)
class Index:
    """The segments of an index, mapped: what is read of them comes into memory, and the system may keep it there."""

    folder: Path
    manifest: Manifest
    segments: tuple[Segment, ...]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """InputError where there is no index; VerificationError where it is torn."""
        manifest = read_manifest(folder)
        return cls(folder, manifest, tuple(open_segment(folder, stored) for stored in manifest.segments))

    def check(self) -> None:
        """Read every byte again; VerificationError where one is not what was written."""
        check_files(self.folder, self.manifest)

    @cached_property
    def names(self) -> list[str]:
        """The accounts' names by number; empty where the ledger knows numbers only."""
        return known_names(self.folder)

    def name_of(self, account: int) -> str:
        """How the ledger calls an account."""
        return self.names[account] if self.names else str(account)

    def account_of(self, name: str) -> int:
        """The number of an account; InputError where the index has none of that name."""
        try:
            number = self.names.index(name) if self.names else int(name)
        except ValueError:
            number = -1
        if not 0 <= number < self.manifest.accounts:
            raise InputError(
                f"the index has no account {name!r}", where=str(self.folder), mend="write it as the ledger does"
            )
        return number

    def received(self, account: int, ordinal: int) -> int | None:
        """The amount of transfer `ordinal`, where `account` received it; else None."""
        for segment in self.segments:
            if not segment.first <= ordinal < segment.end:
                continue
            first, last = rows_of(segment.into, account)
            rows = segment.refs[first:last]
            found = rows[segment.rows[rows, 0] >> _HALF == np.uint64(ordinal)]
            if len(found):
                word = int(segment.rows[found[0], 1])
                if word < 1 << 63:
                    return word
                low, high = (int(limb) for limb in segment.wide[word - (1 << 63)])
                return high << 64 | low
        return None

    def times_of(self, ordinals: Any) -> Any:
        """The time of each ordinal, in seconds since 1970."""
        times = np.zeros(len(ordinals), np.int64)
        for segment in self.segments:
            here = (ordinals >= segment.first) & (ordinals < segment.end)
            if here.any():
                at = np.searchsorted(segment.times[:, 0], ordinals[here].astype(np.uint32), side="right") - 1
                times[here] = segment.times[at, 1]
        return times

    def walk(
        self,
        sources: Sequence[tuple[int, int]],
        *,
        until: int | None = None,
        busy: int | None = None,
        most: int = MOST_REACHED,
        backward: bool = False,
        complete: bool = False,
    ) -> Reach:
        """What can be reached from (account, ordinal) pairs by later transfers, or by earlier ones `backward`.

        `until`: the last ordinal looked at (backward: the first). `busy`: accounts with more transfers than this in the
        whole index are reached and not walked on from; at least `BUSY`, and none where it is None. `most`: transfers
        found at most; where there would be more, the horizon is drawn nearer. `complete`: add the histories that taint
        policies need. InputError for a bound that cannot be.
        """
        if not self.segments or most < 1 or (busy is not None and busy < BUSY):
            raise InputError("a bound that cannot be", where="index", mend=f"busy at least {BUSY}, most at least 1")
        far = 0 if backward else self.manifest.transfers - 1
        walker = Walker(self.segments, backward=backward, most=most)
        reach = walker.run(sources, stops=self._stops(busy), horizon=far if until is None else until)
        return walker.complete(reach) if complete else reach

    def _stops(self, busy: int | None) -> Any:
        counts = self.segments[-1].busy
        return counts[counts[:, 1] > busy, 0] if busy is not None else counts[:0, 0]
