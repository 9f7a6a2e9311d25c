"""A name as weighted words: what identifies its bearer, what is title, particle, legal form or common word. Pure."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from clew.screening.names import lexicon
from clew.screening.names.fold import HAN, clean, fold_clean, is_unvowelled
from clew.screening.names.records import Kind

MOST_WORDS = 24
MOST_LETTERS = 40
"""A name is compared by so many words of so many letters; what is beyond is noted, never dropped in silence."""
MOST_TEXT = 20_000
"""Characters that are looked at to find those words, so that invisible ones cannot push a name out of sight."""


class Role(StrEnum):
    """What a word is to its name."""

    NAME = "name"
    GENERIC = "generic"
    NUMBER = "number"
    INITIAL = "initial"
    TITLE = "title"
    PARTICLE = "particle"
    MARK = "mark"


WEIGHTS = {
    Role.NAME: 1.0,
    Role.MARK: 1.0,
    Role.GENERIC: 0.6,
    Role.NUMBER: 0.5,
    Role.INITIAL: 0.5,
    Role.TITLE: 0.25,
    Role.PARTICLE: 0.15,
}
"""How much of a name each kind of word is worth."""
_REMEMBERED = 1000
"""Longer texts are read anew each time: what is kept in memory must not grow with what is asked."""

LEET = str.maketrans("013457890", "oieastbgo")
_MARK = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,2}-[A-Za-z0-9]{3,5}")
"""An aircraft's registration mark (ICAO Annex 7: nationality, hyphen, registration): whole or not at all."""
_ROMAN = re.compile(r"^(x{0,3})(ix|iv|v?i{0,3})$")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word of a name."""

    text: str
    role: Role
    weight: float


@dataclass(frozen=True, slots=True)
class Name:
    """A name ready to be compared."""

    words: tuple[Word, ...]
    forms: frozenset[str] = frozenset()
    """Classes of its legal forms."""
    han: bool = False
    """Whether its words are single Han characters, as written."""
    unvowelled: bool = False
    """Whether it was written in a script without short vowels."""
    cut: bool = False
    """Whether words or letters beyond the bounds were left out."""
    weight: float = field(init=False)
    """Sum over its words."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", sum(word.weight for word in self.words))

    @property
    def text(self) -> str:
        """Its words, joined."""
        return " ".join(word.text for word in self.words)


def read_name(text: str, kind: Kind) -> Name:
    """The words of a name, none where it has no letter or digit; a person's are read otherwise than a company's."""
    return (_read if len(text) <= _REMEMBERED else _read.__wrapped__)(text, kind)


def read_han(text: str) -> Name | None:
    """The name by its Han characters; None where it has other letters or fewer than two characters."""
    return None if text.isascii() else (_han if len(text) <= _REMEMBERED else _han.__wrapped__)(text)


@lru_cache(maxsize=65536)
def _read(text: str, kind: Kind) -> Name:
    shown = clean(text[:MOST_TEXT])
    folded = fold_clean(shown).split()
    kept = [word[:MOST_LETTERS] for word in folded[:MOST_WORDS]]
    cut = kept != folded or len(text) > MOST_TEXT
    bare = is_unvowelled(shown)
    if kind is Kind.VESSEL and _MARK.fullmatch(shown.strip()):
        return Name((_word("".join(kept), Role.MARK),), cut=cut)
    if kind is Kind.PERSON:
        return Name(_person(kept, shown), unvowelled=bare, cut=cut)
    joined = _join_letters(kept)
    core, forms = _without_forms(joined)
    return Name(_organisation(core or joined), forms=forms, unvowelled=bare, cut=cut)


@lru_cache(maxsize=4096)
def _han(text: str) -> Name | None:
    letters = [char for char in clean(text[:MOST_TEXT]) if char.isalnum()]
    if len(letters) < 2 or not all(HAN.match(char) for char in letters):
        return None
    words = tuple(Word(char, Role.NAME, 1.0) for char in letters[:MOST_WORDS])
    return Name(words, han=True, cut=len(letters) > MOST_WORDS)


