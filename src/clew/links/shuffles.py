"""The base rate of a rule: how often it would link the same withdrawals by chance (tracing reference, section 8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

SHUFFLES = 1000
SEED = 8_2
NEVER = 2**62
"""A block that does not come: the rule never links this key."""


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What a rule links, and what it links when what it joins on is dealt anew inside each stratum."""

    links: int
    """k: withdrawals linked."""
    by_chance: float
    """mu: of them, those the rule would link too with what was dealt; the mean over the shuffles."""
    spread: float
    """Standard deviation over the shuffles."""
    shuffles: int
    eligible: int = 0
    """Withdrawals the rule could be asked of."""
    impossible: int = 0
    """Withdrawals whose key has only later deposits: false for certain, and a sign of how many others are."""

    @property
    def lift(self) -> float | None:
        """k / mu; None where chance links nothing."""
        return self.links / self.by_chance if self.by_chance else None

    @property
    def probability(self) -> float:
        """That a link is no chance: max(0, 1 - mu / k)."""
        return max(0.0, 1 - self.by_chance / self.links) if self.links else 0.0

    @property
    def beats_chance(self) -> bool:
        """Whether k stands out from mu: by more than two spreads, and by a tenth of k."""
        return self.links > self.by_chance + 2 * self.spread and self.probability >= 0.1


def deals(stratum: Ints, shuffles: int, seed: int) -> Iterator[Ints]:
    """Rows dealt anew inside each stratum: row i gets what row ``deal[i]`` had. The same seed gives the same deals."""
    rng = np.random.default_rng(seed)
    ranked = np.unique(stratum, return_inverse=True)[1].astype(np.float64)
    home = np.argsort(ranked, kind="stable")
    for _ in range(shuffles):
        dealt = np.empty(len(stratum), dtype=np.int64)
        dealt[home] = np.argsort(ranked + rng.random(len(stratum)), kind="stable")
        yield dealt


def base_rate(key: Ints, since: Ints, block: Ints, stratum: Ints, shuffles: int = SHUFFLES) -> BaseRate:
    """Of a rule that links a withdrawal whose key has a deposit no later than it.

    `key`, `block`, `stratum`: of each withdrawal; `since`: of each key, the block from which the rule links it, or
    NEVER. Who is dealt his own key says nothing of chance: the rate is that of the others. Where nobody can be dealt
    another key, chance is not told from the rule, and mu is k.
    """
    linked = since[key] <= block
    found = int(linked.sum())
    impossible = int(((since[key] > block) & (since[key] < NEVER)).sum())
    if not found:
        return BaseRate(0, 0.0, 0.0, shuffles, len(key), impossible)
    inside = np.isin(stratum, stratum[linked])
    key_in, block_in, linked_in = key[inside], block[inside], linked[inside]
    shares = []
    for deal in deals(stratum[inside], shuffles, SEED):
        dealt = key_in[deal]
        moved = linked_in & (dealt != key_in)
        if moved.any():
            shares.append(float((since[dealt] <= block_in)[moved].mean()))
    counts = found * np.array(shares or [1.0])
    return BaseRate(found, float(counts.mean()), float(counts.std()), shuffles, len(key), impossible)
