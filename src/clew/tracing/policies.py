"""The taint policies: which units of an account are said to leave it, in the words of the law that uses the rule."""

from dataclasses import dataclass
from enum import StrEnum

from clew.errors import InputError


class Policy(StrEnum):
    """How the units that leave an account are chosen among those it holds."""

    FIFO = "fifo"
    LIFO = "lifo"
    HAIRCUT = "haircut"
    POISON = "poison"
    CLEAN_FIRST = "clean-first"
    DIRTY_FIRST = "dirty-first"

    @property
    def keeps_value(self) -> bool:
        """Whether tainted units add up to the theft; poison marks accounts and keeps no value."""
        return self is not Policy.POISON


@dataclass(frozen=True, slots=True)
class Definition:
    """What a policy does and where the rule comes from, for the report."""

    name: str
    rule: str
    standing: str


DEFINITIONS: dict[str, Definition] = {
    Policy.FIFO: Definition(
        "First in, first out (FIFO)",
        "What came in first leaves first; a payment is cut from the front of the queue of what was received.",
        "Clayton's Case (1816); kept as the starting rule in Barlow Clowes v Vaughan [1992] 4 All ER 22 (England).",
    ),
    Policy.LIFO: Definition(
        "Last in, first out (LIFO)",
        "What came in last leaves first.",
        "An accounting convention; shown for comparison.",
    ),
    Policy.HAIRCUT: Definition(
        "Pro rata (haircut)",
        "Every payment carries stolen units in the proportion the account holds them, rounded down to a unit; "
        "the remainder of the division stays behind.",
        "The rolling charge, described as the North American alternative in Barlow Clowes v Vaughan [1992].",
    ),
    Policy.POISON: Definition(
        "Poison",
        "Whoever receives anything from a poisoned account is poisoned. It keeps no value: nothing is summed.",
        "No legal rule; an upper bound of whom the theft touched.",
    ),
    Policy.CLEAN_FIRST: Definition(
        "Clean first (lowest intermediate balance)",
        "The holder's own units leave first; stolen units stay until the balance would fall below them (lowest "
        "intermediate balance). Between several thefts: pro rata.",
        "Re Hallett; Roscoe v Winder [1915]; between victims, Caron v Jahani (No 2) [2020] NSWCA 117.",
    ),
    Policy.DIRTY_FIRST: Definition(
        "Dirty first",
        "Stolen units leave first. Between several thefts: pro rata.",
        "The claimant's choice: Re Oatway; Foskett v McKeown [2001] 1 AC 102.",
    ),
}


def parse_policy(name: str, *, where: str = "policy") -> Policy:
    """The policy of a name; InputError lists the known ones."""
    try:
        return Policy(name.lower())
    except ValueError:
        raise InputError(f"unknown policy {name!r}", where=where, mend=f"known: {', '.join(Policy)}") from None