def _person(words: list[str], shown: str) -> tuple[Word, ...]:
    found = []
    for word in words:
        if any(c.isdigit() for c in word) and any(c.isalpha() for c in word):
            word = word.translate(LEET)
        if 2 <= len(word) <= 3 and not set(word) & set("aeiouy") and word.upper() in shown and shown != shown.upper():
            found += [_word(letter, Role.INITIAL) for letter in word]
        else:
            found.append(_word(word, _person_role(word)))
    return _with_substance(found)


def _person_role(word: str) -> Role:
    if word in lexicon.words("particles"):
        return Role.PARTICLE
    if len(word) == 1:
        return Role.INITIAL
    return Role.TITLE if word in lexicon.words("titles") else Role.NAME


def _organisation(words: list[str]) -> tuple[Word, ...]:
    found: list[Word] = []
    text = " ".join(words).replace("united states", "us")
    for place, word in enumerate(text.split()):
        word = lexicon.variants().get(word, word)
        number = lexicon.numbers().get(word) or (_roman(word) if place else "")
        if number or (word.isdigit() and not _is_code(word)):
            _add_number(found, number or word.lstrip("0") or "0")
        elif word in lexicon.words("stopwords"):
            found.append(_word(word, Role.PARTICLE))
        else:
            found.append(_word(word, Role.GENERIC if word in lexicon.words("generic") else Role.NAME))
    return _with_substance(found)


def _add_number(found: list[Word], number: str) -> None:
    """Add a number; units after tens are one number with them (forty four)."""
    tens = found[-1] if found and found[-1].role is Role.NUMBER else None
    if tens is not None and len(number) == 1 and len(tens.text) == 2 and tens.text.endswith("0"):
        found[-1] = _word(str(int(tens.text) + int(number)), Role.NUMBER)
    else:
        found.append(_word(number, Role.NUMBER))


def _is_code(word: str) -> bool:
    """Whether digits identify, as a hull number does: three or more that are no year."""
    return len(word) > 2 and not (len(word) == 4 and word[:2] in ("19", "20"))


def _word(text: str, role: Role) -> Word:
    return Word(text, role, WEIGHTS[role])


def _with_substance(words: list[Word]) -> tuple[Word, ...]:
    """The words; where all are titles, particles or numbers, they are the name themselves."""
    if any(word.role in (Role.NAME, Role.GENERIC, Role.MARK) for word in words):
        return tuple(words)
    return tuple(Word(word.text, Role.NAME if len(word.text) > 1 else word.role, 1.0) for word in words)


def _roman(word: str) -> str:
    """The value of a Roman numeral up to 39, or nothing."""
    if not word or not _ROMAN.match(word):
        return ""
    values = [_ROMAN_VALUES[letter] for letter in word]
    return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))


def _join_letters(words: list[str]) -> list[str]:
    """Single letters that follow each other as one word: L.X.C. and S.A.R.L. become lxc and sarl."""
    found: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and not word.isdigit():
            run += word
            continue
        found += [run] if run else []
        found += [word] if word else []
        run = ""
    return found


def _without_forms(words: list[str]) -> tuple[list[str], frozenset[str]]:
    """The words without the legal forms at either end, and the classes of those."""
    classes = set()
    left = list(words)
    for ends in (True, False, True):
        while left:
            size = _form_at(left, last=ends)
            if not size:
                break
            part = left[-size:] if ends else left[:size]
            classes.add(_forms()[tuple(part)])
            left = left[:-size] if ends else left[size:]
    return left, frozenset(classes)


def _form_at(words: list[str], *, last: bool) -> int:
    """How many words at an end are a legal form; the longest counts."""
    for size in range(min(lexicon.longest_form(), len(words)), 0, -1):
        part = tuple(words[-size:] if last else words[:size])
        if part in _forms():
            return size
    return 0


@lru_cache(maxsize=1)
def _forms() -> dict[tuple[str, ...], str]:
    """Legal forms by their words, with single letters joined as in names."""
    return {tuple(_join_letters(list(form))): name for form, name in lexicon.legal_forms().items()}
