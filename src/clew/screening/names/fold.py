"""From any script to lower-case Latin letters, digits and spaces. Pure and idempotent.

Romanisation is by letter (anyascii: ISO 9-like Cyrillic, Hanyu Pinyin, Revised Romanization, Hepburn), so vowels that a
script does not write, as in Arabic and Hebrew, are not invented. Korean is brought near the McCune-Reischauer-like
spelling that sanctions lists use.
"""

import re
import unicodedata
from functools import cache

from anyascii import anyascii

_CYRILLIC = str.maketrans("аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅ", "aeopcyxijsdhqwABEKMHOPCTYXIJS")
_GREEK = str.maketrans("οανρτικυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oavptikuxABEZHIKMNOPTYX")
_LATIN = str.maketrans("aeopcyxijsABEKMHOPCTYXIJS", "аеорсухіјѕАВЕКМНОРСТУХІЈЅ")
"""Letters that look alike (the Unicode table of confusables, UTS 39, as far as these scripts go)."""

_UNSPOKEN = frozenset({"Cf", "Cs", "Cn", "Co", "Sk", "So"})
"""Unicode categories of characters that no name is pronounced by: invisible, unassigned, pictures."""
_ARTICLE = re.compile(r"\b\u0627\u0644(?=\w{2})")
"""The Arabic article, which Arabic writes as one word with its noun and Latin letters mostly as two."""
_UNVOWELLED = re.compile(r"[\u0590-\u05ff\u0600-\u06ff\u0700-\u074f]")

_MARKS = str.maketrans(dict.fromkeys("'`\u2018\u2019\u02bb\u02bc\u02be\u02bf", ""))
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"\S+")
_KOREAN_INITIALS = str.maketrans({"g": "k", "b": "p"})
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_SYLLABLE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0002ffff]")


def clean(text: str) -> str:
    """The text in compatibility form, without invisible characters, and in one script a word; its case is kept."""
    if text.isascii():
        return text
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in _UNSPOKEN)
    return _WORD.sub(lambda word: _one_script(word[0]), shown)


def fold(text: str) -> str:
    """The text as lower-case Latin words, single spaces between them; empty where no letter or digit is left."""
    return fold_clean(clean(text))


def fold_clean(text: str) -> str:
    """As `fold`, of a text that `clean` gave."""
    if not text.isascii():
        text = _ARTICLE.sub("al ", text)
        text = _SYLLABLE.sub(lambda syllable: f" {_syllable(syllable[0])} ", text)
        text = anyascii(text)
    text = text.lower().replace("&", " and ").translate(_MARKS)
    return _NOT_WORD.sub(" ", text).strip()


def is_unvowelled(text: str) -> bool:
    """Whether the text has letters of a script that leaves short vowels out: Hebrew, Arabic, Syriac."""
    return not text.isascii() and _UNVOWELLED.search(text) is not None


def _one_script(word: str) -> str:
    """A word that mixes look-alike letters of two scripts, in the one script that can hold all of it."""
    scripts = {_script(letter) for letter in word if letter.isalpha()}
    if len(scripts) < 2 or "latin" not in scripts:
        return word
    for table, script in ((_CYRILLIC, "latin"), (_GREEK, "latin"), (_LATIN, "cyrillic")):
        changed = word.translate(table)
        if all(_script(letter) == script for letter in changed if letter.isalpha()):
            return changed
    return word


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "unknown").split(" ")[0].lower()


@cache
def _syllable(char: str) -> str:
    """One Han or Hangul syllable; Hangul as Korean lists write it (Kim for gim, Jong for jeong)."""
    plain = anyascii(char).lower()
    if "\uac00" <= char <= "\ud7a3":
        plain = plain[:1].translate(_KOREAN_INITIALS) + plain[1:]
        plain = plain.replace("eo", "o").replace("eu", "u")
    return plain
