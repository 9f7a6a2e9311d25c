"""The truth of a simulated theft: a FIFO book kept in the plainest way, apart from Clew's tracing.

FIFO as in Clayton's Case (1816): what came in first leaves first. Every unit stands in a lot; a lot that is split gives
``floor(origin * moved / amount)`` of its origin units to the part that moves, and all of them when all of it moves.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

from clew.errors import RunError


class Account(NamedTuple):
    """Where units of one asset stand: an address, an output ``txid:vout``, or a fee sink."""

    chain: str
    place: str
    asset: str


class Lot(NamedTuple):
    """Units of one kind: `amount` base units of the account's asset that stand for `origin` units of a theft."""

    theft: str
    """Id of the theft; empty for clean units."""
    amount: int
    origin: int


class Lots:
    """Every account's lots, oldest first.

    An account of an `outside` place (a service, a stranger) pays with clean units of its own and keeps what it gets.
    """

    def __init__(self) -> None:
        self.outside: set[str] = set()
        """Places whose own money is not simulated."""
        self.queues: defaultdict[Account, deque[Lot]] = defaultdict(deque)

    def balance(self, account: Account) -> int:
        """Units in an account."""
        return sum(lot.amount for lot in self.queues[account])

    def give(self, account: Account, lots: Iterable[Lot]) -> None:
        """Append lots; neighbours of one theft become one lot."""
        queue = self.queues[account]
        for lot in lots:
            if not lot.amount:
                continue
            if queue and queue[-1].theft == lot.theft:
                last = queue.pop()
                lot = Lot(lot.theft, last.amount + lot.amount, last.origin + lot.origin)
            queue.append(lot)

    def take(self, account: Account, amount: int) -> list[Lot]:
        """Take `amount` units from the front, splitting the last lot touched; RunError where there is not so much."""
        if account.place in self.outside:
            return [Lot("", amount, 0)]
        taken, queue = [], self.queues[account]
        while amount:
            if not queue:
                raise RunError(f"the account spends {amount} units it does not have", where=str(account))
            lot = queue.popleft()
            moved = min(amount, lot.amount)
            origin = lot.origin * moved // lot.amount
            taken.append(Lot(lot.theft, moved, origin))
            if moved < lot.amount:
                queue.appendleft(Lot(lot.theft, lot.amount - moved, lot.origin - origin))
            amount -= moved
        return taken

    def move(self, sender: Account, receiver: Account, amount: int) -> None:
        """A transfer, or a conversion at 1:1 where the accounts differ in asset."""
        self.give(receiver, self.take(sender, amount))

    def convert(self, lots: list[Lot], amount_out: int) -> list[Lot]:
        """The lots in another asset: laid end to end and stretched to `amount_out`, origin units handed over whole."""
        total, end, given, converted = sum(lot.amount for lot in lots), 0, 0, []
        for lot in lots:
            end += lot.amount
            amount = end * amount_out // total - given
            given += amount
            converted.append(Lot(lot.theft, amount, lot.origin))
        return converted

    def stolen(self) -> dict[tuple[str, Account], Lot]:
        """The stolen units by theft and account, an account's lots of one theft added up."""
        found: dict[tuple[str, Account], Lot] = {}
        for account, queue in self.queues.items():
            for lot in queue:
                if lot.theft:
                    before = found.get((lot.theft, account), Lot(lot.theft, 0, 0))
                    found[lot.theft, account] = Lot(lot.theft, before.amount + lot.amount, before.origin + lot.origin)
        return found
