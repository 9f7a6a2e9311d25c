"""The figures of hidden passages: what is stated of them in a world held against the truth, world by world and pooled.

A world's bins hold a hundred statements or so, which chance alone may put off by 10 points; the table of all worlds
tells what one cannot.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clew.ledger import TransferTable
from clew.scores.calibration import Stated, gaps, pooled
from clew.scores.columns import Columns
from clew.scores.demix import demix
from clew.scores.mixer_files import read_depositors, read_events, read_pairs, with_trace
from clew.scores.passages import COINJOINS, MIXER, Shown, Truth, everything, state, state_any
from clew.scores.timing import Timing
from clew.tracing.trace import Trace

Json = dict[str, Any]
TRACED, ANY = "_traced", "_any"
"""How names end under which only what a trace found entering is stated, pair by pair, and any of it."""


class Hidden(NamedTuple):
    """The hidden passages of a world, and what is stated of them."""

    rounds: int
    recognised: int
    pairs: int
    """Withdrawals of the mixer, each with its note."""
    stated: Mapping[str, Stated]
    """``coinjoins`` and ``mixer`` of all that entered, with ``_traced`` of what the trace found entering, with ``_any``
    the sums of the latter."""

    @classmethod
    def measure(cls, table: TransferTable, trace: Trace, folder: Path) -> "Hidden":
        """Of the world in a folder, whose ledger is the table, and of a trace in it; InputError for a wrong file."""
        shown = Shown(table, Truth.read(folder / "passages.csv"))
        stated = state(everything(shown, trace.case), shown)
        stated |= {kind + TRACED: found for kind, found in state(trace.passages, shown).items()}
        stated |= {kind + ANY: found for kind, found in state_any(trace.passages, shown).items()}
        return cls(len(shown.truth.rounds), len(shown.recognised()), len(shown.truth.notes), stated)

    def with_drawn(self, folder: Path) -> "Hidden":
        """Also what the drawn assignments say of the mixer in a world's folder, as `clew score demix` does."""
        return self._replace(stated={**self.stated, **_timing(folder / "mixer").stated})


def _timing(mixer: Path) -> Timing:
    """How long the notes of a world's mixer wait, learnt from its own pairs, each tenth from the others."""
    events = read_events([mixer / "deposits.csv"], [mixer / "withdrawals.csv"])
    events = with_trace(events, read_depositors(mixer / "depositors.csv"))
    pairs, _ = read_pairs(mixer / "pairs.csv", events)
    return Timing.measure(events, [Columns.of(events, name) for name in events.pools()], pairs, shuffles=1)


def passage_figures(hidden: Hidden, folder: Path) -> Json:
    """What a world's table says of them: ``coinjoins``, and ``mixer`` with what `clew score demix` says of it."""
    tables = {name: gaps(stated) for name, stated in hidden.stated.items()}
    told = {
        kind: {"stated": tables[kind], "traced": tables[kind + TRACED], "any": tables[kind + ANY]}
        for kind in (COINJOINS, MIXER)
    }
    rounds = {"rounds": hidden.rounds, "recognised": hidden.recognised}
    return {COINJOINS: rounds | told[COINJOINS], MIXER: told[MIXER] | _demixed(folder / "mixer")}


def _demixed(mixer: Path) -> Json:
    """What `clew score demix` says of a world's mixer: its rules and their calibration on the true pairs."""
    events = read_events([mixer / "deposits.csv"], [mixer / "withdrawals.csv"])
    trace = read_depositors(mixer / "depositors.csv")
    pairs, aside = read_pairs(mixer / "pairs.csv", events)
    found = demix(events, trace, pairs, aside)
    rules = [{name: row[name] for name in ("rule", "pool", "status", "links") if name in row} for row in found["rules"]]
    return {"pairs": len(pairs), "rules": rules, "calibration": found["calibration"]}


def compared_passages(worlds: Sequence[tuple[str, Hidden]]) -> Json:
    """Every world's figures by its name, and those of all their statements in one table each."""
    names = list(dict.fromkeys(name for _, hidden in worlds for name in hidden.stated))
    counts = ("rounds", "recognised", "pairs")
    return {
        **{count: sum(getattr(hidden, count) for _, hidden in worlds) for count in counts},
        "pooled": {
            name: gaps(pooled([hidden.stated[name] for _, hidden in worlds if name in hidden.stated])) for name in names
        },
        "worlds": [
            {
                "world": world,
                **{count: getattr(hidden, count) for count in counts},
                **{name: gaps(stated) for name, stated in hidden.stated.items()},
            }
            for world, hidden in worlds
        ],
    }
