"""Whether what a trace states of hidden passages holds where the truth is known: through CoinJoins and mixers' pools.

Two things are stated of what is shared (`tracing.candidates`), and both are measured:

- A **pair**. Of a pool: that a withdrawal spends this note, true or not. Of a CoinJoin: the share of an output's amount
  that this input paid. Coins of one participant are fungible, so what is true is that his inputs paid each of his
  outputs in proportion to their amounts, and the inputs of others nothing of it.
- **Any** of what entered: that a withdrawal spends one of these notes; the share of an output that these inputs paid.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clew.errors import InputError
from clew.ledger import TransferTable
from clew.links.coinjoins import coinjoin_of, output_shares
from clew.model import TRANSIENT, Address, Case, History, Kind
from clew.scores.calibration import Stated
from clew.tracing.candidates import Candidates, shares_of
from clew.tracing.events import write_journal
from clew.tracing.labels import label_of
from clew.tracing.mixes import Mixes
from clew.tracing.passages import Entry, Exit, Passage, entries_in, exits_in
from clew.tracing.paths import Ways
from clew.tracing.taint import Rows
from clew.tracing.trace import Run
from clew.tracing.uint128 import unpack

_KINDS = tuple(Kind)
COINJOINS, MIXER = "coinjoins", "mixer"
"""The kinds of passage."""


def read_passages(path: Path, kind: str) -> dict[str, set[tuple[str, str]]]:
    """Service -> (sent, received) of one kind in a world's ``passages.csv``; InputError where it is none."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    try:
        with path.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                if row["kind"] == kind:
                    found[row["service"]].add((row["sent"], row["received"]))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError) as error:
        raise InputError(f"these are no passages: {error!r}", where=str(path)) from error
    return dict(found)


class Truth(NamedTuple):
    """What truly came out for what went in."""

    rounds: Mapping[str, set[tuple[str, str]]]
    """CoinJoin -> (outpoint spent, outpoint made) of one participant."""
    notes: set[tuple[str, str]]
    """Transactions: the one that put a note into a pool, and the one that took it out."""

    @classmethod
    def read(cls, path: Path) -> "Truth":
        """Of a world's ``passages.csv``; InputError where it is none."""
        notes = read_passages(path, "mixer").values()
        return cls(read_passages(path, "coinjoin"), set[tuple[str, str]]().union(*notes))


class Said(NamedTuple):
    """One statement."""

    exit: Exit
    probability: float
    right: float
    subject: str
    """Who or what it is about: statements about one are right or wrong together."""


class Shown:
    """A ledger's table, by transaction, held against the truth."""

    def __init__(self, table: TransferTable, truth: Truth) -> None:
        self.table, self.truth = table, truth
        self._rounds: dict[str, dict[tuple[str, str], float]] = {}
        self._outputs: dict[str, list[int]] = {}

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row, code in enumerate(self.table.tx.tolist()):
            found.setdefault(self.table.txs[code], []).append(row)
        return found

    def recognised(self) -> list[tuple[str, list[int]]]:
        """Of the true CoinJoins those that are recognised, with their rows."""
        rounds = ((tx, self._rows[tx]) for tx in sorted(self.truth.rounds))
        return [(tx, rows) for tx, rows in rounds if coinjoin_of(self.table, rows) is not None]

    def said(self, passage: Passage) -> Iterator[Said]:
        """What is stated of each candidate of an entry."""
        return self._of_pool(passage) if passage.of_pool else self._of_round(passage)

    def _of_pool(self, passage: Passage) -> Iterator[Said]:
        """All notes of a pool are right or wrong together: whoever has another's leaves him his own."""
        for exit_, amount in passage.shares:
            yield Said(exit_, amount / passage.amount, self.true(passage, exit_), passage.mixer)

    def _of_round(self, passage: Passage) -> Iterator[Said]:
        """All that one input paid is right or wrong together."""
        for exit_, amount in passage.shares:
            whole = self.table.amount_of(self._output(passage, exit_))
            yield Said(exit_, amount / whole, self.true(passage, exit_), f"{passage.entry.tx}:{passage.entry.number}")

    def true(self, passage: Passage, exit_: Exit) -> float:
        """Whether a candidate is an entry's: 1 or 0 of a pool, of a CoinJoin the part of it that the input paid."""
        entry, table = passage.entry, self.table
        if passage.of_pool:
            return float((entry.tx, exit_.tx) in self.truth.notes)
        coin = entries_in(table, self._rows[entry.tx], entry.taker, passage.asset, 0)[entry.number]
        output = table.account_name[table.receiver[self._output(passage, exit_)]]
        return self._paid(entry.tx).get((table.account_name[table.sender[coin]], output), 0.0)

    def _output(self, passage: Passage, exit_: Exit) -> int:
        """The row of an output of a CoinJoin."""
        key = passage.entry.tx
        if key not in self._outputs:
            rows = exits_in(self.table, self._rows[key], passage.mixer, passage.asset, 0)
            self._outputs[key] = [row for [row] in rows]
        return self._outputs[key][exit_.number]

    def _paid(self, tx: str) -> dict[tuple[str, str], float]:
        """(input, output) of a CoinJoin -> the part of the output's amount that the input truly paid."""
        if tx not in self._rounds:
            table, links = self.table, self.truth.rounds.get(tx, set())
            inputs = (row for row in self._rows[tx] if _KINDS[table.kind[row]] is Kind.INPUT)
            spent = {table.account_name[table.sender[row]]: table.amount_of(row) for row in inputs}
            total: defaultdict[str, int] = defaultdict(int)
            for coin, output in links:
                total[output] += spent[coin]
            self._rounds[tx] = {(coin, output): spent[coin] / total[output] for coin, output in links}
        return self._rounds[tx]


