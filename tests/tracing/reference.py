"""The taint policies once more, in plain Python and the words of their definitions: the oracle of the kernels.

Shares no code with `clew.tracing`. Lots are (label, amount, origin); label 0 is clean, label ``1 + 5 * theft + grade``
is taint of a theft that came over links no weaker than that grade (0 strongest, 3 weakest).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Move:
    """`amount` units from `sender` to `receiver` over a link of `grade`; `stolen` of them marked, by label; or a
    conversion's output."""

    sender: int
    receiver: int
    amount: int
    stolen: tuple[tuple[int, int], ...] = ()
    converts: bool = False
    grade: int = 0


Lot = tuple[int, int, int]


class CollidedError(Exception):
    """A theft takes units that are already traced to another."""


@dataclass
class Book:
    """Every account's lots, oldest first, under a policy that keeps value."""

    policy: str
    lots: dict[int, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    unexplained: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    moved: list[dict[int, tuple[int, int]]] = field(default_factory=list)
    """Of every move: tainted units and origin units by label."""
    peak: int = 0
    """The greatest number that ever stood in an account: of units, of unexplained units, or of origin units."""

    def run(self, moves: Iterable[Move], follows: Sequence[bool] | None = None) -> "Book":
        for move in moves:
            self.moved.append(self._apply(move, follows))
        return self

    def _apply(self, move: Move, follows: Sequence[bool] | None) -> dict[int, tuple[int, int]]:
        if move.sender == move.receiver or move.amount == 0:
            return {}
        if move.converts:
            drawn = self._convert(move.sender, move.amount)
        elif follows is None or follows[move.sender]:
            drawn = self._draw(move.sender, move.amount)
        else:
            drawn = [(0, move.amount, 0)]
        if move.stolen:
            if totals(drawn):
                raise CollidedError
            rest = move.amount - sum(amount for _, amount in move.stolen)
            drawn = [(label, amount, amount) for label, amount in move.stolen] + [(0, rest, 0)]
        drawn = [(weakened(label, move.grade), units, origin) for label, units, origin in drawn if units]
        lots = self.lots[move.receiver] = merge(self.lots[move.receiver] + drawn)
        sums = [sum(lot[1] for lot in lots), sum(lot[2] for lot in lots), self.unexplained[move.sender]]
        self.peak = max(self.peak, *sums)
        return totals(drawn)

    def tainted(self) -> dict[int, dict[int, tuple[int, int]]]:
        """Of every account that holds taint: tainted units and origin units by label."""
        return {account: totals(lots) for account, lots in self.lots.items() if totals(lots)}

    def shortfalls(self) -> dict[int, int]:
        """Of every account that spent more than it was seen to receive: by how much."""
        return {account: amount for account, amount in self.unexplained.items() if amount}

    def _draw(self, account: int, amount: int) -> list[Lot]:
        held = sum(lot[1] for lot in self.lots[account])
        if held < amount:
            self.unexplained[account] += amount - held
            short: list[Lot] = [(0, amount - held, 0)]
            self.lots[account] = short + self.lots[account] if self.policy == "lifo" else self.lots[account] + short
        if self.policy in ("fifo", "lifo"):
            return self._draw_in_order(account, amount)
        return self._draw_shares(account, amount)

    def _draw_in_order(self, account: int, amount: int) -> list[Lot]:
        queue, drawn = self.lots[account], []
        while amount:
            label, units, origin = queue.pop(0 if self.policy == "fifo" else -1)
            part = min(units, amount)
            carried = origin * part // units
            drawn.append((label, part, carried))
            if part < units:
                queue.insert(0 if self.policy == "fifo" else len(queue), (label, units - part, origin - carried))
            amount -= part
        return drawn

    def _draw_shares(self, account: int, amount: int) -> list[Lot]:
        pool = {label: (units, origin) for label, units, origin in merge_all(self.lots[account])}
        clean = pool.pop(0, (0, 0))[0]
        tainted = sum(units for units, _ in pool.values())
        entries = {label: units for label, (units, _) in pool.items()}
        if self.policy == "haircut":
            shares = apportion({0: clean, **entries}, amount, clean + tainted)
        elif self.policy == "dirty-first":
            shares = apportion(entries, min(tainted, amount), tainted)
        else:
            shares = apportion(entries, max(0, amount - clean), tainted)
        drawn, kept = [], []
        for label, (units, origin) in sorted(pool.items()):
            share = shares.get(label, 0)
            carried = origin * share // units
            drawn.append((label, share, carried))
            kept.append((label, units - share, origin - carried))
        clean_share = amount - sum(lot[1] for lot in drawn)
        self.lots[account] = [lot for lot in [(0, clean - clean_share, 0), *kept] if lot[1]]
        return [(0, clean_share, 0), *drawn]

    def _convert(self, account: int, total_out: int) -> list[Lot]:
        lots, total = self.lots[account], sum(lot[1] for lot in self.lots[account])
        self.lots[account] = []
        if self.policy not in ("fifo", "lifo"):
            lots = sorted(merge_all(lots))
            shares = apportion({label: units for label, units, _ in lots}, total_out, total)
            outs = [shares.get(lot[0], 0) for lot in lots]
        else:
            if self.policy == "lifo":
                lots = lots[::-1]
            ends = [sum(lot[1] for lot in lots[: i + 1]) * total_out // total for i in range(len(lots))]
            outs = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        drawn = []
        for (label, units, origin), out in zip(lots, outs, strict=True):
            if out:
                drawn.append((label, out, origin))
            elif label:
                self.lots[account].append((label, units, origin))
        given = sum(lot[1] for lot in drawn)
        return drawn if lots else [(0, total_out - given, 0)]


@dataclass
class Poison:
    """The labels every account is poisoned with."""

    labels: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    moved: list[set[int]] = field(default_factory=list)

    def run(self, moves: Iterable[Move], follows: Sequence[bool] | None = None) -> "Poison":
        for move in moves:
            passed: set[int] = set()
            if move.sender != move.receiver and move.amount:
                passed = set(self.labels[move.sender]) if follows is None or follows[move.sender] else set()
                if move.stolen and passed:
                    raise CollidedError
                passed |= {label for label, _ in move.stolen}
            passed = {weakened(label, move.grade) for label in passed}
            self.labels[move.receiver] |= passed
            self.moved.append(passed)
        return self


def weakened(label: int, grade: int) -> int:
    """The label after a link: of two grades the weaker stays; clean stays clean."""
    theft, known = divmod(label - 1, 5)
    return label and 1 + 5 * theft + max(known, grade)


def apportion(entries: dict[int, int], amount: int, total: int) -> dict[int, int]:
    """Each entry's floor, then one more each: clean first, then larger fraction, then smaller label."""
    if not amount:
        return {}
    exact = {label: Fraction(units * amount, total) for label, units in entries.items()}
    shares = {label: value.numerator // value.denominator for label, value in exact.items()}
    fraction = {label: exact[label] - shares[label] for label in entries}
    order = sorted((label for label in entries if fraction[label]), key=lambda x: (x != 0, -fraction[x], x))
    for label in order[: amount - sum(shares.values())]:
        shares[label] += 1
    return shares


def merge(lots: list[Lot]) -> list[Lot]:
    """Neighbours of one label become one lot."""
    merged: list[Lot] = []
    for label, units, origin in lots:
        if merged and merged[-1][0] == label:
            merged[-1] = (label, merged[-1][1] + units, merged[-1][2] + origin)
        else:
            merged.append((label, units, origin))
    return merged


def merge_all(lots: list[Lot]) -> list[Lot]:
    """One lot per label."""
    return merge(sorted(lots, key=lambda lot: lot[0]))


def totals(lots: list[Lot]) -> dict[int, tuple[int, int]]:
    """Tainted units and origin units by label."""
    return {label: (units, origin) for label, units, origin in merge_all(lots) if label and units}
