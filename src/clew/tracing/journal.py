"""What a run carries: events in order, the accounts they move between, and the rows of the ledger they stand for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.links.swaps import Swap
from clew.model import TRANSIENT, Grade, Limitation
from clew.tracing.taint import Events, Marks

CONVERSION, WRAP, OUTSIDE, MIX = "@conversion:", "@wrap:", "@outside:", "@mix:"
"""How the names of accounts begin that Clew makes: where the legs of a conversion or a wrap meet, where a theft comes
from that no source shows, and where what entered a mixer is shared over what left it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an account number of the kernels stands for."""

    chain: str
    name: str
    """An address, an outpoint, or one of the accounts Clew makes: a sink, a transient, a wrap, a conversion."""
    asset: str
    """CAIP-19 id; empty for wraps and conversions, which two assets pass through."""
    owner: str = ""
    """The address that controls an outpoint; of other accounts, the name."""

    @property
    def made(self) -> bool:
        """Whether Clew made the account: nobody holds it, and its history is whole by construction."""
        return self.name.startswith("@")

    @property
    def passes(self) -> bool:
        """Whether value only passes through: reaching it is no hop."""
        return self.name.startswith((TRANSIENT, WRAP, CONVERSION, MIX))

    @property
    def address(self) -> str:
        """Who to ask about it: the owner of an outpoint, the mixer of a share, else the account itself."""
        return self.owner or self.name

    @property
    def shown(self) -> str:
        """Its address; empty for an account that Clew made and that stands for nobody's."""
        return self.owner if self.made else self.address


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """The events of a run, with what they came from."""

    events: Events
    """`follows` is None: who is followed is the walk's business."""
    marks: Marks
    accounts: list[Account]
    row: npt.NDArray[np.int64]
    """Row of the transfer table an event stands for or is anchored to (its transaction and time)."""
    shown: npt.NDArray[np.bool_]
    """Whether the event is that row; False where it was put in (an asserted transfer, a conversion)."""
    theft_grades: tuple[Grade, ...]
    """How each theft's arrival is known: observed, or asserted by the case alone."""
    limitations: tuple[Limitation, ...]
    pending: tuple[str, ...]
    """Transactions of thefts and conversions that no loaded history shows (yet), as ``chain:tx``."""
    swaps: dict[int, Swap]
    """Swaps joined, by the number of their conversion; the case's own conversions have the first numbers."""
