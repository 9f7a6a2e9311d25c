"""Chance that is the same on every machine: SplitMix64 over integers, no float and no library whose draws may change.

The generator: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from typing import TypeVar

MASK = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15
"""What the state grows by with each draw."""
MIX_1, MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

_T = TypeVar("_T")


def mix(state: int) -> int:
    """The 64-bit word of a state."""
    state = ((state ^ (state >> 30)) * MIX_1) & MASK
    state = ((state ^ (state >> 27)) * MIX_2) & MASK
    return state ^ (state >> 31)


class Dice:
    """A stream of draws; streams of different names are independent, so a change in one leaves the others alone."""

    def __init__(self, seed: int, stream: str) -> None:
        self._state = int.from_bytes(sha256(f"clew {stream} {seed}".encode()).digest()[:8])

    def word(self) -> int:
        """64 random bits."""
        self._state = (self._state + GAMMA) & MASK
        return mix(self._state)

    def below(self, count: int) -> int:
        """0 to `count` - 1; each as likely but for less than `count` in 2**64."""
        return (self.word() * count) >> 64

    def between(self, least: int, most: int) -> int:
        """`least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def chance(self, permille: int) -> bool:
        """True in so many of a thousand draws."""
        return self.below(1000) < permille

    def pick(self, items: Sequence[_T]) -> _T:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[_T]) -> list[_T]:
        """The items in random order (Fisher and Yates)."""
        found = list(items)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found

    def heavy(self, least: int, most: int) -> int:
        """A power law: P(more than x) is least / x (Pareto, exponent 1), drawn anew where it is more than `most`."""
        while (found := (least << 64) // (self.word() + 1)) > most:
            pass
        return found


class Weighted:
    """Draws a place in a list in proportion to weights."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._ends = list(accumulate(weights))

    def draw(self, dice: Dice) -> int:
        """The place of one weight."""
        return self.place(dice.below(self._ends[-1]))

    def place(self, point: int) -> int:
        """The place whose share of the whole a point falls in."""
        low, high = 0, len(self._ends) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if point < self._ends[middle] else (middle + 1, high)
        return low
