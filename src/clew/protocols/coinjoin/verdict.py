"""What a rule says of a transaction: the protocol, how sure, and by what margin each of its conditions held."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from clew.protocols.coinjoin.facts import Facts

ASSERTED = 0.5
"""From this confidence on a verdict is asserted; below it is a suspicion, on which nothing should rest."""
_LEAST, _MOST = 50, 990
"""Thousandths: below the least, what speaks against outweighs the structure, and the rule does not fire."""


class Protocol(StrEnum):
    """The CoinJoin protocols with a rule."""

    WASABI_1 = "wasabi-1"
    WASABI_2 = "wasabi-2"
    WHIRLPOOL = "whirlpool"
    WHIRLPOOL_TX0 = "whirlpool-tx0"
    """Prepares coins of one wallet for Whirlpool: no mix itself."""
    JOINMARKET = "joinmarket"
    PAYJOIN = "payjoin"

    @property
    def mixes(self) -> bool:
        """Whether its inputs are of several owners, so that common-input clustering must not cross it."""
        return self is not Protocol.WHIRLPOOL_TX0


class Margin(NamedTuple):
    """A measure of the transaction against the bounds its rule sets."""

    condition: str
    measured: int | None
    """None where the transaction as given does not say: a condition that was not checked."""
    least: int
    most: int
    points: int = 0
    """Thousandths of confidence it gave or took; 0 for a condition without which the rule does not fire."""

    @property
    def room(self) -> int | None:
        """Distance to the nearer bound; negative outside of them, None unchecked."""
        return None if self.measured is None else min(self.measured - self.least, self.most - self.measured)


class Verdict(NamedTuple):
    """One rule's opinion of one transaction."""

    protocol: Protocol
    confidence: float
    """Clew's degree of belief that the transaction is of this protocol, 0 to 1, from the conditions it meets.

    Above 0.9: signs of the protocol itself. From `ASSERTED`: the structure fits and no plainer reading is known. Below:
    a suspicion. It orders verdicts; it is no measured frequency: those are in ``docs/coinjoin.md``.
    """
    denominations: tuple[int, ...]
    """The values in which coins were mixed, in base units; of a tx0 its pool."""
    equal_outputs: int
    """The largest number of outputs of one mixed value: the anonymity set before anything else is known."""
    margins: tuple[Margin, ...]

    @property
    def asserted(self) -> bool:
        """Whether it is more than a suspicion."""
        return self.confidence >= ASSERTED

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Conditions for which the transaction lacked the data."""
        return tuple(margin.condition for margin in self.margins if margin.measured is None)


def bounded(facts: Facts, condition: str, measured: int | None) -> Margin:
    """A necessary condition, against its bounds in the facts."""
    return Margin(condition, measured, *facts.bounds[condition])


def exactly(condition: str, measured: int | None, wanted: int) -> Margin:
    """A necessary condition with one allowed value."""
    return Margin(condition, measured, wanted, wanted)


def sign(margin: Margin, *, met: int, unmet: int = 0) -> Margin:
    """A condition that is not necessary: the points it gives where met and (negative) where not, none unchecked."""
    room = margin.room
    return margin._replace(points=0 if room is None else met if room >= 0 else unmet)


def conclude(
    facts: Facts,
    protocol: Protocol,
    time: int | None,
    needed: Iterable[Margin],
    signs: Iterable[Margin],
    *,
    denominations: Sequence[int],
    equal_outputs: int,
    conclusive: bool = False,
) -> Verdict | None:
    """The verdict; None where a needed condition fails, before the protocol existed, or where signs speak against it.

    `conclusive` lifts the bound of confidence that unchecked conditions set.
    """
    conditions = tuple(needed)
    if time is not None and time < facts.since:
        return None
    if any(margin.measured is not None and not margin.least <= margin.measured <= margin.most for margin in conditions):
        return None
    margins = (*conditions, *signs)
    points = facts.start + sum(margin.points for margin in margins)
    if points < _LEAST:
        return None
    most = _MOST
    if not conclusive and any(margin.measured is None for margin in margins):
        most = facts.blind
    if time is not None and facts.until is not None and time >= facts.until:
        most = min(most, facts.after)
    confidence = min(points, most) / 1000
    return Verdict(protocol, confidence, tuple(denominations), equal_outputs, margins)
