"""Many addresses at once: a kernel clears what is plainly valid and unknown, the rest is looked at one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clew.chains.bulk import OTHER, check_addresses
from clew.model import Decision
from clew.screening.addresses import AddressAnswer, AddressIndex, screen_address
from clew.screening.policy import Policy

DECISIONS = tuple(Decision)


@dataclass(frozen=True, slots=True)
class BulkAnswers:
    """Decisions of many addresses, in their order."""

    decisions: npt.NDArray[np.uint8]
    """Positions in DECISIONS."""
    answers: Mapping[int, AddressAnswer]
    """By row: the whole answer of those that are not plainly valid and unknown."""

    def __len__(self) -> int:
        return len(self.decisions)


def screen_many(texts: Sequence[str], index: AddressIndex, policy: Policy) -> BulkAnswers:
    """As `addresses.screen_address` of each, without chain and exposure, for millions.

    An address that the kernel finds valid and whose key nobody lists or tags is `CLEAR`: no rule could hold, since
    there is no fact. Each different text of the others is looked at once.
    """
    codes, keys = check_addresses(pa.array(texts, pa.string()))
    known = index.key_prefixes
    at = np.minimum(np.searchsorted(known, keys), max(0, len(known) - 1))
    met = known[at] == keys if len(known) else np.zeros(len(keys), dtype=np.bool_)
    decisions = np.full(len(codes), DECISIONS.index(Decision.CLEAR), dtype=np.uint8)
    seen: dict[str, AddressAnswer] = {}
    answers: dict[int, AddressAnswer] = {}
    for row in np.flatnonzero((codes == OTHER) | met).tolist():
        text = texts[row]
        if text not in seen:
            seen[text] = screen_address(text, index, policy)
        answers[row] = seen[text]
        decisions[row] = DECISIONS.index(seen[text].decision)
    return BulkAnswers(decisions, answers)
