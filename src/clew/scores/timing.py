"""How long notes wait, learnt from known pairs: a probability for each withdrawal, and whether it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from clew.links.mixers import DAY, Events, Status, order
from clew.links.shuffles import SEED, deals
from clew.links.spendings import draw_spendings
from clew.links.waiting import BINS, Waiting, bin_of, count_by_age
from clew.scores.calibration import Stated, gaps
from clew.scores.columns import HELD_OUT, Columns, kinds_of
from clew.scores.mixer_files import Pair
from clew.scores.passing import Known, Passing, learn_density, pass_by_age, pass_by_assignment

Json = dict[str, Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FEWEST_PAIRS = 100
"""Known pairs below which nothing is called calibrated: a share of 100 is known to 5 points at best."""
SHOWN = 20
"""Candidates of a link, and withdrawals of the timing table, that are printed one by one."""


@dataclass(frozen=True)
class Timing:
    """How long notes wait, learnt from known pairs; nothing where there are too few."""

    model: Waiting | None
    figures: Json
    drawn: Mapping[str, Ints] = field(default_factory=dict)
    """Pool -> assignments of its notes to its withdrawals, where they take the place of the model."""
    stated: Mapping[str, Stated] = field(default_factory=dict)
    """The statements measured, ``by_age`` and ``by_depositor``, each learnt from other tenths."""

    @classmethod
    def measure(cls, events: Events, pools: Sequence[Columns], pairs: Sequence[Pair], shuffles: int) -> "Timing":
        """Learnt from all pairs for use; measured on each tenth with what the other nine say."""
        if len(pairs) < FEWEST_PAIRS:
            why = f"{len(pairs)} known pairs; {FEWEST_PAIRS} are needed to learn how long notes wait and to check it"
            return cls(None, {"status": "not-calibrated", "why": why})
        known = Known.of(events, pools, pairs)
        everybody = known.are_everybody()
        passing = pass_by_assignment(known) if everybody else pass_by_age(known)
        held, every = known.part == HELD_OUT, known.part >= 0
        stated = {"by_age": _sets(known, passing, every), "by_depositor": passing.by_depositor}
        turned, depositors = gaps(stated["by_age"]), gaps(stated["by_depositor"])
        holds = turned["within_5_points"]
        figures = {
            "status": "calibrated" if holds else "not-calibrated",
            "calibrated_on": sorted({pair.by for pair in pairs}) if holds else [],
            "model": passing.model,
            "pairs": len(pairs),
            "held_out_tenth": {"pairs": int(held.sum()), **gaps(_sets(known, passing, held))},
            "each_tenth_in_turn": {"pairs": len(pairs), **turned},
            "by_depositor": depositors,
            "shuffled_pairs": _shuffled(known, passing, shuffles),
        }
        model = Waiting.learn(known.counts, bin_of(known.waits))
        return cls(model, figures, _drawn(known) if everybody else {}, stated)

    def row(self) -> Json:
        """The rule beside the others; its probabilities are of sets of deposits, in the pools' and the timing table."""
        shuffled = self.figures.get("shuffled_pairs", {})
        status = Status.CANNOT_RUN if self.model is None else Status.PROPOSES
        if self.model is not None and shuffled["probability_of_right"] <= 1.1 * shuffled["by_chance"]:
            status = Status.OFF
        return {"rule": "timing", "pool": "all", "status": status, "why": self.figures.get("why", "")} | {
            key: value for key, value in shuffled.items() if key != "stratum"
        }

    def of_interest(self, pool: Columns) -> Floats:
        """Of each withdrawal of a pool: the probability that it spends a note of interest; NaN where not learnt."""
        found: Floats
        if self.model is None:
            return np.full(len(pool.withdrawn), np.nan)
        if pool.name in self.drawn:
            found = pool.interest[self.drawn[pool.name]].mean(axis=0)
            return found
        each = self.model.probability(count_by_age(pool.deposited, pool.withdrawn))
        own = count_by_age(pool.deposited[pool.interest], pool.withdrawn)
        found = (each * own).sum(axis=1)
        return found

    def table(self, events: Events, pools: Sequence[Columns]) -> list[Json]:
        """The withdrawals most probably of interest by timing, each beside what the order alone gives."""
        if self.model is None:
            return []
        return [row for pool in pools if pool.interest.any() for row in self._table(events, pool)]

    def _table(self, events: Events, pool: Columns) -> list[Json]:
        timed = self.of_interest(pool)
        orders = order(pool.deposited, pool.deposited[pool.interest], pool.withdrawn)
        rows = []
        for at in np.argsort(-timed, kind="stable")[:SHOWN].tolist():
            withdrawal = events.withdrawals[int(pool.paid[at])]
            rows.append(
                {
                    "pool": pool.name,
                    "withdrawal_tx": withdrawal.tx,
                    "nullifier": withdrawal.nullifier,
                    "recipient": withdrawal.recipient,
                    "block": withdrawal.block,
                    "candidates": orders[at].candidates,
                    "of_interest": orders[at].of_interest,
                    "probability_of_any": round(float(timed[at]), 4),
                    "base_rate": round(orders[at].expected, 4),
                    "calibrated_on": self.figures["calibrated_on"],
                    "grade": "inferred",
                }
            )
        return rows


def _drawn(known: Known) -> dict[str, Ints]:
    """Assignments of every pool by what all pairs say."""
    kinds = kinds_of(known.events)
    density = learn_density(known, kinds, known.part >= 0)
    return {
        pool.name: draw_spendings(pool.deposited, pool.withdrawn, kinds[pool.paid], density) for pool in known.pools
    }


def _sets(known: Known, passing: Passing, chosen: npt.NDArray[np.bool_]) -> Stated:
    """Of "the right deposit is among those of at most this age": all ages of the chosen pairs, each with its truth.

    What the order of events alone decides (no candidate is so young, or all are) is left out.
    """
    counts = known.counts[chosen]
    young = counts.cumsum(axis=1)[:, :-1]
    open_ = (young > 0) & (young < counts.sum(axis=1, keepdims=True))
    mass = np.minimum(passing.mass[chosen].cumsum(axis=1)[:, :-1], 1.0)
    right = bin_of(known.waits[chosen])[:, None] <= np.arange(BINS - 1)[None, :]
    subject = np.broadcast_to(np.arange(len(counts))[:, None], open_.shape)
    return Stated(mass[open_], right[open_], subject[open_].astype(np.int64))


def _shuffled(known: Known, passing: Passing, shuffles: int) -> Json:
    """The probability given to the right deposits, summed; and to deposits dealt anew inside pool and 30 days."""
    names = np.unique(np.array([pool.name for pool in known.pools]), return_inverse=True)[1]
    paid = known.waits + np.array(
        [known.pools[p].deposited[at] for p, at in zip(known.pool, known.spent, strict=True)], dtype=np.int64
    )
    stratum = names[known.pool].astype(np.int64) * 10**6 + paid // (30 * DAY)
    sums = np.array([float(passing.given(known.spent[deal]).sum()) for deal in deals(stratum, shuffles, SEED)])
    total, mean = float(passing.given(known.spent).sum()), float(sums.mean())
    return {
        "probability_of_right": round(total, 3),
        "by_chance": round(mean, 3),
        "spread": round(float(sums.std()), 3),
        "lift": round(total / mean, 2) if mean else None,
        "at_random": round(float((1 / known.counts.sum(axis=1)).sum()), 3),
        "stratum": "pool, 30 days",
        "shuffles": shuffles,
    }
