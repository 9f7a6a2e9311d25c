"""What a walk is given, what one of its runs finds, and the trace that it ends in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clew.chains.logs import Log
from clew.ledger import TransferTable
from clew.model import Address, Case, Category, History, Limitation, Tag
from clew.tracing.journal import Journal
from clew.tracing.passages import Passage
from clew.tracing.paths import Ways
from clew.tracing.policies import Policy
from clew.tracing.taint import Rows

BUSY = "too busy to be one person's"


class Histories(Protocol):
    """Where the walk gets transfers: it names accounts and transactions, and reads the ledger they end in."""

    def load(self, accounts: Sequence[Address]) -> None:
        """Load the whole histories of accounts (addresses, or outpoints) not loaded yet."""
        ...

    def show(self, transactions: Sequence[Address]) -> Sequence[Address]:
        """Load single transactions, each named by its chain and id; those of them the source could show whole."""
        ...

    def history(self, chain: str, account: str) -> History | None:
        """How completely an account is known; None where it was not loaded."""
        ...

    def whole(self, chain: str) -> bool:
        """Whether a chain was read block by block, so that every account's history is at hand."""
        ...

    def transfers(self) -> TransferTable:
        """All that is loaded."""
        ...

    def logs(self, chain: str, tx: str) -> Sequence[Log] | None:
        """The events of a transaction; None where no reply at hand shows them."""
        ...

    def limitations(self) -> list[Limitation]:
        """What the replies could not show."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the walk gives up; what it leaves is disposed of as not followed, with the bound that stopped it."""

    max_addresses: int = 1000
    """Accounts whose histories are loaded."""
    min_amount: Mapping[int, int] | None = None
    """By theft: fewest origin units for which an account is loaded."""
    max_hops: int | None = None
    """Transfers from the thief's first account beyond which nothing is loaded."""
    until: int | None = None
    """Seconds since 1970: transfers after it are left out, so the answer is as of then."""
    max_transfers: int = 20_000
    """Transfers above which an account is too busy to be one person's."""
    through_suspects: bool = False
    """Whether the walk goes on through what passes for a service by its behaviour alone (`suspects`)."""
    exchangers: tuple[str, ...] = ()
    """Entities whose deposits are followed to the payout that alone fits (`exchangers`)."""
    through_mixes: bool = False
    """Whether what enters CoinJoins and mixers' pools is shared over what may be its (`passages`)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the walk does not draw from an account."""

    kind: str
    """``service``, ``suspected-service``, ``burned``, ``contract``, ``not-followed`` or ``unavailable``."""
    detail: str = ""
    tag: Tag | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A finished walk under one policy."""

    case: Case
    policy: Policy
    bounds: Bounds
    table: TransferTable
    journal: Journal
    holdings: Rows
    """Tainted units by (account, label) at the end."""
    records: Rows
    """Tainted units by (event, label)."""
    ways: Ways
    stops: Mapping[int, Stop]
    """By account: why it is not drawn from. Accounts that are drawn from are not in it."""
    histories: Mapping[int, History]
    """By account: what is known of those that hold or held taint."""
    limitations: tuple[Limitation, ...]
    loaded: int
    frozen: Mapping[int, Tag]
    """By account: the tag that says its asset is frozen there, as of the end of the trace."""
    passages: tuple[Passage, ...] = ()
    """What entered mixers and may have left them, where it was shared."""
    deposits: Mapping[int, Tag] = field(default_factory=dict)
    """By account: the exchange whose deposit address it is, though no tag names it (`deposits`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What one run over all that is loaded has found."""

    table: TransferTable
    journal: Journal
    holdings: Rows
    records: Rows
    ways: Ways
    stops: dict[int, Stop]
    unexplained: dict[int, int]
    """By account: base units spent beyond what was received."""


def may_pay_on(stop: Stop) -> bool:
    """Whether what enters an account may leave it again for another in the same transaction, or for another chain."""
    if stop.tag is not None:
        return stop.tag.category in (Category.SWAP, Category.CONTRACT)
    return stop.kind in ("contract", "burned") or stop.detail.endswith(BUSY)


def named(text: str) -> Address:
    """The transaction of a name ``chain:tx``."""
    chain, _, name = text.rpartition(":")
    return Address(chain, name)
