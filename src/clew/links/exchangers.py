"""Deposits to an instant exchanger joined with its payouts, where no id is public: by value at the rate, and by time.

Which deposit a payout answers is a matching: each deposit has at most one payout, each payout at most one deposit. A
pair weighs as much as its fee and its delay are likely, against a payout that answers none of the deposits. Fees and
delays are learnt from the matching itself (expectation maximisation), for each pair of assets where it keeps to its
own. The probability of a pair is its share in all matchings (`matchings`), so that competing candidates, competing
deposits and no match at all are all counted. While it learns, belief propagation over monomers and dimers stands in for
that count (Bayati, Gamarnik, Katz, Nair, Tetali, STOC 2007).

Amounts are integers; rates and values are floats and serve the likelihood alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clew.links.matchings import shares
from clew.model import Grade

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SURE = 0.6
"""The probability from which a pair is stated. Above a half no two stated pairs can share an event."""
_ROUNDS = 7
_BEYOND_DOUBT = 0.95
"""Pairs above it judge how far fees keep to their pair of assets; those in doubt would judge in their own favour."""
_SWEEPS_OF_ROUND = {5: 100, 6: 600}
"""Rounds that count matchings by sampling, with their sweeps; those before are content with belief propagation."""
_SWEEPS = 60
_CHUNK = 4096
_VALUE_BINS = 24
_FEE_BINS = 30
_DELAY_BINS = 12
_TRUST = (3.0, 10.0, 30.0, 100.0, 1000.0, 1e6)
"""Pairs' worth of trust in the fees of all, when those of one pair of assets are learnt; the data choose."""


@dataclass(frozen=True, slots=True)
class Flows:
    """One side of an exchanger: columns of one length."""

    time: Ints
    """Seconds since 1970."""
    asset: Any
    """pyarrow text."""
    amount: Any
    """pyarrow text: base units in decimal digits (whole coins will do where the rates are of whole coins)."""
    asset_out: Any = None
    """pyarrow text, of deposits: the asset that was asked for; null or None where it is not known."""

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices over time: of each asset a series that is read between its points, in the logarithm."""

    series: dict[str, tuple[Floats, Floats]]
    """Asset -> times, logarithms of the price of one base unit."""

    def at(self, assets: npt.NDArray[np.object_], times: Ints) -> Floats:
        """Logarithm of each asset's price at its time; NaN without a series."""
        found = np.full(len(times), np.nan)
        for name in set(assets.tolist()):
            known = self.series.get(name)
            if known is not None:
                here = assets == name
                found[here] = np.interp(times[here], *known)
        return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A deposit and the payout it is thought to have bought."""

    deposit: int
    payout: int
    probability: float
    candidates: int
    """Payouts that the deposit could have bought, this one among them."""
    base_rate: float
    """Candidates a deposit has by chance, on average: those of payouts moved to another time of the record."""
    grade: Grade = Grade.INFERRED


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every candidate pair with its probability, as columns."""

    deposit: Ints
    payout: Ints
    probability: Floats
    candidates: Ints
    base_rate: float
    fees: tuple[float, float, float]
    """5th, 50th and 95th percentile of the fees learnt."""
    delays: tuple[int, int, int]
    """The same of the delays, in seconds."""
    fixed: bool
    """Whether rates were taken at the deposit's time, not at the payout's."""

    def stated(self, threshold: float = SURE) -> npt.NDArray[np.bool_]:
        """Which candidates are probable enough to be stated."""
        sure: npt.NDArray[np.bool_] = self.probability >= threshold
        return sure

    def __iter__(self) -> Iterator[Pair]:
        columns = (self.deposit, self.payout, self.probability, self.candidates)
        for deposit, payout, probability, candidates in zip(*(c[self.stated()].tolist() for c in columns), strict=True):
            yield Pair(deposit, payout, probability, candidates, self.base_rate)


@dataclass(frozen=True, slots=True)
class Model:
    """What is known beforehand of an exchanger."""

    fee: tuple[float, float] = (0.001, 0.02)
    """Least and most it keeps, as a share."""
    delay: tuple[int, int] = (60, 3600)
    """Least and most seconds it takes."""
    slack: float = 0.002
    """How far the service's rate may be off ours, as a share."""
    moves: float = 0.05
    """How far a price may move between deposit and payout, as a share."""
    fixed: bool | None = None
    """Whether the rate is that of the deposit's time; else that of the payout's. None: whichever explains more."""


