"""Which note each withdrawal of a pool spent, drawn among all ways in which each spends another.

Of one withdrawal alone every note not younger is a candidate, and the youngest are the likeliest. But a note is spent
once: who took it leaves the others to the rest. So whole assignments are drawn, each in proportion to the product of
the densities of its waits and, for each note left in the pool, of the chance to wait that long. Shares of the draws are
then consistent both ways: each withdrawal spends one note, and no note is spent more than once. (The shares are ratios
of permanents, which no short formula gives: Jerrum and Sinclair, SIAM Journal on Computing 18, 1989.)

It presumes that everybody in the pool waits as those do from whom the density was learnt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from clew.links.smoothing import smoothed

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DRAWS = 2_400
"""Assignments kept; a share of them is known to 2 points."""
_APART, _BEFORE, _AGAIN = 4, 20, 4
"""Between two that are kept, a change for each so many notes; before the first, so many changes for each note, fewer
where the weights have changed but a little."""
_STEPS = 1 << 13
"""Steps between two that are kept, of a pool so large that a change for each four notes would take more."""
_LONGEST = 10
"""Steps of one change at most, times the notes of the pool."""
_ROUNDS, _ROUNDS_AGAIN = 30, 12
"""Of scaling, and where it begins with what scaled like weights; it need not end, for it changes no assignment's
odds."""
_OFFSET, _PER_OCTAVE, _OCTAVES = 16, 8, 22
"""Bins of age are equal in the logarithm of age + 16 blocks: the narrowest are of 1.4 blocks, the last is open."""
_WIDTHS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Kernels tried, in bins: from none to an octave."""
_FOLDS = 5
_SHARED = (20.0, 5.0, 1.25, 0.3)
"""Pairs tried that the histogram of all kinds stands for within that of one."""
_FEW = 10
"""Notes of which all assignments are counted."""
_LEAST_LEFT = 1e-3
"""The chance to be in the pool still is never held to be less."""
_HOPELESS = 30.0
"""Logarithm of the odds against a pair of no weight."""
_SEED = 81
_compile: Any = njit(cache=True)
"""Numba states types of the Python functions, which a kernel never sees."""

AGES: Floats = _OFFSET * (2 ** (np.arange(_PER_OCTAVE * _OCTAVES + 1) / _PER_OCTAVE) - 1)
"""Edges of the bins, in blocks; what is older than the last counts to the last bin."""
_BINS = len(AGES) - 1


@dataclass(frozen=True, slots=True)
class Density:
    """How long notes wait, by kind of withdrawal."""

    mass: Floats
    """The probability of each bin of `AGES` (columns) of each kind (rows)."""
    left: Floats
    """The chance to be in the pool still at each of `AGES`, whatever the kind."""

    @classmethod
    def learn(cls, waits: Ints, kind: Ints, kinds: int, stood: Ints | None = None, part: float = 1.0) -> "Density":
        """Histograms over the logarithm of the age in blocks, of each kind apart.

        Few pairs of a kind say little, so the histogram of all is added to each, as if it were so many pairs; to that
        of all, one wait of no meaning spread evenly, so that an age never seen stays possible. How much each is
        smoothed, and how many pairs that of all stands for, is what predicts a fifth of its waits best from the rest.

        `stood`: of every note, spent or not, the blocks from its deposit to the end; `part`: the share of the
        withdrawals that the waits are of. Then the chance to be there still is counted by notes, of which some are
        never taken out; without them all are.
        """
        bins = np.minimum(_PER_OCTAVE * np.log2(waits / _OFFSET + 1), _BINS - 1).astype(np.int64)
        every = np.ones(len(bins), dtype=np.bool_)

        def counted(waited: Ints, width: float) -> Floats:
            return smoothed(np.bincount(waited, minlength=_BINS).astype(np.float64), width)

        def of_all(seen: Flags, width: float) -> Floats:
            found: Floats = (counted(bins[seen], width) + 1 / _BINS) / (seen.sum() + 1)
            return found

        chosen = _best(bins, every, [(width,) for width in _WIDTHS], of_all)

        def of_kind(number: int) -> Floats:
            def blend(seen: Flags, width: float, shared: float) -> Floats:
                own = counted(bins[seen & (kind == number)], width)
                found: Floats = (own + shared * of_all(seen, *chosen)) / (own.sum() + shared)
                return found

            return blend(every, *_best(bins, kind == number, list(product(_WIDTHS, _SHARED)), blend))

        mass = np.array([of_kind(number) for number in range(kinds)])
        if stood is None:
            shares = np.bincount(kind, minlength=kinds) / max(len(kind), 1)
            return cls(mass, np.concatenate([[1.0], 1 - (shares @ mass).cumsum()]))
        return cls(mass, _left(waits, stood, part))

    def logarithm(self) -> Floats:
        """Of the density in a block of each bin, by kind."""
        found: Floats = np.log(self.mass / np.diff(AGES))
        return found

    def longer(self, ages: Ints) -> Floats:
        """Logarithm of the chance to wait longer than each age, whatever the kind; of a thousandth at least."""
        found: Floats = np.log(np.maximum(np.interp(ages, AGES, self.left), _LEAST_LEFT))
        return found


