"""The reasons behind a name score: each a function of two aligned names that says how far it holds, and why. Pure.

A function's first sentence is its documentation: `FEATURES` is what the pages and the explanations are made from.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from rapidfuzz.distance import OSA, Indel

from clew.screening.names import lexicon
from clew.screening.names.alignment import Alignment, Pair
from clew.screening.names.spelling import sound
from clew.screening.names.words import WEIGHTS, Name, Role

WHOLE_WORD = frozenset({"same", "spelled", "joined"})
"""Ways to pair words that compare all their letters."""
FAR = 0.78
"""Paired words less alike than this are far apart."""


@dataclass(slots=True, eq=False)
class Aligned:
    """Two names and how their words pair."""

    one: Name
    other: Name
    alignment: Alignment
    weight: float = field(init=False)
    """Mean weight of both names."""
    paired: float = field(init=False)
    """Weight of all pairs."""
    left: tuple[float, float] = field(init=False)
    """Weight of what found no pair, on both sides."""

    def __post_init__(self) -> None:
        self.weight = max((self.one.weight + self.other.weight) / 2, 1e-9)
        self.paired = sum(map(self.worth, self.alignment.pairs))
        self.left = self._left()

    def worth(self, pair: Pair) -> float:
        """Mean weight of the words on both sides of a pair."""
        return (_weight(self.one, pair.one) + _weight(self.other, pair.other)) / 2

    def _left(self) -> tuple[float, float]:
        mine, facing = _weight(self.one, self.alignment.one_left), _weight(self.other, self.alignment.other_left)
        for pair in self.alignment.pairs:
            if pair.how == "initial":  # an initial answers for half of the word it may stand for
                mine += max(0.0, self.one.words[pair.one[0]].weight - WEIGHTS[Role.INITIAL])
                facing += max(0.0, self.other.words[pair.other[0]].weight - WEIGHTS[Role.INITIAL])
        return mine, facing

    def texts(self, name: Name, places: tuple[int, ...]) -> str:
        """The words at these places, for a reason."""
        return " ".join(name.words[i].text for i in places)

    def show(self, pair: Pair) -> str:
        """A pair, for a reason."""
        return f"{self.texts(self.one, pair.one)}~{self.texts(self.other, pair.other)}"


def _weight(name: Name, places: tuple[int, ...]) -> float:
    if len(places) == 1:
        return name.words[places[0]].weight
    return sum([name.words[place].weight for place in places])


Value = tuple[float, str]


def agreement(names: Aligned) -> Value:
    """The weight of words that pair, by how like they are, among all words of both names."""
    like = sum(names.worth(pair) * pair.similarity for pair in names.alignment.pairs)
    return min(1.0, like / names.weight), f"{len(names.alignment.pairs)} words or groups pair"


def contradiction(names: Aligned) -> Value:
    """Both names have words that the other lacks: another name in the place of this one."""
    mine, facing = names.left
    smaller = min(names.one.weight, names.other.weight)
    one = names.texts(names.one, names.alignment.one_left)
    other = names.texts(names.other, names.alignment.other_left)
    if not min(mine, facing):
        return 0.0, "neither name has a word against the other's"
    return min(1.0, min(mine, facing) / max(smaller, 1e-9)), f"{one!r} stands against {other!r}"


def full_contradiction(names: Aligned) -> Value:
    """A whole name word stands against another whole name word, whatever else pairs."""
    mine, facing = names.left
    value = min(1.0, mine, facing)
    return value, "a name word has no counterpart on either side" if value == 1.0 else "no name word is contradicted"


def omission(names: Aligned) -> Value:
    """One name has words that the other leaves out, without putting others in their place."""
    mine, facing = names.left
    larger = max(names.one.weight, names.other.weight, 1e-9)
    more = "the first" if mine > facing else "the second"
    value = abs(mine - facing) / larger
    return min(1.0, value), f"{more} name says more" if value else "neither name says more"


def misspelling(names: Aligned) -> Value:
    """How far the paired words differ in spelling, by weight."""
    lost = sum(names.worth(pair) * (1 - pair.similarity) for pair in names.alignment.pairs if pair.how in WHOLE_WORD)
    shown = ", ".join(names.show(pair) for pair in names.alignment.pairs if pair.how == "spelled")
    return min(1.0, lost / max(names.paired, 1e-9)), shown or "no word is spelled otherwise"


def worst_word(names: Aligned) -> Value:
    """How far the two least alike of the paired words differ."""
    pairs = [pair for pair in names.alignment.pairs if pair.how in WHOLE_WORD]
    if not pairs:
        return 0.0, "no whole words pair"
    worst = min(pairs, key=lambda pair: pair.similarity)
    return min(1.0, (1 - worst.similarity) / 0.4), names.show(worst)


def far_words(names: Aligned) -> Value:
    """The paired words that differ by about a quarter of their letters or more: two steps, not a slip."""
    far = [pair for pair in names.alignment.pairs if pair.how in WHOLE_WORD and _far(names, pair)]
    return float(bool(far)), ", ".join(map(names.show, far)) or "no paired words are that far apart"


def _far(names: Aligned, pair: Pair) -> bool:
    one, other = (
        "".join(name.words[i].text for i in places)
        for name, places in ((names.one, pair.one), (names.other, pair.other))
    )
    return pair.similarity < FAR and OSA.distance(one, other) > 1


def nothing_whole(names: Aligned) -> Value:
    """No whole word pairs: all rests on initials, nicknames or an acronym."""
    value = float(not any(pair.how in WHOLE_WORD for pair in names.alignment.pairs))
    return value, "no whole word pairs" if value else "a whole word pairs"


def shortened(names: Aligned) -> Value:
    """The share of the pairs that rest on an initial, a nickname or an acronym."""
    short = [pair for pair in names.alignment.pairs if pair.how not in WHOLE_WORD]
    share = sum(map(names.worth, short)) / max(names.paired, 1e-9)
    return min(1.0, share), ", ".join(f"{names.show(pair)} ({pair.how})" for pair in short) or "no word is shortened"


def unlike_whole(names: Aligned) -> Value:
    """How far the names differ letter by letter, their words in alphabetical order."""
    one, other = ("".join(sorted(word.text for word in name.words)) for name in (names.one, names.other))
    return float(Indel.normalized_distance(one, other)), "letters in common, whatever words they stand in"


def thin(names: Aligned) -> Value:
    """Little identifies: few letters of name words pair."""
    letters = sum(
        len(names.one.words[i].text)
        for pair in names.alignment.pairs
        if pair.how in WHOLE_WORD
        for i in pair.one
        if names.one.words[i].role is Role.NAME
    )
    facing = sum(
        len(names.other.words[i].text)
        for pair in names.alignment.pairs
        if pair.how in WHOLE_WORD
        for i in pair.other
        if names.other.words[i].role is Role.NAME
    )
    return math.exp(-(letters + facing) / 12), f"{(letters + facing) / 2:g} letters of name words pair"


def lone_word(names: Aligned) -> Value:
    """One name is a single word, the other has more."""
    sizes = sorted(sum(word.weight >= 0.5 for word in name.words) for name in (names.one, names.other))
    value = float(sizes[0] <= 1 < sizes[1])
    return value, "one word against several" if value else "no single word against several"


def common_only(names: Aligned) -> Value:
    """One name says more, and the words that pair are names that many people bear."""
    shared = [pair for pair in names.alignment.pairs if pair.how in WHOLE_WORD]
    rare = [pair for pair in shared if not (_is_common(names.one, pair.one) or _is_common(names.other, pair.other))]
    if rare or not shared or not max(names.left):
        return 0.0, "a rarer name pairs, or nothing is left out"
    return min(1.0, max(names.left)), f"{', '.join(map(names.show, shared))} alone"


def _is_common(name: Name, places: tuple[int, ...]) -> bool:
    """Whether all these words are common names, titles or particles."""
    words = (name.words[i] for i in places)
    return all(word.role is not Role.NAME or sound(word.text) in _common_sounds() for word in words)


@cache
def _common_sounds() -> frozenset[str]:
    return frozenset(map(sound, lexicon.words("common")))


def loose(names: Aligned) -> Value:
    """One name says more, and a word of what pairs is spelled otherwise: both at once are no slip."""
    more, worst = min(1.0, max(names.left)), worst_word(names)[0]
    return more * min(1.0, 2 * worst), "left-out words beside another spelling" if more * worst else "not both at once"


def other_order(names: Aligned) -> Value:
    """The share of twos of pairs whose words stand in another order."""
    places = [pair.other[0] for pair in sorted(names.alignment.pairs, key=lambda pair: pair.one[0])]
    twos = list(combinations(places, 2))
    turned = sum(after < before for before, after in twos)
    return (turned / len(twos) if turned else 0.0), f"{turned} of {len(twos)} twos stand in another order"


def other_form(names: Aligned) -> Value:
    """Both names state a legal form, and the forms are of different classes."""
    mine, facing = names.one.forms, names.other.forms
    if not mine or not facing:
        return 0.0, "not stated by both"
    value = 1 - len(mine & facing) / len(mine | facing)
    return value, f"{' and '.join(sorted(mine))} against {' and '.join(sorted(facing))}"


Measure = Callable[[Aligned], Value]

COMMON: tuple[Measure, ...] = (
    agreement,
    contradiction,
    full_contradiction,
    omission,
    misspelling,
    worst_word,
    far_words,
    shortened,
    nothing_whole,
    unlike_whole,
    thin,
    lone_word,
    loose,
)
FEATURES: dict[str, tuple[Measure, ...]] = {
    "person": (*COMMON, common_only),
    "organisation": (*COMMON, other_order, other_form),
}
"""The features of each scorecard; vessels are scored by that of organisations."""


def name_of(measure: Measure) -> str:
    """A feature's name in weights and explanations."""
    return measure.__name__.replace("_", "-")


def meaning(measure: Measure) -> str:
    """A feature's documentation: the sentence of its docstring."""
    return (measure.__doc__ or "").split("\n")[0]
