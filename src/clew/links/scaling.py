"""Tables of what went in and what came out, scaled until nothing is spent twice and all that came out is paid.

Each row and each column in turn is scaled to its total (Sinkhorn and Knopp, Pacific Journal of Mathematics 21, 1967):
of all tables with those totals the one nearest to the first guess.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ROUNDS = 200


def scaled(guess: Floats, came: Floats, went: Floats) -> Floats:
    """A guess (a row for each of what came out, a column for each of what went in) in proportion.

    Each row adds up to its `came`, where its guess holds anything, and each column to its `went` at most; where both
    cannot be, what came out is left in part unexplained.
    """
    table = guess
    for _ in range(_ROUNDS):
        total = table.sum(axis=1, keepdims=True)
        table = table * np.divide(came[:, None], total, out=np.zeros(total.shape), where=total > 0)
        table = _most(table, went)
    return table


def _most(table: Floats, went: Floats) -> Floats:
    """The columns cut down to their totals."""
    total = table.sum(axis=0, keepdims=True)
    found: Floats = table * np.minimum(1.0, np.divide(went[None, :], total, out=np.ones(total.shape), where=total > 0))
    return found
