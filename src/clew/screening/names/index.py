"""Listed names in memory, ready to be asked: flat arrays, built in about a second for a full list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clew.errors import InputError
from clew.screening.names.records import Kind, NamedParty, PartyName
from clew.screening.names.retrieval import Postings, bounded, build_postings, likeness, word_likeness

CANDIDATES = 100
"""Names that the postings propose for one query."""
COMPARED = 16
"""Names of those that are compared in full, at least; twice the matches asked for, where that is more."""
_KINDS = tuple(Kind)


@dataclass(frozen=True, eq=False)
class NameIndex:
    """Parties, their names by row, and the postings that find a row."""

    parties: tuple[NamedParty, ...]
    names: tuple[PartyName, ...]
    """By row."""
    party_of: Any
    """int32, by row: place of the party."""
    kind_of: Any
    """int8, by row: place of the party's kind in `Kind`."""
    folded: tuple[str, ...]
    """By row: the words that the postings know."""
    postings: Postings

    @classmethod
    def build(cls, parties: Iterable[NamedParty]) -> Self:
        """The index of these parties; InputError where two share an id."""
        kept = tuple(parties)
        ids = {party.id for party in kept}
        if len(ids) != len(kept):
            raise InputError("two listed parties have the same id", where="names", mend="make ids unique per list")
        names = tuple(name for party in kept for name in party.names)
        counts = [len(party.names) for party in kept]
        party_of = np.repeat(np.arange(len(kept), dtype=np.int32), counts)
        kinds = np.array([_KINDS.index(party.kind) for party in kept], np.int8)
        folded = tuple(bounded(name.text) for name in names)
        return cls(kept, names, party_of, kinds[party_of] if len(kept) else kinds, folded, build_postings(folded))

    def candidates(self, name: str, kind: Kind, count: int = CANDIDATES) -> Any:
        """Rows of the names most like this one, best first; of its kind or of an unknown one."""
        folded = bounded(name)
        if not folded or not self.names:
            return np.empty(0, np.int64)
        found = likeness(self.postings, folded)
        if kind is not Kind.UNKNOWN:
            found[(self.kind_of != _KINDS.index(kind)) & (self.kind_of != _KINDS.index(Kind.UNKNOWN))] = 0
        best = np.argpartition(-found, min(count, len(found)) - 1)[:count]
        best = best[found[best] > 0]
        return best[np.lexsort((best, -found[best]))]

    def closest(self, name: str, kind: Kind, limit: int) -> Any:
        """Rows to compare in full for `limit` matches: the candidates whose words are the most like, best first."""
        compared = max(COMPARED, 2 * limit)
        rows = self.candidates(name, kind, max(CANDIDATES, 2 * compared))
        if not len(rows):
            return rows
        like = word_likeness(bounded(name).split(), [self.folded[row].split() for row in rows])
        return rows[np.lexsort((rows, -like))][:compared]
