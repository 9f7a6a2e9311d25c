"""Which listed names may be meant: an inverted index of letter groups and sounds over flat arrays.

A name's terms are the groups of three letters of its folded words, spaces included, and for each word the classes of
its consonants, as in Soundex but over the whole word. Terms weigh by how rare they are. A query adds up, for every
listed name at once, the weight of the terms they share.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist

from clew.screening.names.fold import fold
from clew.screening.names.words import MOST_LETTERS, MOST_TEXT, MOST_WORDS

_CLASSES = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "aeiouyhw0123456789")
_REPEATED = re.compile(r"(.)\1+")
_SOUNDS_FROM = 1 << 24
"""Terms below are three bytes of text, those from here on are sounds."""
_SOUND_WORTH = 4.0
"""A word's sound counts as so many of its letter groups."""
_END = 10
"""The byte between names: no letter group goes over it."""


@dataclass(frozen=True, eq=False)
class Postings:
    """For each term, in rising order, the rows of the names that hold it."""

    terms: Any
    """int64, rising."""
    starts: Any
    """int64, one longer than `terms`: where each term's rows begin in `rows`."""
    rows: Any
    """int32: rows of names, rising within a term."""
    worth: Any
    """float32: squared rarity of each term."""
    norm: Any
    """float32: root of the summed worth of each name's terms."""


def bounded(text: str) -> str:
    """The folded name as far as it is compared."""
    return " ".join(word[:MOST_LETTERS] for word in fold(text[:MOST_TEXT]).split()[:MOST_WORDS])


def sound_class(word: str) -> int:
    """The classes of a word's consonants as one number above every letter group; 0 where it has none."""
    classes = _REPEATED.sub(r"\1", word.translate(_CLASSES))[:12]
    return _SOUNDS_FROM + int(classes) if classes else 0


def build_postings(folded: Sequence[str]) -> Postings:
    """The index of names that `bounded` gave, by row."""
    rows_of, terms_of = _letter_groups(folded)
    vocabulary: dict[str, int] = {}
    words = [
        (row, vocabulary.setdefault(word, len(vocabulary))) for row, name in enumerate(folded) for word in name.split()
    ]
    sounds = np.array([sound_class(word) for word in vocabulary], np.int64)
    pairs = np.array(words, np.int64).reshape(-1, 2)
    rows = np.concatenate([rows_of, pairs[:, 0]])
    terms = np.concatenate([terms_of, sounds[pairs[:, 1]] if len(pairs) else terms_of[:0]])
    return _postings(rows[terms > 0], terms[terms > 0], len(folded))


def _letter_groups(folded: Sequence[str]) -> tuple[Any, Any]:
    """Row and three bytes of every letter group."""
    text = np.frombuffer(("\n" + "\n".join(f" {name} " for name in folded) + "\n").encode("ascii"), np.uint8)
    ends = text == _END
    row = np.cumsum(ends) - 1
    whole = ~(ends[:-2] | ends[1:-1] | ends[2:])
    wide = text.astype(np.int64)
    groups = (wide[:-2] << 16) | (wide[1:-1] << 8) | wide[2:]
    return row[:-2][whole], groups[whole]


def _postings(rows: Any, terms: Any, count: int) -> Postings:
    size = max(count, 1)
    keys = np.sort(terms * size + rows)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    term_of, rows = np.divmod(keys, size)
    begins = np.flatnonzero(np.diff(term_of, prepend=-1))
    known, starts = term_of[begins], np.append(begins, len(keys))
    held = np.diff(starts)
    place = np.repeat(np.arange(len(known)), held)
    rarity = np.log1p(count / np.maximum(held, 1))
    worth = np.where(known >= _SOUNDS_FROM, _SOUND_WORTH, 1.0) * rarity**2
    norm = np.sqrt(np.bincount(rows, weights=worth[place], minlength=count))
    return Postings(known, starts, rows.astype(np.int32), worth.astype(np.float32), norm.astype(np.float32))


def likeness(postings: Postings, folded: str) -> Any:
    """For each row, the cosine of its terms and those of a name that `bounded` gave."""
    _, groups = _letter_groups([folded])
    sounds = [sound for word in folded.split() if (sound := sound_class(word))]
    asked = np.unique(np.concatenate([groups, np.array(sounds, np.int64)]))
    place = np.searchsorted(postings.terms, asked)
    place = place[place < len(postings.terms)]
    place = place[np.isin(postings.terms[place], asked)]
    spans = [postings.rows[postings.starts[p] : postings.starts[p + 1]] for p in place]
    if not spans:
        return np.zeros(len(postings.norm))
    worth = np.repeat(postings.worth[place], [len(span) for span in spans])
    shared = np.bincount(np.concatenate(spans), weights=worth, minlength=len(postings.norm))
    return shared / np.maximum(postings.norm, 1e-9)


def word_likeness(asked: Sequence[str], names: Sequence[Sequence[str]]) -> Any:
    """For each name, the mean likeness of its words and the asked ones to their nearest counterparts, or of all as one.

    All words of all names are compared in one call.
    """
    sizes = np.array([len(words) for words in names])
    flat = [word for words in names for word in words]
    vocabulary, place = np.unique(flat, return_inverse=True)
    like = cdist(asked, vocabulary.tolist(), scorer=JaroWinkler.similarity, dtype=np.float32)[:, place]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mine = np.maximum.reduceat(like, starts, axis=1).mean(axis=0)
    theirs = np.add.reduceat(like.max(axis=0), starts) / sizes
    joined = cdist(["".join(asked)], ["".join(words) for words in names], scorer=JaroWinkler.similarity)[0]
    return np.maximum((mine + theirs) / 2, joined)
