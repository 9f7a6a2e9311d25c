"""Services that no tag names, told by what they did before stolen coins reached them: there the trace ends.

A broker's wallet takes in coins of many people and pays many others. What it pays out is its own stock, so to follow a
thief's coins through it finds its other customers. Commercial tools speak of unnamed services; the rule here is Clew's
own. It counts only what an account did in the asset before anybody whom stolen units had reached paid it, for what a
thief does with his loot must not make his own wallet look like a service: the hubs of a peel chain, or of coins that
are gathered, are paid by him, and begin with him. Whoever prepares a wallet for long can deceive it, as any rule of
behaviour; so what stops here is a disposition of its own, with its figures, and the walk can be told to go on.

On UTXO chains an account is an output and has no behaviour; the rule says nothing there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.chains import find_chain
from clew.tracing.journal import Account
from clew.tracing.trace import Run, Stop

SUSPECTED = "suspected-service"
"""The disposition of what ends here."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an account did in one asset before the theft touched it; as a rule, the least it has to have done."""

    payers: int = 1
    """Accounts that paid it."""
    payees: int = 6
    """Accounts it paid."""
    payments: int = 12
    """Payments in and out."""
    days: int = 7
    """Whole days from its first payment to the moment the theft touched it."""

    def reaches(self, rule: "Behaviour") -> bool:
        """Whether it is at least what a rule asks in every figure."""
        mine = (self.payers, self.payees, self.payments, self.days)
        asked = (rule.payers, rule.payees, rule.payments, rule.days)
        return all(have >= least for have, least in zip(mine, asked, strict=True))

    @property
    def told(self) -> str:
        """In words."""
        return (
            f"no tag names it; before the theft touched it, in {self.days} days, {self.payers} accounts had paid it "
            f"and it had paid {self.payees}, in {self.payments} payments"
        )


RULE = Behaviour()


class Suspects:
    """The accounts that taint reached and that are followed, each judged once."""

    def __init__(self, own: Callable[[str, str], bool], rule: Behaviour = RULE) -> None:
        """``own(chain, address)``: whether it is known to be somebody's own, whatever it did."""
        self._own, self._rule = own, rule
        self._judged: set[Account] = set()
        self.stops: dict[tuple[str, str], Stop] = {}
        """By chain and address: why nothing is drawn from it."""

    def judge(self, run: Run) -> bool:
        """Judge the accounts that taint reached since the last run; whether one of them passes for a service."""
        before = len(self.stops)
        first = _first_reached(run)
        for number in np.flatnonzero(first < len(run.journal.row)).tolist():
            account = run.journal.accounts[number]
            if number in run.stops or account.made or account in self._judged or find_chain(account.chain).utxo:
                continue
            self._judged.add(account)
            found = behaviour_of(run, number, _first_touched(run, number, first))
            if found.reaches(self._rule) and not self._own(account.chain, account.name):
                self.stops[account.chain, account.name] = Stop(SUSPECTED, found.told)
        return len(self.stops) > before


def _first_reached(run: Run) -> npt.NDArray[np.int64]:
    """By account: the event that brought it the first stolen unit; the number of events where none did."""
    events = len(run.journal.row)
    found = np.full(len(run.journal.accounts), events, dtype=np.int64)
    where = np.array(run.records.where, dtype=np.int64)
    np.minimum.at(found, run.journal.events.receiver[where], where)
    return found


def _first_touched(run: Run, number: int, first: npt.NDArray[np.int64]) -> int:
    """The first event by which anybody whom stolen units had reached paid an account, whatever the policy says of the
    units that he paid with."""
    events = run.journal.events
    paid = np.flatnonzero((events.receiver == number) & events.amount.any(axis=1))
    touched = paid[first[events.sender[paid]] < paid]
    return int(min(first[number], touched[0])) if len(touched) else int(first[number])


def behaviour_of(run: Run, number: int, until: int) -> Behaviour:
    """What an account did in its asset before an event; who is no account (a fee, a conversion) is not counted."""
    journal = run.journal
    sender, receiver = journal.events.sender[:until], journal.events.receiver[:until]
    rows = np.flatnonzero(((sender == number) | (receiver == number)) & journal.events.amount[:until].any(axis=1))
    payers, payees, times = set[int](), set[int](), list[int]()
    for row in rows.tolist():
        paid = int(sender[row]) == number
        other = int(receiver[row] if paid else sender[row])
        if other == number or journal.accounts[other].made:
            continue
        (payees if paid else payers).add(other)
        times.append(int(run.table.time[journal.row[row]]))
    came = int(run.table.time[journal.row[until]])
    return Behaviour(len(payers), len(payees), len(times), (came - min(times)) // _DAY if times else 0)
