"""The demix table of deposits of interest, and whether its probabilities hold on pairs that are known.

No ground truth exists: what a pair proves depends on how it is known, and no rule is measured on pairs that it made.
What is learnt from pairs is learnt from nine tenths of them and measured on the tenth that was held out.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from clew.links.mixers import DAY, Events, Link, Outcome, Rule, Status, order, propose
from clew.links.shuffles import SEED, SHUFFLES, deals
from clew.links.waiting import BINS, Waiting, bin_of, count_by_age
from clew.scores.calibration import calibration
from clew.scores.mixer_files import Pair, Trace, with_trace

Json = dict[str, Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TENTHS = 10
HELD_OUT = 0
"""The tenth that is held out where one is: of a hash, so that it is the same whatever else the files hold."""
FEWEST_PAIRS = 100
"""Known pairs below which nothing is called calibrated: a share of 100 is known to 5 points at best."""
FEWEST_IN_BIN = 100
"""Links below which a bin is joined with the next: a share of so many is known to 5 points at best."""
POINTS = 0.05
SHOWN = 20
"""Candidates of a link, and withdrawals of the timing table, that are printed one by one."""


def tenth(nullifier: str) -> int:
    """Which tenth of the pairs a withdrawal belongs to."""
    return int.from_bytes(hashlib.sha256(nullifier.encode()).digest()[:8]) % TENTHS


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


@dataclass(frozen=True)
class Columns:
    """One pool's columns; `rows` and `paid` are its rows of the events."""

    name: str
    rows: Ints
    paid: Ints
    deposited: Ints
    """Blocks of the deposits, ascending."""
    interest: Flags
    withdrawn: Ints

    @classmethod
    def of(cls, events: Events, name: str) -> "Columns":
        rows = np.array([row for row, d in enumerate(events.deposits) if d.pool == name], dtype=np.int64)
        paid = np.array([row for row, w in enumerate(events.withdrawals) if w.pool == name], dtype=np.int64)
        return cls(
            name,
            rows,
            paid,
            np.array([events.deposits[row].block for row in rows.tolist()], dtype=np.int64),
            np.array([bool(events.deposits[row].depositor) for row in rows.tolist()], dtype=np.bool_),
            np.array([events.withdrawals[row].block for row in paid.tolist()], dtype=np.int64),
        )

    def after_first(self) -> Flags:
        """The withdrawals that may spend a note of interest."""
        own = self.deposited[self.interest]
        found: Flags = self.withdrawn >= own[0] if len(own) else np.zeros(len(self.withdrawn), dtype=np.bool_)
        return found


def pool_row(events: Events, pool: Columns, timing: "Timing") -> Json:
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
        "as_stated": gaps(stated, right),
        "held_out_tenth": gaps(corrected[held], right[held]),
        "each_tenth_in_turn": gaps(corrected, right),
    }
    holds = figures["each_tenth_in_turn"]["within_5_points"]
    overall = min(_factor(stated, right), 1 / max(link.any for link in chosen))
    by = sorted({pair.by for pair in pairs if pair.by != rule}) if holds else []
    status = "calibrated" if holds else "not-calibrated"
    return Measured(overall, by, {"status": status, "factor": round(overall, 4), **figures})


def _factor(stated: Floats, right: Flags) -> float:
    total = float(stated.sum())
    return float(right.sum()) / total if total else 1.0


def gaps(stated: Floats, right: Flags) -> Json:
    """Stated probabilities beside observed shares, in bins wide enough to be measured."""
    bins = _joined(calibration(stated, right))
    for row in bins:
        share = row["right"]
        row["points"] = round(100 * (share - row["stated"]), 2)
        row["error_points"] = round(100 * float(np.sqrt(share * (1 - share) / row["links"])), 2)
    largest = max((abs(row["points"]) for row in bins), default=None)
    return {
        "bins": bins,
        "overall_points": round(100 * float(right.mean() - stated.mean()), 2) if len(stated) else None,
        "largest_gap_points": largest,
        "within_5_points": largest is not None and largest <= 100 * POINTS,
    }


def _joined(bins: list[Json]) -> list[Json]:
    """Each bin joined with the next until it holds enough; what is left at the end goes to the last."""
    rows: list[Json] = []
    for row in bins:
        if rows and (rows[-1]["links"] < FEWEST_IN_BIN or (row is bins[-1] and row["links"] < FEWEST_IN_BIN)):
            last, links = rows.pop(), row["links"]
            both = last["links"] + links
            row = (
                row
                | {"from": last["from"], "links": both}
                | {
                    name: round((last[name] * last["links"] + row[name] * links) / both, 4)
                    for name in ("stated", "right")
                }
            )
        rows.append(row)
    return rows


# --- timing