@dataclass(frozen=True, slots=True)
class _Edges:
    """Candidates: what could be a pair at all."""

    deposit: Ints
    payout: Ints
    fee: Floats
    delay: Ints


def match_exchanger(deposits: Flows, payouts: Flows, rates: Rates, model: Model | None = None) -> Pairs:
    """The probability of every pair of a deposit and a payout in another asset that fits `model`."""
    model = model or Model()
    priced = _Priced.of(deposits, payouts, rates)
    near = _near(priced, priced.paid_time, model)
    fixed = model.fixed if model.fixed is not None else _fits(near, model, fixed=True) > _fits(near, model, fixed=False)
    edges = near.within(model, fixed=fixed)
    chance = _chance(priced, model, fixed=fixed)
    probability, fees, delays = np.empty(0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    if len(edges.fee):
        learner = _Learner.of(edges, priced, model)
        for turn in range(_ROUNDS):
            weight = learner.weights(probability if turn else None)
            probability = _marginals(edges, weight, len(deposits), len(payouts))
            if turn in _SWEEPS_OF_ROUND:
                sizes, sweeps = (len(deposits), len(payouts)), _SWEEPS_OF_ROUND[turn]
                probability = shares(edges.deposit, edges.payout, weight, probability, *sizes, sweeps=sweeps)
        fees, delays = _percentiles(edges.fee, probability), _percentiles(edges.delay.astype(np.float64), probability)
    count = np.bincount(edges.deposit, minlength=len(deposits))[edges.deposit]
    seconds = (round(delays[0]), round(delays[1]), round(delays[2]))
    return Pairs(edges.deposit, edges.payout, probability, count, chance, fees, seconds, fixed)


@dataclass(frozen=True, slots=True)
class _Priced:
    """Both sides as numbers: times, asset codes, logarithms of amounts; and the prices."""

    given_time: Ints
    given: Ints
    given_amount: Floats
    asked: Ints
    """-1 where it is not known."""
    paid_time: Ints
    paid: Ints
    paid_amount: Floats
    names: npt.NDArray[np.object_]
    """Of each asset code."""
    rates: Rates

    @classmethod
    def of(cls, deposits: Flows, payouts: Flows, rates: Rates) -> "_Priced":
        wanted = deposits.asset_out if deposits.asset_out is not None else pa.nulls(len(deposits), pa.string())
        whole = pa.concat_arrays([column.cast(pa.string()) for column in (deposits.asset, wanted, payouts.asset)])
        coded = whole.dictionary_encode()
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        given, asked, paid = np.split(codes, [len(deposits), 2 * len(deposits)])
        names = coded.dictionary.to_numpy(zero_copy_only=False)
        amounts = (_logarithms(deposits.amount), _logarithms(payouts.amount))
        return cls(deposits.time, given, amounts[0], asked, payouts.time, paid, amounts[1], names, rates)

    def price(self, codes: Ints, times: Ints) -> Floats:
        return self.rates.at(self.names[codes], times)


def _logarithms(amount: Any) -> Floats:
    numbers = amount.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(numbers)
    found[~np.isfinite(found)] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class _Near:
    """Pairs whose delay is possible and whose value is near enough to be looked at; with both ways to read the fee."""

    deposit: Ints
    payout: Ints
    delay: Ints
    fee_floating: Floats
    """At the rates of the payout's time."""
    fee_fixed: Floats
    """At the rates of the deposit's time."""

    def within(self, model: Model, *, fixed: bool) -> _Edges:
        fee = self.fee_fixed if fixed else self.fee_floating
        fits = (fee >= model.fee[0] - model.slack) & (fee <= model.fee[1] + model.slack)
        return _Edges(self.deposit[fits], self.payout[fits], fee[fits], self.delay[fits])


def _fits(near: _Near, model: Model, *, fixed: bool) -> int:
    """Pairs within the fees: chance gives as many either way, the right way has the true ones besides."""
    return len(near.within(model, fixed=fixed).fee)


def _near(priced: _Priced, paid_time: Ints, model: Model) -> _Near:
    """Found in slices of deposits, to bound memory. `paid_time` may be moved, to see what chance gives."""
    order = np.argsort(paid_time, kind="stable")
    times, assets = paid_time[order], priced.paid[order]
    # prices stay those of the payout's own time, for a moved payout is worth what it was worth
    worth = priced.paid_amount[order] + priced.price(assets, priced.paid_time[order])
    value = priced.given_amount + priced.price(priced.given, priced.given_time)
    least, most = model.fee[0] - model.slack - model.moves, model.fee[1] + model.slack + model.moves
    parts = []
    for start in range(0, len(value), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(value)))
        first = np.searchsorted(times, priced.given_time[rows] + model.delay[0], side="left")
        span = np.searchsorted(times, priced.given_time[rows] + model.delay[1], side="right") - first
        deposit = np.repeat(rows, span)
        at = np.arange(len(deposit)) - np.repeat(np.cumsum(span) - span, span) + np.repeat(first, span)
        rough = value[deposit] - worth[at]
        fits = (rough >= least) & (rough <= most) & (assets[at] != priced.given[deposit])
        fits &= (priced.asked[deposit] < 0) | (priced.asked[deposit] == assets[at])
        parts.append((deposit[fits], at[fits]))
    deposit, at = (np.concatenate([part[i] for part in parts] or [np.empty(0, dtype=np.int64)]) for i in (0, 1))
    then = priced.price(priced.given[deposit], priced.paid_time[order][at])
    moved = then - priced.price(priced.given[deposit], priced.given_time[deposit])
    earlier = priced.price(assets[at], priced.given_time[deposit]) - priced.price(
        assets[at], priced.paid_time[order][at]
    )
    ratio = worth[at] - value[deposit]
    return _Near(
        deposit,
        order[at],
        times[at] - priced.given_time[deposit],
        -np.expm1(ratio - moved if paid_time is priced.paid_time else ratio),
        -np.expm1(ratio + earlier if paid_time is priced.paid_time else ratio),
    )