def _left(waits: Ints, stood: Ints, part: float) -> Floats:
    """The chance to be in the pool still at each of `AGES`: each wait counts among the notes that stood so long."""
    waits, stood = np.sort(waits), np.sort(stood)
    among = np.maximum(len(stood) - np.searchsorted(stood, waits, side="left"), 1)
    gone = np.concatenate([[0.0], np.cumsum(1 / (part * among))])
    found: Floats = np.maximum(1 - gone[np.searchsorted(waits, AGES, side="right")], 0.0)
    return found


def _best(
    bins: Ints, counted: Flags, choices: Sequence[tuple[float, ...]], histogram: Callable[..., Floats]
) -> tuple[float, ...]:
    """The choice whose histogram of four fifths of the waits makes the last likeliest, each fifth in turn.

    Only the waits counted are; the first choice where there are none. `histogram`: of the waits flagged, by a choice.
    """
    fold = np.arange(len(bins)) % _FOLDS

    def fit(choice: tuple[float, ...]) -> float:
        unseen = ((histogram(fold != f, *choice), bins[counted & (fold == f)]) for f in range(_FOLDS))
        return sum(float(np.log(mass[waited]).sum()) for mass, waited in unseen)

    return max(choices, key=fit)


def may_be_drawn(deposited: Ints, withdrawn: Ints) -> bool:
    """Whether each withdrawal can spend a note of its own; not so where the list of deposits is not whole."""
    count = len(withdrawn)
    return count <= len(deposited) and bool((deposited[:count] <= withdrawn).all())


def draw_spendings(deposited: Ints, withdrawn: Ints, kind: Ints, density: Density, draws: int = DRAWS) -> Ints:
    """The note that each withdrawal (columns) spends in each of so many assignments (rows), as places in `deposited`.

    Blocks of both, ascending, of which `may_be_drawn` holds; `kind` of each withdrawal. Same input, same draws.
    """
    until = max(int(deposited[-1]), int(withdrawn[-1])) if len(withdrawn) else 0
    age = withdrawn[:, None] - deposited[None, :]
    bins = np.minimum(_PER_OCTAVE * np.log2(np.maximum(age, 0) / _OFFSET + 1), _BINS - 1).astype(np.int64)
    logarithm = np.where(age < 0, -np.inf, density.logarithm()[kind[:, None], bins])
    weight = np.exp(logarithm - logarithm.max(axis=1, keepdims=True))
    return Spendings(len(deposited)).draw(weight, np.exp(density.longer(until - deposited)), draws)


class Spendings:
    """The assignments of one pool, of which both sides ascend and `may_be_drawn` holds."""

    def __init__(self, notes: int) -> None:
        self._holds: Ints = np.arange(notes, dtype=np.int64)
        """The last one drawn: the note of each withdrawal, and behind them those in the pool. First in, first out."""
        self._scale: Floats = np.ones(notes)
        """What balanced the weights of each note, as far as it is known."""
        self._turn = 0

    def draw(self, weight: Floats, left: Floats, draws: int) -> Ints:
        """The note that each withdrawal (columns) spends in each of so many assignments (rows).

        An assignment weighs the product of its pairs' weights and of what `left` each note in the pool weighs. The
        first draw goes on from the last one of the turn before, whatever the weights were then.
        """
        rounds, before = (_ROUNDS_AGAIN, _AGAIN) if self._turn else (_ROUNDS, _BEFORE)
        table = _balanced(np.concatenate([weight, left[None, :]]), self._scale, rounds)
        found: Ints = _draw(table.cumsum(axis=1), self._holds, draws, _SEED + self._turn, before)
        self._turn += 1
        return found

    def share(self, weight: Floats, left: Floats, draws: int = DRAWS) -> tuple[Floats, Floats | None]:
        """Of each withdrawal (row) and note (column): the share of the assignments that join them, and whether the last
        one drawn does.

        A pair of no weight is drawn only where no other is left. Of a few notes all assignments are counted, and none
        is drawn.
        """
        weight = np.maximum(weight / weight.max(axis=1, keepdims=True), np.exp(-_HOPELESS))
        if len(left) <= _FEW:
            return _counted(weight, left / left.max()), None
        pairs = np.arange(len(weight)) * len(left) + self.draw(weight, left, draws)
        shares: Floats = np.bincount(pairs.ravel(), minlength=weight.size).reshape(weight.shape) / draws
        last: Floats = np.zeros(weight.shape)
        last.flat[pairs[-1]] = 1.0
        return shares, last


