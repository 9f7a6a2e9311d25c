"""Which words of two names belong together: as they stand, misspelled, joined, shortened. Pure and symmetric."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from clew.screening.names.fold import fold
from clew.screening.names.lexicon import is_nickname
from clew.screening.names.spelling import similarity, unvowelled_similarity
from clew.screening.names.words import Name, Role, Word

ALIKE = 0.66
"""Words less like each other than this stay apart; one other letter among three does not part them."""
JOINED_ALIKE = 0.8
"""Adjacent words must be so like the one word they are held to be."""
_CODE = re.compile(r"\d{3}")
"""Words with a number of so many digits identify by it: registration marks, hull numbers."""
_MARK, _PARTICLE = Role.MARK, Role.PARTICLE
"""As names of their own: to find a member of an enumeration costs as much as the comparison."""
_NICKNAME = 0.9
_INITIAL = 0.8
_SAME_READING = 0.7
_JOINED = 0.99


@dataclass(frozen=True, slots=True)
class Pair:
    """Words of the one name that stand for words of the other."""

    one: tuple[int, ...]
    other: tuple[int, ...]
    similarity: float
    how: str
    """same, spelled, joined, initial, nickname or acronym."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The pairs of two names, and the words of each that found none."""

    pairs: tuple[Pair, ...]
    one_left: tuple[int, ...]
    other_left: tuple[int, ...]


def align(one: Name, other: Name, *, person: bool) -> Alignment:
    """Pairs by falling likeness; every word is used once."""
    options = _single_pairs(one, other, person=person) + _joined_pairs(one, other)
    if not person:
        options += _acronyms(one, other)
    if len(options) > 1:
        options.sort(key=lambda pair: _rank(pair, one, other))
    used_one: set[int] = set()
    used_other: set[int] = set()
    pairs = []
    for pair in options:
        if used_one.isdisjoint(pair.one) and used_other.isdisjoint(pair.other):
            pairs.append(pair)
            used_one.update(pair.one)
            used_other.update(pair.other)
    return Alignment(tuple(pairs), _left(one, used_one), _left(other, used_other))


def _left(name: Name, used: set[int]) -> tuple[int, ...]:
    return tuple(place for place in range(len(name.words)) if place not in used)


def _rank(pair: Pair, one: Name, other: Name) -> tuple[object, ...]:
    """Best first: likeness, then letters covered; particles last; then a tie-break that both sides share."""
    mine, facing = [one.words[i] for i in pair.one], [other.words[i] for i in pair.other]
    particle = all(word.role is _PARTICLE for word in (*mine, *facing))
    left, right = "".join([word.text for word in mine]), "".join([word.text for word in facing])
    gap = abs(pair.one[0] - pair.other[0])
    return (particle, -pair.similarity, -min(len(left), len(right)), gap, min(left, right), max(left, right))


def _single_pairs(one: Name, other: Name, *, person: bool) -> list[Pair]:
    compare = _characters if one.han and other.han else _compare
    spelled = _spelled(one, other)
    found = []
    for i, word in enumerate(one.words):
        for j, facing in enumerate(other.words):
            like, how = (1.0, "same") if word.text == facing.text else compare(word, facing, spelled, person)
            if like >= ALIKE:
                found.append(Pair((i,), (j,), like, how))
    return found


def _spelled(one: Name, other: Name) -> Callable[[str, str], float]:
    """How words are compared: where one name alone lacks its vowels, by consonants."""
    return similarity if one.unvowelled == other.unvowelled else unvowelled_similarity


def _compare(word: Word, facing: Word, spelled: Callable[[str, str], float], person: bool) -> tuple[float, str]:
    one, other, role, facing_role = word.text, facing.text, word.role, facing.role
    if role is _MARK or facing_role is _MARK:
        return 0.0, ""
    if not (one.isalpha() and other.isalpha()) and _numbers_differ(word, facing):
        return 0.0, ""
    if len(one) == 1 or len(other) == 1:
        names = role is not _PARTICLE and facing_role is not _PARTICLE
        starts = person and names and one[0] == other[0]
        return (_INITIAL, "initial") if starts else (0.0, "")
    like = spelled(one, other) if (role is _PARTICLE) == (facing_role is _PARTICLE) else 0.0
    if person and like < _NICKNAME and is_nickname(one, other):
        return _NICKNAME, "nickname"
    return like, "spelled"


def _numbers_differ(word: Word, facing: Word) -> bool:
    """Whether numbers tell the words apart: those that stand alone, and those of three digits or more."""
    alone = word.role is Role.NUMBER or facing.role is Role.NUMBER
    return alone or bool(_CODE.search(word.text + facing.text) and _digits(word.text) != _digits(facing.text))


def _digits(word: str) -> str:
    return "".join(char for char in word if char.isdigit())


def _characters(word: Word, facing: Word, *_: object) -> tuple[float, str]:
    return (_SAME_READING, "spelled") if fold(word.text) == fold(facing.text) else (0.0, "")


def _joined_pairs(one: Name, other: Name) -> list[Pair]:
    """Adjacent words of one name that together are one word of the other."""
    found = [Pair(span, (j,), like, "joined") for span, j, like in _spans(one, other)]
    return found + [Pair((i,), span, like, "joined") for span, i, like in _spans(other, one)]


def _spans(many: Name, single: Name) -> list[tuple[tuple[int, ...], int, float]]:
    if many.han or single.han:
        return []
    texts = [word.text for word in many.words]
    sizes = [len(text) for text in texts]
    spelled = _spelled(many, single)
    found = []
    for j, facing in enumerate(single.words):
        size = len(facing.text)
        if size < 4:
            continue
        for start in range(len(texts) - 1):
            length = sizes[start]
            for end in range(start + 1, len(texts)):
                length += sizes[end]
                if length > size + 2:
                    break
                if length < size - 2:
                    continue
                like = spelled("".join(texts[start : end + 1]), facing.text) * _JOINED
                if like >= JOINED_ALIKE:
                    found.append((tuple(range(start, end + 1)), j, like))
    return found


def _acronyms(one: Name, other: Name) -> list[Pair]:
    """A word of three to six letters that are the first letters of the other name's words."""
    found = [Pair((i,), span, _INITIAL, "acronym") for i, span in _initials_of(one, other)]
    return found + [Pair(span, (j,), _INITIAL, "acronym") for j, span in _initials_of(other, one)]


def _initials_of(short: Name, full: Name) -> list[tuple[int, tuple[int, ...]]]:
    places = [i for i, word in enumerate(full.words) if word.role is not Role.PARTICLE]
    initials = "".join(full.words[i].text[0] for i in places)
    if not 3 <= len(initials) <= 6:
        return []
    return [(i, tuple(places)) for i, word in enumerate(short.words) if word.text == initials]