def _chance(priced: _Priced, model: Model, *, fixed: bool) -> float:
    """Candidates of a deposit where payouts are turned round the record by a third, a half and two thirds of it."""
    if not len(priced.given) or not len(priced.paid):
        return 0.0
    start, span = int(priced.paid_time.min()), int(np.ptp(priced.paid_time)) + 1
    turned = [(priced.paid_time - start + int(span * share)) % span + start for share in (1 / 3, 1 / 2, 2 / 3)]
    found = [len(_near(priced, times, model).within(model, fixed=fixed).fee) for times in turned]
    return sum(found) / len(found) / len(priced.given)


@dataclass(frozen=True, slots=True)
class _Learner:
    """Densities of fee, delay and of payouts that answer nothing, learnt from the pairs believed so far."""

    edges: _Edges
    fee_bin: Ints
    delay_bin: Ints
    pair: Ints
    """Code of each candidate's two assets."""
    share: Floats
    """Of each candidate: the share of its payout's asset in all payouts, where the deposit does not name it."""
    crowd: Floats
    """Of each candidate: payouts a second and a unit of logarithmic value, around its own."""
    deposits: int
    payouts: int
    fee_width: float
    delay_width: float
    start: Floats
    """The fee density before anything is learnt."""

    @classmethod
    def of(cls, edges: _Edges, priced: _Priced, model: Model) -> "_Learner":
        least, most = model.fee[0] - model.slack, model.fee[1] + model.slack
        width = (most - least) / _FEE_BINS
        slow = (model.delay[1] - model.delay[0]) / _DELAY_BINS
        given, paid, kinds = priced.given, priced.paid, len(priced.names)
        middle = least + (np.arange(_FEE_BINS) + 0.5) * width
        start = np.where((middle > model.fee[0]) & (middle < model.fee[1]), 1.0, 0.1)
        asset_share = np.bincount(paid, minlength=kinds) / len(paid)
        unknown = priced.asked[edges.deposit] < 0
        return cls(
            edges,
            np.clip(((edges.fee - least) / width).astype(np.int64), 0, _FEE_BINS - 1),
            np.clip(((edges.delay - model.delay[0]) / slow).astype(np.int64), 0, _DELAY_BINS - 1),
            np.unique(given[edges.deposit] * kinds + paid[edges.payout], return_inverse=True)[1],
            np.where(unknown, asset_share[paid[edges.payout]], 1.0),
            _crowd(priced)[edges.payout],
            len(priced.given),
            len(paid),
            width,
            slow,
            start / start.sum(),
        )

    def weights(self, believed: Floats | None) -> Floats:
        """The odds of each pair against its two events being single, given how far each pair is believed."""
        if believed is None:
            fee, delay = self.start[self.fee_bin], np.full(len(self.fee_bin), 1 / _DELAY_BINS)
            paired = 0.9
        else:
            fee, delay = self._fee(believed), self._delay(believed)
            paired = float(believed.sum()) / self.deposits
        density = fee / self.fee_width * delay / self.delay_width * self.share
        matched = min(max(paired, 0.01), 1 - 1 / (self.deposits + 2))
        single = max(1 - matched * self.deposits / self.payouts, 1 / (self.payouts + 2))
        odds: Floats = matched / (1 - matched) * density / (single * self.crowd)
        return odds

    def _fee(self, believed: Floats) -> Floats:
        """Density over bins: of all pairs, and of each pair of assets as far as it has pairs to learn from."""
        whole = np.bincount(self.fee_bin, believed, _FEE_BINS) + self.start * 20
        whole /= whole.sum()
        cells = np.bincount(self.pair * _FEE_BINS + self.fee_bin, believed, (int(self.pair.max()) + 1) * _FEE_BINS)
        own = cells.reshape(-1, _FEE_BINS)
        totals = own.sum(axis=1)
        cell, total, prior = own[self.pair, self.fee_bin], totals[self.pair], whole[self.fee_bin]
        # without the pair itself: a density that foretells the others is believed, one that repeats itself is not
        rest, left = np.maximum(cell - believed, 0), np.maximum(total - believed, 0)
        kept = [(rest + prior * trust) / (left + trust) for trust in _TRUST]
        sure = np.where(believed > _BEYOND_DOUBT, believed, 0.0)
        best: Floats = max(kept, key=lambda density: float(sure @ np.log(np.maximum(density, 1e-300))))
        return best

    def _delay(self, believed: Floats) -> Floats:
        counts = np.bincount(self.delay_bin, believed, _DELAY_BINS) + 20 / _DELAY_BINS
        found: Floats = (counts / counts.sum())[self.delay_bin]
        return found