def state(passages: Iterable[Passage], shown: Shown) -> dict[str, Stated]:
    """What is stated of the candidates of entries, pair by pair: of ``coinjoins`` and of ``mixer``."""
    pairs: dict[str, list[Said]] = {COINJOINS: [], MIXER: []}
    for passage in passages:
        pairs[MIXER if passage.of_pool else COINJOINS] += shown.said(passage)
    return {kind: _stated(each) for kind, each in pairs.items()}


def state_any(passages: Sequence[Passage], shown: Shown) -> dict[str, Stated]:
    """What is stated of candidates to be any of the entries', and what of them truly is, by any pair."""
    mixers: dict[str, list[Passage]] = {}
    for passage in passages:
        mixers.setdefault(passage.mixer, []).append(passage)
    found: dict[str, list[Said]] = {COINJOINS: [], MIXER: []}
    for mixer, entered in mixers.items():
        sums: dict[Exit, Said] = {}
        for passage in entered:
            for one in shown.said(passage):
                before = sums.get(one.exit, one._replace(probability=0.0))
                sums[one.exit] = before._replace(probability=before.probability + one.probability)
        for one in sums.values():
            right = sum(shown.true(passage, one.exit) for passage in entered)
            found[MIXER if entered[0].of_pool else COINJOINS].append(one._replace(right=right, subject=mixer))
    return {kind: _stated(each) for kind, each in found.items()}


def _stated(each: Sequence[Said]) -> Stated:
    names = {name: number for number, name in enumerate(sorted({one.subject for one in each}))}
    return Stated(
        np.array([min(one.probability, 1.0) for one in each], dtype=np.float64),
        np.array([one.right for one in each], dtype=np.float64),
        np.array([names[one.subject] for one in each], dtype=np.int64),
    )


class _Whole:
    """A table of which nothing is left to load, as `Candidates` asks for it."""

    def __init__(self, table: TransferTable) -> None:
        self._table = table

    def reach(self, account: Address, *, of_service: bool = False) -> str:  # noqa: ARG002 - as of the protocol
        return ""

    def show(self, transaction: Address) -> None:
        pass

    def history(self, chain: str, account: str) -> History | None:  # noqa: ARG002 - as of the protocol
        return None

    def whole(self, chain: str) -> bool:  # noqa: ARG002 - as of the protocol
        return True

    def transfers(self) -> TransferTable:
        return self._table


def everything(shown: Shown, case: Case) -> list[Passage]:
    """What a trace would state if all that ever entered a mixer were stolen: many more pairs than a theft's."""
    return [*_all_inputs(shown), *_all_notes(shown.table, case)]


def _all_inputs(shown: Shown) -> Iterator[Passage]:
    """Every input of every CoinJoin that is recognised."""
    table = shown.table
    for tx, rows in shown.recognised():
        taker, asset = f"{TRANSIENT}{tx}", table.assets[table.asset[rows[0]]]
        spent = [table.amount_of(row) for row in entries_in(table, rows, taker, asset, 0)]
        made = [table.amount_of(row) for [row] in exits_in(table, rows, taker, asset, 0)]
        shares, exits = output_shares(spent, made), [(Exit(tx, place), amount) for place, amount in enumerate(made)]
        for number, amount in enumerate(spent):
            entry = Entry(table.chains[table.chain[rows[0]]], tx, taker, number)
            yield Passage(entry, taker, asset, amount, shares_of(shares[:, number], exits))


def _all_notes(table: TransferTable, case: Case) -> Iterable[Passage]:
    """Every note of every pool, by the trace's own code: as if each transfer were stolen."""
    journal = write_journal(table, case, shows=lambda *_: True)
    amounts = unpack(journal.events.amount)
    stolen = Rows(list(range(len(amounts))), [label_of(0)] * len(amounts), amounts, amounts)
    run = Run(table, journal, Rows([], [], [], []), stolen, Ways([], [], []), {}, {})
    candidates = Candidates(Mixes(), _Whole(table), None)
    candidates.find(run)
    return candidates.passages.values()