def _counted(weight: Floats, left: Floats) -> Floats:
    """All assignments, from the first withdrawal on and from the last back, by which notes are spent (a bit each)."""
    rows, notes = weight.shape
    spent = np.arange(1 << notes)
    unspent = [np.flatnonzero(spent >> note & 1 == 0) for note in range(notes)]
    before, after = np.zeros((rows + 1, len(spent))), np.zeros((rows + 1, len(spent)))
    before[0, 0] = 1.0
    after[rows] = np.prod(np.where(spent[:, None] >> np.arange(notes) & 1, 1.0, left), axis=1)
    for row in range(rows):
        back = rows - 1 - row
        for note, free in enumerate(unspent):
            taken = free | 1 << note
            before[row + 1, taken] += before[row, free] * weight[row, note]
            after[back, free] += after[back + 1, taken] * weight[back, note]
    found: Floats = np.zeros(weight.shape)
    for note, free in enumerate(unspent):
        found[:, note] = weight[:, note] * (before[:-1, free] * after[1:, free | 1 << note]).sum(axis=1)
    found /= after[0, 0]
    return found


def _balanced(table: Floats, scale: Floats, rounds: int) -> Floats:
    """Each note's weights as much in all, then each holder's: a note that nobody likes is else long in coming home.

    The last row is the pool's own, which holds what nobody spent. `scale`: what balances the notes, first and at the
    end. Every assignment has one factor of each note and of each holder, so none gains on another by it.
    """
    table *= scale
    places = np.ones(len(table))
    places[-1] = table.shape[1] - len(table) + 1
    for _ in range(rounds):
        factor = 1 / (places @ table)
        scale *= factor
        table *= factor
        table /= table.sum(axis=1, keepdims=True)
    scale /= scale.max()
    return table


@_compile
def _draw(upto, notes, draws, seed, first):
    """Draws a long way apart. `upto`: each holder's weights of the notes, summed; `notes`: who holds which, first and
    at the end; `first`: changes for each note before a draw is kept.

    Who holds a note is a withdrawal or, from the last withdrawal on, a place of the pool itself.
    """
    np.random.seed(seed)
    size, spending = len(notes), len(upto) - 1
    kept = np.empty((draws, spending), np.int64)
    holder, before = np.empty(size, np.int64), np.empty(size, np.int64)
    for place in range(size):
        holder[notes[place]] = place
    for number in range(draws):
        for _ in range(1 + min(size // _APART, _STEPS // size) if number else first * min(size, 1 + _STEPS // size)):
            for place in range(size):
                before[place] = notes[place]
            if not _change(upto, notes, holder):
                for place in range(size):
                    notes[place] = before[place]
                    holder[notes[place]] = place
        for row in range(spending):
            kept[number, row] = notes[row]
    return kept


@_compile
def _change(upto, notes, holder):
    """One change of an assignment; whether it came to its end.

    A holder drops his note and takes one in proportion to his weights, whose holder does the same, until one takes what
    was dropped first. Nothing is ever refused, and rings of many change at once, where exchanges of two would each pass
    over an unlikely one (the loops of dimer models: Sandvik and Moessner, Physical Review B 73, 2006). A way is as
    likely as its way back, so what takes too long may be taken back.
    """
    size = len(notes)
    head = np.random.randint(size)
    dropped = notes[head]
    for _ in range(_LONGEST * size):
        row = upto[min(head, len(upto) - 1)]
        note = min(np.searchsorted(row, np.random.random() * row[-1], side="right"), size - 1)
        loser = holder[note]
        notes[head], holder[note] = note, head
        if note == dropped:
            return True
        head = loser
    return False
