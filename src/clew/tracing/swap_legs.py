"""Swaps and exchanges that Clew found: what a party gave flows leg by leg into what it got."""

from collections.abc import Sequence

from clew.links.swaps import Swap
from clew.links.trades import Exchange
from clew.model import Grade
from clew.tracing.arrangement import Arrangement
from clew.tracing.exchanges import Step, route_of
from clew.tracing.journal import CONVERSION
from clew.tracing.labels import GRADES


class SwapLegs:
    """Joins the swaps and exchanges of one run."""

    def __init__(self, rows: Arrangement, swaps: Sequence[Swap], exchanges: Sequence[Exchange]) -> None:
        self.rows = rows
        self.swaps = swaps
        self.exchanges = exchanges
        self.joined: dict[int, Swap] = {}
        """By the number of its conversion."""

    def join_swaps(self) -> None:
        """Let both sides of every swap meet, unless the case states a conversion of the same rows."""
        for number, swap in enumerate(self.swaps, len(self.rows.case.conversions)):
            paid, refunded, received = map(self.rows.numbers, (swap.paid, swap.refunded, swap.received))
            passing = self.rows.numbers(swap.passing)
            if paid and received and not self.rows.used & {*paid, *refunded, *received}:
                self.rows.used |= {*paid, *refunded, *received}
                self._join_swap(number, paid, refunded, received)
                self._pass_through(number, swap.party, passing)
                self.joined[number] = swap

    def join_exchanges(self) -> None:
        """Let what a party gave and got by several trades flow leg by leg, unless its rows are another conversion's."""
        first = len(self.rows.case.conversions) + len(self.swaps)
        for exchange in self.exchanges:
            given, got = self.rows.numbers(exchange.given), self.rows.numbers(exchange.got)
            whole = len(given) == len(exchange.given) and len(got) == len(exchange.got)
            if whole and not self.rows.used & {*given, *got}:
                self.rows.used |= {*given, *got}
                self._join_exchange(exchange, given, got, first)
                self._pass_through(first, exchange.party, self.rows.numbers(exchange.passing))
            first += len(exchange.legs)

    def _join_exchange(self, exchange: Exchange, given: list[int], got: list[int], first: int) -> None:
        route = route_of(self.rows.table, exchange, first)
        chain, row = self.rows.chain_of(given[0]), int(self.rows.row[given[-1]])

        def within(name: str) -> int:
            return self.rows.account(chain, f"{CONVERSION}{name}", "")

        for r in given:
            self.rows.receiver[r] = within(route.hubs[int(self.rows.row[r])])
            self.rows.grade[r] = max(int(self.rows.grade[r]), GRADES.index(Grade.DECODED))
        for r in got:
            self.rows.sender[r] = within(route.hubs[int(self.rows.row[r])])
        major, minor = min(self.rows.place_of(r) for r in (*given, *got))
        minor -= 1
        for step in route.steps:
            if isinstance(step, Step):
                minor += 1
                ends, place = (within(step.sender), within(step.receiver)), (major, minor)
                self.rows.add(*ends, step.amount, place=place, row=row, grade=Grade.DECODED, converts=step.converts)
                continue
            (r,) = self.rows.numbers((step,))
            if self.rows.place_of(r) <= (major, minor):
                self.rows.major[r], self.rows.minor[r] = major, minor + 1
            major, minor = self.rows.place_of(r)
        self.joined |= dict(enumerate(route.legs, first))

    def _join_swap(self, number: int, paid: list[int], refunded: list[int], received: list[int]) -> None:
        chain, row = self.rows.chain_of(paid[0]), int(self.rows.row[paid[-1]])
        into = self.rows.account(chain, f"{CONVERSION}{number}:in", "")
        out = self.rows.account(chain, f"{CONVERSION}{number}:out", "")
        last = max(paid, key=self.rows.place_of)
        for r in refunded:
            self.rows.sender[r] = into
            self.rows.behind(r, last)
        for r in paid:
            self.rows.receiver[r] = into
            self.rows.grade[r] = max(int(self.rows.grade[r]), GRADES.index(Grade.DECODED))
        major, minor = max(self.rows.place_of(r) for r in (*paid, *refunded))
        total = sum(self.rows.amount(r) for r in received)
        self.rows.add(into, out, total, place=(major, minor + 1), row=row, grade=Grade.DECODED, converts=True)
        for step, r in enumerate(received):
            self.rows.sender[r] = out
            if self.rows.place_of(r) <= (major, minor + 1):
                self.rows.major[r], self.rows.minor[r] = major, minor + 2 + step

    def _pass_through(self, number: int, party: int, rows: list[int]) -> None:
        """Lead what a party got and gave on past what it holds: nothing of its own is in it."""
        name = self.rows.table.account_name[party]
        for r in rows:
            chain, asset = self.rows.chain_of(r), self.rows.table.assets[self.rows.table.asset[self.rows.row[r]]]
            hub = self.rows.account(chain, f"{CONVERSION}{number}:{asset}", "")
            if self.rows.table.account_name[self.rows.table.receiver[self.rows.row[r]]] == name:
                self.rows.receiver[r] = hub
            else:
                self.rows.sender[r] = hub