@dataclass(frozen=True)
class Timing:
    """How long notes wait, learnt from known pairs; nothing where there are too few."""

    model: Waiting | None
    figures: Json

    @classmethod
    def measure(cls, events: Events, pools: Sequence[Columns], pairs: Sequence[Pair], shuffles: int) -> "Timing":
        """Learnt from all pairs for use; measured on each tenth with what the other nine say."""
        if len(pairs) < FEWEST_PAIRS:
            why = f"{len(pairs)} known pairs; {FEWEST_PAIRS} are needed to learn how long notes wait and to check it"
            return cls(None, {"status": "not-calibrated", "why": why})
        counts, chosen = _aged(events, pools, pairs)
        part = np.array([tenth(events.withdrawals[pair.withdrawal].nullifier) for pair in pairs], dtype=np.int64)
        each = np.zeros(counts.shape)
        for number in range(TENTHS):
            here = part == number
            each[here] = Waiting.learn(counts[~here], chosen[~here]).probability(counts[here])
        model = Waiting.learn(counts, chosen)
        held = part == HELD_OUT
        turned = _sets(counts, chosen, each)
        figures = {
            "status": "calibrated" if turned["within_5_points"] else "not-calibrated",
            "calibrated_on": sorted({pair.by for pair in pairs}) if turned["within_5_points"] else [],
            "pairs": len(pairs),
            "held_out_tenth": {"pairs": int(held.sum()), **_sets(counts[held], chosen[held], each[held])},
            "each_tenth_in_turn": {"pairs": len(pairs), **turned},
            "shuffled_pairs": _shuffled(events, pairs, counts, each, shuffles),
        }
        return cls(model, figures)

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
        if self.model is None:
            return np.full(len(pool.withdrawn), np.nan)
        each = self.model.probability(count_by_age(pool.deposited, pool.withdrawn))
        own = count_by_age(pool.deposited[pool.interest], pool.withdrawn)
        found: Floats = (each * own).sum(axis=1)
        return found

    def table(self, events: Events, pools: Sequence[Columns]) -> list[Json]:
        """The withdrawals most probably of interest by timing, each beside what the order alone gives."""
        if self.model is None:
            return []
        rows = []
        for pool in pools:
            if not pool.interest.any():
                continue
            timed = self.of_interest(pool)
            orders = order(pool.deposited, pool.deposited[pool.interest], pool.withdrawn)
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


def _aged(events: Events, pools: Sequence[Columns], pairs: Sequence[Pair]) -> tuple[Ints, Ints]:
    """Of each pair: how many candidates its withdrawal has in each bin of age, and the bin of the right one."""
    deposited = {pool.name: pool.deposited for pool in pools}
    counts = np.zeros((len(pairs), BINS), dtype=np.int64)
    ages = np.zeros(len(pairs), dtype=np.int64)
    for number, pair in enumerate(pairs):
        withdrawal = events.withdrawals[pair.withdrawal]
        block = np.array([withdrawal.block], dtype=np.int64)
        counts[number] = count_by_age(deposited[withdrawal.pool], block)[0]
        ages[number] = withdrawal.block - events.deposits[pair.deposit].block
    return counts, bin_of(ages)


def _sets(counts: Ints, chosen: Ints, each: Floats) -> Json:
    """Of "the right deposit is among those of at most this age": stated and observed, over all ages and pairs.

    What the order of events alone decides (no candidate is so young, or all are) is left out.
    """
    young = counts.cumsum(axis=1)[:, :-1]
    open_ = (young > 0) & (young < counts.sum(axis=1, keepdims=True))
    mass = np.minimum((counts * each).cumsum(axis=1)[:, :-1], 1.0)
    right = chosen[:, None] <= np.arange(BINS - 1)[None, :]
    return gaps(mass[open_], right[open_])


def _shuffled(events: Events, pairs: Sequence[Pair], counts: Ints, each: Floats, shuffles: int) -> Json:
    """The probability given to the right deposits, summed; and to deposits dealt anew inside pool and 30 days."""
    made = np.array([events.deposits[pair.deposit].block for pair in pairs], dtype=np.int64)
    paid = np.array([events.withdrawals[pair.withdrawal].block for pair in pairs], dtype=np.int64)
    names = np.unique(np.array([events.withdrawals[pair.withdrawal].pool for pair in pairs]), return_inverse=True)[1]
    rows = np.arange(len(pairs))

    def given(blocks: Ints) -> Floats:
        ages = paid - blocks
        found: Floats = np.where(ages < 0, 0.0, each[rows, bin_of(np.maximum(ages, 0))])
        return found

    sums = np.array(
        [
            float(given(made[deal]).sum())
            for deal in deals(names.astype(np.int64) * 10**6 + paid // (30 * DAY), shuffles, SEED)
        ]
    )
    total, mean = float(given(made).sum()), float(sums.mean())
    return {
        "probability_of_right": round(total, 3),
        "by_chance": round(mean, 3),
        "spread": round(float(sums.std()), 3),
        "lift": round(total / mean, 2) if mean else None,
        "at_random": round(float((1 / counts.sum(axis=1)).sum()), 3),
        "stratum": "pool, 30 days",
        "shuffles": shuffles,
    }
