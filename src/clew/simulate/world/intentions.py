"""The truth of a world: what the holders of coins themselves meant to move, whatever rule an observer applies.

Coins of one account are fungible, so which of them left is a matter of intent. A launderer knows his loot from his own
money; other holders spend by a habit of their own. This book keeps lots by those intents and shares no code with Clew's
tracing; `lots` keeps the arithmetic, by which the parts of a theft always add up to it.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from enum import StrEnum

from clew.errors import RunError
from clew.model import BURNT_FEE, FEE, UNSPENDABLE
from clew.simulate.lots import Account, Lot, Lots

HIDDEN = "~"
"""Ends the id of a theft whose units went through a mixer, a CoinJoin or an exchanger: nobody outside sees the way."""


def hidden(lots: Iterable[Lot]) -> list[Lot]:
    """The lots as they come out of a passage that nobody outside sees."""
    return [lot._replace(theft=lot.theft.removesuffix(HIDDEN) + HIDDEN if lot.theft else "") for lot in lots]


class Intent(StrEnum):
    """Which of an account's units its holder means to spend."""

    LOOT = "loot"
    """Stolen units first: a launderer moves what he wants laundered."""
    OWN = "own"
    """Clean units first: fees, and what a launderer spends of his own."""
    OLDEST = "oldest"
    NEWEST = "newest"


class Intentions(Lots):
    """Lots by intent, and what every account holds on its chain, services included."""

    def __init__(self) -> None:
        super().__init__()
        self.outside |= {FEE, BURNT_FEE, UNSPENDABLE}  # a fee is paid; what a miner does with it is his own
        self._held: defaultdict[Account, int] = defaultdict(int)

    def balance(self, account: Account) -> int:
        """Units an account holds on its chain; a service's claims and its coins are not the same thing."""
        return self._held[account]

    def give(self, account: Account, lots: Iterable[Lot]) -> None:
        """As of the base; the account's balance grows."""
        given = list(lots)
        self._held[account] += sum(lot.amount for lot in given)
        super().give(account, given)

    def claim(self, account: Account, lots: Iterable[Lot]) -> None:
        """Note stolen units as standing at a service whose coins have moved on."""
        super().give(account, lots)

    def spend(self, account: Account, amount: int, intent: Intent = Intent.OLDEST) -> list[Lot]:
        """Take `amount` units as the holder means to; RunError where the account does not hold so much.

        What is left keeps the order in which it came: what one payment was meant to be of does not decide the next.
        """
        if self._held[account] < amount:
            raise RunError(f"the account holds {self._held[account]} units and spends {amount}", where=str(account))
        self._held[account] -= amount
        if account.place in self.outside:
            return [Lot("", amount, 0)] if amount else []
        came = self.queues[account]
        order = _order(came, intent)
        self.queues[account] = deque(came[place] for place in order)
        taken = super().take(account, amount)
        left = self.queues[account]
        kept = sorted(zip(order[len(order) - len(left) :], left, strict=True))
        self.queues[account] = deque(lot for _, lot in kept)
        return taken

    def mark(self, account: Account, theft: str, amount: int) -> None:
        """The last `amount` clean units that came in are a theft's from now on."""
        queue = self.queues[account]
        last = queue.pop()
        if last.theft or last.amount < amount:
            raise RunError("what is stolen is not what came in last", where=str(account))
        if last.amount > amount:
            queue.append(Lot("", last.amount - amount, 0))
        queue.append(Lot(theft, amount, amount))

    def pay(self, sender: Account, receiver: Account, amount: int, intent: Intent = Intent.OLDEST) -> None:
        """A transfer."""
        self.give(receiver, self.spend(sender, amount, intent))


def _order(queue: Sequence[Lot], intent: Intent) -> list[int]:
    """The places of a queue's lots, in the order in which they are to be spent."""
    places = list(range(len(queue)))
    if intent is Intent.OLDEST:
        return places
    if intent is Intent.NEWEST:
        return places[::-1]
    return sorted(places, key=lambda place: bool(queue[place].theft) != (intent is Intent.LOOT))
