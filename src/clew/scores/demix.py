"""The demix table of deposits of interest, and whether its probabilities hold on pairs that are known.

No ground truth exists: what a pair proves depends on how it is known, and no rule is measured on pairs that it made.
What is learnt from pairs is learnt from nine tenths of them and measured on the tenth that was held out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from clew.links.mixers import Events, Link, Outcome, Rule, Status, order, propose
from clew.links.shuffles import SEED, SHUFFLES
from clew.scores.calibration import Stated, gaps
from clew.scores.columns import HELD_OUT, TENTHS, Columns, tenth
from clew.scores.mixer_files import Pair, Trace, with_trace
from clew.scores.timing import FEWEST_PAIRS, SHOWN, Timing

Json = dict[str, Any]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def demix(
    events: Events, trace: Trace, pairs: Sequence[Pair], aside: dict[str, int], *, shuffles: int = SHUFFLES
) -> Json:
    """The table and the calibration, as ``docs/mixers.md`` describes them. `aside`: pairs left out, by reason."""
    events = with_trace(events, trace)
    outcomes = propose(events, addresses=frozenset(trace.addresses), contacts=trace.contacts, shuffles=shuffles)
    pools = [Columns.of(events, name) for name in events.pools()]
    timing = Timing.measure(events, pools, pairs, shuffles)
    measured = {rule: _measure_rule(rule, outcomes, events, pairs) for rule in Rule}
    return {
        "shuffles": shuffles,
        "seed": SEED,
        "grade": "inferred",
        "pools": [pool_row(events, pool, timing) for pool in pools],
        "rules": [*(rule_row(outcome, measured[outcome.rule]) for outcome in outcomes), timing.row()],
        "links": [
            _link_row(link, outcome, events, measured[link.rule])
            for outcome in outcomes
            for link in sorted(outcome.links, key=lambda link: (-link.any, link.withdrawal))
        ],
        "timing": timing.table(events, pools),
        "calibration": {
            "pairs": len(pairs),
            "known_by": dict(sorted(Counter(pair.by for pair in pairs).items())),
            "left_aside": aside,
            "timing": timing.figures,
            **{rule.value: figures.json for rule, figures in measured.items()},
        },
    }


# --- the pools


def pool_row(events: Events, pool: Columns, timing: Timing) -> Json:
    """A pool in the table: its events, those of interest, and what their order alone says."""
    deposits = [events.deposits[row] for row in pool.rows[pool.interest].tolist()]
    row: Json = {
        "pool": pool.name,
        "deposits": len(pool.rows),
        "withdrawals": len(pool.paid),
        "deposits_of_interest": len(deposits),
    }
    if not deposits:
        return row
    orders = order(pool.deposited, pool.deposited[pool.interest], pool.withdrawn)
    after = pool.after_first()
    chosen = [found for found, later in zip(orders, after.tolist(), strict=True) if later]
    shares = np.array([found.expected for found in chosen])
    return row | {
        "depositors": len({d.depositor for d in deposits}),
        "leaves": [deposits[0].leaf, deposits[-1].leaf],
        "deposits_between": int(np.searchsorted(pool.rows, pool.rows[pool.interest][-1]))
        - int(np.searchsorted(pool.rows, pool.rows[pool.interest][0]))
        + 1,
        "withdrawals_since": len(chosen),
        "withdrawals_impossible": len(pool.paid) - len(chosen),
        "candidates": _spread(np.array([found.candidates for found in chosen])),
        "notes_left": _spread(np.array([found.left for found in chosen])),
        "by_order_alone": {
            "expected_of_interest": round(float(shares.sum()), 1),
            "least": round(float(shares.min()), 4) if len(shares) else None,
            "greatest": round(float(shares.max()), 4) if len(shares) else None,
        },
        "by_month": _months(events, pool, after, shares, timing.of_interest(pool)[after]),
    }


def _spread(values: npt.NDArray[Any]) -> Json | None:
    if not len(values):
        return None
    return {"least": int(values.min()), "median": int(np.median(values)), "greatest": int(values.max())}


def _months(events: Events, pool: Columns, after: Flags, shares: Floats, timed: Floats) -> list[Json]:
    """By the month of the withdrawal, whose time is read off between the deposits around it."""
    times = np.array([events.deposits[row].time for row in pool.rows.tolist()], dtype=np.float64)
    moments = np.interp(pool.withdrawn[after], pool.deposited, times)
    months = np.array([f"{datetime.fromtimestamp(moment, UTC):%Y-%m}" for moment in moments.tolist()])
    rows = []
    for month in np.unique(months).tolist():
        inside = months == month
        row = {"month": month, "withdrawals": int(inside.sum()), "by_order": round(float(shares[inside].sum()), 1)}
        rows.append(row | {"by_timing": None if np.isnan(timed).any() else round(float(timed[inside].sum()), 1)})
    return rows


# --- the rules that join on something


def rule_row(outcome: Outcome, measured: "Measured") -> Json:
    """What came of a rule in a pool, with its base rate."""
    rate = outcome.rate
    return {
        "rule": outcome.rule,
        "pool": outcome.pool,
        "status": outcome.status,
        "why": outcome.why,
        "eligible": rate.eligible,
        "links": rate.links,
        "impossible": rate.impossible,
        "by_chance": round(rate.by_chance, 3),
        "spread": round(rate.spread, 3),
        "lift": round(rate.lift, 2) if rate.lift else None,
        "probability": round(rate.probability * measured.factor, 4) if outcome.status is Status.PROPOSES else 0.0,
        "stratum": "pool, 30 days" if outcome.rule is Rule.PORTFOLIO else "pool, day",
        "shuffles": rate.shuffles,
    }


def _link_row(link: Link, outcome: Outcome, events: Events, measured: "Measured") -> Json:
    withdrawal = events.withdrawals[link.withdrawal]
    candidates = [events.deposits[row] for row in link.deposits]
    return {
        "rule": link.rule,
        "pool": withdrawal.pool,
        "withdrawal_tx": withdrawal.tx,
        "nullifier": withdrawal.nullifier,
        "recipient": withdrawal.recipient,
        "block": withdrawal.block,
        "candidates": len(candidates),
        "leaves": [candidates[0].leaf, candidates[-1].leaf],
        "deposits": [deposit.tx for deposit in candidates[:SHOWN]],
        "depositors": sorted({deposit.depositor for deposit in candidates if deposit.depositor})[:SHOWN],
        "probability": round(link.probability * measured.factor, 6),
        "probability_of_any": round(link.any * measured.factor, 6),
        "calibrated_on": measured.on,
        "base_rate": {"links": outcome.rate.links, "by_chance": round(outcome.rate.by_chance, 3)},
        "grade": link.grade,
    }


@dataclass(frozen=True)
class Measured:
    """What known pairs say of a rule; `factor` corrects its probability, and is 1 where nothing is known."""

    factor: float
    on: list[str]
    """How the pairs are known on which its probabilities hold within 5 points; empty where they were not shown to."""
    json: Json


def _measure_rule(rule: Rule, outcomes: Sequence[Outcome], events: Events, pairs: Sequence[Pair]) -> Measured:
    """A rule against the pairs that are known by something else."""
    links = [link for outcome in outcomes if outcome.rule is rule for link in outcome.links]
    labels = {pair.withdrawal: pair.deposit for pair in pairs if pair.by != rule}
    chosen = [link for link in links if link.withdrawal in labels]
    owner = np.array([number for number, link in enumerate(chosen) for _ in link.deposits], dtype=np.int64)
    stated = np.array([link.probability for link in chosen for _ in link.deposits], dtype=np.float64)
    right = np.array([row == labels[link.withdrawal] for link in chosen for row in link.deposits], dtype=np.bool_)
    part = np.array([tenth(events.withdrawals[link.withdrawal].nullifier) for link in chosen], dtype=np.int64)
    if len(chosen) < FEWEST_PAIRS:
        why = f"{len(chosen)} links of withdrawals whose deposit is known by something else; {FEWEST_PAIRS} are needed"
        return Measured(1.0, [], {"status": "not-calibrated", "why": why, "links": len(chosen)})
    part = part[owner]
    ceiling = 1 / np.array([len(link.deposits) for link in chosen], dtype=np.float64)[owner]
    corrected = np.zeros(len(stated))
    for number in range(TENTHS):
        factor = _factor(stated[part != number], right[part != number])
        corrected[part == number] = np.minimum(stated * factor, ceiling)[part == number]
    held = part == HELD_OUT
    figures: Json = {
        "links": len(chosen),
        "as_stated": gaps(Stated(stated, right, owner)),
        "held_out_tenth": gaps(Stated(corrected[held], right[held], owner[held])),
        "each_tenth_in_turn": gaps(Stated(corrected, right, owner)),
    }
    holds = figures["each_tenth_in_turn"]["within_5_points"]
    overall = min(_factor(stated, right), 1 / max(link.any for link in chosen))
    by = sorted({pair.by for pair in pairs if pair.by != rule}) if holds else []
    status = "calibrated" if holds else "not-calibrated"
    return Measured(overall, by, {"status": status, "factor": round(overall, 4), **figures})


def _factor(stated: Floats, right: Flags) -> float:
    total = float(stated.sum())
    return float(right.sum()) / total if total else 1.0
