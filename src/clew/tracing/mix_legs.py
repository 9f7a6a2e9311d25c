"""Expected value in a run's events: what entered a mixer is shared over the candidates that left it.

A payment into a mixer meets its shares in an account of its own, and each candidate is paid out of one: shares first,
and behind them the units of others, which the mixer adds. What no candidate has goes on into the mixer itself. So every
event moves exactly what the ledger moves, and units that came as a share bear the grade `expected`.
"""

from collections.abc import Iterable

from clew.errors import RunError
from clew.model import Grade
from clew.tracing.arrangement import Arrangement
from clew.tracing.journal import MIX
from clew.tracing.passages import Exit, Passage, entries_in, exits_in


class MixLegs:
    """Joins the passages of one run, where no conversion has their rows."""

    def __init__(self, rows: Arrangement) -> None:
        self.rows = rows
        self._exits: dict[tuple[str, str, Exit], _Hub | None] = {}

    def join(self, passages: Iterable[Passage]) -> None:
        """Lead each payment to its candidates, and add to each what is others'."""
        for passage in passages:
            self._enter(passage)
        for (chain, mixer, _), hub in self._exits.items():
            if hub is not None and hub.shared:
                self._leave(chain, mixer, hub)

    def _enter(self, passage: Passage) -> None:
        """Lead one payment into its shares; what is left goes where all of it went."""
        rows, entry = self.rows, passage.entry
        shown = entries_in(rows.table, rows.table_rows(entry.chain, entry.tx), entry.taker, *passage[2:4])
        number = rows.numbers(shown[entry.number : entry.number + 1])
        if not number or number[0] in rows.used:
            return  # later than the time asked for, or the case states what became of it
        row, anchor = number[0], int(rows.row[number[0]])
        (major, minor), rest = rows.place_of(row), rows.amount(row)
        name = f"{MIX}{entry.tx}:{entry.taker}:{entry.number}"
        into = rows.account(entry.chain, name, passage.asset, passage.mixer if passage.of_pool else "")
        for share in passage.shares:
            hub = self._exit(passage, share.exit)
            if hub is None or rows.place_of(hub.rows[0]) <= (major, minor + 2):
                continue
            if share.amount > rest:
                raise RunError(f"more is shared than the {passage.amount} base units that entered", where=entry.tx)
            place = (major, minor + 1)
            rows.add(into, hub.account, share.amount, place=place, row=anchor, grade=Grade.EXPECTED)
            hub.shared += share.amount
            rest -= share.amount
        if rest:
            taker, place = int(rows.receiver[row]), (major, minor + 1)
            rows.add(into, taker, rest, place=place, row=anchor, grade=Grade.OBSERVED)
        rows.receiver[row] = into
        rows.used.add(row)

    def _exit(self, passage: Passage, which: Exit) -> "_Hub | None":
        """The account that a candidate is paid out of; None where it is not shown, or a conversion has its rows."""
        key = passage.entry.chain, passage.mixer, which
        if key not in self._exits:
            self._exits[key] = self._new_exit(passage, which)
        return self._exits[key]

    def _new_exit(self, passage: Passage, which: Exit) -> "_Hub | None":
        rows, chain = self.rows, passage.entry.chain
        shown = exits_in(rows.table, rows.table_rows(chain, which.tx), passage.mixer, *passage[2:4])
        paid = shown[which.number] if which.number < len(shown) else []
        numbers = rows.numbers(paid)
        if not numbers or len(numbers) < len(paid) or rows.used & set(numbers):
            return None
        name = f"{MIX}{which.tx}:{passage.mixer}:{which.number}:out"
        account = rows.account(chain, name, passage.asset, passage.mixer if passage.of_pool else "")
        return _Hub(account, numbers)

    def _leave(self, chain: str, mixer: str, hub: "_Hub") -> None:
        """Pay a candidate out of its own account: its shares, and behind them what the mixer adds."""
        rows, first = self.rows, hub.rows[0]
        rest = sum(rows.amount(row) for row in hub.rows) - hub.shared
        if rest < 0:
            raise RunError(f"candidates of {mixer} are given {-rest} base units more than they have", where=chain)
        if rest:
            major, minor = rows.place_of(first)
            place, sender = (major, minor - 1), int(rows.sender[first])
            rows.add(sender, hub.account, rest, place=place, row=int(rows.row[first]), grade=Grade.OBSERVED)
        for row in hub.rows:
            rows.sender[row] = hub.account
        rows.used |= set(hub.rows)


class _Hub:
    """The account that a candidate is paid out of."""

    def __init__(self, account: int, rows: list[int]) -> None:
        self.account, self.rows = account, rows
        self.shared = 0
