"""How like two words are spelled: by letters, by sound across romanisations, and by consonants. Pure.

One letter of a word is one step; a vowel is half a step, since romanisations and unvowelled scripts agree on consonants
first. Distances are rapidfuzz's optimal string alignment, in which two neighbours that change places are one step.
"""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|tsch|sch|sz(?=[aeiouyt])", "sh"),
        (r"^(?:x|hs)(?=[aeiouy])", "sh"),
        (r"tch|cz", "ch"),
        (r"dzh|dj|dsch|zh", "j"),
        (r"(?<=[aou])j(?=[^aeiou]|$)", "i"),
        (r"ph", "f"),
        (r"kh|gh(?=[aeiou])", "h"),
        (r"th", "t"),
        (r"ck|cq|q|c(?=[aou]|[^aeiouyh]|$)", "k"),
        (r"c(?=[eiy])", "s"),
        (r"(?<=[aeiou])x", "ks"),
        (r"w", "v"),
        (r"tz", "ts"),
        (r"ou|oo", "u"),
        (r"ee|ie|ij|ei$|ej$|ey$|iy|yi|y", "i"),
        (r"ii+", "i"),
        (r"i(?=[aou])", ""),
        (r"ae", "e"),
        (r"oe", "o"),
        (r"ue", "u"),
        (r"(?<=[aeiou])h(?=[^aeiou]|$)", ""),
        (r"(.)\1+", r"\1"),
    )
)
"""Spellings of one sound in the romanisations that lists mix (ISO 9, BGN/PCGN, French, German, Polish, English)."""

_VOWELS = re.compile(r"(?<!^)[aeiouy]")
_WEAK = re.compile(r"[aeiouyv]")
"""Vowels, and the letters that stand for long ones where short ones are not written."""
_UNVOWELLED_WORTH = 0.95
_BEFORE = re.compile(r"^abd(?:[aeiou][lrsnz]?)?(?=..)")
_AFTER = re.compile(r"(?<=..)(?:[oe]vi?t?ch|[oe]vna|ichna|shvili)$")
"""Parts that make a patronymic or a theophoric name (Slavic -ovich, Georgian -shvili, Arabic Abd al-)."""


_UNLIKE = 0.3
"""Words with fewer letters in common than this are not looked at further: no romanisation brings them together."""


_TRANSPOSED = 0.6
"""Steps of two neighbouring letters that change places, the slip that says least about another name."""


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The word as its sounds: one spelling for the romanisations of one sound."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The first letter and the consonants of the word's sounds."""
    return _VOWELS.sub("", sound(word))


@lru_cache(maxsize=262144)
def similarity(one: str, other: str) -> float:
    """How like two words are, from 0 to 1; 1 for the same letters alone. Symmetric."""
    if one == other:
        return 1.0
    if OSA.normalized_similarity(one, other) < _UNLIKE:
        return 0.0
    stems = _stems(one, other)
    if stems is not None:
        return similarity(*stems) * 0.98
    letters = _alike(one, other, _VOWELS.sub("", one), _VOWELS.sub("", other))
    sounds = _alike(sound(one), sound(other), skeleton(one), skeleton(other))
    return max(letters, 0.96 * sounds)


@lru_cache(maxsize=65536)
def unvowelled_similarity(one: str, other: str) -> float:
    """How like a word without short vowels is to one with them: by the consonants of their sounds alone.

    Arabic has no p and writes b for it.
    """
    bones, facing = (_WEAK.sub("", sound(word)).replace("p", "b") for word in (one, other))
    if not bones or not facing:
        return float(one == other)
    return _UNVOWELLED_WORTH * float(OSA.normalized_similarity(bones, facing))


def _alike(one: str, other: str, bones: str, other_bones: str) -> float:
    """Half the distance by all letters, half by consonants, against the longer word."""
    steps = (OSA.distance(one, other) + OSA.distance(bones, other_bones)) / 2
    if steps == 1 and sorted(one) == sorted(other):
        steps = _TRANSPOSED
    return max(0.0, 1.0 - steps / max(len(one), len(other), 1))


def _stems(one: str, other: str) -> tuple[str, str] | None:
    """What is left of both words without the part that both were made with; None where they share none."""
    before, after = _affixes(one)
    other_before, other_after = _affixes(other)
    if before and other_before:
        return one[len(before) :], other[len(other_before) :]
    if after and other_after:
        return one[: -len(after)], other[: -len(other_after)]
    return None


@lru_cache(maxsize=65536)
def _affixes(word: str) -> tuple[str, str]:
    """The part that stands before a word's stem and the one after it, each empty where there is none."""
    before, after = _BEFORE.match(word), _AFTER.search(word)
    return before[0] if before else "", after[0] if after else ""