def _crowd(priced: _Priced) -> Floats:
    """Payouts of the same asset a second and a unit of logarithmic value, around each payout."""
    value = priced.paid_amount + priced.price(priced.paid, priced.paid_time)
    span = max(1, int(np.ptp(priced.paid_time)))
    found = np.full(len(value), 1e-12)
    for code in np.unique(priced.paid).tolist():
        here = np.flatnonzero((priced.paid == code) & np.isfinite(value))
        if len(here):
            counts, edges = np.histogram(value[here], _VALUE_BINS)
            bins = np.clip(np.searchsorted(edges, value[here], side="right") - 1, 0, _VALUE_BINS - 1)
            found[here] = counts[bins] / max(edges[1] - edges[0], 1e-9) / span
    return found


def _marginals(edges: _Edges, weight: Floats, deposits: int, payouts: int) -> Floats:
    """The probability of each edge over all matchings, each weighing the product of its edges' weights."""
    down = up = np.ones(len(weight))
    for _ in range(_SWEEPS):
        sums = np.bincount(edges.payout, weight * down, payouts)
        up = 1 / (1 + np.maximum(sums[edges.payout] - weight * down, 0))
        sums = np.bincount(edges.deposit, weight * up, deposits)
        fresh = 1 / (1 + np.maximum(sums[edges.deposit] - weight * up, 0))
        done = np.abs(fresh - down).max(initial=0) < 1e-6
        down = np.sqrt(fresh * down)
        if done:
            break
    odds = weight * up * down
    found: Floats = odds / (1 + odds)
    return found


def _percentiles(column: Floats, weight: Floats) -> tuple[float, float, float]:
    order = np.argsort(column)
    mass = np.cumsum(weight[order])
    at = np.searchsorted(mass, mass[-1] * np.array([0.05, 0.5, 0.95]))
    found = column[order][np.minimum(at, len(column) - 1)]
    return float(found[0]), float(found[1]), float(found[2])
