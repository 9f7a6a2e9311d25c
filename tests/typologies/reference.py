"""The five typologies as docs/typologies.md defines them, in plain Python: lists of transfers, looked through anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clew.typologies import Typology
from clew.typologies.evidence import Finding
from clew.typologies.rules import Rules


class Move(NamedTuple):
    event: int
    sender: int
    receiver: int
    amount: int
    time: int


@dataclass
class Window:
    """The transfers of one kind since the first of them."""

    moves: list[Move] = field(default_factory=list)
    fired: bool = False

    def add(self, move: Move, seconds: int) -> None:
        if self.moves and move.time - self.moves[0].time > seconds:
            self.moves, self.fired = [], False
        self.moves.append(move)


@dataclass
class Episode:
    """What an account received and paid since the receipt that opened it."""

    receipts: list[Move]
    payments: list[Move] = field(default_factory=list)
    passed: bool = False
    has_part: bool = False
    rest: Move | None = None
    split: bool = False
    above: int = -1
    """The account whose rest is the better part of what arrived."""
    depth: int = 0

    def open_at(self, time: int, seconds: int) -> bool:
        return time - self.receipts[0].time <= seconds

    @property
    def came(self) -> int:
        return sum(move.amount for move in self.receipts)

    @property
    def left(self) -> int:
        return sum(move.amount for move in self.payments)


def marks(others: Sequence[int]) -> set[int]:
    """What 64 marks make of counterparties."""
    return {(other * 0x9E3779B97F4A7C15) % 2**64 >> 58 for other in others}


class Reference:
    """All of one asset's accounts."""

    def __init__(self, rules: Rules, asset: str) -> None:
        self.out, self.into, self.passing, self.band, self.peel = rules.numbers.values()
        self.rule = rules.assets[asset]
        self.paid: dict[int, Window] = defaultdict(Window)
        self.payers: dict[int, Window] = defaultdict(Window)
        self.repeats: dict[int, Window] = defaultdict(Window)
        self.episodes: dict[int, Episode] = {}
        self.clock = 0
        self.seen = 0
        self.found: list[Finding] = []

    def watch(self, rows: Sequence[tuple[int, int, int, int]]) -> list[Finding]:
        """Watch (sender, receiver, amount, time) rows; all findings so far."""
        for sender, receiver, amount, time in rows:
            self.clock = max(self.clock, time)
            move = Move(self.seen, sender, receiver, amount, self.clock)
            self.seen += 1
            if sender != receiver and amount >= self.rule.least:
                self.one(move)
        return self.found

    def one(self, move: Move) -> None:
        self.fan("fan-out", self.paid[move.sender], move, move.sender, self.out)
        low = self.rule.threshold * (1000 - self.band["below"])
        if low <= move.amount * 1000 and move.amount < self.rule.threshold:
            window = self.repeats[move.sender]
            window.add(move, self.band["window"])
            if len(window.moves) >= self.band["repeats"] and not window.fired:
                window.fired = True
                self.tell("structuring", move.sender, window.moves, len(window.moves), move)
        held = self.pay(move)
        self.fan("fan-in", self.payers[move.receiver], move, move.receiver, self.into)
        self.receive(move, held)

    def fan(self, name: str, window: Window, move: Move, account: int, rule: Mapping[str, int]) -> None:
        window.add(move, rule["window"])
        others = [each.receiver if name == "fan-out" else each.sender for each in window.moves]
        if len(marks(others)) >= rule["counterparties"] and not window.fired:
            window.fired = True
            self.tell(name, account, window.moves, len(set(others)), move)

    def lasts(self) -> int:
        return max(self.passing["window"], self.peel["window"])

    def pay(self, move: Move) -> Episode | None:
        """The payer's episode, where the payment is its rest."""
        held = self.episodes.get(move.sender)
        if held is None or not held.open_at(move.time, self.lasts()):
            return None
        held.payments.append(move)
        kept = self.passing["kept"]
        most = held.left * 1000 <= held.came * (1000 + kept)
        nearly = most and held.left * 1000 >= held.came * (1000 - kept)
        if nearly and not held.passed and held.open_at(move.time, self.passing["window"]):
            held.passed = True
            self.tell_held("pass-through", move.sender, held, len(held.payments), move)
        if held.split:
            return None
        is_rest = False
        if move.amount * 1000 >= held.came * self.peel["rest_least"]:
            if held.rest is None:
                held.rest, is_rest = move, True
        elif held.came * self.peel["part_least"] <= move.amount * 1000 <= held.came * self.peel["part_most"]:
            held.has_part = True
        if held.has_part and held.rest is not None and most:
            held.split = True
            place = held.depth + 1
            heir = self.episodes.get(held.rest.receiver)
            if not is_rest and heir is not None and heir.above == move.sender:
                heir.depth = place
            if place >= self.peel["splits"]:
                self.chain(move.sender, held, place, move)
        return held if is_rest else None

    def chain(self, account: int, held: Episode, place: int, move: Move) -> None:
        """The split, and where it makes the chain long enough the splits before it."""
        self.tell_held("peel-chain", account, held, place, move)
        for _ in range(place - 1 if place == self.peel["splits"] else 0):
            above = self.episodes.get(held.above)
            if above is None or not above.split or above.rest is None or above.rest.receiver != account:
                return
            account, held = held.above, above
            self.tell_held("peel-chain", account, held, place, move)

    def receive(self, move: Move, rest_of: Episode | None) -> None:
        held = self.episodes.get(move.receiver)
        if held is not None and held.open_at(move.time, self.lasts()):
            dwarfs = move.time > held.receipts[0].time and held.came * 1000 <= move.amount * self.passing["kept"]
        else:
            dwarfs = True
        if held is None or dwarfs:
            held = self.episodes[move.receiver] = Episode([])
        if move.amount >= held.came:
            held.above = -1 if rest_of is None else move.sender
            held.depth = rest_of.depth + 1 if rest_of is not None and rest_of.split else 0
        held.receipts.append(move)

    def tell(self, name: str, account: int, moves: Sequence[Move], count: int, last: Move) -> None:
        events = tuple(move.event for move in moves)
        self.found.append(
            Finding(
                Typology(name), account, moves[0].time, last.time, count, sum(move.amount for move in moves), events
            )
        )

    def tell_held(self, name: str, account: int, held: Episode, count: int, last: Move) -> None:
        events = tuple(sorted(move.event for move in (*held.receipts, *held.payments)))
        since = held.receipts[0].time
        self.found.append(Finding(Typology(name), account, since, last.time, count, held.left, events))
